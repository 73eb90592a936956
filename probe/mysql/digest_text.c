/* summary: the text of a digest: what tokens show, names in backticks and in UTF-8 */
#include "digest_private.h"

#include <iconv.h>
#include <string.h>

/* More than the tokens of a statement may have. */
#define NAME_MAX_BYTES 1024
/* Of a longer name (aliases may have 256 characters) the server shows nothing, and no space behind it. */
#define NAME_SHOWN_BYTES 64

struct text {
    struct myw_digest *out;
    enum myw_digest_charset charset;
    bool space; /* before the next token */
};

static void put(struct text *x, const char *bytes, size_t len)
{
    struct myw_digest *d = x->out;
    size_t room = MYW_DIGEST_TEXT_MAX - 1 - d->text_bytes;

    if (len > room) {
        len = room;
        d->cut = true;
    }
    memcpy(d->text + d->text_bytes, bytes, len);
    d->text_bytes += len;
}

/* Length of the UTF-8 character at p, 0 when there is none (MySQL's utf8mb4: no surrogates, nothing
 * overlong). */
static size_t utf8_len(const uint8_t *p, size_t left)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xc2 ? 0 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : p[0] < 0xf5 ? 4 : 0;

    if (n > left)
        return 0;
    for (size_t i = 1; i < n; i++)
        if ((p[i] & 0xc0) != 0x80)
            return 0;
    if ((p[0] == 0xe0 && p[1] < 0xa0) || (p[0] == 0xed && p[1] > 0x9f) || (p[0] == 0xf0 && p[1] < 0x90) ||
        (p[0] == 0xf4 && p[1] > 0x8f))
        return 0;
    return n;
}

static bool is_control(const uint8_t *p, size_t n)
{
    return n == 1 ? p[0] < ' ' || p[0] == 0x7f : n == 2 && p[0] == 0xc2 && p[1] < 0xa0;
}

/* Control characters, which a terminal would obey, and what is no UTF-8 become '?'. */
static void put_utf8(struct text *x, const uint8_t *p, size_t len)
{
    size_t from = 0, i = 0;

    while (i < len) {
        size_t n = utf8_len(p + i, len - i);

        if (n && !is_control(p + i, n)) {
            i += n;
            continue;
        }
        put(x, (const char *)p + from, i - from);
        put(x, "?", 1);
        i += n ? n : 1;
        from = i;
    }
    put(x, (const char *)p + from, len - from);
}

static const char *iconv_name(enum myw_digest_charset charset)
{
    switch (charset) {
    case MYW_DIGEST_LATIN1:
        return "CP1252";
    case MYW_DIGEST_GBK:
        return "GBK";
    case MYW_DIGEST_BIG5:
        return "BIG5";
    case MYW_DIGEST_SJIS:
        return "SHIFT_JIS";
    case MYW_DIGEST_CP932:
        return "CP932";
    case MYW_DIGEST_GB18030:
        return "GB18030";
    case MYW_DIGEST_UTF8:
    case MYW_DIGEST_OTHER:
        break;
    }
    return NULL;
}

/* In UTF-8; 0 where a byte of it is no character, or this system does not know the character set. */
static size_t convert(enum myw_digest_charset charset, const uint8_t *name, size_t len, char *utf8,
                      size_t room)
{
    const char *from = iconv_name(charset);
    iconv_t to_utf8 = from ? iconv_open("UTF-8", from) : (iconv_t)-1; /* NOLINT(performance-no-int-to-ptr) */
    char *in = (char *)(uintptr_t)name, *out = utf8;
    size_t in_left = len, out_left = room, rc;

    if (to_utf8 == (iconv_t)-1) /* NOLINT(performance-no-int-to-ptr) */
        return 0;
    rc = iconv(to_utf8, &in, &in_left, &out, &out_left);
    iconv_close(to_utf8);
    return rc == (size_t)-1 ? 0 : room - out_left;
}

static bool is_ascii(const uint8_t *p, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (p[i] >= 0x80)
            return false;
    return true;
}

/* The name without its doubled quotes. */
static size_t undoubled(uint8_t *to, const struct dg_token *t)
{
    size_t n = 0;

    for (size_t i = 0; i < t->len; i++) {
        to[n++] = t->text[i];
        if (t->text[i] == t->quote)
            i++;
    }
    return n;
}

/* Names cannot hold characters beyond U+FFFF; the server shows nothing for one that does. */
static bool is_hidden(const uint8_t *utf8, size_t len)
{
    for (size_t i = 0; i < len; i++)
        if (utf8[i] >= 0xf0 && utf8_len(utf8 + i, len - i))
            return true;
    return len == 0;
}

/* In backticks, which are not doubled inside: this is not SQL, it is the server's way to show it. False when
 * there is nothing to show. A name has at most 1,020 bytes: a longer one is none of the tokens kept. */
