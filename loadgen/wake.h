/* summary: private to loadgen: users that wait, by the time at which they go on (binary heap) */
#ifndef LG_WAKE_H
#define LG_WAKE_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>

struct lg_wake_item {
    int64_t due_ns;
    uint32_t user;
};

struct lg_wake {
    struct lg_wake_item *items;
    size_t count;
    size_t cap;
};

/* Room for `cap` users, each in it once at most. */
PP_MUST_CHECK enum pp_status lg_wake_init(struct lg_wake *w, size_t cap);
void lg_wake_fini(struct lg_wake *w);
void lg_wake_add(struct lg_wake *w, int64_t due_ns, uint32_t user);
/* INT64_MAX when nobody waits. */
int64_t lg_wake_next_ns(const struct lg_wake *w);
/* Takes the user who is due first; somebody must be waiting. */
struct lg_wake_item lg_wake_take(struct lg_wake *w);
void lg_wake_clear(struct lg_wake *w);

#endif
