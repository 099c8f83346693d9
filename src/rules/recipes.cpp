/*
 * The safe way for each rule that has one: SQL to paste, for exactly these names.
 *
 * One function per recipe, one table from rule to recipe.  Steps stand on lines of their own, in
 * order; what is not SQL is an SQL comment, so the whole can be pasted.
 */
#include "rules/recipes.h"

#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct Case {
  const Effect &effect;
  const char *statement;

  const char *Table() const { return RelationSql(effect.target); }
  const char *Column() const { return QuoteIdent(effect.column == nullptr ? "?" : effect.column); }
  template <typename T>
  const T *As() const {
    return reinterpret_cast<const T *>(effect.node);
  }
};

constexpr const char *kAlone = "-- alone, outside a transaction block:\n";
constexpr const char *kLater = "-- in a later transaction:\n";

const char *Backfill(const Case &c, const char *column, const char *value) {
  return Format(
      "-- backfill in batches of a few thousand rows, committing each:\n"
      "UPDATE {} SET {} = {} WHERE {} IS NULL AND <key range>;\n",
      c.Table(), column, value, column);
}

const char *NotNullSteps(const Case &c, const char *column_name) {
  const char *column = QuoteIdent(column_name);
  const char *check = QuoteIdent(HelperName(c.effect.target, column_name, "not_null"));
  return Format(
      "ALTER TABLE {0} ADD CONSTRAINT {1} CHECK ({2} IS NOT NULL) NOT VALID;\n{3}"
      "ALTER TABLE {0} VALIDATE CONSTRAINT {1};\n"
      "ALTER TABLE {0} ALTER COLUMN {2} SET NOT NULL;\n"
      "ALTER TABLE {0} DROP CONSTRAINT {1};",
      c.Table(), check, column, kLater);
}

const char *CreateIndex(const Case &c) {
  const char *sql = InsertAfterKeyword(c.statement, "index", "CONCURRENTLY");
  return sql == nullptr ? nullptr : Format("{}{};", kAlone, sql);
}

/* Index key columns as the statement wrote them; null when one is an expression. */
const char *IndexColumns(const IndexStmt *index) {
  const char *text = "";
  for (IndexElem *element : Each<IndexElem>(index->indexParams)) {
    if (element->name == nullptr) return nullptr;
    text = Format("{}{}{}", text, *text == '\0' ? "" : ", ", QuoteIdent(element->name));
  }
  return text;
}

/* CONCURRENTLY does not exist for a partitioned table: leaf by leaf, then attach. */
const char *CreatePartitionedIndex(const Case &c) {
  auto *index = c.As<IndexStmt>();
  if (index == nullptr) return nullptr;
  const char *columns = IndexColumns(index);
  if (columns == nullptr) columns = "...";
  const char *name = index->idxname != nullptr ? index->idxname : HelperName(c.effect.target, nullptr, "idx");
  const char *unique = index->unique ? "UNIQUE " : "";
  const char *text = Format("CREATE {}INDEX {} ON ONLY {} USING {} ({});\n{}", unique, QuoteIdent(name), c.Table(),
                            QuoteIdent(index->accessMethod), columns, kAlone);
  int shown = 0;
  for (Oid leaf : c.effect.target->descendants) {
    const char relkind = get_rel_relkind(leaf);
    if (relkind != RELKIND_RELATION) continue;
    if (++shown > 3) {
      text = Format("{}-- ... and so on for every partition\n", text);
      break;
    }
    const char *schema = get_namespace_name(get_rel_namespace(leaf));
    const char *leaf_name = get_rel_name(leaf);
    if (leaf_name == nullptr) continue; /* just dropped */
    const char *leaf_index = makeObjectName(leaf_name, name, nullptr);
    text = Format("{}CREATE {}INDEX CONCURRENTLY {} ON {} USING {} ({});\nALTER INDEX {} ATTACH PARTITION {};\n", text,
                  unique, QuoteIdent(leaf_index), QualifiedName(schema, leaf_name), QuoteIdent(index->accessMethod),
                  columns, QualifiedName(c.effect.target->schema, name), QualifiedName(schema, leaf_index));
  }
  return text;
}

