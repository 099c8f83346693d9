/*
 * Does an approval cover what is found now?  What its approver saw is the measure: these rules on these
 * objects, up to the size that he had in mind.
 */
#pragma once

#include "policy/approval.h"
#include "policy/verdict.h"

namespace ddlguard {

/* What an approval covers beyond the size that was seen, so that a small table may grow. */
constexpr uint64 kCoveredBytes = 64 * 1024 * 1024;
constexpr double kCoveredRows = 100'000;

/* Why the approval cannot be used by this session now, after "Approval 7 does not apply: "; null: it can. */
const char *AvailabilityFault(const Approval &approval);

/* The first rejected finding that the approval does not cover, in the same words; null: it covers all. */
const char *CoverageFault(const Approval &approval, const Verdict &verdict);

}  // namespace ddlguard
