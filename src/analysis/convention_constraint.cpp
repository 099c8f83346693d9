/*
 * Conventions about constraints, as the statement writes them.
 */
#include "analysis/convention.h"

#include "pg/catalog.h"
#include "pg/compat.h"
#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

const char *ConstraintKind(ConstrType type) {
  switch (type) {
    case CONSTR_PRIMARY:
      return "primary key";
    case CONSTR_UNIQUE:
      return "unique";
    case CONSTR_CHECK:
      return "check";
    case CONSTR_EXCLUSION:
      return "exclusion";
    case CONSTR_FOREIGN:
      return "foreign key";
    default:
      return nullptr;
  }
}

namespace {

/* The attributes of an inline constraint are nodes of their own, after it. */
bool IsDeferrable(const Constraint *constraint, const List *siblings) {
  if (constraint->deferrable) return true;
  bool after = false;
  for (const Constraint *each : Each<Constraint>(siblings)) {
    if (each == constraint) after = true;
    else if (after && each->contype == CONSTR_ATTR_DEFERRABLE) return true;
    else if (after && ConstraintKind(each->contype) != nullptr) return false;
  }
  return false;
}

/*
 * The tree has NO ACTION whether it was written or not, so the words are asked: from the constraint to the
 * comma or parenthesis that ends it.
 */
bool SaysOnDelete(const Analysis &a, const Constraint *constraint) {
  if (constraint->fk_del_action != FKCONSTR_ACTION_NOACTION) return true;
  if (constraint->location < 0 || a.sql == nullptr) return true;
  if (constraint->location > static_cast<int>(strlen(a.sql))) return true;
  Lexer lexer(a.sql + constraint->location);
  int depth = 0;
  bool on = false;
  for (Word word = lexer.Next(); word.kind != Word::Kind::end; word = lexer.Next()) {
    if (word.IsSymbol('(')) ++depth;
    if (word.IsSymbol(')') && --depth < 0) return false;
    if (depth == 0 && (word.IsSymbol(',') || word.IsSymbol(';'))) return false;
    if (depth == 0 && on && Equal(word.name, "delete")) return true;
    on = depth == 0 && Equal(word.name, "on");
  }
  return false;
}

const char *ActionWord(char action) {
  switch (action) {
    case FKCONSTR_ACTION_CASCADE:
      return "CASCADE";
    case FKCONSTR_ACTION_SETNULL:
      return "SET NULL";
    case FKCONSTR_ACTION_SETDEFAULT:
      return "SET DEFAULT";
    default:
      return nullptr;
  }
}

void AddForeignKey(const Conventions &c, const Constraint *key, const char *column, const List *siblings) {
  const char *name = key->conname;
  if (name == nullptr) name = column != nullptr ? column : key->fk_attrs == NIL ? "" : strVal(linitial(key->fk_attrs));
  const Target *referenced = key->pktable == nullptr ? nullptr : c.a.Resolve(key->pktable, NoLock);
  if (referenced == nullptr) referenced = c.target; /* to itself */
  c.Add(Why::foreign_keys_disallowed, name, {}, nullptr, referenced);
  if (const char *action = ActionWord(key->fk_del_action))
    c.Add(Why::fk_on_delete_cascade, name, {}, Format("ON DELETE {}", action), referenced);
  else if (const char *update = ActionWord(key->fk_upd_action))
    c.Add(Why::fk_on_delete_cascade, name, {}, Format("ON UPDATE {}", update), referenced);
  if (c.Wants(Why::fk_no_explicit_on_delete) && !SaysOnDelete(c.a, key))
    c.Add(Why::fk_no_explicit_on_delete, name, {}, nullptr, referenced);
  if (!IsDeferrable(key, siblings)) c.Add(Why::fk_not_deferrable, name, {}, nullptr, referenced);
}

struct ClockSearch {
  bool check;
  const char *found = nullptr;
};

const char *ClockWord(const SQLValueFunction *value, bool check) {
  switch (value->op) {
    case SVFOP_CURRENT_TIME:
    case SVFOP_CURRENT_TIME_N:
      return "CURRENT_TIME";
    case SVFOP_CURRENT_DATE:
      return check ? "CURRENT_DATE in a CHECK" : nullptr;
    case SVFOP_CURRENT_TIMESTAMP:
    case SVFOP_CURRENT_TIMESTAMP_N:
      return check ? "CURRENT_TIMESTAMP in a CHECK" : nullptr;
    case SVFOP_LOCALTIME:
    case SVFOP_LOCALTIME_N:
      return check ? "LOCALTIME in a CHECK" : nullptr;
    case SVFOP_LOCALTIMESTAMP:
    case SVFOP_LOCALTIMESTAMP_N:
      return check ? "LOCALTIMESTAMP in a CHECK" : nullptr;
    default:
      return nullptr;
  }
}

bool IsClock(const FuncCall *call) {
  if (call->args != NIL) return false;
  switch (LookupFuncName(call->funcname, 0, nullptr, true)) {
    case F_NOW:
    case F_TRANSACTION_TIMESTAMP:
    case F_STATEMENT_TIMESTAMP:
    case F_CLOCK_TIMESTAMP:
      return true;
    default:
      return false;
  }
}

bool FindClock(Node *node, ClockSearch *search) {
  if (node == nullptr || search->found != nullptr) return search->found != nullptr;
  if (IsA(node, SQLValueFunction))
    search->found = ClockWord(reinterpret_cast<const SQLValueFunction *>(node), search->check);
  if (IsA(node, FuncCall) && search->check && IsClock(reinterpret_cast<const FuncCall *>(node)))
    search->found = "the clock in a CHECK";
  return search->found != nullptr || WalkRawTree(node, FindClock, search);
}

bool SameNames(const List *a, const List *b) {
  if (list_length(a) != list_length(b)) return false;
  for (int i = 0; i < list_length(a); ++i)
    if (!Equal(strVal(list_nth(a, i)), strVal(list_nth(b, i)))) return false;
  return true;
}

/* PostgreSQL itself makes one index of equal UNIQUE and PRIMARY KEY clauses. */
bool SameConstraint(const Constraint *a, const Constraint *b) {
  if (a->contype != b->contype) return false;
  if (a->contype == CONSTR_CHECK) return equal(a->raw_expr, b->raw_expr);
  if (a->contype != CONSTR_FOREIGN) return false;
  return SameNames(a->fk_attrs, b->fk_attrs) && SameNames(a->pk_attrs, b->pk_attrs) && equal(a->pktable, b->pktable);
}

}  // namespace