const char *AddKey(const Case &c) {
  auto *constraint = c.As<Constraint>();
  if (constraint == nullptr || constraint->keys == NIL) return nullptr;
  const bool primary = constraint->contype == CONSTR_PRIMARY;
  const char *name = constraint->conname;
  if (name == nullptr)
    name = primary ? HelperName(c.effect.target, nullptr, "pkey")
                   : HelperName(c.effect.target, strVal(linitial(constraint->keys)), "key");
  return Format(
      "{0}CREATE UNIQUE INDEX CONCURRENTLY {1} ON {2} ({3});\n-- then:\n"
      "ALTER TABLE {2} ADD CONSTRAINT {1} {4} USING INDEX {1};",
      kAlone, QuoteIdent(name), c.Table(), ColumnListSql(constraint->keys), primary ? "PRIMARY KEY" : "UNIQUE");
}

const char *SetNotNull(const Case &c) { return NotNullSteps(c, c.effect.column); }

const char *AddCheck(const Case &c) {
  auto *constraint = c.As<Constraint>();
  if (constraint == nullptr || constraint->raw_expr == nullptr) return nullptr;
  const char *expr = ExpressionSql(c.effect.target->oid, constraint->raw_expr, EXPR_KIND_CHECK_CONSTRAINT);
  if (expr == nullptr) return nullptr;
  const char *name =
      QuoteIdent(constraint->conname != nullptr ? constraint->conname : HelperName(c.effect.target, nullptr, "check"));
  return Format(
      "ALTER TABLE {0} ADD CONSTRAINT {1} CHECK ({2}) NOT VALID;\n{3}ALTER TABLE {0} VALIDATE CONSTRAINT {1};",
      c.Table(), name, expr, kLater);
}

const char *ReferenceAction(char action) {
  switch (action) {
    case FKCONSTR_ACTION_CASCADE:
      return "CASCADE";
    case FKCONSTR_ACTION_RESTRICT:
      return "RESTRICT";
    case FKCONSTR_ACTION_SETNULL:
      return "SET NULL";
    case FKCONSTR_ACTION_SETDEFAULT:
      return "SET DEFAULT";
    default:
      return nullptr;
  }
}

const char *AddForeignKey(const Case &c) {
  auto *constraint = c.As<Constraint>();
  if (constraint == nullptr || !IsA(constraint, Constraint) || constraint->fk_attrs == NIL) return nullptr;
  if (c.effect.target->IsPartitioned()) return nullptr; /* NOT VALID does not exist for it before 18 */
  const char *name = QuoteIdent(constraint->conname != nullptr
                                    ? constraint->conname
                                    : HelperName(c.effect.target, strVal(linitial(constraint->fk_attrs)), "fkey"));
  const char *columns = constraint->pk_attrs == NIL ? "" : Format(" ({})", ColumnListSql(constraint->pk_attrs));
  const char *actions = "";
  if (const char *action = ReferenceAction(constraint->fk_del_action)) actions = Format(" ON DELETE {}", action);
  if (const char *action = ReferenceAction(constraint->fk_upd_action))
    actions = Format("{} ON UPDATE {}", actions, action);
  return Format(
      "ALTER TABLE {0} ADD CONSTRAINT {1} FOREIGN KEY ({2}) REFERENCES {3}{4}{5} NOT VALID;\n{6}"
      "ALTER TABLE {0} VALIDATE CONSTRAINT {1};",
      c.Table(), name, ColumnListSql(constraint->fk_attrs),
      QualifiedName(constraint->pktable->schemaname, constraint->pktable->relname), columns, actions, kLater);
}

const Node *DefaultOf(const ColumnDef *column) {
  for (const Constraint *constraint : Each<Constraint>(column->constraints))
    if (constraint->contype == CONSTR_DEFAULT) return constraint->raw_expr;
  return column->raw_default;
}

