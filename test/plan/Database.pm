#
# Databases of the plan test: scripts and sessions in them, copies of them, and what they hold.
#
package Database;

use strict;
use warnings;
use Exporter 'import';
use File::Temp;
use IPC::Open2;
use JSON::PP;

our @EXPORT = qw(psql must quote drop clone dump_of dump_text difference data_of data_differences);

my $scratch = File::Temp->newdir;
$ENV{PGOPTIONS} = '-c client_min_messages=warning';

# ---- psql ----------------------------------------------------------------------------------------------------

my $files = 0;

# A script in a session of its own: (succeeded, what it printed).
sub psql {
  my ($database, $user, $sql) = @_;
  my $file = "$scratch/$$." . ++$files;
  open my $out, '>', $file or die "$file: $!\n";
  print $out "\\set VERBOSITY verbose\n\\set ON_ERROR_STOP on\n$sql\n;\n";
  close $out;
  my $said = qx(psql -XAtq -d $database -U $user -f $file 2>&1);
  my $good = $? == 0;
  unlink $file;
  $said =~ s/^psql:\Q$file\E:\d+: //mg;
  return ($good, $said);
}

sub must {
  my ($database, $user, $sql) = @_;
  my ($good, $said) = psql($database, $user, $sql);
  die "$said\n" unless $good;
  return $said;
}

# A session that stays: statements of one step after the other see what the earlier ones SET.
package Session {
  my $marks = 0;
  sub open {
    my ($class, $database, $user) = @_;
    my $self = bless {}, $class;
    $self->{pid} = IPC::Open2::open2($self->{from}, $self->{to}, 'sh', '-c', 'exec psql -XAtq -v VERBOSITY=verbose -d "$0" -U "$1" 2>&1', $database, $user);
    return $self;
  }
  # (SQLSTATE of the last statement, output)
  sub run {
    my ($self, $sql) = @_;
    my $mark = '=mark' . ++$marks;
    print {$self->{to}} "$sql\n;\n\\echo\n\\echo $mark :LAST_ERROR_SQLSTATE :SQLSTATE\n";
    $self->{to}->flush;
    my $said = '';
    while (defined(my $line = readline $self->{from})) {
      return ($1, $said) if $line =~ /^$mark \S+ (\S+)$/;
      $said .= $line;
    }
    return ('08006', $said);
  }
  sub close {
    my ($self) = @_;
    close $self->{to};
    waitpid $self->{pid}, 0;
  }
}

package Database;

sub quote { return "'" . ($_[0] =~ s/'/''/gr) . "'"; }
sub drop { must('postgres', 'postgres', join '', map { "DROP DATABASE IF EXISTS $_ WITH (FORCE);\n" } @_); }
sub clone {
  my ($from, @to) = @_;
  must('postgres', 'postgres', join '', map { "CREATE DATABASE $_ TEMPLATE $from STRATEGY file_copy;\n" } @to);
}

# ---- what a database holds -----------------------------------------------------------------------------------

sub dump_of {
  my ($database) = @_;
  my $text = qx(pg_dump -U postgres --schema-only -N plan_test -d $database 2>&1);
  die "pg_dump: $text" if $?;
  my %entries;
  my $name = '';
  for my $line (split /\n/, $text) {
    if ($line =~ /^-- (?:Data for )?Name: /) { $name = $line =~ s/; Tablespace: .*//r; $entries{$name} //= ''; }
    next if $line =~ /^(?:--.*|SET .*|SELECT pg_catalog\.set_config.*|\\(?:un)?restrict .*|)$/;
    $entries{$name} .= "$line\n";
  }
  delete $entries{$_} for grep { $entries{$_} eq '' } keys %entries;
  return \%entries;
}

# The dump of a database as one text: without owners, or without the order of columns.
sub dump_text {
  my ($entries, %without) = @_;
  my @parts;
  for my $name (sort keys %$entries) {
    my ($head, $body) = ($name, $entries->{$name});
    if ($without{owners}) {
      $head =~ s/; Owner: .*//;
      $body =~ s/^ALTER .* OWNER TO .*;\n//mg;
    }
    if ($without{order} && $name =~ /Type: TABLE;/) {
      $body = join "\n", sort map { s/,$//r } split /\n/, $body;
    }
    if ($without{order} && $name =~ /Type: STATISTICS;/) {
      $body =~ s/(?<= ON )(.*)(?= FROM )/join ', ', sort split m{, }, $1/e;
    }
    push @parts, "$head\n$body";
  }
  return join "\n", sort @parts;
}

sub difference {
  my ($left, $right) = @_;
  return '' if $left eq $right;
  my %count;
  $count{$_}-- for split /\n/, $left;
  $count{$_}++ for split /\n/, $right;
  my @lines = map { ($count{$_} < 0 ? '-' : '+') . $_ } grep { $count{$_} } sort keys %count;
  return join "\n", @lines ? @lines : '(the same lines in another order)';
}

sub data_of {
  my ($database, @random) = @_;
  my $random = 'ARRAY[' . join(', ', map { quote($_) } @random) . ']::text[]';
  my $rows = must($database, 'postgres', "SELECT row_to_json(d) FROM plan_test.data($random) d");
  my %data = map { my $r = decode_json($_); (join('.', $r->{tab}, $r->{col} // '') => $r) } split /\n/, $rows;
  return \%data;
}

# How the data of two databases differ: the keys of %data.
sub data_differences {
  my ($left, $right, %random) = @_;
  my %keys = (%$left, %$right);
  return grep {
    my ($l, $r) = ($left->{$_}, $right->{$_});
    !$l || !$r || $l->{value_count} != $r->{value_count}
      || ($random{$_} ? $l->{one_value} ne $r->{one_value} || !$l->{moments} && $l->{values_unique} ne $r->{values_unique}
        : ($l->{fingerprint} // '') ne ($r->{fingerprint} // ''));
  } sort keys %keys;
}

1;
