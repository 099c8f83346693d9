/*
 * Conventions about what is there when the transaction ends: primary key, columns, comments, spatial indexes.
 *
 * In a transaction the tables and columns in question are noted while it runs, and looked up in the catalog
 * before it commits (hooks/commit.cpp).  In a script, which runs nothing, the statements that follow in the
 * transaction are read when the table or column is made.
 */
#include "analysis/convention.h"

#include "analysis/statement.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct ColumnAtEnd {
  const char *name;
  bool made; /* by the transaction */
  bool commented;
  bool spatial;
  bool indexed; /* by GiST or SP-GiST */
};

struct TableAtEnd {
  bool made;      /* by the transaction */
  bool needs_key; /* made without one, or its key was dropped */
  bool commented;
  bool columns_known;
  Array<ColumnAtEnd> columns;
};

bool WantsAny(const RuleSet &rules) {
  return rules.Has(Why::missing_primary_key) || rules.Has(Why::required_columns) || rules.Has(Why::missing_comment) ||
         rules.Has(Why::missing_spatial_index);
}

void AddAtEnd(const Conventions &c, const TableAtEnd &table) {
  if (table.needs_key) c.Add(Why::missing_primary_key);
  StringInfoData names, uncommented;
  initStringInfo(&names);
  initStringInfo(&uncommented);
  int bare = 0;
  for (const ColumnAtEnd &column : table.columns) {
    appendStringInfo(&names, "%s%s", names.len == 0 ? "" : ",", column.name);
    if (!column.made) continue;
    if (!column.commented) appendStringInfo(&uncommented, "%s%s", bare++ == 0 ? "" : ", ", column.name);
    if (column.spatial && !column.indexed) c.Add(Why::missing_spatial_index, column.name);
  }
  if (table.made && table.columns_known) c.Add(Why::required_columns, nullptr, {.value = names.data});
  const bool bare_table = table.made && !table.commented;
  if (!bare_table && bare == 0) return;
  const char *columns = Format("{} {}", bare == 1 ? "column" : "columns", uncommented.data);
  c.Add(Why::missing_comment, nullptr, {},
        bare == 0    ? "the table"
        : bare_table ? Format("the table and {}", columns)
                     : columns);
}

bool IsSpatialMethod(const char *method) { return Equal(method, "gist") || Equal(method, "spgist"); }

/* ---- in a script ---- */

struct Outlook {
  Analysis &a;
  const char *schema;
  const char *name;
  TableAtEnd table;
  bool gone = false;

  bool IsIt(const RangeVar *other) const {
    return other != nullptr && Equal(other->relname, name) && Equal(SchemaOfNew(other), schema);
  }

  ColumnAtEnd *Find(const char *column) {
    for (ColumnAtEnd &each : table.columns)
      if (Equal(each.name, column)) return &each;
    return nullptr;
  }

  void Remove(const char *column) {
    int kept = 0;
    for (int i = 0; i < table.columns.count; ++i)
      if (!Equal(table.columns[i].name, column)) table.columns[kept++] = table.columns[i];
    table.columns.count = kept;
  }

  void AddColumn(const ColumnDef *definition) {
    const NewColumn column = ColumnOf(a, definition);
    table.columns.Add({column.name, true, false, IsSpatial(column), false});
    if (column.primary) table.needs_key = false;
  }

  void Command(const AlterTableCmd *cmd) {
    if (cmd->subtype == AT_AddColumn) AddColumn(reinterpret_cast<const ColumnDef *>(cmd->def));
    if (cmd->subtype == AT_DropColumn) Remove(cmd->name);
    if (cmd->subtype == AT_AddConstraint)
      if (reinterpret_cast<const Constraint *>(cmd->def)->contype == CONSTR_PRIMARY) table.needs_key = false;
  }

