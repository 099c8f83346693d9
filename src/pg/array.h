/*
 * A growable array in the current memory context.
 *
 * Copying it copies the handle, not the elements; nothing is ever freed one by one: the memory goes
 * with its context.  So a reference to an element stays good when others are added, and a range loop
 * sees what was there when it began.  Trivially destructible, so ereport may jump over it.
 */
#pragma once

#include <type_traits>

#include "pg/prelude.h"

namespace ddlguard {

/* A copy of a full array with room for more. */
void *Grow(const void *data, size_t element, int *capacity);

template <typename T>
struct Array {
  static_assert(std::is_trivially_copyable_v<T>);

  T *data = nullptr;
  int count = 0;
  int capacity = 0;

  T &Add(const T &value) {
    if (count == capacity) data = static_cast<T *>(Grow(data, sizeof(T), &capacity));
    data[count] = value;
    return data[count++];
  }
  void Clear() { count = 0; }
  bool Empty() const { return count == 0; }
  bool Contains(const T &value) const {
    for (const T &each : *this)
      if (each == value) return true;
    return false;
  }
  T &operator[](int i) { return data[i]; }
  const T &operator[](int i) const { return data[i]; }
  T &Last() { return data[count - 1]; }
  T *begin() { return data; }
  T *end() { return data + count; }
  const T *begin() const { return data; }
  const T *end() const { return data + count; }
};

/* foreach over a List of pointers, as a range: for (auto *cmd : Each<AlterTableCmd>(stmt->cmds)). */
template <typename T>
struct Each {
  const List *list;
  explicit Each(const List *l) : list(l) {}
  struct Iterator {
    const List *list;
    int i;
    T *operator*() const { return static_cast<T *>(list->elements[i].ptr_value); }
    Iterator &operator++() {
      ++i;
      return *this;
    }
    bool operator!=(const Iterator &other) const { return i != other.i; }
  };
  Iterator begin() const { return {list, 0}; }
  Iterator end() const { return {list, list == NIL ? 0 : list->length}; }
};

}  // namespace ddlguard
