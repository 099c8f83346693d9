/*
 * ALTER TABLE ... ADD COLUMN, from the raw column definition: default, identity, generated, domain,
 * inline constraints.  What rewrites follows ATExecAddColumn and StoreAttrDefault.
 */
#include "analysis/add_column.h"

#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

struct ColumnParts {
  const Node *default_expr = nullptr;
  const Constraint *generated = nullptr;
  const Constraint *identity = nullptr;
  const Constraint *primary = nullptr;
  bool not_null = false;
};

ColumnParts PartsOf(const ColumnDef *column) {
  ColumnParts parts;
  parts.default_expr = column->raw_default;
  parts.not_null = column->is_not_null;
  for (const Constraint *constraint : Each<Constraint>(column->constraints)) {
    if (constraint->contype == CONSTR_DEFAULT) parts.default_expr = constraint->raw_expr;
    if (constraint->contype == CONSTR_NOTNULL) parts.not_null = true;
    if (constraint->contype == CONSTR_GENERATED) parts.generated = constraint;
    if (constraint->contype == CONSTR_IDENTITY) parts.identity = constraint;
    if (constraint->contype == CONSTR_PRIMARY) parts.primary = constraint;
  }
  return parts;
}

/* serial and its kin are words of the grammar, not types (transformColumnDefinition). */
bool IsSerial(const TypeName *type) {
  if (type == nullptr || list_length(type->names) != 1 || type->pct_type || type->arrayBounds != NIL) return false;
  static constexpr const char *kSerials[] = {"smallserial", "serial2", "serial", "serial4", "bigserial", "serial8"};
  const char *name = strVal(linitial(type->names));
  if (strstr(name, "serial") == nullptr) return false;
  for (const char *serial : kSerials)
    if (Equal(name, serial)) return true;
  return false;
}

/* Is it volatile once planned?  Inlining can make a volatile-looking call harmless. */
bool DefaultIsVolatile(Oid table, const ColumnDef *column, const Node *raw, Oid type, int32 typmod) {
  ParseState *pstate = make_parsestate(nullptr);
  Node *copy = static_cast<Node *>(copyObjectImpl(raw));
  Node *expr = cookDefault(pstate, copy, type, typmod, column->colname, '\0');
  return contain_volatile_functions(PlanExpression(table, expr));
}

bool StoredGenerated(const Constraint *generated) {
#if PG_VERSION_NUM >= 180000
  return generated->generated_kind == ATTRIBUTE_GENERATED_STORED;
#else
  return generated != nullptr;
#endif
}

/* Why the new column makes PostgreSQL write the table anew; lock_only when it does not. */
Why RewriteReason(Oid table, const ColumnDef *column, const ColumnParts &parts) {
  if (parts.identity != nullptr) return Why::add_column_identity;
  if (parts.generated != nullptr)
    return StoredGenerated(parts.generated) ? Why::add_column_generated_stored : Why::lock_only;
  if (IsSerial(column->typeName)) return Why::add_column_serial;
  int32 typmod = -1;
  Type type = LookupTypeName(nullptr, column->typeName, &typmod, true);
  if (type == nullptr) return Why::lock_only; /* unknown, or made by the script: a new type is no domain with rows */
  const Oid type_oid = typeTypeId(type);
  const bool is_domain = reinterpret_cast<Form_pg_type>(GETSTRUCT(type))->typtype == TYPTYPE_DOMAIN;
  const bool has_default = !heap_attisnull(type, Anum_pg_type_typdefaultbin, nullptr);
  ReleaseSysCache(type);
  if (is_domain && DomainIsConstrained(type_oid)) return Why::add_column_constrained_domain;
  const Node *raw = parts.default_expr;
  if (raw != nullptr && !IsNullLiteral(raw) && DefaultIsVolatile(table, column, raw, type_oid, typmod))
    return Why::add_column_volatile_default;
  if (raw == nullptr && has_default) {
    /* The type's own default counts like one written here. */
    Node *type_default = get_typdefault(type_oid);
    if (type_default != nullptr && contain_volatile_functions(type_default)) return Why::add_column_volatile_default;
  }
  return Why::lock_only;
}

