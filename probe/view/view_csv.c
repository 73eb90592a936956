/* summary: writes comma-separated values */
#include "view_csv.h"

#include "base/text.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static void next(struct view_csv *c)
{
    if (c->begun)
        view_put(c->out, ",");
    c->begun = true;
}

void view_csv_head(struct view_csv *c, const char *names)
{
    next(c);
    view_put(c->out, names);
}

void view_csv_name(struct view_csv *c, const char *name)
{
    next(c);
    view_put(c->out, name);
}

void view_csv_text(struct view_csv *c, const char *text)
{
    struct buf b;
    next(c);
    if (!text || !*text)
        return;
    buf_init(&b, SIZE_MAX / 4);
    view_out_fail(c->out, text_add_plain(&b, text, strlen(text)));
    view_put(c->out, "\"");
    if (b.len > 0 && strchr("=+-@\t\r", b.data[0]))
        view_put(c->out, "'");
    for (size_t i = 0, from = 0; i < b.len; i++)
        if (b.data[i] == '"') {
            view_put_bytes(c->out, b.data + from, i + 1 - from);
            from = i; /* the quote comes twice */
            if (i + 1 == b.len)
                view_put(c->out, "\"");
        } else if (i + 1 == b.len) {
            view_put_bytes(c->out, b.data + from, i + 1 - from);
        }
    view_put(c->out, "\"");
    buf_fini(&b);
}

void view_csv_int(struct view_csv *c, int64_t v)
{
    next(c);
    view_putf(c->out, "%" PRId64, v);
}

void view_csv_uint(struct view_csv *c, uint64_t v)
{
    next(c);
    view_putf(c->out, "%" PRIu64, v);
}

void view_csv_double(struct view_csv *c, double v)
{
    next(c);
    if (isfinite(v))
        view_putf(c->out, "%.6f", v);
}

void view_csv_ms(struct view_csv *c, int64_t ns)
{
    uint64_t n = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
    next(c);
    view_putf(c->out, "%s%" PRIu64 ".%06" PRIu64, ns < 0 ? "-" : "", n / 1000000, n % 1000000);
}

void view_csv_empty(struct view_csv *c)
{
    next(c);
}

void view_csv_end(struct view_csv *c)
{
    view_put(c->out, "\r\n");
    c->begun = false;
}
