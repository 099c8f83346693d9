/*
 * LIKE patterns of policy rows, taken apart once so that nearly all of them are answered without LIKE.
 *
 * A pattern is a head, anything, a tail.  Head and tail have a fixed length, with "_" as holes in
 * them (names are full of underscores that nobody escapes), so for a name of ASCII characters both are
 * compared byte by byte.  Only a pattern with literals between two "%" and a name with other characters
 * are put to PostgreSQL's own LIKE, under the C collation.  Head, tail and the longest of those literals
 * also say where a row stands in the index (policy/index.h).
 *
 * Bytes may be searched for ASCII wildcards because in every server encoding the bytes of a longer
 * character have their high bit set.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

constexpr int kMaxPatternLength = 255; /* bytes; longer than any name that it could match */

struct Segment {
  static constexpr int kMaxWithHoles = 64;

  const char *bytes = nullptr; /* unescaped, not terminated; 0 in the holes */
  int length = 0;
  uint64 holes = 0; /* bit i: byte i is any character */

  bool Matches(const char *at) const;
};

struct Pattern {
  enum class Kind : uint8 {
    any,   /* null or '%' */
    exact, /* no wildcard: head is the name */
    fixed, /* head with holes is all of it */
    split, /* head%tail */
    like   /* head and tail are necessary; LIKE says whether they are sufficient */
  };
  Kind kind = Kind::any;
  Segment head;
  Segment tail;
  Segment needle; /* like: the longest literal between head and tail, without holes; may be empty */
  text *like = nullptr;
};

/* A name to be matched.  A null name is matched by Kind::any alone. */
struct Subject {
  const char *value;
  int length;
  bool ascii = true;
  text *as_text = nullptr; /* for LIKE; made when first needed */

  explicit Subject(const char *name);
};

/* What is wrong with a pattern, as a clause for a message; null when nothing is. */
const char *PatternFault(const char *pattern);

/* Takes a pattern without fault apart; allocates in the current context.  Null means any. */
Pattern ParsePattern(const char *pattern);

bool Matches(const Pattern &pattern, Subject &subject);

}  // namespace ddlguard
