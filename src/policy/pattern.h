/*
 * LIKE patterns of policy rows, taken apart once so that most of them are answered without LIKE.
 *
 * A pattern is a literal head, anything, a literal tail.  What stands before the first wildcard and
 * after the last one also says where a row belongs in the index of policy/cache.cpp.  Only patterns
 * with "_" or with literals between wildcards are put to PostgreSQL's own LIKE, under the C
 * collation: names are compared byte by byte, as the catalog compares them.
 *
 * Bytes may be searched for ASCII wildcards because in every server encoding the bytes of a longer
 * character have their high bit set.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

constexpr int kMaxPatternLength = 255; /* bytes; longer than any name that it could match */

struct Pattern {
  enum class Kind : uint8 {
    any,   /* null or '%' */
    exact, /* no wildcard: head is the name */
    split, /* head%tail */
    like   /* head...wildcards...tail; ask LIKE */
  };
  Kind kind = Kind::any;
  int head_length = 0;
  int tail_length = 0;
  const char *head = nullptr; /* unescaped, not terminated */
  const char *tail = nullptr;
  text *like = nullptr;
};

/* A name to be matched.  A null name is matched by Kind::any alone. */
struct Subject {
  const char *value;
  int length;
  text *as_text = nullptr; /* for LIKE; made when first needed */

  explicit Subject(const char *name) : value(name), length(name == nullptr ? 0 : strlen(name)) {}
};

/* What is wrong with a pattern, as a clause for a message; null when nothing is. */
const char *PatternFault(const char *pattern);

/* Takes a pattern without fault apart; allocates in the current context.  Null means any. */
Pattern ParsePattern(const char *pattern);

bool Matches(const Pattern &pattern, Subject &subject);

}  // namespace ddlguard
