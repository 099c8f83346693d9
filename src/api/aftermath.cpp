/*
 * ddlguard.recent_changes(): the aftermath as rows, read through view ddlguard.aftermath.
 */
#include "observe/aftermath.h"

#include "api/row.h"
#include "pg/text.h"

using namespace ddlguard;

namespace {

const char *ConditionName(int sqlstate) {
  struct Condition {
    int sqlstate;
    const char *name;
  };
  static constexpr Condition kConditions[] = {
      {ERRCODE_CHECK_VIOLATION, "check_violation"},
      {ERRCODE_DATATYPE_MISMATCH, "datatype_mismatch"},
      {ERRCODE_DIVISION_BY_ZERO, "division_by_zero"},
      {ERRCODE_EXCLUSION_VIOLATION, "exclusion_violation"},
      {ERRCODE_FEATURE_NOT_SUPPORTED, "feature_not_supported"},
      {ERRCODE_FOREIGN_KEY_VIOLATION, "foreign_key_violation"},
      {ERRCODE_GENERATED_ALWAYS, "generated_always"},
      {ERRCODE_INSUFFICIENT_PRIVILEGE, "insufficient_privilege"},
      {ERRCODE_INVALID_DATETIME_FORMAT, "invalid_datetime_format"},
      {ERRCODE_INVALID_TEXT_REPRESENTATION, "invalid_text_representation"},
      {ERRCODE_NOT_NULL_VIOLATION, "not_null_violation"},
      {ERRCODE_NUMERIC_VALUE_OUT_OF_RANGE, "numeric_value_out_of_range"},
      {ERRCODE_RESTRICT_VIOLATION, "restrict_violation"},
      {ERRCODE_STRING_DATA_RIGHT_TRUNCATION, "string_data_right_truncation"},
      {ERRCODE_SYNTAX_ERROR, "syntax_error"},
      {ERRCODE_UNDEFINED_COLUMN, "undefined_column"},
      {ERRCODE_UNDEFINED_FUNCTION, "undefined_function"},
      {ERRCODE_UNDEFINED_TABLE, "undefined_table"},
      {ERRCODE_UNIQUE_VIOLATION, "unique_violation"},
  };
  for (const Condition &each : kConditions)
    if (each.sqlstate == sqlstate) return each.name;
  return nullptr;
}

const char *HowName(How how) {
  switch (how) {
    case How::added:
      return "added";
    case How::changed:
      return "changed";
    case How::constraint:
      return "constraint";
    case How::gone:
      return "gone";
    case How::retyped:
      return "retyped";
  }
  return "";
}

const char *TextOrNull(const NameData &name) { return *NameStr(name) == '\0' ? nullptr : NameStr(name); }

void AddName(RowBuilder &row, const NameData &schema, const NameData &name) {
  row.Text(TextOrNull(name) == nullptr ? nullptr : QualifiedName(NameStr(schema), NameStr(name)));
}

const char *Columns(const Change &change) {
  if (change.columns == 0) return nullptr;
  StringInfoData text;
  initStringInfo(&text);
  for (int i = 0; i < change.columns; ++i)
    appendStringInfo(&text, "%s%s (%s)", i == 0 ? "" : ", ", QuoteIdent(NameStr(change.column[i].name)),
                     HowName(change.column[i].how));
  return text.data;
}

/* Negative: not known. */
void AddMilliseconds(RowBuilder &row, int64 nanoseconds) {
  row.Add(Float8GetDatum(static_cast<double>(nanoseconds) / 1e6), nanoseconds < 0);
}

void AddChange(RowBuilder &row, const Change &change) {
  row.Add(TimestampTzGetDatum(change.committed_at));
  row.Add(TimestampTzGetDatum(change.watched_until));
  AddName(row, change.schema, change.name);
  AddName(row, change.new_schema, change.new_name);
  row.Text(Columns(change));
  row.Text(GetCommandTagName(change.tag));
  row.Add(ObjectIdGetDatum(change.role));
  row.Text(TextOrNull(change.application));
  row.Int(change.pid);
  AddMilliseconds(row, change.lock_wait);
  AddMilliseconds(row, change.lock_hold);
  row.Add(Int32GetDatum(change.waiters), change.waiters < 0);
}

void AddErrors(RowBuilder &row, const ErrorCell &cell) {
  row.Bigint(cell.count);
  row.Text(unpack_sql_state(cell.sqlstate));
  row.Text(ConditionName(cell.sqlstate));
  row.Text(TextOrNull(cell.column));
  row.Text(TextOrNull(cell.constraint));
  row.Add(ObjectIdGetDatum(cell.role));
  row.Text(TextOrNull(cell.application));
  row.Add(TimestampTzGetDatum(cell.first_seen));
  row.Add(TimestampTzGetDatum(cell.last_seen));
}

}  // namespace

DDLGUARD_FUNCTION(ddlguard_recent_changes) {
  ReturnSetInfo *result = BeginRows(fcinfo);
  for (const WatchedChange &watched : ChangesOfDatabase()) {
    for (const ErrorCell &cell : watched.errors) {
      RowBuilder row;
      AddChange(row, *watched.change);
      AddErrors(row, cell);
      row.Store(result);
    }
    if (!watched.errors.Empty() && watched.untold == 0) continue;
    RowBuilder row;
    AddChange(row, *watched.change);
    row.Bigint(watched.untold);
    for (int i = 0; i < 8; ++i) row.Null();
    row.Store(result);
  }
  return static_cast<Datum>(0);
}
