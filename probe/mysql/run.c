/* summary: commands in flight: made, queued, answered, held back, emitted, voided */
#include "base/obj.h"
#include "base/rare.h"
#include "parts.h"

#include <string.h>
#include <strings.h>

/* A cleared command, with the memory that the text of an earlier one had. */
static struct myw_cmd_run *take_spare(struct myw *m)
{
    struct myw_cmd_run *r = m->spares;
    if (r == NULL) {
        if (OBJ_NEW(r, MYW_CMD_MAGIC) != NULL)
            buf_init(&r->text, MYW_BUF_MAX);
        return r;
    }
    m->spares = r->next;
    m->spare_count--;
    struct buf text = r->text;
    memset(r, 0, sizeof *r);
    r->magic = MYW_CMD_MAGIC;
    r->text = text;
    return r;
}

static void keep_spare(struct myw *m, struct myw_cmd_run *r)
{
    if (r->text.cap > MYW_SPARE_TEXT_MAX)
        buf_fini(&r->text);
    if (m->spare_count + 1 > MYW_SPARES_MAX) {
        buf_fini(&r->text);
        OBJ_FREE(r);
        return;
    }
    buf_clear(&r->text);
    r->magic = 0;
    r->next = m->spares;
    m->spares = r;
    m->spare_count++;
}

struct myw_cmd_run *myw_run_new(struct myw_conn *c, enum myw_cmd code, int64_t sent_ns)
{
    struct myw_cmd_run *r = c->m->run_count < MYW_RUNS_MAX ? take_spare(c->m) : NULL;
    if (r == NULL)
        return NULL;
    c->m->run_count++;
    r->code = code;
    r->answer = myw_answer_of(code);
    r->x.cmd = code;
    r->x.seq = ++c->next_cmd;
    r->x.sent_ns = sent_ns;
    buf_init(&r->params, c->m->options.max_sql_bytes * 4 + 1024);
    buf_init(&r->error, MYW_ERROR_MAX);
    return r;
}

void myw_run_free(struct myw_conn *c, struct myw_cmd_run **rp)
{
    struct myw_cmd_run *r = *rp;
    *rp = NULL;
    if (r == NULL)
        return;
    OBJ_CHECK(r, MYW_CMD_MAGIC);
    c->m->run_count--;
    c->m->flight_bytes -= r->reserved_bytes;
    buf_fini(&r->params);
    buf_fini(&r->error);
    myw_text_put(c->m, &r->stmt_text);
    /* Hardly any command has one of these: five calls a command for nothing would tell. */
    if (r->new_user != NULL || r->new_db != NULL || r->new_plugin != NULL || r->held_user != NULL ||
        r->held_db != NULL) {
        free(r->new_user);
        free(r->new_db);
        free(r->new_plugin);
        free(r->held_user);
        free(r->held_db);
    }
    keep_spare(c->m, r);
}

void myw_spares_free(struct myw *m)
{
    struct myw_cmd_run *r;
    while ((r = m->spares) != NULL) {
        m->spares = r->next;
        buf_fini(&r->text);
        free(r);
    }
    m->spare_count = 0;
}

void myw_note_pipelined(struct myw_conn *c, struct myw_cmd_run *r)
{
    if (c->head == NULL || c->head == r || c->head->code == MYW_CMD_CONNECT)
        return;
    r->x.notes |= MYW_NOTE_PIPELINED;
    c->pipelines = true;
}

bool myw_queue_push(struct myw_conn *c, struct myw_cmd_run *r)
{
    if (c->queued >= MYW_QUEUE_MAX)
        return false;
    r->next = NULL;
    myw_note_pipelined(c, r);
    if (c->tail != NULL) {
        c->tail->next = r;
    } else {
        c->head = r;
    }
    c->tail = r;
    c->queued++;
    return true;
}

static struct myw_cmd_run *queue_pop(struct myw_conn *c)
{
    struct myw_cmd_run *r = c->head;
    c->head = r->next;
    if (c->head == NULL)
        c->tail = NULL;
    r->next = NULL;
    c->queued--;
    return r;
}

