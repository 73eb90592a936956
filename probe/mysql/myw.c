/* summary: entry points of the MySQL stage: flow events in, exchanges and lifecycle out */
#include "base/obj.h"
#include "base/rare.h"
#include "parts.h"

#define DEFAULT_SQL_BYTES 65536u

enum pp_status myw_new(struct myw **out, const struct myw_options *options, const struct myw_sink *sink)
{
    struct myw *m;
    *out = NULL;
    if (OBJ_NEW(m, MYW_MAGIC) == NULL)
        return PP_NOMEM;
    m->texts = map_new(0);
    if (m->texts == NULL) {
        OBJ_FREE(m);
        return PP_NOMEM;
    }
    m->sink = *sink;
    m->options = *options;
    if (m->options.max_sql_bytes == 0)
        m->options.max_sql_bytes = DEFAULT_SQL_BYTES;
    *out = m;
    return PP_OK;
}

static void init_session(struct myw_conn *c)
{
    struct myw_session *s = &c->s;
    const struct flow_conn *f = c->flow;
    const char **texts[] = {&s->user,
                            &s->db,
                            &s->auth_plugin,
                            &s->server_version,
                            &s->attr_pid,
                            &s->attr_program_name,
                            &s->attr_client_name};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        myw_session_set(texts[i], NULL, 0);
    s->conn_id = f->id;
    s->client = flow_addr_text(c->client, sizeof c->client, &f->client);
    s->server = flow_addr_text(c->server, sizeof c->server, &f->server);
    s->open_ns = f->open_ns;
    s->rtt_ns = f->rtt_ns;
    s->synack_ns = f->synack_ns;
    s->mid_stream = f->mid_stream;
}

static void fini_session(struct myw_conn *c)
{
    struct myw_session *s = &c->s;
    const char **texts[] = {&s->user,
                            &s->db,
                            &s->auth_plugin,
                            &s->server_version,
                            &s->attr_pid,
                            &s->attr_program_name,
                            &s->attr_client_name};
    for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
        myw_session_set(texts[i], NULL, 0);
}

static PP_RARE void conn_open(struct myw *m, struct flow_conn *flow)
{
    struct myw_conn *c;
    if (OBJ_NEW(c, MYW_CONN_MAGIC) == NULL) {
        m->counters.no_memory++;
        return;
    }
    c->m = m;
    c->flow = flow;
    c->state = ST_GREETING;
    myw_frame_init(&c->in[FLOW_TO_SERVER]);
    myw_frame_init(&c->in[FLOW_TO_CLIENT]);
    init_session(c);
    c->next = m->conns;
    if (c->next != NULL)
        c->next->prev = c;
    m->conns = c;
    flow->app = c;
    m->counters.connections++;
    struct myw_lifecycle l = {.type = MYW_LIFE_OPEN, .ts_ns = flow->open_ns};
    myw_lifecycle_emit(c, &l);
}

static void run_list_free(struct myw_conn *c, struct myw_cmd_run *r)
{
    while (r != NULL) {
        struct myw_cmd_run *next = r->next;
        myw_run_free(c, &r);
        r = next;
    }
}

static void conn_free(struct myw_conn *c)
{
    if (c->receiving != NULL && c->receiving->answer == ANSWER_NONE)
        myw_run_free(c, &c->receiving);
    run_list_free(c, c->head);
    run_list_free(c, c->held);
    myw_frame_reset(&c->in[FLOW_TO_SERVER]);
    myw_frame_reset(&c->in[FLOW_TO_CLIENT]);
    myw_zip_stop(c);
    myw_stmts_forget(c);
    fini_session(c);
    OBJ_FREE(c);
}

static void conn_unlink(struct myw_conn *c)
{
    if (c->prev != NULL)
        c->prev->next = c->next;
    else
        c->m->conns = c->next;
    if (c->next != NULL)
        c->next->prev = c->prev;
}

static const char *close_why(const struct myw_conn *c, enum flow_close_why why)
{
    if (c->quit && (why == FLOW_CLOSE_FIN || why == FLOW_CLOSE_RST))
        return "quit";
    switch (why) {
    case FLOW_CLOSE_FIN:
        return "fin";
    case FLOW_CLOSE_RST:
        return "rst";
    case FLOW_CLOSE_REUSED:
        return "reused";
    case FLOW_CLOSE_EVICTED:
        return "evicted";
    case FLOW_CLOSE_END:
        return "end";
    }
    return "end";
}

/* What is complete only because nothing follows: an endless stream, definitions without EOF, held exchanges.
 */
static void end_open_ends(struct myw_conn *c)
{
    if (c->head != NULL && c->state == ST_STREAM) {
        c->head->x.ok = true;
        myw_head_done(c, c->head->x.last_ns);
    } else if (c->head != NULL && c->state == ST_PREP_END && c->left_next == 0 && c->eof == EOF_UNKNOWN) {
        myw_head_done(c, c->head->x.last_ns);
    }
    bool once = c->contradictions == 0 && !c->pipelines; /* no sign against it */
    if (c->state == ST_IDLE && c->held != NULL && (once || myw_sync_enough(c)) &&
        myw_frame_between(&c->in[FLOW_TO_CLIENT])) {
        myw_become_ready(c, c->held->x.sent_ns);
        myw_release_held(c);
    }
}

