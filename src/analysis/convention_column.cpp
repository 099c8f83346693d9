/*
 * Conventions about a column: its type first of all.
 *
 * Types are resolved through the catalog, so a type's other names, %TYPE, domains over it and arrays of it
 * are the same to a rule.  kTypeRules says what is demanded of which type.
 */
#include "analysis/convention.h"

#include <algorithm>

#include "pg/catalog.h"
#include "pg/expression.h"
#include "pg/compat.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

void Resolve(NewColumn *column) {
  column->base = column->type;
  column->base_typmod = column->typmod;
  if (!OidIsValid(column->type)) return;
  column->base = getBaseTypeAndTypmod(column->type, &column->base_typmod);
  for (Oid element; OidIsValid(element = get_element_type(column->base));) {
    column->array = true;
    column->base = getBaseTypeAndTypmod(element, &column->base_typmod);
  }
  if (!get_typisdefined(column->base)) column->base = InvalidOid;
}

/* serial and its kin are words of the grammar, not types (transformColumnDefinition). */
Oid SerialType(const TypeName *type) {
  if (list_length(type->names) != 1 || type->pct_type || type->arrayBounds != NIL) return InvalidOid;
  const char *name = strVal(linitial(type->names));
  if (Equal(name, "serial") || Equal(name, "serial4")) return INT4OID;
  if (Equal(name, "bigserial") || Equal(name, "serial8")) return INT8OID;
  if (Equal(name, "smallserial") || Equal(name, "serial2")) return INT2OID;
  return InvalidOid;
}

bool BelongsTo(Oid type, const char *name, const char *extension) {
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
  if (!HeapTupleIsValid(tuple)) return false;
  const bool named = Equal(NameStr(reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typname), name);
  ReleaseSysCache(tuple);
  if (!named) return false;
  const Oid owner = getExtensionOfObject(TypeRelationId, type);
  return OidIsValid(owner) && Equal(get_extension_name(owner), extension);
}

/* ---- rules about types: one record each ---- */

bool Is(const NewColumn &c, Oid type) { return c.base == type; }
bool IsTimestamp(const NewColumn &c) { return Is(c, TIMESTAMPOID) || Is(c, TIMESTAMPTZOID); }
bool IsText(const NewColumn &c) { return Is(c, TEXTOID) || (Is(c, VARCHAROID) && c.base_typmod < 0); }

constexpr struct {
  Why why;
  bool (*breaks)(const NewColumn &column);
} kTypeRules[] = {
    {Why::int_column, [](const NewColumn &c) { return Is(c, INT4OID) && !c.primary && c.foreign == nullptr; }},
    {Why::smallint_column, [](const NewColumn &c) { return Is(c, INT2OID); }},
    {Why::varchar_limit, [](const NewColumn &c) { return Is(c, VARCHAROID) && c.base_typmod >= 0; }},
    {Why::char_column, [](const NewColumn &c) { return Is(c, BPCHAROID); }},
    {Why::timestamp_without_tz, [](const NewColumn &c) { return Is(c, TIMESTAMPOID); }},
    {Why::timetz_column, [](const NewColumn &c) { return Is(c, TIMETZOID); }},
    {Why::timestamp_precision,
     [](const NewColumn &c) {
       return IsTimestamp(c) && c.base_typmod >= 0 && c.base_typmod < MAX_TIMESTAMP_PRECISION;
     }},
    {Why::json_column, [](const NewColumn &c) { return Is(c, JSONOID); }},
    {Why::money_column, [](const NewColumn &c) { return Is(c, MONEYOID); }},
    {Why::float_column, [](const NewColumn &c) { return Is(c, FLOAT4OID) || Is(c, FLOAT8OID); }},
    {Why::xml_column, [](const NewColumn &c) { return Is(c, XMLOID); }},
    {Why::hstore_column, [](const NewColumn &c) { return BelongsTo(c.base, "hstore", "hstore"); }},
    {Why::numeric_precision, [](const NewColumn &c) { return Is(c, NUMERICOID) && c.base_typmod < 0; }},
    {Why::large_blob_column, [](const NewColumn &c) { return Is(c, BYTEAOID) || BelongsTo(c.base, "lo", "lo"); }},
    {Why::reg_type_column,
     [](const NewColumn &c) {
       switch (c.base) {
         case REGPROCOID:
         case REGPROCEDUREOID:
         case REGOPEROID:
         case REGOPERATOROID:
         case REGCONFIGOID:
         case REGDICTIONARYOID:
         case REGNAMESPACEOID:
         case REGCOLLATIONOID:
           return true;
         default:
           return false;
       }
     }},
};

