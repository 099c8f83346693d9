/*
 * Row security and publications: what keeps running code working is there first, and goes on record.
 */
#include "pg/catalog.h"
#include "recipes/recipe.h"

namespace ddlguard {

/* A policy that lets everybody do what privileges allow: with it, nothing changes when row security comes. */
void EnableRowSecurity(const Case &c, Plan &plan) {
  if (c.Parsed<AlterTableStmt>(T_AlterTableStmt) == nullptr) return AfterRelease(c, plan); /* the last policy goes */
  const char *policy = QuoteIdent(makeObjectName(c.effect.target->name, nullptr, "everybody"));
  const char *create = Format("CREATE POLICY {} ON {} USING (true) WITH CHECK (true)", policy, c.Table());
  const char *drop = Format("DROP POLICY {} ON {}", policy, c.Table());
  plan.Add({.sql = create, .back_out = drop});
  plan.Add({.phase = Phase::switch_over,
            .sql = c.statement,
            .back_out = Format("ALTER TABLE {} DISABLE ROW LEVEL SECURITY", c.Table())});
  plan.Add({.phase = Phase::contract,
            .run_by = RunBy::deploy,
            .wait_for = Format("the policies are there that give every role the rows of {} that it needs", c.Table())});
  plan.Add({.phase = Phase::contract, .sql = drop, .back_out = create, .on_record = true});
}

/* The whole old row names it until there is a key. */
void PublishTable(const Case &c, Plan &plan) {
  const Target *table = c.effect.target;
  int tables = 0;
  if (auto *create = c.Parsed<CreatePublicationStmt>(T_CreatePublicationStmt)) tables = list_length(create->pubobjects);
  if (auto *alter = c.Parsed<AlterPublicationStmt>(T_AlterPublicationStmt)) tables = list_length(alter->pubobjects);
  if (tables != 1 || table->relkind != RELKIND_RELATION || !OidIsValid(table->oid)) return AfterRelease(c, plan);
  Relation rel = OpenUnlocked(table->oid);
  if (rel == nullptr) return;
  const char identity = rel->rd_rel->relreplident;
  CloseUnlocked(rel);
  if (identity != REPLICA_IDENTITY_DEFAULT && identity != REPLICA_IDENTITY_NOTHING) return AfterRelease(c, plan);
  const char *full = Format("ALTER TABLE {} REPLICA IDENTITY FULL", c.Table());
  const char *back = Format("ALTER TABLE {} REPLICA IDENTITY {}", c.Table(),
                            identity == REPLICA_IDENTITY_NOTHING ? "NOTHING" : "DEFAULT");
  plan.Add({.sql = full, .back_out = back});
  plan.Add({.phase = Phase::switch_over, .sql = c.statement});
  plan.Add({.phase = Phase::contract,
            .sql = back,
            .wait_for = Format("{} has a primary key, or nothing but INSERT happens to it", c.Table()),
            .back_out = full,
            .on_record = true});
}

}  // namespace ddlguard
