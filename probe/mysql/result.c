/* summary: result sets and answers to PREPARE: counted definitions, the two EOF styles, rows */
#include "parts.h"

#define COLUMNS_MAX 65535u /* the server's limit is 4096 */

/* Every definition begins with the catalog, which is "def" ("Column Definition"); checked where the pairing
 * is not yet certain. */
static bool definition_plausible(const struct myw_conn *c, const struct myw_packet *p)
{
    if (p->head_bytes == 0 || p->head[0] == 0xfe)
        return false;
    bool certain = !c->unconfirmed && c->s.greeting_ns != 0;
    if (certain || (c->caps_known && !(c->caps & CAP_PROTOCOL_41)))
        return true;
    return p->head_bytes >= 4 && p->head[0] == 3 && p->head[1] == 'd' && p->head[2] == 'e' &&
           p->head[3] == 'f';
}

/* The column count, and where metadata is optional a flag after it (1: definitions follow): both
 * CLIENT_OPTIONAL_RESULTSET_METADATA and MARIADB_CLIENT_CACHE_METADATA put it there. */
void myw_result_header(struct myw_conn *c, const struct myw_packet *p)
{
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    uint64_t columns = myw_rd_lenenc(&r);
    if (!rd_ok(&r) || columns == 0 || columns > COLUMNS_MAX || (c->unconfirmed && rd_left(&r) > 1)) {
        myw_desync(c, p->ts_ns);
        return;
    }
    bool optional = !c->caps_known || (c->caps & CAP_OPTIONAL_META) || (c->ext & EXT_CACHE_META);
    bool definitions = !(optional && rd_left(&r) == 1 && rd_u8(&r) == 0);
    c->head->x.result_sets++;
    c->left = definitions ? (uint32_t)columns : 0;
    myw_set_state(c, c->left > 0 ? ST_COLUMNS : ST_COLUMNS_END);
}

static void on_row(struct myw_conn *c, const struct myw_packet *p)
{
    switch (myw_end_kind(p)) {
    case END_EOF:
        myw_take_eof(c, p, true);
        myw_result_end(c, p->ts_ns);
        return;
    case END_OK:
        if (myw_take_ok(c, p))
            myw_result_end(c, p->ts_ns);
        else
            myw_desync(c, p->ts_ns);
        return;
    default:
        if (c->head->answer != ANSWER_FIELDS)
            c->head->x.rows++;
    }
}

/* An EOF closes the definitions unless CLIENT_DEPRECATE_EOF was agreed on. Where that is not known, the first
 * packet here tells: EOF has 5 bytes and 0xfe, which neither a row nor the OK that ends an empty result can
 * have. */
static void on_columns_end(struct myw_conn *c, const struct myw_packet *p)
{
    if (myw_end_kind(p) != END_EOF) {
        if (c->eof == EOF_CLASSIC) {
            myw_desync(c, p->ts_ns);
            return;
        }
        c->eof = EOF_DEPRECATED;
        myw_set_state(c, ST_ROWS);
        on_row(c, p);
        return;
    }
    if (c->eof == EOF_UNKNOWN)
        c->eof = EOF_CLASSIC;
    myw_take_eof(c, p, false);
    myw_set_state(c, ST_ROWS);
    if (c->head->code == MYW_CMD_STMT_EXECUTE && (c->head->x.status & MYW_STATUS_CURSOR_EXISTS))
        myw_result_end(c, p->ts_ns); /* the rows come by STMT_FETCH */
}

void myw_on_result_packet(struct myw_conn *c, const struct myw_packet *p)
{
    switch (c->state) {
    case ST_COLUMNS:
        if (!definition_plausible(c, p))
            myw_desync(c, p->ts_ns);
        else if (--c->left == 0)
            myw_set_state(c, ST_COLUMNS_END);
        return;
    case ST_COLUMNS_END:
        on_columns_end(c, p);
        return;
    default:
        on_row(c, p);
    }
}

