/* summary: commands of the client: made at their first byte, understood at their last */
#include "parts.h"

#define EXEC_FIXED_BYTES 9u /* statement id, flags, iteration count */
#define BULK_FIXED_BYTES 6u /* statement id, flags */
#define SPARE_BYTES 4096u   /* kept beyond the text for query attributes and a command's fixed part */

bool myw_request_begin(struct myw_conn *c)
{
    struct myw_frame *f = &c->in[FLOW_TO_SERVER];
    if (f->seq != 0) {
        myw_desync(c, f->first_ns);
        return false;
    }
    if (c->state == ST_PREP_END && c->left_next == 0 && c->eof == EOF_UNKNOWN) {
        /* No EOF came before the client went on: the style without. */
        c->eof = EOF_DEPRECATED;
        myw_head_done(c, c->head->x.last_ns);
    }
    if (c->state == ST_IDLE)
        myw_sync_confirm(c);
    return c->state != ST_LOST;
}

static size_t reserve(struct myw_conn *c, struct myw_cmd_run *r, uint32_t len)
{
    struct myw *m = c->m;
    size_t want = m->options.max_sql_bytes + SPARE_BYTES;
    if (want > len)
        want = len;
    if (m->flight_bytes + want > MYW_FLIGHT_BYTES_MAX)
        want = 1;
    r->reserved_bytes = want;
    m->flight_bytes += want;
    return want;
}

uint32_t myw_request_open(struct myw_conn *c, uint8_t code, uint32_t len)
{
    struct myw_frame *f = &c->in[FLOW_TO_SERVER];
    struct myw_cmd_run *r = myw_run_new(c, (enum myw_cmd)code, f->first_ns);
    if (r == NULL) {
        c->m->counters.no_memory++;
        myw_lose(c, MYW_NOTE_TRUNCATED);
        return 0;
    }
    bool was_idle = c->head == NULL;
    if (r->answer != ANSWER_NONE && !myw_queue_push(c, r)) {
        c->m->counters.queue_limits++;
        myw_run_free(c, &r);
        myw_desync(c, f->first_ns);
        return 0;
    }
    if (r->answer == ANSWER_NONE)
        myw_note_pipelined(c, r);
    c->receiving = r;
    r->x.req_bytes = 4;
    r->first_at = f->first_at;
    if (was_idle && r->answer != ANSWER_NONE)
        myw_next_response(c);
    switch ((int)code) {
    case MYW_CMD_STMT_SEND_LONG_DATA:
        len = len < 8 ? len : 8;
        break;
    case MYW_CMD_QUERY:
    case MYW_CMD_STMT_PREPARE:
        break;
    case MYW_CMD_STMT_EXECUTE:
        if (!c->m->options.keep_params && c->caps_known && (c->caps & CAP_QUERY_ATTRS) == 0)
            len = len < 1 + EXEC_FIXED_BYTES ? len : 1 + EXEC_FIXED_BYTES;
        break;
    case MYW_CMD_STMT_BULK_EXECUTE:
        if (!c->m->options.keep_params)
            len = len < 1 + BULK_FIXED_BYTES ? len : 1 + BULK_FIXED_BYTES;
        break;
    default:
        len = len < MYW_HEAD_MAX ? len : MYW_HEAD_MAX;
        break;
    }
    return (uint32_t)reserve(c, r, len);
}

/* What was needed of the payload is understood. Small memory stays for the next command. */
static void drop_text(struct myw_cmd_run *r)
{
    if (r->text.cap <= MYW_KEPT_TEXT_MAX)
        buf_clear(&r->text);
    else
        buf_fini(&r->text);
}

static bool in_flight(const struct myw_conn *c, const struct myw_cmd_run *before, enum myw_cmd code)
{
    for (const struct myw_cmd_run *r = c->head; r != NULL && r != before; r = r->next)
        if (r->code == code)
            return true;
    return false;
}

/* Which statement the id is shows when what was sent before has been answered: one that is prepared gets an
 * id, and after a reset the ids may begin again. */
static bool id_open(struct myw_conn *c, const struct myw_cmd_run *r, uint32_t id)
{
    if (c->head == NULL || c->head == r)
        return false;
    return in_flight(c, r, MYW_CMD_RESET_CONNECTION) || in_flight(c, r, MYW_CMD_CHANGE_USER) ||
           (in_flight(c, r, MYW_CMD_STMT_PREPARE) && (id == UINT32_MAX || myw_stmt_find(c, id) == NULL));
}

