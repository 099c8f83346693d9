/*
 * CLUSTER, and REPACK, which has taken its node over in 19: what the statement says.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

struct Repack {
  const Node *statement;
  const RangeVar *name;  /* null: every table */
  const char *indexname; /* null: none, or the one that is marked */
  bool ordered;          /* by an index */
  bool concurrently;
  Why why;
};

/* The statement has the tag kRepackTag. */
Repack ReadRepack(const Node *statement);

void AnalyzeRepack(Analysis &a, const Node *statement);

}  // namespace ddlguard
