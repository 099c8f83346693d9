/*
 * Renames and moves: both names work until nobody uses the old one.
 *
 * A column is replaced by a new one.  Everything else is renamed, and something of the old name that does the
 * same is made in the same transaction: a view, a copy of the function, a domain, a schema of views.  It goes
 * when no release uses it any more.
 */
#include "pg/catalog.h"
#include "recipes/column_copy.h"
#include "recipes/replace_column.h"

namespace ddlguard {

namespace {

/* The steps around a statement that takes a name away: sql runs with it and keeps the old name working. */
void AddBothNames(Plan &plan, const Case &c, const char *keep, const char *end, const char *back_out, const char *kind,
                  const char *before = nullptr) {
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("{};\n{}", c.statement, keep),
            .wait_for = before,
            .back_out = back_out,
            .on_record = true});
  plan.Add({.phase = Phase::switch_over,
            .run_by = RunBy::deploy,
            .wait_for = Format("no release that runs uses the old name of {} {}", kind,
                               QualifiedName(c.effect.target->schema, c.effect.target->name))});
  plan.Add({.phase = Phase::contract,
            .sql = end,
            .wait_for = "nothing has used the old name for some days",
            .back_out = keep,
            .on_record = true});
}

Oid OwnerOf(const Target *object) {
  auto owner = [&](SysCacheNumber cache, auto read) {
    HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(object->oid));
    if (!HeapTupleIsValid(tuple)) return GetUserId();
    const Oid role = read(GETSTRUCT(tuple));
    ReleaseSysCache(tuple);
    return role;
  };
  switch (object->classid) {
    case NamespaceRelationId:
      return owner(NAMESPACEOID, [](void *form) { return static_cast<Form_pg_namespace>(form)->nspowner; });
    case TypeRelationId:
      return owner(TYPEOID, [](void *form) { return static_cast<Form_pg_type>(form)->typowner; });
    default:
      return object->owner;
  }
}

/* A superuser may run it: then what it makes belongs to the owner all the same. */
const char *OwnerSql(const char *what, Oid owner) {
  if (owner == GetUserId()) return "";
  return Format(";\nALTER {} OWNER TO {}", what, QuoteIdent(GetUserNameFromId(owner, true)));
}

const char *Grants(SysCacheNumber cache, AttrNumber attribute, Oid object, Oid owner, const char *what) {
  HeapTuple tuple = SearchSysCache1(cache, ObjectIdGetDatum(object));
  if (!HeapTupleIsValid(tuple)) return "";
  bool null;
  Datum acl = SysCacheGetAttr(cache, tuple, attribute, &null);
  const char *grants = null ? "" : GrantsSql(acl, owner, what, "");
  ReleaseSysCache(tuple);
  if (*grants == '\0') return "";
  return Format(";\n{}", static_cast<const char *>(pnstrdup(grants, strlen(grants) - 1)));
}

/* What a view in place of a table cannot do. */
constexpr const char *kViewLimits =
    "no running code does with it what a view does not take: COPY ... FROM, TRUNCATE, "
    "ON CONFLICT ON CONSTRAINT, references of new foreign keys";

/* "CREATE VIEW old ..." over the relation under its new name. */
const char *ViewSql(const Target *relation, const char *old_name, const char *columns, const char *new_name) {
  return Format("CREATE VIEW {0} WITH (security_invoker = true) AS SELECT {1} FROM {2}{3}{4}", old_name, columns,
                new_name, OwnerSql(Format("VIEW {}", old_name), relation->owner),
                Grants(RELOID, Anum_pg_class_relacl, relation->oid, relation->owner, Format("TABLE {}", old_name)));
}

void RenameBehindView(const Case &c, Plan &plan, const char *new_name, const char *undo) {
  const char *keep = ViewSql(c.effect.target, c.Table(), "*", new_name);
  const char *end = Format("DROP VIEW {}", c.Table());
  AddBothNames(plan, c, keep, end, Format("{};\n{}", end, undo), "table", kViewLimits);
}

