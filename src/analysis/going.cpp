/*
 * See going.h.
 *
 * What depends on something is found by pg_depend.  The constraints of children do not depend on their
 * parent's: they are followed as PostgreSQL's recursion follows them, which counts where each comes from.
 */
#include "analysis/going.h"

#include "analysis/dependency.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool CollectColumns(Oid relation, const char *column, bool recurse, bool top, Array<ObjectAddress> &columns) {
  check_stack_depth();
  HeapTuple tuple = SearchSysCacheAttName(relation, column);
  if (!HeapTupleIsValid(tuple)) return false;
  auto form = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  AttrNumber attnum = form->attnum;
  const bool inherited = form->attinhcount > 0;
  const bool kept = !top && (form->attinhcount != 1 || form->attislocal);
  ReleaseSysCache(tuple);
  if (attnum <= 0 || (top && inherited)) return false;
  if (kept) return true;
  columns.Add({RelationRelationId, relation, attnum});
  if (!recurse || !has_subclass(relation)) return true;
  List *children = find_inheritance_children(relation, NoLock);
  ListCell *cell;
  foreach (cell, children)
    if (!CollectColumns(lfirst_oid(cell), column, true, false, columns)) return false;
  return true;
}

struct Collector {
  const Target *table;
  Array<ObjectAddress> named; /* what depends on them goes too */
  Array<ObjectAddress> alone;
  Array<Oid> met; /* constraints of children that their parents' recursion has come by */

  void Columns(const char *column) {
    Array<ObjectAddress> columns;
    if (!ColumnsGoing(table->oid, column, table->recursed, columns)) return;
    for (const ObjectAddress &each : columns) named.Add(each);
  }

  /* By its name; a NOT NULL by its column, since each table has a name of its own for it. */
  void Constraint(Oid relation, const char *name, const char *column, bool top) {
    check_stack_depth();
    const AttrNumber wanted = column == nullptr ? InvalidAttrNumber : get_attnum(relation, column);
    bool found = false, stays = false, inheritable = false;
    ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
      AttrNumber attnum = InvalidAttrNumber;
      const bool not_null = form->contype == 'n';
      if (not_null) ConstraintColumns(tuple, Anum_pg_constraint_conkey, &attnum, 1);
      if (found || (column != nullptr ? !not_null || attnum != wanted : !Equal(NameStr(form->conname), name))) return;
      found = true;
      if (top) {
        stays = form->coninhcount > 0; /* PostgreSQL refuses it */
      } else {
        int count = 1;
        for (Oid each : met) count += each == form->oid ? 1 : 0;
        met.Add(form->oid);
        stays = form->conislocal || count < form->coninhcount;
      }
      if (stays) return;
      named.Add({ConstraintRelationId, form->oid, 0});
      inheritable = !form->connoinherit && (not_null || form->contype == CONSTRAINT_CHECK);
      if (not_null) {
        alone.Add({AttributeRelationId, relation, attnum});
        column = ColumnName(relation, attnum);
      }
    });
    if (!found || stays || !inheritable || !table->recursed || !has_subclass(relation)) return;
    ListCell *cell;
    foreach (cell, find_inheritance_children(relation, NoLock)) Constraint(lfirst_oid(cell), name, column, false);
  }

  void NotNull(const char *column) {
    if (kNotNullIsConstraint) return Constraint(table->oid, nullptr, column, true);
    alone.Add({AttributeRelationId, table->oid, get_attnum(table->oid, column)});
    if (!table->recursed) return;
    for (Oid child : table->descendants) alone.Add({AttributeRelationId, child, get_attnum(child, column)});
  }

  void Default(const char *column) {
    const Oid value = GetAttrDefaultOid(table->oid, get_attnum(table->oid, column));
    if (OidIsValid(value)) alone.Add({AttrDefaultRelationId, value, 0});
  }

  void Identity(const char *column) {
    ForEachDependent(RelationRelationId, table->oid, get_attnum(table->oid, column), [&](Form_pg_depend form) {
      if (form->classid == RelationRelationId && form->deptype == DEPENDENCY_INTERNAL)
        alone.Add({RelationRelationId, form->objid, 0});
    });
  }
};

}  // namespace

bool ColumnsGoing(Oid relation, const char *column, bool recurse, Array<ObjectAddress> &columns) {
  return CollectColumns(relation, column, recurse, true, columns);
}

Array<ObjectAddress> GoingBy(const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *before) {
  Collector collector = {.table = table};
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    if (cmd == before) break;
    if (cmd->subtype == AT_DropColumn) collector.Columns(cmd->name);
    if (cmd->subtype == AT_DropConstraint) collector.Constraint(table->oid, cmd->name, nullptr, true);
    if (cmd->subtype == AT_DropNotNull) collector.NotNull(cmd->name);
    if (cmd->subtype == AT_ColumnDefault && cmd->def == nullptr) collector.Default(cmd->name);
    if (cmd->subtype == AT_DropIdentity) collector.Identity(cmd->name);
  }
  /* Where one of them does not say CASCADE and had to, PostgreSQL refuses it. */
  if (!collector.named.Empty())
    for (const Dropped &each : DropClosure(collector.named, true).objects) collector.alone.Add(each.object);
  return collector.alone;
}

}  // namespace ddlguard
