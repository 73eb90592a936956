/* summary: hash map from bytes to a pointer, on uthash with xxHash */
#ifndef BASE_MAP_H
#define BASE_MAP_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct map;

/* NULL when memory is out. `max_entries` 0 means no limit. */
struct map *map_new(size_t max_entries);
/* Frees the map (not the values) and nulls *mp. */
void map_free(struct map **mp);

/* The value or NULL. Keys are copied at insertion. */
void *map_get(const struct map *m, const void *key, size_t key_len);
/* Sets or replaces; value must not be NULL. PP_NOMEM, PP_LIMIT. */
PP_MUST_CHECK enum pp_status map_set(struct map *m, const void *key, size_t key_len, void *value);
/* Removes and returns the value, NULL when absent. */
void *map_remove(struct map *m, const void *key, size_t key_len);
size_t map_count(const struct map *m);

/* Calls f for each value, in insertion order; f may not change the map. */
typedef void map_each_f(void *priv, const void *key, size_t key_len, void *value);
void map_each(const struct map *m, map_each_f *f, void *priv);

#endif
