#!/usr/bin/env perl
#
# What migration tools generate, replayed with and without the guard.
#
# First without: after each statement observe.sql tells what PostgreSQL did to the populated tables that
# were there before.  From that alone follows what the guard must say:
#   refuse   the statement rewrote a table, read all of one under a lock that stops writers, built an index
#            under such a lock, lost data, or left a client's query broken at the end of its transaction;
#            or it failed on the data that it found, having read it under its lock
#   pass     none of these
#   either   it failed for another reason, or broke a query that a later statement repairs, or one that
#            only some clients send (an INSERT that leaves out what may be null)
# Then with the guard enforcing, statement by statement (what is refused is let through by bypass, so
# that the rest is judged too), with the COMMIT for what a later statement might have mended; as one simple
# query, as Prisma sends it; and on empty tables, as shadow and test databases replay whole histories, where
# nothing may be refused.
#
# Format of a corpus file: "-- @base" then the schema; "-- @change NAME" then one change of it, one
# transaction, or several with "-- @commit" between them; "-- @safe NAME" when nothing of it may be
# refused, not even what falls under either.  BEGIN and COMMIT of the tools are dropped.
#
# usage: run [--table] [FILE.sql...]     --table shows every statement

use strict;
use warnings;
use File::Basename;
use File::Temp;
use FindBin;

my $kRows = 2000;
my $kAlone = qr/^(?:\w+\s+)*INDEX\s+CONCURRENTLY|^VACUUM|\bREINDEX\b.*\bCONCURRENTLY\b/i;
my $kStop = q{DO $$ BEGIN RAISE EXCEPTION SQLSTATE 'CP002' USING MESSAGE = 'the end'; END $$};

my $table = @ARGV && $ARGV[0] eq '--table' ? shift : '';
my @files = @ARGV ? @ARGV : sort glob "$FindBin::Bin/*.sql";
@files = grep { basename($_) ne 'observe.sql' } @files;

my ($passed, $failed) = (0, 0);
my $script = File::Temp->new(SUFFIX => '.sql');

sub psql {
  my ($database, $sql) = @_;
  open my $out, '>', $script->filename or die;
  print $out "\\set VERBOSITY verbose\n$sql";
  close $out;
  my $file = $script->filename;
  return scalar qx(psql -XAtq -d $database -f $file 2>&1);
}

sub must {
  my ($database, $sql) = @_;
  my $out = psql($database, "\\set ON_ERROR_STOP on\n$sql");
  die "$database: $out" if $?;
  return $out;
}

