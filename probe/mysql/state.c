/* summary: the state of a connection: changes, loss, readiness, session texts */
#include "base/obj.h"
#include "base/rare.h"
#include "parts.h"

#include <string.h>

void myw_set_state(struct myw_conn *c, enum myw_state s)
{
    OBJ_ASSERT(c->state != ST_CLOSED);
    c->state = s;
}

void myw_next_response(struct myw_conn *c)
{
    struct myw_cmd_run *r = c->head;
    c->left = 0;
    c->left_next = 0;
    if (r == NULL) {
        myw_set_state(c, ST_IDLE);
        return;
    }
    c->seq = r->resp_seq;
    r->mode = c->mode;
    if (r->answer == ANSWER_AUTH)
        myw_set_state(c, ST_AUTH);
    else if (r->answer == ANSWER_FETCH || r->answer == ANSWER_FIELDS)
        myw_set_state(c, ST_ROWS);
    else
        myw_set_state(c, ST_FIRST);
}

PP_RARE void myw_lifecycle_emit(struct myw_conn *c, struct myw_lifecycle *l)
{
    c->s.rtt_ns = c->flow->rtt_ns; /* known only after the first event */
    c->s.synack_ns = c->flow->synack_ns;
    l->session = &c->s;
    if (c->m->sink.lifecycle != NULL)
        c->m->sink.lifecycle(c->m->sink.priv, l);
}

PP_RARE void myw_become_ready(struct myw_conn *c, int64_t ts_ns)
{
    if (c->ready)
        return;
    c->ready = true;
    struct myw_lifecycle l = {.type = MYW_LIFE_READY, .ts_ns = ts_ns};
    l.notes = c->s.mid_stream ? MYW_NOTE_MID_STREAM : 0;
    myw_lifecycle_emit(c, &l);
}

PP_RARE void myw_forget_schema(struct myw_conn *c)
{
    myw_session_set(&c->s.db, NULL, 0);
}

/* Header, command, two ends of texts, character set and the shortest name of a plugin ("dialog"). */
#define CHANGE_USER_BYTES_MIN 17u

PP_RARE void myw_forget_session(struct myw_conn *c, uint64_t bytes)
{
    bool plugin = c->caps_known && (c->caps & CAP_PLUGIN_AUTH) != 0;
    myw_stmts_forget(c);
    myw_forget_schema(c);
    c->mode.flags &= MYW_DIGEST_NO_BACKSLASH_ESCAPES; /* a status flag; the rest may have been taken back */
    if (bytes == 0 || !plugin || bytes >= CHANGE_USER_BYTES_MIN)
        myw_session_set(&c->s.user, NULL, 0);
}

PP_RARE void myw_lose(struct myw_conn *c, uint32_t notes)
{
    if (c->state == ST_OPAQUE || c->state == ST_CLOSED)
        return;
    c->lost_notes |= notes;
    myw_void_all(c, notes);
    myw_frame_reset(&c->in[FLOW_TO_SERVER]);
    myw_frame_reset(&c->in[FLOW_TO_CLIENT]);
    myw_zip_reset(c);
    c->pending_header = 0;
    c->last_stmt_id = 0;
    myw_set_state(c, ST_LOST);
}

PP_RARE void myw_desync(struct myw_conn *c, int64_t ts_ns)
{
    c->m->counters.desyncs++;
    if (c->unconfirmed && c->contradictions < UINT8_MAX)
        c->contradictions++;
    myw_lose(c, MYW_NOTE_DESYNC);
    struct myw_lifecycle l = {.type = MYW_LIFE_GAP, .ts_ns = ts_ns, .notes = MYW_NOTE_DESYNC};
    myw_lifecycle_emit(c, &l);
}

PP_RARE void myw_go_opaque(struct myw_conn *c, uint32_t note, int64_t ts_ns)
{
    c->is_tls = note == MYW_NOTE_TLS;
    if (c->is_tls)
        c->m->counters.tls_connections++;
    else if (note == MYW_NOTE_X_PROTOCOL)
        c->m->counters.x_connections++;
    else
        c->m->counters.compressed_connections++;
    myw_void_all(c, note);
    myw_frame_reset(&c->in[FLOW_TO_SERVER]);
    myw_frame_reset(&c->in[FLOW_TO_CLIENT]);
    myw_zip_stop(c);
    myw_stmts_forget(c);
    myw_set_state(c, ST_OPAQUE);
    struct myw_lifecycle l = {.type = MYW_LIFE_OPAQUE, .ts_ns = ts_ns, .notes = note};
    myw_lifecycle_emit(c, &l);
}

void myw_session_set(const char **field, const void *text, size_t bytes)
{
    static const char empty[] = "";
    char *copy = NULL;
    const char *nul = bytes > 0 ? memchr(text, 0, bytes) : NULL;
    if (nul != NULL)
        bytes = (size_t)(nul - (const char *)text);
    if (bytes > MYW_NAME_MAX)
        bytes = MYW_NAME_MAX;
    if (bytes > 0 && (copy = malloc(bytes + 1)) != NULL) {
        memcpy(copy, text, bytes);
        copy[bytes] = 0;
    }
    if (*field != NULL && **field != 0)
        free((void *)*field);
    *field = copy != NULL ? copy : empty;
}
