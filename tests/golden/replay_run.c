/* summary: disturbed replays: captures into connections, segments through flow and mysql into lines */
#include "replay.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>
#include <xxhash.h>

static void *must(void *p)
{
    if (p == NULL) {
        fputs("replay: out of memory\n", stderr);
        exit(1);
    }
    return p;
}

static void *grow(void *list, size_t count, size_t *room, size_t size)
{
    if (count < *room)
        return list;
    *room = *room > 0 ? *room * 2 : 64;
    return must(realloc(list, *room * size));
}

static bool same_end(const struct cap_endpoint *a, const struct cap_endpoint *b)
{
    return a->port == b->port && memcmp(a->addr, b->addr, sizeof a->addr) == 0;
}

static struct rp_conn *conn_of(struct rp_capture *c, const struct cap_segment *seg)
{
    for (size_t i = 0; i < c->conn_count; i++) {
        const struct cap_segment *first = &c->conns[i].segs[0];
        if ((same_end(&first->src, &seg->src) && same_end(&first->dst, &seg->dst)) ||
            (same_end(&first->src, &seg->dst) && same_end(&first->dst, &seg->src)))
            return &c->conns[i];
    }
    c->conns = grow(c->conns, c->conn_count, &c->conn_room, sizeof *c->conns);
    c->conns[c->conn_count] = (struct rp_conn){0};
    return &c->conns[c->conn_count++];
}

static void keep_segment(void *priv, const struct cap_segment *seg)
{
    struct rp_conn *conn = conn_of(priv, seg);
    conn->segs = grow(conn->segs, conn->count, &conn->room, sizeof *conn->segs);
    struct cap_segment *copy = &conn->segs[conn->count++];
    *copy = *seg;
    uint8_t *data = must(malloc(seg->payload_bytes + 1));
    memcpy(data, seg->payload, seg->payload_bytes);
    copy->payload = data;
}

bool rp_load(struct rp_capture *c, const char *path)
{
    struct cap_options o = {.read_file = path, .ports = c->ports, .port_count = c->port_count};
    struct pp_err err = {0};
    struct cap *cap = NULL;
    enum pp_status st;
    if (access(path, R_OK) != 0)
        return false;
    if (cap_open(&cap, &o, keep_segment, c, &err) != PP_OK) {
        fprintf(stderr, "replay: %s\n", err.text);
        exit(1);
    }
    do
        st = cap_step(cap, 4096, &err);
    while (st == PP_OK || st == PP_AGAIN);
    if (cap_free(&cap, &err) != PP_OK)
        exit(1);
    return true;
}

void rp_unload(struct rp_capture *c)
{
    for (size_t i = 0; i < c->conn_count; i++) {
        for (size_t k = 0; k < c->conns[i].count; k++)
            free((void *)(uintptr_t)c->conns[i].segs[k].payload);
        free(c->conns[i].segs);
    }
    free(c->conns);
    c->conns = NULL;
    c->conn_count = c->conn_room = 0;
}

struct sink {
    struct myw *m;
    struct rp_run *out;
};

static uint64_t hash_of(const void *text, size_t n)
{
    return text != NULL ? XXH3_64bits(text, n) | 1 : 0;
}

static uint64_t hash_name(const char *text)
{
    return *text != 0 ? hash_of(text, strlen(text)) : 0;
}

static uint64_t fact_of(const struct myw_exchange *x)
{
    char b[512];
    int n = snprintf(b, sizeof b, "%d %d %llu %llu %llu %u %u %u %s %d %x %u %llu %llu %.*s", (int)x->cmd,
                     x->ok, (unsigned long long)x->rows, (unsigned long long)x->affected_rows,
                     (unsigned long long)x->insert_id, x->warnings, x->result_sets, x->errnum, x->sqlstate,
                     x->has_status, x->status, x->stmt_id, (unsigned long long)x->req_bytes,
                     (unsigned long long)x->resp_bytes, x->error != NULL ? (int)x->error_bytes : 0,
                     x->error != NULL ? x->error : "");
    return hash_of(b, (size_t)n < sizeof b ? (size_t)n : sizeof b - 1);
}

static void on_exchange(void *priv, const struct myw_exchange *x)
{
    struct rp_run *out = ((struct sink *)priv)->out;
    out->lines = grow(out->lines, out->count, &out->room, sizeof *out->lines);
    struct rp_line *l = &out->lines[out->count++];
    *l = (struct rp_line){.sent_ns = x->sent_ns, .first_ns = x->first_ns, .last_ns = x->last_ns};
    l->fact = fact_of(x);
    l->sql = hash_of(x->sql, x->sql_bytes);
    l->params = hash_of(x->params_json, x->params_json != NULL ? strlen(x->params_json) : 0);
    l->db = hash_name(x->session->db);
    l->user = hash_name(x->session->user);
    l->notes = x->notes;
    l->cmd = x->cmd;
    l->complete = x->complete;
    out->complete += x->complete;
    size_t n = x->sql_bytes < sizeof l->head ? x->sql_bytes : sizeof l->head - 1;
    if (n > 0)
        memcpy(l->head, x->sql, n);
    if ((x->first_ns != 0 && x->first_ns < x->sent_ns) || (x->last_ns != 0 && x->last_ns < x->first_ns))
        out->wrong = "a negative time";
    if (x->complete && (x->notes & (MYW_NOTE_GAP | MYW_NOTE_CLOSED | MYW_NOTE_DESYNC | MYW_NOTE_TLS)))
        out->wrong = "complete in spite of a loss";
    if (x->ok && !x->complete && x->cmd != MYW_CMD_CONNECT && x->last_ns == 0 && x->first_ns != 0)
        out->wrong = "ok without an end";
}

static void on_event(void *priv, const struct flow_event *ev)
{
    myw_on_event(((struct sink *)priv)->m, ev);
}

void rp_run(const struct rp_capture *c, const struct cap_segment *segs, size_t count, struct rp_run *out)
{
    struct flow_options fo = {.server_ports = c->ports, .server_port_count = c->port_count};
    struct myw_options mo = {.keep_params = true};
    struct sink s = {.out = out};
    struct myw_sink ms = {.exchange = on_exchange, .priv = &s};
    struct flow *flow = NULL;
    int64_t last_ns = 0;
    out->count = out->complete = 0;
    out->wrong = NULL;
    if (myw_new(&s.m, &mo, &ms) != PP_OK || flow_new(&flow, &fo, on_event, &s) != PP_OK)
        must(NULL);
    for (size_t i = 0; i < count; i++) {
        flow_on_segment(flow, &segs[i]);
        last_ns = segs[i].ts_ns;
    }
    flow_finish(flow, last_ns);
    flow_get_counters(flow, &out->fc);
    myw_get_counters(s.m, &out->mc);
    flow_free(&flow);
    myw_free(&s.m);
    if (out->mc.exchanges != out->count || out->mc.incomplete != out->count - out->complete)
        out->wrong = "counters that do not agree with the lines";
}

void rp_run_fini(struct rp_run *out)
{
    free(out->lines);
    *out = (struct rp_run){0};
}
