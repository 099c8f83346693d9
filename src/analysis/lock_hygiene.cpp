/*
 * Conventions about every statement that locks: the session's settings when it waits and works, and how much
 * of the table or its traffic it meets.
 *
 * No migration tool sets these settings, and most statements are over in an instant; so all of them are off
 * until a policy row switches them on, and nothing is looked at before.
 */
#include "analysis/analysis.h"

#include "pg/activity.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Only a lock that stops readers or writers makes a queue of them. */
bool StopsOthers(const Effect &effect) {
  return effect.lock >= ShareLock && effect.target->IsRelation() && effect.target->Live();
}

const Effect *FirstThatStopsOthers(const Analysis &a) {
  for (const Effect &effect : a.effects)
    if (StopsOthers(effect)) return &effect;
  return nullptr;
}

/* The lock is ours already, so nobody is waited for. */
bool IsHeld(const Ledger &ledger, const Effect &effect) {
  if (!ledger.script) return CheckRelationOidLockedByMe(effect.target->oid, effect.lock, true);
  for (const HeldLock &held : ledger.Held())
    if (held.relation == effect.target->oid && held.mode >= effect.lock) return true;
  return false;
}

void AddAboutWait(Analysis &a, const Effect &lead, const Settings &settings) {
  if (IsHeld(a.ledger, lead)) return;
  const int wait = settings.LongestWait();
  const Effect effect = {.target = lead.target, .lock = lead.lock};
  if (wait == 0 && a.Wants(Why::missing_lock_timeout)) a.Add(effect).why = Why::missing_lock_timeout;
  if (wait > 0 && a.Wants(Why::lock_timeout_too_long)) {
    Effect &added = a.Add(effect);
    added.why = Why::lock_timeout_too_long;
    added.measured.amount = wait;
  }
}

/* The work that takes longest under a lock that stops others. */
const Effect *LongestWork(const Analysis &a, LOCKMODE lock) {
  const Effect *longest = nullptr;
  for (const Effect &effect : a.effects) {
    if (effect.work == Work::none || effect.Extent().blocks == 0 || effect.lock < lock) continue;
    if (!effect.target->Live() && !effect.on_fresh) continue;
    if (longest == nullptr || effect.work > longest->work ||
        (effect.work == longest->work && effect.Extent().blocks > longest->Extent().blocks))
      longest = &effect;
  }
  return longest;
}

void AddWork(Analysis &a, Why why, const Effect &work, double amount = 0) {
  a.Add({.why = why,
         .target = work.target,
         .lock = work.lock,
         .work = work.work,
         .size = work.Extent(),
         .column = work.column,
         .on_fresh = work.on_fresh,
         .measured = {.amount = amount}});
}

double AccessesOfTree(const Target &table) {
  double accesses = AccessesOf(table.oid);
  for (Oid child : table.descendants) accesses += AccessesOf(child);
  return accesses;
}

/* Every relation and object that the statement touches, each once. */
void AddForEachTarget(Analysis &a, Why why) {
  Array<const Target *> seen;
  for (const Effect &effect : a.effects) {
    const Target *target = effect.target;
    if (!target->Shared() || seen.Contains(target)) continue;
    seen.Add(target);
    a.Add({.why = why,
           .target = target,
           .lock = effect.lock,
           .measured = {.value = target->name, .alias = target->schema}});
  }
}

const Target *FirstShared(const Analysis &a) {
  for (const Effect &effect : a.effects)
    if (effect.target->Shared()) return effect.target;
  return nullptr;
}

/* A build that sorts far more than its memory holds goes over the data several times. */
void AddLowMemory(Analysis &a, const Settings &settings) {
  for (const Effect &effect : a.effects) {
    if (effect.work != Work::index_build || settings.maintenance_work_mem <= 0) continue;
    const double memory = settings.maintenance_work_mem * 1024.0;
    AddWork(a, Why::low_maintenance_work_mem, effect, static_cast<double>(effect.Extent().Bytes()) / memory);
    return;
  }
}

}  // namespace

void AnalyzeLockHygiene(Analysis &a) {
  const Settings settings = a.ledger.EffectiveSettings();
  if (const Effect *first = FirstThatStopsOthers(a)) {
    const Effect lead = *first;
    AddAboutWait(a, lead, settings);
    if (a.Wants(Why::missing_idle_in_transaction_timeout) && a.ledger.in_block && a.ledger.Held().Empty() &&
        settings.idle_in_transaction_session_timeout == 0 && settings.transaction_timeout == 0)
      a.Add({.why = Why::missing_idle_in_transaction_timeout, .target = lead.target, .lock = lead.lock});
    if (a.Wants(Why::high_traffic_table_ddl))
      a.Add({.why = Why::high_traffic_table_ddl,
             .target = lead.target,
             .lock = lead.lock,
             .measured = {.amount = AccessesOfTree(*lead.target)}});
  }
  if (a.Wants(Why::missing_statement_timeout) && settings.statement_timeout == 0 && settings.transaction_timeout == 0)
    if (const Effect *work = LongestWork(a, ShareRowExclusiveLock))
      AddWork(a, Why::missing_statement_timeout, Effect(*work));
  if (a.Wants(Why::low_maintenance_work_mem)) AddLowMemory(a, settings);
  if (a.Wants(Why::large_table_ddl))
    if (const Effect *work = LongestWork(a, NoLock)) AddWork(a, Why::large_table_ddl, Effect(*work));
  if (a.Wants(Why::missing_application_name) && *settings.application_name == '\0')
    if (const Target *target = FirstShared(a)) a.Add({.why = Why::missing_application_name, .target = target});
  if (a.Wants(Why::table_ddl_frozen)) AddForEachTarget(a, Why::table_ddl_frozen);
}

}  // namespace ddlguard
