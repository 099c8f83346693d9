/*
 * What stands on a column that is replaced: see replace_column.h.
 *
 * It is taken from pg_depend, for every table of a partition tree; whatever is not known there is an obstacle,
 * so nothing is forgotten silently.  Catalog scans, a few per table of the tree.
 */
#include "pg/expression.h"
#include "recipes/replacing.h"

namespace ddlguard {

const char *CommentSql(Oid object, Oid classid, int32 part, const char *what) {
  const char *text = GetComment(object, classid, part);
  return text == nullptr ? ""
                         : Format("COMMENT ON {} IS {};\n", what, static_cast<const char *>(quote_literal_cstr(text)));
}

const char *Replacing::TemporaryName(const char *name, Oid namespace_oid) {
  auto taken = [&](const char *candidate) {
    for (const char *other : names_)
      if (Equal(other, candidate)) return true; /* long names are cut */
    return OidIsValid(namespace_oid) && OidIsValid(get_relname_relid(candidate, namespace_oid));
  };
  const char *fresh = makeObjectName(name, nullptr, "new");
  for (int i = 2; taken(fresh); ++i) fresh = makeObjectName(name, nullptr, Format("new{}", i));
  names_.Add(fresh);
  return fresh;
}

void Replacing::AddConstraint(const char *table, const char *name, const char *definition, bool validated,
                              Oid constraint) {
  const char *fresh = QuoteIdent(TemporaryName(name, InvalidOid));
  const char *drop = Format("ALTER TABLE {} DROP CONSTRAINT {}", table, fresh);
  steps_.Add({.phase = Phase::validate,
              .sql = Format("ALTER TABLE {} ADD CONSTRAINT {} {} NOT VALID", table, fresh, definition),
              .back_out = drop});
  if (validated)
    steps_.Add({.phase = Phase::validate, .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", table, fresh)});
  appendStringInfo(
      &after_drop_, "ALTER TABLE %s RENAME CONSTRAINT %s TO %s;\n%s", table, fresh, QuoteIdent(name),
      CommentSql(constraint, ConstraintRelationId, 0, Format("CONSTRAINT {} ON {}", QuoteIdent(name), table)));
}

void Replacing::LookAtForeignKey(const ColumnMapping &mapping, Form_pg_constraint form, bool references_us,
                                 const char *name) {
  if (OidIsValid(form->conparentid)) return; /* comes and goes with the one of the partitioned table */
  ColumnMapping names = mapping;
  if (references_us) names.fresh = r_.name; /* it is made when that is its name */
  const char *definition = ForeignKeySql(form->oid, names);
  if (definition == nullptr) return Obstacle("a temporal or unenforced foreign key uses it");
  const bool partitioned = get_rel_relkind(form->conrelid) == RELKIND_PARTITIONED_TABLE;
  if (partitioned && !kPartitionedKeyNotValid)
    return Obstacle("a foreign key of a partitioned table uses it, and PostgreSQL knows no NOT VALID for that");
  const char *table = RelationSql(form->conrelid);
  if (!references_us) return AddConstraint(table, name, definition, form->convalidated, form->oid);
  /* The key that it needs comes with the switch, so it is made again there; writers never miss it. */
  appendStringInfo(&before_drop_, "ALTER TABLE %s DROP CONSTRAINT %s;\n", table, QuoteIdent(name));
  appendStringInfo(
      &references_, "ALTER TABLE %s ADD CONSTRAINT %s %s NOT VALID;\n%s", table, QuoteIdent(name), definition,
      CommentSql(form->oid, ConstraintRelationId, 0, Format("CONSTRAINT {} ON {}", QuoteIdent(name), table)));
  if (form->convalidated)
    validations_.Add(
        {.phase = Phase::validate, .sql = Format("ALTER TABLE {} VALIDATE CONSTRAINT {}", table, QuoteIdent(name))});
}

void Replacing::LookAtConstraint(const ColumnMapping &mapping, Oid constraint, AttrNumber attnum) {
  if (constraints_seen_.Contains(constraint)) return;
  constraints_seen_.Add(constraint);
  HeapTuple tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
  if (!HeapTupleIsValid(tuple)) return;
  auto form = reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple));
  const char *name = pstrdup(NameStr(form->conname));
  switch (form->contype) {
    case CONSTRAINT_CHECK: {
      if (form->coninhcount > 0 && !form->conislocal) break; /* from the parent */
      bool null;
      Datum stored = SysCacheGetAttr(CONSTROID, tuple, Anum_pg_constraint_conbin, &null);
      auto expr = static_cast<Node *>(stringToNode(TextDatumGetCString(stored)));
      AddConstraint(RelationSql(mapping.relation), name,
                    Format("CHECK ({}){}", MappedExpression(expr, mapping.relation, mapping),
                           form->connoinherit ? " NO INHERIT" : ""),
                    form->convalidated, constraint);
      break;
    }
    case CONSTRAINT_FOREIGN: {
      AttrNumber columns[INDEX_MAX_KEYS];
      bool references_us = false;
      if (form->confrelid == mapping.relation) {
        const int count = ConstraintColumns(tuple, Anum_pg_constraint_confkey, columns, INDEX_MAX_KEYS);
        for (int i = 0; i < count; ++i) references_us = references_us || columns[i] == attnum;
      }
      LookAtForeignKey(mapping, form, references_us, name);
      break;
    }
    case CONSTRAINT_PRIMARY:
    case CONSTRAINT_UNIQUE:
      LookAtIndex(mapping, form->conindid);
      break;
    case CONSTRAINT_EXCLUSION:
      Obstacle("an exclusion constraint uses it");
      break;
    case CONSTRAINT_TRIGGER:
      Obstacle("a constraint trigger uses it");
      break;
    default: /* NOT NULL of 18: by NotNull() */
      break;
  }
  ReleaseSysCache(tuple);
}

/* In the end: the constraint over the copy of its index. */
void Replacing::AddKey(Form_pg_constraint form, const char *index_name, const ColumnMapping &mapping) {
  const char *table = RelationSql(form->conrelid), *name = QuoteIdent(NameStr(form->conname));
  const char *kind = form->contype == CONSTRAINT_PRIMARY ? "PRIMARY KEY" : "UNIQUE";
  const char *deferrable = form->condeferred     ? " DEFERRABLE INITIALLY DEFERRED"
                           : form->condeferrable ? " DEFERRABLE"
                                                 : "";
  const char *comment = CommentSql(form->oid, ConstraintRelationId, 0, Format("CONSTRAINT {} ON {}", name, table));
  if (index_name != nullptr) {
    appendStringInfo(&leaf_keys_, "ALTER TABLE %s ADD CONSTRAINT %s %s USING INDEX %s%s;\n%s", table, name, kind,
                     QuoteIdent(index_name), deferrable, comment);
    return;
  }
  if (OidIsValid(form->conparentid)) return; /* of a partition that has partitions: comes with the one above */
  /* Its partitions have the same key by then, which it adopts.  The column's name is final by then too. */
  ColumnMapping in_the_end = mapping;
  in_the_end.fresh = r_.name;
  const char *sql = CopyIndexSql(form->conindid, "x", false, false, in_the_end);
  const char *keys = sql == nullptr ? nullptr : strchr(strstr(sql, " USING "), '(');
  if (keys == nullptr) return Obstacle("its key cannot be made again");
  appendStringInfo(&root_keys_, "ALTER TABLE %s ADD CONSTRAINT %s %s %s%s;\n%s", table, name, kind, keys, deferrable,
                   comment);
}

void Replacing::LookAtIndex(const ColumnMapping &mapping, Oid index) {
  for (const IndexCopy &copy : indexes_)
    if (copy.index == index) return;
  HeapTuple tuple = SearchSysCache1(INDEXRELID, ObjectIdGetDatum(index));
  if (!HeapTupleIsValid(tuple)) return;
  const FormData_pg_index form = *reinterpret_cast<Form_pg_index>(GETSTRUCT(tuple));
  ReleaseSysCache(tuple);
  const bool partitioned = get_rel_relkind(index) == RELKIND_PARTITIONED_INDEX;
  if (!form.indisvalid && !partitioned) return; /* left by a concurrent build that failed */
  const Oid namespace_oid = get_rel_namespace(index), constraint = get_index_constraint(index);
  const char *schema = get_namespace_name(namespace_oid), *name = get_rel_name(index);
  const char *table = RelationSql(form.indrelid);
  if (name == nullptr) return;

  IndexCopy copy = {index, nullptr};
  if (!partitioned || !OidIsValid(constraint)) {
    copy.name = TemporaryName(name, namespace_oid);
    const char *sql = CopyIndexSql(index, copy.name, !partitioned, partitioned, mapping);
    if (sql == nullptr) return Obstacle(Format("index {} cannot be built concurrently", QuoteIdent(name)));
    const char *fresh = QualifiedName(schema, copy.name);
    steps_.Add({.phase = Phase::validate,
                .sql = sql,
                .transactional = partitioned,
                .back_out = Format("DROP INDEX {}{}", partitioned ? "" : "CONCURRENTLY ", fresh)});
    const Oid parent = get_rel_relispartition(index) ? get_partition_parent(index, false) : InvalidOid;
    for (const IndexCopy &other : indexes_)
      if (other.index == parent && other.name != nullptr)
        steps_.Add({.phase = Phase::validate,
                    .sql = Format("ALTER INDEX {} ATTACH PARTITION {}",
                                  QualifiedName(get_namespace_name(get_rel_namespace(parent)), other.name), fresh)});
    if (!OidIsValid(constraint))
      appendStringInfo(&after_drop_, "ALTER INDEX %s RENAME TO %s;\n", fresh, QuoteIdent(name));
  }
  indexes_.Add(copy);
  if (OidIsValid(constraint)) {
    constraints_seen_.Add(constraint);
    tuple = SearchSysCache1(CONSTROID, ObjectIdGetDatum(constraint));
    if (HeapTupleIsValid(tuple)) {
      AddKey(reinterpret_cast<Form_pg_constraint>(GETSTRUCT(tuple)), copy.name, mapping);
      ReleaseSysCache(tuple);
    }
  }
  /* Keys come last; so do these. */
  appendStringInfoString(&references_,
                         CommentSql(index, RelationRelationId, 0, Format("INDEX {}", QualifiedName(schema, name))));
  if (form.indisclustered) appendStringInfo(&references_, "ALTER TABLE %s CLUSTER ON %s;\n", table, QuoteIdent(name));
  if (form.indisreplident)
    appendStringInfo(&references_, "ALTER TABLE %s REPLICA IDENTITY USING INDEX %s;\n", table, QuoteIdent(name));
}

/* The limits of a sequence where they are not those of its type, which may change with the column's. */
const char *Replacing::SequenceBounds(Form_pg_sequence form) const {
  const int64 highest = form->seqtypid == INT2OID   ? PG_INT16_MAX
                        : form->seqtypid == INT4OID ? PG_INT32_MAX
                                                    : PG_INT64_MAX;
  const bool up = form->seqincrement > 0;
  const char *text = Format("START WITH {} INCREMENT BY {} CACHE {}{}", form->seqstart, form->seqincrement,
                            form->seqcache, form->seqcycle ? " CYCLE" : "");
  if (form->seqmin != (up ? 1 : -highest - 1)) text = Format("{} MINVALUE {}", text, form->seqmin);
  if (form->seqmax != (up ? highest : -1)) text = Format("{} MAXVALUE {}", text, form->seqmax);
  return text;
}

void Replacing::LookAtSequence(Oid sequence, bool identity) {
  const char *fresh_column = QuoteIdent(r_.fresh);
  if (!identity) {
    appendStringInfo(&before_drop_, "ALTER SEQUENCE %s OWNED BY %s.%s;\n", RelationSql(sequence), TableSql(),
                     fresh_column);
    return;
  }
  HeapTuple tuple = SearchSysCache1(SEQRELID, ObjectIdGetDatum(sequence));
  if (!HeapTupleIsValid(tuple)) return;
  const char *options = SequenceBounds(reinterpret_cast<Form_pg_sequence>(GETSTRUCT(tuple)));
  ReleaseSysCache(tuple);
  const char *schema = get_namespace_name(get_rel_namespace(sequence)), *name = get_rel_name(sequence);
  if (name == nullptr) return;
  const char *fresh = QualifiedName(schema, TemporaryName(name, get_rel_namespace(sequence)));
  appendStringInfo(&before_drop_,
                   "ALTER TABLE %s ALTER COLUMN %s ADD GENERATED %s AS IDENTITY (SEQUENCE NAME %s %s);\n"
                   "SELECT pg_catalog.setval(%s, last_value, is_called) FROM %s;\n",
                   TableSql(), fresh_column, identity_ == ATTRIBUTE_IDENTITY_ALWAYS ? "ALWAYS" : "BY DEFAULT", fresh,
                   options, quote_literal_cstr(fresh), RelationSql(sequence));
  appendStringInfo(&after_drop_, "ALTER SEQUENCE %s RENAME TO %s;\n", fresh, QuoteIdent(name));
  tuple = SearchSysCache1(RELOID, ObjectIdGetDatum(sequence));
  if (!HeapTupleIsValid(tuple)) return;
  bool null;
  Datum acl = SysCacheGetAttr(RELOID, tuple, Anum_pg_class_relacl, &null);
  if (!null)
    appendStringInfo(&after_drop_, "%s\n",
                     GrantsSql(acl, reinterpret_cast<Form_pg_class>(GETSTRUCT(tuple))->relowner,
                               Format("SEQUENCE {}", QualifiedName(schema, name)), ""));
  ReleaseSysCache(tuple);
}

void Replacing::LookAtDependent(const ColumnMapping &mapping, AttrNumber attnum, const FormData_pg_depend &depend) {
  if (steps_.IsGone(depend.classid, depend.objid, depend.objsubid)) return;
  switch (depend.classid) {
    case ConstraintRelationId:
      return LookAtConstraint(mapping, depend.objid, attnum);
    case AttrDefaultRelationId:
      return; /* its own default by Switch(); a generated column depends as a column (RelationRelationId) before 15 */
    case StatisticExtRelationId:
      if (!r_.same_type || Equal(r_.name, r_.column))
        appendStringInfo(&references_, "%s;\n", pg_get_statisticsobjdef_string(depend.objid));
      else Obstacle("extended statistics use it");
      return;
    case RewriteRelationId:
      return Obstacle("a view reads it");
    case PolicyRelationId:
      return Obstacle("a policy uses it");
    case TriggerRelationId:
      return Obstacle("a trigger names it");
    case PublicationRelRelationId:
      return Obstacle("a publication lists it");
    case ProcedureRelationId:
      return Obstacle("the body of a function uses it");
    case RelationRelationId:
      switch (get_rel_relkind(depend.objid)) {
        case RELKIND_INDEX:
        case RELKIND_PARTITIONED_INDEX:
          return LookAtIndex(mapping, depend.objid);
        case RELKIND_SEQUENCE:
          return LookAtSequence(depend.objid, depend.deptype == DEPENDENCY_INTERNAL);
        default:
          return Obstacle("a generated column is computed from it");
      }
    default:
      return Obstacle("another object uses it");
  }
}

void Replacing::LookAt(Oid relation) {
  const AttrNumber attnum = get_attnum(relation, r_.column);
  if (attnum <= 0) return;
  const ColumnMapping mapping = {relation, r_.column, r_.fresh};
  Relation rel = OpenUnlocked(relation);
  if (rel == nullptr) return;
  TupleDesc columns = RelationGetDescr(rel);
  if (OidIsValid(rel->rd_rel->reloftype)) Obstacle("the table is of a composite type");
  if (TupleDescAttr(columns, attnum - 1)->attgenerated != '\0') Obstacle("it is a generated column");
  if (rel->rd_rel->relkind == RELKIND_PARTITIONED_TABLE) {
    PartitionKeyOf(rel);
    bool in_expression;
    if (has_partition_attrs(rel, bms_make_singleton(attnum - FirstLowInvalidHeapAttributeNumber), &in_expression))
      Obstacle("it is part of a partition key");
  }
  if (relation == root_) identity_ = TupleDescAttr(columns, attnum - 1)->attidentity;
  for (int i = 0; columns->constr != nullptr && i < columns->constr->num_defval; ++i) {
    const AttrDefault &value = columns->constr->defval[i];
    if (steps_.IsGone(RelationRelationId, relation, value.adnum)) continue;
    auto expr = static_cast<Node *>(stringToNode(value.adbin));
    if (TupleDescAttr(columns, value.adnum - 1)->attgenerated != '\0') {
      Bitmapset *used = nullptr;
      pull_varattnos(expr, 1, &used);
      if (bms_is_member(attnum - FirstLowInvalidHeapAttributeNumber, used))
        Obstacle("a generated column is computed from it");
    } else if (value.adnum == attnum && relation == root_ &&
               !steps_.IsGone(AttrDefaultRelationId, GetAttrDefaultOid(relation, attnum))) {
      appendStringInfo(&after_drop_, "ALTER TABLE %s ALTER COLUMN %s SET DEFAULT %s;\n", TableSql(),
                       QuoteIdent(r_.name), deparse_expression(expr, NIL, false, false));
    }
  }
  CloseUnlocked(rel);
  Array<FormData_pg_depend> dependents;
  ForEachDependent(RelationRelationId, relation, attnum, [&](Form_pg_depend form) { dependents.Add(*form); });
  for (const FormData_pg_depend &depend : dependents) LookAtDependent(mapping, attnum, depend);
}

}  // namespace ddlguard
