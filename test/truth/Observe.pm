# Runs a section on databases of its own: once with the guard off, observed, and once with it enforcing.
package Observe;

use strict;
use warnings;
use File::Basename;

our $kHere = dirname(__FILE__);
my %kModes = (1 => 'ACCESS SHARE', 2 => 'ROW SHARE', 3 => 'ROW EXCLUSIVE', 4 => 'SHARE UPDATE EXCLUSIVE', 5 => 'SHARE',
  6 => 'SHARE ROW EXCLUSIVE', 7 => 'EXCLUSIVE', 8 => 'ACCESS EXCLUSIVE');
our %kStrength = reverse %kModes;

# One process at work: its number, and a directory for its scripts.
sub new {
  my ($class, $number, $scratch) = @_;
  return bless {number => $number, file => "$scratch/truth-$number"}, $class;
}

sub psql {
  my ($self, $database, $options, $sql) = @_;
  my $file = $self->{file};
  open my $out, '>', "$file.sql" or die "$file.sql: $!\n";
  print $out $sql;
  close $out;
  local $ENV{PGOPTIONS} = "-c client_min_messages=warning $options";
  my $said = qx(psql -XAtq -F '\t' -d $database -f $file.sql 2>$file.err);
  my $failed = $?;
  open my $in, '<', "$file.err" or die "$file.err: $!\n";
  my $errors = do { local $/; <$in> } // '';
  $errors =~ s/^psql:\S*?:(\d+): /line $1: /mg;
  return ($said, $errors, $failed);
}

sub must {
  my ($self, $database, $options, $sql) = @_;
  my ($said, $errors, $failed) = $self->psql($database, $options, "\\set ON_ERROR_STOP on\n$sql");
  die "$errors\n" if $failed;
  return $said;
}

