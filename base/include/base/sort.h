/* summary: sorting many elements of 16 bytes by a 64-bit key, in linear time and stable */
#ifndef BASE_SORT_H
#define BASE_SORT_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

/* What is sorted; any other struct of this size that begins with an int64_t will do. */
struct sort_item {
    int64_t key;
    uint32_t index;
};

/* By key, equal keys as they were (a radix sort: the time grows with n and with the keys' range). `items` are
 * n structs of sizeof(struct sort_item). PP_NOMEM. */
PP_MUST_CHECK enum pp_status sort_items(void *items, size_t n);

#endif
