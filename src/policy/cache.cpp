/*
 * See cache.h.
 *
 * Staleness: the relcache callback counts, and looks nothing up.  The count is noted after the lock
 * on the table is had and before the first row is read, so what commits while we read makes the
 * cache stale again at once.  A writer's rows become visible before its invalidation is sent, so
 * a reader that misses them is told afterwards.
 *
 * Reading uses a new catalog snapshot, never the transaction's: SET TRANSACTION ISOLATION LEVEL must
 * still be possible afterwards, and a REPEATABLE READ transaction must see what was committed since it
 * began.  Tolerated: in a SERIALIZABLE transaction the read counts as a read of the table, so such a
 * transaction may be asked to retry when another one changes policies.
 */
#include "policy/cache.h"

#include "pg/text.h"

namespace ddlguard {

namespace {

struct Rows {
  MemoryContext context;
  Oid table;
  uint64 generation;
  PolicyRow *rows;
  int count;
};

Rows *rows = nullptr;
PolicyView *view = nullptr;
uint64 generation = 1;
Oid watched = InvalidOid;

void RelationChanged(Datum, Oid relation) {
  if (relation == watched || !OidIsValid(relation)) ++generation;
}

void DropView() {
  if (view == nullptr) return;
  MemoryContext context = view->context;
  view = nullptr;
  MemoryContextDelete(context);
}

/* ---- reading the table ---- */

enum Column : int {
  c_id,
  c_priority,
  c_rule,
  c_schema_name,
  c_relation_name,
  c_role_name,
  c_application_name,
  c_action,
  c_min_rows,
  c_min_bytes,
  c_no_bypass,
  c_expires_at,
  c_comment,
  kColumns
};

constexpr struct {
  const char *name;
  Oid type;
} kColumn[kColumns] = {
    {"id", INT8OID},
    {"priority", INT4OID},
    {"rule", TEXTOID},
    {"schema_name", TEXTOID},
    {"relation_name", TEXTOID},
    {"role_name", TEXTOID},
    {"application_name", TEXTOID},
    {"action", TEXTOID},
    {"min_rows", INT8OID},
    {"min_bytes", INT8OID},
    {"no_bypass", BOOLOID},
    {"expires_at", TIMESTAMPTZOID},
    {"comment", TEXTOID},
};

/* Where the columns are.  By name and type, so that an altered table is an answer, not a crash. */
bool FindColumns(TupleDesc desc, AttrNumber *attnums) {
  for (int c = 0; c < kColumns; ++c) {
    attnums[c] = InvalidAttrNumber;
    for (int i = 0; i < desc->natts; ++i) {
      Form_pg_attribute attribute = TupleDescAttr(desc, i);
      if (!attribute->attisdropped && attribute->atttypid == kColumn[c].type &&
          Equal(NameStr(attribute->attname), kColumn[c].name))
        attnums[c] = attribute->attnum;
    }
    if (attnums[c] == InvalidAttrNumber) return false;
  }
  return true;
}

struct Fields {
  Datum values[kColumns];
  bool nulls[kColumns];
  bool too_long = false;

