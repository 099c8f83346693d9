/*
 * See index_match.h.  Partitions are looked at through pg_index and the syscache, and only those that
 * have a candidate through the relcache: a tree of ten thousand partitions would load it with all.
 */
#include "analysis/index_match.h"

#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

AttrMap *MapByName(Relation relation, TupleDesc root) {
#if PG_VERSION_NUM >= 160000
  return build_attrmap_by_name(RelationGetDescr(relation), root, false);
#else
  return build_attrmap_by_name(RelationGetDescr(relation), root);
#endif
}

Oid OperatorClass(const IndexElem *element, Oid type, Oid method) {
  if (element->opclass == NIL) return GetDefaultOpClass(type, method);
  return get_opclass_oid(method, element->opclass, true);
}

/* As relcache.c leaves stored expressions, so that equal ones are equal(). */
Node *Simplify(Relation table, Node *expr) {
  expr = FoldConstants(RelationGetRelid(table), expr);
  fix_opfuncids(expr);
  return expr;
}

/* LIKE ... INCLUDING INDEXES makes statements whose expressions are analysed already. */
Node *Analyse(Relation table, const IndexStmt *stmt, const Node *expr, ParseExprKind kind) {
  if (stmt->transformed) return static_cast<Node *>(copyObjectImpl(expr));
  return AnalyseExpression(table, expr, kind);
}

Oid MethodOf(const IndexStmt *stmt) {
  const char *name = stmt->accessMethod == nullptr ? DEFAULT_INDEX_TYPE : stmt->accessMethod;
  Oid method = GetSysCacheOid1(AMNAME, Anum_pg_am_oid, CStringGetDatum(name));
  /* DefineIndex still takes the old name for it. */
  if (!OidIsValid(method) && strcmp(name, "rtree") == 0)
    method = GetSysCacheOid1(AMNAME, Anum_pg_am_oid, CStringGetDatum("gist"));
  return method;
}

}  // namespace

bool ShapeOfIndex(Oid index, IndexShape *shape) {
  Relation rel = OpenUnlocked(index);
  if (rel == nullptr) return false;
  const int keys = IndexRelationGetNumberOfKeyAttributes(rel);
  shape->info = AsOwner(rel->rd_index->indrelid, [&] { return BuildIndexInfo(rel); });
  shape->collations = static_cast<Oid *>(palloc(sizeof(Oid) * keys));
  shape->opfamilies = static_cast<Oid *>(palloc(sizeof(Oid) * keys));
  for (int i = 0; i < keys; ++i) {
    shape->collations[i] = rel->rd_indcollation[i];
    shape->opfamilies[i] = rel->rd_opfamily[i];
  }
  shape->constraint = OidIsValid(get_index_constraint(index));
  CloseUnlocked(rel);
  return true;
}

ShapeResult ShapeOfStatement(const Analysis &a, Relation table, const IndexStmt *stmt, IndexShape *shape) {
  const int keys = list_length(stmt->indexParams);
  const int all = keys + list_length(stmt->indexIncludingParams);
  if (keys == 0 || all > INDEX_MAX_KEYS) return ShapeResult::refused;
  const ShapeResult failed = a.ledger.script ? ShapeResult::unknown : ShapeResult::refused;
  const Oid method = MethodOf(stmt);
  if (!OidIsValid(method)) return failed;

  IndexInfo *info = makeNode(IndexInfo);
  info->ii_NumIndexAttrs = all;
  info->ii_NumIndexKeyAttrs = keys;
  info->ii_Unique = stmt->unique;
  info->ii_NullsNotDistinct = stmt->nulls_not_distinct;
  info->ii_Am = method;
  shape->info = info;
  shape->collations = static_cast<Oid *>(palloc0(sizeof(Oid) * keys));
  shape->opfamilies = static_cast<Oid *>(palloc0(sizeof(Oid) * keys));
  shape->constraint = stmt->isconstraint;

  int i = 0;
  for (const List *list : {stmt->indexParams, stmt->indexIncludingParams}) {
    for (const IndexElem *element : Each<IndexElem>(list)) {
      Oid type = InvalidOid;
      Oid collation = InvalidOid;
      if (element->name != nullptr) {
        HeapTuple tuple = SearchSysCacheAttName(RelationGetRelid(table), element->name);
        if (!HeapTupleIsValid(tuple)) return failed;
        auto attribute = reinterpret_cast<Form_pg_attribute>(GETSTRUCT(tuple));
        info->ii_IndexAttrNumbers[i] = attribute->attnum;
        type = attribute->atttypid;
        collation = attribute->attcollation;
        ReleaseSysCache(tuple);
      } else {
        /* A script may call a function that it made itself. */
        if (a.ledger.script) return ShapeResult::unknown;
        Node *expr = Analyse(table, stmt, element->expr, EXPR_KIND_INDEX_EXPRESSION);
        if (expr == nullptr) return failed;
        type = exprType(expr);
        collation = exprCollation(expr);
        info->ii_Expressions = lappend(info->ii_Expressions, Simplify(table, expr));
      }
      if (i < keys) {
        if (element->collation != NIL) collation = get_collation_oid(element->collation, true);
        Oid opclass = OperatorClass(element, type, method);
        if (!OidIsValid(opclass)) return ShapeResult::unknown;
        shape->collations[i] = collation;
        shape->opfamilies[i] = get_opclass_family(opclass);
      }
      ++i;
    }
  }

  if (stmt->whereClause != nullptr) {
    if (a.ledger.script) return ShapeResult::unknown;
    Node *where = Analyse(table, stmt, stmt->whereClause, EXPR_KIND_INDEX_PREDICATE);
    if (where == nullptr) return failed;
    Expr *simple = canonicalize_qual(reinterpret_cast<Expr *>(FoldConstants(RelationGetRelid(table), where)), false);
    info->ii_Predicate = make_ands_implicit(simple);
    fix_opfuncids(reinterpret_cast<Node *>(info->ii_Predicate));
  }
  return ShapeResult::complete;
}

