/*
 * The judgement of a utility statement: analysis, verdict, locks and second look (hooks/second_look.h), again until the
 * answer is certain.
 */
#pragma once

#include "hooks/hooks.h"

namespace ddlguard {

/* How a statement has come to the hook. */
struct Circumstances {
  bool ddl = true;                /* not one that carries none, and is judged for something else */
  bool in_block = false;          /* a later statement of the transaction may mend what it does */
  bool conventions = false;       /* they are asked about it */
  Origin origin = Origin::client; /* who sends it */
  bool top_level = false;         /* not from a function, nor a part of another one */
  const Approval *used = nullptr; /* by the statement that it is a part of */
};

struct Judged {
  Analysis *analysis;
  const Approval *approval; /* used; null: none */
  const Effect *lock;       /* see HeaviestLock() */
  int64 hold;               /* see HoldLimit() */
  uint64 heard;             /* SharedInvalidMessageCounter before its names were resolved */
};

/* Judges until the statement is allowed and its names are certain; does not return when it is refused.  What is
 * returned lives in context. */
Judged JudgeStatement(const Node *statement, const Source &source, const Circumstances &around, MemoryContext context);

/* The statement has run.  What has been done is not what was judged, or nobody has judged it: then it is undone (DG005),
 * where the guard may refuse at all.  names_moved: names may have come to mean something else. */
void RefuseUnjudged(const Analysis &a, const Node *statement, const Source &source, bool names_moved);

}  // namespace ddlguard
