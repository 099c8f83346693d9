#include "policy/index.h"

#include "pg/text.h"
#include "policy/argument.h"

namespace ddlguard {

namespace {

/* with_needle: what stands between head and tail counts too. */
PatternShape ShapeOf(const Pattern &pattern, bool with_needle) {
  const Segment &head = pattern.head;
  const Segment &tail = pattern.tail;
  switch (pattern.kind) {
    case Pattern::Kind::any:
    case Pattern::Kind::exact:
      return {pattern.kind, 0, 0, 0, 0, 0};
    case Pattern::Kind::fixed:
      return {pattern.kind, static_cast<uint8>(head.length), 0, 0, head.holes, 0};
    case Pattern::Kind::split:
    case Pattern::Kind::like:
      break;
  }
  return {Pattern::Kind::split,
          static_cast<uint8>(head.length),
          static_cast<uint8>(tail.length),
          static_cast<uint8>(with_needle ? pattern.needle.length : 0),
          head.holes,
          tail.holes};
}

bool SameShape(const RowShape &a, const RowShape &b) {
  return a.scope == b.scope && a.schema == b.schema && a.relation == b.relation;
}

uint32 HashShape(const RowShape &shape) {
  uint64 hash = static_cast<uint64>(shape.scope);
  for (const PatternShape &part : {shape.schema, shape.relation}) {
    hash = hash_combine64(hash, static_cast<uint64>(part.kind) << 24 | part.needle_length << 16 |
                                    part.head_length << 8 | part.tail_length);
    hash = hash_combine64(hash, part.head_holes);
    hash = hash_combine64(hash, part.tail_holes);
  }
  return murmurhash32(static_cast<uint32>(hash ^ hash >> 32));
}

/* Of bytes outside of the holes. */
uint32 HashBytes(const char *bytes, int length, uint64 holes) {
  char masked[Segment::kMaxWithHoles];
  if (holes != 0) {
    for (int i = 0; i < length; ++i) masked[i] = (holes >> i & 1) != 0 ? '\0' : bytes[i];
    bytes = masked;
  }
  return hash_bytes(reinterpret_cast<const unsigned char *>(bytes), length);
}

uint32 HashPattern(const Pattern &pattern) {
  if (pattern.kind == Pattern::Kind::any) return 0;
  uint32 hash = HashBytes(pattern.head.bytes, pattern.head.length, pattern.head.holes);
  if (pattern.tail.length == 0) return hash;
  return hash_combine(hash, HashBytes(pattern.tail.bytes, pattern.tail.length, pattern.tail.holes));
}

/* The hash that a pattern of this shape has when it matches the name; false: none can match. */
bool HashSubject(const PatternShape &shape, const Subject &name, uint32 *hash) {
  *hash = 0;
  if (shape.kind == Pattern::Kind::any) return true;
  if (name.value == nullptr) return false;
  int head_length = shape.head_length;
  if (shape.kind == Pattern::Kind::exact) head_length = name.length;
  if (shape.kind == Pattern::Kind::fixed && name.length != head_length) return false;
  if (name.length < head_length + shape.tail_length) return false;
  *hash = HashBytes(name.value, head_length, shape.head_holes);
  if (shape.tail_length > 0)
    *hash = hash_combine(*hash,
                         HashBytes(name.value + name.length - shape.tail_length, shape.tail_length, shape.tail_holes));
  return true;
}

uint32 HashRow(int shape, Scope scope, uint32 schema, uint32 relation) {
  uint32 hash = hash_combine(murmurhash32(static_cast<uint32>(shape) << 8 ^ scope.value), schema);
  return hash_combine(hash, relation);
}

uint32 HashWithNeedle(uint32 row, const char *needle, int length) {
  return length == 0 ? row : hash_combine(row, HashBytes(needle, length, 0));
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

bool IsAboutEverything(const PolicyRow &row) {
  return row.scope.kind == Scope::Kind::all && row.schema.kind == Pattern::Kind::any &&
         row.relation.kind == Pattern::Kind::any && !row.HasThreshold();
}

/* '*' is about conventions only in that it may exempt from them. */
bool IsAboutConventions(const PolicyRow &row) {
  switch (row.scope.kind) {
    case Scope::Kind::rule:
      return RuleOf(static_cast<Why>(row.scope.value)).Convention();
    case Scope::Kind::group:
      return row.scope.value == static_cast<uint16>(Group::convention);
    case Scope::Kind::all:
      break;
  }
  return row.action == Action::allow;
}

bool Applies(const PolicyRow &row, Scope scope, Question &question) {
  if (row.scope != scope) return false;
  if (question.rule.Convention() && !IsAboutConventions(row)) return false;
  if (!Matches(row.schema, question.schema) || !Matches(row.relation, question.relation)) return false;
  if (!row.ReachedBy(question)) return false;
  return question.measured == nullptr || Breaks(question.rule, row.argument, *question.measured);
}

void SwitchOn(RuleSet &conventions, const PolicyRow &row) {
  if (row.action == Action::allow || !IsAboutConventions(row)) return;
  if (row.scope.kind == Scope::Kind::rule) return conventions.Add(static_cast<Why>(row.scope.value));
  for (int i = 0; i < RuleCount(); ++i)
    if (RuleAt(i).Convention()) conventions.Add(RuleAt(i).why);
}

uint32 PowerOfTwoAbove(int count) {
  uint32 power = 16;
  while (power < static_cast<uint32>(count) * 2) power *= 2;
  return power;
}

/* The rows that can apply to the asker, up to the first one that decides about everything; after it, if it is
 * no exemption, those about conventions. */
void SelectRows(PolicyView *view, const PolicyRow *rows, int count, TimestampTz now) {
  Subject role(view->role);
  Subject application(view->application);
  bool decided = false;
  for (int i = 0; i < count; ++i) {
    const PolicyRow &row = rows[i];
    if (row.expires_at <= now || (decided && !IsAboutConventions(row))) continue;
    if (!Matches(row.role, role) || !Matches(row.application, application)) continue;
    if (row.expires_at < view->valid_until) view->valid_until = row.expires_at;
    view->rows.Add(&row);
    SwitchOn(view->conventions, row);
    if (!IsAboutEverything(row)) continue;
    decided = true;
    if (row.action != Action::allow) continue;
    view->exemption = &row;
    break;
  }
}

/* Fills view->shapes; returns each row's. */
int *FindShapes(PolicyView *view) {
  const int count = view->rows.count;
  auto *shape_of = static_cast<int *>(palloc(sizeof(int) * (count + 1)));
  const uint32 mask = PowerOfTwoAbove(count) - 1;
  auto *known = static_cast<int *>(palloc0(sizeof(int) * (mask + 1))); /* number of the shape plus one */
  for (int i = 0; i < count; ++i) {
    const PolicyRow &row = *view->rows[i];
    RowShape shape = {row.scope.kind, ShapeOf(row.schema, false), ShapeOf(row.relation, true), row.ordinal};
    uint32 at = HashShape(shape) & mask;
    while (known[at] != 0 && !SameShape(view->shapes[known[at] - 1], shape)) at = (at + 1) & mask;
    if (known[at] == 0) {
      view->shapes.Add(shape);
      known[at] = view->shapes.count;
    }
    shape_of[i] = known[at] - 1;
  }
  pfree(known);
  return shape_of;
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
  for (int i = 0; i < kGroupCount; ++i) {
    if (!Equal(text, GroupName(static_cast<Group>(i)))) continue;
    *scope = {Scope::Kind::group, static_cast<uint16>(i)};
    return true;
  }
  return false;
}

const Rule *RuleOfScope(Scope scope) {
  return scope.kind == Scope::Kind::rule ? &RuleOf(static_cast<Why>(scope.value)) : nullptr;
}

bool ParseAction(const char *text, Action *action) {
  for (Action each : {Action::allow, Action::log, Action::warn, Action::reject}) {
    if (!Equal(text, ActionName(each))) continue;
    *action = each;
    return true;
  }
  return false;
}

PolicyView *BuildView(const PolicyRow *rows, int count, const Asker &asker, TimestampTz now) {
  MemoryContext context = AllocSetContextCreate(CurrentMemoryContext, "ddlguard policy view", ALLOCSET_DEFAULT_SIZES);
  MemoryContext caller = MemoryContextSwitchTo(context);
  auto *view = static_cast<PolicyView *>(palloc0(sizeof(PolicyView)));
  view->context = context;
  view->role = pstrdup(asker.role);
  view->application = pstrdup(asker.application);
  view->valid_until = DT_NOEND;
  SelectRows(view, rows, count, now);
  int *shape_of = FindShapes(view);

  const uint32 buckets = PowerOfTwoAbove(view->rows.count);
  view->mask = buckets - 1;
  view->buckets = static_cast<IndexEntry **>(palloc0(sizeof(IndexEntry *) * buckets));
  auto *entries = static_cast<IndexEntry *>(palloc(sizeof(IndexEntry) * (view->rows.count + 1)));
  /* Backwards, so that each chain is in the order of the rows. */
  for (int i = view->rows.count - 1; i >= 0; --i) {
    const PolicyRow *row = view->rows[i];
    uint32 hash = HashRow(shape_of[i], row->scope, HashPattern(row->schema), HashPattern(row->relation));
    hash = HashWithNeedle(hash, row->relation.needle.bytes, row->relation.needle.length);
    IndexEntry **bucket = &view->buckets[hash & view->mask];
    entries[i] = {row, *bucket, hash};
    *bucket = &entries[i];
  }
  pfree(shape_of);
  MemoryContextSwitchTo(caller);
  return view;
}

/* The first row with that hash that matches, or best when that one comes first. */
const PolicyRow *PolicyView::FirstOf(uint32 hash, Scope scope, Question &question, const PolicyRow *best) const {
  for (const IndexEntry *entry = buckets[hash & mask]; entry != nullptr; entry = entry->next) {
    if (best != nullptr && entry->row->ordinal > best->ordinal) break;
    if (entry->hash == hash && Applies(*entry->row, scope, question)) return entry->row;
  }
  return best;
}

const PolicyRow *PolicyView::Find(Question &question) const {
  const Subject &schema = question.schema;
  const Subject &relation = question.relation;
  if (!schema.ascii || !relation.ascii) return FindByScan(question);
  const PolicyRow *best = nullptr;
  for (int i = 0; i < shapes.count; ++i) {
    const RowShape &shape = shapes[i];
    if (best != nullptr && shape.first > best->ordinal) break;
    uint32 schema_hash;
    uint32 relation_hash;
    if (!HashSubject(shape.schema, schema, &schema_hash)) continue;
    if (!HashSubject(shape.relation, relation, &relation_hash)) continue;
    Scope scope = ScopeOf(question.rule, shape.scope);
    uint32 hash = HashRow(i, scope, schema_hash, relation_hash);
    const int needle = shape.relation.needle_length;
    if (needle == 0) {
      best = FirstOf(hash, scope, question, best);
      continue;
    }
    const int end = relation.length - shape.relation.tail_length - needle;
    for (int at = shape.relation.head_length; at <= end; ++at)
      best = FirstOf(HashWithNeedle(hash, relation.value + at, needle), scope, question, best);
  }
  return best;
}

const PolicyRow *PolicyView::FindByScan(Question &question) const {
  for (const PolicyRow *row : rows)
    if (Applies(*row, ScopeOf(question.rule, row->scope.kind), question)) return row;
  return nullptr;
}

}  // namespace ddlguard
