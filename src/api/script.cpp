/*
 * See script.h.
 *
 * An error of the analysis (a function that the script would have made, say) fails that statement
 * alone and is reported as such.
 * Text, parse trees and ledger live as long as the call; everything else is reset after each
 * statement.
 */
#include "api/script.h"

#include "analysis/attempt.h"
#include "recipes/commands.h"
#include "pg/text.h"
#include "policy/policy.h"

namespace ddlguard {

namespace {

int LineOf(const char *sql, int offset) {
  int line = 1;
  for (int i = 0; i < offset && sql[i] != '\0'; ++i)
    if (sql[i] == '\n') ++line;
  return line;
}

/* Tells the line of a syntax error; the position that the parser reports counts characters. */
void AddLine(void *argument) {
  auto *sql = static_cast<const char *>(argument);
  int position = geterrposition();
  if (position <= 0) return;
  const char *at = sql;
  int line = 1;
  for (int i = 1; i < position && *at != '\0'; ++i) {
    if (*at == '\n') ++line;
    at += pg_mblen(at);
  }
  /* The client must not look for it in the query that called the function. */
  errposition(0);
  internalerrposition(position);
  internalerrquery(sql);
  errcontext("line %d of the script", line);
}

List *Parse(const char *sql) {
  ErrorContextCallback line = {};
  line.callback = AddLine;
  line.arg = const_cast<char *>(sql);
  line.previous = error_context_stack;
  error_context_stack = &line;
  List *statements = raw_parser(sql, RAW_PARSE_DEFAULT);
  error_context_stack = line.previous;
  return statements;
}

/* Past white space and comments, to where the statement begins. */
int SkipToStatement(const char *sql, int at) {
  for (;;) {
    if (isspace(static_cast<unsigned char>(sql[at]))) {
      ++at;
    } else if (sql[at] == '-' && sql[at + 1] == '-') {
      while (sql[at] != '\0' && sql[at] != '\n') ++at;
    } else if (sql[at] == '/' && sql[at + 1] == '*') {
      int depth = 0;
      do {
        if (sql[at] == '/' && sql[at + 1] == '*') ++depth, at += 2;
        else if (sql[at] == '*' && sql[at + 1] == '/') --depth, at += 2;
        else ++at;
      } while (depth > 0 && sql[at] != '\0');
    } else {
      return at;
    }
  }
}

struct Script {
  const char *sql;
  Ledger ledger;
  Ledger before; /* as the block found it, for a rollback: lists only grow */

