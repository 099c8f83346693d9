#!/usr/bin/env perl
#
# Makes the inputs, hands them over in batches, and says what came of it.  See run.

use strict;
use warnings;
use IPC::Open2;

my $top = shift;
my ($kJobs, $kBatch) = (2, 500);
my %option = (inputs => 100_000, seed => $$ ^ time);
while (@ARGV) {
  my ($name, $value) = splice @ARGV, 0, 2;
  ($name // '') =~ /^--(inputs|seed)$/ && ($value // '') =~ /^\d+$/ or die "usage: run [--inputs N] [--seed S], both whole numbers\n";
  $option{substr $name, 2} = $value;
}
$ENV{PGDATABASE} = 'fuzz';
$ENV{PGOPTIONS} = '-c client_min_messages=error -c statement_timeout=10min';

# ---- seeds: statements that mean something -------------------------------------------------------------------

my (@seeds, %words);
for my $file (sort(glob "$top/test/truth/cases/*.sql"), sort(glob "$top/test/corpus/*.sql")) {
  open my $in, '<', $file or die "$file: $!\n";
  my $text = join '', grep { !/^\\/ } do { local $/ = "\n"; <$in> };
  for my $section (split /^-- .*\n/m, $text) {
    next unless $section =~ /\S/;
    push @seeds, $section;
    push @seeds, grep { /\S/ } split /;\n/, $section;
  }
}
my @tokens = grep { @$_ } map { [tokens($_)] } @seeds;
$words{$_}++ for map { grep { /^\w/ } @$_ } @tokens;
my @words = sort keys %words;
my @odd = ('', "''", '""', '0', '-1', '2147483648', '99999999999999999999', '1e400', 'NULL', '$1', '$$x$$', '(', ')', '((', '[', ']', ',', ';',
  '.', '..', '::', '*', 'ONLY', 'IF EXISTS', 'IF NOT EXISTS', 'CASCADE', 'CONCURRENTLY', 'NOT VALID', 'USING', 'ALL', '"' . 'n' x 200 . '"', "E'\\\\'",
  "U&'\\0041'", "B'101'", '/* /* */ */', "-- \n", 'pg_catalog.pg_class', 'ddlguard.policy', 'pg_temp.x', 'information_schema.tables', "'" . 'v' x 3000 . "'");

# Words, numbers, strings, comments and single characters; white space goes.
sub tokens {
  my ($sql) = @_;
  my @tokens;
  while ($sql =~ /\G(--[^\n]*\n?|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\g2|\w+|::|[<>=!|&@~-]+|\s+|.)/gs) {
    my $token = $1;
    push @tokens, $token if $token =~ /\S/;
  }
  return @tokens;
}

sub pick { return $_[rand @_]; }

my @changes = (
  sub { splice @{$_[0]}, rand @{$_[0]}, 1 },
  sub { splice @{$_[0]}, rand @{$_[0]}, 1 + rand 4 },
  sub { my $at = rand @{$_[0]}; splice @{$_[0]}, $at, 0, $_[0][$at] },
  sub { my ($x, $y) = (rand @{$_[0]}, rand @{$_[0]}); @{$_[0]}[$x, $y] = @{$_[0]}[$y, $x] },
  sub { $_[0][rand @{$_[0]}] = pick(@words) },
  sub { splice @{$_[0]}, rand @{$_[0]}, 0, pick(@words) },
  sub { $_[0][rand @{$_[0]}] = pick(@odd) },
  sub { splice @{$_[0]}, rand @{$_[0]}, 0, pick(@odd) },
  # A word of one statement for a word of another: names come to stand where names stand.
  sub { my $other = pick(@tokens); $_[0][rand @{$_[0]}] = pick(@$other) },
  sub { my $other = pick(@tokens); my $at = rand @{$_[0]}; splice @{$_[0]}, $at, @{$_[0]} - $at, @$other[rand(@$other) .. $#$other] },
  sub { my $other = pick(@tokens); push @{$_[0]}, ';', @$other },
  sub { unshift @{$_[0]}, 'BEGIN', ';'; push @{$_[0]}, ';', pick('COMMIT', 'ROLLBACK', 'SAVEPOINT s', 'END') },
  sub { unshift @{$_[0]}, pick('EXPLAIN', 'EXPLAIN ANALYZE', 'PREPARE p AS', 'DECLARE c CURSOR FOR', 'CREATE SCHEMA s', 'COPY (', 'CREATE VIEW v AS') },
  sub { my $at = rand @{$_[0]}; splice @{$_[0]}, $at, 0, ('(') x (1 + 10 ** rand 4) },
  sub { my $at = rand @{$_[0]}; my $t = $_[0][$at]; splice @{$_[0]}, $at, 0, map { ($t, ',') } 1 .. 10 ** rand 3 },
  sub { my $at = rand @{$_[0]}; $_[0][$at] = reverse $_[0][$at] // '' },
);
# Half of the inputs shall get past the parser: a name, or a value, for another.
my @names = grep { /^[a-z_]/ } @words;
my @values = grep { /^['\d]/ } map { @$_ } @tokens;
sub rename_something {
  my ($t) = @_;
  my @at = grep { $t->[$_] =~ /^[a-z_'\d]/ } 0 .. $#$t;
  return unless @at;
  my $at = pick(@at);
  $t->[$at] = pick($t->[$at] =~ /^[a-z_]/ ? @names : @values);
}
my @often = (0 .. 12, 15, 0 .. 11, 4 .. 11, 8, 8, 8, 9, 4);

sub input {
  my @t = @{pick(@tokens)};
  @t = ('SELECT') unless @t;
  if (rand() < 0.5) {
    rename_something(\@t) for 1 .. 1 + rand 3;
    push @t, ';', @{pick(@tokens)} if rand() < 0.3;
    return join ' ', @t;
  }
  for (1 .. 1 + rand(rand 6)) {
    $changes[rand() < 0.002 ? 13 : rand() < 0.004 ? 14 : pick(@often)]->(\@t);
    @t = (pick(@words)) unless @t;
  }
  my $sql = join pick(' ', ' ', ' ', "\n"), map { $_ // '' } @t;
  substr $sql, rand length $sql, 1, chr(1 + rand 126) if rand() < 0.03;
  return $sql;
}

# ---- batches -------------------------------------------------------------------------------------------------

sub literal { return 'E' . "'" . ($_[0] =~ s/([\\'])/$1 eq "'" ? "''" : '\\\\'/ger) . "'"; }

# What is wrong with a batch: a list of lines; nothing when it is good.
sub ask {
  my ($inputs, $sum) = @_;
  my $array = 'ARRAY[' . join(',', map { literal($_) } @$inputs) . ']::text[]';
  my $pid = open2(my $from, my $to, 'sh', '-c', 'exec psql -XAtq -v ON_ERROR_STOP=1 2>&1');
  print $to "SELECT (b).answers, (b).errors, translate(array_to_string((b).wrong, chr(30)), E'\\n', ' ') FROM (SELECT fuzz.batch($array) AS b OFFSET 0) _;\n";
  close $to;
  my $said = join '', <$from>;
  waitpid $pid, 0;
  if ($? == 0 && $said =~ /^(\d+)\|(\d+)\|(.*)\n\z/s) {
    $sum->{answers} += $1;
    $sum->{errors} += $2;
    return split /\x1e/, $3;
  }
  return "psql: $said";
}

sub wait_for_server {
  for (1 .. 600) {
    return if system('psql -XAtqc "SELECT 1" >/dev/null 2>&1') == 0;
    select undef, undef, undef, 0.1;
  }
  die "the server does not come back\n";
}

# The one input that fails by itself, else what the batch said.
sub blame {
  my ($inputs, @wrong) = @_;
  wait_for_server();
  for my $input (@$inputs) {
    my @alone = ask([$input], {}) or next;
    wait_for_server();
    return map { "$_\n  input: $input" } @alone;
  }
  return @wrong;
}

my $batches = int(($option{inputs} + $kBatch - 1) / $kBatch);
print "seed $option{seed}, $batches batches of $kBatch inputs, from ", scalar @seeds, " statements\n";
pipe my $from, my $to or die;
for my $job (0 .. $kJobs - 1) {
  next if fork;
  close $from;
  my %sum = (answers => 0, errors => 0, passed => 0, failed => 0);
  for (my $batch = $job; $batch < $batches; $batch += $kJobs) {
    srand($option{seed} * 1_000_003 + $batch);
    my @inputs = map { input() } 1 .. $kBatch;
    my @wrong = ask(\@inputs, \%sum);
    $sum{@wrong ? 'failed' : 'passed'}++;
    next unless @wrong;
    @wrong = blame(\@inputs, @wrong) if $wrong[0] =~ /^psql: |^something|is held$/;
    print "FAILED  batch $batch\n", map { '        ' . substr($_, 0, 2000) . "\n" } @wrong;
  }
  syswrite $to, join(' ', map { "$_=$sum{$_}" } sort keys %sum) . "\n";
  exit 0;
}
close $to;
my %sum;
while (my $line = <$from>) { $sum{$1} += $2 while $line =~ /(\w+)=(\d+)/g; }
1 while wait > 0;
printf "%d inputs: %d findings, %d refused by the parser or by PostgreSQL's own checks\n", $batches * $kBatch, $sum{answers} // 0, $sum{errors} // 0;
my ($passed, $failed) = ($sum{passed} // 0, $sum{failed} // 0);
$failed += $batches - $passed - $failed;
print "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
