/* summary: parameters of COM_STMT_EXECUTE and of MariaDB's COM_STMT_BULK_EXECUTE */
#include "parts.h"

#include <string.h>

#define EXEC_FIXED_BYTES 9u  /* statement id, flags, iteration count */
#define EXEC_HAS_COUNT 0x08u /* PARAMETER_COUNT_AVAILABLE */
#define BULK_SEND_TYPES 0x80u

static void give_up(struct myw_cmd_run *r)
{
    buf_fini(&r->params);
    r->x.notes |= MYW_NOTE_TRUNCATED;
}

static bool add(struct buf *b, const char *text)
{
    return buf_add(b, text, strlen(text)) == PP_OK;
}

static bool is_long(const struct myw_stmt *st, uint64_t i)
{
    return st != NULL && st->long_data != NULL && i < st->params &&
           (st->long_data[i / 8] >> (i % 8) & 1) != 0;
}

/* One parameter of the statement as JSON. */
static bool add_param(struct myw_cmd_run *r, struct myw_params *ps, const struct myw_param *p,
                      bool sent_before)
{
    if (!add(&r->params, r->params.len == 1 ? "" : ","))
        return false;
    if (sent_before)
        return add(&r->params, "{\"long_data\":true}");
    if (p->null)
        return add(&r->params, "null");
    return myw_value(&ps->values, p->type, &r->params);
}

/* Types that an execution does not carry are those of the one before. */
static bool complete_type(const struct myw_params *ps, struct myw_param *p, const struct myw_stmt *st,
                          uint16_t *types)
{
    uint64_t i = ps->at - 1;
    if (ps->bound) {
        if (types != NULL && i < st->params)
            types[i] = p->type;
        return true;
    }
    if (st == NULL || st->types == NULL || i >= st->params)
        return false;
    p->type = st->types[i];
    return true;
}

/* How many parameters follow, and whether they have names; 0 when that is not known. */
static uint64_t param_count(struct myw_conn *c, struct rd *r, uint8_t flags, const struct myw_stmt *st,
                            bool *names)
{
    /* The flag means this only where query attributes were agreed on. */
    *names = (c->caps_known ? (c->caps & CAP_QUERY_ATTRS) != 0 : (flags & EXEC_HAS_COUNT) != 0);
    if (*names && (flags & EXEC_HAS_COUNT))
        return myw_rd_lenenc(r);
    return st != NULL ? st->params : 0;
}

void myw_decode_execute(struct myw_conn *c, struct myw_cmd_run *r, struct myw_stmt *st)
{
    struct rd cur;
    bool names = false;
    rd_init(&cur, r->text.data, r->text.len);
    rd_skip(&cur, 4);
    uint8_t flags = rd_u8(&cur);
    rd_skip(&cur, 4);
    uint64_t count = param_count(c, &cur, flags, st, &names);
    bool keep = c->m->options.keep_params;
    if (!rd_ok(&cur) || count == 0 || (!keep && !names))
        return;
    struct myw_params ps;
    struct myw_param p;
    if (!myw_params_open(&cur, count, names, &ps)) {
        give_up(r);
        return;
    }
    uint16_t *types = ps.bound && keep && st != NULL ? myw_stmt_types(c, st) : NULL;
    bool good = !keep || add(&r->params, "[");
    while (good && myw_params_next(&ps, &p)) {
        uint64_t i = ps.at - 1;
        good = complete_type(&ps, &p, st, types);
        if (!good)
            break;
        bool own = st != NULL ? i < st->params : p.name_bytes == 0;
        if (own && keep)
            good = add_param(r, &ps, &p, is_long(st, i));
        else if (!is_long(st, i))
            good = myw_take_attribute(r, &ps, &p);
    }
    if (good && keep && r->params.len == 1) /* attributes only */
        buf_clear(&r->params);
    else if (keep)
        good = good && add(&r->params, "]") && buf_add_byte(&r->params, 0) == PP_OK;
    if (!good)
        give_up(r);
}

/* One row: for each parameter an indicator (0 value, 1 NULL, 2 default, 3 ignore), then its value. */
static bool add_bulk_row(struct myw_cmd_run *r, struct rd *cur, const struct myw_stmt *st)
{
    static const char *const other[] = {"null", "{\"default\":true}", "{\"ignore\":true}"};
    if (!add(&r->params, r->params.len == 1 ? "[" : ",["))
        return false;
    for (uint16_t i = 0; i < st->params; i++) {
        uint8_t indicator = rd_u8(cur);
        if (!rd_ok(cur) || indicator > 3 || !add(&r->params, i == 0 ? "" : ","))
            return false;
        if (!(indicator == 0 ? myw_value(cur, st->types[i], &r->params)
                             : add(&r->params, other[indicator - 1])))
            return false;
    }
    return add(&r->params, "]");
}

void myw_decode_bulk(struct myw_conn *c, struct myw_cmd_run *r, struct myw_stmt *st)
{
    struct rd cur;
    if (!c->m->options.keep_params || st == NULL || st->params == 0)
        return;
    rd_init(&cur, r->text.data, r->text.len);
    rd_skip(&cur, 4);
    uint16_t flags = rd_u16(&cur);
    if (flags & BULK_SEND_TYPES) {
        uint16_t *types = myw_stmt_types(c, st);
        for (uint16_t i = 0; types != NULL && i < st->params; i++)
            types[i] = rd_u16(&cur);
    }
    bool good = rd_ok(&cur) && st->types != NULL && add(&r->params, "[");
    while (good && rd_left(&cur) > 0)
        good = add_bulk_row(r, &cur, st);
    good = good && add(&r->params, "]") && buf_add_byte(&r->params, 0) == PP_OK;
    if (!good)
        give_up(r);
}