  void Comment(const CommentStmt *stmt) {
    if (stmt->comment == nullptr || *stmt->comment == '\0') return;
    if (stmt->objtype != OBJECT_TABLE && stmt->objtype != OBJECT_COLUMN) return;
    List *names = list_copy(reinterpret_cast<List *>(stmt->object));
    if (stmt->objtype == OBJECT_TABLE) {
      if (IsIt(makeRangeVarFromNameList(names))) table.commented = true;
      return;
    }
    const char *column = strVal(llast(names));
    if (list_length(names) < 2 || !IsIt(makeRangeVarFromNameList(list_truncate(names, list_length(names) - 1)))) return;
    if (ColumnAtEnd *found = Find(column)) found->commented = true;
  }

  void Index(const IndexStmt *stmt) {
    if (!IsIt(stmt->relation) || !IsSpatialMethod(stmt->accessMethod)) return;
    for (const IndexElem *element : Each<IndexElem>(stmt->indexParams))
      if (ColumnAtEnd *found = Find(element->name)) found->indexed = true;
  }

  void Rename(const RenameStmt *stmt) {
    if (!IsIt(stmt->relation)) return;
    if (stmt->renameType == OBJECT_TABLE) name = stmt->newname;
    if (stmt->renameType != OBJECT_COLUMN) return;
    if (ColumnAtEnd *found = Find(stmt->subname)) found->name = stmt->newname;
  }

  void Drop(const DropStmt *stmt) {
    if (stmt->removeType != OBJECT_TABLE) return;
    for (List *each : Each<List>(stmt->objects))
      if (IsIt(makeRangeVarFromNameList(each))) gone = true;
  }

  bool Visit(const Node *statement) {
    if (IsA(statement, AlterTableStmt) && IsIt(reinterpret_cast<const AlterTableStmt *>(statement)->relation))
      for (const AlterTableCmd *cmd : Each<AlterTableCmd>(reinterpret_cast<const AlterTableStmt *>(statement)->cmds))
        Command(cmd);
    if (IsA(statement, CommentStmt)) Comment(reinterpret_cast<const CommentStmt *>(statement));
    if (IsA(statement, IndexStmt)) Index(reinterpret_cast<const IndexStmt *>(statement));
    if (IsA(statement, RenameStmt)) Rename(reinterpret_cast<const RenameStmt *>(statement));
    if (IsA(statement, DropStmt)) Drop(reinterpret_cast<const DropStmt *>(statement));
    return gone;
  }

  void Judge(const Target *target, const Node *statement) {
    a.ledger.AnyToCome([this](const Node *each) { return Visit(each); });
    if (!gone) AddAtEnd({a, target, statement}, table);
  }
};

bool HasPrimaryKey(Oid relation) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  const bool has = OidIsValid(PrimaryKeyIndex(rel));
  CloseUnlocked(rel);
  return has;
}

void LookAheadLike(Outlook &outlook, const TableLikeClause *like) {
  const Target *source = outlook.a.Resolve(like->relation, NoLock);
  if (source == nullptr || !OidIsValid(source->oid)) {
    outlook.table.columns_known = false;
    return;
  }
  if ((like->options & CREATE_TABLE_LIKE_INDEXES) != 0 && HasPrimaryKey(source->oid)) outlook.table.needs_key = false;
  for (const NewColumn &column : ColumnsOfRelation(source->oid))
    outlook.table.columns.Add({column.name, true, (like->options & CREATE_TABLE_LIKE_COMMENTS) != 0, IsSpatial(column),
                               (like->options & CREATE_TABLE_LIKE_INDEXES) != 0});
}