bool IsNotNull(const ColumnDef *column) {
  for (const Constraint *constraint : Each<Constraint>(column->constraints))
    if (constraint->contype == CONSTR_NOTNULL || constraint->contype == CONSTR_PRIMARY) return true;
  return column->is_not_null;
}

const char *AddColumn(const Case &c) {
  auto *column = c.As<ColumnDef>();
  if (column == nullptr || !IsA(column, ColumnDef) || column->typeName == nullptr) return nullptr;
  const char *text = Format("ALTER TABLE {} ADD COLUMN {} {};\n", c.Table(), c.Column(), TypeSql(column->typeName));
  const char *value = "<value>";
  if (const Node *raw = DefaultOf(column)) {
    if (const char *expr = ExpressionSql(c.effect.target->oid, raw, EXPR_KIND_COLUMN_DEFAULT)) value = expr;
    text = Format("{}ALTER TABLE {} ALTER COLUMN {} SET DEFAULT {};\n", text, c.Table(), c.Column(), value);
  }
  text = Format("{}{}", text, Backfill(c, c.Column(), value));
  if (IsNotNull(column)) text = Format("{}{}", text, NotNullSteps(c, c.effect.column));
  return text;
}

const char *AddColumnThenCheck(const Case &c) {
  auto *column = c.As<ColumnDef>();
  if (column == nullptr) return nullptr;
  return Format(
      "ALTER TABLE {0} ADD COLUMN {1} {2};\nALTER TABLE {0} ADD CONSTRAINT {3} CHECK (<condition>) NOT VALID;\n{4}"
      "ALTER TABLE {0} VALIDATE CONSTRAINT {3};",
      c.Table(), c.Column(), TypeSql(column->typeName),
      QuoteIdent(HelperName(c.effect.target, c.effect.column, "check")), kLater);
}

const char *AddColumnThenForeignKey(const Case &c) {
  auto *column = c.As<ColumnDef>();
  if (column == nullptr) return nullptr;
  return Format(
      "ALTER TABLE {0} ADD COLUMN {1} {2};\nALTER TABLE {0} ADD CONSTRAINT {3} FOREIGN KEY ({1}) REFERENCES {4} NOT VALID;\n{5}"
      "ALTER TABLE {0} VALIDATE CONSTRAINT {3};",
      c.Table(), c.Column(), TypeSql(column->typeName),
      QuoteIdent(HelperName(c.effect.target, c.effect.column, "fkey")), RelationSql(c.effect.other), kLater);
}

const char *ChangeType(const Case &c) {
  auto *column = c.As<ColumnDef>();
  if (column == nullptr || column->typeName == nullptr) return nullptr;
  const char *fresh = QuoteIdent(makeObjectName(c.effect.column, "new", nullptr));
  const char *type = TypeSql(column->typeName);
  return Format(
      "ALTER TABLE {0} ADD COLUMN {1} {2};\n"
      "-- a BEFORE INSERT OR UPDATE trigger keeps {1} equal to {3}\n"
      "-- backfill in batches of a few thousand rows, committing each:\n"
      "UPDATE {0} SET {1} = {3}::{2} WHERE <key range>;\n"
      "-- build its indexes concurrently, switch readers and writers to {1}, then drop {3}",
      c.Table(), fresh, type, c.Column());
}

const char *RenameTable(const Case &c) {
  auto *rename = c.As<RenameStmt>();
  if (rename == nullptr || !IsA(rename, RenameStmt)) return nullptr;
  const char *fresh = QualifiedName(c.effect.target->schema, rename->newname);
  return Format(
      "-- both in one transaction, so that the old name never fails:\n"
      "BEGIN;\nSET LOCAL ddlguard.bypass = '<reason>';\nALTER TABLE {} RENAME TO {};\nCREATE VIEW {} AS SELECT * FROM {};\nCOMMIT;",
      c.Table(), QuoteIdent(rename->newname), c.Table(), fresh);
}