/* A CHECK constraint over the column, or any when that is invalid. */
bool HasCheckConstraint(Oid relation, AttrNumber attnum) {
  bool found = false;
  ForEachConstraint(relation, [&](Form_pg_constraint form, HeapTuple tuple) {
    if (form->contype != CONSTRAINT_CHECK) return;
    AttrNumber columns[INDEX_MAX_KEYS * 4];
    const int count = ConstraintColumns(tuple, Anum_pg_constraint_conkey, columns, lengthof(columns));
    for (int i = 0; i < count; ++i) found = found || columns[i] == attnum;
    found = found || attnum == InvalidAttrNumber;
  });
  return found;
}

/* Does NOT ENFORCED follow the constraint?  In a column definition it is a node of its own. */
bool IsNotEnforced(const ColumnDef *column, const Constraint *constraint) {
#if PG_VERSION_NUM >= 180000
  bool after = false;
  for (const Constraint *each : Each<Constraint>(column->constraints)) {
    if (after && each->contype == CONSTR_ATTR_NOT_ENFORCED) return true;
    if (each->contype < CONSTR_ATTR_DEFERRABLE) after = each == constraint;
  }
#endif
  return false;
}

bool TypeHasDefault(const TypeName *type) {
  Type tuple = LookupTypeName(nullptr, type, nullptr, true);
  if (tuple == nullptr) return false;
  Oid oid = typeTypeId(tuple);
  ReleaseSysCache(tuple);
  return get_typdefault(oid) != nullptr;
}

/* Has every row a value? */
bool IsFilled(const ColumnDef *column, const ColumnParts &parts) {
  if (parts.identity != nullptr || parts.generated != nullptr || IsSerial(column->typeName)) return true;
  return parts.default_expr != nullptr ? !IsNullLiteral(parts.default_expr) : TypeHasDefault(column->typeName);
}

/*
 * Are the rows that there are looked up in the table that an inline foreign key references?  Only where the column
 * itself has a default expression, even a null one (transformAlterTableStmt): an identity column has none.
 */
bool ChecksForeignKey(const ColumnDef *column, const ColumnParts &parts) {
  return parts.default_expr != nullptr || parts.generated != nullptr || IsSerial(column->typeName);
}

}  // namespace

bool AddsNullableColumn(const AlterTableStmt *stmt, const char *name) {
  for (const AlterTableCmd *cmd : Each<AlterTableCmd>(stmt->cmds)) {
    if (cmd->subtype != AT_AddColumn) continue;
    auto *column = reinterpret_cast<const ColumnDef *>(cmd->def);
    if (!Equal(column->colname, name)) continue;
    const ColumnParts parts = PartsOf(column);
    return !parts.not_null && parts.primary == nullptr && parts.identity == nullptr && !IsSerial(column->typeName);
  }
  return false;
}

