/* summary: UTF-8 repair and escaping for JSON, terminals and HTML in one pass over the code points */
#include "base/text.h"

#include <stdint.h>
#include <stdio.h>
#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd" /* U+FFFD */
#define INVALID UINT32_MAX

/* Length of the valid sequence at p and its code point; 0 when there is none (RFC 3629, section 4). */
static size_t decode(const uint8_t *p, size_t left, uint32_t *cp)
{
    static const uint32_t lowest[] = {0, 0, 0x80, 0x800, 0x10000};
    uint8_t b = p[0];
    if (b < 0x80) {
        *cp = b;
        return 1;
    }
    size_t n = b >= 0xc2 && b <= 0xdf ? 2 : (b & 0xf0) == 0xe0 ? 3 : b >= 0xf0 && b <= 0xf4 ? 4 : 0;
    if (n == 0 || n > left)
        return 0;
    uint32_t v = b & (0x7fu >> n);
    for (size_t i = 1; i < n; i++) {
        if ((p[i] & 0xc0) != 0x80)
            return 0;
        v = v << 6 | (p[i] & 0x3fu);
    }
    if (v < lowest[n] || v > 0x10ffff || (v >= 0xd800 && v <= 0xdfff))
        return 0;
    *cp = v;
    return n;
}

bool text_is_utf8(const void *data, size_t len)
{
    const uint8_t *p = data;
    uint32_t cp = 0;
    for (size_t i = 0; i < len;) {
        size_t n = decode(p + i, len - i, &cp);
        if (n == 0)
            return false;
        i += n;
    }
    return true;
}

/* Controls that change the direction of the text around them (UAX #9: LRE…RLO, LRI…PDI, the marks). */
static bool is_bidi_control(uint32_t cp)
{
    return (cp >= 0x202a && cp <= 0x202e) || (cp >= 0x2066 && cp <= 0x2069) || cp == 0x200e || cp == 0x200f ||
           cp == 0x061c;
}

bool text_is_hidden(uint32_t cp)
{
    if (cp == '\t' || cp == '\n' || cp == '\r')
        return false;
    return cp < 0x20 || (cp >= 0x7f && cp <= 0x9f) || is_bidi_control(cp);
}

/* What stands for a code point (INVALID for a byte that is none) in the output; NULL: itself. `scratch` has 8
 * bytes. */
typedef const char *replace_f(uint32_t cp, char *scratch);

/* Appends `data` with replacements; copies in runs. On failure nothing of it stays in b. */
static enum pp_status add_replaced(struct buf *b, const uint8_t *p, size_t len, replace_f *replace)
{
    size_t before = b->len;
    size_t run = 0; /* bytes before i not yet copied */
    enum pp_status st = PP_OK;
    for (size_t i = 0; st == PP_OK && i < len;) {
        char scratch[8];
        uint32_t cp = INVALID;
        size_t n = decode(p + i, len - i, &cp);
        if (n == 0)
            n = 1;
        const char *other = replace(cp, scratch);
        if (other == NULL) {
            run += n;
        } else {
            st = buf_add(b, p + i - run, run);
            if (st == PP_OK)
                st = buf_add(b, other, strlen(other));
            run = 0;
        }
        i += n;
    }
    if (st == PP_OK && run > 0)
        st = buf_add(b, p + len - run, run);
    if (st != PP_OK)
        b->len = before;
    return st;
}

static const char *replace_utf8(uint32_t cp, char *scratch)
{
    (void)scratch;
    return cp == INVALID ? REPLACEMENT : NULL;
}

static const char *replace_json(uint32_t cp, char *scratch)
{
    switch (cp) {
    case INVALID:
        return REPLACEMENT;
    case '"':
        return "\\\"";
    case '\\':
        return "\\\\";
    case '\b':
        return "\\b";
    case '\f':
        return "\\f";
    case '\n':
        return "\\n";
    case '\r':
        return "\\r";
    case '\t':
        return "\\t";
    default:
        break;
    }
    if (cp >= 0x20 && !text_is_hidden(cp))
        return NULL;
    (void)snprintf(scratch, 8, "\\u%04x", (unsigned)(cp & 0xffff));
    return scratch;
}

static const char *replace_terminal(uint32_t cp, char *scratch)
{
    (void)scratch;
    if (cp == INVALID)
        return REPLACEMENT;
    if (cp == '\t' || cp == '\n' || cp == '\r' || cp == 0x2028 || cp == 0x2029)
        return " ";
    return text_is_hidden(cp) ? "?" : NULL;
}

static const char *replace_plain(uint32_t cp, char *scratch)
{
    (void)scratch;
    return cp == INVALID || text_is_hidden(cp) ? REPLACEMENT : NULL;
}

static const char *replace_html(uint32_t cp, char *scratch)
{
    switch (cp) {
    case '&':
        return "&amp;";
    case '<':
        return "&lt;";
    case '>':
        return "&gt;";
    case '"':
        return "&quot;";
    case '\'':
        return "&#39;";
    default:
        return replace_plain(cp, scratch);
    }
}

enum pp_status text_add_utf8(struct buf *b, const void *data, size_t len)
{
    return add_replaced(b, data, len, replace_utf8);
}

enum pp_status text_add_json(struct buf *b, const void *data, size_t len)
{
    size_t before = b->len;
    enum pp_status st = buf_add_byte(b, '"');
    if (st == PP_OK)
        st = add_replaced(b, data, len, replace_json);
    if (st == PP_OK)
        st = buf_add_byte(b, '"');
    if (st != PP_OK)
        b->len = before;
    return st;
}

enum pp_status text_add_terminal(struct buf *b, const void *data, size_t len)
{
    const uint8_t *p = data;
    size_t before = b->len;
    enum pp_status st = PP_OK;
    /* A CR before LF is left out, so that CRLF is one line end and one space. */
    for (size_t i = 0, from = 0; st == PP_OK && i < len; i++) {
        bool crlf = p[i] == '\r' && i + 1 < len && p[i + 1] == '\n';
        if (!crlf && i + 1 < len)
            continue;
        st = add_replaced(b, p + from, crlf ? i - from : len - from, replace_terminal);
        from = i + 1;
    }
    if (st != PP_OK)
        b->len = before;
    return st;
}

enum pp_status text_add_plain(struct buf *b, const void *data, size_t len)
{
    return add_replaced(b, data, len, replace_plain);
}

enum pp_status text_add_html(struct buf *b, const void *data, size_t len)
{
    return add_replaced(b, data, len, replace_html);
}
