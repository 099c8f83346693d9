/*
 * See fingerprint.h.  Each token becomes a kind, a length and its bytes, so that no two sequences of tokens
 * can be written as one.
 */
#include "pg/fingerprint.h"

#include "pg/text.h"

namespace ddlguard {

namespace {

/* Which tokens have a value.  The grammars that build on the core lexer (PL/pgSQL's is another) declare
 * these first and in this order; see parser/scanner.h. */
enum Token : int {
  t_ident = 258,
  t_uident,
  t_fconst,
  t_sconst,
  t_usconst,
  t_bconst,
  t_xconst,
  t_op,
  t_iconst,
  t_param
};

class Stream {
 public:
  Stream() { initStringInfo(&out_); }

  void Add(int token, const core_YYSTYPE &value) {
    if (token == ';') {
      ++semicolons_;
      return;
    }
    for (; semicolons_ > 0; --semicolons_) Put(';', "");
    if (token == t_iconst || token == t_param) Put(token, Format("{}", value.ival));
    else if (token >= t_ident && token <= t_op) Put(token, value.str);
    else if (value.keyword != nullptr) Put(0, value.keyword);
    else Put(token, "");
  }
  void Forget() { resetStringInfo(&out_); }

  bytea *Digest() {
    auto *bytes = static_cast<bytea *>(palloc(VARHDRSZ + out_.len));
    SET_VARSIZE(bytes, VARHDRSZ + out_.len);
    memcpy(VARDATA(bytes), out_.data, out_.len);
    return DatumGetByteaPP(DirectFunctionCall1(sha256_bytea, PointerGetDatum(bytes)));
  }

 private:
  void Put(int kind, const char *text) {
    const uint32 head[] = {static_cast<uint32>(kind), static_cast<uint32>(strlen(text))};
    for (uint32 each : head)
      for (int shift = 0; shift < 32; shift += 8) appendStringInfoChar(&out_, static_cast<char>(each >> shift));
    appendBinaryStringInfo(&out_, text, static_cast<int>(head[1]));
  }

  StringInfoData out_;
  int semicolons_ = 0; /* which count only when something follows */
};

/* Follows PREPARE name (types) AS from the beginning of a statement. */
class PreparePrefix {
 public:
  /* True with the AS at its end. */
  bool EndsWith(int token, const char *keyword) {
    if (at_ < 0) return false;
    const int position = at_++;
    if (position == 0 && !Equal(keyword, "prepare")) at_ = -1;
    if (token == '(') ++depth_;
    if (token == ')') --depth_;
    if (depth_ > 0 || !Equal(keyword, "as")) return false;
    at_ = -1;
    return position > 1;
  }

 private:
  int at_ = 0; /* -1: not in it, or past it */
  int depth_ = 0;
};

}  // namespace

bytea *Fingerprint(const char *statement) {
  core_yy_extra_type extra;
  core_yyscan_t scanner = scanner_init(statement, &extra, &ScanKeywords, ScanKeywordTokens);
  KeepQuietOfEscapes(extra);

  Stream stream;
  PreparePrefix prefix;
  for (;;) {
    core_YYSTYPE value;
    YYLTYPE location;
    value.str = nullptr; /* stays so for tokens without a value */
    const int token = core_yylex(&value, &location, scanner);
    if (token == 0) break;
    const bool valued = token >= t_ident && token <= t_param;
    if (prefix.EndsWith(token, valued ? nullptr : value.keyword)) stream.Forget();
    else stream.Add(token, value);
  }
  scanner_finish(scanner);
  return stream.Digest();
}

}  // namespace ddlguard
