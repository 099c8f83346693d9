#!/usr/bin/env perl
#
# fingerprints.pl FILE...: SQL that asks ddlguard.fingerprint() about every statement of the files, as rows
# (number, kind, right, original, variant).  Kind "written": the same statement with other white space, comments,
# case and quotes, whose fingerprint must be equal; kind "changed": one token is another, or is not there, so it
# must differ.  The same every time: the generator of random numbers starts with a number.
use strict;
use warnings;
srand 20260101;

my $string = qr/(?:[EeBbXxNn]|[Uu]&)?'(?:[^'\\]|''|\\.)*'/;
my $token = qr{
    (?<space>\s+|--[^\n]*|/\*(?:[^*]|\*(?!/))*\*/)
  | (?<dollar>\$(?<tag>[A-Za-z_]*)\$.*?\$\k<tag>\$)
  | (?<string>$string)
  | (?<quoted>(?:[Uu]&)?"(?:[^"]|"")+")
  | (?<word>[A-Za-z_\x80-\xff][\w\$\x80-\xff]*)
  | (?<number>\d+(?:\.\d+)?(?:[Ee][-+]?\d+)?|\$\d+)
  | (?<fixed>::|:=|=>|\.\.|<=|>=|<>|!=)
  | (?<symbol>[-+*/<>=~!@#%^&|`?]+|[,()\[\].;:])
}xs;

sub tokens {
  my ($sql) = @_;
  my @tokens;
  pos($sql) = 0;
  while ($sql =~ /\G$token/gc) {
    my ($kind) = grep { defined $+{$_} } qw(space dollar string quoted word number fixed symbol);
    push @tokens, [$kind, $&] unless $kind eq 'space';
  }
  die "cannot read: " . substr($sql, pos $sql, 40) if pos($sql) < length $sql;
  return @tokens;
}

sub statements {
  my ($file) = @_;
  open my $in, '<', $file or die "$file: $!";
  local $/;
  my @statements = [];
  for (tokens(scalar <$in>)) {
    if ($_->[1] eq ';') { push @statements, [] }
    else { push @{$statements[-1]}, $_ }
  }
  return grep { @$_ } @statements;
}

sub pick { return $_[rand @_] }

sub space {
  my $text = '';
  $text .= pick(' ', "\n", "\t", '  ', " -- a 'remark' \$\$\n", ' /* one /* in */ another */ ', "/*;*/\n") for 0 .. rand 2;
  return $text;
}

sub written {
  my ($kind, $text) = @_;
  return join '', map { pick(lc, uc) } split //, $text if $kind eq 'word' && $text !~ /[\x80-\xff]/;
  return "\$q\$$1\$q\$" if $kind eq 'string' && $text =~ /^'([^'\\\$]*)'$/ && rand() < 0.5;
  return "'$2'" if $kind eq 'dollar' && $text =~ /^\$(\w*)\$([^'\\]*)\$\1\$$/s && rand() < 0.5;
  return $text;
}

sub changed {
  my ($kind, $text) = @_;
  return $text . 'x' if $kind eq 'word';
  return substr($text, 0, -1) . 'x' . substr($text, -1) if $kind eq 'quoted';
  return substr($text, 0, -1) . ($text =~ /^[BbXx]/ ? '1' : 'x') . "'" if $kind eq 'string';
  return $text =~ s/^(\$\w*\$)/$1x/r if $kind eq 'dollar';
  return $text . '1' if $kind eq 'number';
  return $text eq '<=' ? '>=' : '<=' if $kind eq 'fixed';
  return $text eq ',' ? '(' : ',';
}

sub plain { return join ' ', map { $_->[1] } @_ }

my @rows;
my $number = 0;
for my $file (@ARGV) {
  for my $statement (statements($file)) {
    ++$number;
    my $original = plain(@$statement);
    for (1 .. 3) {
      push @rows, [$number, 'written', $original, space() . join('', map { written(@$_) . space() } @$statement) . pick('', ';', "; ;\n")];
    }
    for my $at (0 .. $#$statement) {
      my @other = @$statement;
      $other[$at] = ['', changed(@{$other[$at]})];
      push @rows, [$number, 'changed', $original, plain(@other)];
      splice @other, $at, 1;
      push @rows, [$number, 'changed', $original, plain(@other)];
    }
  }
}

print "CREATE TEMP TABLE asked (number int, kind text, original text, variant text);\n";
for (@rows) {
  my ($n, $kind, $original, $variant) = @$_;
  print "INSERT INTO asked VALUES ($n, '$kind', \$ddlguard\$$original\$ddlguard\$, \$ddlguard\$$variant\$ddlguard\$);\n";
}
