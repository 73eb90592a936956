/* summary: the shape of a statement's text: the text without its plain literals, a key for digests known
 * already
 *
 * Texts of one shape have one digest: they differ in nothing but the digits of numbers and the contents of
 * strings, which no digest sees. Where that is not certain at a glance (comments, double quotes, escapes,
 * characters beyond ASCII), a text has no shape; hex, exponents and what else begins with a digit stays in it
 * as it is. */
#include "ses_private.h"

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

/* What stands in a shape for a literal; a text that holds these bytes has no shape. */
#define SHAPE_NUMBER 1
#define SHAPE_STRING 2

enum shape_class {
    P, /* copied */
    W, /* copied; digits beside it are no number of their own */
    D, /* digit */
    Q, /* quote */
    B, /* backtick */
    C, /* copied, unless it begins a comment */
    X, /* no shape */
};

static const uint8_t class_of[256] = {X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      P,
                                      P,
                                      X,
                                      X,
                                      P,
                                      X,
                                      X, /* tab, newline, carriage return */
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X,
                                      X, /**/
                                      P,
                                      P,
                                      X,
                                      X,
                                      W,
                                      P,
                                      P,
                                      Q,
                                      P,
                                      P,
                                      P,
                                      P,
                                      P,
                                      C,
                                      W,
                                      C, /*   ! " # $ % & ' ( ) * + , - . / */
                                      D,
                                      D,
                                      D,
                                      D,
                                      D,
                                      D,
                                      D,
                                      D,
                                      D,
                                      D,
                                      P,
                                      P,
                                      P,
                                      P,
                                      P,
                                      P, /* 0-9 : ; < = > ? */
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W, /* @ A-O */
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      P,
                                      X,
                                      P,
                                      P,
                                      W, /* P-Z [ \ ] ^ _ */
                                      B,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W, /* ` a-o */
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      W,
                                      P,
                                      P,
                                      P,
                                      P,
                                      X, /* p-z { | } ~ */
#define X16 X, X, X, X, X, X, X, X, X, X, X, X, X, X, X, X,
                                      X16 X16 X16 X16 X16 X16 X16 X16
#undef X16
};

struct shaper {
    const uint8_t *start, *p, *end;
    uint8_t *out;
};

static void copy_to(struct shaper *s, const uint8_t *to)
{
    while (s->p < to)
        *s->out++ = *s->p++;
}

/* Digits, and a fraction behind a point. */
static inline const uint8_t *number_end(const uint8_t *p, const uint8_t *end)
{
    while (p < end && class_of[*p] == D)
        p++;
    if (end - p >= 2 && p[0] == '.' && class_of[p[1]] == D)
        for (p++; p < end && class_of[*p] == D;)
            p++;
    return p;
}

/* Digits before a word's byte are no number of their own. */
static inline bool is_number(const uint8_t *number_ends, const uint8_t *end)
{
    return number_ends == end || class_of[*number_ends] != W;
}

static void take_number(struct shaper *s, bool after_word)
{
    const uint8_t *q = number_end(s->p, s->end);
    if (after_word || !is_number(q, s->end)) {
        copy_to(s, q);
        return;
    }
    s->p = q;
    *s->out++ = SHAPE_NUMBER;
}

/* A string without escapes, p stands at its quote; NULL when it is none. */
static inline const uint8_t *string_end(const uint8_t *p, const uint8_t *end)
{
    for (p++; p < end && *p != '\'' && *p != '\\' && *p < 0x80;)
        p++;
    return p == end || *p != '\'' || (end - p >= 2 && p[1] == '\'') ? NULL : p + 1;
}

/* What stands before its quote may make it something else than a string. */
static bool take_string(struct shaper *s, bool after_word)
{
    const uint8_t *q = string_end(s->p, s->end);
    if (after_word || q == NULL)
        return false;
    s->p = q;
    *s->out++ = SHAPE_STRING;
    return true;
}

bool ses_shape_is_literal(uint8_t byte)
{
    return byte == SHAPE_NUMBER || byte == SHAPE_STRING;
}

const uint8_t *ses_shape_literal(const uint8_t *p, const uint8_t *end, uint8_t byte)
{
    if (p == end || class_of[*p] != (byte == SHAPE_NUMBER ? D : Q))
        return NULL;
    if (byte == SHAPE_STRING)
        return string_end(p, end);
    const uint8_t *q = number_end(p, end);
    return is_number(q, end) ? q : NULL;
}

