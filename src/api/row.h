/*
 * One row of a function that returns a composite: values in the order of its OUT columns.
 */
#pragma once

#include "api/function.h"

namespace ddlguard {

struct RowBuilder {
  static constexpr int kMaxColumns = 32;
  Datum values[kMaxColumns];
  bool nulls[kMaxColumns];
  int count = 0;

  void Null() { Put(static_cast<Datum>(0), true); }
  void Text(const char *value) {
    if (value == nullptr) Null();
    else Put(CStringGetTextDatum(value), false);
  }
  void Bool(bool value) { Put(BoolGetDatum(value), false); }
  void Int(int32 value) { Put(Int32GetDatum(value), false); }
  void Bigint(int64 value) { Put(Int64GetDatum(value), false); }

  /* The result of a function declared to return one such row. */
  Datum Return(FunctionCallInfo fcinfo) {
    TupleDesc desc;
    if (get_call_result_type(fcinfo, nullptr, &desc) != TYPEFUNC_COMPOSITE || desc->natts != count)
      ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                      errmsg("library ddlguard and the extension's SQL objects are of different versions"),
                      errhint("Run ALTER EXTENSION ddlguard UPDATE.")));
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
  }

 private:
  void Put(Datum value, bool null) {
    values[count] = value;
    nulls[count] = null;
    ++count;
  }
};

}  // namespace ddlguard
