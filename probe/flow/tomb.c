/* summary: tombstones: what late segments of a closed connection look like */
#include "flow_private.h"

#include "base/clock.h"
#include "base/rare.h"

#include <stdlib.h>

#define TOMBS_MAX 8192
/* TIME-WAIT lasts 60 s on Linux; later the 4-tuple is somebody else's. */
#define TOMB_LIFE_NS (60 * NS_PER_S)
/* How far off a late segment can be: a receive buffer at its usual maximum and some reserve. */
#define TOMB_WINDOW_BYTES (16 << 20)

static void unlink_oldest(struct flow *f)
{
    struct flow_tomb *t = f->tomb_oldest;
    f->tomb_oldest = t->newer;
    if (f->tomb_oldest == NULL)
        f->tomb_newest = NULL;
    f->tomb_count--;
    if (t->entry.is_tomb) /* else it has left the table before */
        flow_table_remove(&f->table, &t->entry);
    free(t);
}

void flow_tomb_add(struct flow *f, const struct flow_conn_private *c, int64_t now_ns, bool reset)
{
    if (f->tomb_count >= TOMBS_MAX)
        unlink_oldest(f);
    struct flow_tomb *t = calloc(1, sizeof *t);
    if (t == NULL)
        return;
    bool client_low = c->client_low;
    t->entry.key = c->entry.key;
    t->entry.is_tomb = true;
    t->closed_ns = now_ns;
    t->reset = reset;
    for (int dir = 0; dir < 2; dir++) {
        int side = (dir == FLOW_TO_SERVER) == client_low ? 0 : 1;
        t->known[side] = c->stream[dir].synced;
        t->next[side] = c->stream[dir].next;
    }
    flow_table_add(&f->table, &t->entry);
    if (f->tomb_newest != NULL)
        f->tomb_newest->newer = t;
    else
        f->tomb_oldest = t;
    f->tomb_newest = t;
    f->tomb_count++;
}

PP_RARE bool flow_tomb_covers(const struct flow_tomb *t, const struct cap_segment *seg)
{
    struct flow_key key;
    int side = flow_key_of(&key, &seg->src, &seg->dst) ? 0 : 1;
    if ((seg->flags & (CAP_SYN | CAP_RST)) == CAP_SYN)
        return false;
    if (seg->ts_ns - t->closed_ns > TOMB_LIFE_NS)
        return false;
    if (seg->wire_bytes == 0 || !t->known[side])
        return true;
    /* After a FIN there is only repetition; after a reset, what was under way comes too. */
    int32_t ahead = flow_seq_diff(seg->seq, t->next[side]);
    return ahead >= -TOMB_WINDOW_BYTES && ahead <= (t->reset ? TOMB_WINDOW_BYTES : 1);
}

PP_RARE void flow_tomb_remove(struct flow *f, struct flow_tomb *t)
{
    flow_table_remove(&f->table, &t->entry);
    t->entry.is_tomb = false; /* stays in the queue of ages until its turn comes */
}

void flow_tomb_remove_all(struct flow *f)
{
    while (f->tomb_oldest != NULL)
        unlink_oldest(f);
}
