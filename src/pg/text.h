/*
 * Text: fmt behind one function, and the few string helpers that messages need.
 */
#pragma once

#include "pg/prelude.h"

#include <fmt/core.h>

namespace ddlguard {

/* Formats into one palloc'd string of exactly the needed size; the format string is checked when
 * this is compiled.  fmt itself is compiled in text.cpp alone. */
char *VFormat(fmt::string_view format, fmt::format_args args);

/* fmt aborts on a null string, and with it the whole server; names of what somebody else has just
 * dropped are null.  (References, since fmt keeps no copies.) */
inline char kGone[] = "?";
inline const char *const kGoneText = kGone;
inline char *const kGoneBuffer = kGone;
template <typename T>
const T &Printable(const T &value) {
  return value;
}
inline const char *const &Printable(const char *const &text) { return text == nullptr ? kGoneText : text; }
inline char *const &Printable(char *const &text) { return text == nullptr ? kGoneBuffer : text; }

template <typename... Args>
char *Format(fmt::format_string<Args...> format, const Args &...args) {
  return VFormat(format, fmt::make_format_args(Printable(args)...));
}

/* Null is empty; what is too long is cut. */
inline void SetName(NameData &to, const char *from) { strlcpy(NameStr(to), from == nullptr ? "" : from, NAMEDATALEN); }

bool Equal(const char *a, const char *b);                        /* both may be null; null equals null only */
const char *QuoteIdent(const char *name);                        /* quote_identifier; "?" for null */
const char *QualifiedName(const char *schema, const char *name); /* quoted; schema may be null */
const char *LockModeName(LOCKMODE lock);                         /* "ACCESS EXCLUSIVE" ...; "none" for NoLock */
const char *PrettySize(uint64 bytes);                            /* "1204 MB", as pg_size_pretty writes it */
const char *PrettyRows(double rows);                             /* "about 12,000,000 rows" */

/* The source text of one statement: sql from location for length bytes (0: to the end), trimmed. */
const char *StatementText(const char *sql, int location, int length);

/* Where the text of the running statement is; cut out only when somebody needs it. */
struct Source {
  const char *query = nullptr;
  int location = 0;
  int length = 0;
  const char *Text() const;
};

}  // namespace ddlguard