static bool take_quoted_name(struct shaper *s)
{
    const uint8_t *q = s->p + 1;
    while (q < s->end && *q != '`' && *q >= ' ' && *q < 0x80)
        q++;
    if (q == s->end || *q != '`')
        return false;
    copy_to(s, q + 1);
    return true;
}

static bool begins_comment(const struct shaper *s)
{
    return s->end - s->p >= 2 && (s->p[0] == '-' ? s->p[1] == '-' : s->p[1] == '*');
}

#ifdef __SSE2__
/* Bits of those of 16 bytes that are neither P nor W, and of control characters, which the table tells apart.
 */
static inline unsigned special_bits(__m128i v)
{
    __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(' '), v); /* signed: also bytes beyond ASCII */
    __m128i digit =
        _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('0' - 1)), _mm_cmpgt_epi8(_mm_set1_epi8('9' + 1), v));
    __m128i quote =
        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\'')), _mm_cmpeq_epi8(v, _mm_set1_epi8('`')));
    __m128i comment = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8('/')); /* - and / */
    __m128i none = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(1)), _mm_set1_epi8('#'));    /* " and # */
    none = _mm_or_si128(
        none, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f))));
    __m128i all = _mm_or_si128(_mm_or_si128(low, digit), _mm_or_si128(_mm_or_si128(quote, comment), none));
    return (unsigned)_mm_movemask_epi8(all);
}

/* At most 15 bytes, by overlapping moves of known sizes. */
static inline void copy_short(uint8_t *out, const uint8_t *p, size_t n)
{
    if (n >= 8) {
        memcpy(out, p, 8);
        memcpy(out + n - 8, p + n - 8, 8);
    } else if (n >= 4) {
        memcpy(out, p, 4);
        memcpy(out + n - 4, p + n - 4, 4);
    } else {
        for (size_t i = 0; i < n; i++)
            out[i] = p[i];
    }
}

/* The text's last bytes, fewer than 16, as part of its last 16. */
static inline void copy_tail(struct shaper *s)
{
    size_t left = (size_t)(s->end - s->p);
    if (left == 0 || s->end - s->start < 16)
        return;
    unsigned bits =
        special_bits(_mm_loadu_si128((const __m128i *)(const void *)(s->end - 16))) >> (16 - left);
    size_t plain = bits != 0 ? (size_t)__builtin_ctz(bits) : left;
    copy_short(s->out, s->p, plain);
    s->p += plain;
    s->out += plain;
}

/* Copies plain bytes 16 at a time; `out` has room for 16 bytes beyond what the text needs. */
static void copy_blocks(struct shaper *s)
{
    while (s->end - s->p >= 16) {
        __m128i v = _mm_loadu_si128((const __m128i *)(const void *)s->p);
        unsigned bits = special_bits(v);
        _mm_storeu_si128((__m128i *)(void *)s->out, v);
        unsigned plain = bits != 0 ? (unsigned)__builtin_ctz(bits) : 16;
        s->p += plain;
        s->out += plain;
        if (bits != 0)
            return;
    }
    copy_tail(s);
}
#else
static void copy_blocks(struct shaper *s)
{
    (void)s;
}
#endif

/* Everything up to the next byte that has to be looked at; returns the class of the last one copied. */
static uint8_t copy_plain(struct shaper *s, uint8_t before)
{
    const uint8_t *start = s->p;
    copy_blocks(s);
    while (s->p < s->end && class_of[*s->p] <= W)
        *s->out++ = *s->p++;
    return s->p > start ? class_of[s->p[-1]] : before;
}

/* One byte or literal that copy_plain left; false when there is no shape. */
static bool take_special(struct shaper *s, uint8_t class, uint8_t before)
{
    switch (class) {
    case D:
        take_number(s, before == W);
        return true;
    case Q:
        return take_string(s, before == W || before == D);
    case B:
        return take_quoted_name(s);
    case C:
        if (begins_comment(s))
            return false;
        *s->out++ = *s->p++;
        return true;
    default:
        return false;
    }
}

size_t ses_shape(uint8_t *out, const char *sql, size_t n)
{
    struct shaper s = {.start = (const uint8_t *)sql, .p = (const uint8_t *)sql, .out = out};
    uint8_t before = P;
    s.end = s.p + n;
    for (;;) {
        before = copy_plain(&s, before);
        if (s.p == s.end)
            return (size_t)(s.out - out);
        uint8_t class = class_of[*s.p];
        if (!take_special(&s, class, before))
            return 0;
        before = class;
    }
}
