/* summary: SQL text into the tokens that the MySQL server's lexer would find, without knowing the grammar
 *
 * Facts of the language: MySQL manual, chapter "Language Structure" (literals, schema object names,
 * user-defined variables, comments); what the manual leaves open was asked of a server (tests/digest). */
#include "digest_private.h"

#include <string.h>

/* Character sets in which a byte below 128 may be the second one of a character. */
static bool has_ascii_tails(const struct dg_lex *l)
{
    return l->charset >= MYW_DIGEST_GBK;
}

bool dg_skip_name(struct dg_lex *l)
{
    const uint8_t *p = l->p;
    uint8_t all = 0;

    if (l->charset <= MYW_DIGEST_OTHER && l->charset != MYW_DIGEST_LATIN1) {
        while (p < l->end && dg_is(*p, DG_B_IDENT))
            all |= *p++;
    } else {
        while (p < l->end && dg_is(*p, DG_B_IDENT) && !dg_is_space(l, *p)) {
            all |= *p;
            p += dg_mb_len(l, p);
        }
    }
    l->p = p;
    return all < 0x80;
}

bool dg_lex_string(struct dg_lex *l, struct dg_token *t)
{
    bool escapes = !(l->flags & MYW_DIGEST_NO_BACKSLASH_ESCAPES) && l->state != DG_LEX_HINT;
    bool tails = has_ascii_tails(l);
    const uint8_t *p = l->p;
    uint8_t quote = *p++;

    while (p < l->end) {
        uint8_t b = *p++;

        if (b == quote) {
            if (p == l->end || *p != quote)
                break;
            p++;
        } else if (b == '\\' && escapes) {
            p += p < l->end;
        } else if (tails && b >= 0x80) {
            p += dg_mb_len(l, p - 1) - 1;
        }
    }
    l->p = p;
    return dg_set(t, DG_VALUE, 0);
}

bool dg_lex_quoted(struct dg_lex *l, struct dg_token *t)
{
    uint8_t quote = *l->p++;
    const uint8_t *from = l->p;
    uint32_t doubled = 0;

    while (l->p < l->end) {
        if (*l->p != quote) {
            l->p += *l->p >= 0x80 ? dg_mb_len(l, l->p) : 1;
        } else if (dg_at(l, 1) == quote) {
            doubled++;
            l->p += 2;
        } else {
            dg_set_name(t, DG_IDENT, from, (size_t)(l->p - from));
            t->quote = doubled ? quote : 0;
            t->number = doubled;
            l->p++;
            return true;
        }
    }
    return false;
}

/* Whether a '.' and a name follow directly. */
static bool dot_and_name(const struct dg_lex *l)
{
    return dg_at(l, 0) == '.' && dg_is(dg_at(l, 1), DG_B_IDENT);
}

/* A hint can only stand right after one of a few keywords. */
static void open_hint(struct dg_lex *l)
{
    const uint8_t *p = l->p;

    while (p < l->end && dg_is(*p, DG_B_SPACE))
        p++;
    if (l->end - p < 3 || p[0] != '/' || p[1] != '*' || p[2] != '+')
        return;
    l->p = p + 3;
    l->state = DG_LEX_HINT;
    l->hint_shown = l->hint_name = false;
}

static bool set_word(struct dg_lex *l, struct dg_token *t, uint16_t id)
{
    uint16_t flags = dg_shown(id)->flags;

    dg_set(t, id, flags);
    if (flags & DG_HINTABLE)
        open_hint(l);
    if ((flags & DG_NOT) && (l->flags & MYW_DIGEST_HIGH_NOT_PRECEDENCE))
        return dg_set(t, DG_NOT_FIRST, dg_shown(DG_NOT_FIRST)->flags);
    return true;
}

static bool before_parenthesis(const struct dg_lex *l)
{
    const uint8_t *p = l->p;

    if (l->flags & MYW_DIGEST_IGNORE_SPACE)
        while (p < l->end && dg_is(*p, DG_B_SPACE))
            p++;
    return p < l->end && *p == '(';
}

