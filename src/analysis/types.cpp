/*
 * ALTER DOMAIN and ALTER TYPE ... (attributes of composite types).
 *
 * A type has no rows of its own: what these statements scan, rewrite or break are the tables that use
 * it, however deep inside arrays, domains and composite types.
 */
#include "analysis/dependency.h"
#include "analysis/drop_effects.h"
#include "analysis/enums.h"
#include "analysis/known_values.h"
#include "analysis/named_object.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool HasStorage(Oid relation) {
  char relkind = get_rel_relkind(relation);
  return RELKIND_HAS_STORAGE(relkind) || relkind == RELKIND_PARTITIONED_TABLE;
}

/* The domain itself or a domain over it: these PostgreSQL scans.  Arrays and composites it refuses. */
bool IsDomainOver(Oid type, Oid domain) {
  for (int depth = 0; depth < 64; ++depth) {
    if (type == domain) return true;
    if (get_typtype(type) != TYPTYPE_DOMAIN) return false;
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple)) return false;
    type = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typbasetype;
    ReleaseSysCache(tuple);
  }
  return false;
}

/* Does a row that leaves the column out hold NULL there? */
bool IsNullByDefault(const TypeUse &use) {
  HeapTuple tuple = SearchSysCache2(ATTNUM, ObjectIdGetDatum(use.relation), Int16GetDatum(use.attnum));
  if (!HeapTupleIsValid(tuple)) return false;
  auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
  const bool null = !attribute->atthasdef && !attribute->attnotnull && attribute->attidentity == '\0';
  ReleaseSysCache(tuple);
  return null && get_typdefault(use.type) == nullptr;
}

/* Every table and matview with a column of the domain is read under the lock, whole. */
void ScanUsersOfDomain(Analysis &a, Oid domain, Why why, LOCKMODE lock, const Node *node) {
  Array<TypeUse> uses = UsesOfType(domain);
  for (const TypeUse &use : uses)
    if (!IsDomainOver(use.type, domain) && HasStorage(use.relation)) return;
  Array<Oid> done;
  for (const TypeUse &use : uses) {
    char relkind = get_rel_relkind(use.relation);
    if ((relkind != RELKIND_RELATION && relkind != RELKIND_MATVIEW) || done.Contains(use.relation)) continue;
    done.Add(use.relation);
    const Target *table = a.Look(use.relation);
    if (table == nullptr) continue;
    a.Add({.why = why,
           .target = table,
           .lock = lock,
           .work = Work::scan,
           .size = table->Own(),
           .column = ColumnName(use.relation, use.attnum),
           .node = node});
    if (why == Why::domain_set_not_null_scan && relkind == RELKIND_RELATION && IsNullByDefault(use))
      a.Add({.why = Why::set_not_null_without_default,
             .target = table,
             .lock = lock,
             .column = ColumnName(use.relation, use.attnum)});
  }
}

/* A CHECK that is NOT VALID: no row is read. */
void AddRefusedRows(Analysis &a, Oid domain, const Constraint *check) {
  Node *condition = AnalyseDomainCheck(domain, check->raw_expr);
  for (const TypeUse &use : UsesOfType(domain)) {
    if (!IsDomainOver(use.type, domain) || get_rel_relkind(use.relation) != RELKIND_RELATION) continue;
    const double share = RefusedShare(a, use.relation, condition, use.attnum);
    const Target *table = share > 0 ? a.Look(use.relation) : nullptr;
    if (table != nullptr)
      a.Add({.why = Why::check_refuses_rows, .target = table, .column = check->conname, .fact = ShareOfRows(share)});
  }
}

bool DomainIsNotNull(Oid domain) {
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(domain));
  if (!HeapTupleIsValid(tuple)) return false;
  bool not_null = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typnotnull;
  ReleaseSysCache(tuple);
  return not_null;
}

}  // namespace

