/*
 * See replace_column.h; what stands on the column is in column_dependents.cpp.
 */
#include "recipes/replacing.h"

namespace ddlguard {

namespace {

/* Triggers fire in the order of their names, and this one must see what the others made of the row. */
const char *SyncTriggerName(const Target *table, const char *column) {
  return QuoteIdent(makeObjectName(Format("zz_{}", table->name), column, "sync"));
}

const char *SyncFunction(const Target *table, const char *column) {
  return QualifiedName(table->schema, makeObjectName(table->name, column, "sync"));
}

}  // namespace

void Replacing::Expand() {
  const char *column = QuoteIdent(r_.fresh);
  HeapTuple tuple = SearchSysCacheAttName(root_, r_.column);
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  StringInfoData sql;
  initStringInfo(&sql);
  appendStringInfo(&sql, "ALTER TABLE %s ADD COLUMN %s %s;\n", TableSql(), column, r_.type);
  const char *alter = Format("ALTER TABLE {} ALTER COLUMN {}", TableSql(), column);
  bool null;
  const int statistics = StatisticsTarget(tuple);
  if (statistics >= 0) appendStringInfo(&sql, "%s SET STATISTICS %d;\n", alter, statistics);
  Datum options = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attoptions, &null);
  if (!null) {
    Datum *each;
    int count;
    deconstruct_array(DatumGetArrayTypeP(options), TEXTOID, -1, false, TYPALIGN_INT, &each, nullptr, &count);
    for (int i = 0; i < count; ++i) {
      const char *option = TextDatumGetCString(each[i]);
      /* Fixes of the back branches keep facts of their own there. */
      if (strncmp(option, "n_distinct", 10) == 0) appendStringInfo(&sql, "%s SET (%s);\n", alter, option);
    }
  }
  if (r_.same_type && form->attstorage != get_typstorage(form->atttypid)) {
    const char *storage = form->attstorage == TYPSTORAGE_PLAIN      ? "PLAIN"
                          : form->attstorage == TYPSTORAGE_EXTERNAL ? "EXTERNAL"
                          : form->attstorage == TYPSTORAGE_MAIN     ? "MAIN"
                                                                    : "EXTENDED";
    appendStringInfo(&sql, "%s SET STORAGE %s;\n", alter, storage);
  }
  if (r_.same_type && CompressionMethodIsValid(form->attcompression))
    appendStringInfo(&sql, "%s SET COMPRESSION %s;\n", alter, GetCompressionMethodName(form->attcompression));
  Datum acl = SysCacheGetAttr(ATTNUM, tuple, Anum_pg_attribute_attacl, &null);
  if (!null) {
    const char *grants = GrantsSql(acl, InvalidOid, Format("TABLE {}", TableSql()), Format(" ({})", column));
    if (*grants != '\0') appendStringInfo(&sql, "%s\n", grants);
  }
  appendStringInfoString(
      &sql, CommentSql(root_, RelationRelationId, form->attnum, Format("COLUMN {}.{}", TableSql(), column)));
  ReleaseSysCache(tuple);
  sql.data[sql.len - 2] = '\0'; /* the last semicolon */
  steps_.Add({.sql = sql.data, .back_out = Format("ALTER TABLE {} DROP COLUMN {}", TableSql(), column)});
}

void Replacing::DualWrite() {
  const char *trigger = SyncTriggerName(r_.table, r_.fresh), *function = SyncFunction(r_.table, r_.fresh);
  steps_.Add(
      {.phase = Phase::dual_write,
       .sql = Format(
           "CREATE FUNCTION {1}() RETURNS trigger LANGUAGE plpgsql SET search_path = pg_catalog, pg_temp AS $sync$\n"
           "BEGIN\n{3}  RETURN NEW;\nEND $sync$;\n"
           "CREATE TRIGGER {0} BEFORE INSERT OR UPDATE ON {2}\n"
           "  FOR EACH ROW EXECUTE FUNCTION {1}()",
           trigger, function, TableSql(), r_.trigger),
       .back_out = Format("DROP TRIGGER {} ON {};\nDROP FUNCTION {}()", trigger, TableSql(), function),
       .brief = Format("-- a trigger BEFORE INSERT OR UPDATE ON {} keeps {} equal to {}", TableSql(),
                       QuoteIdent(r_.fresh), QuoteIdent(r_.column))});
}