/* A word: keyword, identifier or character set introducer. */
static bool lex_word(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    bool plain = dg_skip_name(l);
    size_t n = (size_t)(l->p - from);

    if (dot_and_name(l)) {
        l->state = DG_LEX_DOT;
    } else {
        uint16_t id = dg_word_find(from, n, before_parenthesis(l));

        if (id)
            return set_word(l, t, id);
        if (from[0] == '_' && dg_is_charset(from + 1, n - 1))
            return dg_set(t, DG_CHARSET, 0);
    }
    dg_set_name(t, DG_IDENT, from, n);
    t->plain = plain;
    return true;
}

/* An identifier where a keyword cannot stand. */
static bool lex_plain_ident(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    bool plain = dg_skip_name(l);

    l->state = dot_and_name(l) ? DG_LEX_DOT : DG_LEX_START;
    dg_set_name(t, DG_IDENT, from, (size_t)(l->p - from));
    t->plain = plain;
    return true;
}

/* $$text$$ and $tag$text$tag$ are literals, without their end up to the end; else '$' begins a name. */
static bool lex_dollar(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *tag = l->p++;
    size_t n;

    while (l->p < l->end && *l->p != '$' && dg_is(*l->p, DG_B_IDENT))
        l->p++;
    if (dg_at(l, 0) != '$') {
        l->p = tag;
        return lex_word(l, t);
    }
    n = (size_t)(++l->p - tag);
    l->p = memmem(l->p, (size_t)(l->end - l->p), tag, n);
    l->p = l->p ? l->p + n : l->end;
    return dg_set(t, DG_DOLLARS, 0);
}

/* x'1f', b'01', n'text': the cursor on the letter. */
static bool lex_prefix(struct dg_lex *l, struct dg_token *t)
{
    bool number = (*l->p | 0x20) != 'n';

    if (dg_at(l, 1) != '\'')
        return lex_word(l, t);
    l->p++;
    dg_lex_string(l, t);
    if (number)
        t->id = DG_NUMBER;
    return true;
}

static bool lex_quoted_or_string(struct dg_lex *l, struct dg_token *t)
{
    return l->flags & MYW_DIGEST_ANSI_QUOTES ? dg_lex_quoted(l, t) : dg_lex_string(l, t);
}

/* '@': what stands behind it decides how the rest is read. */
static bool lex_at(struct dg_lex *l, struct dg_token *t)
{
    l->p++;
    if (dg_at(l, 0) == '@')
        l->state = DG_LEX_SYSTEM_VAR;
    else if (dg_at(l, 0) != '\'' && dg_at(l, 0) != '"' && dg_at(l, 0) != '`')
        l->state = DG_LEX_HOSTNAME;
    return dg_set_char(t, '@');
}

static bool lex_system_var(struct dg_lex *l, struct dg_token *t)
{
    bool quoted;

    l->p++;
    quoted = dg_at(l, 0) == '`' || (dg_at(l, 0) == '"' && (l->flags & MYW_DIGEST_ANSI_QUOTES));
    l->state = quoted ? DG_LEX_START : DG_LEX_VAR_NAME;
    return dg_set_char(t, '@');
}

/* The name after "@@": a scope (SESSION, GLOBAL, …) is a keyword there, and any other keyword too. */
static bool lex_var_name(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    uint16_t id;

    dg_skip_name(l);
    if (l->p == from)
        return false;
    l->state = dg_at(l, 0) == '.' ? DG_LEX_DOT : DG_LEX_START;
    id = dg_word_find(from, (size_t)(l->p - from), false);
    return id ? dg_set(t, id, dg_shown(id)->flags) : dg_set_name(t, DG_IDENT, from, (size_t)(l->p - from));
}

/* The name of a user variable or the host of an account: both are values. */
static bool lex_hostname(struct dg_lex *l, struct dg_token *t)
{
    bool high = l->charset <= MYW_DIGEST_OTHER;

    l->state = DG_LEX_START;
    while (l->p < l->end && (dg_is(*l->p, DG_B_HOST) || (*l->p >= 0x80 && high)))
        l->p++;
    return dg_set(t, DG_VALUE, 0);
}

