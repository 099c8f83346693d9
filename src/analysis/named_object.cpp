/*
 * See named_object.h.
 */
#include "analysis/named_object.h"

#include "pg/catalog.h"
#include "pg/text.h"

namespace ddlguard {

namespace {

List *Names(const Node *node) {
  return IsA(node, List) ? const_cast<List *>(reinterpret_cast<const List *>(node)) : NIL;
}

const char *Word(const Node *node) { return IsA(node, String) ? strVal(node) : nullptr; }

Oid FindType(const Node *node) {
  const TypeName *name = nullptr;
  if (IsA(node, TypeName)) {
    name = reinterpret_cast<const TypeName *>(node);
  } else if (List *names = Names(node); names != NIL) {
    name = makeTypeNameFromNameList(names);
  }
  return name == nullptr ? InvalidOid : LookupTypeNameOid(nullptr, name, true);
}

Oid FindOpclassOrFamily(ObjectType type, const Node *node) {
  List *names = Names(node);
  if (list_length(names) < 2) return InvalidOid;
  Oid am = get_am_oid(strVal(linitial(names)), true);
  if (!OidIsValid(am)) return InvalidOid;
  List *rest = list_copy_tail(names, 1);
  return type == OBJECT_OPCLASS ? get_opclass_oid(am, rest, true) : get_opfamily_oid(am, rest, true);
}

Oid FindCast(const Node *node) {
  List *names = Names(node);
  if (list_length(names) != 2) return InvalidOid;
  Oid source = FindType(static_cast<Node *>(linitial(names)));
  Oid target = FindType(static_cast<Node *>(lsecond(names)));
  return OidIsValid(source) && OidIsValid(target) ? get_cast_oid(source, target, true) : InvalidOid;
}

Oid FindTransform(const Node *node) {
  List *names = Names(node);
  if (list_length(names) != 2) return InvalidOid;
  Oid type = FindType(static_cast<Node *>(linitial(names)));
  Oid language = get_language_oid(strVal(lsecond(names)), true);
  return OidIsValid(type) && OidIsValid(language) ? get_transform_oid(type, language, true) : InvalidOid;
}

/* Trigger, rule, policy: the list is the table's name followed by its own. */
NamedObject FindOnRelation(Analysis &a, ObjectType type, const Node *node, LOCKMODE lock) {
  NamedObject found;
  List *names = Names(node);
  if (list_length(names) < 2) return found;
  const char *name = strVal(llast(names));
  RangeVar *table = makeRangeVarFromNameList(list_truncate(list_copy(names), list_length(names) - 1));
  const Target *relation = a.Resolve(table, lock);
  if (relation == nullptr || !OidIsValid(relation->oid)) return found;
  Oid classid, oid;
  if (type == OBJECT_TRIGGER) {
    classid = TriggerRelationId;
    oid = get_trigger_oid(relation->oid, name, true);
  } else if (type == OBJECT_RULE) {
    classid = RewriteRelationId;
    oid = get_rewrite_oid(relation->oid, name, true);
  } else {
    classid = PolicyRelationId;
    oid = get_relation_policy_oid(relation->oid, name, true);
  }
  if (!OidIsValid(oid)) return found;
  found.address = {classid, oid, 0};
  found.relation = relation;
  found.target = a.LookObject(classid, oid, relation->schema, name);
  return found;
}

/* The catalog and OID of objects that are neither relations nor parts of one. */
ObjectAddress FindAddress(ObjectType type, const Node *node) {
  auto at = [](Oid classid, Oid oid) { return ObjectAddress{classid, oid, 0}; };
  const char *word = Word(node);
  List *names = Names(node);
  auto function = const_cast<ObjectWithArgs *>(reinterpret_cast<const ObjectWithArgs *>(node));
  const bool has_args = IsA(node, ObjectWithArgs);
  switch (type) {
    case OBJECT_AGGREGATE:
    case OBJECT_FUNCTION:
    case OBJECT_PROCEDURE:
    case OBJECT_ROUTINE:
      return at(ProcedureRelationId, has_args ? LookupFuncWithArgs(type, function, true) : InvalidOid);
    case OBJECT_OPERATOR:
      return at(OperatorRelationId, has_args ? LookupOperWithArgs(function, true) : InvalidOid);
    case OBJECT_TYPE:
    case OBJECT_DOMAIN:
      return at(TypeRelationId, FindType(node));
    case OBJECT_SCHEMA:
      return at(NamespaceRelationId, word ? get_namespace_oid(word, true) : InvalidOid);
    case OBJECT_EXTENSION:
      return at(ExtensionRelationId, word ? get_extension_oid(word, true) : InvalidOid);
    case OBJECT_DATABASE:
      return at(DatabaseRelationId, word ? get_database_oid(word, true) : InvalidOid);
    case OBJECT_ROLE:
      return at(AuthIdRelationId, word ? get_role_oid(word, true) : InvalidOid);
    case OBJECT_TABLESPACE:
      return at(TableSpaceRelationId, word ? get_tablespace_oid(word, true) : InvalidOid);
    case OBJECT_PUBLICATION:
      return at(PublicationRelationId, word ? get_publication_oid(word, true) : InvalidOid);
    case OBJECT_SUBSCRIPTION:
      return at(SubscriptionRelationId, word ? get_subscription_oid(word, true) : InvalidOid);
    case OBJECT_FDW:
      return at(ForeignDataWrapperRelationId, word ? get_foreign_data_wrapper_oid(word, true) : InvalidOid);
    case OBJECT_FOREIGN_SERVER:
      return at(ForeignServerRelationId, word ? get_foreign_server_oid(word, true) : InvalidOid);
    case OBJECT_LANGUAGE:
      return at(LanguageRelationId, word ? get_language_oid(word, true) : InvalidOid);
    case OBJECT_ACCESS_METHOD:
      return at(AccessMethodRelationId, word ? get_am_oid(word, true) : InvalidOid);
    case OBJECT_EVENT_TRIGGER:
      return at(EventTriggerRelationId, word ? get_event_trigger_oid(word, true) : InvalidOid);
    case OBJECT_COLLATION:
      return at(CollationRelationId, get_collation_oid(names, true));
    case OBJECT_CONVERSION:
      return at(ConversionRelationId, get_conversion_oid(names, true));
    case OBJECT_STATISTIC_EXT:
      return at(StatisticExtRelationId, get_statistics_object_oid(names, true));
    case OBJECT_TSPARSER:
      return at(TSParserRelationId, get_ts_parser_oid(names, true));
    case OBJECT_TSDICTIONARY:
      return at(TSDictionaryRelationId, get_ts_dict_oid(names, true));
    case OBJECT_TSTEMPLATE:
      return at(TSTemplateRelationId, get_ts_template_oid(names, true));
    case OBJECT_TSCONFIGURATION:
      return at(TSConfigRelationId, get_ts_config_oid(names, true));
    case OBJECT_OPCLASS:
      return at(OperatorClassRelationId, FindOpclassOrFamily(type, node));
    case OBJECT_OPFAMILY:
      return at(OperatorFamilyRelationId, FindOpclassOrFamily(type, node));
    case OBJECT_CAST:
      return at(CastRelationId, FindCast(node));
    case OBJECT_TRANSFORM:
      return at(TransformRelationId, FindTransform(node));
    /* Relations and parts of relations: not here.  The rest is never named in a statement. */
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_FOREIGN_TABLE:
    case OBJECT_SEQUENCE:
    case OBJECT_INDEX:
    case OBJECT_TRIGGER:
    case OBJECT_RULE:
    case OBJECT_POLICY:
    case OBJECT_COLUMN:
    case OBJECT_ATTRIBUTE:
    case OBJECT_TABCONSTRAINT:
    case OBJECT_DOMCONSTRAINT:
    case OBJECT_AMOP:
    case OBJECT_AMPROC:
    case OBJECT_DEFAULT:
    case OBJECT_DEFACL:
    case OBJECT_LARGEOBJECT:
    case OBJECT_PARAMETER_ACL:
    case OBJECT_PUBLICATION_NAMESPACE:
    case OBJECT_PUBLICATION_REL:
    case OBJECT_USER_MAPPING:
#if PG_VERSION_NUM >= 190000
    case OBJECT_PUBLICATION_EXCLUDED_REL:
#endif
      break;
  }
  return {InvalidOid, InvalidOid, 0};
}

}  // namespace

NamedObject FindObject(Analysis &a, ObjectType type, const Node *object, LOCKMODE lock) {
  NamedObject found;
  if (object == nullptr) return found;
  if (type == OBJECT_TRIGGER || type == OBJECT_RULE || type == OBJECT_POLICY)
    return FindOnRelation(a, type, object, lock);
  if (IsRelationType(type)) {
    List *names = Names(object);
    if (names == NIL) return found;
    const Target *relation = a.Resolve(makeRangeVarFromNameList(names), lock);
    if (relation == nullptr || !OidIsValid(relation->oid)) return found;
    found.address = {RelationRelationId, relation->oid, 0};
    found.target = relation;
    return found;
  }
  found.address = FindAddress(type, object);
  if (!OidIsValid(found.address.objectId)) return found;
  const Target *target = TargetOf(a, found.address);
  if (a.ledger.script && a.ledger.ObjectAdded(found.address.classId, target->schema, target->name)) return found;
  found.target = target;
  return found;
}

const Target *TargetOf(Analysis &a, const ObjectAddress &address) {
  const char *schema = nullptr;
  const char *name = nullptr;
  switch (address.classId) {
    case RelationRelationId:
      return a.Look(address.objectId);
    case ProcedureRelationId:
      schema = get_namespace_name(get_func_namespace(address.objectId));
      name = get_func_name(address.objectId);
      break;
    case TypeRelationId: {
      HeapTuple tuple = SearchSysCache1(TYPEOID, ObjectIdGetDatum(address.objectId));
      if (!HeapTupleIsValid(tuple)) break;
      auto form = reinterpret_cast<Form_pg_type>(GETSTRUCT(tuple));
      schema = get_namespace_name(form->typnamespace);
      name = pstrdup(NameStr(form->typname));
      ReleaseSysCache(tuple);
      break;
    }
    case NamespaceRelationId:
      name = get_namespace_name(address.objectId);
      break;
    case ExtensionRelationId:
      name = get_extension_name(address.objectId);
      break;
    case DatabaseRelationId:
      name = get_database_name(address.objectId);
      break;
    case AuthIdRelationId:
      name = GetUserNameFromId(address.objectId, true);
      break;
    default:
      name = getObjectIdentity(&address, true);
      break;
  }
  return a.LookObject(address.classId, address.objectId, schema, name == nullptr ? "?" : name);
}

bool IsRelationType(ObjectType type) {
  switch (type) {
    case OBJECT_TABLE:
    case OBJECT_VIEW:
    case OBJECT_MATVIEW:
    case OBJECT_INDEX:
    case OBJECT_SEQUENCE:
    case OBJECT_FOREIGN_TABLE:
      return true;
    default:
      return false;
  }
}

bool IsNew(Analysis &a, const Target *target) {
  return target->fresh || !OidIsValid(target->oid) ||
         (!target->IsRelation() && CreatedInTransaction(target->classid, target->oid, 0));
}

bool MayDrop(const NamedObject &named) {
  const Target *owned = named.relation != nullptr ? named.relation : named.target;
  if (OwnsObject(owned->classid, owned->oid, ActingRole())) return true;
  if (named.relation != nullptr) return false;
  Oid schema = get_object_namespace(&named.address);
  return OidIsValid(schema) && OwnsObject(NamespaceRelationId, schema, ActingRole());
}

bool MayAlter(const NamedObject &named) {
  const Target *owned = named.relation != nullptr ? named.relation : named.target;
  return OwnsObject(owned->classid, owned->oid, ActingRole());
}

}  // namespace ddlguard