/* What a list of types may call it besides its name: enum, array, composite, range. */
const char *ClassOf(const NewColumn &column) {
  if (column.array) return "array";
  switch (get_typtype(column.base)) {
    case TYPTYPE_ENUM:
      return "enum";
    case TYPTYPE_COMPOSITE:
      return "composite";
    case TYPTYPE_RANGE:
    case TYPTYPE_MULTIRANGE:
      return "range";
    default:
      return nullptr;
  }
}

}  // namespace

Measured MeasuredType(const NewColumn &column) {
  const char *value = TypeText(column);
  const char *alias = nullptr;
  HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(column.base));
  if (HeapTupleIsValid(tuple)) {
    alias = pstrdup(NameStr(reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple))->typname));
    if (column.array) alias = Format("{}[]", alias);
    ReleaseSysCache(tuple);
  }
  return {.value = value, .alias = alias, .kind = ClassOf(column)};
}

namespace {

bool DomainIsRequired(Oid type) {
  for (;;) {
    HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(type));
    if (!HeapTupleIsValid(tuple)) return false;
    auto form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
    const bool required = form->typtype == TYPTYPE_DOMAIN && form->typnotnull;
    const bool domain = form->typtype == TYPTYPE_DOMAIN;
    type = form->typbasetype;
    ReleaseSysCache(tuple);
    if (required || !domain) return required;
  }
}

/* relation.column%TYPE, for which LookupTypeName() would say a NOTICE that PostgreSQL says itself. */
Oid ReferencedType(const TypeName *type, int32 *typmod) {
  List *names = list_copy(type->names);
  const char *column = strVal(llast(names));
  RangeVar *relation = makeRangeVarFromNameList(list_truncate(names, list_length(names) - 1));
  const Oid oid = RangeVarGetRelid(relation, NoLock, true);
  const AttrNumber attnum = OidIsValid(oid) ? get_attnum(oid, column) : InvalidAttrNumber;
  if (attnum == InvalidAttrNumber) return InvalidOid;
  Oid found, collation;
  get_atttypetypmodcoll(oid, attnum, &found, typmod, &collation);
  return type->arrayBounds == NIL ? found : get_array_type(found);
}

/* A domain that the script has made so far; null for none. */
const CreateDomainStmt *ScriptDomain(const Analysis &a, const TypeName *name) {
  if (!a.ledger.script || name->names == NIL) return nullptr;
  for (int i = std::min(a.ledger.next - 1, list_length(a.ledger.statements)) - 1; i >= 0; --i) {
    auto *made =
        reinterpret_cast<const CreateDomainStmt *>(static_cast<RawStmt *>(list_nth(a.ledger.statements, i))->stmt);
    if (IsA(made, CreateDomainStmt) && Equal(strVal(llast(made->domainname)), strVal(llast(name->names)))) return made;
  }
  return nullptr;
}

/* A domain of the script is known by what it is over. */
Oid TypeOf(const Analysis &a, const TypeName *name, int32 *typmod) {
  if (name->pct_type) return ReferencedType(name, typmod);
  Type tuple = LookupTypeName(nullptr, name, typmod, true);
  if (tuple == nullptr) {
    const CreateDomainStmt *domain = ScriptDomain(a, name);
    return domain == nullptr ? InvalidOid : TypeOf(a, domain->typeName, typmod);
  }
  const Oid type = typeTypeId(tuple);
  ReleaseSysCache(tuple);
  return type;
}

/* The place of the column in its foreign key. */
int PlaceInKey(const NewColumn &column) {
  const List *names = column.foreign->fk_attrs;
  for (int i = 0; i < list_length(names); ++i)
    if (Equal(strVal(list_nth(names, i)), column.name)) return i;
  return 0; /* inline */
}

Oid TypeOfPrimaryKey(Oid relation, int place) {
  Oid type = InvalidOid;
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return type;
  const Oid index = PrimaryKeyIndex(rel);
  HeapTuple tuple = OidIsValid(index) ? SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index)) : nullptr;
  if (HeapTupleIsValid(tuple)) {
    auto form = reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
    if (place < form->indnkeyatts) type = get_atttype(relation, form->indkey.values[place]);
    ReleaseSysCache(tuple);
  }
  CloseUnlocked(rel);
  return type;
}

