/*
 * Words of SQL and PL/pgSQL source, without strings, comments and quoted bodies.
 *
 * Enough to find keywords and names in text that the server keeps as text (function bodies, the
 * client's statement).  Not a parser: it knows nothing of grammar.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

struct Word {
  enum class Kind : uint8 { end, name, symbol };
  Kind kind = Kind::end;
  const char *begin = nullptr; /* in the source */
  const char *end = nullptr;
  const char *name = nullptr; /* of a name: folded to lower case, or as quoted; palloc'd */

  bool IsSymbol(char c) const { return kind == Kind::symbol && *begin == c; }
};

class Lexer {
 public:
  explicit Lexer(const char *source) : at_(source) {}
  Word Next();

 private:
  bool SkipIgnored(); /* white space, comments, strings; true when it moved */
  const char *at_;
};

}  // namespace ddlguard