static bool lex_dot(struct dg_lex *l, struct dg_token *t)
{
    l->p++;
    l->state = dg_is(dg_at(l, 0), DG_B_IDENT) ? DG_LEX_IDENT : DG_LEX_START;
    return dg_set_char(t, '.');
}

static bool set_operator(struct dg_lex *l, struct dg_token *t, size_t n, uint16_t id)
{
    l->p += n;
    return dg_set(t, id, dg_shown(id)->flags);
}

static bool lex_operator(struct dg_lex *l, struct dg_token *t)
{
    uint8_t a = *l->p, b = dg_at(l, 1);

    if (a == '!' && b == '!') { /* "!!" is one "!" to the server, which finds no such operator */
        l->p += 2;
        return dg_set_char(t, '!');
    }
    if (!dg_is(b, DG_B_OP2))
        return dg_set_char(t, *l->p++);
    if (a == '<' && b == '=')
        return dg_at(l, 2) == '>' ? set_operator(l, t, 3, DG_EQUAL_OR_NULL) : set_operator(l, t, 2, DG_LE);
    if ((a == '<' && b == '>') || (a == '!' && b == '='))
        return set_operator(l, t, 2, DG_NE);
    if (a == '>' && b == '=')
        return set_operator(l, t, 2, DG_GE);
    if (a == '<' && b == '<')
        return set_operator(l, t, 2, DG_SHIFT_LEFT);
    if (a == '>' && b == '>')
        return set_operator(l, t, 2, DG_SHIFT_RIGHT);
    if (a == '&' && b == '&')
        return set_operator(l, t, 2, DG_AND_AND);
    if (a == '|' && b == '|')
        return set_operator(l, t, 2, l->flags & MYW_DIGEST_PIPES_AS_CONCAT ? DG_CONCAT : DG_OR_OR);
    if (a == ':' && b == '=')
        return set_operator(l, t, 2, DG_ASSIGN);
    return dg_set_char(t, *l->p++);
}

static void skip_line(struct dg_lex *l)
{
    const uint8_t *lf = memchr(l->p, '\n', (size_t)(l->end - l->p));

    l->p = lf ? lf + 1 : l->end;
}

/* Past the end of a comment that has been opened; an unfinished one reaches to the end. One that is code for
 * a newer server may hold another comment. */
static void skip_comment(struct dg_lex *l, bool nested)
{
    while (l->p < l->end) {
        if (l->p[0] == '*' && dg_at(l, 1) == '/') {
            l->p += 2;
            return;
        }
        if (nested && l->p[0] == '/' && dg_at(l, 1) == '*') {
            l->p += 2;
            skip_comment(l, false);
        } else {
            l->p++;
        }
    }
}

/* Opened by "/" "*": a comment, or code that the server runs when it is new enough. The version has five
 * digits, or six with white space behind them. */
static void open_comment(struct dg_lex *l)
{
    unsigned version = 0;
    size_t n = 0;

    if (dg_at(l, 2) != '!') {
        l->p += 2;
        skip_comment(l, false);
        return;
    }
    l->p += 3;
    while (n < 6 && dg_is(dg_at(l, n), DG_B_DIGIT))
        n++;
    if (n == 6 && !dg_is(dg_at(l, 6), DG_B_SPACE))
        n = 5;
    for (size_t i = 0; i < n; i++)
        version = version * 10 + (unsigned)(l->p[i] - '0');
    l->in_version_comment = true;
    if (n < 5) /* none: always run */
        return;
    l->p += n;
    if (version > l->version) {
        l->in_version_comment = false;
        skip_comment(l, true);
    }
}

