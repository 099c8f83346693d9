/*
 * ADD COLUMN: nullable first, then its default, then the rows that there are, then what it demands.
 *
 * What only needs its constraints staged keeps a default that rewrites nothing.
 *
 * An identity column must be NOT NULL before it can number rows.  So it begins with a constant, which
 * PostgreSQL stores once, and becomes an identity in the same transaction; the job then gives a number
 * to every row that still has the constant.
 *
 * No way out, since nothing but a rewrite makes the same column: stored generated columns, and
 * domains with constraints.
 */
#include "recipes/commands.h"
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

struct NewColumn {
  const ColumnDef *def;
  const Constraint *identity = nullptr;
  const Node *value = nullptr; /* its default */
  const Constraint *not_null = nullptr;
  bool required = false;
  bool generated = false;
  Array<const Constraint *> checks;
  Array<const Constraint *> keys;
  Array<const Constraint *> foreign_keys;

  const char *Name() const { return QuoteIdent(def->colname); } /* an effect may be about its constraint */
};

/* The parser leaves DEFERRABLE and its like as constraints of their own, after what they are about. */
NewColumn Read(const ColumnDef *def) {
  NewColumn column = {.def = def};
  column.value = def->raw_default;
  column.required = def->is_not_null;
  Constraint *last = nullptr;
  for (const Constraint *each : Each<Constraint>(def->constraints)) {
    auto *constraint = static_cast<Constraint *>(copyObjectImpl(each));
    switch (static_cast<int>(constraint->contype)) {
      case CONSTR_DEFAULT:
        column.value = constraint->raw_expr;
        break;
      case CONSTR_NOTNULL:
        column.not_null = constraint;
        column.required = true;
        break;
      case CONSTR_GENERATED:
        column.generated = true;
        break;
      case CONSTR_IDENTITY:
        column.identity = constraint;
        break;
      case CONSTR_CHECK:
        column.checks.Add(constraint);
        break;
      case CONSTR_PRIMARY:
        column.required = true;
        [[fallthrough]];
      case CONSTR_UNIQUE:
        column.keys.Add(constraint);
        break;
      case CONSTR_FOREIGN:
        column.foreign_keys.Add(constraint);
        break;
      case CONSTR_ATTR_DEFERRED:
        if (last != nullptr) last->initdeferred = true;
        [[fallthrough]];
      case CONSTR_ATTR_DEFERRABLE:
        if (last != nullptr) last->deferrable = true;
        continue;
      default:
        continue;
    }
    last = constraint;
  }
  return column;
}

/* "c text COLLATE x" */
const char *Definition(const ColumnDef *def) {
  const char *text = Format("{} {}", QuoteIdent(def->colname), TypeSql(def->typeName));
  if (const char *storage = StorageOf(def)) text = Format("{} STORAGE {}", text, storage);
  if (def->compression != nullptr) text = Format("{} COMPRESSION {}", text, QuoteIdent(def->compression));
  if (def->collClause != nullptr) text = Format("{} COLLATE {}", text, NameListSql(def->collClause->collname));
  return text;
}

const char *SetDefaultSql(const char *column, const char *value) {
  return Format("ALTER COLUMN {} SET DEFAULT {}", column, value);
}

/* Rewrites that a default causes; other findings leave it where it is. */
bool MustBackfill(Why why) { return why == Why::add_column_volatile_default || why == Why::add_column_serial; }

void AddSerial(const Case &c, Plan &plan, const NewColumn &column) {
  const Target *table = c.effect.target;
  const char *name = NewSequenceName(plan, table->oid, column.def->colname);
  const char *sequence = QualifiedName(table->schema, name);
  const char *value = Format("nextval({}::regclass)", static_cast<const char *>(quote_literal_cstr(sequence)));
  const char *owner = table->owner == GetUserId() ? ""
                                                  : Format("ALTER SEQUENCE {} OWNER TO {};\n", sequence,
                                                           QuoteIdent(GetUserNameFromId(table->owner, true)));
  plan.Add({.sql = Format("CREATE SEQUENCE {0} AS {1};\n"
                          "{2}"
                          "ALTER TABLE {3} ADD COLUMN {4}, {5};\n"
                          "ALTER SEQUENCE {0} OWNED BY {3}.{6}",
                          sequence, TypeSql(column.def->typeName), owner, c.Table(), Definition(column.def),
                          SetDefaultSql(column.Name(), value), column.Name()),
            .back_out = Format("ALTER TABLE {} DROP COLUMN {}", c.Table(), column.Name())});
  AddBackfillSteps(plan, table, Format("{} = {}", column.Name(), value), Format("{} IS NULL", column.Name()));
}