/* MariaDB: statement id -1 is the statement prepared last ("COM_STMT_EXECUTE"). */
void myw_resolve_execute(struct myw_conn *c, struct myw_cmd_run *r, bool final)
{
    if (r->resolved)
        return;
    uint32_t id = r->x.stmt_id;
    if (!final && id_open(c, r, id))
        return;
    if (id == UINT32_MAX)
        id = r->x.stmt_id = c->last_stmt_id;
    r->resolved = true;
    struct myw_stmt *st = id != 0 ? myw_stmt_find(c, id) : NULL;
    if (st == NULL) {
        r->x.notes |= MYW_NOTE_UNKNOWN_STMT;
    } else {
        r->stmt_text = st->sql != NULL ? myw_text_ref(st->sql) : NULL;
        if (st->cut)
            r->x.notes |= MYW_NOTE_TRUNCATED;
        if (st->lost)
            r->loss = true;
        if (r->loss)
            myw_stmt_forget_types(c, st);
    }
    if (r->code == MYW_CMD_STMT_EXECUTE)
        myw_decode_execute(c, r, st);
    else
        myw_decode_bulk(c, r, st);
    if (st != NULL)
        myw_stmt_clear_long(c, st);
    drop_text(r);
}

static uint32_t read_stmt_id(const struct myw_cmd_run *r)
{
    struct rd cur;
    rd_init(&cur, r->text.data, r->text.len);
    return rd_u32(&cur);
}

static void note_long_data(struct myw_conn *c, const struct myw_cmd_run *r)
{
    struct rd cur;
    rd_init(&cur, r->text.data, r->text.len);
    uint32_t id = rd_u32(&cur);
    uint16_t param = rd_u16(&cur);
    struct myw_stmt *st = rd_ok(&cur) ? myw_stmt_find(c, id) : NULL;
    if (st != NULL)
        myw_stmt_mark_long(c, st, param);
}

static void understand(struct myw_conn *c, struct myw_cmd_run *r)
{
    struct myw_stmt *st;
    switch ((int)r->code) {
    case MYW_CMD_QUERY:
    case MYW_CMD_STMT_PREPARE:
    case MYW_CMD_INIT_DB:
        myw_locate_sql(c, r);
        return;
    case MYW_CMD_STMT_EXECUTE:
    case MYW_CMD_STMT_BULK_EXECUTE:
        r->x.stmt_id = read_stmt_id(r);
        myw_resolve_execute(c, r, false);
        return;
    case MYW_CMD_STMT_SEND_LONG_DATA:
        r->x.stmt_id = read_stmt_id(r);
        note_long_data(c, r);
        break;
    case MYW_CMD_STMT_CLOSE:
        r->x.stmt_id = read_stmt_id(r);
        myw_stmt_remove(c, r->x.stmt_id);
        break;
    case MYW_CMD_STMT_RESET:
        r->x.stmt_id = read_stmt_id(r);
        if ((st = myw_stmt_find(c, r->x.stmt_id)) != NULL)
            myw_stmt_clear_long(c, st);
        break;
    case MYW_CMD_STMT_FETCH:
        r->x.stmt_id = read_stmt_id(r);
        break;
    case MYW_CMD_CHANGE_USER:
        myw_parse_change_user(c, r);
        return;
    case MYW_CMD_QUIT:
        c->quit = true;
        break;
    default:
        break;
    }
    buf_fini(&r->text);
}

/* The text, by taking the framer's buffer where the packet came in pieces. */
static void take_text(struct myw_conn *c, struct myw_cmd_run *r, const struct myw_packet *p)
{
    struct buf *head = &c->in[FLOW_TO_SERVER].head;
    if (p->head_bytes <= 1)
        return;
    if (p->head == head->data) {
        buf_drop_front(head, 1);
        buf_fini(&r->text);
        r->text = *head;
        buf_init(head, MYW_BUF_MAX);
    } else {
        (void)buf_add_some(&r->text, p->head + 1, p->head_bytes - 1);
    }
}

void myw_request_end(struct myw_conn *c, const struct myw_packet *p)
{
    struct myw_cmd_run *r = c->receiving;
    c->receiving = NULL;
    r->payload_bytes = p->bytes - 1;
    r->sent_all = true;
    r->end_at = c->client_bytes;
    r->resp_seq = (uint8_t)(c->in[FLOW_TO_SERVER].seq + 1);
    if (c->head == r)
        c->seq = r->resp_seq;
    take_text(c, r, p);
    understand(c, r);
    if (r->answer == ANSWER_NONE)
        myw_run_done(c, r);
}

bool myw_plain_command(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_frame *f = &c->in[FLOW_TO_SERVER];
    if (c->state != ST_IDLE || c->unconfirmed || c->zip != NULL || c->head != NULL || n < 5 ||
        !myw_frame_between(f))
        return false;
    uint32_t head =
        (uint32_t)data[0] | (uint32_t)data[1] << 8 | (uint32_t)data[2] << 16 | (uint32_t)data[3] << 24;
    if (head != n - 4) /* of several pieces, with more behind it, or its id is not 0 */
        return false;
    f->first_ns = ts_ns;
    f->first_at = c->delivery_at;
    f->seq = 0;
    f->bytes = head;
    f->command = true;
    f->skip = false;
    uint32_t keep = myw_request_open(c, data[4], head);
    if (c->receiving == NULL) /* memory was out */
        return true;
    c->receiving->x.req_bytes += head;
    struct myw_packet p = {
        .head = data + 4, .head_bytes = head < keep ? head : keep, .bytes = head, .ts_ns = ts_ns};
    myw_request_end(c, &p);
    return true;
}
