/*
 * Which change an error is the fault of.
 *
 * Where PostgreSQL itself says which relation an error is about (constraints, NOT NULL), that decides.  Elsewhere
 * there are the message and the query.  Messages are translated, so none of their words is looked for, but the
 * names that PostgreSQL puts in are the same in every language: in quotes of some kind, or after a dot.  The query
 * shows whether the relation is named in it, and by which alias.
 *
 * Without memory, and in bounded time: no more than kMaxText bytes of a query are looked at.
 */
#include "observe/aftermath.h"

#include <algorithm>

namespace ddlguard {

namespace {

constexpr size_t kMaxText = 16 * 1024;

bool IsPartOfName(char c) { return isalnum(static_cast<unsigned char>(c)) || c == '_' || c == '$'; }

/* ---- names in a message ---- */

struct Found {
  const char *at = nullptr; /* null: it is not there */
  const char *qualifier = nullptr;
  size_t qualifier_length = 0;
};

/* name, as something that was put into the message. */
Found FindPutIn(const char *message, const char *name, bool bare = false) {
  const size_t length = strlen(name);
  if (message == nullptr || length == 0) return {};
  for (const char *at = strstr(message, name); at != nullptr; at = strstr(at + 1, name)) {
    if (IsPartOfName(at[length])) continue;
    const char before = at == message ? ' ' : at[-1];
    if (before == '.') {
      const char *begin = at - 1;
      while (begin > message && (IsPartOfName(begin[-1]) || IS_HIGHBIT_SET(begin[-1]))) --begin;
      return {at, begin, static_cast<size_t>(at - 1 - begin)};
    }
    if (before == '"' || before == '\'' || before == '`' || IS_HIGHBIT_SET(before)) return {at};
    if (bare && !IsPartOfName(before)) return {at};
  }
  return {};
}

bool QualifierIs(const Found &found, const char *name) {
  return strlen(name) == found.qualifier_length && strncmp(found.qualifier, name, found.qualifier_length) == 0;
}

/* ---- names in a query ---- */

/* The end of the first such word from text on, or null. */
const char *FindWord(const char *text, const char *end, const char *word) {
  const size_t length = strlen(word);
  if (length == 0) return nullptr;
  for (const char *at = text; at + length <= end; ++at) {
    if (pg_strncasecmp(at, word, length) != 0) continue;
    if (at > text && IsPartOfName(at[-1])) continue;
    if (at + length < end && IsPartOfName(at[length])) continue;
    return at + length;
  }
  return nullptr;
}

const char *EndOf(const char *text) { return text + strnlen(text, kMaxText); }

/* A query that nobody knows may name anything. */
bool Names(const char *text, const char *word) {
  return text == nullptr || FindWord(text, EndOf(text), word) != nullptr;
}

const char *PastSpace(const char *at, const char *end) {
  while (at < end && (isspace(static_cast<unsigned char>(*at)) || *at == '"')) ++at;
  return at;
}

/* "relation alias", "relation AS alias" */
bool IsAlias(const char *text, const char *relation, const char *alias, size_t length) {
  if (text == nullptr) return true;
  const char *end = EndOf(text);
  for (const char *at = FindWord(text, end, relation); at != nullptr; at = FindWord(at, end, relation)) {
    const char *next = PastSpace(at, end);
    if (end - next > 2 && pg_strncasecmp(next, "as", 2) == 0 && !IsPartOfName(next[2])) next = PastSpace(next + 2, end);
    if (static_cast<size_t>(end - next) >= length && pg_strncasecmp(next, alias, length) == 0 &&
        (next + length == end || !IsPartOfName(next[length])))
      return true;
  }
  return false;
}

/* ---- a relation, by its old name and its new one ---- */

bool HasLeaf(const Change &change, uint32 hash) {
  for (int i = 0; i < change.leaves; ++i)
    if (change.leaf[i] == hash) return true;
  return false;
}

bool IsTable(const Change &change, const char *schema, const char *table) {
  if (schema == nullptr) schema = "";
  auto is = [&](const NameData &its_schema, const NameData &its_name) {
    return strcmp(NameStr(its_schema), schema) == 0 && strcmp(NameStr(its_name), table) == 0;
  };
  return (!change.gone && is(change.schema, change.name)) || is(change.new_schema, change.new_name) ||
         (change.leaves > 0 && HasLeaf(change, HashName(schema, table)));
}

template <typename Test>
bool AnyName(const Change &change, Test test) {
  return test(NameStr(change.name)) || (*NameStr(change.new_name) != '\0' && test(NameStr(change.new_name)));
}

bool IsNamed(const Change &change, const char *text) {
  return AnyName(change, [text](const char *name) { return Names(text, name); });
}

bool IsPutIn(const Change &change, const char *message, bool bare) {
  return AnyName(change, [=](const char *name) { return FindPutIn(message, name, bare).at != nullptr; });
}

/* Is the column, as the message names it, one of this relation? */
bool IsItsColumn(const Change &change, const ErrorFacts &error, const Found &found) {
  if (found.qualifier != nullptr)
    return AnyName(change, [&](const char *name) {
      return QualifierIs(found, name) || IsAlias(error.text, name, found.qualifier, found.qualifier_length);
    });
  if (error.format != nullptr && strstr(error.format, "of relation") != nullptr)
    return IsPutIn(change, error.message, false);
  return IsNamed(change, error.text);
}

/* ---- kinds of errors ---- */

bool Begins(const char *text, const char *with) { return text != nullptr && strncmp(text, with, strlen(with)) == 0; }

enum : int { no_evidence, mentioned, of_relation, of_column };

int UndefinedTable(const Change &change, const ErrorFacts &error) {
  if (!change.gone || Begins(error.format, "missing FROM") || Begins(error.format, "invalid reference to FROM"))
    return no_evidence;
  const Found found = FindPutIn(error.message, NameStr(change.name));
  if (found.at == nullptr) return no_evidence;
  return found.qualifier == nullptr || QualifierIs(found, NameStr(change.schema)) ? of_relation : no_evidence;
}

/* A column that the message names. */
int OfColumn(const Change &change, const ErrorFacts &error, bool only_gone, const char **column) {
  for (int i = 0; i < change.columns; ++i) {
    const TouchedColumn &touched = change.column[i];
    if (touched.how == How::constraint || (only_gone && touched.how != How::gone)) continue;
    const Found found = FindPutIn(error.message, NameStr(touched.name));
    if (found.at == nullptr || !IsItsColumn(change, error, found)) continue;
    *column = NameStr(touched.name);
    return of_column;
  }
  return no_evidence;
}

/* Values and operators that do not fit a column any more, of which the message says nothing. */
int OfType(const Change &change, const ErrorFacts &error, const char **column) {
  if (error.text == nullptr || !IsNamed(change, error.text)) return no_evidence;
  int evidence = no_evidence;
  for (int i = 0; i < change.columns; ++i) {
    const TouchedColumn &touched = change.column[i];
    if (touched.how != How::retyped) continue;
    evidence = std::max<int>(evidence, mentioned);
    if (!Names(error.text, NameStr(touched.name))) continue;
    *column = NameStr(touched.name);
    return of_column;
  }
  return evidence;
}

/* Another number or type of columns. */
int OfShape(const Change &change, const ErrorFacts &error) {
  for (int i = 0; i < change.columns; ++i)
    if (change.column[i].how != How::changed && change.column[i].how != How::constraint)
      return IsNamed(change, error.text) ? of_relation : no_evidence;
  return no_evidence;
}

int OfTable(const Change &change, const ErrorFacts &error) {
  if (IsTable(change, error.schema, error.table)) {
    for (int i = 0; i < change.columns; ++i) {
      const TouchedColumn &touched = change.column[i];
      const char *named = touched.how == How::constraint ? error.constraint : error.column;
      if (named != nullptr && strcmp(NameStr(touched.name), named) == 0) return of_column;
    }
    return of_relation;
  }
  /* A foreign key of another table, which is the one that PostgreSQL names. */
  return error.sqlstate == ERRCODE_FOREIGN_KEY_VIOLATION && IsPutIn(change, error.message, false) ? mentioned
                                                                                                  : no_evidence;
}

}  // namespace

bool IsOfInterest(int sqlstate) {
  switch (ERRCODE_TO_CATEGORY(sqlstate)) {
    case ERRCODE_INTEGRITY_CONSTRAINT_VIOLATION:
    case ERRCODE_DATA_EXCEPTION:
    case ERRCODE_SYNTAX_ERROR_OR_ACCESS_RULE_VIOLATION:
      return true;
    default:
      return sqlstate == ERRCODE_FEATURE_NOT_SUPPORTED;
  }
}

int Evidence(const Change &change, const ErrorFacts &error, const char **column) {
  if (error.table != nullptr) return OfTable(change, error);
  switch (error.sqlstate) {
    case ERRCODE_UNDEFINED_TABLE:
      return UndefinedTable(change, error);
    case ERRCODE_UNDEFINED_COLUMN:
      return OfColumn(change, error, true, column);
    case ERRCODE_INSUFFICIENT_PRIVILEGE:
      return IsPutIn(change, error.message, true) ? of_relation : no_evidence;
    case ERRCODE_DATATYPE_MISMATCH:
    case ERRCODE_GENERATED_ALWAYS:
      return OfColumn(change, error, false, column);
    case ERRCODE_UNDEFINED_FUNCTION:
      return OfType(change, error, column);
    case ERRCODE_FEATURE_NOT_SUPPORTED:
      return Begins(error.format, "cached plan must not change") ? OfShape(change, error) : no_evidence;
    case ERRCODE_SYNTAX_ERROR:
      return Begins(error.format, "INSERT has more") ? OfShape(change, error) : no_evidence;
    default:
      return ERRCODE_TO_CATEGORY(error.sqlstate) == ERRCODE_DATA_EXCEPTION ? OfType(change, error, column)
                                                                           : no_evidence;
  }
}

}  // namespace ddlguard
