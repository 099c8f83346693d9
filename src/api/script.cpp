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
#include "analysis/dml.h"
#include "analysis/statement.h"
#include "recipes/commands.h"
#include "pg/debug_point.h"
#include "pg/text.h"
#include "pg/expression.h"

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

/* The ledger as a block, or a savepoint, found it, for a rollback: lists only grow. */
struct Mark {
  const char *savepoint; /* null: BEGIN */
  Ledger ledger;
};

struct Script {
  const char *sql;
  Ledger ledger;
  Array<Mark> marks; /* of the open block and its savepoints */

  void Set(const char *savepoint) { marks.Add({savepoint, ledger}); }

  void GoBack(const Mark &mark) {
    const int next = ledger.next;
    ledger = mark.ledger;
    ledger.next = next;
  }

  int Find(const char *savepoint) const {
    for (int i = marks.count - 1; i > 0; --i)
      if (Equal(marks[i].savepoint, savepoint)) return i;
    return -1; /* an error that PostgreSQL will tell */
  }

  void End(bool chain) {
    ledger.EndTransaction();
    ledger.in_block = false;
    marks.Clear();
    if (chain) Begin();
  }

  void Begin() {
    if (ledger.in_block) return; /* a warning, no more */
    ledger.in_block = true;
    Set(nullptr);
  }

  void Transaction(const TransactionStmt *stmt) {
    switch (stmt->kind) {
      case TRANS_STMT_BEGIN:
      case TRANS_STMT_START:
        Begin();
        break;
      case TRANS_STMT_ROLLBACK:
        if (!marks.Empty()) GoBack(marks[0]);
        End(stmt->chain);
        break;
      case TRANS_STMT_COMMIT:
      case TRANS_STMT_PREPARE:
        ledger.settings.Commit();
        End(stmt->chain);
        break;
      case TRANS_STMT_SAVEPOINT:
        if (ledger.in_block) Set(stmt->savepoint_name);
        break;
      case TRANS_STMT_RELEASE:
        if (const int at = Find(stmt->savepoint_name); at > 0) marks.count = at;
        break;
      case TRANS_STMT_ROLLBACK_TO:
        if (const int at = Find(stmt->savepoint_name); at > 0) {
          GoBack(marks[at]);
          marks.count = at + 1;
        }
        break;
      case TRANS_STMT_COMMIT_PREPARED:
      case TRANS_STMT_ROLLBACK_PREPARED:
        break;
    }
    ledger.depth = ledger.in_block ? marks.count - 1 : 0;
  }

  /* What is no DDL, but changes what the next statements meet. */
  void Record(const Analysis &a, const Node *statement) {
    switch (nodeTag(statement)) {
      case T_TransactionStmt:
        return Transaction(reinterpret_cast<const TransactionStmt *>(statement));
      case T_VariableSetStmt:
        return ledger.settings.Execute(reinterpret_cast<const VariableSetStmt *>(statement), ledger.in_block);
      case T_DiscardStmt:
        if (reinterpret_cast<const DiscardStmt *>(statement)->target == DISCARD_ALL) ledger.settings.Discard();
        return;
      case T_InsertStmt:
      case T_UpdateStmt:
      case T_DeleteStmt:
      case T_MergeStmt:
        return RecordScriptDml(a, statement, ledger);
      case T_SelectStmt:
        RecordScriptDml(a, statement, ledger);
        return RecordInLedger(a, statement, ledger);
      default:
        return RecordInLedger(a, statement, ledger);
    }
  }
};

/* SELECT ... INTO is CREATE TABLE AS by another name. */
void AnalyzeSelectInto(Analysis &a, const SelectStmt *stmt) {
  auto *select = static_cast<SelectStmt *>(copyObjectImpl(stmt));
  CreateTableAsStmt *create = makeNode(CreateTableAsStmt);
  create->into = select->intoClause;
  create->objtype = OBJECT_TABLE;
  create->is_select_into = true;
  select->intoClause = nullptr;
  create->query = reinterpret_cast<Node *>(select);
  Analyze(a, reinterpret_cast<const Node *>(create));
}

void AnalyzeInScript(Analysis &a, const Node *statement) {
  a.alone = RunsAlone(statement);
  switch (nodeTag(statement)) {
    case T_SelectStmt: {
      auto *select = reinterpret_cast<const SelectStmt *>(statement);
      if (select->intoClause == nullptr) return AnalyzeScriptDml(a, statement);
      AnalyzeSelectInto(a, select);
      return AnalyzeSurroundings(a, statement);
    }
    case T_InsertStmt:
    case T_UpdateStmt:
    case T_DeleteStmt:
    case T_MergeStmt:
      return AnalyzeScriptDml(a, statement);
    case T_TransactionStmt:
    case T_CopyStmt:
      return Analyze(a, statement);
    case T_DoStmt:
    case T_CallStmt:
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
    default:
      a.concurrently = RunsConcurrently(statement);
      Analyze(a, statement);
      AnalyzeSurroundings(a, statement);
  }
}

}  // namespace

static void AnalyzeStatements(const Asker &asker, const char *sql, ScriptVisitor visit, void *context, Parts parts) {
  MemoryContext caller = CurrentMemoryContext;
  MemoryContext scratch = AllocSetContextCreate(caller, "ddlguard script statement", ALLOCSET_DEFAULT_SIZES);
  Script script = {.sql = sql};
  script.ledger.script = true;
  script.ledger.settings.Start();
  const RuleSet conventions = SwitchedOn(asker);
  script.ledger.statements = Parse(sql);
  int number = 0, line = 1, counted = 0;

  for (RawStmt *raw : Each<RawStmt>(script.ledger.statements)) {
    CHECK_FOR_INTERRUPTS();
    script.ledger.next = ++number;
    const int begin = SkipToStatement(sql, raw->stmt_location);
    line += LineOf(sql + counted, begin - counted) - 1;
    counted = begin;
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
      DebugPoint(Stage::script);
      /* BEGIN and the like are there for the other statements. */
      if (!IsA(raw->stmt, TransactionStmt) || !a.effects.Empty()) visit(statement, a, context);
      MemoryContextSwitchTo(caller);
      if (statement.failure == nullptr) script.Record(a, command.statement);
    }
    MemoryContextReset(scratch);
  }
  MemoryContextDelete(scratch);
}

void AnalyzeScriptFor(const Asker &asker, const char *sql, ScriptVisitor visit, void *context, Parts parts) {
  const bool before = run_no_functions;
  run_no_functions = true;
  PG_TRY();
  { AnalyzeStatements(asker, sql, visit, context, parts); }
  PG_FINALLY();
  { run_no_functions = before; }
  PG_END_TRY();
}

void AnalyzeScript(const char *sql, ScriptVisitor visit, void *context, Parts parts) {
  AnalyzeScriptFor(CurrentAsker(), sql, visit, context, parts);
}

}  // namespace ddlguard
