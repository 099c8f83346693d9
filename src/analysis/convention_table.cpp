/*
 * Conventions about a new table: CREATE TABLE with what LIKE and OF bring, CREATE TABLE AS, partitions.
 *
 * The columns of a query are known to the hook, which gets it analysed; in check() it is raw, and only what
 * needs no columns is said.
 */
#include "analysis/convention.h"

#include "analysis/partition_bound.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Offsets of fixed-size columns within a row.  What varies in length counts as filling its place, so that
 * the gaps are a lower bound. */
int PaddingOf(const Array<NewColumn> &columns) {
  int offset = 0, padding = 0;
  for (const NewColumn &column : columns) {
    if (!OidIsValid(column.type)) return 0;
    int16 length;
    bool by_value;
    char alignment;
    get_typlenbyvalalign(column.type, &length, &by_value, &alignment);
    if (length < 0) {
      offset = 0;
      continue;
    }
    const int aligned = static_cast<int>(att_align_nominal(offset, alignment));
    padding += aligned - offset;
    offset = aligned + length;
  }
  return padding;
}

/* The types of a typed table's columns; definitions that only add to one are merged in. */
void AddColumnsOfType(const TypeName *name, Array<NewColumn> *columns) {
  Type tuple = LookupTypeName(nullptr, name, nullptr, true);
  if (tuple == nullptr) return;
  const Oid relation = typeTypeRelid(tuple);
  ReleaseSysCache(tuple);
  if (!OidIsValid(relation)) return;
  for (const NewColumn &column : ColumnsOfRelation(relation)) columns->Add(column);
}

void AddColumnsLike(Analysis &a, const TableLikeClause *like, Array<NewColumn> *columns) {
  const Target *source = a.Resolve(like->relation, NoLock);
  if (source == nullptr || !OidIsValid(source->oid)) return;
  for (NewColumn column : ColumnsOfRelation(source->oid)) {
    column.limited = (like->options & CREATE_TABLE_LIKE_CONSTRAINTS) != 0;
    column.has_default = (like->options & CREATE_TABLE_LIKE_DEFAULTS) != 0;
    columns->Add(column);
  }
}

void Merge(const Analysis &a, Array<NewColumn> *columns, const ColumnDef *definition) {
  if (definition->typeName != nullptr) {
    columns->Add(ColumnOf(a, definition));
    return;
  }
  const NewColumn options = ColumnOf(a, definition);
  for (NewColumn &column : *columns) {
    if (!Equal(column.name, definition->colname)) continue;
    column.definition = definition;
    column.required = column.required || options.required;
    column.primary = column.primary || options.primary;
    if (column.foreign == nullptr) column.foreign = options.foreign;
    column.has_default = column.has_default || options.has_default;
    column.limited = column.limited || options.limited;
  }
}

/* The columns that the statement makes, table constraints counted in. */
Array<NewColumn> ColumnsOf(Analysis &a, const CreateStmt *stmt, const List *constraints) {
  Array<NewColumn> columns;
  if (stmt->ofTypename != nullptr) AddColumnsOfType(stmt->ofTypename, &columns);
  for (const Node *element : Each<Node>(stmt->tableElts)) {
    if (IsA(element, ColumnDef)) Merge(a, &columns, reinterpret_cast<const ColumnDef *>(element));
    if (IsA(element, TableLikeClause)) AddColumnsLike(a, reinterpret_cast<const TableLikeClause *>(element), &columns);
  }
  for (NewColumn &column : columns) {
    for (const Constraint *constraint : Each<Constraint>(constraints)) {
      if (constraint->contype == CONSTR_NOTNULL || constraint->contype == CONSTR_PRIMARY)
        column.required = column.required || IsKeyColumn(constraint->keys, column.name);
      if (constraint->contype == CONSTR_PRIMARY)
        column.primary = column.primary || IsKeyColumn(constraint->keys, column.name);
      if (constraint->contype == CONSTR_FOREIGN && IsKeyColumn(constraint->fk_attrs, column.name))
        column.foreign = constraint;
    }
    column.limited = column.limited || LimitsLength(constraints, column.name);
  }
  return columns;
}

List *TableConstraints(const CreateStmt *stmt) {
  List *constraints = list_copy(stmt->constraints);
  for (Node *element : Each<Node>(stmt->tableElts))
    if (IsA(element, Constraint)) constraints = lappend(constraints, element);
  return constraints;
}

/* Every constraint, with the inline ones made comparable. */
List *AllConstraints(const CreateStmt *stmt, const List *table_constraints) {
  List *all = list_copy(table_constraints);
  for (const Node *element : Each<Node>(stmt->tableElts)) {
    if (!IsA(element, ColumnDef)) continue;
    auto *column = reinterpret_cast<const ColumnDef *>(element);
    for (const Constraint *constraint : Each<Constraint>(column->constraints)) {
      auto *copy = static_cast<Constraint *>(copyObjectImpl(constraint));
      if (copy->contype == CONSTR_FOREIGN) copy->fk_attrs = list_make1(makeString(column->colname));
      all = lappend(all, copy);
    }
  }
  return all;
}