static PP_RARE void conn_close(struct myw_conn *c, const struct flow_event *ev)
{
    struct myw_lifecycle l = {.type = MYW_LIFE_CLOSE, .ts_ns = ev->ts_ns, .why = close_why(c, ev->why)};
    end_open_ends(c);
    myw_tls_close(c);
    if (c->unsolicited) {
        l.notes |= MYW_NOTE_UNSOLICITED;
        l.errnum = c->unsolicited_errnum;
    }
    myw_void_all(c, MYW_NOTE_CLOSED | l.notes);
    myw_set_state(c, ST_CLOSED);
    myw_lifecycle_emit(c, &l);
    c->flow->app = NULL;
    conn_unlink(c);
    conn_free(c);
}

static PP_RARE void on_gap(struct myw_conn *c, const struct flow_event *ev)
{
    uint32_t note = ev->truncated ? MYW_NOTE_TRUNCATED : MYW_NOTE_GAP;
    if (c->state == ST_OPAQUE) {
        myw_tls_gap(c);
        return;
    }
    c->m->counters.gaps++;
    if (myw_frame_gap(c, ev))
        return;
    if (ev->dir == FLOW_TO_SERVER)
        myw_sync_client_gap(c, ev->gap_bytes);
    myw_lose(c, note);
    if (ev->dir == FLOW_TO_SERVER)
        myw_forget_session(c, ev->gap_bytes);
    struct myw_lifecycle l = {.type = MYW_LIFE_GAP, .ts_ns = ev->ts_ns, .notes = note};
    l.gap_bytes = ev->gap_bytes;
    l.gap_to_server = ev->dir == FLOW_TO_SERVER;
    myw_lifecycle_emit(c, &l);
}

/* The client's bytes after the start. */
static void on_command_bytes(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    if (c->state == ST_LOST && !myw_sync_client(c, data, n, ts_ns))
        return;
    myw_feed(c, FLOW_TO_SERVER, data, n, ts_ns);
}

/* A client that speaks first: a proxy's header, or the server's greeting was not seen. */
static PP_RARE void on_first_bytes(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct buf
        all; /* the client's frame is not used before the login: its buffer gathers the header's pieces */
    size_t header = 0;
    enum myw_proxy kind = PROXY_NONE;
    if (c->proxied || buf_add(&c->in[FLOW_TO_SERVER].head, data, n) != PP_OK) {
        myw_lose(c, MYW_NOTE_MID_STREAM);
        c->s.mid_stream = true;
        on_command_bytes(c, data, n, ts_ns);
        return;
    }
    all = c->in[FLOW_TO_SERVER].head;
    kind = myw_proxy_header(all.data, all.len, &header);
    if (kind == PROXY_NONE && myw_x_detect(c, FLOW_TO_SERVER, all.data, all.len)) {
        myw_x_found(c, ts_ns);
        return;
    }
    if (kind == PROXY_MORE || (kind == PROXY_NONE && myw_x_may_open(c, all.data, all.len)))
        return;
    myw_frame_init(&c->in[FLOW_TO_SERVER]);
    c->proxied = kind == PROXY_WHOLE;
    if (!c->proxied)
        header = 0;
    if (kind == PROXY_NONE || header < all.len) {
        myw_lose(c, MYW_NOTE_MID_STREAM);
        c->s.mid_stream = true;
        on_command_bytes(c, all.data + header, all.len - header, ts_ns);
    }
    buf_fini(&all);
}

static void on_client_data(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    if (c->state == ST_GREETING)
        on_first_bytes(c, data, n, ts_ns);
    else
        on_command_bytes(c, data, n, ts_ns);
}

/* A header alone in a segment, 4 bytes or those of a compressed packet. */
static size_t lone_header(const struct flow_event *ev)
{
    bool plain = ev->data_bytes == 4 && ev->data[3] <= 1;
    bool packed =
        ev->data_bytes == 7 && ev->data[3] == 0 && (ev->data[0] >= 5 || ev->data[1] != 0 || ev->data[2] != 0);
    return plain || packed ? ev->data_bytes : 0;
}

/* A command's header in a segment of its own (some drivers write it apart) cannot be judged before its code.
 */
static bool join_header(struct myw_conn *c, const struct flow_event *ev)
{
    if (c->state != ST_LOST && c->state != ST_GREETING)
        return false;
    if (!c->pending_header && lone_header(ev) > 0 && c->in[FLOW_TO_SERVER].head.len == 0) {
        c->pending_header = (uint8_t)lone_header(ev);
        c->hdr_pending_ns = ev->ts_ns;
        for (size_t i = 0; i < c->pending_header; i++)
            c->hdr_pending[i] = ev->data[i];
        return true;
    }
    if (!c->pending_header)
        return false;
    size_t pending = c->pending_header;
    c->pending_header = 0;
    struct buf both;
    buf_init(&both, MYW_BUF_MAX);
    if (buf_add(&both, c->hdr_pending, pending) == PP_OK && buf_add(&both, ev->data, ev->data_bytes) == PP_OK)
        on_client_data(c, both.data, both.len, c->hdr_pending_ns);
    buf_fini(&both);
    return true;
}

