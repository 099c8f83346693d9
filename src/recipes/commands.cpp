/*
 * See commands.h.
 *
 * The text is split at the commas that stand outside of parentheses and brackets; when that gives
 * another number of commands than the parser saw, the statement is left whole.
 */
#include "recipes/commands.h"

#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

bool Is(const Word &word, const char *keyword) {
  return word.kind == Word::Kind::name && *word.begin != '"' && Equal(word.name, keyword);
}

/* Where the first command begins: after ALTER TABLE [IF EXISTS] [ONLY] name [*]. */
const char *FirstCommand(const char *text) {
  Lexer lexer(text);
  Word word = lexer.Next();
  static constexpr const char *kKinds[] = {"table", "index", "view", "sequence"};
  for (bool kind = false; !kind; word = lexer.Next()) {
    if (word.kind == Word::Kind::end) return nullptr;
    for (const char *each : kKinds) kind = kind || Is(word, each);
  }
  if (Is(word, "if")) {
    lexer.Next();
    word = lexer.Next();
  }
  const bool only = Is(word, "only");
  if (only) word = lexer.Next();
  const bool parenthesis = word.IsSymbol('(');
  if (parenthesis) word = lexer.Next();
  for (word = lexer.Next(); word.IsSymbol('.'); word = lexer.Next()) lexer.Next();
  if (parenthesis || word.IsSymbol('*')) word = lexer.Next();
  return word.begin;
}

const char *Piece(const char *begin, const char *end) {
  while (begin < end && isspace(static_cast<unsigned char>(*begin))) ++begin;
  while (begin < end && isspace(static_cast<unsigned char>(end[-1]))) --end;
  return pnstrdup(begin, end - begin);
}

Array<const char *> SplitAtCommas(const char *text) {
  Array<const char *> pieces;
  Lexer lexer(text);
  const char *begin = text;
  int depth = 0;
  for (Word word = lexer.Next();; word = lexer.Next()) {
    const bool end = word.kind == Word::Kind::end;
    if (word.IsSymbol('(') || word.IsSymbol('[')) ++depth;
    if (word.IsSymbol(')') || word.IsSymbol(']')) --depth;
    if (end || (depth == 0 && word.IsSymbol(','))) {
      pieces.Add(Piece(begin, word.begin));
      begin = word.end;
    }
    if (end) return pieces;
  }
}

/* The order of the passes of ALTER TABLE (AlterTablePass), as far as it tells commands apart. */
int PassOf(const AlterTableCmd *cmd) {
  switch (static_cast<int>(cmd->subtype)) {
    case AT_DropColumn:
    case AT_DropConstraint:
    case AT_DropNotNull:
    case AT_DropExpression:
    case AT_DropIdentity:
      return 0;
    case AT_ColumnDefault:
      return cmd->def == nullptr ? 0 : 4;
    case AT_AlterColumnType:
      return 1;
    case AT_AddColumn:
      return 2;
    case AT_SetNotNull:
      return 3;
    case AT_AddConstraint:
      /* A foreign key may need the key that the same statement adds. */
      return reinterpret_cast<const Constraint *>(cmd->def)->contype == CONSTR_FOREIGN ? 4 : 3;
    case AT_AddIdentity:
    case AT_SetIdentity:
      return 4;
    default:
      return 5;
  }
}

}  // namespace

Array<const char *> CommandTexts(const char *statement) {
  const char *first = FirstCommand(statement);
  return first == nullptr ? Array<const char *>() : SplitAtCommas(first);
}

const char *AddColumnText(const char *statement, const char *column) {
  for (const char *command : CommandTexts(statement)) {
    Lexer lexer(command);
    if (!Is(lexer.Next(), "add")) continue;
    Word word = lexer.Next();
    if (Is(word, "column")) word = lexer.Next();
    if (Is(word, "if")) {
      lexer.Next();
      lexer.Next();
      word = lexer.Next();
    }
    if (word.kind == Word::Kind::name && Equal(word.name, column)) return command;
  }
  return nullptr;
}

Array<Command> CommandsOf(const Node *statement, const char *text) {
  Array<Command> commands;
  if (!IsA(statement, AlterTableStmt)) return commands;
  auto *stmt = reinterpret_cast<const AlterTableStmt *>(statement);
  if (list_length(stmt->cmds) < 2) return commands;
  const char *first = FirstCommand(text);
  if (first == nullptr) return commands;
  const Array<const char *> pieces = SplitAtCommas(first);
  if (pieces.count != list_length(stmt->cmds)) return commands;
  const char *head = Piece(text, first);
  for (int pass = 0; pass <= 5; ++pass)
    for (int i = 0; i < pieces.count; ++i) {
      auto *cmd = static_cast<AlterTableCmd *>(list_nth(stmt->cmds, i));
      if (PassOf(cmd) != pass) continue;
      AlterTableStmt *single = makeNode(AlterTableStmt);
      *single = *stmt;
      single->cmds = list_make1(cmd);
      commands.Add({reinterpret_cast<const Node *>(single), head, pieces[i]});
    }
  return commands;
}

}  // namespace ddlguard