/* The options of GENERATED ... AS IDENTITY (...), as written. */
const char *IdentityOptions(const char *text) {
  const char *options = text == nullptr ? nullptr : ParenthesisAfter(text, "identity", 0);
  return options == nullptr ? "" : Format(" {}", options);
}

const char *LeastOf(const char *type) {
  return Equal(type, "smallint") ? "-32768" : Equal(type, "integer") ? "-2147483648" : "-9223372036854775808";
}

void AddIdentity(const Case &c, Plan &plan, const NewColumn &column, const char *text) {
  const char *constant = LeastOf(TypeSql(column.def->typeName));
  const char *kind = column.identity->generated_when == ATTRIBUTE_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT";
  const char *not_null = column.not_null != nullptr && column.not_null->conname != nullptr && kNotNullIsConstraint
                             ? Format("CONSTRAINT {} NOT NULL", QuoteIdent(column.not_null->conname))
                             : "NOT NULL";
  plan.Add(
      {.sql = Format("ALTER TABLE {0} ADD COLUMN {1} {2} DEFAULT {3};\n"
                     "ALTER TABLE {0} ALTER COLUMN {4} DROP DEFAULT,"
                     " ALTER COLUMN {4} ADD GENERATED {5} AS IDENTITY{6}",
                     c.Table(), Definition(column.def), not_null, constant, column.Name(), kind, IdentityOptions(text)),
       .back_out = Format("ALTER TABLE {} DROP COLUMN {}", c.Table(), column.Name())});
  AddBackfillSteps(plan, c.effect.target, Format("{} = DEFAULT", column.Name()),
                   Format("{} = {}", column.Name(), constant));
}

/* The column, with every row filled; false when that cannot be. */
bool AddFilled(const Case &c, Plan &plan, const NewColumn &column) {
  const char *back_out = Format("ALTER TABLE {} DROP COLUMN {}", c.Table(), column.Name());
  const char *value =
      column.value == nullptr ? nullptr : ExpressionSql(c.Relation(), column.value, EXPR_KIND_COLUMN_DEFAULT);
  const char *definition = Definition(column.def);
  if (value == nullptr && MustBackfill(c.effect.why)) return false; /* the default of its type */
  if (value != nullptr && MustBackfill(c.effect.why)) {
    plan.Add(
        {.sql = Format("ALTER TABLE {} ADD COLUMN {}, {}", c.Table(), definition, SetDefaultSql(column.Name(), value)),
         .back_out = back_out});
    AddBackfillSteps(plan, c.effect.target, Format("{} = {}", column.Name(), value),
                     Format("{} IS NULL", column.Name()));
    return true;
  }
  if (value != nullptr) definition = Format("{} DEFAULT {}", definition, value);
  plan.Add({.sql = Format("ALTER TABLE {} ADD COLUMN {}", c.Table(), definition), .back_out = back_out});
  if (column.required && value == nullptr)
    plan.Add({.phase = Phase::backfill,
              .run_by = RunBy::deploy,
              .wait_for = Format("every running release writes {0}, and every row has a value in it", column.Name())});
  return true;
}

}  // namespace

void AddColumn(const Case &c, Plan &plan) {
  auto *def = c.As<ColumnDef>(T_ColumnDef);
  if (def == nullptr || def->typeName == nullptr) return;
  const NewColumn column = Read(def);
  const char *text = AddColumnText(c.statement, def->colname);
  if (column.generated || HasConstrainedDomain(def->typeName)) return;
  if (!column.checks.Empty() && text == nullptr) return;

  const Target *table = c.effect.target;
  if (column.identity != nullptr) AddIdentity(c, plan, column, text);
  else if (IsSerial(def->typeName)) AddSerial(c, plan, column);
  else if (!AddFilled(c, plan, column)) return;

  const bool required = (column.required && column.identity == nullptr) || IsSerial(def->typeName);
  if (required)
    AddNotNullSteps(plan, table, def->colname, column.not_null == nullptr ? nullptr : column.not_null->conname);
  for (int i = 0; i < column.checks.count; ++i) {
    const Constraint *check = column.checks[i];
    const char *name = check->conname != nullptr ? check->conname : NewCheckName(plan, table->oid, check->raw_expr);
    AddValidatedSteps(plan, c.Table(), QuoteIdent(name), CheckDefinition(table->oid, check, text, i));
  }
  const List *columns = list_make1(makeString(def->colname));
  for (const Constraint *key : column.keys) AddKeySteps(plan, table, key, columns, true);
  for (const Constraint *key : column.foreign_keys) AddForeignKeySteps(plan, table, key, columns);
}

}  // namespace ddlguard
