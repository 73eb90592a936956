/* summary: tokens inside an optimizer hint, which is part of a digest (MySQL manual, "Optimizer Hints") */
#include "digest_private.h"

#include <string.h>

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool name_or_word(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    const char *hint;
    size_t n;

    while (l->p < l->end && dg_is_ident_byte(*l->p))
        l->p++;
    n = (size_t)(l->p - from);
    hint = l->hint_name ? NULL : dg_hint_find(from, n);
    l->hint_name = false;
    if (hint)
        return dg_set_op(t, hint);
    dg_set_ident(t, from, n, false);
    t->glued = l->p < l->end && *l->p == '@'; /* table@query_block */
    return true;
}

/* 1000, 0.5, and sizes such as 16M are numbers; 1st is a name. */
static bool number_or_name(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    const uint8_t *q = l->p;

    while (q < l->end && (is_digit(*q) || (*q == '.' && q > from && is_digit(q[-1]))))
        q++;
    if (q < l->end && strchr("KMGkmg", (char)*q) && *q)
        q++;
    if (q < l->end && dg_is_ident_byte(*q))
        return name_or_word(l, t);
    l->p = q;
    memset(t, 0, sizeof *t);
    t->kind = DG_NUMBER;
    return true;
}

static bool quoted_name(struct dg_lex *l, struct dg_token *t)
{
    l->hint_name = false;
    if (!dg_lex_backticks(l, t))
        return false;
    t->glued = l->p < l->end && *l->p == '@';
    return true;
}

static bool token(struct dg_lex *l, struct dg_token *t)
{
    if (is_digit(*l->p))
        return number_or_name(l, t);
    if (dg_is_ident_byte(*l->p))
        return name_or_word(l, t);
    if (*l->p == '`')
        return quoted_name(l, t);
    if (*l->p == '\'' || *l->p == '"')
        return dg_lex_string(l, t);
    l->hint_name = *l->p == '@';
    dg_set_char(t, *l->p++);
    t->glued = t->op == '@';
    return true;
}

bool dg_hint_next(struct dg_lex *l, struct dg_token *t)
{
    while (l->p < l->end && dg_is_space(*l->p))
        l->p++;
    if (l->p == l->end) {
        l->in_hint = false;
        return false;
    }
    if (l->end - l->p >= 2 && l->p[0] == '*' && l->p[1] == '/') {
        l->p += 2;
        l->in_hint = false;
        return l->hint_shown && dg_set_op(t, "*/");
    }
    if (!l->hint_shown) {
        l->hint_shown = true;
        return dg_set_op(t, "/*+");
    }
    return token(l, t);
}
