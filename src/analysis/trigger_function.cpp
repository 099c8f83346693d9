/*
 * See trigger_function.h.
 */
#include "analysis/trigger_function.h"

#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

const char *SourceInPlpgsql(Oid function) {
  HeapTuple tuple = SearchSysCache1(PROCOID, ObjectIdGetDatum(function));
  if (!HeapTupleIsValid(tuple)) return nullptr;
  const char *source = nullptr;
  bool isnull;
  if (reinterpret_cast<Form_pg_proc>(GETSTRUCT(tuple))->prolang == get_language_oid("plpgsql", true)) {
    Datum body = SysCacheGetAttr(PROCOID, tuple, Anum_pg_proc_prosrc, &isnull);
    if (!isnull) source = TextDatumGetCString(body);
  }
  ReleaseSysCache(tuple);
  return source;
}

}  // namespace

const char *MissingColumnOfTrigger(const Analysis &a, Oid table, const CreateTrigStmt *stmt) {
  if (!stmt->row) return nullptr;
  Oid function = LookupFuncName(stmt->funcname, 0, nullptr, true);
  const char *source = OidIsValid(function) ? SourceInPlpgsql(function) : nullptr;
  if (source == nullptr) return nullptr;

  const char *missing = nullptr;
  Lexer lexer(source);
  Word word = lexer.Next();
  while (word.kind != Word::Kind::end) {
    if (word.kind != Word::Kind::name) {
      word = lexer.Next();
      continue;
    }
    if (Equal(word.name, "tg_table_name") || Equal(word.name, "tg_relname") || Equal(word.name, "tg_relid"))
      return nullptr;
    const bool is_row = Equal(word.name, "new") || Equal(word.name, "old");
    word = lexer.Next();
    if (!is_row || !word.IsSymbol('.')) continue;
    word = lexer.Next();
    if (word.kind != Word::Kind::name) continue;
    if (missing == nullptr && get_attnum(table, word.name) == InvalidAttrNumber &&
        !a.ledger.ColumnAdded(table, word.name))
      missing = word.name;
    word = lexer.Next();
  }
  return missing;
}

}  // namespace ddlguard
