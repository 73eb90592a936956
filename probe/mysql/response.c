/* summary: packets of the server: dispatch by state, OK, EOF, ERR, unsolicited errors */
#include "parts.h"

#include "base/rare.h"

#include <string.h>

#define SET_TEXT_MAX 1024u /* longer texts of one statement are no SET or USE */

void myw_take_eof(struct myw_conn *c, const struct myw_packet *p, bool final)
{
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    rd_skip(&r, 1);
    uint16_t warnings = rd_u16(&r), status = rd_u16(&r);
    if (!rd_ok(&r)) /* before CLIENT_PROTOCOL_41 it is the header alone */
        return;
    struct myw_exchange *x = &c->head->x;
    x->has_status = true;
    x->status = status;
    if (final)
        x->warnings += warnings;
}

bool myw_take_ok(struct myw_conn *c, const struct myw_packet *p)
{
    struct myw_ok ok;
    if (!myw_parse_ok(p, c->caps, c->caps_known, &ok))
        return false;
    struct myw_exchange *x = &c->head->x;
    x->affected_rows += ok.affected_rows;
    if (ok.insert_id != 0)
        x->insert_id = ok.insert_id;
    x->warnings += ok.warnings;
    if (ok.has_status) {
        x->has_status = true;
        x->status = ok.status;
    }
    if (ok.txn_state != NULL)
        memcpy(c->head->txn_state, ok.txn_state, MYW_TXN_STATE_BYTES);
    if (ok.schema != NULL)
        myw_session_set(&c->s.db, ok.schema, ok.schema_bytes);
    myw_vars_tracked(c, &ok);
    return true;
}

/* "ERR_Packet"; the SQLSTATE is marked by '#' and missing before the capabilities are known. */
void myw_on_err(struct myw_conn *c, const struct myw_packet *p)
{
    struct myw_cmd_run *run = c->head;
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    rd_skip(&r, 1);
    run->x.errnum = rd_u16(&r);
    if (rd_left(&r) >= 6 && r.p[0] == '#') {
        rd_skip(&r, 1);
        memcpy(run->x.sqlstate, rd_bytes(&r, 5), 5);
    } else if (c->unconfirmed && run->x.errnum < 1000) {
        run->x.errnum = 0;
        myw_desync(c, p->ts_ns);
        return;
    }
    size_t n = rd_left(&r);
    (void)buf_add_some(&run->error, rd_bytes(&r, n), n);
    run->x.ok = false;
    if (run->several && run->code == MYW_CMD_QUERY && run->sql_off < run->text.len)
        myw_text_in_doubt(c, (const char *)run->text.data + run->sql_off, run->text.len - run->sql_off);
    myw_head_done(c, p->ts_ns);
}

/* What the text of a QUERY that succeeded does to the session. */
static void apply_text(struct myw_conn *c, const struct myw_cmd_run *r, const char *text, size_t n)
{
    bool whole = r->known && r->text.len >= r->payload_bytes && !r->loss;
    if (r->loss && ((c->caps & CAP_SESSION_TRACK) == 0 || !c->caps_known))
        myw_forget_schema(c); /* what is missing may have named one */
    if (!r->several && (n >= SET_TEXT_MAX || !myw_text_may_apply(text, n)))
        return;
    if (whole)
        myw_text_applied(c, text, n, r->several);
    else
        myw_text_in_doubt(c, text, n);
}

/* What success of a command does to the session. */
static void apply_success(struct myw_conn *c, struct myw_cmd_run *r, int64_t ts_ns)
{
    size_t n = r->text.len - (r->sql_off <= r->text.len ? r->sql_off : r->text.len);
    const char *text = n > 0 ? (const char *)r->text.data + (r->text.len - n) : "";
    switch ((int)r->code) {
    case MYW_CMD_RESET_CONNECTION:
        myw_session_reset(c, r, ts_ns);
        return;
    case MYW_CMD_INIT_DB:
        myw_session_set(&c->s.db, text, n);
        return;
    case MYW_CMD_QUERY:
        apply_text(c, r, text, n);
        return;
    case MYW_CMD_STMT_EXECUTE:
        if (r->stmt_text != NULL && myw_text_may_apply(r->stmt_text->data, r->stmt_text->bytes))
            myw_text_applied(c, r->stmt_text->data, r->stmt_text->bytes, false);
        return;
    default:
        return;
    }
}

void myw_result_end(struct myw_conn *c, int64_t ts_ns)
{
    struct myw_cmd_run *r = c->head;
    if (r->answer == ANSWER_RESULT && r->x.has_status && (r->x.status & MYW_STATUS_MORE_RESULTS)) {
        r->several = true;
        myw_set_state(c, ST_FIRST);
        return;
    }
    r->x.ok = true;
    apply_success(c, r, ts_ns);
    myw_head_done(c, ts_ns);
}