static bool put_name(struct text *x, const struct dg_token *t)
{
    uint8_t plain[NAME_MAX_BYTES] = {0};
    char utf8[4 * NAME_MAX_BYTES] = {0};
    const uint8_t *p = t->text;
    size_t len = t->len;

    if (t->quote) {
        len = undoubled(plain, t);
        p = plain;
    }
    if (x->charset != MYW_DIGEST_UTF8 && !is_ascii(p, len)) {
        if (iconv_name(x->charset)) {
            len = convert(x->charset, p, len, utf8, sizeof utf8);
            p = (const uint8_t *)utf8;
        }
    }
    if (is_hidden(p, len))
        return false;
    put(x, "`", 1);
    put_utf8(x, p, len);
    put(x, "`", 1);
    return true;
}

static void put_number(struct text *x, uint32_t v)
{
    char digits[10];
    size_t n = sizeof digits;

    do {
        digits[--n] = (char)('0' + v % 10);
        v /= 10;
    } while (v);
    put(x, digits + n, sizeof digits - n);
}

static void put_char(struct text *x, uint16_t id)
{
    char c = id >= ' ' && id < 0x7f ? (char)id : '?';

    put(x, &c, 1);
}

/* Each token but the first has a space before it, except after '@' and a name with '@' behind it. */
static void put_space(struct text *x)
{
    if (x->space)
        put(x, " ", 1);
    x->space = true;
}

static void put_any_name(struct text *x, const struct dg_token *t)
{
    size_t before = x->out->text_bytes;
    bool space = x->space;

    put_space(x);
    if (t->id == DG_HINT_NAME)
        put(x, "@", 1);
    if (t->len - t->number > NAME_SHOWN_BYTES) {
        put(x, "...", 3);
        x->space = false;
    } else if (put_name(x, t)) {
        x->space = t->id != DG_IDENT_AT;
    } else if (t->id == DG_HINT_NAME) {
        x->space = false;
    } else { /* as if it were not there */
        x->out->text_bytes = before;
        x->space = space;
    }
}

static void put_other(struct text *x, const struct dg_token *t)
{
    const struct dg_shown *shown;

    put_space(x);
    if (t->id < DG_IDENT) {
        put_char(x, t->id);
        x->space = t->id != '@';
    } else if (t->id == DG_COLUMN_NUMBER) {
        put_number(x, t->number);
    } else {
        shown = dg_shown(t->id);
        put(x, shown->text, shown->len);
    }
}

/* With room for it and a space and quotes; what a token shows has at most 40 bytes. */
static char *put_fast(char *p, const struct dg_token *t)
{
    const struct dg_shown *shown;

    if (t->id == DG_IDENT) {
        *p++ = '`';
        dg_copy(p, (const char *)t->text, t->len);
        p += t->len;
        *p++ = '`';
        return p;
    }
    if (t->id < DG_IDENT) {
        *p++ = (char)t->id;
        return p;
    }
    shown = dg_shown(t->id);
    dg_copy(p, shown->text, shown->len);
    return p + shown->len;
}

/* What most tokens are: plain names, printable characters, words. */
static bool is_usual(const struct dg_token *t)
{
    if (t->id == DG_IDENT)
        return t->plain && t->len <= NAME_SHOWN_BYTES;
    if (t->id < DG_IDENT)
        return t->id > ' ' && t->id < 0x7f && t->id != '@';
    return t->id > DG_HINT_NAME && t->id != DG_COLUMN_NUMBER;
}

static void put_token(struct text *x, const struct dg_token *t)
{
    struct myw_digest *d = x->out;

    if (is_usual(t) && d->text_bytes + (t->id == DG_IDENT ? t->len : 40) + 4 < MYW_DIGEST_TEXT_MAX) {
        char *p = d->text + d->text_bytes;

        *p = ' ';
        p = put_fast(p + x->space, t);
        d->text_bytes = (size_t)(p - d->text);
        x->space = true;
    } else if (t->id >= DG_IDENT && t->id <= DG_HINT_NAME) {
        put_any_name(x, t);
    } else {
        put_other(x, t);
    }
}

/* A text that was cut does not end inside a UTF-8 sequence. */
static void trim_cut(struct myw_digest *d)
{
    size_t n = d->text_bytes;

    while (n > 0 && d->text_bytes - n < 3 && ((uint8_t)d->text[n - 1] & 0xc0) == 0x80)
        n--;
    if (n > 0 && (uint8_t)d->text[n - 1] >= 0xc0 &&
        !utf8_len((uint8_t *)d->text + n - 1, d->text_bytes - n + 1))
        d->text_bytes = n - 1;
}

void dg_render(struct myw_digest *out, const struct dg_token *tokens, size_t count,
               enum myw_digest_charset charset)
{
    struct text x = {.out = out, .charset = charset};

    out->text_bytes = 0;
    for (size_t i = 0; i < count; i++)
        put_token(&x, &tokens[i]);
    if (out->text_bytes == MYW_DIGEST_TEXT_MAX - 1)
        trim_cut(out);
    out->text[out->text_bytes] = '\0';
}