void LookAhead(Analysis &a, const CreateStmt *stmt) {
  const Target *table = NewRelation(a, stmt->relation, RELKIND_RELATION);
  if (table == nullptr || stmt->partbound != nullptr) return;
  Outlook outlook = {a, table->schema, table->name, {true, stmt->inhRelations == NIL, false, true, {}}};
  if (stmt->inhRelations != NIL || stmt->ofTypename != nullptr) outlook.table.columns_known = false;
  for (const Node *element : Each<Node>(stmt->tableElts)) {
    if (IsA(element, ColumnDef)) outlook.AddColumn(reinterpret_cast<const ColumnDef *>(element));
    if (IsA(element, TableLikeClause)) LookAheadLike(outlook, reinterpret_cast<const TableLikeClause *>(element));
    if (IsA(element, Constraint) && reinterpret_cast<const Constraint *>(element)->contype == CONSTR_PRIMARY)
      outlook.table.needs_key = false;
  }
  outlook.Judge(table, reinterpret_cast<const Node *>(stmt));
}

void LookAhead(Analysis &a, const CreateTableAsStmt *stmt) {
  const Target *table = stmt->objtype == OBJECT_TABLE ? NewRelation(a, stmt->into->rel, RELKIND_RELATION) : nullptr;
  if (table == nullptr) return;
  Outlook outlook = {a, table->schema, table->name, {true, true, false, false, {}}};
  outlook.Judge(table, reinterpret_cast<const Node *>(stmt));
}

/* Does the command take the primary key away? */
bool DropsKey(Oid relation, const AlterTableCmd *cmd) {
  const bool constraint = cmd->subtype == AT_DropConstraint;
  if (!constraint && cmd->subtype != AT_DropColumn) return false;
  const AttrNumber attnum = constraint ? InvalidAttrNumber : get_attnum(relation, cmd->name);
  bool drops = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_PRIMARY) return;
    if (constraint) drops = drops || Equal(NameStr(form->conname), cmd->name);
    AttrNumber keys[INDEX_MAX_KEYS];
    const int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, keys, INDEX_MAX_KEYS);
    for (int i = 0; i < count; ++i) drops = drops || (!constraint && keys[i] == attnum);
  });
  return drops;
}

/* What ALTER TABLE adds and takes away; of a table that the script makes, the outlook at its CREATE has seen it. */
const Target *AlteredTable(Analysis &a, const AlterTableStmt *stmt) {
  if (stmt->objtype != OBJECT_TABLE) return nullptr;
  const Target *table = a.Resolve(stmt->relation, NoLock);
  if (table == nullptr || !OidIsValid(table->oid) || !table->Shared() || table->partition) return nullptr;
  return OwnsRelation(table->oid, ActingRole()) ? table : nullptr;
}

bool AddsColumn(Oid table, const AlterTableCmd *cmd) {
  return cmd->subtype == AT_AddColumn &&
         get_attnum(table, reinterpret_cast<const ColumnDef *>(cmd->def)->colname) == InvalidAttrNumber;
}

void LookAhead(Analysis &a, const AlterTableStmt *stmt) {
  const Target *table = AlteredTable(a, stmt);
  if (table == nullptr) return;
  Outlook outlook = {a, table->schema, table->name, {false, false, false, false, {}}};
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (DropsKey(table->oid, cmd)) outlook.table.needs_key = true;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds))
    if (cmd->subtype != AT_AddColumn || AddsColumn(table->oid, cmd)) outlook.Command(cmd);
  outlook.Judge(table, reinterpret_cast<const Node *>(stmt));
}

/* ---- in a transaction ---- */

bool HasComment(Oid relation, AttrNumber attnum) {
  const char *comment = GetComment(relation, RelationRelationId, attnum);
  return comment != nullptr;
}

bool HasSpatialIndex(Oid relation, AttrNumber attnum) {
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return false;
  bool found = false;
  List *indexes = RelationGetIndexList(rel);
  for (int i = 0; i < list_length(indexes) && !found; ++i) {
    const Oid index = list_nth_oid(indexes, i);
    if (!IsSpatialMethod(get_am_name(AccessMethodOf(index)))) continue;
    HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
    if (!HeapTupleIsValid(tuple)) continue;
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    for (int key = 0; key < form->indnkeyatts; ++key) found = found || form->indkey.values[key] == attnum;
    ReleaseSysCache(tuple);
  }
  CloseUnlocked(rel);
  return found;
}

