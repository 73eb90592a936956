/* summary: COM_QUERY: where the SQL text begins, and which schema a USE names */
#include "parts.h"

#include <strings.h>

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

static bool is_space(char ch)
{
    return ch == ' ' || ch == '\t' || ch == '\n' || ch == '\r' || ch == '\f' || ch == '\v';
}

static bool is_name(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
           ch == '$' || (unsigned char)ch >= 0x80;
}

/* One quoted or bare identifier at sql[i]; returns the index after it, 0 when there is none. */
static size_t take_name(const char *sql, size_t n, size_t i, struct buf *out)
{
    size_t start = i;
    if (i < n && sql[i] == '`') {
        for (i++; i < n; i++) {
            if (sql[i] == '`' && (i + 1 >= n || sql[i + 1] != '`'))
                return i + 1;
            if (sql[i] == '`')
                i++;
            (void)buf_add_some(out, &sql[i], 1);
        }
        return 0;
    }
    while (i < n && is_name(sql[i]))
        (void)buf_add_some(out, &sql[i++], 1);
    return i > start ? i : 0;
}

bool myw_parse_use(const char *sql, size_t n, char *db, size_t db_size)
{
    size_t i = 0;
    while (i < n && is_space(sql[i]))
        i++;
    if (n - i < 5 || (sql[i] | 0x20) != 'u' || strncasecmp(sql + i, "use", 3) != 0 ||
        !(is_space(sql[i + 3]) || sql[i + 3] == '`'))
        return false;
    for (i += 3; i < n && is_space(sql[i]);)
        i++;
    struct buf name;
    buf_init(&name, db_size - 1);
    i = take_name(sql, n, i, &name);
    while (i != 0 && i < n && (is_space(sql[i]) || sql[i] == ';'))
        i++;
    bool found = i == n && i != 0;
    for (size_t k = 0; found && k < name.len; k++)
        db[k] = (char)name.data[k];
    db[found ? name.len : 0] = 0;
    buf_fini(&name);
    return found;
}
