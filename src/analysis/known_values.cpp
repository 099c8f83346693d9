/*
 * See known_values.h.
 */
#include "analysis/known_values.h"

#include "analysis/proof.h"
#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* Lengths, and casts without words that no value fails: not from numeric to float8, from int8 to oid, from date to
 * timestamp. */
bool IsHarmless(Oid function) {
  switch (function) {
    case F_LENGTH_TEXT:
    case F_CHAR_LENGTH_TEXT:
    case F_CHARACTER_LENGTH_TEXT:
    case F_OCTET_LENGTH_TEXT:
    case F_LENGTH_BPCHAR:
    case F_CHAR_LENGTH_BPCHAR:
    case F_CHARACTER_LENGTH_BPCHAR:
    case F_INT4_INT2:
    case F_INT8_INT2:
    case F_INT8_INT4:
    case F_NUMERIC_INT2:
    case F_NUMERIC_INT4:
    case F_NUMERIC_INT8:
    case F_FLOAT4_INT2:
    case F_FLOAT4_INT4:
    case F_FLOAT4_INT8:
    case F_FLOAT8_INT2:
    case F_FLOAT8_INT4:
    case F_FLOAT8_INT8:
    case F_FLOAT8_FLOAT4:
    case F_TEXT_BPCHAR:
    case F_TEXT_CHAR:
    case F_TEXT_NAME:
      return true;
    default:
      return false;
  }
}

/* Arrays, ranges and rows compare with what their elements have, which may be functions of users. */
bool ComparesItself(Oid type) { return type == ANYENUMOID || get_typtype(type) != TYPTYPE_PSEUDO; }

/* A comparison of PostgreSQL's own, which answers the same in every session. */
bool IsComparison(Oid op) {
  Oid left, right;
  op_input_types(op, &left, &right);
  return op < FirstNormalObjectId && ComparesItself(left) && ComparesItself(right) && IsOrderedComparison(op) &&
         func_volatile(get_opcode(op)) == PROVOLATILE_IMMUTABLE;
}

/* Looks for what is not of the kinds that can be evaluated, or a second column. */
bool FindOther(Node *node, AttrNumber *column) {
  if (node == nullptr) return false;
  switch (nodeTag(node)) {
    case T_Var: {
      auto *var = reinterpret_cast<const Var *>(node);
      if (*column == InvalidAttrNumber) *column = var->varattno;
      return var->varlevelsup != 0 || var->varattno <= 0 || var->varattno != *column;
    }
    case T_OpExpr:
    case T_DistinctExpr:
      if (!IsComparison(reinterpret_cast<const OpExpr *>(node)->opno)) return true;
      break;
    case T_ScalarArrayOpExpr:
      if (!IsComparison(reinterpret_cast<const ScalarArrayOpExpr *>(node)->opno)) return true;
      break;
    case T_FuncExpr:
      if (!IsHarmless(reinterpret_cast<const FuncExpr *>(node)->funcid)) return true;
      break;
    case T_List:
    case T_Const:
    case T_BoolExpr:
    case T_NullTest:
    case T_BooleanTest:
    case T_RelabelType:
    case T_ArrayExpr:
    case T_CoerceToDomainValue:
      break;
    default:
      return true;
  }
  return WalkTree(node, FindOther, column);
}

/* A condition over one column, ready to be asked. */
class Question {
 public:
  Question(Relation relation, Node *condition, AttrNumber attnum)
      : attnum_(attnum),
        estate_(CreateExecutorState()),
        context_(GetPerTupleExprContext(estate_)),
        state_(ExecPrepareExpr(reinterpret_cast<Expr *>(condition), estate_)),
        slot_(MakeSingleTupleTableSlot(RelationGetDescr(relation), &TTSOpsVirtual)) {
    context_->ecxt_scantuple = slot_;
  }
  void End() {
    ExecDropSingleTupleTableSlot(slot_);
    FreeExecutorState(estate_);
  }

  bool IsFalseFor(Datum value, bool null) {
    CHECK_FOR_INTERRUPTS();
    ExecClearTuple(slot_);
    for (int i = 0; i < slot_->tts_tupleDescriptor->natts; ++i) slot_->tts_isnull[i] = true;
    slot_->tts_values[attnum_ - 1] = context_->domainValue_datum = value;
    slot_->tts_isnull[attnum_ - 1] = context_->domainValue_isNull = null;
    ExecStoreVirtualTuple(slot_);
    bool unknown;
    const Datum answer = ExecEvalExprSwitchContext(state_, context_, &unknown);
    const bool is_false = !unknown && !DatumGetBool(answer);
    ResetExprContext(context_);
    return is_false;
  }

 private:
  AttrNumber attnum_;
  EState *estate_;
  ExprContext *context_;
  ExprState *state_;
  TupleTableSlot *slot_;
};