/* Only where the pairing is certain and the frame stands between two packets of a result. */
static bool may_pass(const struct myw_conn *c)
{
    const struct myw_frame *f = &c->in[FLOW_TO_CLIENT];
    const struct myw_cmd_run *r = c->head;
    if (r == NULL || c->unconfirmed || c->zip != NULL || !r->sent_all || c->s.greeting_ns == 0)
        return false;
    switch (c->state) {
    case ST_FIRST:
        return r->answer == ANSWER_RESULT && (r->code == MYW_CMD_QUERY || r->resolved) && f->hdr_have == 0 &&
               !f->more;
    case ST_COLUMNS:
    case ST_COLUMNS_END:
    case ST_ROWS:
        return r->x.first_ns != 0 && f->hdr_have == 0 && !f->more;
    default:
        return false;
    }
}

/* One packet with this first byte, in the state at hand; false for one that has to go the long way. */
static inline bool pass_one(struct myw_conn *c, struct myw_cmd_run *r, uint32_t bytes, uint8_t first)
{
    switch (c->state) {
    case ST_FIRST: /* the column count alone: definitions follow */
        if (bytes != 1 || first == 0 || first > 0xfa)
            return false;
        r->x.result_sets++;
        c->left = first;
        myw_set_state(c, ST_COLUMNS);
        return true;
    case ST_COLUMNS:
        if (--c->left == 0)
            myw_set_state(c, ST_COLUMNS_END);
        return true;
    case ST_COLUMNS_END:
        if (c->eof != EOF_DEPRECATED)
            return false;
        myw_set_state(c, ST_ROWS);
        break;
    default:
        break;
    }
    r->x.rows += r->answer != ANSWER_FIELDS;
    return true;
}

/* The EOF between definitions and rows, where it is known that one comes; rows of a cursor come later. */
static inline bool pass_eof(struct myw_conn *c, struct myw_cmd_run *r, uint32_t bytes, const uint8_t *eof)
{
    if (c->state != ST_COLUMNS_END || c->eof != EOF_CLASSIC || bytes != 5 || eof[0] != 0xfe)
        return false;
    uint16_t status = (uint16_t)(eof[3] | eof[4] << 8);
    if ((status & MYW_STATUS_CURSOR_EXISTS) != 0)
        return false;
    r->x.has_status = true;
    r->x.status = status;
    myw_set_state(c, ST_ROWS);
    return true;
}

/* The end of the rows: EOF, or an OK that changed no row and tells nothing of the session. */
static inline bool pass_end(const struct myw_conn *c, struct myw_cmd_run *r, uint32_t bytes,
                            const uint8_t *end)
{
    bool plain_ok =
        bytes == 7 && end[1] == 0 && end[2] == 0 && (!c->caps_known || (c->caps & CAP_PROTOCOL_41) != 0);
    if (c->state != ST_ROWS || end[0] != 0xfe || (bytes != 5 && !plain_ok))
        return false;
    const uint8_t *status = end + 3;
    const uint8_t *warnings = plain_ok ? end + 5 : end + 1;
    r->x.has_status = true;
    r->x.status = (uint16_t)(status[0] | status[1] << 8);
    r->x.warnings += (uint32_t)warnings[0] | (uint32_t)warnings[1] << 8;
    return true;
}