/* only: the column in question; null: the whole table. */
TableAtEnd LookUp(const Target *target, const char *only) {
  TableAtEnd table = {target->fresh && only == nullptr, false, false, true, {}};
  if (only == nullptr) {
    table.needs_key = !HasPrimaryKey(target->oid) && !(target->fresh && has_superclass(target->oid));
    table.commented = HasComment(target->oid, 0);
  }
  if (!table.made && only == nullptr) return table;
  for (const NewColumn &column : ColumnsOfRelation(target->oid)) {
    if (only != nullptr && !Equal(only, column.name)) continue;
    const AttrNumber attnum = get_attnum(target->oid, column.name);
    table.columns.Add({column.name, true, HasComment(target->oid, attnum), IsSpatial(column),
                       IsSpatial(column) && HasSpatialIndex(target->oid, attnum)});
  }
  return table;
}

/* Before it runs: afterwards nobody can tell. */
void NoteChanges(Analysis &a, const AlterTableStmt *stmt) {
  const Target *table = AlteredTable(a, stmt);
  if (table == nullptr) return;
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    if (DropsKey(table->oid, cmd)) a.to_settle.Add({table->oid, nullptr});
    if (AddsColumn(table->oid, cmd))
      a.to_settle.Add({table->oid, reinterpret_cast<const ColumnDef *>(cmd->def)->colname});
  }
}

void Remember(Ledger &ledger, Oid relation, const char *column) {
  for (const ToSettle &each : ledger.to_settle)
    if (each.relation == relation && Equal(each.column, column)) return;
  MemoryContext old = MemoryContextSwitchTo(TopTransactionContext);
  ledger.to_settle.Add({relation, column == nullptr ? nullptr : pstrdup(column)});
  MemoryContextSwitchTo(old);
}

void RememberNew(Ledger &ledger, const RangeVar *name) {
  const Oid relation = RangeVarGetRelid(name, NoLock, true);
  if (!OidIsValid(relation) || !RelationIsFresh(relation)) return; /* IF NOT EXISTS */
  if (get_rel_persistence(relation) == RELPERSISTENCE_TEMP || get_rel_relispartition(relation)) return;
  Remember(ledger, relation, nullptr);
}

}  // namespace

void AddEndConventions(Analysis &a, const Node *statement) {
  if (!WantsAny(a.conventions)) return;
  if (!a.ledger.script) {
    if (IsA(statement, AlterTableStmt)) NoteChanges(a, reinterpret_cast<const AlterTableStmt *>(statement));
    return;
  }
  if (IsA(statement, CreateStmt)) LookAhead(a, reinterpret_cast<const CreateStmt *>(statement));
  if (IsA(statement, CreateTableAsStmt)) LookAhead(a, reinterpret_cast<const CreateTableAsStmt *>(statement));
  if (IsA(statement, AlterTableStmt)) LookAhead(a, reinterpret_cast<const AlterTableStmt *>(statement));
}

void RememberForEnd(const Analysis &a, const Node *statement, Ledger &ledger) {
  if (!WantsAny(a.conventions)) return;
  if (IsA(statement, CreateStmt)) {
    RememberNew(ledger, reinterpret_cast<const CreateStmt *>(statement)->relation);
  } else if (IsA(statement, CreateTableAsStmt)) {
    auto *stmt = reinterpret_cast<const CreateTableAsStmt *>(statement);
    if (stmt->objtype == OBJECT_TABLE) RememberNew(ledger, stmt->into->rel);
  }
  for (const ToSettle &each : a.to_settle) Remember(ledger, each.relation, each.column);
}

void AnalyzeEnd(Analysis &a) {
  for (const ToSettle &each : a.ledger.to_settle) {
    const Target *target = a.Look(each.relation);
    if (target == nullptr || (each.column != nullptr && target->fresh)) continue;
    AddAtEnd({a, target, nullptr}, LookUp(target, each.column));
  }
}

}  // namespace ddlguard
