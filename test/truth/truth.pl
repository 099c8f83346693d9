#!/usr/bin/env perl
#
# Prediction equals observation.  Run by test/truth/run, which starts the cluster.
#
# Each section of a case is executed twice, in fresh copies of the base database: with the guard enforcing,
# where "fires" must be refused for this rule and "near miss" must run; and with the guard off, where locks,
# files, rows and clients' queries are observed (Observe.pm) and compared with what explain() and check()
# said before (Compare.pm).  Two sections are run at a time; those of one case follow
# one another, since they may make roles or databases of one name.

use strict;
use warnings;
use File::Basename;
$| = 1;
use lib dirname(__FILE__);
use Case;
use Observe;
use Compare;

my $kWorkers = 2;
my $here = dirname(__FILE__);
my $mode = @ARGV && $ARGV[0] =~ /^--(list)$/ ? do { shift; $1 } : 'run';
my @files = sort glob "$here/cases/*.sql";
my (%all, @cases);
for (@files) {
  my $case = Case::read_case($_);
  $all{$case->{rule}} = $case;
}
for (@ARGV ? @ARGV : sort keys %all) {
  push @cases, $all{$_} // die "no case for rule $_ in test/truth/cases\n";
}

if ($mode eq 'list') {
  for my $case (@cases) {
    print "$case->{rule}: $_->{kind}: $_->{heading}\n" for @{$case->{sections}};
  }
  exit 0;
}

my $scratch = $ENV{TRUTH_SCRATCH} // die "to be run by test/truth/run\n";
my $main = Observe->new(0, $scratch);
my $major = int($main->must('postgres', '', "SHOW server_version_num;\n") / 10000);
my %known = map { $_ => 1 } split /\n/, $main->must('postgres', '-c ddlguard.mode=off', <<END);
CREATE ROLE shop_owner;
CREATE ROLE shop_app LOGIN;
CREATE DATABASE truth_base;
\\c truth_base
CREATE EXTENSION ddlguard;
\\i $here/base.sql
SELECT id FROM ddlguard.rules;
\\c postgres
ALTER DATABASE truth_base ALLOW_CONNECTIONS false;
END
my %blind = map { $_ => 1 } grep { defined $all{$_}{unobservable} } keys %all;

sub run_section {
  my ($observer, $case, $section) = @_;
  my $rule = $case->{rule};
  my @wrong;
  my $guard = $observer->enforce($case, $section);
  my $seen = $observer->observe($case, $section);
  my ($failed) = grep { ($_->{state} // '25P02') !~ /^(?:00000|25P02)$/ } @{$seen->{statements}};
  my @found = grep { ($_->{rule} // '') eq $rule && $_->{action} eq 'reject' } @{$seen->{check}};
  my ($refusal) = ($guard->{detail} // '') =~ /^Rule: (\w+)/;

  if ($section->{kind} eq 'fires') {
    push @wrong, "check() does not have it" . (@{$seen->{check}} ? ', but ' . join(', ', map { $_->{rule} // 'an error' } @{$seen->{check}}) : '')
      unless @found || defined $case->{'enforce only'};
    push @wrong, 'the guard should refuse with DG001 for it: ' . (defined $guard->{state} ? "$guard->{state}: $guard->{message}" : 'the section ran')
      unless defined $case->{'check only'} || ($guard->{state} // '') eq 'DG001' && ($refusal // '') eq $rule;
  } else {
    push @wrong, "check() has it: $found[0]{message}" if @found;
    push @wrong, "the guard refuses: $guard->{state}: $guard->{message}" if ($guard->{state} // '') =~ /^DG/;
    push @wrong, "PostgreSQL refuses it: $failed->{state} $failed->{error}" if $failed;
  }
  if (!defined ($section->{unobservable} // $case->{unobservable}) && !defined $case->{'enforce only'}) {
    push @wrong, Compare::compare($seen, $section);
    push @wrong, Compare::compare_findings($seen, \%blind) unless $failed;
  }
  return ($seen, $guard, @wrong);
}

sub sections {
  my ($case) = @_;
  return grep { Case::covers($case->{majors}, $major) && Case::covers($_->{majors}, $major) } @{$case->{sections}};
}

# The cases are dealt out as workers ask for them: each one reads the next number from the pipe.
pipe my $next, my $deal or die $!;
syswrite $deal, pack 'n*', 0 .. $#cases;
close $deal;
my ($passed, $failed) = (0, 0);
my @workers;
for my $number (1 .. $kWorkers) {
  my $worker = open(my $from, '-|') // die "fork: $!\n";
  if (!$worker) {
    my $observer = Observe->new($number, $scratch);
    while (sysread($next, my $which, 2)) {
      my $case = $cases[unpack 'n', $which];
      my $text = '';
      for my $section (sections($case)) {
        my @wrong = $known{$case->{rule}} ? eval { my ($seen, $guard, @w) = run_section($observer, $case, $section); @w }
          : ('no such rule');
        @wrong = ($@) if $@;
        my $what = "truth/$case->{rule}: $section->{kind}: $section->{heading}";
        $text .= @wrong ? "FAILED  $what\n" . join('', map { s/\s+$//r =~ s/^/        /mgr . "\n" } @wrong) : "ok      $what\n";
      }
      syswrite STDOUT, $text;
    }
    exit 0;
  }
  push @workers, $from;
}
# Their output comes in whole cases.
use IO::Select;
my $select = IO::Select->new(@workers);
while (my @ready = $select->can_read) {
  for my $from (@ready) {
    my $text;
    if (!sysread $from, $text, 1 << 20) { $select->remove($from); next; }
    print $text;
    $passed++ while $text =~ /^ok /mg;
    $failed++ while $text =~ /^FAILED/mg;
  }
}
for (@workers) { close $_ or $failed++; }
print "$passed passed, $failed failed\n";
exit($failed || !$passed ? 1 : 0);