namespace {

bool SameShape(const IndexShape &candidate, const IndexShape &shape, AttrMap *map) {
  if (shape.constraint && !candidate.constraint) return false;
  return CompareIndexInfo(candidate.info, shape.info, candidate.collations, shape.collations, candidate.opfamilies,
                          shape.opfamilies, map);
}

}  // namespace

bool HasScriptIndex(const Analysis &a, Oid relation, TupleDesc root, const IndexShape &shape) {
  bool found = false;
  for (const ScriptIndex &index : a.ledger.indexes) {
    if (index.relation != relation || index.definition->unique != shape.info->ii_Unique) continue;
    Relation rel = OpenUnlocked(relation);
    if (rel == nullptr) return false;
    IndexShape candidate;
    if (ShapeOfStatement(a, rel, index.definition, &candidate) == ShapeResult::complete &&
        candidate.info->ii_NumIndexAttrs == shape.info->ii_NumIndexAttrs)
      found = found || SameShape(candidate, shape, MapByName(rel, root));
    CloseUnlocked(rel);
  }
  return found;
}

Oid AttachableIndex(Oid relation, TupleDesc root, const IndexShape &shape, bool valid) {
  Array<Oid> candidates;
  Relation catalog = table_open(IndexRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_index_indrelid, BTEqualStrategyNumber, F_OIDEQ, ObjectIdGetDatum(relation));
  SysScanDesc scan = systable_beginscan(catalog, IndexIndrelidIndexId, true, nullptr, 1, &key);
  while (HeapTuple tuple = systable_getnext(scan)) {
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    if (!form->indislive || (valid && !form->indisvalid) || form->indnatts != shape.info->ii_NumIndexAttrs) continue;
    if (form->indisunique != shape.info->ii_Unique || get_rel_relispartition(form->indexrelid)) continue;
    candidates.Add(form->indexrelid);
  }
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  if (candidates.Empty()) return InvalidOid;

  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return InvalidOid;
  AttrMap *map = MapByName(rel, root);
  Oid found = InvalidOid;
  for (Oid index : candidates) {
    IndexShape candidate;
    if (!ShapeOfIndex(index, &candidate)) continue;
    if (!SameShape(candidate, shape, map)) continue;
    found = index;
    break;
  }
  CloseUnlocked(rel);
  return found;
}

Size UncoveredSize(Analysis &a, const Target *tree, TupleDesc root, const IndexShape &shape) {
  Size size = tree->Tree();
  for (Oid child : tree->descendants) {
    HeapTuple tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(child));
    if (!HeapTupleIsValid(tuple)) continue;
    const bool indexed = reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relhasindex;
    ReleaseSysCache(tuple);
    if (!(indexed && OidIsValid(AttachableIndex(child, root, shape))) && !HasScriptIndex(a, child, root, shape))
      continue;
    const Target *covered = a.Look(child, true);
    if (covered == nullptr || !covered->Shared() || covered->Tree().blocks > size.blocks) continue;
    size.blocks -= covered->Tree().blocks;
    size.rows = size.rows > covered->Tree().rows ? size.rows - covered->Tree().rows : 0;
  }
  return size;
}

}  // namespace ddlguard
