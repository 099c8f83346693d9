/*
 * Which recipe each rule has, and the short form of a plan.
 */
#include "analysis/attempt.h"
#include "analysis/going.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

struct Entry {
  Why why;
  Recipe recipe;
};

constexpr Entry kRecipes[] = {
    /* columns */
    {Why::add_column_volatile_default, AddColumn},
    {Why::add_column_serial, AddColumn},
    {Why::add_column_identity, AddColumn},
    {Why::add_required_column, AddColumn},
    {Why::add_column_inline_check, AddColumn},
    {Why::add_column_fk_with_default, AddColumn},
    {Why::set_not_null_scan, SetNotNull},
    {Why::set_not_null_without_default, SetNotNull},
    {Why::add_not_null_constraint_validates, AddNotNullConstraint},
    {Why::alter_column_type_rewrite, ChangeType},
    {Why::type_narrowing, ChangeType},
    {Why::type_change_breaks_clients, ChangeType},
    {Why::alter_column_type_index_rebuild, ChangeType},
    {Why::alter_column_type_check_rescan, ChangeTypeThenCheck},
    {Why::alter_type_timezone_reinterpretation, ChangeType},
    {Why::rename_column, RenameColumn},
    {Why::drop_default_on_not_null, AfterRelease},
    {Why::identity_always, AfterRelease},
    /* constraints */
    {Why::add_check_validates, AddCheck},
    {Why::add_fk_validates, AddForeignKey},
    {Why::add_unique_builds_index, AddKey},
    {Why::add_pk_builds_index, AddKey},
    {Why::add_pk_nullable_scan, AddKey},
    {Why::unique_on_partitioned_build, AddKey},
    /* indexes */
    {Why::create_index_blocking, CreateIndex},
    {Why::if_not_exists_masks_invalid_index, CreateIndexAgain},
    {Why::partitioned_index_build, CreatePartitionedIndex},
    {Why::drop_index_blocking, DropIndexConcurrently},
    {Why::reindex_blocking, ReindexConcurrently},
    /* partitions */
    {Why::attach_partition_scan, AttachPartition},
    {Why::attach_partition_default_scan, AttachPartition},
    {Why::attach_partition_builds_index, AttachPartition},
    {Why::attach_partition_fk, AttachPartition},
    {Why::create_partition_of_locks_parent, CreateAndAttach},
    {Why::detach_partition_blocking, DetachConcurrently},
    {Why::detach_partition_in_use, DetachConcurrently},
    /* tables */
    {Why::rename_table, RenameTable},
    {Why::set_schema, SetSchema},
    {Why::set_logged_unlogged, InMaintenanceWindow},
    {Why::set_access_method, InMaintenanceWindow},
    {Why::set_expression_rewrite, InMaintenanceWindow},
    {Why::vacuum_full, VacuumPlainly},
    {Why::cluster, RepackConcurrently},
    {Why::repack_non_concurrent, RepackConcurrently},
    {Why::refresh_matview_blocking, RefreshConcurrently},
    /* rows */
    {Why::truncate, TruncateInBatches},
    {Why::delete_without_where, DeleteInBatches},
    {Why::update_without_where, UpdateInBatches},
    /* what is lost */
    {Why::drop_column, DropColumn},
    {Why::drop_table, DropTable},
    {Why::drop_schema, DropObject},
    {Why::drop_cascade, DropObject},
    {Why::drop_type, DropObject},
    {Why::drop_view_or_matview, DropObject},
    {Why::drop_function_in_use, DropObject},
    {Why::drop_sequence, DropObject},
    {Why::drop_extension, DropObject},
    {Why::drop_unique_or_check, AfterRelease},
    /* other objects */
    {Why::rename_schema, RenameSchema},
    {Why::rename_function, RenameFunction},
    {Why::rename_type, RenameType},
    {Why::rename_sequence, RenameSequence},
    {Why::enum_rename_value, AfterRelease},
    {Why::sequence_restart_backwards, AfterRelease},
    {Why::domain_add_constraint_scan, AddDomainConstraint},
    {Why::domain_set_not_null_scan, SetDomainNotNull},
    {Why::domain_validate_blocks_writes, ValidateDomain},
    {Why::rls_enable_without_policy, EnableRowSecurity},
    {Why::restrictive_policy, AfterRelease},
    {Why::create_rule, AfterRelease},
    {Why::published_table_without_replica_identity, PublishTable},
    {Why::revoke_breaks_clients, AfterRelease},
    {Why::detach_default_partition, AfterRelease},
    /* transactions */
    {Why::validate_while_holding_locks, ByItself},
    {Why::not_valid_validate_same_tx, ByItself},
    {Why::bulk_dml_after_ddl_lock, ByItself},
    {Why::multiple_tables_access_exclusive, ByItself},
    {Why::multiple_fks_one_transaction, ByItself},
    {Why::concurrently_in_transaction, ByItself},
    {Why::detach_concurrently_preconditions, ByItself},
    {Why::concurrently_with_short_timeout, WithoutTimeouts},
};

}  // namespace

