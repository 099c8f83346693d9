# Prediction against observation: a list of differences, in words.
#
# Locks    SHARE UPDATE EXCLUSIVE and stronger, the strongest held in the transaction so far, on every relation
#          that was there before the section; on an index only one that is stronger than its table's.
# Work     of each statement, under such a lock: rewrite (the file of a relation with rows is another, and not
#          empty), index build (a new file of an index over rows), scan (as many rows read as there are).  The
#          bytes that explain() gives are those of the relations that were worked on (REFRESH: what its query reads).
# Loss and breaks of a table that is empty and was never seen by VACUUM or ANALYZE are nobody's business.
# Loss     relations, columns, rows (beyond those that DELETE counts) and constraints that are gone.
# Breaks   queries that worked before (clients.sql) and fail or answer otherwise now.
package Compare;

use strict;
use warnings;

my $kDml = qr/^\(*(?:SELECT|INSERT|UPDATE|DELETE|MERGE|WITH|COPY|VALUES|EXPLAIN|EXECUTE|CALL|DO|SET|SHOW|RESET)\b/i;
my %kRepeats = map { $_ => 1 } qw(validate_while_holding_locks bulk_dml_after_ddl_lock);
my %kWeight = (none => 0, scan => 1, 'index build' => 2, rewrite => 3);

sub strong { my ($mode) = @_; return defined $mode && $mode ne '' && $Observe::kStrength{$mode} >= 4; }
sub stronger {
  my ($one, $other) = @_;
  return $other unless $one;
  return $one unless $other;
  return $Observe::kStrength{$one} >= $Observe::kStrength{$other} ? $one : $other;
}

# Everything below a relation, with itself.
sub tree {
  my ($start, $oid) = @_;
  my %found = ($oid => 1);
  my @todo = ($oid);
  while (defined(my $parent = shift @todo)) {
    for my $child (grep { $start->{parent}{$_}{$parent} } keys %{$start->{parent} // {}}) {
      push @todo, $child unless $found{$child}++;
    }
  }
  return keys %found;
}

sub compare {
  my ($seen, $section) = @_;
  my $start = $seen->{0};
  my %oid = map { $start->{relation}{$_}{name} => $_ } keys %{$start->{relation}};
  my @differences;
  my %predicted;    # oid -> mode, in the transaction so far
  my ($in_block, $rewritten) = (0, 0);
  my $before = $start;
  my $n = 0;
  for my $statement (@{$section->{statements}}) {
    my $after = $seen->{statements}[$n++];
    $in_block = 1 if $statement =~ /^(?:BEGIN|START\s+TRANSACTION)\b/i;
    # What the transaction makes of an effect repeats it, with the lock that was taken before.
    my @effects = grep { $_->{n} == $n && defined $oid{$_->{relation} // ''} && !$kRepeats{$_->{rule} // ''} } @{$seen->{explain}};
    my %now = %predicted;
    for my $effect (@effects) {
      next unless strong($effect->{lock});
      my $root = $oid{$effect->{relation}};
      for ($effect->{below} ne '' ? tree($start, $root) : $root) {
        $now{$_} = stronger($now{$_}, $_ == $root ? $effect->{lock} : $effect->{below});
      }
    }
    my $short = $statement =~ s/\s+/ /gr;
    if ($after->{locks}) {
      my $failed = $after->{state} ne '00000';
      push @differences, map { "$short: $_" } compare_locks($start, \%now, $after, $failed);
      push @differences, map { "$short: $_" } compare_work($start, $before, $after, \@effects, \%oid, \%now, $rewritten)
        if !$failed && $statement !~ $kDml;
      for (keys %{$before->{relation}}) {
        $rewritten = 1 if ($after->{relation}{$_}{file} // 0) ne ($before->{relation}{$_}{file} // 0);
      }
      $before = $after;
    }
    %predicted = %now if $in_block;
    if ($statement =~ /^(?:COMMIT|END|ROLLBACK|ABORT)\b(?!\s+(?:TO|PREPARED))/i) { $in_block = 0; %predicted = (); }
  }
  return @differences;
}

# What matters: of an index, and of the sequence of a column, only what is stronger than the lock on its table.
# One that is gone afterwards is locked when its table was, or when nobody could use it any more (CONCURRENTLY).
sub relevant {
  my ($start, $locks, $after) = @_;
  my %result;
  for my $oid (keys %$locks) {
    my $relation = $start->{relation}{$oid} or next;
    next unless strong($locks->{$oid});
    if ($relation->{table}) {
      next unless $after->{relation}{$oid};
      my $table = $locks->{$relation->{table}};
      next if $table && $Observe::kStrength{$table} >= $Observe::kStrength{$locks->{$oid}};
    }
    $result{$oid} = $locks->{$oid};
  }
  return \%result;
}

sub compare_locks {
  my ($start, $predicted, $after, $failed) = @_;
  my @differences;
  my ($p, $o) = (relevant($start, $predicted, $after), relevant($start, $after->{locks}, $after));
  for my $oid (sort { $a <=> $b } keys %{{%$p, %$o}}) {
    next if ($p->{$oid} // '') eq ($o->{$oid} // '');
    # What fails may not have come to all of its locks.
    next if $failed && stronger($p->{$oid}, $o->{$oid}) eq ($p->{$oid} // '');
    push @differences, sprintf 'lock on %s: predicted %s, observed %s', ($start->{relation}{$oid} // {})->{name} // $oid, $p->{$oid} // 'none', $o->{$oid} // 'none';
  }
  return @differences;
}

# The heaviest work on each relation that was there: oid -> work.
sub observed_work {
  my ($start, $before, $after) = @_;
  my %work;
  my %files = map { $_ => 1 } grep { defined } map { $_->{file} } values %{$before->{relation}};
  for my $oid (keys %{$before->{relation}}) {
    my ($was, $is) = ($before->{relation}{$oid}, $after->{relation}{$oid});
    next unless $is;
    if ($is->{kind} eq 'i') {
      $work{$oid} = 'rewrite' if $is->{file} ne $was->{file} && $is->{tablespace} ne $was->{tablespace};
      next;
    }
    # Of a materialized view that has never been populated the contents are new, but nobody else made them.
    next unless $was->{bytes} > 0 || $was->{kind} eq 'm';
    my $rows = $start->{rows}{$oid} // 0;
    $work{$oid} = 'scan' if $rows > 0 && $is->{read} - $was->{read} >= $rows * 0.9;
    $work{$oid} = 'rewrite' if $is->{file} ne $was->{file} && $is->{bytes} > 0;
  }
  for my $index (grep { $_->{kind} eq 'i' && $_->{file} } values %{$after->{relation}}) {
    next if $files{$index->{file}} || ($work{$index->{oid}} // '') eq 'rewrite';
    my $table = $before->{relation}{$index->{table}} or next;
    next unless $table->{bytes} > 0 && ($after->{relation}{$index->{table}}{bytes} // 0) > 0;
    $work{$index->{table}} = 'index build' if ($work{$index->{table}} // '') ne 'rewrite';
  }
  return \%work;
}

sub compare_work {
  my ($start, $before, $after, $effects, $oid, $locks, $rewritten) = @_;
  my @differences;
  my $observed = observed_work($start, $before, $after);
  my %predicted;
  for my $effect (@$effects) {
    my $root = $oid->{$effect->{relation}};
    next if $effect->{work} eq 'none' || $effect->{bytes} == 0;
    my $other = $predicted{$root};
    $predicted{$root} = $effect
      if !$other || $kWeight{$other->{work}} < $kWeight{$effect->{work}}
      || ($other->{work} eq $effect->{work} && $other->{bytes} < $effect->{bytes});
  }
  my %covered;
  for my $root (sort { $a <=> $b } keys %predicted) {
    my $effect = $predicted{$root};
    my @members = grep { $_ == $root || !$predicted{$_} } $effect->{below} ne '' ? tree($start, $root) : $root;
    my @worked = grep { ($observed->{$_} // '') eq $effect->{work} } @members;
    $covered{$_} = 1 for @worked;
    my $bytes = 0;
    $bytes += $start->{relation}{$_}{bytes} for @worked;
    my $name = $effect->{relation};
    if (!@worked) {
      my ($instead) = grep { defined } map { $observed->{$_} } @members;
      $covered{$_} = 1 for @members;
      push @differences, "work on $name: predicted $effect->{work}, observed " . ($instead // 'none');
    } elsif (!$rewritten && $bytes != $effect->{bytes} && $start->{relation}{$root}{kind} ne 'm') {
      push @differences, "work on $name: predicted $effect->{work} of $effect->{bytes} bytes, observed $bytes bytes ("
        . join(', ', sort map { $start->{relation}{$_}{name} } @worked) . ')';
    }
  }
  for my $oid (sort { $a <=> $b } keys %$observed) {
    next if $covered{$oid} || !$start->{relation}{$oid};
    # An ordinary query reads too.
    next unless strong($locks->{$oid}) || strong($after->{locks}{$oid});
    push @differences, "work on $start->{relation}{$oid}{name}: predicted none, observed $observed->{$oid}";
  }
  return @differences;
}

# Relations whose rows DML has changed, and partitioned tables that a partition has left with its rows: there
# fewer rows, or others, are what was asked for.
sub reshaped {
  my ($seen) = @_;
  my ($start, $end) = ($seen->{0}, $seen->{end});
  my @oids;
  for my $oid (keys %{$start->{relation}}) {
    my ($was, $is) = ($start->{relation}{$oid}, $end->{relation}{$oid});
    next unless $is;
    push @oids, $oid if $is->{deleted} > $was->{deleted} || $is->{updated} > $was->{updated};
    for my $parent (keys %{$start->{parent}{$oid} // {}}) {
      push @oids, $parent unless $end->{parent}{$oid}{$parent};
    }
  }
  return {map { %{related($seen, $start->{relation}{$_}{name})} } grep { $start->{relation}{$_} } @oids};
}

# Names of tables that nobody uses yet, and their sequences.
sub unused {
  my ($seen) = @_;
  my $start = $seen->{0};
  my %unused;
  for my $relation (values %{$start->{relation}}) {
    my $table = $relation->{kind} eq 'S' ? $start->{relation}{$relation->{table}} : $relation;
    next unless $table && $table->{kind} eq 'r' && $table->{unseen} eq 't' && !$start->{rows}{$table->{oid}};
    $unused{$relation->{name}} = 1;
  }
  return \%unused;
}

# Relation or object -> what is gone of it.
sub losses {
  my ($seen) = @_;
  my ($start, $end) = ($seen->{0}, $seen->{end});
  my $unused = unused($seen);
  my (%lost, %loosened);
  for my $oid (keys %{$start->{relation}}) {
    my $was = $start->{relation}{$oid};
    my $is = $end->{relation}{$oid};
    next if $was->{kind} =~ /[iI]/ || $unused->{$was->{name}};
    if (!$is) { push @{$lost{$was->{name}}}, 'it'; next; }
    my $columns = $start->{column}{$oid} // {};
    push @{$lost{$was->{name}}}, map { "column $columns->{$_}" } grep { !exists $end->{column}{$oid}{$_} } sort keys %$columns;
    my $rows = $start->{rows}{$oid};
    if ($rows) {
      my $deleted = $is->{deleted} - $was->{deleted};
      my $left = $end->{rows}{$oid} // 0;
      push @{$lost{$was->{name}}}, 'rows' if $left + $deleted < $rows || $deleted >= $rows;
      push @{$lost{$was->{name}}}, 'values' if $is->{updated} - $was->{updated} >= $rows;
    }
    my $constraints = $start->{constraint}{$oid} // {};
    push @{$loosened{$was->{name}}}, map { "constraint $_" } grep { !exists $end->{constraint}{$oid}{$_} } sort keys %$constraints;
  }
  for my $list (\%lost, \%loosened) {
    delete @$list{grep { !@{$list->{$_}} } keys %$list};
  }
  return (\%lost, \%loosened);
}

# The relations that depend on one another: a view and what it reads, a partition and its parent.
sub related {
  my ($seen, $name) = @_;
  my %found;
  for my $at ($seen->{0}, $seen->{end}) {
    my %oid = map { $at->{relation}{$_}{name} => $_ } keys %{$at->{relation}};
    my %near;
    for my $sequence (grep { $_->{kind} eq 'S' && $_->{table} } values %{$at->{relation}}) {
      $near{$sequence->{oid}}{$sequence->{table}} = 1;
    }
    for my $kind ('parent', 'reads') {
      for my $one (keys %{$at->{$kind} // {}}) {
        for my $other (keys %{$at->{$kind}{$one}}) { $near{$one}{$other} = 1; $near{$other}{$one} = 1 if $kind eq 'parent'; }
      }
    }
    my @todo = grep { defined } $oid{$name};
    my %visited;
    while (defined(my $oid = shift @todo)) {
      next if $visited{$oid}++;
      $found{$at->{relation}{$oid}{name}} = 1 if $at->{relation}{$oid};
      push @todo, keys %{$near{$oid} // {}};
    }
  }
  # A schema and what is in it, a table and the sequences of its columns, a type and the columns that have it.
  for my $at ($seen->{0}, $seen->{end}) {
    my %types = %{$at->{type} // {}};
    for my $oid (keys %{$at->{relation}}) {
      my $relation = $at->{relation}{$oid};
      next unless $found{$relation->{name}};
      $found{$1} = 1 if $relation->{name} =~ /^(.*)\./;
      $found{$_} = 1 for keys %{$types{$oid} // {}};
    }
  }
  $found{$name} = 1;
  return \%found;
}

# Loss and broken clients against the findings.  $blind: rules whose own case says that nothing can be seen.
sub compare_findings {
  my ($seen, $blind) = @_;
  my ($lost, $loosened) = losses($seen);
  my %broken;
  my $unused = unused($seen);
  push @{$broken{$_->{object}}}, $_ for grep { !$unused->{$_->{object}} } @{$seen->{broken}};
  my $reshaped = reshaped($seen);
  for my $name (grep { $reshaped->{$_} } keys %broken) {
    $broken{$name} = [grep { $_->{now} !~ /^(?:other values|\d+ rows instead of \d+)$/ } @{$broken{$name}}];
    delete $broken{$name} unless @{$broken{$name}};
  }
  my (%destructive, %breaking);
  for (@{$seen->{check}}) {
    next unless defined $_->{group};
    $destructive{$_->{relation}}{$_->{rule}} = 1 if $_->{group} eq 'destructive';
    $breaking{$_->{relation}}{$_->{rule}} = 1 if $_->{group} =~ /^(?:destructive|compatibility)$/;
  }
  my @differences;
  for my $name (sort keys %$lost) {
    my $related = related($seen, $name);
    next if grep { $destructive{$_} } keys %$related;
    push @differences, "loss: $name loses " . join(', ', @{$lost->{$name}}) . ', and no destructive finding says so';
  }
  for my $name (sort keys %$loosened) {
    next if $lost->{$name};
    next if grep { $breaking{$_} } keys %{related($seen, $name)};
    push @differences, "loss: $name loses " . join(', ', @{$loosened->{$name}}) . ', and no finding says so';
  }
  for my $name (sort keys %broken) {
    next if grep { $breaking{$_} } keys %{related($seen, $name)};
    my $first = $broken{$name}[0];
    push @differences, "breaks: $first->{query} (as $first->{role}): $first->{now}; and no finding on $name says so";
  }
  my %hit = map { $_ => 1 } map { keys %{related($seen, $_)} } keys %broken, keys %$lost;
  my %loosened_or_hit = (%hit, map { $_ => 1 } keys %$loosened);
  for my $name (sort keys %breaking) {
    my @rules = grep { !$blind->{$_} } sort keys %{$breaking{$name}};
    next if !@rules || $loosened_or_hit{$name};
    push @differences, "finding $rules[0] on $name: nothing is lost and no client breaks";
  }
  return @differences;
}

1;
