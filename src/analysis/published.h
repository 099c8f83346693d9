/*
 * What publications do with a table, and what is lost when they stop.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

struct Published {
  bool inserts = false, updates = false, deletes = false, truncates = false;
  bool Any() const { return inserts || updates || deletes || truncates; }
  bool Changes() const { return updates || deletes; }
};

/* By whatever publication: of the table, its schema, an ancestor, or all tables. */
Published PublishedActions(Oid table);

/* By a publication that names the table itself. */
bool IsPublishedByName(Oid table);

/* publication_loss.cpp: what subscribers no longer receive after ALTER or DROP PUBLICATION. */
void AddPublicationLoss(Analysis &a, Oid publication, const AlterPublicationStmt *stmt);
void AddPublicationDrop(Analysis &a, const Target *publication);

}  // namespace ddlguard