/* Is what the foreign key references a bigint?  A smaller one dictates the type of this side. */
bool ReferencesWider(Analysis &a, const NewColumn &column) {
  if (column.foreign == nullptr || column.foreign->pktable == nullptr) return false;
  const Target *referenced = a.Resolve(column.foreign->pktable, NoLock);
  if (referenced == nullptr || !OidIsValid(referenced->oid)) return false;
  const int place = PlaceInKey(column);
  const List *names = column.foreign->pk_attrs;
  if (names == NIL) return TypeOfPrimaryKey(referenced->oid, place) == INT8OID;
  if (place >= list_length(names)) return false;
  const AttrNumber attnum = get_attnum(referenced->oid, strVal(list_nth(names, place)));
  return attnum != InvalidAttrNumber && get_atttype(referenced->oid, attnum) == INT8OID;
}

bool HoldsColumn(Node *node, bool *found) {
  if (node == nullptr) return false;
  if (IsA(node, ColumnRef)) *found = true;
  return *found || WalkRawTree(node, HoldsColumn, found);
}

void AddDefinition(const Conventions &c, const NewColumn &column) {
  const ColumnDef *definition = column.definition;
  if (!column.required && OidIsValid(column.type)) c.Add(Why::nullable_column, column.name, MeasuredType(column));
  if (column.required && !column.has_default && !column.primary && column.foreign == nullptr)
    c.Add(Why::missing_default, column.name);
  if (column.serial) c.Add(Why::serial_column, column.name);
  if (definition == nullptr) return;
  AddClockConventions(c, definition->raw_default, false, column.name);
  for (const Constraint *constraint : Each<Constraint>(definition->constraints)) {
    if (constraint->contype == CONSTR_IDENTITY && constraint->generated_when == ATTRIBUTE_IDENTITY_BY_DEFAULT)
      c.Add(Why::identity_by_default, column.name);
    if (constraint->contype == CONSTR_GENERATED || constraint->contype == CONSTR_DEFAULT)
      AddClockConventions(c, constraint->raw_expr, false, column.name);
    if (constraint->contype == CONSTR_GENERATED && constraint->raw_expr != nullptr) {
      bool reads = false;
      HoldsColumn(constraint->raw_expr, &reads);
      if (!reads) c.Add(Why::constant_generated_column, column.name);
    }
  }
}

struct LengthSearch {
  const char *column;
  bool found = false;
};

bool IsLengthFunction(const List *name) {
  const Oid argument = TEXTOID;
  switch (LookupFuncName(const_cast<List *>(name), 1, &argument, true)) {
    case F_LENGTH_TEXT:
    case F_CHAR_LENGTH_TEXT:
    case F_CHARACTER_LENGTH_TEXT:
    case F_OCTET_LENGTH_TEXT:
      return true;
    default:
      return false;
  }
}

bool FindLength(Node *node, LengthSearch *search) {
  if (node == nullptr || search->found) return search->found;
  if (IsA(node, FuncCall)) {
    auto *call = reinterpret_cast<FuncCall *>(node);
    if (list_length(call->args) == 1 && IsA(linitial(call->args), ColumnRef) && IsLengthFunction(call->funcname)) {
      auto *reference = static_cast<ColumnRef *>(linitial(call->args));
      auto *last = static_cast<Node *>(llast(reference->fields));
      if (IsA(last, String) && Equal(strVal(last), search->column)) search->found = true;
    }
  }
  return search->found || WalkRawTree(node, FindLength, search);
}

}  // namespace

NewColumn ColumnOfType(const char *name, Oid type, int32 typmod) {
  NewColumn column;
  column.name = name;
  column.type = type;
  column.typmod = typmod;
  Resolve(&column);
  return column;
}