/* The column under both names, in a view that stands for the table meanwhile: for what cannot be replaced. */
void RenameColumnBehindView(const Case &c, Plan &plan, const char *new_column, const char *obstacle) {
  const Target *table = c.effect.target;
  const char *helper = makeObjectName(table->name, nullptr, "renamed");
  for (int i = 2; OidIsValid(get_relname_relid(helper, table->namespace_oid)); ++i)
    helper = makeObjectName(table->name, nullptr, Format("renamed{}", i));
  const char *base = QualifiedName(table->schema, helper);
  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return;
  const char *columns = "";
  for (int i = 0; i < RelationGetDescr(rel)->natts; ++i) {
    const FormData_pg_attribute &each = *TupleDescAttr(RelationGetDescr(rel), i);
    if (!each.attisdropped)
      columns = Format("{}{}{}", columns, *columns == '\0' ? "" : ", ",
                       QuoteIdent(Equal(NameStr(each.attname), c.effect.column) ? new_column : NameStr(each.attname)));
  }
  CloseUnlocked(rel);
  columns = Format("{}, {} AS {}", columns, QuoteIdent(new_column), c.Column());
  const char *rename = Format("ALTER TABLE {} RENAME TO {}", c.Table(), QuoteIdent(helper));
  const char *view = ViewSql(table, c.Table(), columns, base);
  const char *back = Format("DROP VIEW {0};\nALTER TABLE {1} RENAME TO {2}", c.Table(), base, QuoteIdent(table->name));
  plan.Add({.phase = Phase::switch_over,
            .sql = Format("{};\n{};\n{}", c.statement, rename, view),
            .wait_for = Format("{} (a view has both columns meanwhile, since no second column can be kept: {})",
                               kViewLimits, obstacle),
            .back_out = Format("{};\nALTER TABLE {} RENAME COLUMN {} TO {}", back, c.Table(), QuoteIdent(new_column),
                               c.Column()),
            .on_record = true});
  plan.Add({.phase = Phase::switch_over,
            .run_by = RunBy::deploy,
            .wait_for = Format("every release that runs reads and writes {} instead of {}", QuoteIdent(new_column),
                               c.Column())});
  plan.Add({.phase = Phase::contract,
            .sql = back,
            .wait_for = Format("nothing has used {} for some days", c.Column()),
            .back_out = Format("{};\n{}", rename, view),
            .on_record = true});
}

const char *FunctionSql(Oid function) {
  const char *sql = TextDatumGetCString(DirectFunctionCall1(pg_get_functiondef, ObjectIdGetDatum(function)));
  return pnstrdup(sql, strlen(sql) - 1); /* the last newline */
}

/* Rename or move of a function: what calls it by OID (triggers, defaults, views) follows, the copy serves the rest. */
void KeepFunction(const Case &c, Plan &plan) {
  const Oid function = c.effect.target->oid;
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple));
  const bool copyable = form->prokind == PROKIND_FUNCTION || form->prokind == PROKIND_PROCEDURE;
  const Oid owner = form->proowner;
  bool owners_grants;
  SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_proacl, &owners_grants);
  ReleaseSysCache(tuple);
  if (!copyable) return; /* aggregates and window functions in C: on record */
  const char *name = format_procedure_qualified(function);
  const char *what = Format("ROUTINE {}", name);
  const char *revoke = owners_grants ? "" : Format(";\nREVOKE ALL ON {} FROM PUBLIC", what);
  const char *keep = Format("{}{}{}{}", FunctionSql(function), OwnerSql(what, owner), revoke,
                            Grants(PROCOID, Anum_pg_proc_proacl, function, owner, what));
  AddBothNames(plan, c, keep, Format("DROP {}", what), nullptr, "function");
}

void KeepType(const Case &c, Plan &plan, const char *new_name) {
  const Target *type = c.effect.target;
  const char *old_name = QualifiedName(type->schema, type->name);
  const char *keep = Format(
      "CREATE DOMAIN {0} AS {1}{2}{3}", old_name, new_name, OwnerSql(Format("DOMAIN {}", old_name), OwnerOf(type)),
      Grants(TYPEOID, Anum_pg_type_typacl, type->oid, OwnerOf(type), Format("TYPE {}", old_name)));
  AddBothNames(plan, c, keep, Format("DROP DOMAIN {}", old_name), nullptr, "type");
}

/* A name that can only be gone or there. */
void WhenNobodyNamesIt(const Case &c, Plan &plan) {
  plan.Add({.phase = Phase::contract,
            .run_by = RunBy::deploy,
            .wait_for = Format("no release that runs names {}",
                               QualifiedName(c.effect.target->schema, c.effect.target->name))});
  plan.Add({.phase = Phase::contract,
            .sql = c.statement,
            .wait_for = "nothing has used the old name for some days",
            .on_record = true});
}

}  // namespace

void RenameTable(const Case &c, Plan &plan) {
  auto *rename = c.As<RenameStmt>(T_RenameStmt);
  if (rename == nullptr) return;
  const char *fresh = QualifiedName(c.effect.target->schema, rename->newname);
  RenameBehindView(c, plan, fresh, Format("ALTER TABLE {} RENAME TO {}", fresh, QuoteIdent(c.effect.target->name)));
}

