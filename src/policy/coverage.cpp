/*
 * See coverage.h.
 */
#include "policy/coverage.h"

#include <algorithm>

#include "pg/text.h"
#include "policy/settings.h"

namespace ddlguard {

namespace {

/* Was it given for this role, or for one that this role is a member of?  A superuser has to be one himself. */
bool GivenFor(const char *role) {
  if (role == nullptr) return true;
  const Oid oid = get_role_oid(role, true);
  return OidIsValid(oid) && is_member_of_role_nosuper(GetSessionUserId(), oid);
}

/* Session user or login, neither of them may be the approver's. */
bool RunsAsApprover(const Approval &approval) {
  const char *user = GetUserNameFromId(GetSessionUserId(), true);
  const char *login = GetUserNameFromId(MyProc->roleId, true);
  for (const char *approver : {approval.approver, approval.approver_login})
    if (approver != nullptr && (Equal(approver, user) || Equal(approver, login))) return true;
  return false;
}

/* What the net finds. */
bool IsUnforeseen(Why why) {
  return why == Why::unpredicted_rewrite || why == Why::unpredicted_index_build || why == Why::unpredicted_drop;
}

/* Nobody can have seen what was not foreseen, so there another rule of its group stands for it. */
bool SameRule(const Sighting &seen, const Rule &rule, Why why) {
  if (Equal(seen.rule, rule.id)) return true;
  const Rule *other = IsUnforeseen(why) ? FindRule(seen.rule) : nullptr;
  return other != nullptr && other->group == rule.group;
}

bool SameObject(const Sighting &seen, const Effect &effect) {
  const Target &target = *effect.target;
  if (seen.classid != target.classid) return false;
  if (OidIsValid(seen.object)) return seen.object == target.oid;
  return Equal(seen.relation, RelationOf(effect));
}

bool Saw(const Sighting &seen, const Finding &finding) {
  const Effect &effect = *finding.effect;
  if (!SameRule(seen, *finding.rule, effect.why) || !SameObject(seen, effect)) return false;
  return IsUnforeseen(effect.why) || Equal(seen.part, effect.column);
}

struct Limit {
  double rows = -1; /* -1: none */
  double bytes = -1;
};

Limit LimitOf(const Approval &approval, const Sighting &seen, const ddlguard::Size &now) {
  if (approval.max_rows >= 0 || approval.max_bytes >= 0)
    return {static_cast<double>(approval.max_rows), static_cast<double>(approval.max_bytes)};
  /* Bytes are facts and rows an estimate, so these count where there is nothing else. */
  if (now.blocks > 0)
    return {-1, std::max(static_cast<double>(seen.bytes) * approval.growth, static_cast<double>(kCoveredBytes))};
  return {std::max(seen.rows * approval.growth, kCoveredRows), -1};
}

const char *Bounded(double bytes) { return bytes < 9e18 ? PrettySize(static_cast<uint64>(bytes)) : "any size"; }

/* Null: within. */
const char *SizeFault(const Approval &approval, const Sighting &seen, const Finding &finding) {
  const ddlguard::Size &size = finding.effect->Extent();
  const Limit limit = LimitOf(approval, seen, size);
  const char *relation = RelationOf(*finding.effect);
  if (limit.bytes >= 0 && static_cast<double>(size.Bytes()) > limit.bytes)
    return Format("it covers up to {} of \"{}\" ({}), and it is {} now", Bounded(limit.bytes), relation,
                  finding.rule->id, PrettySize(size.Bytes()));
  if (limit.rows >= 0 && size.rows > limit.rows)
    return Format("it covers up to {} of \"{}\" ({}), and it is {} now", PrettyRows(limit.rows), relation,
                  finding.rule->id, PrettyRows(size.rows));
  return nullptr;
}

}  // namespace

const char *AvailabilityFault(const Approval &approval) {
  const TimestampTz now = GetCurrentTimestamp();
  if (!approval.here)
    return Format("it was given in another database (\"{}\"); approvals are not carried along by a copy",
                  approval.database);
  if (approval.revoked) return "it has been revoked";
  if (now < approval.valid_from) return Format("it is valid from {} on", timestamptz_to_str(approval.valid_from));
  if (now >= approval.valid_until) return Format("it expired at {}", timestamptz_to_str(approval.valid_until));
  if (approval.limited && approval.uses_left <= 0) return "it has been used";
  if (!GivenFor(approval.role))
    return Format("it was given for role \"{}\", not for \"{}\"", approval.role, CurrentAsker().role);
  if (ApprovalNeedsFourEyes() && RunsAsApprover(approval))
    return Format("\"{}\" gave it, and somebody else has to run the statement (ddlguard.approval_four_eyes)",
                  approval.approver);
  return nullptr;
}

const char *CoverageFault(const Approval &approval, const Verdict &verdict) {
  const int count = approval.sightings.count;
  int next = 0; /* a statement finds the same things in the same order */
  for (const Finding &finding : verdict.findings) {
    if (finding.decision.action != Action::reject) break; /* they come first */
    const char *fault = nullptr;
    bool covered = false;
    for (int i = 0; i < count && !covered; ++i) {
      const int at = (next + i) % count;
      const Sighting &seen = approval.sightings[at];
      if (!Saw(seen, finding)) continue;
      const char *size_fault = SizeFault(approval, seen, finding);
      if (size_fault != nullptr) {
        fault = size_fault;
        continue;
      }
      covered = true;
      next = at + 1;
    }
    if (covered) continue;
    if (fault != nullptr) return fault;
    return Format("its approver did not see {} on \"{}\"{}", finding.rule->id, RelationOf(*finding.effect),
                  finding.effect->column == nullptr ? "" : Format(" ({})", finding.effect->column));
  }
  return nullptr;
}

}  // namespace ddlguard
