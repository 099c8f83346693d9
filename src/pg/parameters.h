/*
 * Parameters of a statement that runs through SPI, in the order of $1, $2...
 */
#pragma once

#include "pg/prelude.h"

namespace ddlguard {

struct Parameters {
  static constexpr int kMax = 24;
  Oid types[kMax];
  Datum values[kMax];
  char nulls[kMax];
  int count = 0;

  void Add(Oid type, Datum value, bool null = false) {
    Assert(count < kMax);
    types[count] = type;
    values[count] = value;
    nulls[count++] = null ? 'n' : ' ';
  }
  /* Text "" is no null. */
  void Text(const char *value) {
    Add(TEXTOID, value == nullptr ? static_cast<Datum>(0) : CStringGetTextDatum(value), value == nullptr);
  }
  void Int(int32 value, bool null = false) { Add(INT4OID, Int32GetDatum(value), null); }
  void Bigint(int64 value, bool null = false) { Add(INT8OID, Int64GetDatum(value), null); }
  void Float(double value, bool null = false) { Add(FLOAT8OID, Float8GetDatum(value), null); }
  void Time(TimestampTz value) { Add(TIMESTAMPTZOID, TimestampTzGetDatum(value)); }
};

}  // namespace ddlguard