# One simple query; returns the SQLSTATE of its error.
sub simple_query {
  my ($database, @statements) = @_;
  open my $pipe, '-|', 'sh', '-c', 'exec psql -XAtq -v VERBOSITY=verbose -d "$0" -c "$1" 2>&1', $database,
    join ";\n", @statements
    or die;
  local $/;
  my $out = <$pipe>;
  close $pipe;
  my ($state) = $out =~ /^ERROR:  (\w{5}):/m;
  return ($state // '00000', $out);
}

# Statements of a script, without comments.
sub statements {
  my ($sql) = @_;
  my ($current, @all) = ('');
  while ($sql =~ /\G(--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\2|;|.)/gs) {
    my $token = $1;
    if ($token eq ';') { push @all, $current; $current = ''; }
    elsif ($token !~ /^(?:--|\/\*)/) { $current .= $token; }
  }
  push @all, $current;
  s/^\s+|\s+$//g for @all;
  return grep { $_ ne '' && !/^(?:BEGIN|COMMIT)$/i } @all;
}

sub clone {
  my ($from, $to) = @_;
  must('postgres', "DROP DATABASE IF EXISTS $to;\nCREATE DATABASE $to TEMPLATE $from STRATEGY file_copy;\n");
  return $to;
}

# A script that runs a change's transactions; $each makes the lines of one statement.
sub script_of {
  my ($change, $start, $each) = @_;
  my ($sql, $n) = ('', 0);
  for my $transaction (@{$change->{transactions}}) {
    my $alone = @$transaction == 1 && $transaction->[0] =~ $kAlone;
    $sql .= "BEGIN;\n" unless $alone;
    $sql .= $start;
    $sql .= $each->($_, ++$n, $alone) for @$transaction;
    $sql .= ($change->{single} ? 'ROLLBACK' : 'COMMIT') . ";\n" unless $alone;
  }
  return $sql;
}

# What PostgreSQL does: a list of {state, saw => {...}}, ending at the first error.
sub observe {
  my ($base, $change) = @_;
  my $database = $change->{single} ? $base : clone($base, 'corpus_work');
  my $out = psql($database, script_of($change, "SELECT '=begin ' || corpus.begin();\n", sub {
    my ($statement, $n) = @_;
    return "$statement\n;\n\\echo\n\\echo =state :SQLSTATE\nSELECT '=saw ' || corpus.observe();\n";
  }));
  my (@seen, @transaction);
  my $settle = sub {
    my %last = map { $_ => 1 } @transaction ? @{$transaction[-1]{broken}} : ();
    my %known;
    for my $s (@transaction) {
      my @new = grep { !$known{$_} } @{$s->{broken}};
      $s->{saw}{broke} = grep({ $last{$_} && /^\d/ } @new) ? 'clients' : grep({ $last{$_} } @new) ? 'some' : @new ? 'passing' : undef;
      $known{$_} = 1 for @new;
    }
    @transaction = ();
  };
  for my $line (split /\n/, $out) {
    if ($line =~ /^=begin (\d+)/) {
      die "no client query works at the start of $change->{name}\n" unless $1;
      $settle->();
    } elsif ($line =~ /^=state (\w+)/) {
      last if @seen && $seen[-1]{state} ne '00000';
      push @seen, {state => $1, saw => {}, broken => []};
    } elsif ($line =~ /^=saw (.*)/ && @seen && $seen[-1]{state} eq '00000') {
      my %saw = map { split /=/, $_, 2 } split /\|/, $1;
      $seen[-1]{broken} = [split /,/, $saw{broke} // ''];
      $seen[-1]{saw} = \%saw;
      push @transaction, $seen[-1];
    }
  }
  $settle->();
  die "$change->{name}:\n$out" unless @seen && $out =~ /^=begin/m;
  return @seen;
}

sub expectation {
  my ($statement, $seen, $safe) = @_;
  my $either = $safe ? 'pass' : 'either';
  return 'pass' if $statement =~ /^(?:INSERT|UPDATE|DELETE|SELECT|WITH)\b/i;
  return $seen->{state} =~ /^23/ ? 'refuse' : $either if $seen->{state} ne '00000';
  my $saw = $seen->{saw};
  return 'refuse' if grep { defined $saw->{$_} } qw(rewrote scanned built lost);
  return {clients => 'refuse', some => $either, passing => $either}->{$saw->{broke} // ''} // 'pass';
}

# What the guard says: a list of {state, message, bypass}.
sub guarded {
  my ($base, $change) = @_;
  my $database = $change->{single} ? $base : clone($base, 'corpus_work');
  my $out = psql($database, script_of($change, '', sub {
    my ($statement, $n, $alone) = @_;
    my ($before, $undo, $after) = $alone ? ('') x 3 : ("SAVEPOINT s;\n", "ROLLBACK TO s;\n", "RELEASE s;\n");
    return "$before\\echo\n\\echo =statement\n$statement\n;\n\\set failed :ERROR\n\\echo\n\\echo =state :SQLSTATE\n\\if :failed\n"
      . "${undo}SET ddlguard.bypass = 'corpus';\n$statement\n;\n\\echo\n\\echo =bypass :SQLSTATE\nRESET ddlguard.bypass;\n\\endif\n$after";
  }));
  my @said;
  for my $part (split /^=statement\n/m, $out) {
    my ($state) = $part =~ /^=state (\w+)/m or next;
    my ($bypass) = $part =~ /^=bypass (\w+)/m;
    my ($message) = $part =~ /(?:^|\s)(ERROR:  DG001:.*?)^=state/ms;
    push @said, {state => $state, bypass => $bypass, message => $message // ''};
    last if defined $bypass && $bypass ne '00000';
  }
  return @said;
}

sub check {
  my ($ok, @words) = @_;
  if ($ok) { $passed++; return; }
  $failed++;
  print 'FAILED ', join(' ', @words), "\n";
}

sub replay_change {
  my ($tool, $change, $count) = @_;
  my @all = map { @$_ } @{$change->{transactions}};
  return unless @all;
  my @seen = observe('corpus_plain', $change);
  my @said = guarded('corpus_guarded', $change);
  my $may_be_late = $change->{single} && !grep { $_->{state} eq 'DG001' } @said;
  my ($refusals, $uncertain, $late) = (0, 0, '');
  for my $n (0 .. $#seen) {
    my $text = $all[$n] =~ s/\s+/ /gr;
    my $expected = expectation($all[$n], $seen[$n], $change->{safe});
    my $verdict = $said[$n] ? $said[$n]{state} eq 'DG001' ? 'refuse' : 'pass' : 'silent';
    if ($may_be_late && $expected eq 'refuse' && $verdict eq 'pass') {
      $late ||= (simple_query(clone('corpus_guarded', 'corpus_work'), 'BEGIN', @all, 'COMMIT'))[0];
      $verdict = 'refuse at its end' if $late eq 'DG001';
    }
    my $saw = $seen[$n]{saw};
    my $did = $seen[$n]{state} ne '00000' ? $seen[$n]{state}
      : join(' ', map { "$_=$saw->{$_}" } grep { defined $saw->{$_} } qw(rewrote scanned built lost broke)) || '-';
    my ($rule) = ($said[$n]{message} // '') =~ /Rule: (\w+)/;
    my $where = "$tool $change->{name}: $text";
    $count->{$verdict =~ /^refuse/ ? 'refuse' : $verdict}++;
    $refusals++ if $expected eq 'refuse';
    $uncertain++ if $expected eq 'either';
    print join("\t", $tool, $change->{name}, $did, $saw->{lock} // '-', $expected, $rule // $verdict, $text), "\n" if $table;
    check($expected eq 'either' ? $verdict ne 'silent' : $verdict =~ /^$expected/,
      "$where\n       expected $expected, got $verdict" . ($rule ? " ($rule)" : '') . "; PostgreSQL: $did");
    if ($verdict eq 'refuse') {
      check($said[$n]{message} =~ /DETAIL:.*\bRule: \w+.*HINT:  \S/s, "$where\n       message without rule or hint: $said[$n]{message}");
      check($said[$n]{bypass} eq $seen[$n]{state}, "$where\n       with bypass $said[$n]{bypass}, without the guard $seen[$n]{state}");
    } elsif ($verdict eq 'pass') {
      check($said[$n]{state} eq $seen[$n]{state}, "$where\n       $said[$n]{state}, without the guard $seen[$n]{state}");
    }
  }
  return unless $change->{single};
  my ($state, $out) = $late eq 'DG001' ? ($late, '') : simple_query('corpus_guarded', @all, $kStop);
  my $own = $seen[-1]{state} eq '00000' ? 'CP002' : $seen[-1]{state};
  check(($refusals ? $state eq 'DG001' : $state eq $own || $uncertain && $state eq 'DG001'),
    "$tool $change->{name} as one simple query: $state, expected " . ($refusals ? 'DG001' : $own) . "\n$out");
  ($state, $out) = simple_query('corpus_empty', @all, $kStop);
  check($state ne 'DG001', "$tool $change->{name} on empty tables:\n$out");
}

sub replay_file {
  my ($file) = @_;
  my $tool = basename($file, '.sql');
  open my $in, '<', $file or die "$file: $!\n";
  my $text = do { local $/; <$in> };
  my ($base, @changes) = split /^-- \@(?=change |safe )/m, $text =~ s/.*?^-- \@base\n//msr;
  must('postgres', join '', map { "DROP DATABASE IF EXISTS corpus_$_;\n" } qw(plain guarded empty work));
  must('postgres', "CREATE DATABASE corpus_plain;\n");
  must('corpus_plain', join('', map { "$_;\n" } statements($base)) . "\\i $FindBin::Bin/observe.sql\n");
  clone('corpus_plain', 'corpus_empty');
  must('corpus_plain', "CALL corpus.populate($kRows);\nVACUUM ANALYZE;\n");
  clone('corpus_plain', 'corpus_guarded');
  # The question here is what a statement does; where a DBA draws the line is another.
  must($_, "SET ddlguard.mode = off;\nCREATE EXTENSION ddlguard;\n"
    . "UPDATE ddlguard.policy SET min_rows = 100, min_bytes = NULL WHERE min_rows > 100;\n"
    . "ALTER DATABASE $_ SET ddlguard.mode = enforce;\n") for qw(corpus_guarded corpus_empty);
  my %count = (refuse => 0, pass => 0);
  my $before = $failed;
  for (@changes) {
    my ($kind, $name, $body) = /^(\w+) (\S+)\n(.*)/s or die "$file: a change without a name\n";
    my @transactions = grep { @$_ } map { [statements($_)] } split /^-- \@commit\n/m, $body;
    my $alone = grep { $_ =~ $kAlone } map { @$_ } @transactions;
    replay_change($tool, {name => $name, safe => $kind eq 'safe', transactions => \@transactions,
      single => @transactions == 1 && !$alone}, \%count);
  }
  return sprintf "%-16s %3d changes, %3d statements refused, %3d passed, %d wrong\n", $tool, scalar @changes,
    $count{refuse}, $count{pass}, $failed - $before;
}

my @summary = map { replay_file($_) } @files;
must('postgres', join '', map { "DROP DATABASE IF EXISTS corpus_$_;\n" } qw(plain guarded empty work));
print @summary, "$passed passed, $failed failed\n";
exit($failed ? 1 : 0);
