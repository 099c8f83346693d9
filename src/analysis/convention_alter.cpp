/*
 * Conventions about what ALTER TABLE makes or changes.
 */
#include "analysis/convention.h"

#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Altering {
  const Conventions &c;
  const AlterTableStmt *stmt;
  const AlterTableCmd *cmd;

  Oid Table() const { return c.target->oid; }
};

const List *AddedConstraints(const AlterTableStmt *stmt) {
  List *added = NIL;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_AddConstraint) added = lappend(added, cmd->def);
  return added;
}

bool Exists(Oid table, const char *column) {
  return OidIsValid(table) && get_attnum(table, column) != InvalidAttrNumber;
}

/* ---- columns ---- */

NewColumn ColumnOfCommand(const Analysis &a, const AlterTableStmt *stmt, const ColumnDef *definition) {
  NewColumn column = ColumnOf(a, definition);
  const List *added = AddedConstraints(stmt);
  for (const Constraint *constraint : Each<Constraint>(added)) {
    if (constraint->contype == CONSTR_PRIMARY && IsKeyColumn(constraint->keys, column.name))
      column.primary = column.required = true;
    if (constraint->contype == CONSTR_NOTNULL && IsKeyColumn(constraint->keys, column.name)) column.required = true;
    if (constraint->contype == CONSTR_FOREIGN && IsKeyColumn(constraint->fk_attrs, column.name))
      column.foreign = constraint;
  }
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_SetNotNull && Equal(cmd->name, column.name)) column.required = true;
  column.limited = column.limited || LimitsLength(added, column.name);
  return column;
}

void AddColumn(const Altering &s) {
  auto *definition = reinterpret_cast<const ColumnDef *>(s.cmd->def);
  if (Exists(s.Table(), definition->colname)) return;
  const NewColumn column = ColumnOfCommand(s.c.a, s.stmt, definition);
  AddColumnConventions(s.c, column);
  AddKeyConventions(s.c, column);
  for (const Constraint *constraint : Each<Constraint>(definition->constraints))
    AddConstraintConventions(s.c, constraint, definition->colname, definition->constraints);
}

/* Is the column in the primary key?  In a foreign key, whose other side dictates the type? */
void MarkKeys(Oid table, NewColumn *column) {
  const AttrNumber attnum = get_attnum(table, column->name);
  ForEachConstraint(table, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_PRIMARY) return;
    AttrNumber keys[INDEX_MAX_KEYS];
    const int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, keys, INDEX_MAX_KEYS);
    for (int i = 0; i < count; ++i)
      if (keys[i] == attnum) column->primary = true;
  });
}

void ChangeType(const Altering &s) {
  auto *definition = reinterpret_cast<const ColumnDef *>(s.cmd->def);
  ColumnDef named = *definition;
  named.colname = s.cmd->name;
  NewColumn column = ColumnOf(s.c.a, &named);
  column.definition = &named;
  if (!Exists(s.Table(), column.name)) return;
  MarkKeys(s.Table(), &column);
  column.limited = true; /* its CHECK constraints stay */
  AddColumnConventions(s.c, column, true);
  AddKeyConventions(s.c, column);
  AddCappedSequences(s.c, column);
}

/* ---- constraints ---- */

/* The column of a table that the script has made; unknown when another statement added it. */
NewColumn ScriptColumn(const Altering &s, const char *name) {
  const Ledger &ledger = s.c.a.ledger;
  for (int i = 0; ledger.script && i < ledger.next - 1; ++i) {
    auto *made = reinterpret_cast<const CreateStmt *>(static_cast<RawStmt *>(list_nth(ledger.statements, i))->stmt);
    if (!IsA(made, CreateStmt) || !Equal(made->relation->relname, s.stmt->relation->relname)) continue;
    for (const Node *element : Each<Node>(made->tableElts)) {
      if (!IsA(element, ColumnDef)) continue;
      auto *definition = reinterpret_cast<const ColumnDef *>(element);
      if (Equal(definition->colname, name)) return ColumnOf(s.c.a, definition);
    }
  }
  return NewColumn();
}

NewColumn ExistingColumn(const Altering &s, const char *name) {
  if (!OidIsValid(s.Table())) return ScriptColumn(s, name);
  const AttrNumber attnum = get_attnum(s.Table(), name);
  if (attnum == InvalidAttrNumber) return NewColumn(); /* one that the statement adds */
  Oid type, collation;
  int32 typmod;
  get_atttypetypmodcoll(s.Table(), attnum, &type, &typmod, &collation);
  return ColumnOfType(name, type, typmod);
}

