/* summary: COM_QUERY: where the SQL text begins, and names in it */
#include "parts.h"

/* "COM_QUERY" with CLIENT_QUERY_ATTRIBUTES: parameter count, number of sets (always 1), block, text. */
static bool skip_attributes(struct rd *r, struct myw_cmd_run *run)
{
    uint64_t count = myw_rd_lenenc(r);
    uint64_t sets = myw_rd_lenenc(r);
    if (!rd_ok(r) || sets != 1)
        return false;
    if (count == 0)
        return true;
    struct myw_params ps;
    struct myw_param p;
    if (!myw_params_open(r, count, true, &ps) || !ps.bound)
        return false;
    while (myw_params_next(&ps, &p))
        if (!myw_take_attribute(run, &ps, &p))
            return false;
    *r = ps.values;
    return rd_ok(r);
}

/* Without the login's capabilities the text itself tells: no SQL begins with a small count and the byte 1. */
static bool looks_attributed(const struct buf *text)
{
    return text->len >= 2 && text->data[1] == 1 && text->data[0] < 0x20;
}

void myw_locate_sql(struct myw_conn *c, struct myw_cmd_run *r)
{
    struct rd cur;
    r->sql_off = 0;
    r->known = true;
    if (r->code != MYW_CMD_QUERY)
        return;
    bool certain = c->caps_known && (c->caps & CAP_QUERY_ATTRS) != 0;
    if (!certain && (c->caps_known || !looks_attributed(&r->text)))
        return;
    rd_init(&cur, r->text.data, r->text.len);
    if (skip_attributes(&cur, r)) {
        c->attrs_seen = true;
        r->sql_off = r->text.len - rd_left(&cur);
    } else if (certain) {
        r->known = false;
        if (r->text.len < r->payload_bytes)
            r->x.notes |= MYW_NOTE_TRUNCATED;
    }
}

static bool is_name(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
           ch == '$' || (unsigned char)ch >= 0x80;
}

size_t myw_take_name(const char *sql, size_t n, char *name, size_t room)
{
    bool quoted = n > 0 && (sql[0] == '`' || sql[0] == '"');
    size_t used = 0, i = quoted;
    for (; i < n; i++) {
        if (quoted ? sql[i] == sql[0] && (i + 1 >= n || sql[i + 1] != sql[0]) : !is_name(sql[i]))
            break;
        i += quoted && sql[i] == sql[0];
        if (used + 1 < room)
            name[used++] = sql[i];
    }
    name[used] = 0;
    return used == 0 || (quoted && i >= n) ? 0 : i + quoted;
}
