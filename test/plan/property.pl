#!/usr/bin/env perl
#
# The property of ddlguard.plan(): its steps pass the guard, block nobody for long, and end where the statement
# would have ended.
#
# For each case three copies of one populated database:
#   A  runs the statement as it stands, the guard off
#   B  runs the steps of plan() as the tables' owner, with the guard enforcing and thresholds of 100 rows
#   C  runs them as a superuser
# Each step runs in a transaction of its own (outside of one when it says so).  Checked:
#   * a step with on_record = false passes; with on_record = true it runs with ddlguard.bypass
#   * no step works on 100 rows or more while it holds SHARE or more on a table: seen from inside its
#     transaction; for what runs outside of one, by explain() and by a writer who holds ROW EXCLUSIVE on every
#     table meanwhile.  A step on record may, which is counted.
#   * back_out of a step leaves the schema as it was before the step (B; then the step is run again)
#   * in the end pg_dump --schema-only prints the same, and the rows are the same.  The order of columns is aside
#     when the plan replaces one.  Columns whose values differ when the statement itself is run twice are random
#     by nature: of these the number of values and whether they are all different, or all one, is compared.
#   * nothing is left behind that pg_dump does not print: INVALID indexes, sequences behind their column
#
# Cases are the "fires" sections of test/truth/cases/*.sql whose rule has a recipe, and test/plan/cases/*.sql,
# which are written the same way and may say more:
#   -- rule: ID            in the head: the rule, where the file's name is another
#   -- setup of: NAME      in the head: the setup of that file, here or in test/truth/cases, comes first
#   -- instead             after a "fires" section: what A runs, when the statement itself must fail
#   -- writes              after a "fires" section: statements of clients; A runs them before the statement, B and
#                          C one after each step, all of them before the first step on record
#   -- instead: HEADING    the same for the section of that heading in test/truth/cases/ID.sql
#   -- left out: HEADING: REASON     that section is no case of a plan
# A rule with a recipe and without a case fails.
#
# usage: run [--verbose] [NAME...]      NAME: rule or file name; --verbose prints the steps

use strict;
use warnings;
use File::Basename;
use FindBin;
use lib $FindBin::Bin;
use Database;
use JSON::PP;

my $verbose = @ARGV && $ARGV[0] eq '--verbose' ? shift : '';
my %wanted = map { $_ => 1 } @ARGV;
my $kJobs = 2;
my $kWords = {
  phase => {map { $_ => 1 } qw(expand dual-write backfill validate switch contract)},
  run_by => {map { $_ => 1 } qw(migration backfill deploy)},
};
my $truth = "$FindBin::Bin/../truth";

# Number of statements in a text.
sub statements {
  my ($sql) = @_;
  my ($count, $open) = (0, 0);
  while ($sql =~ /\G(--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\2|;|\s+|.)/gs) {
    if ($1 eq ';') { $open = 0; }
    elsif ($1 !~ /^(?:--|\/\*|\s)/ && !$open) { $open = 1; $count++; }
  }
  return $count;
}

# ---- cases ---------------------------------------------------------------------------------------------------

sub major_in {
  my ($major, $ranges) = @_;
  for my $range (split /\s*,\s*/, $ranges) {
    my ($from, $dash, $to) = $range =~ /^(\d*)\s*(-?)\s*(\d*)$/ or die "majors: $ranges\n";
    return 1 if $dash ? $major >= ($from || 0) && $major <= ($to || 999) : $major == $from;
  }
  return 0;
}

my (%instead, %left_out); # by the name of a case