/* The text that goes with a command: see myw_exchange.sql. */
static void fill_sql(struct myw_conn *c, struct myw_cmd_run *r)
{
    struct myw_exchange *x = &r->x;
    size_t max = c->m->options.max_sql_bytes;
    if (r->stmt_text != NULL) {
        x->sql = r->stmt_text->data;
        x->sql_bytes = r->stmt_text->bytes;
    } else if (r->code == MYW_CMD_QUERY || r->code == MYW_CMD_STMT_PREPARE || r->code == MYW_CMD_INIT_DB) {
        if (!r->known || r->sql_off > r->text.len)
            return;
        x->sql_bytes = r->text.len - r->sql_off;
        x->sql = x->sql_bytes > 0 ? (const char *)r->text.data + r->sql_off : "";
        bool over = x->sql_bytes > max;
        if (over || r->sql_off + x->sql_bytes < r->payload_bytes) {
            x->notes |= MYW_NOTE_TRUNCATED;
            c->m->counters.text_limits += r->sent_all && !r->loss;
        }
    }
    if (x->sql_bytes > max) {
        x->sql_bytes = max;
        x->notes |= MYW_NOTE_TRUNCATED;
    }
}

/* Responses that were captured before their commands leave times that mean nothing. */
static void fix_times(struct myw_exchange *x)
{
    if (x->first_ns != 0 && x->first_ns < x->sent_ns) {
        x->first_ns = x->sent_ns;
        x->complete = false;
        x->notes |= MYW_NOTE_DESYNC;
    }
    if (x->last_ns != 0 && x->last_ns < x->first_ns)
        x->last_ns = x->first_ns;
}

static void emit(struct myw_conn *c, struct myw_cmd_run *r)
{
    struct myw_exchange *x = &r->x;
    struct myw_session then;
    x->session = &c->s;
    if (r->held_user != NULL || r->held_db != NULL) { /* rare: the session has moved on since */
        then = c->s;
        if (r->held_user != NULL)
            then.user = r->held_user;
        if (r->held_db != NULL)
            then.db = r->held_db;
        x->session = &then;
    }
    x->digest_mode = &r->mode;
    fill_sql(c, r);
    fix_times(x);
    if (c->s.mid_stream)
        x->notes |= MYW_NOTE_MID_STREAM;
    if (r->loss)
        x->complete = false;
    x->params_json = r->params.len > 0 ? (const char *)r->params.data : NULL;
    x->error = r->error.len > 0 ? (const char *)r->error.data : NULL;
    x->error_bytes = r->error.len;
    x->traceparent = r->traceparent[0] != 0 ? r->traceparent : NULL;
    x->txn_state = r->txn_state[0] != 0 ? r->txn_state : NULL;
    c->m->counters.exchanges++;
    if (!x->complete)
        c->m->counters.incomplete++;
    if (c->m->sink.exchange != NULL)
        c->m->sink.exchange(c->m->sink.priv, x);
    myw_run_free(c, &r);
}

static PP_RARE void hold(struct myw_conn *c, struct myw_cmd_run *r)
{
    r->held_user = strdup(c->s.user);
    r->held_db = strdup(c->s.db);
    r->next = NULL;
    if (c->held_tail != NULL)
        c->held_tail->next = r;
    else
        c->held = r;
    c->held_tail = r;
    c->held_count++;
    if (r->answer != ANSWER_NONE)
        c->held_answers++;
}

static struct myw_cmd_run *take_held(struct myw_conn *c)
{
    struct myw_cmd_run *list = c->held;
    c->held = NULL;
    c->held_tail = NULL;
    c->held_answers = 0;
    c->held_count = 0;
    return list;
}

PP_RARE void myw_release_held(struct myw_conn *c)
{
    struct myw_cmd_run *r = take_held(c);
    while (r != NULL) {
        struct myw_cmd_run *next = r->next;
        emit(c, r);
        r = next;
    }
}

/* True when the text may hold `word`, in lower case, in any case. */
static bool may_hold(const struct myw_cmd_run *r, const char *word)
{
    size_t n = strlen(word);
    if (!r->known || r->text.len < r->payload_bytes)
        return true;
    for (size_t i = 0; i + n <= r->text.len; i++)
        if (strncasecmp((const char *)r->text.data + i, word, n) == 0)
            return true;
    return false;
}

/* What a command may have changed is not known when its end is not; bits. */
enum effect { EFFECT_USER = 1, EFFECT_STMTS = 2, EFFECT_SCHEMA = 4 };

