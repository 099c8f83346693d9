/*
 * Constraints of domains: new values are checked at once; the rows that are there on record, since reading them
 * stops writers.
 */
#include "recipes/recipe.h"

namespace ddlguard {

namespace {

const char *DomainSql(const List *names, const char **name, Oid *namespace_oid) {
  const Oid type = typenameTypeId(nullptr, makeTypeNameFromNameList(const_cast<List *>(names)));
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  auto form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
  *name = pstrdup(NameStr(form->typname));
  *namespace_oid = form->typnamespace;
  ReleaseSysCache(tuple);
  return QualifiedName(get_namespace_name(*namespace_oid), *name);
}

const char *Window(const Case &c) {
  return Format(
      "a maintenance window, since nobody can write to the tables that use the domain ({} and maybe others) "
      "while they are read",
      c.Table());
}

}  // namespace

void AddDomainConstraint(const Case &c, Plan &plan) {
  auto *stmt = c.As<AlterDomainStmt>(T_AlterDomainStmt);
  if (stmt == nullptr || stmt->def == nullptr) return;
  const char *name;
  Oid namespace_oid;
  const char *domain = DomainSql(stmt->typeName, &name, &namespace_oid);
  if (domain == nullptr) return;
  const char *given = reinterpret_cast<const Constraint *>(stmt->def)->conname;
  const char *constraint =
      QuoteIdent(given != nullptr ? given : ChooseConstraintName(name, nullptr, "check", namespace_oid, NIL));
  plan.Add({.sql = Format("{} NOT VALID", c.statement),
            .back_out = Format("ALTER DOMAIN {} DROP CONSTRAINT {}", domain, constraint)});
  plan.Add({.phase = Phase::validate,
            .sql = Format("ALTER DOMAIN {} VALIDATE CONSTRAINT {}", domain, constraint),
            .wait_for = Window(c),
            .on_record = true});
}

void SetDomainNotNull(const Case &c, Plan &plan) {
  auto *stmt = c.As<AlterDomainStmt>(T_AlterDomainStmt);
  if (stmt == nullptr) return;
  const char *name;
  Oid namespace_oid;
  const char *domain = DomainSql(stmt->typeName, &name, &namespace_oid);
  if (domain == nullptr) return;
  const char *helper = QuoteIdent(ChooseConstraintName(name, nullptr, "filled", namespace_oid, NIL));
  const char *drop = Format("ALTER DOMAIN {} DROP CONSTRAINT {}", domain, helper);
  plan.Add({.sql = Format("ALTER DOMAIN {} ADD CONSTRAINT {} CHECK (VALUE IS NOT NULL) NOT VALID", domain, helper),
            .back_out = drop});
  plan.Add({.phase = Phase::validate,
            .sql = Format("{};\n{}", c.statement, drop),
            .wait_for = Window(c),
            .on_record = true});
}

void ValidateDomain(const Case &c, Plan &plan) {
  plan.Add({.phase = Phase::validate, .sql = c.statement, .wait_for = Window(c), .on_record = true});
}

}  // namespace ddlguard
