/* summary: requests, answers and errors by second */
#include "seconds.h"

#include "base/clock.h"

#include <stdlib.h>
#include <string.h>

void lg_seconds_fini(struct lg_seconds *s)
{
    free(s->items);
    *s = (struct lg_seconds){.items = NULL};
}

struct lg_second *lg_seconds_at(struct lg_seconds *s, int64_t at_ns)
{
    if (at_ns < 0 || at_ns / NS_PER_S >= LG_SECONDS_MAX)
        return NULL;
    size_t i = (size_t)(at_ns / NS_PER_S);
    if (i >= s->cap) {
        size_t cap = i < 32 ? 64 : 2 * i;
        struct lg_second *items = realloc(s->items, cap * sizeof *items);
        if (items == NULL)
            return NULL;
        memset(items + s->cap, 0, (cap - s->cap) * sizeof *items);
        s->items = items;
        s->cap = cap;
    }
    if (i >= s->count)
        s->count = i + 1;
    return &s->items[i];
}

void lg_seconds_merge(struct lg_seconds *s, const struct lg_seconds *from)
{
    for (size_t i = 0; i < from->count; i++) {
        struct lg_second *to = lg_seconds_at(s, (int64_t)i * NS_PER_S);
        if (to == NULL)
            return;
        to->sent += from->items[i].sent;
        to->ok += from->items[i].ok;
        to->errors += from->items[i].errors;
        if (from->items[i].max_ns > to->max_ns)
            to->max_ns = from->items[i].max_ns;
    }
}
