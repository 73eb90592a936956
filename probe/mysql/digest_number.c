/* summary: numbers in SQL text, and names that begin with digits (MySQL manual, "Numeric Literals") */
#include "digest_private.h"

static bool number(struct dg_token *t)
{
    return dg_set(t, DG_NUMBER, 0);
}

static void skip_digits(struct dg_lex *l)
{
    while (dg_is(dg_at(l, 0), DG_B_DIGIT))
        l->p++;
}

/* e5, e+5, E-5 at the offset: its length, 0 when it is none. */
static size_t exponent(const struct dg_lex *l, size_t i)
{
    size_t n = 1;

    if ((dg_at(l, i) | 0x20) != 'e')
        return 0;
    if (dg_at(l, i + 1) == '+' || dg_at(l, i + 1) == '-')
        n++;
    if (!dg_is(dg_at(l, i + n), DG_B_DIGIT))
        return 0;
    while (dg_is(dg_at(l, i + n), DG_B_DIGIT))
        n++;
    return n;
}

bool dg_lex_fraction(struct dg_lex *l, struct dg_token *t)
{
    l->p++;
    skip_digits(l);
    l->p += exponent(l, 0);
    return number(t);
}

/* 0x1f, 0b01: lower-case prefix, at least one digit, no identifier byte after it. 0 when it is none. */
static size_t prefixed(const struct dg_lex *l)
{
    size_t n = 2;

    if (dg_at(l, 0) != '0' || (dg_at(l, 1) != 'x' && dg_at(l, 1) != 'b'))
        return 0;
    while (dg_at(l, 1) == 'x' ? dg_is(dg_at(l, n), DG_B_XDIGIT) : (dg_at(l, n) == '0' || dg_at(l, n) == '1'))
        n++;
    return n > 2 && !dg_is(dg_at(l, n), DG_B_IDENT) ? n : 0;
}

/* The value where it fits into 32 bits, else 0. */
static uint32_t value_of(const uint8_t *p, size_t n)
{
    uint64_t v = 0;

    for (size_t i = 0; i < n; i++) {
        v = v * 10 + (unsigned)(p[i] - '0');
        if (v > UINT32_MAX)
            return 0;
    }
    return (uint32_t)v;
}

static bool name(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;

    dg_skip_name(l);
    if (dg_at(l, 0) == '.' && dg_is(dg_at(l, 1), DG_B_IDENT))
        l->state = DG_LEX_DOT;
    return dg_set_name(t, DG_IDENT, from, (size_t)(l->p - from));
}

bool dg_lex_number(struct dg_lex *l, struct dg_token *t)
{
    size_t n = prefixed(l);
    size_t e;

    if (n) {
        l->p += n;
        return number(t);
    }
    while (dg_is(dg_at(l, n), DG_B_DIGIT))
        n++;
    if (!dg_is(dg_at(l, n), DG_B_IDENT)) {
        l->p += n;
        if (dg_at(l, 0) == '.')
            return dg_lex_fraction(l, t);
        number(t);
        t->number = value_of(l->p - n, n);
        return true;
    }
    e = exponent(l, n);
    if (!e)
        return name(l, t);
    l->p += n + e;
    return number(t);
}