void Replacing::NotNull() {
  Relation rel = OpenUnlocked(root_);
  if (rel == nullptr) return;
  const AttrNumber attnum = get_attnum(root_, r_.column);
  const bool required = attnum > 0 && TupleDescAttr(RelationGetDescr(rel), attnum - 1)->attnotnull;
  CloseUnlocked(rel);
  if (!required || steps_.IsGone(AttributeRelationId, root_, attnum)) return;
  const char *name = nullptr;
  if (kNotNullIsConstraint) {
    ForEachConstraint(root_, [&](Form_pg_constraint form, HeapTuple tuple) {
      AttrNumber column;
      if (form->contype == 'n' && ConstraintColumns(tuple, Anum_pg_constraint_conkey, &column, 1) == 1 &&
          column == attnum)
        name = pstrdup(NameStr(form->conname));
    });
  }
  const char *fresh = name == nullptr ? nullptr : TemporaryName(name, InvalidOid);
  AddNotNullSteps(steps_, r_.table, r_.fresh, fresh);
  if (fresh != nullptr)
    appendStringInfo(&after_drop_, "ALTER TABLE %s RENAME CONSTRAINT %s TO %s;\n", TableSql(), QuoteIdent(fresh),
                     QuoteIdent(name));
}

void Replacing::Switch() {
  const char *fresh = QuoteIdent(r_.fresh), *old = QuoteIdent(r_.column);
  const char *rename = "";
  if (!Equal(r_.fresh, r_.name))
    rename = Format("ALTER TABLE {} RENAME COLUMN {} TO {};\n", TableSql(), fresh, QuoteIdent(r_.name));
  steps_.Add(
      {.phase = Phase::contract,
       .sql =
           Format("DROP TRIGGER {} ON {};\nDROP FUNCTION {}();\n{}ALTER TABLE {} DROP COLUMN {};\n{}{}{}{}{}",
                  SyncTriggerName(r_.table, r_.fresh), TableSql(), SyncFunction(r_.table, r_.fresh), before_drop_.data,
                  TableSql(), old, rename, after_drop_.data, leaf_keys_.data, root_keys_.data, references_.data),
       .wait_for =
           Format("{}no row is left behind (SELECT count(*) FROM {} WHERE {}), and no code relies on the "
                  "order of columns, which changes",
                  r_.release != nullptr ? Format("nothing uses {} any more, ", old) : "", TableSql(), r_.condition),
       .on_record = true,
       .brief = Format(
           "-- in one transaction, which ddlguard.plan() writes out: drop {}, and give its name and what stands on "
           "it to {}",
           old, fresh)});
  const char *sql = steps_.Last().sql;
  steps_.Last().sql = pnstrdup(sql, strlen(sql) - 2);
}

bool Replacing::Run(Plan &plan, const char **obstacle) {
  root_ = r_.table->oid;
  if (r_.table->relkind != RELKIND_RELATION && !r_.table->IsPartitioned()) Obstacle("it is no table");
  if (!r_.table->IsPartitioned() && !r_.table->descendants.Empty()) Obstacle("other tables inherit it");
  Expand();
  DualWrite();
  AddBackfillSteps(steps_, r_.table, Format("{} = {}", QuoteIdent(r_.fresh), r_.value), r_.condition);
  LookAt(root_);
  for (Oid partition : r_.table->descendants) LookAt(partition);
  NotNull();
  if (r_.release != nullptr) steps_.Add({.phase = Phase::switch_over, .run_by = RunBy::deploy, .wait_for = r_.release});
  Switch();
  *obstacle = obstacle_;
  if (obstacle_ != nullptr) return false;
  plan.names = steps_.names;
  for (const Step &step : steps_) plan.Add(step);
  for (const Step &step : validations_) plan.Add(step);
  return true;
}

bool AddReplaceColumnSteps(Plan &plan, const ColumnReplacement &replacement, const char **obstacle) {
  const int level = BeginQualifiedNames();
  const bool added = Replacing(replacement, plan).Run(plan, obstacle);
  EndQualifiedNames(level);
  return added;
}

const char *FreshColumnName(Oid relation, const char *column, const char *suffix) {
  const char *name = makeObjectName(column, nullptr, suffix);
  for (int i = 2; get_attnum(relation, name) != InvalidAttrNumber; ++i)
    name = makeObjectName(column, nullptr, Format("{}{}", suffix, i));
  return name;
}

int BeginQualifiedNames() {
  const int level = NewGUCNestLevel();
  set_config_option("search_path", "pg_catalog, pg_temp", PGC_USERSET, PGC_S_SESSION, GUC_ACTION_SAVE, true, 0, false);
  return level;
}

void EndQualifiedNames(int level) { AtEOXact_GUC(false, level); }

}  // namespace ddlguard
