#!/usr/bin/env perl
#
# Writes docs/rules/RULE.md for every rule of the catalogue, docs/rules/README.md (all rules by group) and the
# compact list between the markers of README.md.  Run by test/docs/generate, which starts the cluster.
#
#   pages.pl CHECKOUT OUTPUT [RULE...]     the pages of these rules alone
#
# What a page says is from one of three places: the catalogue (reason, remedy, parameter), the case of the rule
# (what it is about, examples), and a server on which each example that fires was executed: what PostgreSQL
# did, what the guard said, and which steps ddlguard.plan() gives.  What differs from run to run (numbers of
# policy rows) is left out.

use strict;
use warnings;
use File::Basename;
use JSON::PP;
use lib dirname(__FILE__) . '/../truth';
use Case;
use Observe;
use Compare;

my ($top, $out, @only) = @ARGV;
my $kWorkers = 2;
my $kQueriesShown = 2;
my $scratch = $ENV{TRUTH_SCRATCH} // die "to be run by test/docs/generate\n";
my %kBlocked = (
  'ACCESS EXCLUSIVE' => 'readers and writers wait', 'EXCLUSIVE' => 'writers wait', 'SHARE ROW EXCLUSIVE' => 'writers wait',
  'SHARE' => 'writers wait', 'SHARE UPDATE EXCLUSIVE' => 'readers and writers go on');
my @kGroups = qw(blocking destructive compatibility transaction locking maintenance convention);
my %kAbout = (
  blocking => 'work that grows with the table, under a lock that stops readers or writers',
  destructive => 'data or shape is lost',
  compatibility => 'code that runs now breaks',
  transaction => 'a strong lock is held for long',
  locking => 'a strong lock, but a brief one',
  maintenance => 'worth knowing',
  convention => 'what a shop may demand; off until a policy row names it');