/* At one of '#', '-', '/', '*': a comment, or the end of one whose code is run; false when it is none. */
static bool skip_blank(struct dg_lex *l)
{
    uint8_t b = dg_at(l, 0), next = dg_at(l, 1);

    if (b == '#' || (b == '-' && next == '-' && (dg_at(l, 2) <= ' ' || dg_at(l, 2) == 0x7f))) {
        skip_line(l);
    } else if (b == '/' && next == '*') {
        open_comment(l);
    } else if (b == '*' && next == '/' && l->in_version_comment) {
        l->p += 2;
        l->in_version_comment = false;
    } else {
        return false;
    }
    return true;
}

/* "-" begins two operators. */
static bool lex_arrow_or_char(struct dg_lex *l, struct dg_token *t)
{
    if (*l->p == '-' && dg_at(l, 1) == '>')
        return dg_at(l, 2) == '>' ? set_operator(l, t, 3, DG_ARROW_TEXT) : set_operator(l, t, 2, DG_ARROW);
    return dg_set_char(t, *l->p++);
}

static bool lex_start(struct dg_lex *l, struct dg_token *t)
{
    while (l->p < l->end) {
        if (*l->p == 0xa0 && l->charset == MYW_DIGEST_LATIN1) {
            l->p++;
            continue;
        }
        switch ((enum dg_start)dg_starts[*l->p]) {
        case DG_AT_SPACE:
            do
                l->p++;
            while (l->p < l->end && dg_starts[*l->p] == DG_AT_SPACE);
            break;
        case DG_AT_BLANK:
            if (!skip_blank(l))
                return lex_arrow_or_char(l, t);
            break;
        case DG_AT_WORD:
            return lex_word(l, t);
        case DG_AT_DIGIT:
            return dg_lex_number(l, t);
        case DG_AT_PREFIX:
            return lex_prefix(l, t);
        case DG_AT_DOLLAR:
            return lex_dollar(l, t);
        case DG_AT_STRING:
            return dg_lex_string(l, t);
        case DG_AT_DOUBLE_QUOTE:
            return lex_quoted_or_string(l, t);
        case DG_AT_BACKTICK:
            return dg_lex_quoted(l, t);
        case DG_AT_SIGN_AT:
            return lex_at(l, t);
        case DG_AT_DOT:
            return dg_is(dg_at(l, 1), DG_B_DIGIT) ? dg_lex_fraction(l, t) : lex_dot(l, t);
        case DG_AT_OPERATOR:
            return lex_operator(l, t);
        case DG_AT_PLACEHOLDER:
            l->p++;
            return dg_set(t, DG_VALUE, 0);
        case DG_AT_CHAR:
            return dg_set_char(t, *l->p++);
        }
    }
    return false;
}

static bool lex_in_state(struct dg_lex *l, struct dg_token *t)
{
    switch (l->state) {
    case DG_LEX_START:
        break;
    case DG_LEX_DOT:
        return lex_dot(l, t);
    case DG_LEX_IDENT:
        return lex_plain_ident(l, t);
    case DG_LEX_HOSTNAME:
        return lex_hostname(l, t);
    case DG_LEX_SYSTEM_VAR:
        return lex_system_var(l, t);
    case DG_LEX_VAR_NAME:
        return lex_var_name(l, t);
    case DG_LEX_HINT:
        if (dg_hint_next(l, t))
            return true;
        break;
    }
    return lex_start(l, t);
}

static inline bool next(struct dg_lex *l, struct dg_token *t)
{
    return l->state == DG_LEX_START ? lex_start(l, t) : lex_in_state(l, t);
}

bool dg_lex_next(struct dg_lex *l, struct dg_token *t)
{
    if (l->ahead.id != DG_END) {
        *t = l->ahead;
        l->ahead.id = DG_END;
        return true;
    }
    if (!next(l, t))
        return false;
    if (!(t->flags & DG_WITH))
        return true;
    if (!next(l, &l->ahead)) {
        l->ahead.id = DG_END;
    } else if (l->ahead.flags & DG_ROLLUP) {
        l->ahead.id = DG_END;
        return dg_set(t, DG_WITH_ROLLUP, 0);
    }
    return true;
}
