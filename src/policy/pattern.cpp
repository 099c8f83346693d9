#include "policy/pattern.h"

namespace ddlguard {

Subject::Subject(const char *name) : value(name), length(name == nullptr ? 0 : strlen(name)) {
  for (int i = 0; i < length; ++i) ascii = ascii && !IS_HIGHBIT_SET(name[i]);
}

bool Segment::Matches(const char *at) const {
  if (holes == 0) return memcmp(at, bytes, length) == 0;
  for (int i = 0; i < length; ++i)
    if (at[i] != bytes[i] && (holes >> i & 1) == 0) return false;
  return true;
}

const char *PatternFault(const char *pattern) {
  if (pattern == nullptr) return nullptr;
  if (strlen(pattern) > kMaxPatternLength) return "is longer than 255 bytes";
  for (const char *p = pattern; *p != '\0'; ++p) {
    if (*p != '\\') continue;
    if (*++p == '\0') return "ends with a lone backslash";
  }
  return nullptr;
}

namespace {

/* The pattern without its escapes; hole[i] tells a "_", gap[i] a "%", from the characters themselves. */
struct Unescaped {
  char bytes[kMaxPatternLength];
  bool hole[kMaxPatternLength];
  bool gap[kMaxPatternLength];
  int length = 0;
};

void Unescape(const char *pattern, Unescaped *out) {
  for (const char *p = pattern; *p != '\0' && out->length < kMaxPatternLength; ++p) {
    int i = out->length++;
    out->hole[i] = *p == '_';
    out->gap[i] = *p == '%';
    if (*p == '\\') ++p;
    out->bytes[i] = out->hole[i] ? '\0' : *p;
  }
}

Segment MakeSegment(const Unescaped &from, int start, int length) {
  Segment segment;
  char *bytes = static_cast<char *>(palloc(length + 1));
  memcpy(bytes, from.bytes + start, length);
  segment.bytes = bytes;
  segment.length = length;
  for (int i = 0; i < length; ++i)
    if (from.hole[start + i]) segment.holes |= UINT64CONST(1) << i;
  return segment;
}

/* The longest run of plain characters from start to end. */
Segment LongestLiteral(const Unescaped &from, int start, int end) {
  int best = start;
  int length = 0;
  for (int i = start, begin = start; i < end; ++i) {
    if (from.hole[i] || from.gap[i]) begin = i + 1;
    if (i + 1 - begin <= length) continue;
    best = begin;
    length = i + 1 - begin;
  }
  return MakeSegment(from, best, length);
}

}  // namespace

Pattern ParsePattern(const char *pattern) {
  Pattern parsed;
  if (pattern == nullptr) return parsed;
  Unescaped text;
  Unescape(pattern, &text);

  int first_gap = -1;
  int last_gap = -1;
  bool holes = false;
  for (int i = 0; i < text.length; ++i) {
    holes = holes || text.hole[i];
    if (!text.gap[i]) continue;
    if (first_gap < 0) first_gap = i;
    last_gap = i;
  }
  if (first_gap < 0 && !holes) {
    parsed.kind = Pattern::Kind::exact;
    parsed.head = MakeSegment(text, 0, text.length);
    return parsed;
  }

  int head = first_gap < 0 ? text.length : first_gap;
  int tail = first_gap < 0 ? 0 : text.length - last_gap - 1;
  bool one_gap = true; /* nothing but % between the first and the last */
  for (int i = first_gap; i >= 0 && i < last_gap; ++i) one_gap = one_gap && text.gap[i];
  if (first_gap >= 0 && one_gap && head == 0 && tail == 0) return parsed;

  /* Names are shorter than that; cut, for the bits, and let LIKE decide. */
  bool cut = head > Segment::kMaxWithHoles || tail > Segment::kMaxWithHoles;
  if (head > Segment::kMaxWithHoles) head = Segment::kMaxWithHoles;
  if (tail > Segment::kMaxWithHoles) tail = Segment::kMaxWithHoles;
  parsed.head = MakeSegment(text, 0, head);
  parsed.tail = MakeSegment(text, text.length - tail, tail);
  parsed.like = cstring_to_text(pattern);
  if (cut || !one_gap) {
    parsed.kind = Pattern::Kind::like;
    if (first_gap >= 0) parsed.needle = LongestLiteral(text, first_gap, last_gap);
  } else {
    parsed.kind = first_gap < 0 ? Pattern::Kind::fixed : Pattern::Kind::split;
  }
  return parsed;
}

bool Matches(const Pattern &pattern, Subject &subject) {
  if (pattern.kind == Pattern::Kind::any) return true;
  if (subject.value == nullptr) return false;
  const Segment &head = pattern.head;
  const Segment &tail = pattern.tail;
  if (pattern.kind == Pattern::Kind::exact) return subject.length == head.length && head.Matches(subject.value);

  if (subject.ascii) {
    if (subject.length < head.length + tail.length) return false;
    if (!head.Matches(subject.value) || !tail.Matches(subject.value + subject.length - tail.length)) return false;
    if (pattern.kind == Pattern::Kind::fixed) return subject.length == head.length;
    if (pattern.kind == Pattern::Kind::split) return true;
  }
  if (subject.as_text == nullptr) subject.as_text = cstring_to_text_with_len(subject.value, subject.length);
  return DatumGetBool(DirectFunctionCall2Coll(textlike, C_COLLATION_OID, PointerGetDatum(subject.as_text),
                                              PointerGetDatum(pattern.like)));
}

}  // namespace ddlguard
