/*
 * The fingerprint of a statement: SHA-256 over its tokens as PostgreSQL's own lexer sees them.
 *
 * Comments, white space, the case of keywords and unquoted names, and semicolons at the end make no
 * difference.  Constants count by value and kind: 'a', E'\x61' and $$a$$ are one string; 1.0 and 1.00 are two
 * numbers.  A quoted name is the unquoted one with the same letters, unless that is a keyword.  PREPARE name AS
 * is left out, so that what it prepares has the fingerprint that it has alone.
 *
 * Keywords count by their text, not by their token's number, so a fingerprint holds in every major that has
 * the same keywords.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/* Raises the lexer's own error for what is no SQL (42601). */
bytea *Fingerprint(const char *statement);

}  // namespace ddlguard
