/*
 * A JSON object, written member by member.
 */
#pragma once

#include "pg/text.h"

namespace ddlguard {

struct JsonObject {
  StringInfoData out;

  JsonObject() {
    initStringInfo(&out);
    appendStringInfoChar(&out, '{');
  }
  /* Null: the member is left out. */
  void Text(const char *key, const char *value) {
    if (value == nullptr) return;
    Key(key);
    escape_json(&out, value);
  }
  void Number(const char *key, int value) { Number(key, static_cast<int64>(value)); }
  void Number(const char *key, int64 value) { Put(key, Format("{}", value)); }
  void Number(const char *key, Oid value) { Number(key, static_cast<uint64>(value)); }
  void Number(const char *key, uint64 value) { Put(key, Format("{}", value)); }
  void Number(const char *key, double value) { Put(key, psprintf("%.0f", value)); }
  const char *Close() {
    appendStringInfoChar(&out, '}');
    return out.data;
  }

 private:
  void Key(const char *key) { appendStringInfo(&out, "%s\"%s\":", out.len > 1 ? "," : "", key); }
  void Put(const char *key, const char *digits) {
    Key(key);
    appendStringInfoString(&out, digits);
  }
};

}  // namespace ddlguard
