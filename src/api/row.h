/*
 * Rows of a function that returns a composite, or a set of them: values in the order of its OUT columns.
 */
#pragma once

#include "api/function.h"

namespace ddlguard {

struct RowBuilder {
  static constexpr int kMaxColumns = 32;
  Datum values[kMaxColumns];
  bool nulls[kMaxColumns];
  int count = 0;

  void Add(Datum value, bool null = false) {
    Assert(count < kMaxColumns);
    values[count] = value;
    nulls[count++] = null;
  }
  void Null() { Add(static_cast<Datum>(0), true); }
  void Text(const char *value) {
    if (value == nullptr) Null();
    else Add(CStringGetTextDatum(value));
  }
  void Bool(bool value) { Add(BoolGetDatum(value)); }
  void Int(int32 value) { Add(Int32GetDatum(value)); }
  void Bigint(int64 value) { Add(Int64GetDatum(value)); }
  /* As an interval. */
  void Seconds(double value) {
    auto *interval = static_cast<Interval *>(palloc0(sizeof(Interval)));
    interval->time = static_cast<TimeOffset>(value * USECS_PER_SEC);
    Add(IntervalPGetDatum(interval));
  }
  /* Null: no work, so none to predict. */
  void PredictedTime(double seconds) {
    if (seconds > 0) Seconds(seconds);
    else Null();
  }
  void Float(double value) { Add(Float8GetDatum(value)); }

  /* The result of a function declared to return one such row. */
  Datum Return(FunctionCallInfo fcinfo) {
    TupleDesc desc;
    if (get_call_result_type(fcinfo, nullptr, &desc) != TYPEFUNC_COMPOSITE) desc = nullptr;
    Check(desc);
    return HeapTupleGetDatum(heap_form_tuple(BlessTupleDesc(desc), values, nulls));
  }

  /* As the next row of one that returns a set; result: from BeginRows(). */
  void Store(ReturnSetInfo *result) {
    Check(result->setDesc);
    tuplestore_putvalues(result->setResult, result->setDesc, values, nulls);
  }

 private:
  void Check(TupleDesc desc) const {
    if (desc != nullptr && desc->natts == count) return;
    ereport(ERROR, (errcode(ERRCODE_DATATYPE_MISMATCH),
                    errmsg("library ddlguard and the extension's SQL objects are of different versions"),
                    errhint("Run ALTER EXTENSION ddlguard UPDATE.")));
  }
};

inline ReturnSetInfo *BeginRows(FunctionCallInfo fcinfo) {
  InitMaterializedSRF(fcinfo, 0);
  return reinterpret_cast<ReturnSetInfo *>(fcinfo->resultinfo);
}

}  // namespace ddlguard
