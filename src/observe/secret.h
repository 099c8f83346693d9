/*
 * Statement texts for logs and tables, without passwords.
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

/*
 * The statement with '***' in place of strings that may be secret, in the current memory context.  A string is
 * one when a word of the same statement before it speaks of secrets (PASSWORD, CONNECTION, OPTIONS, and names
 * with "secret", "token" and the like in them), or when it speaks of one itself: what EXECUTE gets, a
 * connection string.  Quoted bodies are looked into.  It rather blanks a harmless string than to keep a
 * password.  *found: something was blanked.  Returns the statement itself when nothing was.
 */
const char *WithoutSecrets(const char *statement, bool *found = nullptr);

}  // namespace ddlguard