void AddPrimaryKey(const Altering &s, const Constraint *constraint) {
  for (int i = 0; i < list_length(constraint->keys); ++i) {
    NewColumn column = ExistingColumn(s, strVal(list_nth(constraint->keys, i)));
    column.primary = true;
    column.foreign = nullptr;
    AddKeyConventions(s.c, column);
  }
}

void AddForeignKeyColumns(const Altering &s, const Constraint *constraint) {
  for (int i = 0; i < list_length(constraint->fk_attrs); ++i) {
    NewColumn column = ExistingColumn(s, strVal(list_nth(constraint->fk_attrs, i)));
    column.primary = false;
    column.foreign = constraint;
    AddKeyConventions(s.c, column);
  }
}

/* A foreign key or CHECK that the table has already, under another name. */
void AddIfThere(const Altering &s, const Constraint *constraint) {
  if (!s.c.Wants(Why::duplicate_column_definition) || !OidIsValid(s.Table())) return;
  if (constraint->contype != CONSTR_FOREIGN || constraint->pktable == nullptr) return;
  const Target *referenced = s.c.a.Resolve(constraint->pktable, NoLock);
  if (referenced == nullptr) return;
  bool found = false;
  ForEachConstraint(s.Table(), [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_FOREIGN || form->confrelid != referenced->oid) return;
    AttrNumber keys[INDEX_MAX_KEYS];
    const int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, keys, INDEX_MAX_KEYS);
    bool same = count == list_length(constraint->fk_attrs);
    for (int i = 0; same && i < count; ++i)
      same = Equal(ColumnName(s.Table(), keys[i]), strVal(list_nth(constraint->fk_attrs, i)));
    found = found || same;
  });
  if (found) s.c.Add(Why::duplicate_column_definition, constraint->conname, {}, "a foreign key");
}

void AddConstraint(const Altering &s) {
  auto *constraint = reinterpret_cast<const Constraint *>(s.cmd->def);
  AddConstraintConventions(s.c, constraint, nullptr, NIL);
  AddIfThere(s, constraint);
  if (constraint->contype == CONSTR_PRIMARY) AddPrimaryKey(s, constraint);
  if (constraint->contype == CONSTR_FOREIGN) AddForeignKeyColumns(s, constraint);
}

/* Validated or dropped by this statement. */
bool Settles(const AlterTableStmt *stmt, const char *constraint) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if ((cmd->subtype == AT_ValidateConstraint || cmd->subtype == AT_DropConstraint) && Equal(cmd->name, constraint))
      return true;
  return false;
}

bool LeftUnvalidated(Form_pg_constraint form) {
  if (form->convalidated || CreatedInTransaction(ConstraintRelationId, form->oid, 0)) return false;
#if PG_VERSION_NUM >= 180000
  if (!form->conenforced) return false; /* never validated, on purpose */
#endif
  return form->contype == CONSTRAINT_CHECK || form->contype == CONSTRAINT_FOREIGN || form->contype == 'n';
}

void AddUnvalidated(const Conventions &c, const AlterTableStmt *stmt) {
  if (!c.Wants(Why::not_valid_left_unvalidated) || !OidIsValid(c.target->oid)) return;
  Array<const char *> left;
  ForEachConstraint(c.target->oid, [&](Form_pg_constraint form, HeapTuple) {
    if (LeftUnvalidated(form) && !Settles(stmt, NameStr(form->conname))) left.Add(pstrdup(NameStr(form->conname)));
  });
  for (const char *name : left) {
    bool settled = false;
    for (const ScriptConstraint &made : c.a.ledger.constraints)
      if (made.relation == c.target->oid && Equal(made.name, name)) settled = made.validated || made.gone;
    if (!settled) c.Add(Why::not_valid_left_unvalidated, name);
  }
}

/* ---- identity ---- */

int64 StartOf(const List *options) {
  for (DefElem *option : Each<DefElem>(options))
    if (Equal(option->defname, "start") || Equal(option->defname, "restart"))
      return option->arg == nullptr ? 1 : defGetInt64(option);
  return 1;
}

