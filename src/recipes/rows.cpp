/*
 * TRUNCATE, and DELETE or UPDATE of every row: in batches, each committed, so that no transaction is long and
 * nobody waits for one.
 *
 * A delete goes by blocks.  An update goes by the primary key up to the highest that there was at the beginning:
 * by blocks it would meet its own new row versions again.  Without a key it goes by blocks too, which is right
 * when it gives the same the second time.
 */
#include "pg/catalog.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

/* The condition of one batch is put after the statement. */
const char *ByBlocks(const char *tables, const char *statement) {
  return Format(
      "DO $batches$\n"
      "DECLARE\n"
      "  first bigint := 0;\n"
      "  last bigint;\n"
      "BEGIN\n"
      "  SELECT max(pg_relation_size(each)) / current_setting('block_size')::bigint INTO last FROM unnest({0}) each;\n"
      "  WHILE first < last LOOP\n"
      "    {1}\n"
      "      WHERE ctid >= format('(%s,0)', first)::tid AND ctid < format('(%s,0)', first + 256)::tid;\n"
      "    first := first + 256;\n"
      "    COMMIT;\n"
      "  END LOOP;\n"
      "END $batches$",
      tables, statement);
}

const char *ByKey(const char *table, const char *alias, const char *key, const char *type, const char *statement) {
  return Format(
      "DO $batches$\n"
      "DECLARE\n"
      "  after {3};\n"
      "  upto {3};\n"
      "  highest {3};\n"
      "BEGIN\n"
      "  SELECT max({2}) INTO highest FROM {0};\n"
      "  LOOP\n"
      "    SELECT max({2}) INTO upto FROM\n"
      "      (SELECT {2} FROM {0} WHERE (after IS NULL OR {2} > after) AND {2} <= highest"
      " ORDER BY {2} LIMIT 5000) batch;\n"
      "    EXIT WHEN upto IS NULL;\n"
      "    {4}\n"
      "      WHERE (after IS NULL OR {1}.{2} > after) AND {1}.{2} <= upto;\n"
      "    after := upto;\n"
      "    COMMIT;\n"
      "  END LOOP;\n"
      "END $batches$",
      table, alias, key, type, statement);
}

/* ARRAY[...] of the tables of the tree that have rows of their own. */
const char *Tables(const Target *table) {
  const char *text = "";
  auto add = [&](const char *name) {
    if (name == nullptr) return;
    text = Format("{}{}{}", text, *text == '\0' ? "" : ", ", static_cast<const char *>(quote_literal_cstr(name)));
  };
  if (table->relkind == RELKIND_RELATION) add(RelationSql(table));
  for (Oid child : table->descendants)
    if (get_rel_relkind(child) == RELKIND_RELATION) add(RelationSql(child));
  return Format("ARRAY[{}]::regclass[]", text);
}

/* The primary key of one column that the statement does not set; null when there is none. */
const char *KeyColumn(const Target *table, const UpdateStmt *stmt, Oid *type) {
  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return nullptr;
  const Oid index = PrimaryKeyIndex(rel);
  CloseUnlocked(rel);
  if (!OidIsValid(index)) return nullptr;
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  const char *name = form->indnkeyatts == 1 ? ColumnName(table->oid, form->indkey.values[0]) : nullptr;
  if (name != nullptr) *type = get_atttype(table->oid, form->indkey.values[0]);
  ReleaseSysCache(tuple);
  if (name == nullptr) return nullptr;
  for (const ResTarget *target : Each<ResTarget>(stmt->targetList))
    if (Equal(target->name, name)) return nullptr;
  return name;
}

void AddBatches(Plan &plan, const char *sql, const char *brief, const char *wait_for) {
  plan.Add({.phase = Phase::backfill,
            .sql = sql,
            .transactional = false,
            .run_by = RunBy::backfill,
            .wait_for = wait_for,
            .on_record = true,
            .brief = brief});
}

}  // namespace

void DeleteInBatches(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<DeleteStmt>(T_DeleteStmt);
  if (stmt == nullptr || !OidIsValid(c.Relation())) return;
  if (stmt->whereClause != nullptr || HasReturning(stmt) || stmt->withClause != nullptr) return;
  AddBatches(plan, ByBlocks(Tables(c.effect.target), c.statement), Format("{} WHERE <range>", c.statement),
             "nobody needs the rows");
}

void UpdateInBatches(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<UpdateStmt>(T_UpdateStmt);
  if (stmt == nullptr || !OidIsValid(c.Relation())) return;
  if (stmt->whereClause != nullptr || HasReturning(stmt) || stmt->withClause != nullptr) return;
  const char *brief = Format("{} WHERE <range>", c.statement);
  const char *wait_for = "readers cope with rows of both kinds";
  Oid type;
  if (const char *key = KeyColumn(c.effect.target, stmt, &type)) {
    const char *alias = stmt->relation->alias != nullptr ? stmt->relation->alias->aliasname : stmt->relation->relname;
    return AddBatches(plan,
                      ByKey(c.Table(), QuoteIdent(alias), QuoteIdent(key), format_type_be_qualified(type), c.statement),
                      brief, wait_for);
  }
  AddBatches(plan, ByBlocks(Tables(c.effect.target), c.statement), brief,
             Format("{}; and a row that it meets twice comes out the same", wait_for));
}

/* The rows in batches; then the files, and sequences, at once. */
void TruncateInBatches(const Case &c, Plan &plan) {
  auto *stmt = c.Parsed<TruncateStmt>(T_TruncateStmt);
  if (stmt == nullptr || stmt->behavior == DROP_CASCADE || list_length(stmt->relations) != 1) return;
  plan.Add({.phase = Phase::contract,
            .run_by = RunBy::deploy,
            .wait_for = Format("no release that runs needs the rows of {}", c.Table())});
  const char *statement = Format("DELETE FROM {}", c.Table());
  AddBatches(plan, ByBlocks(Tables(c.effect.target), statement), Format("{} WHERE <range>", statement),
             "a backup has the rows");
  plan.Add({.phase = Phase::contract, .sql = c.statement, .wait_for = "it is empty", .on_record = true});
}

}  // namespace ddlguard
