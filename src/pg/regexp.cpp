#include "pg/regexp.h"

namespace ddlguard {

namespace {

pg_wchar *Widen(const char *value, int *length) {
  const int bytes = strlen(value);
  auto *wide = static_cast<pg_wchar *>(palloc((bytes + 1) * sizeof(pg_wchar)));
  *length = pg_mb2wchar_with_len(value, wide, bytes);
  return wide;
}

int Compile(const char *pattern, regex_t *compiled) {
  int length;
  pg_wchar *wide = Widen(pattern, &length);
  const int result = pg_regcomp(compiled, wide, length, REG_ADVANCED | REG_NOSUB, C_COLLATION_OID);
  pfree(wide);
  return result;
}

}  // namespace

const char *RegexpFault(const char *pattern) {
  regex_t compiled;
  const int result = Compile(pattern, &compiled);
  if (result == REG_OKAY) {
    pg_regfree(&compiled);
    return nullptr;
  }
  constexpr size_t kLength = 128;
  auto *fault = static_cast<char *>(palloc(kLength));
  pg_regerror(result, &compiled, fault, kLength);
  return fault;
}

bool RegexpMatches(const char *pattern, const char *value) {
  regex_t compiled;
  if (Compile(pattern, &compiled) != REG_OKAY) return false;
  int length;
  pg_wchar *wide = Widen(value, &length);
  const int result = pg_regexec(&compiled, wide, length, 0, nullptr, 0, nullptr, 0);
  pfree(wide);
  pg_regfree(&compiled);
  return result == REG_OKAY;
}

}  // namespace ddlguard
