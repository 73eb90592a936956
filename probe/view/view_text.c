/* summary: building blocks of the text report */
#include "view_text.h"

#include "base/text.h"
#include "view.h"
#include "view_width.h"

#include <math.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#define MIN_WIDTH 60

static bool locale_is_utf8(void)
{
    static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        const char *v = getenv(names[i]);
        if (v && *v) /* the first that is set decides (POSIX, 8.2) */
            return strcasestr(v, "utf-8") || strcasestr(v, "utf8");
    }
    return false;
}

void view_text_init(struct view_text *t, struct view_out *out, const struct view_options *options)
{
    t->out = out;
    t->width = options->width > 0 ? options->width : 80;
    if (t->width < MIN_WIDTH)
        t->width = MIN_WIDTH;
    t->utf8 =
        options->charset == VIEW_CHARSET_AUTO ? locale_is_utf8() : options->charset == VIEW_CHARSET_UTF8;
    t->colour = options->colour;
}

const char *view_dash(const struct view_text *t)
{
    return t->utf8 ? "\u2013" : "-";
}

const char *view_arrow(const struct view_text *t)
{
    return t->utf8 ? "\u2192" : "->";
}

const char *view_micro(const struct view_text *t)
{
    return t->utf8 ? "\u00b5" : "u";
}

/* What stands for a code point where only ASCII can be shown. */
static const char *ascii_for(uint32_t cp)
{
    switch (cp) {
    case 0x2010:
    case 0x2011:
    case 0x2012:
    case 0x2013:
    case 0x2014:
    case 0x2212:
        return "-";
    case 0x2018:
    case 0x2019:
        return "'";
    case 0x201c:
    case 0x201d:
        return "\"";
    case 0x2026:
        return "...";
    case 0x2192:
        return "->";
    case 0x2264:
        return "<=";
    case 0x2265:
        return ">=";
    case 0x00d7:
        return "x";
    case 0x00b5:
    case 0x03bc:
        return "u";
    case 0x00b7:
        return "*";
    case 0x00a0:
    case 0x2009:
    case 0x202f:
        return " ";
    default:
        return "?";
    }
}

static enum pp_status add_ascii(struct buf *to, const char *utf8)
{
    enum pp_status st = PP_OK;
    while (st == PP_OK && *utf8) {
        uint32_t cp = 0;
        size_t n = view_cp_next(utf8, &cp);
        if (cp < 0x80) {
            st = buf_add_byte(to, (uint8_t)*utf8);
        } else {
            const char *a = ascii_for(cp);
            st = buf_add(to, a, strlen(a));
        }
        utf8 += n;
    }
    return st;
}

char *view_clean(const struct view_text *t, const char *text)
{
    struct buf clean, ascii;
    struct buf *result = &clean;
    buf_init(&clean, SIZE_MAX / 4);
    buf_init(&ascii, SIZE_MAX / 4);
    enum pp_status st = PP_OK;
    if (text && *text)
        st = text_add_terminal(&clean, text, strlen(text));
    if (st == PP_OK)
        st = buf_add_byte(&clean, 0);
    if (st == PP_OK && !t->utf8) {
        result = &ascii;
        st = add_ascii(&ascii, (const char *)clean.data);
        if (st == PP_OK)
            st = buf_add_byte(&ascii, 0);
    }
    char *copy = st == PP_OK ? strdup((const char *)result->data) : NULL;
    if (copy == NULL)
        view_out_fail(t->out, PP_NOMEM);
    buf_fini(&clean);
    buf_fini(&ascii);
    return copy;
}

int view_text_cut(const struct view_text *t, const char *text, int columns)
{
    char *clean = view_clean(t, text);
    if (clean == NULL)
        return 0;
    const char *more = t->utf8 ? "\u2026" : "...";
    int used = 0;
    size_t n = view_fit(clean, columns, &used);
    if (clean[n] != '\0') {
        int more_columns = view_width(more);
        n = view_fit(clean, columns > more_columns ? columns - more_columns : 0, &used);
        view_put_bytes(t->out, clean, n);
        view_put(t->out, more);
        used += more_columns;
    } else {
        view_put_bytes(t->out, clean, n);
    }
    free(clean);
    return used;
}