# A file's cases: [{name, rule, majors, argument, setup, sql, instead, writes}].
sub cases_of {
  my ($file) = @_;
  open my $in, '<', $file or die "$file: $!\n";
  my (%head, @cases, $setup, $into);
  $setup = '';
  while (my $line = <$in>) {
    if ($line =~ /^-- (setup|cleanup|instead|writes)\s*$/) {
      $into = $1 eq 'setup' ? \$setup : $1 eq 'cleanup' ? \$head{cleanup} : \($cases[-1]{$1} = '');
    } elsif ($line =~ /^-- left out: (.*?): /) {
      $left_out{($head{rule} // basename($file, '.sql')) . ": $1"} = 1;
    } elsif ($line =~ /^-- instead: (.*?)\s*$/) {
      $into = \($instead{($head{rule} // basename($file, '.sql')) . ": $1"} = '');
    } elsif ($line =~ /^-- (fires|near miss): (.*?)\s*$/) {
      push @cases, {near => $1 eq 'near miss', heading => $2, sql => ''};
      $into = \$cases[-1]{sql};
    } elsif ($line =~ /^-- (rule|majors|argument|unobservable|enforce only|check only|setup of): (.*?)\s*$/ && (!$into || $1 eq 'majors')) {
      (@cases ? $cases[-1] : \%head)->{$1} = $2;
    } elsif ($into) {
      $$into .= $line;
    }
  }
  my $name = basename($file, '.sql');
  if (my $other = $head{'setup of'}) { $setup = setup_of($other) . $setup; }
  my $n = 0;
  return map { {majors => '0-', rule => $name, argument => undef, %head, %$_, setup => $setup,
    file => $name, name => "$name: $_->{heading}"} } grep { !$_->{near} } @cases;
}

sub setup_of {
  my ($name) = @_;
  my ($file) = grep { -e } map { "$_/cases/$name.sql" } $FindBin::Bin, $truth;
  die "setup of: there is no $name.sql\n" unless $file;
  open my $in, '<', $file or die "$file: $!\n";
  my ($setup) = do { local $/; <$in> } =~ /^-- setup\s*\n(.*?)(?=^-- (?:fires|near miss): )/ms;
  return $setup // '';
}

# ---- one case ------------------------------------------------------------------------------------------------

my %count;
my @failures;
sub check {
  my ($case, $good, $what) = @_;
  $count{$good ? 'passed' : 'failed'}++;
  push @failures, "FAILED  $case->{name}\n" . ($what =~ s/^/        /mgr) unless $good;
  return $good;
}

sub plan_of {
  my ($database, $user, $sql) = @_;
  my ($good, $said) = psql($database, $user, 'SELECT row_to_json(p) FROM ddlguard.plan(' . quote($sql) . ') p');
  return (undef, $said) unless $good;
  return ([map { decode_json($_) } grep { /^\{/ } split /\n/, $said], '');
}

# Outside of a transaction, with a writer everywhere when it is not something that waits for writers by design.
sub run_alone {
  my ($case, $database, $session, $step) = @_;
  check($case, statements($step->{sql}) == 1, "a step outside of a transaction must be one statement:\n$step->{sql}");
  my $rows = must($database, 'postgres', 'SELECT relation, lock_mode, work FROM ddlguard.explain(' . quote($step->{sql})
    . q{) WHERE lock_mode IN ('SHARE', 'SHARE ROW EXCLUSIVE', 'EXCLUSIVE', 'ACCESS EXCLUSIVE') AND work <> 'none'});
  my $writer;
  if ($step->{sql} !~ /\bCONCURRENTLY\b/i) {
    $writer = Session->open($database, 'postgres');
    $writer->run("BEGIN;\nCALL plan_test.write_everywhere()");
    $session->run("SET lock_timeout = '2s'");
  }
  my ($state, $said) = $session->run($step->{sql});
  if ($writer) {
    if ($state eq '55P03') { $rows .= "waits for writers: $said"; }
    $writer->close;
    $session->run('RESET lock_timeout');
    ($state, $said) = $session->run($step->{sql}) if $state eq '55P03';
  }
  return ($state, $said, $rows =~ s/\s+$//r);
}

sub run_step {
  my ($case, $database, $session, $step) = @_;
  my ($state, $said, $blocks);
  $session->run(q{SET ddlguard.bypass = 'planned'}) if $step->{on_record};
  if ($step->{transactional}) {
    $session->run("SELECT array(SELECT r FROM plan_test.relation r) AS before \\gset\nBEGIN");
    ($state, $said) = $session->run($step->{sql});
    if ($state eq '00000') {
      my ($seen, $what) = $session->run(q{SELECT plan_test.blocks(:'before')});
      check($case, $seen eq '00000', "looking at the step failed: $what");
      $blocks = $what =~ s/\s+$//r;
    }
    my ($end, $more) = $session->run($state eq '00000' ? 'COMMIT' : 'ROLLBACK');
    ($state, $said) = ($end, $more) if $state eq '00000' && $end ne '00000';
  } else {
    ($state, $said, $blocks) = run_alone($case, $database, $session, $step);
  }
  $session->run('RESET ddlguard.bypass') if $step->{on_record};
  return ($state, $said, $blocks // '');
}

sub describe {
  my ($step) = @_;
  return sprintf 'step %d (%s%s%s): %s', $step->{step}, $step->{phase} // '-', $step->{transactional} ? '' : ', alone',
    $step->{on_record} ? ', on record' : '', $step->{sql} // $step->{wait_for} // '';
}

# The steps of the case's plan in one database; true when all ran.
sub run_plan {
  my ($case, $database, $user, $back_out) = @_;
  my ($plan, $error) = plan_of($database, $user, $case->{sql});
  check($case, $plan && @$plan, "plan() as $user: " . ($error || 'no steps')) or return;
  my @steps = @$plan;
  print map { '  ' . describe($_) . "\n" } @steps if $verbose && $back_out;
  # A statement that breaks several rules has the recipe of one of them.
  check($case, scalar(grep { defined $_->{rule} } @steps), 'plan() has nothing against the statement') if $back_out;
  my @writes = split /(?<=;)\n/, $case->{writes} // '';
  my $session = Session->open($database, $user);
  my $before = $back_out ? dump_text(dump_of($database)) : '';
  my $good = 1;
  for my $step (@steps) {
    my $name = describe($step);
    for my $key (keys %$kWords) {
      next if $key eq 'phase' && !defined $step->{rule};
      check($case, $kWords->{$key}{$step->{$key} // ''}, "$name\n$key is " . ($step->{$key} // 'null'));
    }
    while (@writes && ($step->{on_record} || $step == $steps[-1])) {
      my ($state, $said) = $session->run(shift @writes);
      check($case, $state eq '00000', "clients before $name\n$said");
    }
    if ($step->{run_by} eq 'deploy') {
      check($case, !defined $step->{sql} && $step->{wait_for}, "$name\na release has no SQL, but says what to wait for");
      next;
    }
    check($case, defined $step->{sql}, "$name\nno SQL") or next;
    my ($state, $said, $blocks) = run_step($case, $database, $session, $step);
    $count{steps}++;
    $count{'steps on record'}++ if $step->{on_record};
    check($case, $state eq '00000', "$name\nas $user: $said") or return;
    if ($step->{on_record}) { $count{'steps on record that block'}++ if $blocks ne ''; }
    else { check($case, $blocks eq '', "$name\n$blocks"); }
    if ($back_out && defined $step->{back_out}) {
      $count{'back-outs'}++;
      my $after = dump_text(dump_of($database));
      $session->run(q{SET ddlguard.bypass = 'backing out'});
      ($state, $said) = $session->run($step->{back_out});
      $session->run('RESET ddlguard.bypass');
      check($case, $state eq '00000', "$name\nback_out: $step->{back_out}\n$said") or return;
      my $d = difference($before, dump_text(dump_of($database)));
      check($case, $d eq '', "$name\nback_out: $step->{back_out}\n$d");
      ($state, $said) = run_step($case, $database, $session, $step);
      check($case, $state eq '00000', "$name\nonce more, after its back_out: $said") or return;
      check($case, ($d = difference($after, dump_text(dump_of($database)))) eq '', "$name\nonce more, after its back_out:\n$d");
      $before = $after;
    } elsif ($back_out) {
      $before = dump_text(dump_of($database));
    }
    if (@writes) {
      ($state, $said) = $session->run(shift @writes);
      check($case, $state eq '00000', "clients after $name\n$said");
    }
  }
  $session->close;
  my $sql = join "\n", map { $_->{sql} // '' } @steps;
  return {order => scalar($sql =~ /\bADD COLUMN\b/i && $sql =~ /\b(?:DROP|RENAME) COLUMN\b/i)};
}

sub run_original {
  my ($case, $database, $user) = @_;
  my $sql = $case->{instead} // $case->{sql};
  my ($good, $said) = psql($database, $user, ($case->{writes} // '') . "\n$sql");
  # What a transaction block forbids is wanted all the same.
  return ($good, $said) if $good || $said !~ /ERROR:  25001/;
  return psql($database, $user, $sql =~ s/^(?:BEGIN|COMMIT);$//mgr);
}

sub compare {
  my ($case, $a, $other, $who, $replaces) = @_;
  my %without = (order => $replaces->{order}, owners => $who eq 'plan_super');
  my $schema = difference(dump_text(dump_of($a), %without), dump_text(dump_of($other), %without));
  check($case, $schema eq '', "schema, as $who (- the statement, + the plan):\n$schema");
  my @different = data_differences(data_of($a), data_of($other));
  my @random;
  if (@different && $schema eq '') {
    my $again = "${a}_again";
    clone("${a}_start", $again);
    run_original($case, $again, $case->{user});
    @random = grep { !/\.$/ } data_differences(data_of($a), data_of($again));
    drop($again);
    @different = data_differences(data_of($a, @random), data_of($other, @random), map { $_ => 1 } @random) if @random;
  }
  $count{'random columns'} += @random;
  check($case, !@different, "data, as $who: @different differ");
  my %known = map { $_ => 1 } split /\n/, must($a, 'postgres', 'SELECT plan_test.leftovers()');
  my @left = grep { !$known{$_} } split /\n/, must($other, 'postgres', 'SELECT plan_test.leftovers()');
  check($case, !@left, "left behind, as $who: @left");
}

sub run_case {
  my ($case, $number) = @_;
  my ($start, $a, $b, $c) = map { "plan_${number}_$_" } qw(a_start a b c);
  my $ran = eval { run_copies($case, $start, $a, $b, $c); 1 };
  my $error = $@;
  # With the databases goes what roles own and may do there, so that these can be dropped.
  drop($start, $a, $b, $c);
  must('postgres', 'plan_super', $case->{cleanup}) if defined $case->{cleanup};
  die $error unless $ran;
}

sub run_copies {
  my ($case, $start, $a, $b, $c) = @_;
  print "$case->{name}\n" if $verbose;
  clone('plan_base', $start);
  my ($policy, $argument) = (quote($case->{rule}), defined $case->{argument} ? quote($case->{argument}) : undef);
  must($start, 'postgres', "SET ddlguard.mode = off;\nINSERT INTO ddlguard.policy (priority, rule, action, min_rows"
    . ($argument ? ', argument' : '') . ") SELECT 1, id, 'reject', CASE measure WHEN 'work' THEN 100 END" . ($argument ? ", $argument" : '')
    . " FROM ddlguard.rules WHERE id = $policy");
  must($start, 'plan_super', "SET ddlguard.mode = off;\n$case->{setup}\n;\nANALYZE;\nREASSIGN OWNED BY plan_super TO shop_owner");
  clone($start, $a, $b, $c);
  must('postgres', 'postgres', "ALTER DATABASE $a SET ddlguard.mode = off; ALTER DATABASE ${a} SET client_min_messages = error");
  $case->{user} = 'shop_owner';
  my ($good, $said) = run_original($case, $a, 'shop_owner');
  my $as_owner = $said !~ /ERROR:  42501/;
  if (!$as_owner) {
    $case->{user} = 'plan_super';
    $count{'cases for superusers alone'}++;
    drop($a);
    clone($start, $a);
    must('postgres', 'postgres', "ALTER DATABASE $a SET ddlguard.mode = off");
    ($good, $said) = run_original($case, $a, 'plan_super');
  }
  check($case, $good, "the statement itself fails; say \"-- instead\":\n$said") or return;
  if ($as_owner) {
    my $replaces = run_plan($case, $b, 'shop_owner', 1);
    compare($case, $a, $b, 'shop_owner', $replaces) if $replaces;
  }
  my $replaces = run_plan($case, $c, 'plan_super', !$as_owner);
  compare($case, $a, $c, 'plan_super', $replaces) if $replaces;
}

# ---- all -----------------------------------------------------------------------------------------------------

my $major = int(must('postgres', 'postgres', 'SHOW server_version_num') / 10000);
must('postgres', 'postgres', 'CREATE ROLE plan_super LOGIN SUPERUSER; CREATE ROLE shop_owner LOGIN CREATEROLE; CREATE ROLE shop_app LOGIN;
  GRANT SET ON PARAMETER ddlguard.bypass TO shop_owner; CREATE DATABASE plan_base');
must('plan_base', 'postgres', "CREATE EXTENSION ddlguard;\nSET ddlguard.mode = off;\nGRANT ALL ON SCHEMA public TO shop_owner;
  GRANT CREATE ON DATABASE plan_base TO shop_owner;
  UPDATE ddlguard.policy SET min_rows = 100, min_bytes = NULL WHERE min_rows > 100;
  -- observe.sql reads catalogs while the step's locks are held.
  INSERT INTO ddlguard.policy (priority, rule, schema_name, action)
    SELECT 0, id, 'pg\\_catalog', 'allow' FROM ddlguard.rules WHERE id = 'statement_after_access_exclusive';\n\\i $FindBin::Bin/observe.sql");
must('plan_base', 'plan_super', "SET ddlguard.mode = off;\n\\i $truth/base.sql\n;\nANALYZE;\nREASSIGN OWNED BY plan_super TO shop_owner");

my @all = map { cases_of($_) } sort(glob "$truth/cases/*.sql"), sort(glob "$FindBin::Bin/cases/*.sql");
$count{'cases left out'} += @all - (@all = grep { !$left_out{$_->{name}} } @all);
defined $instead{$_->{name}} and $_->{instead} = $instead{$_->{name}} for @all;
my %recipe = map { $_ => 1 } split /\n/, must('plan_base', 'postgres', 'SELECT id FROM ddlguard.rules WHERE planned');
my @cases = grep { $recipe{$_->{rule}} && major_in($major, $_->{majors}) && !defined $_->{'enforce only'} } @all;
if (%wanted) {
  @cases = grep { $wanted{$_->{rule}} || $wanted{$_->{file}} } @cases;
} else {
  my %has = map { $_ => 1 } (map { $_->{rule} } @all), map { s/:.*//r } keys %left_out;
  $has{$_} or check({name => $_}, 0, 'a rule with a recipe, but no case') for sort keys %recipe;
}

# Each child takes the next file that nobody has taken, from a pipe that all read: the cases of one file may
# make the same roles, which databases share.
my @files;
for my $number (0 .. $#cases) {
  push @files, [] if !$number || $cases[$number]{file} ne $cases[$number - 1]{file};
  push @{$files[-1]}, $number;
}
pipe my $todo, my $give or die;
if (!fork) {
  close $todo;
  $give->autoflush(1);
  syswrite $give, pack('N', $_) for 0 .. $#files;
  exit 0;
}
close $give;
my @children;
for my $job (1 .. $kJobs) {
  my $pid = open my $from, '-|';
  if ($pid) { push @children, $from; next; }
  (%count, @failures) = ();
  while (sysread($todo, my $which, 4) == 4) {
    for my $number (@{$files[unpack 'N', $which]}) {
      my $case = $cases[$number];
      eval { run_case($case, $number); 1 } or check($case, 0, $@);
      $count{cases}++;
      $count{"rule $case->{rule}"}++;
    }
  }
  print "\n=result ", encode_json({count => \%count, failures => \@failures}), "\n";
  exit 0;
}
for my $from (@children) {
  while (my $line = <$from>) {
    if ($line !~ s/^=result //) { print $line if $verbose; next; }
    my $result = decode_json($line);
    $count{$_} += $result->{count}{$_} for keys %{$result->{count}};
    push @failures, @{$result->{failures}};
  }
}
wait;

my $rules = grep { /^rule / } keys %count;
my ($passed, $failed) = map { $count{$_} // 0 } qw(passed failed);
print map { $_ =~ s/\s*\z/\n/r } @failures;
print "PostgreSQL $major: $rules rules with a recipe";
print map { ", $count{$_} $_" } grep { $count{$_} } 'cases', 'cases left out', 'cases for superusers alone', 'steps', 'steps on record', 'steps on record that block', 'back-outs',
  'random columns';
print "\n$passed passed, $failed failed\n";
exit($failed || !$passed ? 1 : 0);