sub slurp { my ($file) = @_; open my $in, '<', $file or die "$file: $!\n"; local $/; return <$in>; }
sub spew { my ($file, $text) = @_; open my $to, '>', $file or die "$file: $!\n"; print $to $text; close $to or die "$file: $!\n"; }
sub rows { my ($said) = @_; return map { JSON::PP->new->utf8->decode($_) } grep { /^\{/ } split /\n/, $said; }

my $main = Observe->new(0, $scratch);
my $major = int($main->must('postgres', '', "SHOW server_version_num;\n") / 10000);
my @said = rows($main->must('postgres', '-c ddlguard.mode=off', <<END));
CREATE ROLE shop_owner;
CREATE ROLE shop_app LOGIN;
CREATE DATABASE truth_base;
\\c truth_base
CREATE EXTENSION ddlguard;
\\i $top/test/truth/base.sql
SELECT to_json(r) FROM ddlguard.rules r;
SELECT to_json(p) FROM (SELECT * FROM ddlguard.policy ORDER BY priority, id) p;
\\c postgres
ALTER DATABASE truth_base ALLOW_CONNECTIONS false;
END
my @rules = grep { exists $_->{rule_group} } @said;
my @policies = grep { exists $_->{action} } @said;
my %cases = map { my $case = Case::read_case($_); ($case->{rule} => $case) } glob "$top/test/truth/cases/*.sql";
my %elsewhere = map { my ($id, $names) = split /\t/; ($id => $names // '') } split /\n/, slurp("$top/test/docs/known-rules.tsv");

# ---- words ----

sub first_upper { return ucfirst $_[0]; }
sub code { my ($sql) = @_; $sql =~ s/\s+\z//; return "```sql\n$sql\n```\n"; }
sub short { my ($name) = @_; $name =~ s/^public\.//; return $name; }
sub number { my ($n) = @_; 1 while $n =~ s/^(\d+)(\d{3})/$1,$2/; return $n; }
sub bytes { my ($n) = @_; return $n % (1 << 20) == 0 ? ($n >> 20) . ' MB' : number($n) . ' bytes'; }

# What the installed policies do: the first row that always matches, and what the ones before it match.
sub by_default {
  my ($rule) = @_;
  my %word = (reject => 'refused', warn => 'warned about', log => 'logged', allow => 'allowed');
  return 'off' if $rule->{rule_group} eq 'convention';
  my @parts;
  for my $row (@policies) {
    next unless grep { $row->{rule} eq $_ } $rule->{id}, $rule->{rule_group}, '*';
    next if defined $row->{relation_name} || defined $row->{schema_name} || defined $row->{role_name};
    my @from = grep { defined } (defined $row->{min_rows} ? number($row->{min_rows}) . ' rows' : undef),
      (defined $row->{min_bytes} ? bytes($row->{min_bytes}) : undef);
    next if @from && !defined $rule->{measure};
    push @parts, @from ? "$word{$row->{action}} from " . join(' or ', @from) . ' on' : (@parts ? 'otherwise ' : '') . $word{$row->{action}};
    last unless @from;
  }
  return join ', ', @parts;
}

sub majors {
  my ($majors) = @_;
  return '' unless defined $majors;
  my ($from, $to) = $majors =~ /^(\d*)-?(\d*)$/;
  return "PostgreSQL $majors" if $majors !~ /-/;
  return $to eq '' ? "PostgreSQL $from and later" : $from eq '' ? "PostgreSQL $to and before" : "PostgreSQL $from to $to";
}

sub default_sentence {
  my ($rule) = @_;
  return 'Off until a policy row names it.' if $rule->{rule_group} eq 'convention';
  return first_upper(by_default($rule)) . ' by default.';
}

# ---- what the server did ----

sub what_happened {
  my ($seen) = @_;
  my $start = $seen->{0};
  my (%lock, %work);
  my $before = $start;
  for my $after (@{$seen->{statements}}) {
    next unless $after->{locks};
    my $locks = $after->{locks};
    for my $oid (keys %$locks) {
      my $relation = $start->{relation}{$oid} or next;
      next if $relation->{kind} =~ /[iIS]/ || !Compare::strong($locks->{$oid});
      $lock{$oid} = Compare::stronger($lock{$oid}, $locks->{$oid});
    }
    if (($after->{state} // '') eq '00000') {
      my $done = Compare::observed_work($start, $before, $after);
      for my $oid (keys %$done) {
        next unless $start->{relation}{$oid} && $start->{relation}{$oid}{kind} =~ /[rm]/ && $lock{$oid};
        $work{$oid} = $done->{$oid} if !$work{$oid} || $done->{$oid} eq 'rewrite' || $work{$oid} eq 'scan';
      }
    }
    $before = $after;
  }
  my @lines;
  my $name = sub { '`' . short($start->{relation}{$_[0]}{name}) . '`' };
  my %of_mode;
  push @{$of_mode{$lock{$_}}}, $_ for sort { $start->{relation}{$a}{name} cmp $start->{relation}{$b}{name} } keys %lock;
  for my $mode (sort { $Observe::kStrength{$b} <=> $Observe::kStrength{$a} } keys %of_mode) {
    my @on = map { $name->($_) } @{$of_mode{$mode}};
    @on = (@on[0 .. 3], 'and ' . (@on - 4) . ' more') if @on > 6;
    push @lines, "locked " . join(', ', @on) . " in mode $mode: $kBlocked{$mode}";
  }
  my %kWords = (scan => 'read every row of', 'index build' => 'built an index over', rewrite => 'wrote a new copy of');
  for my $work ('rewrite', 'index build', 'scan') {
    my @on = sort map { $name->($_) } grep { $work{$_} eq $work } keys %work;
    push @lines, "$kWords{$work} " . join(', ', @on) if @on;
  }
  my ($lost, $loosened) = Compare::losses($seen);
  my %oid = map { $start->{relation}{$_}{name} => $_ } keys %{$start->{relation}};
  for my $list ($lost, $loosened) {
    # What a partition loses is what its table loses.
    my %all = %$list;
    for my $child (keys %all) {
      delete $list->{$child} if grep { my $parent = $start->{relation}{$_}{name}; $all{$parent} && "@{$all{$parent}}" eq "@{$all{$child}}" } keys %{$start->{parent}{$oid{$child}} // {}};
    }
    push @lines, map { my $what = join ', ', @{$list->{$_}}; $what eq 'it' ? '`' . short($_) . '` is gone' : '`' . short($_) . "` lost $what" } sort keys %$list;
  }
  my ($failed) = grep { ($_->{state} // '25P02') !~ /^(?:00000|25P02)$/ } @{$seen->{statements}};
  push @lines, "refused it: $failed->{error} (SQLSTATE $failed->{state})" if $failed;
  my %kept;
  my @broken = sort { $a->{query} cmp $b->{query} } grep { !$kept{$_->{query}}++ } @{$seen->{broken}};
  my $broken = '';
  if (@broken) {
    push @lines, 'broke ' . (@broken == 1 ? 'a query' : @broken . ' queries') . ' of clients' . (@broken > $kQueriesShown ? ', among them' : '') . ':';
    for my $query (grep { defined } @broken[0 .. $kQueriesShown - 1]) {
      $broken .= '  * `' . ($query->{query} =~ s/\bpublic\.//gr) . '`: ' . ($query->{now} =~ s/\bpublic\.//gr) . "\n";
    }
  }
  return (map({ "* $_\n" } @lines), $broken);
}

# In full for the first example; the others differ in little more than names.
sub what_the_guard_said {
  my ($error, $in_full) = @_;
  return '' unless ($error->{state} // '') eq 'DG001';
  my $text = "ERROR:  $error->{message}\n";
  $text .= "DETAIL:  $error->{detail}" if $error->{detail} && $in_full;
  $text .= "HINT:  $error->{hint}" if $error->{hint} && $in_full;
  # What is another at each run: databases, processes, ages, the free space of the disk.
  $text =~ s/\btruth_\d+\b/shop/g;
  $text =~ s/\bprocess \d+/process 4711/g;
  $text =~ s/\b(here: |would need )\d+\.\d{3,}/${1}0.001/g;
  $text =~ s/^(?:Policy: |To get it approved as it is: |To run it as it is, on record: ).*\n//mg;
  return "```\n$text```\n";
}

sub plan_of {
  my ($observer, $case, $section) = @_;
  my $name = $observer->renew($case);
  $observer->must($name, '-c ddlguard.mode=off', $observer->prepared($case));
  my @steps = rows($observer->must($name, '', 'SELECT to_json(p) FROM ddlguard.plan(' . Observe::literal($section->{sql}) . ") p;\n"));
  $observer->finish($case);
  # A step that is the statement itself is no way round it.
  return () unless grep { defined $_->{rule} && $_->{rule} eq $case->{rule} } @steps;
  return @steps;
}

sub plan_text {
  my @steps = @_;
  my ($text, $n) = ('', 0);
  for my $step (@steps) {
    ++$n;
    my @notes = ($step->{phase} // 'as it is');
    push @notes, 'by a job outside of migrations' if ($step->{run_by} // '') eq 'backfill';
    push @notes, 'a release of the application' if ($step->{run_by} // '') eq 'deploy';
    push @notes, 'alone, outside a transaction block' if defined $step->{sql} && !$step->{transactional};
    push @notes, 'on record: with ddlguard.bypass' if $step->{on_record};
    $text .= "-- $n. " . join('; ', @notes) . "\n";
    $text .= "--    first: " . $step->{wait_for} . "\n" if defined $step->{wait_for};
    if (defined $step->{sql}) { $text .= $step->{sql} =~ s/;?\s*\z/;\n/r; }
    $text .= "--    back out: " . ($step->{back_out} =~ s/\n/ /gr) . "\n" if defined $step->{back_out} && $step->{back_out} ne '';
  }
  return code($text);
}

# ---- a page ----

sub sections { my ($case, $kind) = @_; return grep { $_->{kind} eq $kind } @{$case->{sections}}; }
sub covered { my ($case, $section) = @_; return Case::covers($case->{majors}, $major) && Case::covers($section->{majors}, $major); }

sub examples {
  my ($observer, $rule, $case) = @_;
  my $text = "## What it sees\n\n";
  my $setup = $case->{setup} =~ s/^\s+|\s+\z//gr;
  $text .= "The examples start with the [shop](../../test/truth/base.sql) that all tests have" . ($setup eq '' ? ".\n\n" : ", and\n\n" . code($setup) . "\n");
  my ($planned, $said_before) = (0, 0);
  my $way = '';
  for my $section (sections($case, 'fires')) {
    $text .= '### ' . first_upper($section->{heading}) . "\n\n" . code($section->{sql}) . "\n";
    if (!covered($case, $section)) {
      $text .= majors($section->{majors} // $case->{majors}) . ".\n\n";
      next;
    }
    my $guard = $observer->enforce($case, $section);
    my $seen = $observer->observe($case, $section);
    my @happened = what_happened($seen);
    $text .= "With the guard off, PostgreSQL\n\n" . join('', @happened) . "\n" if @happened;
    my $said = what_the_guard_said($guard, !$said_before);
    $said_before = 1 if $said ne '';
    $text .= $said ne '' ? "The guard:\n\n$said\n" : "PostgreSQL refuses it first; `ddlguard.check()` says so before it runs.\n\n";
    if (!$planned) {
      my @steps = plan_of($observer, $case, $section);
      if (@steps) {
        $planned = 1;
        $way = "## The way that passes\n\n`ddlguard.plan()` for " . (sections($case, 'fires') > 1 ? "*$section->{heading}*" : 'the example') . ":\n\n" . plan_text(@steps) . "\n";
      }
    }
  }
  $text .= $way;
  my $harmless = "## What it leaves alone\n\n";
  for my $section (sections($case, 'near miss')) {
    my $note = covered($case, $section) ? '' : majors($section->{majors} // $case->{majors}) . ".\n\n";
    $harmless .= first_upper($section->{heading}) . ":\n\n" . code($section->{sql}) . "\n$note";
  }
  return $text . $harmless;
}

sub configure {
  my ($rule) = @_;
  my $text = "## Configure\n\n";
  my $literal = sub { return defined $_[0] ? Observe::literal($_[0]) : "'...'" };
  if (defined $rule->{parameter}) {
    my %kMeans = (
      limit => 'a number; more than that is a finding', 'allowed list' => 'a list, separated by commas; what is not in it is a finding',
      'denied list' => 'a list, separated by commas; what is in it is a finding', 'required list' => 'a list, separated by commas; it is a finding when one is missing',
      pattern => 'a regular expression; a name that does not match is a finding');
    $text .= "`argument` is $kMeans{$rule->{parameter}}" . (defined $rule->{unit} ? " ($rule->{unit})" : '') . '. '
      . (defined $rule->{default_argument} ? "Without one it is `$rule->{default_argument}`." : 'The row must have one.') . "\n\n";
  }
  my @columns = (['rule', "'$rule->{id}'"]);
  if ($rule->{rule_group} eq 'convention') {
    push @columns, ['action', "'warn'"];
    push @columns, ['argument', $literal->($rule->{default_argument})] if defined $rule->{parameter};
  } else {
    unshift @columns, ['priority', '10'];
    push @columns, ['schema_name', "'staging'"], ['action', by_default($rule) =~ /^logged/ ? "'reject'" : "'log'"];
    push @columns, ['argument', $literal->($rule->{default_argument})] if defined $rule->{parameter};
  }
  $text .= code('INSERT INTO ddlguard.policy (' . join(', ', map { $_->[0] } @columns) . ")\nVALUES (" . join(', ', map { $_->[1] } @columns) . ');');
  return $text;
}

sub page {
  my ($observer, $rule) = @_;
  my $case = $cases{$rule->{id}};
  my $text = "<!-- made by test/docs/generate -->\n# $rule->{id}\n\n";
  my $when = $case ? majors($case->{majors}) : '';
  $text .= "*Group $rule->{rule_group}: $kAbout{$rule->{rule_group}}.* " . default_sentence($rule) . ($when ne '' ? " $when." : '') . "\n\n";
  $text .= "$case->{about}\n\n" if $case;
  $text .= "Why: $rule->{reason}\n\nThe way out: $rule->{remedy}.\n\n";
  if ($case) {
    $text .= examples($observer, $rule, $case);
    my $blind = $case->{unobservable};
    $text .= "What PostgreSQL does here cannot be read from locks, files or failing queries: $blind.\n\n" if defined $blind;
  }
  $text .= configure($rule);
  my $names = $elsewhere{$rule->{id}} // '';
  $text .= "\n## Elsewhere\n\n" . join('', map { "* $_\n" } split /; /, $names) if $names ne '';
  return $text;
}

# ---- all of them ----

sub link_to { my ($rule, $folder) = @_; return "[$rule->{id}]($folder$rule->{id}.md)"; }

sub consequence {
  my ($rule) = @_;
  my $text = $rule->{consequence} =~ s/\{(\w+)\}/$1 eq 'column' ? '*name*' : "*$1*"/ger;
  return $text =~ s/\|/\\|/gr;
}

sub overview {
  my $text = "<!-- made by test/docs/generate -->\n# Rules\n\n" . scalar(@rules) . " rules in " . @kGroups . " groups. What the default policy does is in the last column. What PostgreSQL and the guard "
    . "say on the pages is what PostgreSQL $major said; messages end with the policy row that decided and with how to run "
    . "the statement on record, which the pages leave out.\n";
  for my $group (@kGroups) {
    my @of = grep { $_->{rule_group} eq $group } @rules or next;
    $text .= "\n## " . first_upper($group) . "\n\n" . first_upper($kAbout{$group}) . ".\n\n| rule | what would happen | default |\n|---|---|---|\n";
    $text .= '| ' . link_to($_, '') . ' | ' . consequence($_) . ' | ' . by_default($_) . " |\n" for @of;
  }
  return $text;
}

sub compact {
  my $text = "| group | rules |\n|---|---|\n";
  for my $group (@kGroups) {
    my @of = grep { $_->{rule_group} eq $group } @rules or next;
    $text .= "| **$group** (" . scalar(@of) . "): $kAbout{$group} | " . join(', ', map { link_to($_, 'docs/rules/') } @of) . " |\n";
  }
  return $text;
}

my %wanted = map { $_ => 1 } @only;
my @todo = grep { !@only || $wanted{$_->{id}} } @rules;
my @children;
for my $number (1 .. $kWorkers) {
  my $child = fork // die "fork: $!\n";
  if (!$child) {
    my $observer = Observe->new($number, $scratch);
    my $n = 0;
    for my $rule (@todo) {
      next if $n++ % $kWorkers != $number - 1;
      my $text = eval { page($observer, $rule) } // die "$rule->{id}: $@";
      spew("$out/docs/rules/$rule->{id}.md", $text);
    }
    exit 0;
  }
  push @children, $child;
}
my $bad = 0;
for (@children) { waitpid $_, 0; $bad = 1 if $?; }
exit 1 if $bad;
if (!@only) {
  my %known = map { ("$_->{id}.md" => 1) } @rules;
  for (glob "$out/docs/rules/*.md") { unlink $_ unless $known{basename($_)} || basename($_) eq 'README.md'; }
}
spew("$out/docs/rules/README.md", overview());
my $readme = slurp("$out/README.md");
$readme =~ s/(<!-- rules: made by test\/docs\/generate -->\n).*?(<!-- end of rules -->)/$1 . compact() . $2/se or die "README.md has no markers for the rules\n";
spew("$out/README.md", $readme);
