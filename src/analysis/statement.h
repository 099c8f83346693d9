/*
 * Questions about a statement that several families ask: its options, whether its new name is
 * taken, what its query reads.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* The value of a boolean option in parentheses: VACUUM (FULL off).  The last one wins.  A value that
 * PostgreSQL will refuse counts as fallback. */
bool OptionIsOn(const List *options, const char *name, bool fallback = false);

/* The place of a relation that the statement is about to create. */
struct NewName {
  const char *schema; /* null when there is no schema to create in: PostgreSQL refuses it */
  bool temporary;
  bool taken; /* a relation of that name is there, in the catalog or by the script */
  Oid oid;    /* of the one that is there; invalid when the script made it */
};
NewName LookUpNewName(const Analysis &a, const RangeVar *name);

/* The same for a name in a known schema (an index: the schema of its table). */
NewName LookUpNewName(const Analysis &a, const char *schema, Oid namespace_oid, const char *name);

/*
 * What a query reads: the sizes of its relations, through views, sublinks and CTEs; an upper bound,
 * since nothing is planned; sources: and which these are.  Query (analysed) or, in a script, a raw
 * SelectStmt; anything else: 0.
 */
Size QueryReads(Analysis &a, const Node *query, Array<const Target *> *sources = nullptr);

/* The relations of the catalog that a raw query names, each once; what views stand for is not followed. */
Array<const Target *> RelationsNamed(Analysis &a, const Node *query);

/* The query of a view or materialized view; null when there is none.  A copy: without a lock on the
 * view, another session may replace it, and the next invalidation then frees the relcache's own. */
Query *ViewQuery(Relation view);

/* CONCURRENTLY: it waits for transactions to end before it takes a lock that stops readers or writers, if ever. */
bool RunsConcurrently(const Node *statement);

/* Of such a statement: whoever holds a lock that conflicts with this mode must end first. */
LOCKMODE ModeWaitedFor(const Node *statement);

/* PostgreSQL refuses the statement inside a transaction block (PreventInTransactionBlock). */
bool RunsAlone(const Node *statement);

/*
 * Is it a plain change of a table, for which names are looked up and rows of the catalog read, but nothing is parsed or
 * called (the length of varchar(20) calls a function), and no relcache entry made?  What could be raised then,
 * PostgreSQL raises first and in the same words: no permission for the schema, want of memory, damage.  Given that
 * there are no publications to look at.
 */
bool ReadsCatalogOnly(const Node *statement);

/* In a script: the statement stands in a transaction block, where PostgreSQL will refuse it. */
void AddIfInBlock(Analysis &a, const Target *target, const Node *statement);

/* CONCURRENTLY waits for old transactions; a timeout then leaves an invalid index. */
void AddIfTimeouts(Analysis &a, const Target *target, const char *index, const Node *statement);

/* Tables and materialized views that have storage, in one schema or (invalid) in all, without the
 * catalogs and information_schema; partitioned tables, which have none, on demand; reads the whole of pg_class. */
Array<Oid> TablesOf(Oid namespace_oid, bool partitioned = false);

/* Of a catalog that was read as its rows happen to lie, so that the same relation speaks for the statement every
 * time. */
void InOrder(Array<Oid> &relations);

}  // namespace ddlguard
