/* summary: tokens inside an optimizer hint, which is part of a digest (MySQL manual, "Optimizer Hints")
 *
 * A hint ends at the first end of a comment, also inside quotes; what the server cannot read there it leaves
 * out of the digest without an error. */
#include "digest_private.h"

#include <string.h>

/* The bytes of the hint end here; its closing, where there is one, comes after. */
static const uint8_t *end_of(const struct dg_lex *l)
{
    const uint8_t *p = memmem(l->p, (size_t)(l->end - l->p), "*/", 2);

    return p ? p : l->end;
}

/* Whether a name begins at the offset. */
static bool name_at(const struct dg_lex *l, size_t i)
{
    uint8_t b = dg_at(l, i);

    return b == '`' || (b == '"' && (l->flags & MYW_DIGEST_ANSI_QUOTES)) || dg_is(b, DG_B_IDENT);
}

/* A name was read: with '@' right behind it, it is another token, and that '@' counts only before another
 * name. */
static bool set_ident(struct dg_lex *l, struct dg_token *t, bool after_at)
{
    if (after_at) {
        t->id = DG_HINT_NAME;
    } else if (dg_at(l, 0) == '@') {
        t->id = DG_IDENT_AT;
        l->hint_name = name_at(l, 1);
        l->p++;
    }
    return true;
}

static bool name_or_word(struct dg_lex *l, struct dg_token *t, bool after_at)
{
    const uint8_t *from = l->p;
    uint16_t hint;
    size_t n;

    dg_skip_name(l);
    n = (size_t)(l->p - from);
    hint = after_at ? DG_END : dg_hint_find(from, n);
    if (hint)
        return dg_set(t, hint, 0);
    dg_set_name(t, DG_IDENT, from, n);
    return set_ident(l, t, after_at);
}

/* 1000, 0.5, and sizes such as 16M are numbers; 1st is a name; "1." is nothing, as is the "0.5" of 0.5x. */
static bool number_or_name(struct dg_lex *l, struct dg_token *t)
{
    size_t n = 0;

    while (dg_is(dg_at(l, n), DG_B_DIGIT))
        n++;
    if (dg_at(l, n) == '.') {
        bool digits = dg_is(dg_at(l, n + 1), DG_B_DIGIT);

        n++;
        while (dg_is(dg_at(l, n), DG_B_DIGIT))
            n++;
        l->p += n;
        return digits && !dg_is(dg_at(l, 0), DG_B_IDENT) && dg_set(t, DG_NUMBER, 0);
    }
    if (dg_at(l, n) == 'K' || dg_at(l, n) == 'M' || dg_at(l, n) == 'G')
        n++;
    if (dg_is(dg_at(l, n), DG_B_IDENT))
        return name_or_word(l, t, false);
    l->p += n;
    return dg_set(t, DG_NUMBER, 0);
}

static bool quoted_name(struct dg_lex *l, struct dg_token *t, bool after_at)
{
    if (dg_lex_quoted(l, t))
        return set_ident(l, t, after_at);
    l->p = l->end;
    return false;
}

/* Without its end it is nothing, and the hint ends. */
static bool string(struct dg_lex *l, struct dg_token *t)
{
    uint8_t quote = *l->p;
    const uint8_t *from = l->p;

    dg_lex_string(l, t);
    return l->p - from > 1 && l->p[-1] == quote;
}

static bool at_sign(struct dg_lex *l, struct dg_token *t)
{
    l->hint_name = name_at(l, 1);
    l->p++;
    return !l->hint_name && dg_set_char(t, '@');
}

/* One token at the cursor, which is not at the end; false when there was nothing to show. */
static bool token(struct dg_lex *l, struct dg_token *t)
{
    uint8_t b = *l->p;
    bool after_at = l->hint_name;

    l->hint_name = false;
    if (dg_is(b, DG_B_DIGIT) && !after_at)
        return number_or_name(l, t);
    if (dg_is(b, DG_B_IDENT) && !dg_is_space(l, b))
        return name_or_word(l, t, after_at);
    if (b == '`' || (b == '"' && (l->flags & MYW_DIGEST_ANSI_QUOTES)))
        return quoted_name(l, t, after_at);
    if (b == '\'' || b == '"')
        return string(l, t);
    if (b == '@')
        return at_sign(l, t);
    if (b == '.' && dg_is(dg_at(l, 1), DG_B_DIGIT))
        return number_or_name(l, t);
    l->p++;
    if (b == '.' || dg_is_space(l, b))
        return false;
    dg_set_char(t, b);
    if (b == '=')
        t->flags = 0; /* not the "=" of the language: a sign after it stays */
    return true;
}

bool dg_hint_next(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *whole = l->end;
    bool found = false;

    if (!l->hint_shown) {
        struct dg_lex probe = *l;

        probe.hint_shown = true;
        if (dg_hint_next(&probe, t) && t->id != DG_HINT_CLOSE) {
            l->hint_shown = true;
            return dg_set(t, DG_HINT_OPEN, 0);
        }
    }
    l->end = end_of(l);
    while (!found && l->p < l->end)
        found = token(l, t);
    if (!found)
        l->p = l->end;
    l->end = whole;
    if (found)
        return true;
    l->state = DG_LEX_START;
    if (l->p < l->end)
        l->p += 2;
    return l->hint_shown && dg_set(t, DG_HINT_CLOSE, DG_OPERAND);
}
