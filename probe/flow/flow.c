/* summary: the flow stage: takes segments, finds their connection, ends everything at the end */
#include "flow_private.h"

#include "base/obj.h"

#include <stdlib.h>
#include <string.h>

#define DEFAULT_MAX_CONNS 65536
#define DEFAULT_MAX_CONN_BYTES ((size_t)1 << 20)
#define DEFAULT_MAX_TOTAL_BYTES ((size_t)64 << 20)

static enum pp_status copy_options(struct flow *f, const struct flow_options *o)
{
    f->options = *o;
    f->options.server_ports = NULL;
    if (f->options.max_conns == 0)
        f->options.max_conns = DEFAULT_MAX_CONNS;
    if (f->options.max_conn_bytes == 0)
        f->options.max_conn_bytes = DEFAULT_MAX_CONN_BYTES;
    if (f->options.max_total_bytes == 0)
        f->options.max_total_bytes = DEFAULT_MAX_TOTAL_BYTES;
    if (o->server_port_count == 0)
        return PP_OK;
    f->ports = calloc(o->server_port_count, sizeof *f->ports);
    if (f->ports == NULL)
        return PP_NOMEM;
    memcpy(f->ports, o->server_ports, o->server_port_count * sizeof *f->ports);
    return PP_OK;
}

enum pp_status flow_new(struct flow **out, const struct flow_options *options, flow_event_f *sink, void *priv)
{
    struct flow *f;
    *out = NULL;
    OBJ_ASSERT(options != NULL && sink != NULL);
    if (OBJ_NEW(f, FLOW_MAGIC) == NULL)
        return PP_NOMEM;
    f->sink = sink;
    f->priv = priv;
    f->next_id = 1;
    if (copy_options(f, options) != PP_OK || flow_table_init(&f->table) != PP_OK) {
        flow_free(&f);
        return PP_NOMEM;
    }
    *out = f;
    return PP_OK;
}

/* Only a SYN or payload opens a connection: late acknowledgements of one that is gone do not. */
static bool opens(const struct cap_segment *seg)
{
    if ((seg->flags & CAP_RST) != 0)
        return false;
    if ((seg->flags & CAP_SYN) != 0)
        return true;
    /* One byte that is not pushed is the probe of an idle connection. */
    return seg->wire_bytes > 1 || (seg->wire_bytes == 1 && (seg->flags & CAP_PSH) != 0);
}

void flow_on_segment(struct flow *f, const struct cap_segment *seg)
{
    OBJ_CHECK(f, FLOW_MAGIC);
    OBJ_ASSERT(seg->payload_bytes <= seg->wire_bytes);
    bool src_low;
    struct flow_entry *e = flow_table_get(&f->table, &seg->src, &seg->dst, &src_low);
    if (e != NULL && e->is_tomb) {
        struct flow_tomb *t = (struct flow_tomb *)e;
        if (flow_tomb_covers(t, seg) || !opens(seg))
            return;
        flow_tomb_remove(f, t);
        e = NULL;
    }
    struct flow_conn_private *c = (struct flow_conn_private *)e;
    if (c == NULL) {
        c = opens(seg) ? flow_conn_open(f, seg) : NULL;
        if (c == NULL)
            return;
        src_low = flow_end_equal(&seg->src, &c->entry.key.low);
    }
    flow_conn_touch(f, c, seg->ts_ns);
    flow_conn_segment(f, c, flow_conn_dir(c, src_low), seg);
}

void flow_finish(struct flow *f, int64_t now_ns)
{
    OBJ_CHECK(f, FLOW_MAGIC);
    while (f->lru_head != NULL)
        flow_conn_close(f, f->lru_head, FLOW_CLOSE_END, now_ns);
    flow_tomb_remove_all(f);
}

void flow_get_counters(const struct flow *f, struct flow_counters *out)
{
    OBJ_CHECK(f, FLOW_MAGIC);
    *out = f->counters;
}

static void free_conn(struct flow *f, struct flow_conn_private *c)
{
    flow_chunks_clear(f, &c->stream[FLOW_TO_SERVER]);
    flow_chunks_clear(f, &c->stream[FLOW_TO_CLIENT]);
    OBJ_FREE(c);
}

void flow_free(struct flow **fp)
{
    struct flow *f = *fp;
    *fp = NULL;
    if (f == NULL)
        return;
    OBJ_CHECK(f, FLOW_MAGIC);
    while (f->lru_head != NULL) {
        struct flow_conn_private *c = f->lru_head;
        f->lru_head = c->lru_next;
        free_conn(f, c);
    }
    while (f->tomb_oldest != NULL) {
        struct flow_tomb *t = f->tomb_oldest;
        f->tomb_oldest = t->newer;
        free(t);
    }
    flow_table_fini(&f->table);
    free(f->ports);
    OBJ_FREE(f);
}