void RenameColumn(const Case &c, Plan &plan) {
  auto *rename = c.As<RenameStmt>(T_RenameStmt);
  const Oid relation = c.Relation();
  if (rename == nullptr || !OidIsValid(relation)) return;
  HeapTuple tuple = SearchSysCacheAttName(relation, c.effect.column);
  if (!HeapTupleIsValid(tuple)) return; /* the script makes it */
  auto form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const Oid collation = form->attcollation != get_typcollation(form->atttypid) ? form->attcollation : InvalidOid;
  const int level = BeginQualifiedNames();
  const char *type = Format("{}{}", format_type_with_typemod(form->atttypid, form->atttypmod),
                            OidIsValid(collation) ? CollationSql(collation) : "");
  EndQualifiedNames(level);
  ReleaseSysCache(tuple);
  const char *fresh = QuoteIdent(rename->newname), *old = c.Column();
  ColumnReplacement replacement = {
      .table = c.effect.target, .column = c.effect.column, .fresh = rename->newname, .name = rename->newname};
  replacement.type = type;
  replacement.value = old;
  replacement.condition = Format("{} IS NULL AND {} IS NOT NULL", fresh, old);
  /* Code of either release writes one of the two; the new one wins when a row names both. */
  replacement.trigger = Format(
      "  IF TG_OP = 'INSERT' THEN\n"
      "    IF new.{0} IS NULL THEN new.{0} := new.{1}; ELSE new.{1} := new.{0}; END IF;\n"
      "  ELSIF new.{0}::text IS DISTINCT FROM old.{0}::text THEN\n"
      "    new.{1} := new.{0};\n"
      "  ELSE\n"
      "    new.{0} := new.{1};\n"
      "  END IF;\n",
      fresh, old);
  replacement.release = Format("every release that runs reads and writes {} instead of {}", fresh, old);
  replacement.same_type = true;
  const char *obstacle;
  if (!AddReplaceColumnSteps(plan, replacement, &obstacle)) RenameColumnBehindView(c, plan, rename->newname, obstacle);
}

void RenameFunction(const Case &c, Plan &plan) {
  if (OidIsValid(c.effect.target->oid)) KeepFunction(c, plan);
  if (plan.Empty()) WhenNobodyNamesIt(c, plan);
}

void RenameType(const Case &c, Plan &plan) {
  auto *rename = c.As<RenameStmt>(T_RenameStmt);
  if (rename != nullptr) KeepType(c, plan, QualifiedName(c.effect.target->schema, rename->newname));
}

void RenameSequence(const Case &c, Plan &plan) { WhenNobodyNamesIt(c, plan); }

/* The old schema stays, with a view for each relation.  Functions, types and sequences have the new name alone. */
void RenameSchema(const Case &c, Plan &plan) {
  auto *rename = c.As<RenameStmt>(T_RenameStmt);
  const Target *schema = c.effect.target;
  if (rename == nullptr || !OidIsValid(schema->oid)) return;
  const char *name = QuoteIdent(schema->name), *views = "", *end = "", *others = "";
  ForEachDependent(NamespaceRelationId, schema->oid, 0, [&](Form_pg_depend depend) {
    if (depend->deptype != DEPENDENCY_NORMAL) return;
    const char relkind = depend->classid == RelationRelationId ? get_rel_relkind(depend->objid) : '\0';
    if (relkind != RELKIND_RELATION && relkind != RELKIND_PARTITIONED_TABLE && relkind != RELKIND_VIEW &&
        relkind != RELKIND_MATVIEW && relkind != RELKIND_FOREIGN_TABLE) {
      if (relkind != RELKIND_COMPOSITE_TYPE && depend->classid != TypeRelationId)
        others = ", and its functions, types and sequences by the new one";
      return;
    }
    Target relation = {};
    relation.oid = depend->objid;
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(depend->objid));
    if (!HeapTupleIsValid(tuple)) return;
    relation.owner = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner;
    const char *relation_name = pstrdup(NameStr(reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relname));
    ReleaseSysCache(tuple);
    const char *old_name = QualifiedName(schema->name, relation_name);
    views = Format("{};\n{}", views, ViewSql(&relation, old_name, "*", QualifiedName(rename->newname, relation_name)));
    end = Format("{}DROP VIEW {};\n", end, old_name);
  });
  const char *keep = Format(
      "CREATE SCHEMA {}{}{}{}", name, OwnerSql(Format("SCHEMA {}", name), OwnerOf(schema)),
      Grants(NAMESPACEOID, Anum_pg_namespace_nspacl, schema->oid, OwnerOf(schema), Format("SCHEMA {}", name)), views);
  end = Format("{}DROP SCHEMA {}", end, name);
  const char *undo = Format("{};\nALTER SCHEMA {} RENAME TO {}", end, QuoteIdent(rename->newname), name);
  AddBothNames(plan, c, keep, end, undo, "schema",
               Format("running code uses the tables of the schema by either name{}; {}", others, kViewLimits));
}

void SetSchema(const Case &c, Plan &plan) {
  auto *stmt = c.As<AlterObjectSchemaStmt>(T_AlterObjectSchemaStmt);
  const Target *object = c.effect.target;
  if (stmt == nullptr || !OidIsValid(object->oid)) return;
  const char *fresh = QualifiedName(stmt->newschema, object->name);
  if (object->IsRelation() && object->relkind != RELKIND_SEQUENCE)
    RenameBehindView(c, plan, fresh, Format("ALTER TABLE {} SET SCHEMA {}", fresh, QuoteIdent(object->schema)));
  else if (object->classid == ProcedureRelationId) KeepFunction(c, plan);
  else if (object->classid == TypeRelationId) KeepType(c, plan, fresh);
  if (plan.Empty()) WhenNobodyNamesIt(c, plan);
}

}  // namespace ddlguard
