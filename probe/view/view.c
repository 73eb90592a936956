/* summary: entry points of the view stage: formats, parts, what was lost */
#include "view.h"

#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"

#include <inttypes.h>
#include <stdarg.h>
#include <string.h>

static bool find_word(const char *const *words, size_t n, const char *text, size_t *index)
{
    for (size_t i = 0; i < n; i++)
        if (strcmp(words[i], text) == 0) {
            *index = i;
            return true;
        }
    return false;
}

bool view_parse_format(const char *text, enum view_format *out)
{
    static const char *const words[] = {"text", "json", "html"};
    size_t i = 0;
    if (!find_word(words, sizeof words / sizeof words[0], text, &i))
        return false;
    *out = (enum view_format)i;
    return true;
}

bool view_parse_by(const char *text, enum view_by *out)
{
    static const char *const words[] = {"query",    "transaction", "connection", "pool",
                                        "endpoint", "level",       "request",    "checkout"};
    size_t i = 0;
    if (!find_word(words, sizeof words / sizeof words[0], text, &i))
        return false;
    *out = (enum view_by)(i + VIEW_BY_QUERY);
    return true;
}

enum pp_status view_report(FILE *file, const struct ana_report *report, const struct view_options *options,
                           struct pp_err *err)
{
    struct view_out out;
    view_out_init(&out, file);
    switch (options->format) {
    case VIEW_TEXT:
        view_text_report(&out, report, options);
        break;
    case VIEW_JSON:
        view_json_report(&out, report, options);
        break;
    case VIEW_HTML:
        view_html_report(&out, report, options);
        break;
    case VIEW_CSV:
        view_csv_report(&out, report, options);
        break;
    }
    return view_out_fini(&out, err);
}

enum pp_status view_diff(FILE *file, const struct ana_diff *diff, const struct view_options *options,
                         struct pp_err *err)
{
    struct view_out out;
    view_out_init(&out, file);
    switch (options->format) {
    case VIEW_TEXT:
        view_text_diff(&out, diff, options);
        break;
    case VIEW_JSON:
        view_json_diff(&out, diff);
        break;
    case VIEW_HTML:
        view_html_diff(&out, diff);
        break;
    case VIEW_CSV: /* not offered for two runs */
        break;
    }
    return view_out_fini(&out, err);
}

struct line {
    char *dst;
    size_t n, len;
};

static void __attribute__((format(printf, 2, 3))) add_part(struct line *l, const char *fmt, ...)
{
    va_list ap;
    if (l->len > 0 && l->len + 3 < l->n) {
        memcpy(l->dst + l->len, "; ", 3);
        l->len += 2;
    }
    va_start(ap, fmt);
    int n = vsnprintf(l->dst + l->len, l->n - l->len, fmt, ap);
    va_end(ap);
    if (n > 0)
        l->len += (size_t)n < l->n - l->len ? (size_t)n : l->n - l->len - 1;
}

static const char *plural(uint64_t n)
{
    return n == 1 ? "" : "s";
}

bool view_loss_line(const struct ana_capture *c, char *dst, size_t n)
{
    struct line l = {dst, n, 0};
    dst[0] = '\0';
    if (!c->lossy)
        return false;
    if (c->kernel_drops)
        add_part(&l, "%s packet%s dropped by the kernel", view_count(c->kernel_drops).s,
                 plural(c->kernel_drops));
    if (c->gaps)
        add_part(&l, "%s gap%s in TCP streams (%s)", view_count(c->gaps).s, plural(c->gaps),
                 view_bytes(c->gap_bytes).s);
    if (c->store_drops)
        add_part(&l, "%s statement%s dropped because the run file could not keep up",
                 view_count(c->store_drops).s, plural(c->store_drops));
    if (c->voided_statements)
        add_part(&l, "%s of %s statements voided", view_count(c->voided_statements).s,
                 view_count(c->statements).s);
    if (c->voided_txns)
        add_part(&l, "%s transaction%s voided", view_count(c->voided_txns).s, plural(c->voided_txns));
    if (c->incomplete_requests)
        add_part(&l, "%s request%s incomplete", view_count(c->incomplete_requests).s,
                 plural(c->incomplete_requests));
    if (c->cut_off)
        add_part(&l, "the capture file ends inside a packet");
    if (!c->complete)
        add_part(&l, "the recorder did not end cleanly");
    if (l.len == 0)
        add_part(&l, "the run says that data was lost, but not what");
    return true;
}