/* OK, or for some commands and servers EOF or an OK with EOF's header. */
static void on_ok(struct myw_conn *c, const struct myw_packet *p)
{
    enum myw_end end = myw_end_kind(p);
    if (end == END_EOF)
        myw_take_eof(c, p, true);
    else if ((end == END_NONE && p->head[0] != 0) || !myw_take_ok(c, p)) {
        myw_desync(c, p->ts_ns);
        return;
    }
    myw_result_end(c, p->ts_ns);
}

static void on_stream(struct myw_conn *c, const struct myw_packet *p)
{
    c->head->x.notes |= MYW_NOTE_STREAM;
    if (myw_end_kind(p) == END_EOF) {
        myw_take_eof(c, p, true);
        myw_result_end(c, p->ts_ns);
        return;
    }
    c->head->x.last_ns = p->ts_ns;
    if (c->state != ST_STREAM)
        myw_set_state(c, ST_STREAM);
}

/* "LOCAL INFILE Request". A command already queued behind it would be file data to the server. */
static PP_RARE void on_infile(struct myw_conn *c, const struct myw_packet *p)
{
    if (c->queued > 1 || c->receiving != NULL)
        myw_desync(c, p->ts_ns);
    else
        myw_set_state(c, ST_INFILE);
}

static void on_first(struct myw_conn *c, const struct myw_packet *p)
{
    if (p->head_bytes == 0 && c->head->answer != ANSWER_TEXT) {
        myw_desync(c, p->ts_ns);
        return;
    }
    switch (c->head->answer) {
    case ANSWER_PREPARE:
        myw_prepare_ok(c, p);
        return;
    case ANSWER_TEXT:
        myw_result_end(c, p->ts_ns);
        return;
    case ANSWER_STREAM:
        on_stream(c, p);
        return;
    case ANSWER_RESULT:
        break;
    default:
        on_ok(c, p);
        return;
    }
    if (p->head[0] == 0x00 || myw_end_kind(p) != END_NONE)
        on_ok(c, p);
    else if (p->head[0] == 0xfb)
        on_infile(c, p);
    else
        myw_result_header(c, p);
}

/* Errors that belong to no command: the server ends the connection (idle timeout, shutdown, kill), or refuses
 * a command that it has not yet read to its end. */
static PP_RARE void on_stray(struct myw_conn *c, const struct myw_packet *p)
{
    struct myw_frame *f = &c->in[FLOW_TO_CLIENT];
    if (c->state == ST_IDLE && c->quit)
        return;
    if (!myw_is_err(p) || myw_is_progress(p)) {
        myw_desync(c, p->ts_ns);
        return;
    }
    if (c->head != NULL && !c->head->sent_all) {
        f->stray = false;
        c->head->x.first_ns = f->first_ns;
        c->head->x.resp_bytes += 4 + p->bytes;
        myw_on_err(c, p);
        return;
    }
    if (c->unconfirmed) {
        myw_desync(c, p->ts_ns);
        return;
    }
    c->m->counters.unsolicited++;
    c->unsolicited = true;
    c->unsolicited_errnum = (uint16_t)(p->head[1] | p->head[2] << 8);
}

static void on_answer(struct myw_conn *c, const struct myw_packet *p)
{
    switch (c->state) {
    case ST_AUTH:
        myw_on_auth_reply(c, p);
        return;
    case ST_FIRST:
        on_first(c, p);
        return;
    case ST_COLUMNS:
    case ST_COLUMNS_END:
    case ST_ROWS:
        myw_on_result_packet(c, p);
        return;
    case ST_PREP_DEFS:
    case ST_PREP_END:
        myw_on_prepare_packet(c, p);
        return;
    case ST_INFILE_END:
        if (p->head_bytes > 0 && p->head[0] == 0x00) {
            on_ok(c, p);
            return;
        }
        break;
    case ST_STREAM:
        on_stream(c, p);
        return;
    default:
        break;
    }
    myw_desync(c, p->ts_ns);
}

void myw_on_response(struct myw_conn *c, const struct myw_packet *p)
{
    if (c->in[FLOW_TO_CLIENT].stray || c->head == NULL) {
        on_stray(c, p);
        return;
    }
    if (myw_is_progress(p))
        return;
    if (c->head->code == MYW_CMD_STMT_EXECUTE || c->head->code == MYW_CMD_STMT_BULK_EXECUTE)
        myw_resolve_execute(c, c->head, true);
    if (myw_is_err(p) && c->state != ST_INFILE)
        myw_on_err(c, p);
    else
        on_answer(c, p);
}
