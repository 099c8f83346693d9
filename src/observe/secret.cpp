/*
 * See secret.h.  By the words of the text, not by the parse tree: what is recorded may be a function's body or
 * several statements, and may have been cut.
 */
#include "observe/secret.h"

#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

constexpr char kBlank[] = "'***'";

bool MentionsSecret(const char *text) {
  static constexpr const char *kParts[] = {"access_key", "api_key", "apikey",      "conninfo", "credential",
                                           "passphrase", "passw",   "private_key", "secret",   "token"};
  for (const char *at = text; *at != '\0'; ++at) {
    const char first = static_cast<char>(*at | 0x20);
    for (const char *part : kParts)
      if (*part == first && pg_strncasecmp(at, part, strlen(part)) == 0) return true;
  }
  return false;
}

/* CONNECTION of a subscription, OPTIONS of a foreign server or user mapping. */
bool IsSecretive(const char *name) {
  return Equal(name, "connection") || Equal(name, "options") || MentionsSecret(name);
}

/* The tag with its dollars at the beginning of a quoted body; 0: it is no quoted body, or is not closed. */
int TagLength(const Word &string) {
  if (*string.begin != '$') return 0;
  const char *close = strchr(string.begin + 1, '$');
  const int length = static_cast<int>(close - string.begin) + 1;
  const bool closed =
      string.end - string.begin >= 2 * length && strncmp(string.end - length, string.begin, length) == 0;
  return closed ? length : 0;
}

struct Copy {
  StringInfoData out;
  const char *copied; /* up to here */
  bool blanked;

  void Replace(const Word &string, const char *with) {
    appendBinaryStringInfo(&out, copied, static_cast<int>(string.begin - copied));
    appendStringInfoString(&out, with);
    copied = string.end;
    blanked = true;
  }
};

/* Returns whether what follows in the statement may be part of the secret: EXECUTE '... PASSWORD ' || ... */
bool BlankString(Copy &copy, const Word &string) {
  if (!MentionsSecret(pnstrdup(string.begin, string.end - string.begin))) return false;
  const int tag = TagLength(string);
  if (tag == 0) {
    copy.Replace(string, kBlank);
    return true;
  }
  check_stack_depth();
  const char *body = pnstrdup(string.begin + tag, string.end - string.begin - 2 * tag);
  const char *dollars = pnstrdup(string.begin, tag);
  copy.Replace(string, Format("{}{}{}", dollars, WithoutSecrets(body), dollars));
  return false;
}

}  // namespace

const char *WithoutSecrets(const char *statement, bool *found) {
  Copy copy = {};
  copy.copied = statement;
  initStringInfo(&copy.out);
  Lexer lexer(statement, true);
  bool secretive = false;
  for (Word word = lexer.Next(); word.kind != Word::Kind::end; word = lexer.Next()) {
    switch (word.kind) {
      case Word::Kind::name:
        secretive = secretive || IsSecretive(word.name);
        break;
      case Word::Kind::symbol:
        if (word.IsSymbol(';')) secretive = false;
        break;
      case Word::Kind::string:
        if (secretive) copy.Replace(word, kBlank);
        else secretive = BlankString(copy, word);
        break;
      case Word::Kind::end:
        break;
    }
  }
  if (found != nullptr) *found = copy.blanked;
  if (!copy.blanked) return statement;
  appendStringInfoString(&copy.out, copy.copied);
  return copy.out.data;
}

}  // namespace ddlguard