size_t myw_pass_rows(struct myw_conn *c, const uint8_t *data, size_t n, int64_t ts_ns)
{
    struct myw_cmd_run *r = c->head;
    size_t used = 0;
    bool ended = false;
    if (!may_pass(c))
        return 0;
    while (!ended && n - used >= 5) {
        const uint8_t *p = data + used;
        uint32_t head = (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
        uint32_t len = head & 0xffffff; /* the id is above it */
        /* Empty, of several pieces, not whole, out of order, ERR: the long way. */
        if (len == 0 || len == 0xffffff || n - used - 4 < len || head >> 24 != c->seq)
            break;
        if (p[4] < 0xfe) {
            if (!pass_one(c, r, len, p[4]))
                break;
        } else if (!pass_eof(c, r, len, p + 4)) {
            ended = pass_end(c, r, len, p + 4);
            if (!ended)
                break;
        }
        c->seq++;
        used += 4 + (size_t)len;
    }
    if (used > 0) {
        c->in[FLOW_TO_CLIENT].stray = false;
        if (r->x.first_ns == 0)
            r->x.first_ns = ts_ns;
        r->x.resp_bytes += used;
    }
    if (ended)
        myw_result_end(c, ts_ns);
    return used;
}

static void remember(struct myw_conn *c, struct myw_cmd_run *r, uint32_t id, uint16_t params)
{
    size_t max = c->m->options.max_sql_bytes;
    size_t n = r->text.len < max ? r->text.len : max;
    struct myw_text *text = NULL;
    if (c->m->stmt_bytes + n < MYW_ALL_STMT_BYTES_MAX)
        text = myw_text_get(c->m, r->text.data, n);
    struct myw_stmt *st = myw_stmt_add(c, id, text, params);
    if (st != NULL) {
        st->cut = n < r->payload_bytes;
        st->lost = r->loss;
    }
    myw_text_put(c->m, &text);
    c->last_stmt_id = id;
}

/* The block under way is complete: the next one, or the end. */
static void next_block(struct myw_conn *c, int64_t ts_ns)
{
    if (c->left_next == 0) {
        myw_result_end(c, ts_ns);
        return;
    }
    c->left = c->left_next;
    c->left_next = 0;
    myw_set_state(c, ST_PREP_DEFS);
}

/* "COM_STMT_PREPARE Response". */
void myw_prepare_ok(struct myw_conn *c, const struct myw_packet *p)
{
    struct rd r;
    rd_init(&r, p->head, p->head_bytes);
    uint8_t header = rd_u8(&r);
    uint32_t id = rd_u32(&r);
    uint16_t columns = rd_u16(&r), params = rd_u16(&r);
    if (!rd_ok(&r) || header != 0 || (c->unconfirmed && (p->bytes < 12 || p->bytes > 13))) {
        myw_desync(c, p->ts_ns);
        return;
    }
    rd_skip(&r, 1);
    c->head->x.warnings = rd_left(&r) >= 2 ? rd_u16(&r) : 0;
    bool optional = !c->caps_known || (c->caps & CAP_OPTIONAL_META);
    bool definitions = !(optional && p->bytes == 13 && rd_u8(&r) == 0);
    c->head->x.stmt_id = id;
    remember(c, c->head, id, params);
    c->left = 0;
    c->left_next = 0;
    if (definitions) {
        c->left = params > 0 ? params : columns;
        c->left_next = params > 0 ? columns : 0;
    }
    if (c->left > 0)
        myw_set_state(c, ST_PREP_DEFS);
    else
        myw_result_end(c, p->ts_ns);
}

static void on_prep_end(struct myw_conn *c, const struct myw_packet *p)
{
    if (myw_end_kind(p) == END_EOF) {
        c->eof = EOF_CLASSIC;
        myw_take_eof(c, p, false);
        next_block(c, p->ts_ns);
        return;
    }
    if (c->eof != EOF_UNKNOWN || c->left_next == 0) {
        myw_desync(c, p->ts_ns);
        return;
    }
    c->eof = EOF_DEPRECATED;
    next_block(c, p->ts_ns);
    myw_on_prepare_packet(c, p);
}

void myw_on_prepare_packet(struct myw_conn *c, const struct myw_packet *p)
{
    if (c->state == ST_PREP_END) {
        on_prep_end(c, p);
        return;
    }
    if (!definition_plausible(c, p)) {
        myw_desync(c, p->ts_ns);
        return;
    }
    if (--c->left > 0)
        return;
    if (c->eof == EOF_DEPRECATED) {
        next_block(c, p->ts_ns);
        return;
    }
    c->head->x.last_ns = p->ts_ns;
    c->head->x.ok = true;
    myw_set_state(c, ST_PREP_END);
}
