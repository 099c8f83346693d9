/*
 * Conventions about sequences, which can end before the columns that they number, and about databases.
 */
#include "analysis/convention.h"

#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

/* attnum 0: of every column. */
Array<Oid> OwnedSequences(Oid table, AttrNumber attnum) {
  Array<Oid> sequences;
  ForEachDependent(RelationRelationId, table, attnum == 0 ? -1 : attnum, [&](Form_pg_depend form) {
    if (form->classid != RelationRelationId || form->refobjsubid == 0) return;
    if (form->deptype != DEPENDENCY_AUTO && form->deptype != DEPENDENCY_INTERNAL) return;
    if (get_rel_relkind(form->objid) == RELKIND_SEQUENCE) sequences.Add(form->objid);
  });
  return sequences;
}

/* Its greatest value; 0 for one that counts down. */
int64 EndOf(Oid sequence) {
  HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
  if (!HeapTupleIsValid(tuple)) return 0;
  auto form = reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple));
  const int64 end = form->seqincrement > 0 ? form->seqmax : 0;
  ReleaseSysCache(tuple);
  return end;
}

/* What the options of CREATE or ALTER SEQUENCE make of its end. */
int64 EndByOptions(const List *options, int64 end) {
  bool given = false;
  for (DefElem *option : Each<DefElem>(options)) {
    if (Equal(option->defname, "maxvalue") && option->arg != nullptr) {
      end = defGetInt64(option);
      given = true;
    }
    if (!Equal(option->defname, "as") || given) continue;
    const Oid type = typenameTypeId(nullptr, reinterpret_cast<TypeName *>(option->arg));
    end = type == INT2OID ? PG_INT16_MAX : type == INT4OID ? PG_INT32_MAX : PG_INT64_MAX;
  }
  return end;
}

/* The bigint column of OWNED BY; null for none. */
const char *BigintOwner(Analysis &a, const List *options) {
  for (const DefElem *option : Each<DefElem>(options)) {
    if (!Equal(option->defname, "owned_by") || option->arg == nullptr) continue;
    List *name = list_copy(reinterpret_cast<List *>(option->arg));
    if (list_length(name) < 2) return nullptr;
    const char *column = strVal(llast(name));
    const Target *table = a.Resolve(makeRangeVarFromNameList(list_truncate(name, list_length(name) - 1)), NoLock);
    if (table == nullptr || !OidIsValid(table->oid)) return nullptr;
    const AttrNumber attnum = get_attnum(table->oid, column);
    return attnum != InvalidAttrNumber && get_atttype(table->oid, attnum) == INT8OID ? column : nullptr;
  }
  return nullptr;
}

/* Of a sequence in the catalog. */
const char *BigintOwner(Oid sequence) {
  Oid table;
  int32 attnum;
  if (!sequenceIsOwned(sequence, DEPENDENCY_AUTO, &table, &attnum)) return nullptr;
  return get_atttype(table, static_cast<AttrNumber>(attnum)) == INT8OID
             ? ColumnName(table, static_cast<AttrNumber>(attnum))
             : nullptr;
}

void AddIfCapped(const Conventions &c, const char *sequence, int64 end, const char *column) {
  if (column == nullptr || end <= 0 || end > PG_INT32_MAX) return;
  c.Add(Why::int_sequence_capacity, column, {.amount = 100},
        Format("{} ends at {}, and bigint column {} draws from it", sequence, end, column));
}

void AddIfUsed(const Conventions &c, Oid sequence, int64 end) {
  int64 last;
  if (end <= 0 || !SequenceLastValue(sequence, &last)) return;
  const char *name = get_rel_name(sequence);
  c.Add(Why::int_sequence_capacity, name, {.amount = 100.0 * static_cast<double>(last) / static_cast<double>(end)},
        Format("{} has given {} of {} values", name, last, end));
}

}  // namespace

void AddCappedSequences(const Conventions &c, const NewColumn &column) {
  if (column.base != INT8OID || !c.Wants(Why::int_sequence_capacity) || !OidIsValid(c.target->oid)) return;
  const AttrNumber attnum = get_attnum(c.target->oid, column.name);
  if (attnum == InvalidAttrNumber) return;
  for (Oid sequence : OwnedSequences(c.target->oid, attnum))
    AddIfCapped(c, get_rel_name(sequence), EndOf(sequence), column.name);
}

void AddUsedSequences(const Conventions &c) {
  if (!c.Wants(Why::int_sequence_capacity) || !OidIsValid(c.target->oid)) return;
  for (Oid sequence : OwnedSequences(c.target->oid, 0)) AddIfUsed(c, sequence, EndOf(sequence));
}

void AddSequenceConventions(Analysis &a, const CreateSeqStmt *stmt) {
  if (!a.Wants(Why::int_sequence_capacity)) return;
  const Target *sequence = NewRelation(a, stmt->sequence, RELKIND_SEQUENCE);
  if (sequence == nullptr) return;
  const Conventions c = {a, sequence, reinterpret_cast<const Node *>(stmt)};
  AddIfCapped(c, sequence->name, EndByOptions(stmt->options, PG_INT64_MAX), BigintOwner(a, stmt->options));
}

void AddSequenceConventions(Analysis &a, const AlterSeqStmt *stmt) {
  if (!a.Wants(Why::int_sequence_capacity)) return;
  const Target *sequence = a.Resolve(stmt->sequence, NoLock);
  if (sequence == nullptr || !OidIsValid(sequence->oid) || sequence->relkind != RELKIND_SEQUENCE) return;
  if (!OwnsRelation(sequence->oid, ActingRole())) return;
  const Conventions c = {a, sequence, reinterpret_cast<const Node *>(stmt)};
  const int64 end = EndByOptions(stmt->options, EndOf(sequence->oid));
  const char *column = BigintOwner(a, stmt->options);
  AddIfCapped(c, sequence->name, end, column != nullptr ? column : BigintOwner(sequence->oid));
  AddIfUsed(c, sequence->oid, end);
}

void AddDatabaseConventions(Analysis &a, const CreatedbStmt *stmt) {
  if (!a.Wants(Why::collation_allowlist)) return;
  const Conventions c = {a, a.LookObject(DatabaseRelationId, InvalidOid, nullptr, stmt->dbname),
                         reinterpret_cast<const Node *>(stmt)};
  for (DefElem *option : Each<DefElem>(stmt->options)) {
    if (option->arg == nullptr || !IsA(option->arg, String)) continue;
    const char *value = strVal(option->arg);
    if (Equal(option->defname, "encoding")) {
      const int encoding = pg_char_to_encoding(value);
      c.Add(Why::collation_allowlist, option->defname, {.value = encoding < 0 ? value : pg_encoding_to_char(encoding)});
    } else if (Equal(option->defname, "locale") || Equal(option->defname, "lc_collate") ||
               Equal(option->defname, "icu_locale")) {
      c.Add(Why::collation_allowlist, option->defname, {.value = value});
    }
  }
}

}  // namespace ddlguard
