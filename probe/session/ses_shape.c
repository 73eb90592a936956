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

/* A copy of the text, behind which SES_SHAPE_SPARE bytes of 0 can be read, so that blocks need no end of
 * their own. */
struct shaper {
    const uint8_t *p, *end;
    uint8_t *out;
};

static void copy_to(struct shaper *s, const uint8_t *to)
{
    while (s->p < to)
        *s->out++ = *s->p++;
}

#ifdef __SSE2__
static inline __m128i block_at(const uint8_t *p)
{
    return _mm_loadu_si128((const __m128i *)(const void *)p);
}

static inline __m128i digits_in(__m128i v)
{
    return _mm_and_si128(_mm_cmpgt_epi8(v, _mm_set1_epi8('0' - 1)),
                         _mm_cmpgt_epi8(_mm_set1_epi8('9' + 1), v));
}

/* Bits of those of 16 bytes that are neither P nor W, and of control characters, which the table tells apart.
 */
static inline unsigned special_bits(__m128i v)
{
    __m128i low = _mm_cmpgt_epi8(_mm_set1_epi8(' '), v); /* signed: also bytes beyond ASCII */
    __m128i quote =
        _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\'')), _mm_cmpeq_epi8(v, _mm_set1_epi8('`')));
    __m128i comment = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(2)), _mm_set1_epi8('/')); /* - and / */
    __m128i none = _mm_cmpeq_epi8(_mm_or_si128(v, _mm_set1_epi8(1)), _mm_set1_epi8('#'));    /* " and # */
    none = _mm_or_si128(
        none, _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\\')), _mm_cmpeq_epi8(v, _mm_set1_epi8(0x7f))));
    __m128i all =
        _mm_or_si128(_mm_or_si128(low, digits_in(v)), _mm_or_si128(_mm_or_si128(quote, comment), none));
    return (unsigned)_mm_movemask_epi8(all);
}

/* Copies plain bytes 16 at a time; `out` has room for 16 bytes beyond what the text needs. The zeros behind
 * the text are special, so that it never goes beyond it. */
static void copy_blocks(struct shaper *s)
{
    unsigned bits;
    do {
        __m128i v = block_at(s->p);
        bits = special_bits(v);
        _mm_storeu_si128((__m128i *)(void *)s->out, v);
        unsigned plain = bits != 0 ? (unsigned)__builtin_ctz(bits) : 16;
        s->p += plain;
        s->out += plain;
    } while (bits == 0);
}

/* The first byte from `q` on that is no digit. */
static const uint8_t *skip_digits(const uint8_t *q)
{
    for (;; q += 16) {
        unsigned others = (unsigned)_mm_movemask_epi8(digits_in(block_at(q))) ^ 0xffff;
        if (others != 0)
            return q + __builtin_ctz(others);
    }
}

/* The first quote, backslash or byte beyond ASCII from `q` on, or the text's end. */
static const uint8_t *skip_string(const uint8_t *q, const uint8_t *end)
{
    for (; q < end; q += 16) {
        __m128i v = block_at(q);
        __m128i ends =
            _mm_or_si128(_mm_cmpeq_epi8(v, _mm_set1_epi8('\'')), _mm_cmpeq_epi8(v, _mm_set1_epi8('\\')));
        unsigned bits = (unsigned)_mm_movemask_epi8(_mm_or_si128(v, ends)); /* the highest bit of each byte */
        if (bits != 0)
            return q + __builtin_ctz(bits);
    }
    return end;
}
#else
static void copy_blocks(struct shaper *s)
{
    (void)s;
}

static const uint8_t *skip_digits(const uint8_t *q)
{
    while (class_of[*q] == D)
        q++;
    return q;
}

static const uint8_t *skip_string(const uint8_t *q, const uint8_t *end)
{
    while (q < end && *q != '\'' && *q != '\\' && *q < 0x80)
        q++;
    return q;
}
#endif

/* Digits, and a fraction behind a point. */
static void take_number(struct shaper *s, bool after_word)
{
    const uint8_t *q = skip_digits(s->p);
    if (q[0] == '.' && class_of[q[1]] == D)
        q = skip_digits(q + 1);
    if (after_word || class_of[*q] == W) {
        copy_to(s, q);
        return;
    }
    s->p = q;
    *s->out++ = SHAPE_NUMBER;
}

/* A string without escapes; what stands before its quote may make it something else than a string. */
static bool take_string(struct shaper *s, bool after_word)
{
    const uint8_t *q = skip_string(s->p + 1, s->end);
    if (after_word || q == s->end || *q != '\'' || q[1] == '\'')
        return false;
    s->p = q + 1;
    *s->out++ = SHAPE_STRING;
    return true;
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

/* Everything up to the next byte that has to be looked at; returns the class of the last one copied. */
static uint8_t copy_plain(struct shaper *s, uint8_t before)
{
    const uint8_t *start = s->p;
    for (;;) {
        copy_blocks(s);
        if (s->p == s->end || class_of[*s->p] > W)
            break;
        *s->out++ = *s->p++; /* a line's end or a tab */
    }
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
    uint8_t text[SES_SHAPE_MAX + SES_SHAPE_SPARE];
    struct shaper s = {.p = text, .end = text + n, .out = out};
    uint8_t before = P;
    if (n > SES_SHAPE_MAX)
        return 0;
    memcpy(text, sql, n);
    memset(text + n, 0, SES_SHAPE_SPARE);
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
