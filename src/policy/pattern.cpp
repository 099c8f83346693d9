#include "policy/pattern.h"

namespace ddlguard {

const char *PatternFault(const char *pattern) {
  if (pattern == nullptr) return nullptr;
  if (strlen(pattern) > kMaxPatternLength) return "is longer than 255 bytes";
  for (const char *p = pattern; *p != '\0'; ++p) {
    if (*p != '\\') continue;
    if (*++p == '\0') return "ends with a lone backslash";
  }
  return nullptr;
}

Pattern ParsePattern(const char *pattern) {
  Pattern parsed;
  if (pattern == nullptr) return parsed;

  char *head = static_cast<char *>(palloc(strlen(pattern) + 1));
  char *tail = static_cast<char *>(palloc(strlen(pattern) + 1));
  int head_length = 0;
  int tail_length = 0;
  bool wild = false;   /* a wildcard was met */
  bool one_gap = true; /* every wildcard so far is % and they stand together */
  for (const char *p = pattern; *p != '\0'; ++p) {
    if (*p == '%' || *p == '_') {
      if (*p == '_' || tail_length > 0) one_gap = false;
      wild = true;
      tail_length = 0;
      continue;
    }
    if (*p == '\\') ++p;
    if (wild) tail[tail_length++] = *p;
    else head[head_length++] = *p;
  }

  if (wild && one_gap && head_length == 0 && tail_length == 0) return parsed;
  parsed.head = head;
  parsed.head_length = head_length;
  parsed.tail = tail;
  parsed.tail_length = tail_length;
  if (!wild) {
    parsed.kind = Pattern::Kind::exact;
  } else if (one_gap) {
    parsed.kind = Pattern::Kind::split;
  } else {
    parsed.kind = Pattern::Kind::like;
    parsed.like = cstring_to_text(pattern);
  }
  return parsed;
}

bool Matches(const Pattern &pattern, Subject &subject) {
  if (pattern.kind == Pattern::Kind::any) return true;
  if (subject.value == nullptr) return false;
  if (pattern.kind == Pattern::Kind::exact)
    return subject.length == pattern.head_length && memcmp(subject.value, pattern.head, pattern.head_length) == 0;

  if (subject.length < pattern.head_length + pattern.tail_length) return false;
  if (memcmp(subject.value, pattern.head, pattern.head_length) != 0) return false;
  if (memcmp(subject.value + subject.length - pattern.tail_length, pattern.tail, pattern.tail_length) != 0)
    return false;
  if (pattern.kind == Pattern::Kind::split) return true;

  if (subject.as_text == nullptr) subject.as_text = cstring_to_text_with_len(subject.value, subject.length);
  return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID, PointerGetDatum(subject.as_text),
                                              PointerGetDatum(pattern.like)));
}

}  // namespace ddlguard