bool IsKeyColumn(const List *keys, const char *column) {
  for (int i = 0; i < list_length(keys); ++i)
    if (Equal(strVal(list_nth(keys, i)), column)) return true;
  return false;
}

void AddClockConventions(const Conventions &c, const Node *expression, bool check, const char *column) {
  if (expression == nullptr || !c.Wants(Why::current_time_usage)) return;
  ClockSearch search = {check};
  FindClock(const_cast<Node *>(expression), &search);
  if (search.found != nullptr) c.Add(Why::current_time_usage, column, {}, search.found);
}

void AddConstraintConventions(const Conventions &c, const Constraint *constraint, const char *column,
                              const List *siblings) {
  const char *kind = ConstraintKind(constraint->contype);
  if (kind == nullptr) return;
  if (constraint->conname == nullptr) c.Add(Why::implicit_constraint_name, column, {}, kind);
  if (constraint->contype == CONSTR_FOREIGN) AddForeignKey(c, constraint, column, siblings);
  if (constraint->contype == CONSTR_CHECK)
    AddClockConventions(c, constraint->raw_expr, true, constraint->conname != nullptr ? constraint->conname : column);
}

void AddDuplicateConventions(const Conventions &c, const List *constraints) {
  if (!c.Wants(Why::duplicate_column_definition)) return;
  for (int i = 0; i < list_length(constraints); ++i) {
    auto *constraint = static_cast<const Constraint *>(list_nth(constraints, i));
    for (int j = 0; j < i; ++j)
      if (SameConstraint(constraint, static_cast<const Constraint *>(list_nth(constraints, j))))
        return c.Add(Why::duplicate_column_definition, constraint->conname, {},
                     constraint->contype == CONSTR_CHECK ? "a check constraint" : "a foreign key");
  }
}

}  // namespace ddlguard