/* Bytes of the next line of at most `columns`: up to the last space that fits, or a cut inside a long word.
 */
static size_t line_length(const char *p, int columns)
{
    int used = 0;
    size_t n = view_fit(p, columns, &used);
    if (n == 0 && *p != '\0') { /* one wide sign in one column: take it, or nothing would ever move on */
        uint32_t cp = 0;
        return view_cp_next(p, &cp);
    }
    if (p[n] == '\0' || p[n] == ' ')
        return n;
    for (size_t back = n; back > 0; back--)
        if (p[back - 1] == ' ')
            return back;
    return n;
}

void view_text_para(const struct view_text *t, const char *first, const char *rest, const char *text)
{
    char *clean = view_clean(t, text);
    if (clean == NULL)
        return;
    const char *p = clean, *lead = first;
    while (*p == ' ')
        p++;
    do {
        int columns = t->width - view_width(lead);
        size_t n = line_length(p, columns > 8 ? columns : 8), shown = n;
        while (shown > 0 && p[shown - 1] == ' ')
            shown--;
        view_put(t->out, lead);
        view_put_bytes(t->out, p, shown);
        view_put(t->out, "\n");
        p += n;
        while (*p == ' ')
            p++;
        lead = rest;
    } while (*p != '\0');
    free(clean);
}

void view_text_paraf(const struct view_text *t, const char *indent, const char *fmt, ...)
{
    char *text = NULL;
    va_list ap;
    va_start(ap, fmt);
    int n = vasprintf(&text, fmt, ap);
    va_end(ap);
    if (n < 0) {
        view_out_fail(t->out, PP_NOMEM);
        return;
    }
    view_text_para(t, indent, indent, text);
    free(text);
}

void view_text_style(const struct view_text *t, enum view_style style)
{
    static const char *const sequences[] = {"\033[0m",    "\033[1m",    "\033[2m",
                                            "\033[1;31m", "\033[1;33m", "\033[34m"};
    if (t->colour)
        view_put(t->out, sequences[style]);
}

void view_text_heading(const struct view_text *t, const char *title)
{
    const char *rule = t->utf8 ? "\u2500" : "-";
    view_put(t->out, "\n");
    view_text_style(t, VIEW_BOLD);
    view_put_times(t->out, rule, 2);
    view_put(t->out, " ");
    int used = 4 + view_text_cut(t, title, t->width - 6);
    view_put(t->out, " ");
    view_put_times(t->out, rule, t->width - used);
    view_text_style(t, VIEW_PLAIN);
    view_put(t->out, "\n");
}

void view_text_bar(const struct view_text *t, double share, int columns)
{
    static const char *const eighths[] = {"",       "\u258f", "\u258e", "\u258d",
                                          "\u258c", "\u258b", "\u258a", "\u2589"};
    if (!(share > 0) || columns <= 0)
        return;
    double full = (share < 1 ? share : 1) * columns;
    int n = t->utf8 ? (int)(full * 8 + 0.5) : (int)(full + 0.5) * 8;
    if (n == 0)
        return;
    view_put(t->out, "  ");
    view_text_style(t, VIEW_BLUE);
    view_put_times(t->out, t->utf8 ? "\u2588" : "#", n / 8);
    view_put(t->out, eighths[n % 8]);
    view_text_style(t, VIEW_PLAIN);
}

void view_text_field(const struct view_text *t, const char *name, int name_columns, const char *value)
{
    char first[48], rest[48];
    (void)snprintf(first, sizeof first, "  %-*s", name_columns, name);
    (void)snprintf(rest, sizeof rest, "  %-*s", name_columns, "");
    view_text_para(t, first, rest, value);
}