/* A command or answer in the form that nearly all have; false, and nothing done, when it is not. */
static inline bool on_usual_data(struct myw_conn *c, const struct flow_event *ev)
{
    if (ev->dir == FLOW_TO_SERVER)
        return myw_plain_command(c, ev->data, ev->data_bytes, ev->ts_ns);
    size_t used = c->in[FLOW_TO_CLIENT].in_body ? 0 : myw_pass_rows(c, ev->data, ev->data_bytes, ev->ts_ns);
    if (used > 0 && used < ev->data_bytes)
        myw_feed(c, FLOW_TO_CLIENT, ev->data + used, ev->data_bytes - used, ev->ts_ns);
    return used > 0;
}

static PP_APART void on_other_data(struct myw_conn *c, const struct flow_event *ev)
{
    if (myw_x_detect(c, ev->dir, ev->data, ev->data_bytes)) {
        myw_x_found(c, ev->ts_ns);
        return;
    }
    if (ev->dir == FLOW_TO_SERVER) {
        if (!join_header(c, ev))
            on_client_data(c, ev->data, ev->data_bytes, ev->ts_ns);
    } else {
        if (c->state == ST_GREETING && c->head == NULL && c->flow->mid_stream &&
            !myw_greeting_plausible(ev->data, ev->data_bytes))
            myw_lose(c, MYW_NOTE_MID_STREAM);
        if (c->state == ST_LOST)
            myw_sync_server(c, ev->data, ev->data_bytes, ev->ts_ns);
        myw_feed(c, FLOW_TO_CLIENT, ev->data, ev->data_bytes, ev->ts_ns);
    }
}

static PP_APART void on_opaque_data(struct myw_conn *c, const struct flow_event *ev)
{
    myw_tls_data(c, ev);
}

static void on_data(struct myw_conn *c, const struct flow_event *ev)
{
    if (ev->data_bytes == 0)
        return;
    if (c->state == ST_OPAQUE) {
        on_opaque_data(c, ev);
        return;
    }
    if (ev->dir == FLOW_TO_SERVER) {
        c->delivery_at = c->client_bytes;
        c->client_bytes += ev->data_bytes;
    } else {
        c->unacked = ev->unacked_bytes;
    }
    if (!on_usual_data(c, ev))
        on_other_data(c, ev);
    c->last_ns = ev->ts_ns;
}

void myw_on_event(struct myw *m, const struct flow_event *ev)
{
    OBJ_CHECK(m, MYW_MAGIC);
    if (ev->type == FLOW_OPEN) {
        conn_open(m, ev->conn);
        return;
    }
    struct myw_conn *c = ev->conn->app;
    if (c == NULL) /* memory was out when it opened */
        return;
    OBJ_CHECK(c, MYW_CONN_MAGIC);
    switch (ev->type) {
    case FLOW_DATA:
        on_data(c, ev);
        return;
    case FLOW_GAP:
        on_gap(c, ev);
        return;
    case FLOW_CLOSE:
        conn_close(c, ev);
        return;
    default:
        return;
    }
}

void myw_get_counters(const struct myw *m, struct myw_counters *out)
{
    OBJ_CHECK(m, MYW_MAGIC);
    *out = m->counters;
}

static void tell_in_flight(const struct myw_conn *c, myw_in_flight_f *f, void *priv)
{
    const struct myw_cmd_run *r = c->head;
    struct myw_in_flight out = {.conn_id = c->s.conn_id, .cmd = r->code, .sent_ns = r->x.sent_ns};
    if (r->stmt_text != NULL) {
        out.sql = r->stmt_text->data;
        out.sql_bytes = r->stmt_text->bytes;
    } else if (r->code == MYW_CMD_QUERY && r->known && r->sql_off < r->text.len) {
        out.sql = (const char *)r->text.data + r->sql_off;
        out.sql_bytes = r->text.len - r->sql_off;
    }
    f(priv, &out);
}

void myw_each_in_flight(const struct myw *m, myw_in_flight_f *f, void *priv)
{
    OBJ_CHECK(m, MYW_MAGIC);
    for (const struct myw_conn *c = m->conns; c != NULL; c = c->next)
        if (c->head != NULL && c->state != ST_STREAM)
            tell_in_flight(c, f, priv);
}

void myw_free(struct myw **mp)
{
    struct myw *m = *mp;
    *mp = NULL;
    if (m == NULL)
        return;
    OBJ_CHECK(m, MYW_MAGIC);
    struct myw_conn *c;
    while ((c = m->conns) != NULL) {
        m->conns = c->next;
        conn_free(c);
    }
    myw_spares_free(m);
    map_free(&m->texts);
    myw_inflaters_fini(m);
    OBJ_FREE(m);
}
