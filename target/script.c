/* summary: splitting an SQL script at semicolons that end a line */
#include "script.h"

#include "base/buf.h"

#include <string.h>

static bool is_blank(const char *line, size_t len)
{
    return strspn(line, " \t\r") >= len;
}

static enum pp_status finish(struct buf *b, script_statement_f *f, void *priv, struct pp_err *err)
{
    enum pp_status st = buf_add_byte(b, 0);
    if (st != PP_OK)
        return pp_err_set(err, st, "out of memory");
    st = f(priv, (const char *)b->data, err);
    buf_clear(b);
    return st;
}

/* Adds one line; `*ends` says that the statement is whole. */
static enum pp_status add_line(struct buf *b, const char *line, size_t len, bool *ends)
{
    *ends = false;
    if (is_blank(line, len) || (len >= 2 && memcmp(line, "--", 2) == 0))
        return PP_OK;
    *ends = line[len - 1] == ';';
    enum pp_status st = b->len > 0 ? buf_add_byte(b, '\n') : PP_OK;
    return st == PP_OK ? buf_add(b, line, *ends ? len - 1 : len) : st;
}

enum pp_status script_each(const char *script, script_statement_f *f, void *priv, struct pp_err *err)
{
    struct buf b;
    enum pp_status st = PP_OK;
    buf_init(&b, strlen(script) + 2);
    while (st == PP_OK && *script != 0) {
        size_t len = strcspn(script, "\n");
        bool ends = false;
        st = add_line(&b, script, len, &ends);
        if (st != PP_OK)
            st = pp_err_set(err, st, "out of memory");
        else if (ends)
            st = finish(&b, f, priv, err);
        script += len + (script[len] == '\n');
    }
    if (st == PP_OK && b.len > 0)
        st = finish(&b, f, priv, err);
    buf_fini(&b);
    return st;
}