sub literal { my ($text) = @_; $text =~ s/'/''/g; return "'$text'"; }

# The rule under test alone is refused, from 100 rows on where it has a size; all else is logged.
sub policy {
  my ($case) = @_;
  my $rule = literal($case->{rule});
  my $argument = defined $case->{argument} ? [', argument', ', ' . literal($case->{argument})] : ['', ''];
  return "DELETE FROM ddlguard.policy;\n"
    . "INSERT INTO ddlguard.policy (priority, rule, action, min_rows$argument->[0])\n"
    . "SELECT 1, id, 'reject', CASE WHEN measure = 'work' THEN 100 END$argument->[1] FROM ddlguard.rules WHERE id = $rule;\n"
    . "INSERT INTO ddlguard.policy (priority, rule, action) VALUES (9000, '*', 'log');\n";
}

sub database { my ($self) = @_; return "truth_$self->{number}"; }

sub renew {
  my ($self, $case) = @_;
  my $name = $self->database;
  $self->finish($case);
  $self->must('postgres', '-c ddlguard.mode=off',
    "DROP DATABASE IF EXISTS $name WITH (FORCE);\nCREATE DATABASE $name TEMPLATE truth_base STRATEGY file_copy;\n");
  return $name;
}

# What lies outside of the database goes with it; a database alone is replaced by the next one.
sub finish {
  my ($self, $case) = @_;
  return if ($case->{cleanup} // '') eq '';
  my $name = $self->database;
  $self->psql('postgres', '-c ddlguard.mode=off', "DROP DATABASE IF EXISTS $name WITH (FORCE);\n$case->{cleanup}");
}

my $kObserving = '-c ddlguard.mode=off -c session_preload_libraries=locks -c max_parallel_workers_per_gather=0 '
  # A foreign key looks up the other table by its index; that the planner may prefer to read it whole is no
  # work that the statement must do.
  . '-c max_parallel_maintenance_workers=0 -c enable_hashjoin=off -c enable_mergejoin=off';

# The queries of clients that work before, with their answers; a literal.  Asked in a copy of its own, since what
# they write and take back leaves dead rows in the files.
sub queries {
  my ($self, $case) = @_;
  my $key = $case->{setup} eq '' ? 'base' : $case->{rule};
  if (!defined $self->{queries}{$key}) {
    my $name = $self->renew($case);
    my $script = quiet($case) . "\\c -\n\\i $kHere/clients.sql\n\\i $kHere/ask.sql\nSELECT current_setting('truth.queries');\n";
    my $said = $self->must($name, '-c ddlguard.mode=off', $script);
    $said =~ s/\n\z//;
    $self->{queries}{$key} = literal($said);
    $self->finish($case);
  }
  return $self->{queries}{$key};
}

# The setup, without what its queries answer.
sub quiet { my ($case) = @_; return "\\o /dev/null\n$case->{setup};\n\\o\n"; }

# The lines that make of a new database the one that a section starts from.
sub prepared {
  my ($self, $case) = @_;
  return quiet($case) . policy($case) . "\\c -\n";
}

# What PostgreSQL did, and what check() and explain() said before.
sub observe {
  my ($self, $case, $section) = @_;
  my $queries = $self->queries($case);
  $self->renew($case) unless $section->{untouched};
  my $name = $self->database;
  my $sql = literal($section->{sql});
  my $script = "\\set ON_ERROR_STOP on\n";
  $script .= $self->prepared($case) unless $section->{untouched};
  $script .= "SELECT '=check', c.statement_number, c.rule, c.action, c.relation, r.rule_group, c.lock_mode, c.work, c.rows, c.bytes,\n"
    . "       translate(c.message, E'\\n\\t', '  ') FROM ddlguard.check($sql) c LEFT JOIN ddlguard.rules r ON r.id = c.rule;\n"
    . "SELECT '=explain', statement_number, relation, lock_mode, work, bytes, rule, child_lock_mode FROM ddlguard.explain($sql);\n"
    . "\\c -\n\\echo =begin 0\n\\i $kHere/inventory.sql\n\\i $kHere/snapshot.sql\n\\set ON_ERROR_STOP off\n";
  my $n = 0;
  for my $statement (@{$section->{statements}}) {
    ++$n;
    $script .= "\\echo\n\\echo =begin $n\nSET locks.held = '';\n\\echo =go\n$statement\n;\n\\echo\n"
      . "\\echo =state :SQLSTATE :LAST_ERROR_MESSAGE\nSELECT '=locks', current_setting('locks.held');\n\\i $kHere/snapshot.sql\n";
  }
  # The counters of this session, before the next one reads them.
  $script .= "SELECT pg_stat_force_next_flush() \\gset ignored_\n\\c -\n\\echo =begin end\n\\i $kHere/snapshot.sql\n\\i $kHere/inventory.sql\n"
    . "SELECT set_config('truth.queries', $queries, false) \\gset ignored_\n\\i $kHere/ask.sql\n"
    . "SELECT '=broken', translate(q, chr(31), E'\\t') FROM unnest(string_to_array(current_setting('truth.queries'), chr(30))) q;\n"
    . "\\echo =done\n";
  my ($said, $errors) = $self->psql($name, $kObserving, $script);
  die "not observed to the end:\n$errors" unless $said =~ /^=done$/m;
  $self->finish($case);
  return parse($said);
}

sub parse {
  my ($said) = @_;
  my %seen = (check => [], explain => [], statements => [], broken => []);
  my $at;
  for my $line (split /\n/, $said) {
    if ($line =~ /^=begin (\w+)/) {
      $at = $seen{$1} = {relation => {}};
      push @{$seen{statements}}, $at if $1 =~ /^[1-9]/;
    } elsif ($line =~ /^=check\t(.*)/) {
      my %row;
      @row{qw(n rule action relation group lock work rows bytes message)} = split /\t/, $1, -1;
      push @{$seen{check}}, \%row;
    } elsif ($line =~ /^=explain\t(.*)/) {
      my %row;
      @row{qw(n relation lock work bytes rule below)} = split /\t/, $1, -1;
      push @{$seen{explain}}, \%row;
    } elsif ($line =~ /^=R\t(.*)/) {
      my %row;
      @row{qw(oid name kind file bytes tablespace table unseen read deleted updated)} = split /\t/, $1;
      $at->{relation}{$row{oid}} = \%row;
    } elsif ($line =~ /^=C\t(\d+)\t(\d+)\t(.*)/) {
      $at->{column}{$1}{$2} = $3;
    } elsif ($line =~ /^=K\t(\d+)\t(.*)\t(.)/) {
      $at->{constraint}{$1}{$2} = $3;
    } elsif ($line =~ /^=I\t(\d+)\t(\d+)/) {
      $at->{parent}{$1}{$2} = 1;
    } elsif ($line =~ /^=D\t(\d+)\t(\d+)/) {
      $at->{reads}{$1}{$2} = 1;
    } elsif ($line =~ /^=T\t(\d+)\t(.*)/) {
      $at->{type}{$1}{$2} = 1;
    } elsif ($line =~ /^=N\t(\d+)\t(\d+)/) {
      $at->{rows}{$1} = $2;
    } elsif ($line =~ /^=state (\w+) ?(.*)/) {
      $at->{state} = $1;
      $at->{error} = $2 if $1 ne '00000';
    } elsif ($line =~ /^=locks\t(.*)/) {
      $at->{locks} = {map { split /:/ } split / /, $1};
      $at->{locks}{$_} = $kModes{$at->{locks}{$_}} for keys %{$at->{locks}};
    } elsif ($line =~ /^=broken\t(.*)/) {
      my %row;
      @row{qw(role object kind query before now)} = split /\t/, $1;
      push @{$seen{broken}}, \%row;
    }
  }
  return \%seen;
}

# What the guard said when the section was run under it: its first error.
sub enforce {
  my ($self, $case, $section) = @_;
  $self->queries($case);
  my $name = $self->renew($case);
  $self->must($name, '-c ddlguard.mode=off', $self->prepared($case));
  my ($said, $errors) = $self->psql($name, '-c ddlguard.mode=enforce', "\\set ON_ERROR_STOP on\n\\set VERBOSITY verbose\n"
    . "\\set SHOW_CONTEXT never\n" . join(";\n", @{$section->{statements}}) . ";\n");
  my %error;
  @error{qw(state message)} = ($1, $2) if $errors =~ /ERROR:  (\w{5}): (.*)/;
  $error{detail} = $1 if $errors =~ /^DETAIL:  (.*?)(?=^HINT:|^LOCATION:|^CONTEXT:|\z)/ms;
  $error{hint} = $1 if $errors =~ /^HINT:  (.*?)(?=^LOCATION:|^CONTEXT:|\z)/ms;
  # Refused before anything happened: then the database can serve for the observation, too.
  $section->{untouched} = @{$section->{statements}} == 1 && ($error{state} // '') eq 'DG001';
  $self->finish($case) unless $section->{untouched};
  return \%error;
}

1;
