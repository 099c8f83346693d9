/*
 * See lexer.h.
 */
#include "pg/lexer.h"

#include <algorithm>

#include "pg/text.h"

namespace ddlguard {

namespace {

bool StartsName(char c) { return isalpha(static_cast<unsigned char>(c)) || c == '_' || IS_HIGHBIT_SET(c); }
bool ContinuesName(char c) { return StartsName(c) || isdigit(static_cast<unsigned char>(c)) || c == '$'; }

/* Past the closing quote; a doubled quote stands for itself, and so does an escaped one after E. */
const char *PastQuote(const char *at, char quote, bool escapes) {
  for (++at; *at != '\0'; ++at) {
    if (escapes && *at == '\\' && at[1] != '\0') {
      ++at;
    } else if (*at == quote) {
      if (at[1] != quote) return at + 1;
      ++at;
    }
  }
  return at;
}

/* Past $tag$ ... $tag$, or null when this dollar begins no quoted body. */
const char *PastDollarQuote(const char *at) {
  const char *tag_end = at + 1;
  while (ContinuesName(*tag_end) && *tag_end != '$') ++tag_end;
  if (*tag_end != '$' || isdigit(static_cast<unsigned char>(at[1]))) return nullptr;
  const char *tag = pnstrdup(at, tag_end - at + 1);
  const char *close = strstr(tag_end + 1, tag);
  return close == nullptr ? tag_end + strlen(tag_end) : close + strlen(tag);
}

const char *PastComment(const char *at) {
  int depth = 0;
  do {
    if (at[0] == '/' && at[1] == '*') {
      ++depth;
      at += 2;
    } else if (at[0] == '*' && at[1] == '/') {
      --depth;
      at += 2;
    } else {
      ++at;
    }
  } while (depth > 0 && *at != '\0');
  return at;
}

/* What stands between double quotes, where two stand for one. */
const char *Unquote(const char *begin, const char *end) {
  char *name = static_cast<char *>(palloc(end - begin + 1));
  char *out = name;
  for (; begin < end; ++begin) {
    *out++ = *begin;
    if (*begin == '"') ++begin;
  }
  *out = '\0';
  return name;
}

}  // namespace

bool Lexer::SkipSpace() {
  const char *before = at_;
  if (isspace(static_cast<unsigned char>(*at_))) {
    ++at_;
  } else if (at_[0] == '-' && at_[1] == '-') {
    while (*at_ != '\0' && *at_ != '\n') ++at_;
  } else if (at_[0] == '/' && at_[1] == '*') {
    at_ = PastComment(at_);
  }
  return at_ != before;
}

bool Lexer::SkipString() {
  const char *before = at_;
  if (*at_ == '\'') {
    at_ = PastQuote(at_, '\'', BackslashEscapes());
  } else if ((*at_ == 'e' || *at_ == 'E') && at_[1] == '\'') {
    at_ = PastQuote(at_ + 1, '\'', true);
  } else if (*at_ == '$') {
    if (const char *past = PastDollarQuote(at_)) at_ = past;
  }
  return at_ != before;
}

Word Lexer::Next() {
  while (*at_ != '\0' && (SkipSpace() || (!strings_ && SkipString()))) {
  }
  Word word;
  word.begin = at_;
  if (strings_ && SkipString()) {
    word.kind = Word::Kind::string;
    word.end = at_;
    return word;
  }
  if (*at_ == '\0') {
    word.end = at_;
    return word;
  }
  if (StartsName(*at_)) {
    while (ContinuesName(*at_)) ++at_;
    word.kind = Word::Kind::name;
    word.name = downcase_identifier(word.begin, static_cast<int>(at_ - word.begin), false, false);
  } else if (*at_ == '"') {
    at_ = PastQuote(at_, '"', false);
    word.kind = Word::Kind::name;
    word.name = Unquote(word.begin + 1, std::max(word.begin + 1, at_ - 1));
  } else {
    ++at_;
    word.kind = Word::Kind::symbol;
  }
  word.end = at_;
  return word;
}

Words::Words(const char *source) {
  Lexer lexer(source);
  for (Word word = lexer.Next(); word.kind != Word::Kind::end; word = lexer.Next()) {
    /* The name is a copy of its own. */
    if (word.kind == Word::Kind::name)
      truncate_identifier(const_cast<char *>(word.name), static_cast<int>(strlen(word.name)), false);
    words_.Add(word);
  }
}

}  // namespace ddlguard
