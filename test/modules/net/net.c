/*
 * Does to a table from C what other extensions do: without a utility statement, so that nothing foresees
 * it and only the object-access hook can see it.  For test/tap/net.t and test/tap/fail-mode.t.
 */
#include "postgres.h"

#include "catalog/dependency.h"
#include "catalog/pg_class.h"
#include "commands/defrem.h"
#include "commands/tablecmds.h"
#include "fmgr.h"
#include "nodes/makefuncs.h"
#include "nodes/value.h"
#include "tcop/tcopprot.h"
#include "tcop/utility.h"
#include "utils/builtins.h"
#include "utils/lsyscache.h"

PG_MODULE_MAGIC;

/* SET UNLOGGED: a rewrite. */
PG_FUNCTION_INFO_V1(net_rewrite);
Datum
net_rewrite(PG_FUNCTION_ARGS)
{
	AlterTableCmd *cmd = makeNode(AlterTableCmd);

	cmd->subtype = AT_SetUnLogged;
	AlterTableInternal(PG_GETARG_OID(0), list_make1(cmd), false);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(net_index);
Datum
net_index(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	IndexStmt  *stmt = makeNode(IndexStmt);
	IndexElem  *element = makeNode(IndexElem);

	element->name = "id";
	stmt->idxname = "net";
	stmt->relation = makeRangeVar(get_namespace_name(get_rel_namespace(table)), get_rel_name(table), -1);
	stmt->accessMethod = "btree";
	stmt->indexParams = list_make1(element);
	DefineIndex(
#if PG_VERSION_NUM >= 190000
				NULL,
#endif
				table, stmt, InvalidOid, InvalidOid, InvalidOid,
#if PG_VERSION_NUM >= 160000
				-1,
#endif
				false, false, false, false, true);
	PG_RETURN_VOID();
}

PG_FUNCTION_INFO_V1(net_drop);
Datum
net_drop(PG_FUNCTION_ARGS)
{
	ObjectAddress table = {RelationRelationId, PG_GETARG_OID(0), 0};

	performDeletion(&table, DROP_RESTRICT, 0);
	PG_RETURN_VOID();
}

/* Not ExecuteTruncateGuts(), which the apply worker of a subscriber calls: it reaches no hook at all. */
PG_FUNCTION_INFO_V1(net_truncate);
Datum
net_truncate(PG_FUNCTION_ARGS)
{
	Oid			table = PG_GETARG_OID(0);
	TruncateStmt *stmt = makeNode(TruncateStmt);

	stmt->relations = list_make1(makeRangeVar(get_namespace_name(get_rel_namespace(table)), get_rel_name(table), -1));
	ExecuteTruncate(stmt);
	PG_RETURN_VOID();
}

/* Runs a utility statement past all hooks. */
PG_FUNCTION_INFO_V1(net_run);
Datum
net_run(PG_FUNCTION_ARGS)
{
	char	   *sql = text_to_cstring(PG_GETARG_TEXT_PP(0));
	RawStmt    *raw = linitial_node(RawStmt, pg_parse_query(sql));
	List	   *queries = pg_analyze_and_rewrite_fixedparams(raw, sql, NULL, 0, NULL);
	PlannedStmt *planned = linitial_node(PlannedStmt, pg_plan_queries(queries, sql, 0, NULL));

	standard_ProcessUtility(planned, sql, false, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, NULL);
	PG_RETURN_VOID();
}

/* Sends what no analyser knows through all hooks: a node that the server calls a change of data, or one that it does
 * not know either. */
PG_FUNCTION_INFO_V1(net_unknown);
Datum
net_unknown(PG_FUNCTION_ARGS)
{
	PlannedStmt *planned = makeNode(PlannedStmt);

	planned->commandType = CMD_UTILITY;
	if (PG_GETARG_BOOL(0))
	{
		Query	   *query = makeNode(Query);

		query->commandType = CMD_UPDATE;
		planned->utilityStmt = (Node *) query;
	}
	else
		planned->utilityStmt = (Node *) makeInteger(1);
	ProcessUtility(planned, "an unknown statement", false, PROCESS_UTILITY_QUERY, NULL, NULL, None_Receiver, NULL);
	PG_RETURN_VOID();
}