  /* A value moved out to the TOAST table is not fetched: that would wait for a lock on it. */
  const char *Text(Column column) {
    if (nulls[column]) return nullptr;
    if (VARATT_IS_EXTERNAL(DatumGetPointer(values[column]))) {
      too_long = true;
      return nullptr;
    }
    return TextDatumGetCString(values[column]);
  }
  int64 Bigint(Column column) const { return nulls[column] ? -1 : DatumGetInt64(values[column]); }
};

/* Into context; garbage goes to the current one.  False when the row is not one that the table's
 * trigger would have let in. */
bool ParseRow(Fields &fields, MemoryContext context, PolicyRow *row) {
  if (fields.nulls[c_id] || fields.nulls[c_priority]) return false;
  row->id = DatumGetInt64(fields.values[c_id]);
  row->priority = DatumGetInt32(fields.values[c_priority]);
  const char *comment = fields.Text(c_comment);
  fields.too_long = false; /* a comment may be, and is then not shown */
  const char *rule = fields.Text(c_rule);
  const char *action = fields.Text(c_action);
  const char *schema = fields.Text(c_schema_name);
  const char *relation = fields.Text(c_relation_name);
  const char *role = fields.Text(c_role_name);
  const char *application = fields.Text(c_application_name);
  if (fields.too_long || rule == nullptr || action == nullptr) return false;
  if (!ParseScope(rule, &row->scope) || !ParseAction(action, &row->action)) return false;
  for (const char *pattern : {schema, relation, role, application})
    if (PatternFault(pattern) != nullptr) return false;

  MemoryContextSwitchTo(context);
  row->comment = comment == nullptr ? nullptr : pstrdup(comment);
  row->schema = ParsePattern(schema);
  row->relation = ParsePattern(relation);
  row->role = ParsePattern(role);
  row->application = ParsePattern(application);
  row->min_rows = fields.Bigint(c_min_rows);
  row->min_bytes = fields.Bigint(c_min_bytes);
  row->no_bypass = !fields.nulls[c_no_bypass] && DatumGetBool(fields.values[c_no_bypass]);
  row->expires_at = fields.nulls[c_expires_at] ? DT_NOEND : DatumGetTimestampTz(fields.values[c_expires_at]);
  return true;
}

int ByOrder(const void *a, const void *b) {
  auto left = static_cast<const PolicyRow *>(a);
  auto right = static_cast<const PolicyRow *>(b);
  if (left->priority != right->priority) return left->priority < right->priority ? -1 : 1;
  if (left->id != right->id) return left->id < right->id ? -1 : 1;
  return 0;
}

/* Reads the table, on which the lock is held, into a new context. */
Rows *ReadRows(Relation relation, const AttrNumber *attnums) {
  MemoryContext caller = CurrentMemoryContext;
  MemoryContext context = AllocSetContextCreate(caller, "ddlguard policy rows", ALLOCSET_DEFAULT_SIZES);
  MemoryContext list = AllocSetContextCreate(caller, "ddlguard policy list", ALLOCSET_DEFAULT_SIZES);
  MemoryContext scratch = AllocSetContextCreate(list, "ddlguard policy row", ALLOCSET_SMALL_SIZES);

  auto *fresh = static_cast<Rows *>(MemoryContextAllocZero(context, sizeof(Rows)));
  fresh->context = context;
  fresh->table = RelationGetRelid(relation);
  fresh->generation = generation;

  MemoryContextSwitchTo(list);
  Array<PolicyRow> read;
  SysScanDesc scan = systable_beginscan(relation, InvalidOid, false, nullptr, 0, nullptr);
  while (HeapTuple tuple = systable_getnext(scan)) {
    MemoryContextSwitchTo(scratch);
    Fields fields;
    for (int c = 0; c < kColumns; ++c)
      fields.values[c] = heap_getattr(tuple, attnums[c], RelationGetDescr(relation), &fields.nulls[c]);
    PolicyRow row;
    bool valid = ParseRow(fields, context, &row);
    MemoryContextSwitchTo(list);
    MemoryContextReset(scratch);
    if (valid) {
      read.Add(row);
      continue;
    }
    int64 id = fields.nulls[c_id] ? 0 : DatumGetInt64(fields.values[c_id]);
    ereport(LOG, (errmsg("row %lld of ddlguard.policy is not valid and is ignored", static_cast<long long>(id))));
  }
  systable_endscan(scan);

  fresh->count = read.count;
  fresh->rows = static_cast<PolicyRow *>(MemoryContextAlloc(context, sizeof(PolicyRow) * (read.count + 1)));
  for (int i = 0; i < read.count; ++i) fresh->rows[i] = read[i];
  if (fresh->count > 1) qsort(fresh->rows, fresh->count, sizeof(PolicyRow), ByOrder);
  for (int i = 0; i < fresh->count; ++i) fresh->rows[i].ordinal = i;

  MemoryContextSwitchTo(caller);
  MemoryContextDelete(list);
  return fresh;
}

enum class Load { done, locked, unreadable };

/* Makes the rows current when that is possible at once. */
Load LoadRows(Oid table, const char **failure) {
  if (!ConditionalLockRelationOid(table, AccessShareLock)) {
    *failure = "another session holds an exclusive lock on it";
    return Load::locked;
  }
  Rows *fresh = nullptr;
  Relation relation = RelationIdGetRelation(table);
  if (relation == nullptr) {
    *failure = "it has just been dropped";
  } else {
    AttrNumber attnums[kColumns];
    if (relation->rd_rel->relkind == RELKIND_RELATION && FindColumns(RelationGetDescr(relation), attnums))
      fresh = ReadRows(relation, attnums);
    else *failure = "its columns are not those of this version of ddlguard";
    RelationClose(relation);
  }
  UnlockRelationOid(table, AccessShareLock);
  if (fresh == nullptr) return Load::unreadable;

  MemoryContextSetParent(fresh->context, CacheMemoryContext);
  DropView();
  Rows *old = rows;
  rows = fresh;
  if (old != nullptr) MemoryContextDelete(old->context);
  return Load::done;
}

/* ---- the index of a view ---- */

PatternShape ShapeOf(const Pattern &pattern) {
  switch (pattern.kind) {
    case Pattern::Kind::any:
    case Pattern::Kind::exact:
      return {pattern.kind, 0, 0};
    case Pattern::Kind::split:
    case Pattern::Kind::like:
      break;
  }
  return {Pattern::Kind::split, static_cast<uint8>(pattern.head_length), static_cast<uint8>(pattern.tail_length)};
}

uint32 HashBytes(const char *bytes, int length) {
  return hash_bytes(reinterpret_cast<const unsigned char *>(bytes), length);
}

uint32 HashPattern(const Pattern &pattern) {
  if (pattern.kind == Pattern::Kind::any) return 0;
  uint32 hash = HashBytes(pattern.head, pattern.head_length);
  return pattern.kind == Pattern::Kind::exact ? hash : hash_combine(hash, HashBytes(pattern.tail, pattern.tail_length));
}

/* The hash that a pattern of this shape has when it matches the name; false: none can match. */
bool HashSubject(const PatternShape &shape, const Subject &name, uint32 *hash) {
  *hash = 0;
  if (shape.kind == Pattern::Kind::any) return true;
  if (name.value == nullptr) return false;
  if (shape.kind == Pattern::Kind::exact) {
    *hash = HashBytes(name.value, name.length);
    return true;
  }
  if (name.length < shape.head_length + shape.tail_length) return false;
  *hash = hash_combine(HashBytes(name.value, shape.head_length),
                       HashBytes(name.value + name.length - shape.tail_length, shape.tail_length));
  return true;
}

uint32 HashRow(int shape, Scope scope, uint32 schema, uint32 relation) {
  uint32 hash = hash_combine(murmurhash32(static_cast<uint32>(shape) << 16 | scope.value), schema);
  return hash_combine(hash, relation);
}

Scope ScopeOf(const Rule &rule, Scope::Kind kind) {
  switch (kind) {
    case Scope::Kind::rule:
      return {kind, static_cast<uint16>(rule.why)};
    case Scope::Kind::group:
      return {kind, static_cast<uint16>(rule.group)};
    case Scope::Kind::all:
      break;
  }
  return {kind, 0};
}

PolicyView *BuildView(const Asker &asker, TimestampTz now) {
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ddlguard policy view", ALLOCSET_DEFAULT_SIZES);
  MemoryContext caller = MemoryContextSwitchTo(context);
  auto *built = static_cast<PolicyView *>(palloc0(sizeof(PolicyView)));
  built->context = context;
  built->role = pstrdup(asker.role);
  built->application = pstrdup(asker.application);
  built->valid_until = DT_NOEND;

  Subject role(built->role);
  Subject application(built->application);
  Array<const PolicyRow *> applicable;
  Array<int> shape_of;
  bool all_decided = false; /* a row that matches everything was met */
  for (int i = 0; i < rows->count && !all_decided; ++i) {
    const PolicyRow &row = rows->rows[i];
    if (row.expires_at <= now) continue;
    if (!Matches(row.role, role) || !Matches(row.application, application)) continue;
    if (row.expires_at < built->valid_until) built->valid_until = row.expires_at;

    RowShape shape = {row.scope.kind, ShapeOf(row.schema), ShapeOf(row.relation), row.ordinal};
    int at = 0;
    while (at < built->shapes.count &&
           !(built->shapes[at].scope == shape.scope && built->shapes[at].schema == shape.schema &&
             built->shapes[at].relation == shape.relation))
      ++at;
    if (at == built->shapes.count) built->shapes.Add(shape);
    applicable.Add(&row);
    shape_of.Add(at);

    all_decided = row.scope.kind == Scope::Kind::all && row.schema.kind == Pattern::Kind::any &&
                  row.relation.kind == Pattern::Kind::any && !row.HasThreshold();
    if (all_decided && row.action == Action::allow) built->exemption = &row;
  }

  uint32 buckets = 16;
  while (buckets < static_cast<uint32>(applicable.count) * 2) buckets *= 2;
  built->mask = buckets - 1;
  built->buckets = static_cast<IndexEntry **>(palloc0(sizeof(IndexEntry *) * buckets));
  auto *entries = static_cast<IndexEntry *>(palloc(sizeof(IndexEntry) * (applicable.count + 1)));
  /* Backwards, so that each chain is in the order of the rows. */
  for (int i = applicable.count - 1; i >= 0; --i) {
    const PolicyRow *row = applicable[i];
    uint32 hash = HashRow(shape_of[i], row->scope, HashPattern(row->schema), HashPattern(row->relation));
    IndexEntry **bucket = &built->buckets[hash & built->mask];
    entries[i] = {row, *bucket, hash};
    *bucket = &entries[i];
  }
  MemoryContextSwitchTo(caller);
  return built;
}

}  // namespace

bool ParseScope(const char *text, Scope *scope) {
  if (Equal(text, "*")) {
    *scope = {Scope::Kind::all, 0};
    return true;
  }
  if (const Rule *rule = FindRule(text)) {
    *scope = ScopeOf(*rule, Scope::Kind::rule);
    return true;
  }
  for (int i = 0; i < RuleCount(); ++i) {
    if (!Equal(text, GroupName(RuleAt(i).group))) continue;
    *scope = ScopeOf(RuleAt(i), Scope::Kind::group);
    return true;
  }
  return false;
}

bool ParseAction(const char *text, Action *action) {
  for (Action each : {Action::allow, Action::log, Action::warn, Action::reject}) {
    if (!Equal(text, ActionName(each))) continue;
    *action = each;
    return true;
  }
  return false;
}

const PolicyRow *PolicyView::Find(const Rule &rule, Subject &schema, Subject &relation, Size size) const {
  const PolicyRow *best = nullptr;
  for (int i = 0; i < shapes.count; ++i) {
    const RowShape &shape = shapes[i];
    if (best != nullptr && shape.first > best->ordinal) break;
    uint32 schema_hash;
    uint32 relation_hash;
    if (!HashSubject(shape.schema, schema, &schema_hash)) continue;
    if (!HashSubject(shape.relation, relation, &relation_hash)) continue;
    Scope scope = ScopeOf(rule, shape.scope);
    uint32 hash = HashRow(i, scope, schema_hash, relation_hash);
    for (const IndexEntry *entry = buckets[hash & mask]; entry != nullptr; entry = entry->next) {
      const PolicyRow *row = entry->row;
      if (best != nullptr && row->ordinal > best->ordinal) break;
      if (entry->hash != hash || !(row->scope == scope) || !row->ReachedBy(size)) continue;
      if (!Matches(row->schema, schema) || !Matches(row->relation, relation)) continue;
      best = row;
      break;
    }
  }
  return best;
}

const PolicyView *ViewFor(Oid table, const Asker &asker, const char **failure) {
  *failure = nullptr;
  WatchRelation(table);
  if (rows == nullptr || rows->table != table || rows->generation != generation) {
    switch (LoadRows(table, failure)) {
      case Load::done:
        break;
      case Load::locked: /* what this backend read last stays in force */
        if (rows == nullptr || rows->table != table) return nullptr;
        break;
      case Load::unreadable:
        return nullptr;
    }
    *failure = nullptr;
  }

  TimestampTz now = GetCurrentTimestamp();
  if (view == nullptr || now >= view->valid_until || !Equal(view->application, asker.application) ||
      !Equal(view->role, asker.role)) {
    PolicyView *built = BuildView(asker, now);
    MemoryContextSetParent(built->context, CacheMemoryContext);
    DropView();
    view = built;
  }
  return view;
}

int CachedRowCount() { return rows == nullptr ? 0 : rows->count; }
uint64 PolicyGeneration() { return generation; }

void WatchRelation(Oid table) {
  if (watched == table) return;
  watched = table;
  ++generation; /* nothing was heard about this one so far */
}

void CacheInit() { CacheRegisterRelcacheCallback(RelationChanged, static_cast<Datum>(0)); }

}  // namespace ddlguard