namespace {

struct RecipeAttempt {
  Recipe recipe;
  Case c;
  Plan plan;
};

/* Of a statement with several commands, which a HINT shows as a whole. */
void AddGoing(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<AlterTableStmt>(T_AlterTableStmt);
  if (stmt == nullptr || list_length(stmt->cmds) < 2 || !OidIsValid(c.Relation())) return;
  if (RangeVarGetRelid(stmt->relation, NoLock, true) != c.Relation()) return;
  for (const ObjectAddress &each : GoingBy(c.effect.target, stmt)) plan.gone.Add(each);
}

void RunRecipe(void *context) {
  auto *attempt = static_cast<RecipeAttempt *>(context);
  AddGoing(attempt->c, attempt->plan);
  attempt->recipe(attempt->c, attempt->plan);
}

}  // namespace

/* A recipe may meet what an analyser did not look at (a function in a CHECK that does not exist): then
 * there is no plan, and PostgreSQL is left to say it. */
Plan PlanFor(const Effect &effect, const char *statement, List *names, const GoneObjects *gone) {
  for (const Entry &entry : kRecipes) {
    if (entry.why != effect.why) continue;
    RecipeAttempt attempt = {entry.recipe, {effect, statement}, {}};
    attempt.plan.names = names;
    attempt.plan.earlier = gone;
    if (Attempt(RunRecipe, &attempt) == nullptr) return attempt.plan;
  }
  return {};
}

bool HasRecipe(Why why) {
  for (const Entry &entry : kRecipes)
    if (entry.why == why) return true;
  return false;
}

const char *PhaseName(Phase phase) {
  static constexpr const char *kNames[] = {"expand", "dual-write", "backfill", "validate", "switch", "contract"};
  return kNames[static_cast<int>(phase)];
}

const char *RunByName(RunBy run_by) {
  static constexpr const char *kNames[] = {"migration", "backfill", "deploy"};
  return kNames[static_cast<int>(run_by)];
}

const char *ShortForm(const Plan &plan) {
  constexpr int kShown = 8;
  if (plan.Empty()) return nullptr;
  StringInfoData text;
  initStringInfo(&text);
  const Step *before = nullptr;
  for (int i = 0; i < plan.count && i < kShown; before = &plan[i++]) {
    const Step &step = plan[i];
    const bool alone = !step.transactional && step.run_by != RunBy::backfill;
    const bool told = step.run_by == RunBy::deploy && step.brief != nullptr;
    if (step.wait_for != nullptr && !told) appendStringInfo(&text, "-- once %s:\n", step.wait_for);
    if (step.on_record) appendStringInfoString(&text, "-- with a recorded reason:\n");
    if (step.run_by == RunBy::backfill) appendStringInfoString(&text, "-- in batches, committing each:\n");
    else if (alone && (before == nullptr || before->transactional))
      appendStringInfoString(&text, "-- alone, outside a transaction block:\n");
    else if (step.phase == Phase::validate && before != nullptr && before->phase != Phase::validate)
      appendStringInfoString(&text, "-- in a later transaction:\n");
    else if (!alone && before != nullptr && !before->transactional && before->run_by != RunBy::backfill)
      appendStringInfoString(&text, "-- then:\n");
    const char *line = step.brief != nullptr ? step.brief : step.sql;
    if (line != nullptr) appendStringInfo(&text, "%s%s\n", line, strncmp(line, "--", 2) == 0 ? "" : ";");
  }
  if (plan.count > kShown)
    appendStringInfo(&text, "-- and %d more step%s: SELECT * FROM ddlguard.plan(...)\n", plan.count - kShown,
                     plan.count - kShown == 1 ? "" : "s");
  text.data[--text.len] = '\0';
  return text.data;
}

}  // namespace ddlguard