static unsigned effects(const struct myw_cmd_run *r)
{
    switch ((int)r->code) {
    case MYW_CMD_CHANGE_USER:
        return EFFECT_USER | EFFECT_STMTS | EFFECT_SCHEMA;
    case MYW_CMD_RESET_CONNECTION:
        return EFFECT_STMTS;
    case MYW_CMD_INIT_DB:
        return EFFECT_SCHEMA;
    case MYW_CMD_QUERY:
        return may_hold(r, "use") || may_hold(r, "drop") || may_hold(r, "call") ? EFFECT_SCHEMA : 0;
    default:
        return 0;
    }
}

static void forget(struct myw_conn *c, unsigned what)
{
    if (what & EFFECT_USER)
        myw_session_set(&c->s.user, NULL, 0);
    if (what & EFFECT_STMTS)
        myw_stmts_forget(c);
    if (what & EFFECT_SCHEMA)
        myw_forget_schema(c);
}

static PP_RARE void void_one(struct myw_conn *c, struct myw_cmd_run *r, uint32_t notes)
{
    unsigned changed = (notes & MYW_NOTE_CLOSED) == 0 ? effects(r) : 0;
    r->x.ok = false;
    r->x.complete = false;
    r->x.last_ns = 0;
    r->x.has_status = false; /* what came was not the response's last word */
    r->x.status = 0;
    r->txn_state[0] = 0;
    r->x.notes |= notes;
    if ((notes & (MYW_NOTE_TLS | MYW_NOTE_X_PROTOCOL)) == 0)
        c->m->counters.voided_commands++;
    emit(c, r);
    forget(c, changed);
}

/* Commands without an answer confirm nothing: of an endless row of them the first is given up. */
static PP_RARE void bound_held(struct myw_conn *c)
{
    struct myw_cmd_run *r = c->held;
    if (c->held_count < MYW_HELD_MAX)
        return;
    c->held = r->next;
    if (c->held == NULL)
        c->held_tail = NULL;
    c->held_count--;
    c->held_answers -= r->answer != ANSWER_NONE;
    c->m->counters.queue_limits++;
    void_one(c, r, c->lost_notes);
}

static void settle(struct myw_conn *c, struct myw_cmd_run *r)
{
    r->x.complete = true;
    if (c->unconfirmed) {
        bound_held(c);
        hold(c, r);
    } else {
        emit(c, r);
    }
}

void myw_head_done(struct myw_conn *c, int64_t ts_ns)
{
    struct myw_cmd_run *r = queue_pop(c);
    r->x.last_ns = ts_ns;
    if (c->receiving == r) { /* refused before it was all sent: its rest belongs to nothing */
        c->receiving = NULL;
        c->in[FLOW_TO_SERVER].skip = true;
        r->x.notes |= MYW_NOTE_TRUNCATED;
    }
    if (r->x.has_status)
        myw_vars_status(c, r->x.status);
    if (!c->unconfirmed && c->lockstep < MYW_LOCKSTEP_SURE)
        c->lockstep++;
    settle(c, r);
    myw_next_response(c);
}

void myw_run_done(struct myw_conn *c, struct myw_cmd_run *r)
{
    r->x.ok = true;
    settle(c, r);
}

static PP_RARE void void_list(struct myw_conn *c, struct myw_cmd_run *r, uint32_t notes)
{
    while (r != NULL) {
        struct myw_cmd_run *next = r->next;
        void_one(c, r, notes);
        r = next;
    }
}

/* A command whose bytes were still arriving keeps what came of its text. */
static PP_RARE void keep_partial_text(struct myw_conn *c, struct myw_cmd_run *r)
{
    struct buf *head = &c->in[FLOW_TO_SERVER].head;
    if (r->code != MYW_CMD_QUERY && r->code != MYW_CMD_STMT_PREPARE)
        return;
    if (head->len > 1)
        (void)buf_add_some(&r->text, head->data + 1, head->len - 1);
    r->payload_bytes = SIZE_MAX;
    myw_locate_sql(c, r);
}

PP_RARE void myw_void_all(struct myw_conn *c, uint32_t notes)
{
    struct myw_cmd_run *receiving = c->receiving;
    struct myw_cmd_run *queue = c->head;
    c->receiving = NULL;
    c->head = NULL;
    c->tail = NULL;
    c->queued = 0;
    bool unqueued = receiving != NULL && receiving->answer == ANSWER_NONE;
    if (receiving != NULL)
        keep_partial_text(c, receiving);
    struct myw_cmd_run *held = take_held(c);
    void_list(c, held, notes);
    void_list(c, queue, notes);
    if (unqueued)
        void_one(c, receiving, notes);
}
