/*
 * See array.h.
 */
#include "pg/array.h"

namespace ddlguard {

void *Grow(const void *data, size_t element, int *capacity) {
  const int wanted = *capacity == 0 ? 8 : *capacity * 2;
  void *bigger = palloc(element * wanted);
  if (*capacity > 0) memcpy(bigger, data, element * *capacity);
  *capacity = wanted;
  return bigger;
}

}  // namespace ddlguard
