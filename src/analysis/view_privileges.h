/*
 * With whose privileges a view reads, and who could not read it any more.
 */
#pragma once

#include "analysis/analysis.h"

namespace ddlguard {

/* A relation that the view reads and that role may not; invalid: there is none, or it reads as whoever asks. */
Oid UnreadableBy(Oid view, Oid role);

/* The relation gets this owner: views whose owner reads it as the old one, or as its member. */
void AddUnreadableViews(Analysis &a, const Target *relation, Oid owner);

/* May those who have SELECT on the view read what it reads themselves? */
bool InvokersMayRead(Oid view);

/* The view is going to read as whoever asks. */
void AddInvokerFault(Analysis &a, const Target *view, LOCKMODE lock);

}  // namespace ddlguard
