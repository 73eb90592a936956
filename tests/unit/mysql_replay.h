/* summary: replays a dialogue through the MySQL stage (whole, split, with losses) and writes down what comes
 * out */
#ifndef MYSQL_REPLAY_H
#define MYSQL_REPLAY_H

#include "mysql_wire.h"
#include "myw.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#define OUT_MAX 2048

/* One exchange as a line of text; fields that say nothing are left out. */
struct seen {
    int64_t sent_ns, last_ns;
    bool complete;
    char *line; /* all but what a loss elsewhere may take away */
    char *rest; /* user, schema, notes */
};

struct out {
    struct seen seen[OUT_MAX];
    size_t count;
    char life[1024];           /* lifecycle events, one word each */
    int64_t rtt_ns, synack_ns; /* at the last of them */
    char tls[1024]; /* exchanges of an encrypted connection: "sent-first-last:bytes/bytes", "?" when not
                       complete */
    struct myw_counters counters;
    bool secret; /* authentication bytes got out */
};

static inline void out_fini(struct out *o)
{
    for (size_t i = 0; i < o->count; i++) {
        free(o->seen[i].line);
        free(o->seen[i].rest);
    }
    *o = (struct out){0};
}

static inline char *take_text(struct buf *b)
{
    char *text = calloc(1, b->len + 1);
    assert_non_null(text);
    if (b->len > 0)
        memcpy(text, b->data, b->len);
    buf_fini(b);
    return text;
}

static inline void add_text(struct buf *b, const char *key, const char *text, size_t n)
{
    if (text == NULL)
        return;
    size_t shown = n > 120 ? 120 : n;
    assert_int_equal(buf_addf(b, " %s", key), PP_OK);
    assert_int_equal(buf_add(b, text, shown), PP_OK);
    if (shown < n)
        assert_int_equal(buf_addf(b, "...%zu", n), PP_OK);
}

static inline void add_number(struct buf *b, const char *key, uint64_t v)
{
    if (v != 0)
        assert_int_equal(buf_addf(b, " %s%" PRIu64, key, v), PP_OK);
}

static inline void note_exchange(void *priv, const struct myw_exchange *x)
{
    struct out *o = priv;
    struct buf b, r;
    buf_init(&b, 1u << 20);
    buf_init(&r, 1u << 20);
    assert_true(o->count < OUT_MAX);
    assert_true(x->first_ns == 0 || x->first_ns >= x->sent_ns);
    assert_true(x->last_ns == 0 || x->last_ns >= x->first_ns);
    assert_int_equal(buf_addf(&b, "%s", myw_cmd_name(x->cmd)), PP_OK);
    if (x->errnum != 0)
        assert_int_equal(buf_addf(&b, " err=%u/%s", x->errnum, x->sqlstate), PP_OK);
    else
        assert_int_equal(buf_addf(&b, "%s", x->ok ? " ok" : " void"), PP_OK);
    add_number(&b, "rows=", x->rows);
    add_number(&b, "sets=", x->result_sets);
    add_number(&b, "aff=", x->affected_rows);
    add_number(&b, "id=", x->insert_id);
    add_number(&b, "warn=", x->warnings);
    if (x->has_status)
        assert_int_equal(buf_addf(&b, " st=%x", x->status), PP_OK);
    add_text(&b, "txn=", x->txn_state, x->txn_state != NULL ? strlen(x->txn_state) : 0);
    add_number(&b, "stmt=", x->stmt_id);
    add_text(&b, "params=", x->params_json, x->params_json != NULL ? strlen(x->params_json) : 0);
    add_text(&b, "trace=", x->traceparent, x->traceparent != NULL ? strlen(x->traceparent) : 0);
    add_text(&b, "error=", x->error, x->error_bytes);
    add_number(&b, "req=", x->req_bytes);
    add_number(&b, "resp=", x->resp_bytes);
    add_text(&r, "sql=", x->sql, x->sql_bytes);
    assert_int_equal(buf_addf(&r, " %s@%s", x->session->user, x->session->db), PP_OK);
    for (uint32_t bit = 1; bit != 0; bit <<= 1)
        if ((x->notes & bit) && myw_note_name(bit) != NULL)
            assert_int_equal(buf_addf(&r, " %s", myw_note_name(bit)), PP_OK);
    if (!x->complete)
        assert_int_equal(buf_addf(&r, " incomplete"), PP_OK);
    struct seen *s = &o->seen[o->count++];
    s->sent_ns = x->sent_ns;
    s->last_ns = x->last_ns;
    s->complete = x->complete;
    s->line = take_text(&b);
    s->rest = take_text(&r);
    const char *texts[] = {x->session->user, x->session->db, x->session->auth_plugin, s->line, s->rest};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        if (strstr(texts[i], "SECRET") != NULL)
            o->secret = true;
}

static inline void note_life(void *priv, const struct myw_lifecycle *l)
{
    static const char *const names[] = {"open", "ready", "reset", "opaque", "gap", "close"};
    struct out *o = priv;
    size_t n = strlen(o->life);
    o->rtt_ns = l->session->rtt_ns;
    o->synack_ns = l->session->synack_ns;
    (void)snprintf(o->life + n, sizeof o->life - n, "%s%s%s%s", n > 0 ? " " : "", names[l->type],
                   l->why != NULL ? ":" : "", l->why != NULL ? l->why : "");
}