const char *RenameColumn(const Case &c) {
  auto *rename = c.As<RenameStmt>();
  if (rename == nullptr || !IsA(rename, RenameStmt)) return nullptr;
  return Format(
      "ALTER TABLE {0} ADD COLUMN {1} <type of {2}>;\n"
      "-- write both, backfill {1} in batches, read {1}, and drop {2} when nothing uses it any more",
      c.Table(), QuoteIdent(rename->newname), c.Column());
}

const char *Vacuum(const Case &c) {
  return Format("VACUUM (ANALYZE) {};\n-- or a tool that rewrites online", c.Table());
}

const char *Reindex(const Case &c) {
  const char *words[] = {"index", "table", "schema", "database"};
  for (const char *word : words)
    if (const char *sql = InsertAfterKeyword(c.statement, word, "CONCURRENTLY")) return Format("{}{};", kAlone, sql);
  return nullptr;
}

const char *Refresh(const Case &c) {
  const char *sql = InsertAfterKeyword(c.statement, "view", "CONCURRENTLY");
  return sql == nullptr ? nullptr : Format("-- needs a unique index on the view:\n{};", sql);
}

const char *DropIndex(const Case &c) {
  const char *sql = InsertAfterKeyword(c.statement, "index", "CONCURRENTLY");
  return sql == nullptr ? nullptr : Format("{}{};", kAlone, sql);
}

const char *CommitFirst(const Case &c) {
  return Format("COMMIT;\n-- then, in a transaction of its own:\n{};", c.statement);
}

const char *DropColumn(const Case &c) {
  return Format(
      "-- 1. release code that neither reads nor writes {0}\n"
      "-- 2. ALTER TABLE {1} ALTER COLUMN {0} DROP NOT NULL;\n"
      "-- 3. when nothing has used it for some days, drop it with a recorded reason",
      c.Column(), c.Table());
}

using Builder = const char *(*)(const Case &);
struct Entry {
  Why why;
  Builder build;
};

constexpr Entry kRecipes[] = {
    {Why::create_index_blocking, CreateIndex},
    {Why::partitioned_index_build, CreatePartitionedIndex},
    {Why::add_unique_builds_index, AddKey},
    {Why::add_pk_builds_index, AddKey},
    {Why::set_not_null_scan, SetNotNull},
    {Why::set_not_null_without_default, SetNotNull},
    {Why::add_pk_nullable_scan, SetNotNull},
    {Why::add_check_validates, AddCheck},
    {Why::add_fk_validates, AddForeignKey},
    {Why::add_column_volatile_default, AddColumn},
    {Why::add_column_serial, AddColumn},
    {Why::add_column_identity, AddColumn},
    {Why::add_column_generated_stored, AddColumn},
    {Why::add_column_constrained_domain, AddColumn},
    {Why::add_required_column, AddColumn},
    {Why::add_column_inline_check, AddColumnThenCheck},
    {Why::add_column_fk_with_default, AddColumnThenForeignKey},
    {Why::alter_column_type_rewrite, ChangeType},
    {Why::type_narrowing, ChangeType},
    {Why::type_change_breaks_clients, ChangeType},
    {Why::rename_table, RenameTable},
    {Why::rename_column, RenameColumn},
    {Why::vacuum_full, Vacuum},
    {Why::cluster, Vacuum},
    {Why::reindex_blocking, Reindex},
    {Why::refresh_matview_blocking, Refresh},
    {Why::drop_index_blocking, DropIndex},
    {Why::drop_column, DropColumn},
    {Why::validate_while_holding_locks, CommitFirst},
    {Why::not_valid_validate_same_tx, CommitFirst},
    {Why::bulk_dml_after_ddl_lock, CommitFirst},
};

}  // namespace

const char *Recipe(const Effect &effect, const char *statement) {
  for (const Entry &entry : kRecipes) {
    if (entry.why != effect.why) continue;
    const char *text = entry.build({effect, statement});
    if (text == nullptr) return nullptr;
    size_t length = strlen(text);
    while (length > 0 && text[length - 1] == '\n') --length;
    return pnstrdup(text, length);
  }
  return nullptr;
}

}  // namespace ddlguard
