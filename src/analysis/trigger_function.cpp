/*
 * See trigger_function.h.
 */
#include "analysis/trigger_function.h"

#include "pg/lexer.h"
#include "pg/text.h"

namespace ddlguard {

int16 TypeOf(const CreateTrigStmt *stmt) {
  return static_cast<int16>(stmt->timing | stmt->events | (stmt->row ? TRIGGER_TYPE_ROW : TRIGGER_TYPE_STATEMENT));
}

namespace {

/* RAISE at a level that goes on. */
bool GoesOn(const Word &level) {
  for (const char *each : {"debug", "log", "info", "notice", "warning"})
    if (level.IsName(each)) return true;
  return false;
}

}  // namespace

TriggerBody::TriggerBody(const char *source) {
  const Words words(source);
  ReadColumns(words);
  ReadStatements(words);
}

void TriggerBody::ReadColumns(const Words &words) {
  for (int i = 0; i < words.Count(); ++i) {
    for (const char *asks : {"tg_table_name", "tg_relname", "tg_relid"})
      if (words.Is(i, asks)) return columns.Clear();
    const bool is_row = words.Is(i, "new") || words.Is(i, "old");
    if (is_row && words.Is(i + 1, '.') && words[i + 2].kind == Word::Kind::name) columns.Add(words[i + 2].name);
  }
}

/* What the whole body has, and its first statement. */
void TriggerBody::ReadStatements(const Words &words) {
  bool begun = false;
  for (int i = 0; i < words.Count(); ++i) {
    if (words.Is(i, "tg_op") || words.Is(i, "tg_when") || words.Is(i, "tg_table_name")) branches = true;
    if (words.Is(i, "exception") && words.Is(i + 1, "when")) handles = true;
    if (words.Is(i, "return")) {
      ++returns;
      if (words.Is(i + 1, "new")) ++returns_new;
    }
    if (begun || !words.Is(i, "begin")) continue;
    begun = true;
    if (words.Is(i + 1, "raise")) raises_first = !GoesOn(words[i + 2]);
    if (words.Is(i + 1, "assert"))
      raises_first = words.Is(i + 2, "false") && (words.Is(i + 3, ';') || words.Is(i + 3, ','));
    if (words.Is(i + 1, "return")) returns_null_first = words.Is(i + 2, "null");
  }
}

const char *TriggerBody::MissingColumn(const Analysis &a, Oid table) const {
  for (const char *column : columns)
    if (get_attnum(table, column) == InvalidAttrNumber && !a.ledger.ColumnAdded(table, column)) return column;
  return nullptr;
}

const char *TriggerBody::StopsWrites(int16 type) const {
  if ((type & (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE | TRIGGER_TYPE_DELETE)) == 0) return nullptr;
  if (raises_first) return handles ? nullptr : "raises an exception before it does anything";
  const bool before = TRIGGER_FOR_BEFORE(type);
  if (!TRIGGER_FOR_ROW(type) || (!before && !TRIGGER_FOR_INSTEAD(type))) return nullptr;
  if (returns_null_first) return "returns NULL before it does anything";
  if (!before) return nullptr;
  const bool deletes_only = (type & (TRIGGER_TYPE_INSERT | TRIGGER_TYPE_UPDATE)) == 0;
  if (deletes_only && !branches && returns > 0 && returns == returns_new)
    return "returns NEW, which is null in a DELETE";
  return nullptr;
}

namespace {

/* The words of a body. */
struct BodyWords : Words {
  using Words::Words;

  bool IsColumnOfNew(int i) const { return Is(i, "new") && Is(i + 1, '.') && (*this)[i + 2].kind == Word::Kind::name; }

  bool BeginsStatement(int i) const {
    for (const char *before : {"begin", "then", "else", "loop"})
      if (Is(i - 1, before)) return true;
    return i == 0 || Is(i - 1, ';') || (Is(i - 1, '>') && Is(i - 2, '>'));
  }

  /* := or, where statement begins one, =; the position after it, or 0. */
  int PastAssign(int i, int statement) const {
    if (Is(i, ':') && Is(i + 1, '=')) return i + 2;
    return Is(i, '=') && BeginsStatement(statement) ? i + 1 : 0;
  }

