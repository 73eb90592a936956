/* summary: an exchange as the line of JSON that docs/cli.md describes */
#include "dump_line.h"

#include "base/text.h"

#include <inttypes.h>
#include <string.h>

/* Appends one field after another; the first failure stays. */
struct line {
    struct buf *b;
    enum pp_status st;
};

static void raw(struct line *l, const char *text)
{
    if (l->st == PP_OK)
        l->st = buf_add(l->b, text, strlen(text));
}

static void key(struct line *l, const char *name)
{
    if (l->st == PP_OK)
        l->st = buf_addf(l->b, "%s\"%s\":", l->b->len == 1 ? "" : ",", name);
}

static void text_or_null(struct line *l, const char *name, const char *text, size_t n)
{
    key(l, name);
    if (text == NULL)
        raw(l, "null");
    else if (l->st == PP_OK)
        l->st = text_add_json(l->b, text, n);
}

/* Session texts that are not known are empty. */
static void name_or_null(struct line *l, const char *name, const char *text)
{
    text_or_null(l, name, *text != 0 ? text : NULL, strlen(text));
}

static void number(struct line *l, const char *name, uint64_t v)
{
    key(l, name);
    if (l->st == PP_OK)
        l->st = buf_addf(l->b, "%" PRIu64, v);
}

static void number_or_null(struct line *l, const char *name, int64_t v)
{
    key(l, name);
    if (v == 0)
        raw(l, "null");
    else if (l->st == PP_OK)
        l->st = buf_addf(l->b, "%" PRId64, v);
}

static void boolean(struct line *l, const char *name, bool v)
{
    key(l, name);
    raw(l, v ? "true" : "false");
}

static void sql(struct line *l, const struct myw_exchange *x, bool redact)
{
    struct myw_digest d;
    if (!redact || x->sql == NULL || x->cmd == MYW_CMD_INIT_DB) {
        text_or_null(l, "sql", x->sql, x->sql_bytes);
        return;
    }
    if (x->digest_mode != NULL)
        myw_digest_sql_mode(&d, x->sql, x->sql_bytes, x->digest_mode);
    else
        myw_digest_sql(&d, x->sql, x->sql_bytes, x->status);
    text_or_null(l, "sql", d.text, strlen(d.text));
}

static void status_flags(struct line *l, const struct myw_exchange *x)
{
    bool first = true;
    key(l, "status");
    raw(l, "[");
    for (unsigned bit = 1; bit <= 0x8000u; bit <<= 1) {
        const char *name = (x->status & bit) ? myw_status_flag_name((uint16_t)bit) : NULL;
        if (name == NULL || l->st != PP_OK)
            continue;
        l->st = buf_addf(l->b, "%s\"%s\"", first ? "" : ",", name);
        first = false;
    }
    raw(l, "]");
}

static void notes(struct line *l, uint32_t set)
{
    const char *before = "\"";
    key(l, "note");
    for (uint32_t bit = 1; bit != 0; bit <<= 1) {
        const char *name = (set & bit) ? myw_note_name(bit) : NULL;
        if (name == NULL)
            continue;
        raw(l, before);
        raw(l, name);
        before = ",";
    }
    raw(l, *before == ',' ? "\"" : "null");
}

static void session_fields(struct line *l, const struct myw_session *s)
{
    number(l, "conn", s->conn_id);
    text_or_null(l, "client", s->client, strlen(s->client));
    text_or_null(l, "server", s->server, strlen(s->server));
    number_or_null(l, "thread_id", s->thread_id);
    name_or_null(l, "user", s->user);
    name_or_null(l, "db", s->db);
}

static void result_fields(struct line *l, const struct myw_exchange *x, bool redact)
{
    boolean(l, "ok", x->ok);
    number(l, "rows", x->rows);
    number(l, "affected_rows", x->affected_rows);
    number(l, "insert_id", x->insert_id);
    number(l, "warnings", x->warnings);
    number(l, "result_sets", x->result_sets);
    number(l, "errno", x->errnum);
    text_or_null(l, "sqlstate", x->sqlstate[0] != 0 ? x->sqlstate : NULL, strlen(x->sqlstate));
    text_or_null(l, "error", redact ? NULL : x->error, x->error_bytes);
    status_flags(l, x);
    if (x->txn_state != NULL)
        text_or_null(l, "txn_state", x->txn_state, strlen(x->txn_state));
    number(l, "req_bytes", x->req_bytes);
    number(l, "resp_bytes", x->resp_bytes);
    boolean(l, "complete", x->complete);
    notes(l, x->notes);
}

enum pp_status dump_line(struct buf *b, const struct myw_exchange *x, bool redact)
{
    struct line l = {.b = b, .st = PP_OK};
    buf_clear(b);
    raw(&l, "{");
    session_fields(&l, x->session);
    const char *cmd = myw_cmd_name(x->cmd);
    text_or_null(&l, "cmd", cmd, strlen(cmd));
    if (x->cmd == MYW_CMD_CONNECT)
        name_or_null(&l, "auth", x->session->auth_plugin);
    sql(&l, x, redact);
    number_or_null(&l, "stmt_id", x->stmt_id);
    key(&l, "params");
    raw(&l, redact || x->params_json == NULL ? "null" : x->params_json);
    number(&l, "sent_ns", (uint64_t)(x->sent_ns > 0 ? x->sent_ns : 0));
    number_or_null(&l, "first_ns", x->first_ns);
    number_or_null(&l, "last_ns", x->last_ns);
    result_fields(&l, x, redact);
    raw(&l, "}\n");
    return l.st;
}
