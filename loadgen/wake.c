/* summary: binary heap of waiting users */
#include "wake.h"

#include "base/obj.h"

enum pp_status lg_wake_init(struct lg_wake *w, size_t cap)
{
    *w = (struct lg_wake){.cap = cap};
    w->items = calloc(cap > 0 ? cap : 1, sizeof *w->items);
    return w->items != NULL ? PP_OK : PP_NOMEM;
}

void lg_wake_fini(struct lg_wake *w)
{
    free(w->items);
    *w = (struct lg_wake){.items = NULL};
}

void lg_wake_add(struct lg_wake *w, int64_t due_ns, uint32_t user)
{
    OBJ_ASSERT(w->count < w->cap);
    size_t i = w->count++;
    while (i > 0 && w->items[(i - 1) / 2].due_ns > due_ns) {
        w->items[i] = w->items[(i - 1) / 2];
        i = (i - 1) / 2;
    }
    w->items[i] = (struct lg_wake_item){due_ns, user};
}

int64_t lg_wake_next_ns(const struct lg_wake *w)
{
    return w->count > 0 ? w->items[0].due_ns : INT64_MAX;
}

struct lg_wake_item lg_wake_take(struct lg_wake *w)
{
    OBJ_ASSERT(w->count > 0);
    struct lg_wake_item first = w->items[0];
    struct lg_wake_item last = w->items[--w->count];
    size_t i = 0;
    for (;;) {
        size_t child = 2 * i + 1;
        if (child >= w->count)
            break;
        if (child + 1 < w->count && w->items[child + 1].due_ns < w->items[child].due_ns)
            child++;
        if (w->items[child].due_ns >= last.due_ns)
            break;
        w->items[i] = w->items[child];
        i = child;
    }
    w->items[i] = last;
    return first;
}

void lg_wake_clear(struct lg_wake *w)
{
    w->count = 0;
}
