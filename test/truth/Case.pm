# A case: one file of test/truth/cases, about one rule.  The format is told in CONTRIBUTING.md.
package Case;

use strict;
use warnings;
use File::Basename;

my %kHeader = map { $_ => 1 } ('majors', 'unobservable', 'argument', 'enforce only', 'check only');

sub read_case {
  my ($file) = @_;
  open my $in, '<', $file or die "$file: $!\n";
  my %case = (rule => basename($file, '.sql'), about => '', setup => '', cleanup => '', sections => []);
  my $into = \$case{about};
  my $section;
  my $at_head = 1;
  while (my $line = <$in>) {
    if ($line =~ /^-- (fires|near miss): *(.*?)\s*$/) {
      $section = {kind => $1, heading => $2, sql => '', number => 1 + @{$case{sections}}};
      push @{$case{sections}}, $section;
      $into = \$section->{sql};
      $at_head = 1;
    } elsif ($line =~ /^-- (setup|cleanup)\s*$/) {
      $into = \$case{$1};
      $at_head = 0;
    } elsif ($at_head && $line =~ /^-- ([a-z ]+): *(.*?)\s*$/ && $kHeader{$1}) {
      ($section // \%case)->{$1} = $2;
    } elsif ($into == \$case{about}) {
      die "$file: SQL before the first section: $line" if $line !~ /^(--|\s*$)/;
      $$into .= "$1 " if $line =~ /^-- ?(.*?)\s*$/;
    } else {
      $at_head = 0 if $line =~ /\S/;
      $$into .= $line;
    }
  }
  $case{about} =~ s/\s+$//;
  for my $kind ('fires', 'near miss') {
    die "$file: no section '$kind'\n" unless grep { $_->{kind} eq $kind } @{$case{sections}};
  }
  for (@{$case{sections}}) {
    $_->{statements} = [statements($_->{sql})];
    die "$file: section '$_->{heading}' is empty\n" unless @{$_->{statements}};
  }
  return \%case;
}

# "18-", "15-17", "17"
sub covers {
  my ($majors, $major) = @_;
  return 1 unless defined $majors;
  my ($from, $dash, $to) = $majors =~ /^(\d*)(-?)(\d*)$/ or die "majors: $majors\n";
  return $major == $from unless $dash;
  return $major >= ($from || 0) && $major <= ($to || 99);
}

# Statements of a script, without comments around them; semicolons as psql sees them.
sub statements {
  my ($sql) = @_;
  my ($current, $depth, @all) = ('', 0);
  while ($sql =~ /\G(--[^\n]*|\/\*.*?\*\/|'(?:[^']|'')*'|"(?:[^"]|"")*"|(\$\w*\$).*?\2|\bBEGIN\s+ATOMIC\b.*?\bEND\b|[;()]|\w+|.)/gsi) {
    my $token = $1;
    if ($token eq ';' && $depth == 0) { push @all, $current; $current = ''; next; }
    $depth++ if $token eq '(';
    $depth-- if $token eq ')';
    $current .= $token unless $token =~ /^(?:--|\/\*)/;
  }
  push @all, $current;
  s/^\s+|\s+$//g for @all;
  return grep { $_ ne '' } @all;
}

1;