void AnalyzeAddColumn(Analysis &a, const Target *table, const AlterTableStmt *stmt, const AlterTableCmd *cmd,
                      LOCKMODE lock) {
  auto *column = reinterpret_cast<const ColumnDef *>(cmd->def);
  if (!OidIsValid(table->oid)) return;
  bool exists = get_attnum(table->oid, column->colname) != InvalidAttrNumber;
  if (exists) return; /* IF NOT EXISTS: a no-op; else PostgreSQL refuses it */

  if (a.Wants(Why::add_column_breaks_cached_plans))
    a.Add({.why = Why::add_column_breaks_cached_plans, .target = table, .lock = lock, .column = column->colname});
  AddCompression(a, table, column->colname, column->compression, lock);

  ColumnParts parts = PartsOf(column);
  const bool stored = table->relkind == RELKIND_RELATION || table->relkind == RELKIND_PARTITIONED_TABLE;
  if (stored) {
    Why why = RewriteReason(table->oid, column, parts);
    if (why != Why::lock_only)
      a.Add({.why = why,
             .target = table,
             .lock = lock,
             .work = Work::rewrite,
             .column = column->colname,
             .node = reinterpret_cast<const Node *>(column)});
  }
  if ((parts.not_null || parts.primary != nullptr) && !IsFilled(column, parts))
    a.Add({.why = Why::add_required_column,
           .target = table,
           .lock = lock,
           .column = column->colname,
           .node = reinterpret_cast<const Node *>(column)});

  /* No value is stored, so none is known not to be null. */
  if (parts.not_null && parts.generated != nullptr && !StoredGenerated(parts.generated))
    a.Add({.why = Why::add_not_null_constraint_validates,
           .target = table,
           .lock = lock,
           .work = Work::scan,
           .column = column->colname,
           .node = reinterpret_cast<const Node *>(column)});

  for (const Constraint *constraint : Each<Constraint>(column->constraints)) {
    switch (constraint->contype) {
      case CONSTR_CHECK:
        if (IsNotEnforced(column, constraint)) {
          a.Add({.why = Why::not_enforced_constraint, .target = table, .lock = lock, .column = column->colname});
          break;
        }
        if (constraint->skip_validation) break;
        a.Add({.why = Why::add_column_inline_check,
               .target = table,
               .lock = lock,
               .work = Work::scan,
               .column = column->colname,
               .node = reinterpret_cast<const Node *>(column)});
        break;
      case CONSTR_PRIMARY:
      case CONSTR_UNIQUE:
      case CONSTR_EXCLUSION: {
        const int before = a.effects.count;
        AnalyzeAddConstraint(a, table, stmt, constraint, lock);
        /* The constraint alone does not name its column. */
        for (int i = before; i < a.effects.count; ++i) a.effects[i].node = reinterpret_cast<const Node *>(column);
        break;
      }
      case CONSTR_FOREIGN: {
        const Target *referenced = a.Resolve(constraint->pktable, NoLock);
        if (referenced == nullptr) break;
        a.Add({.why = Why::fk_locks_referenced_table,
               .target = referenced,
               .lock = ShareRowExclusiveLock,
               .other = referenced});
        if (IsNotEnforced(column, constraint))
          a.Add({.why = Why::not_enforced_constraint, .target = table, .lock = lock, .column = column->colname});
        else if (ChecksForeignKey(column, parts))
          a.Add({.why = Why::add_column_fk_with_default,
                 .target = table,
                 .lock = lock,
                 .work = Work::scan,
                 .column = column->colname,
                 .other = referenced,
                 .node = reinterpret_cast<const Node *>(column)});
        break;
      }
      default:
        break;
    }
  }
}

/* A stored column is computed anew for every row.  A virtual one is not, but its NOT NULL and (from 19 on)
 * CHECK constraints are checked; 18 refuses to change it on a table with CHECK constraints. */
void AnalyzeSetExpression(Analysis &a, const Target *table, const AlterTableCmd *cmd, LOCKMODE lock) {
  HeapTuple tuple = SearchSysCacheAttName(table->oid, cmd->name);
  if (!HeapTupleIsValid(tuple)) return;
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const bool stored = attribute->attgenerated == ATTRIBUTE_GENERATED_STORED;
  const AttrNumber attnum = attribute->attnum;
  bool checked = IsVirtual(attribute) && attribute->attnotnull;
  const bool is_virtual = IsVirtual(attribute);
  ReleaseSysCache(tuple);
  if (is_virtual && HasCheckConstraint(table->oid, PG_VERSION_NUM >= 190000 ? attnum : InvalidAttrNumber)) {
    if (PG_VERSION_NUM < 190000) return;
    checked = true;
  }
  if (!stored && !checked) return;
  a.Add({.why = Why::set_expression_rewrite,
         .target = table,
         .lock = lock,
         .work = stored ? Work::rewrite : Work::scan,
         .column = cmd->name});
}

}  // namespace ddlguard
