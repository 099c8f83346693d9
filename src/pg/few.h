/*
 * Entries found by their key, of which there are few as a rule: the first of them stand in place, the rest in a hash
 * table in the current memory context, whose end is the end of the table.
 *
 * An entry begins with a member `key`.
 */
#pragma once

#include <type_traits>

#include "pg/prelude.h"

namespace ddlguard {

template <typename Entry>
class FewEntries {
  static_assert(std::is_trivially_copyable_v<Entry>);
  using Key = decltype(Entry::key);
  static_assert(std::has_unique_object_representations_v<Key>); /* no padding: it is compared byte by byte */

 public:
  FewEntries() {} /* few_ is not initialized: it is large */
  void Clear() {
    count_ = 0;
    rest_ = nullptr;
  }
  int Count() const { return count_ + (rest_ == nullptr ? 0 : static_cast<int>(hash_get_num_entries(rest_))); }

  const Entry *Find(const Key &key) const {
    for (int i = 0; i < count_; ++i)
      if (memcmp(&few_[i].key, &key, sizeof(Key)) == 0) return &few_[i];
    return rest_ == nullptr ? nullptr : static_cast<Entry *>(hash_search(rest_, &key, HASH_FIND, nullptr));
  }

  /* One with that key must not be there. */
  void Add(const Entry &entry) {
    if (count_ < kFew) {
      few_[count_++] = entry;
      return;
    }
    if (rest_ == nullptr) {
      HASHCTL control = {};
      control.keysize = sizeof(Key);
      control.entrysize = sizeof(Entry);
      control.hcxt = CurrentMemoryContext;
      rest_ = hash_create("ddlguard entries", 8 * kFew, &control, HASH_ELEM | HASH_BLOBS | HASH_CONTEXT);
    }
    *static_cast<Entry *>(hash_search(rest_, &entry.key, HASH_ENTER, nullptr)) = entry;
  }

  template <typename Predicate>
  void Remove(Predicate goes) {
    int kept = 0;
    for (int i = 0; i < count_; ++i)
      if (!goes(few_[i])) few_[kept++] = few_[i];
    count_ = kept;
    if (rest_ == nullptr) return;
    HASH_SEQ_STATUS all;
    hash_seq_init(&all, rest_);
    while (auto *entry = static_cast<Entry *>(hash_seq_search(&all)))
      if (goes(*entry)) hash_search(rest_, &entry->key, HASH_REMOVE, nullptr);
  }

 private:
  static constexpr int kFew = 16;

  int count_ = 0;
  HTAB *rest_ = nullptr;
  Entry few_[kFew];
};

}  // namespace ddlguard