void AddIdentity(const Altering &s) {
  auto *constraint = reinterpret_cast<const Constraint *>(s.cmd->def);
  if (constraint->generated_when == ATTRIBUTE_IDENTITY_BY_DEFAULT) s.c.Add(Why::identity_by_default, s.cmd->name);
  if (!s.c.Wants(Why::sequence_not_reset) || !s.c.target->Live()) return;
  const int64 start = StartOf(constraint->options);
  if (static_cast<double>(start) > s.c.target->Tree().rows) return;
  s.c.Add(Why::sequence_not_reset, s.cmd->name, {}, Format("{}", start));
}

void SetIdentity(const Altering &s) {
  for (DefElem *option : Each<DefElem>(reinterpret_cast<List *>(s.cmd->def)))
    if (Equal(option->defname, "generated") && defGetInt32(option) == ATTRIBUTE_IDENTITY_BY_DEFAULT)
      s.c.Add(Why::identity_by_default, s.cmd->name);
}

/* ---- the table ---- */

/* Dropped columns included. */
int AttributesOf(Oid relation) {
  HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(relation));
  if (!HeapTupleIsValid(tuple)) return 0;
  const int count = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relnatts;
  ReleaseSysCache(tuple);
  return count;
}

void AddWidth(const Conventions &c, const AlterTableStmt *stmt) {
  constexpr int kNearEnd = 1500; /* of the 1,600 that dropped columns count in */
  if (!c.Wants(Why::wide_table)) return;
  int added = 0;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype == AT_AddColumn && !Exists(c.target->oid, reinterpret_cast<const ColumnDef *>(cmd->def)->colname))
      ++added;
  if (added == 0 || !OidIsValid(c.target->oid)) return;
  const int live = ColumnsOfRelation(c.target->oid).count + added;
  const int all = AttributesOf(c.target->oid) + added;
  c.Add(Why::wide_table, nullptr, {.amount = static_cast<double>(all > kNearEnd ? all : live)});
}

void ColumnDefault(const Altering &s) { AddClockConventions(s.c, s.cmd->def, false, s.cmd->name); }

void AddInherit(const Altering &s) {
  const Target *parent = s.c.a.Resolve(reinterpret_cast<const RangeVar *>(s.cmd->def), NoLock);
  if (parent != nullptr) s.c.Add(Why::table_inheritance, nullptr, {}, nullptr, parent);
}

void SetUnlogged(const Altering &s) {
  if (s.c.target->persistence != RELPERSISTENCE_UNLOGGED) s.c.Add(Why::unlogged_table);
}

void DropNotNull(const Altering &s) {
  if (!Exists(s.Table(), s.cmd->name)) return;
  const Oid type = get_atttype(s.Table(), get_attnum(s.Table(), s.cmd->name));
  s.c.Add(Why::nullable_column, s.cmd->name, MeasuredType(ColumnOfType(s.cmd->name, type, -1)));
}

void Attach(const Altering &s) {
  auto *attach = reinterpret_cast<const PartitionCmd *>(s.cmd->def);
  if (attach->bound != nullptr) AddPartitionConventions(s.c, s.Table(), attach->bound, attach->name->relname);
}

/* The others make nothing that a convention is about. */
constexpr struct {
  AlterTableType subtype;
  void (*add)(const Altering &s);
} kSubcommands[] = {
    {AT_AddColumn, AddColumn},     {AT_AlterColumnType, ChangeType}, {AT_AddConstraint, AddConstraint},
    {AT_AddIdentity, AddIdentity}, {AT_SetIdentity, SetIdentity},    {AT_ColumnDefault, ColumnDefault},
    {AT_AddInherit, AddInherit},   {AT_SetUnLogged, SetUnlogged},    {AT_DropNotNull, DropNotNull},
    {AT_AttachPartition, Attach},
};

}  // namespace

void AddAlterTableConventions(Analysis &a, const AlterTableStmt *stmt) {
  if (stmt->objtype != OBJECT_TABLE) return;
  const Target *table = a.Resolve(stmt->relation, NoLock);
  if (table == nullptr || table->partition) return;
  if (table->relkind != RELKIND_RELATION && table->relkind != RELKIND_PARTITIONED_TABLE) return;
  if (OidIsValid(table->oid) && !OwnsRelation(table->oid, ActingRole())) return;
  const Conventions c = {a, table, reinterpret_cast<const Node *>(stmt)};
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    for (const auto &each : kSubcommands)
      if (each.subtype == cmd->subtype) each.add({c, stmt, cmd});
  AddDuplicateConventions(c, AddedConstraints(stmt));
  AddWidth(c, stmt);
  AddUnvalidated(c, stmt);
  AddUsedSequences(c);
}

}  // namespace ddlguard
