/*
 * The only file that compiles fmt (header-only, exceptions off).
 *
 * fmt's float formatting can allocate; operator new and the library's throw helpers are answered
 * here with palloc and a FATAL-free abort, so that the extension needs no C++ runtime.  The linker
 * script keeps them from being exported.
 */
#include <cstdlib>
#define FMT_HEADER_ONLY
#define FMT_EXCEPTIONS 0
#define FMT_STATIC_THOUSANDS_SEPARATOR ','
#define FMT_THROW(x) abort()
#include <fmt/format.h>

#include "pg/text.h"

void *operator new(size_t size) { return palloc(size); }
void operator delete(void *pointer) noexcept { pfree(pointer); }
void operator delete(void *pointer, size_t) noexcept { pfree(pointer); }

namespace std {
void __throw_bad_alloc() { abort(); }
void __throw_length_error(const char *) { abort(); }
void __throw_bad_array_new_length() { abort(); }
void terminate() noexcept { abort(); }
}  // namespace std

namespace ddlguard {

char *VFormat(fmt::string_view format, fmt::format_args args) {
  fmt::detail::counting_buffer<> counter;
  fmt::detail::vformat_to(counter, format, args, {});
  size_t length = counter.count();
  char *text = static_cast<char *>(palloc(length + 1));
  *fmt::vformat_to_n(text, length, format, args).out = '\0';
  return text;
}

bool Equal(const char *a, const char *b) {
  if (a == nullptr || b == nullptr) return a == b;
  return strcmp(a, b) == 0;
}

const char *QuoteIdent(const char *name) { return name == nullptr ? "?" : quote_identifier(name); }

const char *QualifiedName(const char *schema, const char *name) {
  return name == nullptr ? "?" : quote_qualified_identifier(schema, name);
}

const char *LockModeName(LOCKMODE lock) {
  static constexpr const char *kNames[] = {
      "none",  "ACCESS SHARE",        "ROW SHARE", "ROW EXCLUSIVE",   "SHARE UPDATE EXCLUSIVE",
      "SHARE", "SHARE ROW EXCLUSIVE", "EXCLUSIVE", "ACCESS EXCLUSIVE"};
  return kNames[lock];
}

const char *PrettySize(uint64 bytes) {
  static constexpr const char *kUnits[] = {"bytes", "kB", "MB", "GB", "TB", "PB"};
  int unit = 0;
  while (bytes >= 10240 && unit < 5) {
    bytes = (bytes + 512) / 1024;
    ++unit;
  }
  return Format("{} {}", bytes, kUnits[unit]);
}

const char *PrettyRows(double rows) {
  uint64 n = rows < 0 ? 0 : static_cast<uint64>(rows);
  char digits[32];
  int written = 0;
  char *out = digits + sizeof(digits);
  *--out = '\0';
  do {
    if (written != 0 && written % 3 == 0) *--out = ',';
    *--out = static_cast<char>('0' + n % 10);
    n /= 10;
    ++written;
  } while (n != 0);
  return Format("about {} rows", static_cast<const char *>(out));
}

const char *StatementText(const char *sql, int location, int length) {
  if (sql == nullptr) return "";
  if (location < 0) location = 0;
  const char *text = CleanQuerytext(sql, &location, &length);
  return pnstrdup(text, length);
}

const char *Source::Text() const { return StatementText(query, location, length); }

}  // namespace ddlguard