  /* Is the value null where the column is, as far as that can be read? */
  bool IsMadeOf(int value, const char *column) const {
    bool reads = false;
    for (int i = value; i < Count() && !Is(i, ';'); ++i) {
      for (const char *of_null : {"coalesce", "case", "concat", "concat_ws", "greatest", "least"})
        if (Is(i, of_null)) return false;
      reads = reads || (IsColumnOfNew(i) && Is(i + 2, column));
    }
    return reads;
  }
};

/* INTO [STRICT] target, ... */
void AddTargets(const BodyWords &words, int i, Assigned *assigned) {
  if (words.Is(i, "strict")) ++i;
  while (words[i].kind == Word::Kind::name) {
    if (words.IsColumnOfNew(i)) assigned->columns.Add(words[i + 2].name);
    else if (words.Is(i, "new")) assigned->whole_row = true;
    for (++i; words.Is(i, '.'); i += 2) {
    }
    if (!words.Is(i, ',')) return;
    ++i;
  }
}

/* pg_class has an index by name and schema. */
bool InSomeSchema(const char *name) {
  Relation catalog = table_open(RelationRelationId, AccessShareLock);
  ScanKeyData key;
  ScanKeyInit(&key, Anum_pg_class_relname, BTEqualStrategyNumber, F_NAMEEQ, CStringGetDatum(name));
  SysScanDesc scan = systable_beginscan(catalog, ClassNameNspIndexId, true, nullptr, 1, &key);
  const bool found = HeapTupleIsValid(systable_getnext(scan));
  systable_endscan(scan);
  table_close(catalog, AccessShareLock);
  return found;
}

/* Of a script: does it make a relation of that name, or may it make any? */
bool ScriptMayMake(const Analysis &a, const char *name) {
  for (const ScriptRelation &each : a.ledger.relations)
    if (!each.gone && Equal(each.name, name)) return true;
  auto makes = [&](const Node *statement) {
    switch (nodeTag(statement)) {
      case T_CreateStmt:
        return Equal(reinterpret_cast<const CreateStmt *>(statement)->relation->relname, name);
      case T_CreateForeignTableStmt:
      case T_ImportForeignSchemaStmt:
      case T_CreateExtensionStmt:
      case T_DoStmt:
      case T_CallStmt:
        return true;
      default:
        return false;
    }
  };
  for (int i = 0; i < a.ledger.next; ++i)
    if (makes(static_cast<const RawStmt *>(list_nth(a.ledger.statements, i))->stmt)) return true;
  return a.ledger.AnyToCome(makes);
}

bool MayExist(const Analysis &a, const char *schema, const char *name) {
  if (a.ledger.script && ScriptMayMake(a, name)) return true;
  if (schema == nullptr || a.ledger.script) return InSomeSchema(name);
  const Oid in = get_namespace_oid(schema, true);
  return Equal(schema, "pg_temp") || (OidIsValid(in) && OidIsValid(get_relname_relid(name, in)));
}

}  // namespace

const char *MissingTable(const Analysis &a, const char *source) {
  const Words words(source);
  for (int i = 0; i < words.Count(); ++i) {
    for (const char *copes :
         {"create", "execute", "exception", "to_regclass", "tg_table_name", "tg_relname", "tg_relid"})
      if (words.Is(i, copes) && !words.Is(i - 1, "raise")) return nullptr;
  }
  for (int i = 0; i < words.Count(); ++i) {
    if (!words.Is(i, "insert") || !words.Is(i + 1, "into") || words[i + 2].kind != Word::Kind::name) continue;
    const char *schema = nullptr, *name = words[i + 2].name;
    if (words.Is(i + 3, '.') && words[i + 4].kind == Word::Kind::name) {
      if (words.Is(i + 5, '.')) continue;
      schema = name;
      name = words[i + 4].name;
    }
    if (!MayExist(a, schema, name)) return schema == nullptr ? name : Format("{}.{}", schema, name);
  }
  return nullptr;
}

Assigned AssignedColumns(const char *source) {
  Assigned assigned;
  const BodyWords words(source);
  for (int i = 0; i < words.Count(); ++i) {
    if (words.Is(i, "into") && !words.Is(i - 1, "insert") && !words.Is(i - 1, "merge"))
      AddTargets(words, i + 1, &assigned);
    if (words.Is(i, "new") && words.PastAssign(i + 1, i) > 0) assigned.whole_row = true;
    if (!words.IsColumnOfNew(i)) continue;
    const char *column = words[i + 2].name;
    const int value = words.PastAssign(i + 3, i);
    if (value > 0 && !words.IsMadeOf(value, column)) assigned.columns.Add(column);
  }
  return assigned;
}

bool Assigned::Fills(const char *column) const {
  bool fills = whole_row;
  for (const char *each : columns) fills = fills || Equal(each, column);
  return fills;
}

}  // namespace ddlguard