static inline void note_tls(void *priv, const struct myw_tls_exchange *x)
{
    struct out *o = priv;
    size_t n = strlen(o->tls);
    assert_int_equal(x->session->conn_id, 7);
    (void)snprintf(o->tls + n, sizeof o->tls - n,
                   "%s%" PRId64 "-%" PRId64 "-%" PRId64 ":%" PRIu64 "/%" PRIu64 "%s", n > 0 ? " " : "",
                   x->sent_ns, x->first_ns, x->last_ns, x->req_bytes, x->resp_bytes, x->complete ? "" : "?");
}

/* How to replay. */
struct replay {
    size_t max_sql;
    size_t split;     /* cut the segment with this byte in two; 0 none */
    size_t piece;     /* deliver in pieces of so many bytes; 0 whole */
    int drop;         /* this segment is lost; -1 none */
    const bool *lost; /* these too; NULL none */
    size_t snap;      /* of each segment only so many bytes are captured; 0 all */
    size_t snap_only; /* of this one alone; 0 each */
    size_t skip;      /* the capture starts after so many segments, without a SYN */
    enum flow_close_why why;
};

struct feeder {
    struct myw *m;
    struct flow_conn conn;
    const struct wire *w;
    const struct replay *how;
    size_t held[2][WIRE_SEGMENTS_MAX]; /* behind a hole, until the other side acknowledges */
    size_t held_count[2];
    bool hole[2];
    size_t hole_bytes[2];
    size_t unacked; /* of the segment under way */
};

static inline void event(struct feeder *f, enum flow_event_type type, enum flow_dir dir, int64_t ts_ns,
                         const uint8_t *data, size_t n)
{
    struct flow_event ev = {.type = type, .dir = dir, .conn = &f->conn, .ts_ns = ts_ns, .data = data};
    ev.data_bytes = type == FLOW_DATA ? n : 0;
    ev.gap_bytes = type == FLOW_GAP ? n : 0;
    ev.why = f->how->why;
    ev.truncated = f->how->snap != 0;
    ev.unacked_bytes = (uint32_t)f->unacked;
    /* A copy of the exact size, so that a sanitizer sees a read past the end. */
    uint8_t *copy = ev.data_bytes > 0 ? malloc(n) : NULL;
    if (copy != NULL)
        memcpy(copy, data, n);
    ev.data = copy;
    myw_on_event(f->m, &ev);
    free(copy);
}

static inline void deliver(struct feeder *f, size_t i)
{
    const struct wire_segment *s = &f->w->seg[i];
    size_t at = s->at, end = s->at + s->len, cut = 0;
    if (f->how->snap != 0 && s->len > f->how->snap && (f->how->snap_only == 0 || f->how->snap_only == i)) {
        cut = s->len - f->how->snap;
        end -= cut;
    }
    f->unacked = s->unacked;
    while (at < end) {
        size_t n = end - at;
        if (f->how->piece != 0 && n > f->how->piece)
            n = f->how->piece;
        if (f->how->split > at && f->how->split < at + n)
            n = f->how->split - at;
        event(f, FLOW_DATA, s->dir, s->ts_ns, f->w->bytes.data + at, n);
        at += n;
    }
    f->unacked = 0;
    if (cut > 0)
        event(f, FLOW_GAP, s->dir, s->ts_ns, NULL, cut);
}

/* The flow stage declares a hole when the other side acknowledges past it. */
static inline void close_hole(struct feeder *f, enum flow_dir dir, int64_t ts_ns)
{
    if (!f->hole[dir])
        return;
    f->hole[dir] = false;
    event(f, FLOW_GAP, dir, ts_ns, NULL, f->hole_bytes[dir]);
    for (size_t i = 0; i < f->held_count[dir]; i++)
        deliver(f, f->held[dir][i]);
    f->held_count[dir] = 0;
}

static inline void replay(const struct wire *w, const struct replay *how, struct out *o)
{
    static struct feeder f;
    struct myw_options options = {.max_sql_bytes = how->max_sql, .keep_params = true};
    struct myw_sink sink = {
        .exchange = note_exchange, .lifecycle = note_life, .tls_exchange = note_tls, .priv = o};
    f = (struct feeder){.w = w, .how = how};
    *o = (struct out){0};
    assert_int_equal(myw_new(&f.m, &options, &sink), PP_OK);
    f.conn.id = 7;
    f.conn.open_ns = 1;
    f.conn.rtt_ns = f.conn.synack_ns = -1;
    f.conn.mid_stream = how->skip > 0;
    event(&f, FLOW_OPEN, C, 1, NULL, 0);
    assert_int_equal(o->rtt_ns, -1);
    f.conn.rtt_ns = 25; /* the handshake ends after the connection was announced */
    f.conn.synack_ns = 12;
    int64_t ts = 1;
    for (size_t i = how->skip; i < w->count; i++) {
        enum flow_dir dir = w->seg[i].dir, other = dir == C ? S : C;
        ts = w->seg[i].ts_ns;
        close_hole(&f, other, ts);
        if ((int)i == how->drop || (how->lost != NULL && how->lost[i])) {
            if (f.held_count[dir] > 0) /* a second hole behind the first */
                close_hole(&f, dir, ts);
            f.hole_bytes[dir] = f.hole[dir] ? f.hole_bytes[dir] + w->seg[i].len : w->seg[i].len;
            f.hole[dir] = true;
        } else if (f.hole[dir]) {
            f.held[dir][f.held_count[dir]++] = i;
        } else {
            deliver(&f, i);
        }
    }
    close_hole(&f, C, ts);
    close_hole(&f, S, ts);
    event(&f, FLOW_CLOSE, C, ts + 1, NULL, 0);
    assert_int_equal(o->rtt_ns, 25);
    assert_int_equal(o->synack_ns, 12);
    myw_get_counters(f.m, &o->counters);
    myw_free(&f.m);
}

#endif