/* ANALYZE has not seen what the transaction itself has written since. */
bool IsOutdated(const Analysis &a, Relation relation, HeapTuple statistics) {
  for (const HeldLock &each : a.ledger.written)
    if (each.relation == RelationGetRelid(relation) && each.mode == RowExclusiveLock) return true;
  return CheckRelationLockedByMe(relation, RowExclusiveLock, false) &&
         !TransactionIdIsCurrentTransactionId(HeapTupleHeaderGetXmin(statistics->t_data));
}

/* type: of the column; what analyses values of a type may keep others, which are of no use here. */
double ShareIn(HeapTuple statistics, Oid type, Question question) {
  const float nulls = reinterpret_cast<Form_pg_statistic>(GETSTRUCT(statistics))->stanullfrac;
  double share = nulls > 0 && question.IsFalseFor(0, true) ? nulls : 0;
  double others = 1 - nulls;
  AttStatsSlot slot;
  if (get_attstatsslot(&slot, statistics, STATISTIC_KIND_MCV, InvalidOid, ATTSTATSSLOT_VALUES | ATTSTATSSLOT_NUMBERS)) {
    const bool same = getBaseType(slot.valuetype) == type;
    for (int i = 0; i < slot.nvalues && i < slot.nnumbers; ++i) {
      others -= slot.numbers[i];
      if (same && question.IsFalseFor(slot.values[i], false)) share += slot.numbers[i];
    }
    free_attstatsslot(&slot);
  }
  if (get_attstatsslot(&slot, statistics, STATISTIC_KIND_HISTOGRAM, InvalidOid, ATTSTATSSLOT_VALUES)) {
    const bool same = getBaseType(slot.valuetype) == type;
    int refused = 0;
    for (int i = 0; same && i < slot.nvalues; ++i) refused += question.IsFalseFor(slot.values[i], false);
    if (slot.nvalues > 0) share += Max(others, 0) * refused / slot.nvalues;
    free_attstatsslot(&slot);
  }
  return share;
}

struct DomainValue {
  Oid type;
  int32 typmod;
};

/* As replace_domain_constraint_value() of typecmds.c. */
Node *ReplaceValue(ParseState *pstate, ColumnRef *ref) {
  if (list_length(ref->fields) != 1 || !Equal(strVal(linitial(ref->fields)), "value")) return nullptr;
  auto *domain = static_cast<const DomainValue *>(pstate->p_ref_hook_state);
  CoerceToDomainValue *value = makeNode(CoerceToDomainValue);
  value->typeId = domain->type;
  value->typeMod = domain->typmod;
  value->collation = get_typcollation(domain->type);
  value->location = ref->location;
  return reinterpret_cast<Node *>(value);
}

}  // namespace

double RefusedShare(const Analysis &a, Oid table, Node *condition, AttrNumber attnum) {
  AttrNumber column = attnum;
  if (condition == nullptr || exprType(condition) != BOOLOID || FindOther(condition, &column) ||
      column == InvalidAttrNumber)
    return 0;
  /* What statistics tell is for who may read the rows. */
  if (!OwnsRelation(table, ActingRole())) return 0;
  Relation relation = OpenUnlocked(table);
  if (relation == nullptr) return 0;
  const bool partitioned = relation->rd_rel->relkind == RELKIND_PARTITIONED_TABLE;
  HeapTuple statistics =
      SearchSysCache3(STATRELATTINH, ObjectIdGetDatum(table), Int16GetDatum(column), BoolGetDatum(partitioned));
  double share = 0;
  if (HeapTupleIsValid(statistics)) {
    if (!IsOutdated(a, relation, statistics)) {
      Question question(relation, condition, column);
      share = ShareIn(statistics, getBaseType(get_atttype(table, column)), question);
      question.End();
    }
    ReleaseSysCache(statistics);
  }
  CloseUnlocked(relation);
  return share;
}

const char *ShareOfRows(double share) {
  if (share < 0.01) return "less than 1 % of the rows";
  return share > 0.995 ? "all rows" : Format("about {:.0f} % of the rows", share * 100);
}

Node *AnalyseDomainCheck(Oid domain, const Node *raw) {
  if (raw == nullptr || CallsUnknownFunction(raw)) return nullptr;
  DomainValue value = {InvalidOid, -1};
  value.type = getBaseTypeAndTypmod(domain, &value.typmod);
  ParseState *pstate = make_parsestate(nullptr);
  pstate->p_pre_columnref_hook = ReplaceValue;
  pstate->p_ref_hook_state = &value;
  Node *condition = transformExpr(pstate, static_cast<Node *>(copyObjectImpl(raw)), EXPR_KIND_DOMAIN_CHECK);
  condition = coerce_to_boolean(pstate, condition, "CHECK");
  assign_expr_collations(pstate, condition);
  return condition;
}

}  // namespace ddlguard
