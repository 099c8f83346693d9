/*
 * The making of AddReplaceColumnSteps(): what replace_column.cpp and column_dependents.cpp share.
 */
#pragma once

#include "pg/catalog.h"
#include "recipes/column_copy.h"
#include "recipes/replace_column.h"

namespace ddlguard {

struct IndexCopy {
  Oid index;
  const char *name; /* of the copy; null for the key of a partitioned table, which adopts those of its partitions */
};

/* "COMMENT ON what IS ...;" on a line, or nothing when the object has no comment. */
const char *CommentSql(Oid object, Oid classid, int32 part, const char *what);

class Replacing {
 public:
  Replacing(const ColumnReplacement &replacement, const Plan &before) : r_(replacement) {
    steps_.names = before.names;
    steps_.earlier = before.earlier;
    steps_.gone = before.gone;
    initStringInfo(&before_drop_);
    initStringInfo(&after_drop_);
    initStringInfo(&leaf_keys_);
    initStringInfo(&root_keys_);
    initStringInfo(&references_);
  }

  bool Run(Plan &plan, const char **obstacle);

 private:
  void Obstacle(const char *what) {
    if (obstacle_ == nullptr) obstacle_ = what;
  }
  void LookAt(Oid relation);
  void LookAtDependent(const ColumnMapping &mapping, AttrNumber attnum, const FormData_pg_depend &depend);
  void LookAtConstraint(const ColumnMapping &mapping, Oid constraint, AttrNumber attnum);
  void LookAtForeignKey(const ColumnMapping &mapping, Form_pg_constraint form, bool references_us, const char *name);
  void LookAtIndex(const ColumnMapping &mapping, Oid index);
  void LookAtSequence(Oid sequence, bool identity);
  void AddKey(Form_pg_constraint form, const char *index_name, const ColumnMapping &mapping);
  void AddConstraint(const char *table, const char *name, const char *definition, bool validated, Oid constraint);
  void Expand();
  void DualWrite();
  void NotNull();
  void Switch();

  const char *TemporaryName(const char *name, Oid namespace_oid);
  const char *TableSql() const { return RelationSql(r_.table); }
  const char *SequenceBounds(Form_pg_sequence form) const;

  const ColumnReplacement &r_;
  const char *obstacle_ = nullptr;
  Oid root_ = InvalidOid;
  char identity_ = '\0';
  Array<IndexCopy> indexes_;
  Array<Oid> constraints_seen_;
  Array<const char *> names_; /* given to something new */
  Plan steps_;                /* after the backfill */
  Plan validations_;          /* after the switch */
  StringInfoData before_drop_, after_drop_, leaf_keys_, root_keys_, references_;
};

}  // namespace ddlguard