void AnalyzeAlterDomain(Analysis &a, const AlterDomainStmt *stmt) {
  Oid domain = AlterableType(a, stmt->typeName);
  if (!OidIsValid(domain) || get_typtype(domain) != TYPTYPE_DOMAIN) return;
  const Node *node = reinterpret_cast<const Node *>(stmt);
  switch (static_cast<char>(stmt->subtype)) {
    case 'O':
      if (!DomainIsNotNull(domain)) ScanUsersOfDomain(a, domain, Why::domain_set_not_null_scan, ShareLock, node);
      break;
    case 'C': {
      if (stmt->def == nullptr || !IsA(stmt->def, Constraint)) break;
      auto constraint = reinterpret_cast<const Constraint *>(stmt->def);
      /* PostgreSQL refuses a name that is taken before it reads a row. */
      if (!a.ledger.script && constraint->conname != nullptr &&
          OidIsValid(get_domain_constraint_oid(domain, constraint->conname, true)))
        break;
      if (constraint->contype == CONSTR_NOTNULL) {
        if (!DomainIsNotNull(domain)) ScanUsersOfDomain(a, domain, Why::domain_set_not_null_scan, ShareLock, node);
      } else if (constraint->contype == CONSTR_CHECK && !constraint->skip_validation) {
        ScanUsersOfDomain(a, domain, Why::domain_add_constraint_scan, ShareLock, node);
      } else if (constraint->contype == CONSTR_CHECK) {
        AddRefusedRows(a, domain, constraint);
      }
      break;
    }
    case 'V':
      /* A constraint that is valid already is checked again all the same. */
      if (!OidIsValid(get_domain_constraint_oid(domain, stmt->name, true)) && !a.ledger.script) break;
      ScanUsersOfDomain(a, domain, Why::domain_validate_blocks_writes, ShareLock, node);
      break;
    default:
      /* Defaults, DROP NOT NULL and DROP CONSTRAINT touch no table. */
      break;
  }
}

/* ALTER TYPE ... ADD | DROP | ALTER ATTRIBUTE. */
void AnalyzeAlterCompositeType(Analysis &a, const AlterTableStmt *stmt) {
  Oid relation = RangeVarGetRelid(stmt->relation, NoLock, true);
  if (!OidIsValid(relation) || get_rel_relkind(relation) != RELKIND_COMPOSITE_TYPE) return;
  if (!OwnsRelation(relation, ActingRole())) return;
  Oid type = get_rel_type_id(relation);
  if (CreatedInTransaction(TypeRelationId, type, 0) || CreatedInTransaction(RelationRelationId, relation, 0)) return;
  Array<TypeUse> uses = UsesOfType(type);

  bool retypes = false;
  for (const AlterTableCmd *cmd : Each<const AlterTableCmd>(stmt->cmds)) {
    retypes |= cmd->subtype == AT_AlterColumnType;
    if (cmd->name != nullptr && get_attnum(relation, cmd->name) == InvalidAttrNumber) return;
    for (const TypeUse &use : uses)
      if (use.attnum == 0 && cmd->behavior != DROP_CASCADE) return; /* typed tables need CASCADE */
  }
  if (retypes)
    for (const TypeUse &use : uses)
      if (use.attnum != 0 && HasStorage(use.relation)) return; /* refused: a column stores the type */

  for (const AlterTableCmd *cmd : Each<const AlterTableCmd>(stmt->cmds)) {
    for (const TypeUse &use : uses) {
      const Target *table = a.Look(use.relation, true);
      if (table == nullptr || !table->Live() || get_rel_relispartition(use.relation)) continue;
      if (use.attnum != 0) {
        a.Add({.why = Why::composite_type_alter,
               .target = table,
               .column = ColumnName(use.relation, use.attnum),
               .fact = Format("column {} uses the type", ColumnName(use.relation, use.attnum))});
      } else if (cmd->subtype == AT_AlterColumnType) {
        AnalyzeColumnType(a, table, cmd, AccessExclusiveLock);
      } else if (cmd->subtype == AT_DropColumn) {
        if (get_attnum(use.relation, cmd->name) != InvalidAttrNumber)
          a.Add({.why = Why::drop_column,
                 .target = table,
                 .lock = AccessExclusiveLock,
                 .column = cmd->name,
                 .fact = "it is a typed table of the type"});
      } else {
        AddLock(a, table, AccessExclusiveLock);
      }
    }
  }
}

}  // namespace ddlguard
