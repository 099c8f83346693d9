/*
 * Words of SQL and PL/pgSQL source, without comments, and without strings and quoted bodies unless they are
 * asked for.
 *
 * Enough to find keywords and names in text that the server keeps as text (function bodies, the
 * client's statement).  Not a parser: it knows nothing of grammar.
 */
#pragma once

#include "pg/array.h"

namespace ddlguard {

struct Word {
  enum class Kind : uint8 { end, name, symbol, string };
  Kind kind = Kind::end;
  const char *begin = nullptr; /* in the source */
  const char *end = nullptr;
  const char *name = nullptr; /* of a name: folded to lower case, or as quoted; palloc'd */

  bool IsSymbol(char c) const { return kind == Kind::symbol && *begin == c; }
  bool IsName(const char *wanted) const { return kind == Kind::name && strcmp(name, wanted) == 0; }
};

class Lexer {
 public:
  /* strings: they come as words of their own, with their quotes; those that are not closed go to the end. */
  explicit Lexer(const char *source, bool strings = false) : at_(source), strings_(strings) {}
  Word Next();

 private:
  bool SkipSpace();  /* white space, comments; true when it moved */
  bool SkipString(); /* the same for a string */
  const char *at_;
  bool strings_;
};

/* All words of a source, with names cut as PostgreSQL cuts them; beyond its first and its last one there is the end. */
class Words {
 public:
  explicit Words(const char *source);
  const Word &operator[](int i) const { return i >= 0 && i < words_.count ? words_[i] : end_; }
  int Count() const { return words_.count; }

  bool Is(int i, const char *name) const { return (*this)[i].IsName(name); }
  bool Is(int i, char symbol) const { return (*this)[i].IsSymbol(symbol); }

 private:
  Array<Word> words_;
  Word end_;
};

}  // namespace ddlguard
