/*
 * The hooks: they route and know no statement.
 */
#pragma once

#include "analysis/analysis.h"
#include "policy/verdict.h"

namespace ddlguard {

/*
 * What the running statements were foreseen to do.  A frame lives on the C stack of the utility hook
 * for the time of its statement; the net asks all frames before it calls something unforeseen.
 */
struct Frame {
  const Analysis *analysis;
  const Source *source;
  const Node *statement;
  const Approval *approval; /* that the statement has used; null: none */
  Frame *outer;
};
extern Frame *current_frame;

void UtilityHookInit();
void ObjectAccessHookInit();
void ExecutorHookInit();
void CommitHookInit();

/* How often the net caught what the prediction had missed, in this backend. */
extern int64 prediction_misses;

}  // namespace ddlguard