  void Transaction(const TransactionStmt *stmt) {
    switch (stmt->kind) {
      case TRANS_STMT_BEGIN:
      case TRANS_STMT_START:
        ledger.in_block = true;
        before = ledger;
        return;
      case TRANS_STMT_ROLLBACK:
        if (ledger.in_block) {
          before.next = ledger.next;
          before.in_block = true;
          ledger = before;
        }
        [[fallthrough]];
      case TRANS_STMT_COMMIT:
      case TRANS_STMT_PREPARE:
        ledger.in_block = stmt->chain;
        ledger.EndTransaction();
        return;
      case TRANS_STMT_SAVEPOINT:
      case TRANS_STMT_RELEASE:
      case TRANS_STMT_ROLLBACK_TO:
      case TRANS_STMT_COMMIT_PREPARED:
      case TRANS_STMT_ROLLBACK_PREPARED:
        return;
    }
  }
};

/* DML as the parser leaves it: only what needs no plan. */
void AnalyzeRawDml(Analysis &a, const Node *statement) {
  const RangeVar *name = nullptr;
  Why why = Why::lock_only;
  if (IsA(statement, DeleteStmt)) {
    auto *stmt = reinterpret_cast<const DeleteStmt *>(statement);
    if (stmt->whereClause == nullptr && stmt->usingClause == NIL) name = stmt->relation;
    why = Why::delete_without_where;
  } else {
    auto *stmt = reinterpret_cast<const UpdateStmt *>(statement);
    if (stmt->whereClause == nullptr && stmt->fromClause == NIL) name = stmt->relation;
    why = Why::update_without_where;
  }
  if (name == nullptr) return;
  const Target *table = a.Resolve(name, NoLock);
  if (table == nullptr) return;
  if (OidIsValid(table->oid)) a.Look(table->oid, true);
  a.Add({.why = why, .target = table, .lock = RowExclusiveLock, .work = Work::scan});
}

/* SELECT ... INTO is CREATE TABLE AS by another name. */
void AnalyzeSelectInto(Analysis &a, const SelectStmt *stmt) {
  if (stmt->intoClause == nullptr) return;
  auto *select = static_cast<SelectStmt *>(copyObjectImpl(stmt));
  CreateTableAsStmt *create = makeNode(CreateTableAsStmt);
  create->into = select->intoClause;
  create->objtype = OBJECT_TABLE;
  create->is_select_into = true;
  select->intoClause = nullptr;
  create->query = reinterpret_cast<Node *>(select);
  Analyze(a, reinterpret_cast<const Node *>(create));
}

void AnalyzeRaw(Analysis &a, const Node *statement) {
  switch (nodeTag(statement)) {
    case T_SelectStmt:
      return AnalyzeSelectInto(a, reinterpret_cast<const SelectStmt *>(statement));
    case T_InsertStmt:
    case T_MergeStmt:
    case T_DoStmt:
    case T_CallStmt:
    case T_CopyStmt:
    case T_VariableSetStmt:
    case T_VariableShowStmt:
    case T_PrepareStmt:
    case T_ExecuteStmt:
    case T_DeallocateStmt:
    case T_ConstraintsSetStmt:
    case T_NotifyStmt:
    case T_ListenStmt:
    case T_UnlistenStmt:
    case T_DiscardStmt:
    case T_CheckPointStmt:
    case T_LoadStmt:
    case kWaitTag:
      return;
    case T_DeleteStmt:
    case T_UpdateStmt:
      return AnalyzeRawDml(a, statement);
    default:
      return Analyze(a, statement);
  }
}

void AnalyzeInScript(Analysis &a, const Node *statement) {
  AnalyzeRaw(a, statement);
  AnalyzeTransaction(a);
}

}  // namespace

void AnalyzeScript(const char *sql, ScriptVisitor visit, void *context, Parts parts) {
  MemoryContext caller = CurrentMemoryContext;
  MemoryContext scratch = AllocSetContextCreate(caller, "ddlguard script statement", ALLOCSET_DEFAULT_SIZES);
  Script script = {.sql = sql};
  script.ledger.script = true;
  const RuleSet conventions = SwitchedOn(CurrentAsker());
  script.ledger.statements = Parse(sql);
  int number = 0, line = 1, counted = 0;

  for (RawStmt *raw : Each<RawStmt>(script.ledger.statements)) {
    CHECK_FOR_INTERRUPTS();
    script.ledger.next = ++number;
    const int begin = SkipToStatement(sql, raw->stmt_location);
    line += LineOf(sql + counted, begin - counted) - 1;
    counted = begin;
    if (IsA(raw->stmt, TransactionStmt)) {
      script.Transaction(reinterpret_cast<const TransactionStmt *>(raw->stmt));
      continue;
    }
    const int length = raw->stmt_len == 0 ? 0 : raw->stmt_len - (begin - raw->stmt_location);
    MemoryContextSwitchTo(scratch);
    const char *text = StatementText(sql, begin, length);
    Array<Command> commands;
    if (parts == Parts::commands) commands = CommandsOf(raw->stmt, text);
    if (commands.Empty()) commands.Add({raw->stmt, nullptr, nullptr});
    for (const Command &command : commands) {
      MemoryContextSwitchTo(scratch);
      Analysis a(sql, script.ledger);
      a.location = begin;
      a.length = length;
      a.conventions = conventions;
      ScriptStatement statement = {number, line, text, nullptr, command.statement, command.head, command.text};
      statement.failure = AttemptAnalysis(a, command.statement, AnalyzeInScript);
      visit(statement, a, context);
      MemoryContextSwitchTo(caller);
      if (statement.failure == nullptr) RecordInLedger(a, command.statement, script.ledger);
    }
    MemoryContextReset(scratch);
  }
  MemoryContextDelete(scratch);
}

}  // namespace ddlguard