void AddColumns(const Conventions &c, const Array<NewColumn> &columns) {
  for (const NewColumn &column : columns) {
    AddColumnConventions(c, column);
    AddKeyConventions(c, column);
  }
  c.Add(Why::wide_table, nullptr, {.amount = static_cast<double>(columns.count)});
  if (c.Wants(Why::column_alignment))
    c.Add(Why::column_alignment, nullptr, {.amount = static_cast<double>(PaddingOf(columns))});
}

}  // namespace

void AddPartitionConventions(const Conventions &c, Oid parent, const PartitionBoundSpec *bound, const char *partition) {
  if (bound->is_default) return c.Add(Why::default_partition_created, partition);
  if (bound->strategy != PARTITION_STRATEGY_RANGE || !c.Wants(Why::partition_strategy_mismatch)) return;
  Relation rel = OidIsValid(parent) ? OpenUnlocked(parent) : nullptr;
  if (rel == nullptr) return;
  if (LeavesGap(c.a, rel, bound)) c.Add(Why::partition_strategy_mismatch, partition);
  CloseUnlocked(rel);
}

void AddTableConventions(Analysis &a, const CreateStmt *stmt) {
  const Target *table =
      NewRelation(a, stmt->relation, stmt->partspec != nullptr ? RELKIND_PARTITIONED_TABLE : RELKIND_RELATION);
  if (table == nullptr) return;
  if (stmt->partbound != nullptr) {
    const Target *parent = a.Resolve(static_cast<RangeVar *>(linitial(stmt->inhRelations)), NoLock);
    if (parent == nullptr || (OidIsValid(parent->oid) && !OwnsRelation(parent->oid, ActingRole()))) return;
    const Conventions of_parent = {a, parent, reinterpret_cast<const Node *>(stmt)};
    return AddPartitionConventions(of_parent, parent->oid, stmt->partbound, stmt->relation->relname);
  }

  const Conventions c = {a, table, reinterpret_cast<const Node *>(stmt)};
  List *constraints = TableConstraints(stmt);
  const Array<NewColumn> columns = ColumnsOf(a, stmt, constraints);
  AddColumns(c, columns);
  for (const Constraint *constraint : Each<Constraint>(constraints))
    AddConstraintConventions(c, constraint, nullptr, NIL);
  for (const Node *element : Each<Node>(stmt->tableElts)) {
    if (!IsA(element, ColumnDef)) continue;
    auto *column = reinterpret_cast<const ColumnDef *>(element);
    for (const Constraint *constraint : Each<Constraint>(column->constraints))
      AddConstraintConventions(c, constraint, column->colname, column->constraints);
  }
  AddDuplicateConventions(c, AllConstraints(stmt, constraints));

  if (stmt->inhRelations != NIL)
    c.Add(Why::table_inheritance, nullptr, {}, nullptr,
          a.Resolve(static_cast<RangeVar *>(linitial(stmt->inhRelations)), NoLock));
  if (stmt->relation->relpersistence == RELPERSISTENCE_UNLOGGED) c.Add(Why::unlogged_table);
  if (stmt->partspec != nullptr) {
    c.Add(Why::partitioning_disallowed);
    const int keys = list_length(stmt->partspec->partParams);
    if (keys > 1) c.Add(Why::multi_column_partition_key, nullptr, {.value = Format("{}", keys)});
  }
}

void AddTableAsConventions(Analysis &a, const CreateTableAsStmt *stmt) {
  if (stmt->objtype != OBJECT_TABLE) return;
  const Target *table = NewRelation(a, stmt->into->rel, RELKIND_RELATION);
  if (table == nullptr) return;
  const Conventions c = {a, table, reinterpret_cast<const Node *>(stmt)};
  c.Add(Why::create_table_as);
  if (stmt->into->rel->relpersistence == RELPERSISTENCE_UNLOGGED) c.Add(Why::unlogged_table);
  if (stmt->query == nullptr || !IsA(stmt->query, Query)) return;
  Array<NewColumn> columns;
  for (const TargetEntry *entry : Each<TargetEntry>(reinterpret_cast<const Query *>(stmt->query)->targetList)) {
    if (entry->resjunk) continue;
    const int number = columns.count;
    const char *name =
        number < list_length(stmt->into->colNames) ? strVal(list_nth(stmt->into->colNames, number)) : entry->resname;
    auto *expr = reinterpret_cast<Node *>(entry->expr);
    columns.Add(ColumnOfType(name, exprType(expr), exprTypmod(expr)));
  }
  AddColumns(c, columns);
}

}  // namespace ddlguard