NewColumn ColumnOf(const Analysis &a, const ColumnDef *definition) {
  Oid type = InvalidOid;
  int32 typmod = -1;
  bool serial = false;
  if (const TypeName *name = definition->typeName) {
    type = SerialType(name);
    serial = OidIsValid(type);
    if (!serial) type = TypeOf(a, name, &typmod);
  }
  NewColumn column = ColumnOfType(definition->colname, type, typmod);
  column.definition = definition;
  column.serial = serial;
  column.required = definition->is_not_null || serial;
  column.has_default = serial || !IsNullLiteral(definition->raw_default);
  for (const Constraint *constraint : Each<Constraint>(definition->constraints)) {
    switch (constraint->contype) {
      case CONSTR_NOTNULL:
        column.required = true;
        break;
      case CONSTR_DEFAULT:
        column.has_default = !IsNullLiteral(constraint->raw_expr);
        break;
      case CONSTR_IDENTITY:
        column.identity = column.required = column.has_default = true;
        break;
      case CONSTR_GENERATED:
        column.generated = column.has_default = true;
        break;
      case CONSTR_PRIMARY:
        column.primary = column.required = true;
        break;
      case CONSTR_FOREIGN:
        column.foreign = constraint;
        break;
      default:
        break;
    }
  }
  column.limited = LimitsLength(definition->constraints, definition->colname);
  if (const CreateDomainStmt *domain =
          definition->typeName == nullptr ? nullptr : ScriptDomain(a, definition->typeName))
    for (const Constraint *constraint : Each<Constraint>(domain->constraints))
      column.required = column.required || constraint->contype == CONSTR_NOTNULL;
  if (OidIsValid(type) && get_typtype(type) == TYPTYPE_DOMAIN) {
    column.required = column.required || DomainIsRequired(type);
    column.has_default = column.has_default || get_typdefault(type) != nullptr;
  }
  return column;
}

Array<NewColumn> ColumnsOfRelation(Oid relation) {
  Array<NewColumn> columns;
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return columns;
  TupleDesc desc = RelationGetDescr(rel);
  for (int i = 0; i < desc->natts; ++i) {
    const FormData_pg_attribute *attribute = TupleDescAttr(desc, i);
    if (attribute->attisdropped) continue;
    NewColumn column = ColumnOfType(pstrdup(NameStr(attribute->attname)), attribute->atttypid, attribute->atttypmod);
    column.required = attribute->attnotnull;
    columns.Add(column);
  }
  CloseUnlocked(rel);
  return columns;
}

const char *TypeText(const NewColumn &column) {
  if (!OidIsValid(column.base)) return "?";
  const char *text = format_type_be(column.base);
  return column.array ? Format("{}[]", text) : text;
}

bool IsSpatial(const NewColumn &column) {
  switch (column.base) {
    case POINTOID:
    case BOXOID:
    case POLYGONOID:
    case CIRCLEOID:
      return !column.array;
    default:
      return !column.array && OidIsValid(column.base) &&
             (BelongsTo(column.base, "geometry", "postgis") || BelongsTo(column.base, "geography", "postgis"));
  }
}

bool LimitsLength(const List *constraints, const char *column) {
  LengthSearch search = {column};
  for (const Constraint *constraint : Each<Constraint>(constraints))
    if (constraint->contype == CONSTR_CHECK) FindLength(constraint->raw_expr, &search);
  return search.found;
}

void AddKeyConventions(const Conventions &c, const NewColumn &column) {
  if (!OidIsValid(column.base) || (!column.primary && !ReferencesWider(c.a, column))) return;
  if (column.base == INT4OID || column.base == INT2OID)
    c.Add(Why::int_primary_key, column.name, {.value = TypeText(column)},
          column.base == INT4OID ? "2147483647" : "32767");
  if (column.primary) c.Add(Why::pk_type_allowlist, column.name, MeasuredType(column));
}

void AddColumnConventions(const Conventions &c, const NewColumn &column, bool retyped) {
  if (OidIsValid(column.base)) {
    for (const auto &rule : kTypeRules)
      if (c.Wants(rule.why) && rule.breaks(column)) c.Add(rule.why, column.name, {.value = TypeText(column)});
    if (c.Wants(Why::disallowed_type)) c.Add(Why::disallowed_type, column.name, MeasuredType(column));
    if (c.Wants(Why::text_without_limit) && IsText(column) && !column.limited && !column.generated)
      c.Add(Why::text_without_limit, column.name);
  }
  if (column.definition != nullptr && column.definition->collClause != nullptr) {
    const List *name = column.definition->collClause->collname;
    c.Add(Why::collation_allowlist, column.name, {.value = strVal(llast(name))});
  }
  if (!retyped) AddDefinition(c, column);
}

}  // namespace ddlguard
