/* summary: SQL text into the tokens that the MySQL server's lexer would find, without knowing the grammar
 *
 * Facts of the language: MySQL manual, chapter "Language Structure" (literals, schema object names,
 * user-defined variables, comments). ANSI_QUOTES does not show on the wire: double quotes are taken for
 * literals, the private side. */
#include "digest_private.h"

#include <string.h>

/* Code in a version comment runs where the server is at least that new; this is the newest that is taken for
 * run. */
#define NEWEST_VERSION 80499

bool dg_is_space(uint8_t b)
{
    return b == ' ' || (b >= '\t' && b <= '\r');
}

static bool is_digit(uint8_t b)
{
    return b >= '0' && b <= '9';
}

static bool is_xdigit(uint8_t b)
{
    return is_digit(b) || (b >= 'a' && b <= 'f') || (b >= 'A' && b <= 'F');
}

static bool is_alnum(uint8_t b)
{
    return is_digit(b) || (b >= 'a' && b <= 'z') || (b >= 'A' && b <= 'Z');
}

bool dg_is_ident_byte(uint8_t b)
{
    return is_alnum(b) || b == '_' || b == '$' || b >= 0x80;
}

/* The byte at offset i, 0 past the end. */
static uint8_t at(const struct dg_lex *l, size_t i)
{
    return (size_t)(l->end - l->p) > i ? l->p[i] : 0;
}

bool dg_set_op(struct dg_token *t, const char *text)
{
    memset(t, 0, sizeof *t);
    t->kind = DG_OP;
    t->text = text;
    t->len = strlen(text);
    return true;
}

/* Characters as texts that outlive the call: the 94 printable ones in their order. */
bool dg_set_char(struct dg_token *t, uint8_t b)
{
    static const char printable[] = "!\"#$%&'()*+,-./0123456789:;<=>?@ABCDEFGHIJKLMNOPQRSTUVWXYZ[\\]^_`"
                                    "abcdefghijklmnopqrstuvwxyz{|}~";
    uint8_t shown = b >= '!' && b <= '~' ? b : '?';

    memset(t, 0, sizeof *t);
    t->kind = DG_OP;
    t->text = printable + (shown - '!');
    t->len = 1;
    t->op = (char)shown;
    if (strchr("(,|&+-*/%^", (char)shown))
        t->flags = WORD_START_EXPR;
    return true;
}

bool dg_set_ident(struct dg_token *t, const uint8_t *text, size_t len, bool quoted)
{
    memset(t, 0, sizeof *t);
    t->kind = DG_IDENT;
    t->text = (const char *)text;
    t->len = len;
    t->quoted = quoted;
    return true;
}

static bool set_literal(struct dg_token *t, enum dg_kind kind)
{
    memset(t, 0, sizeof *t);
    t->kind = kind;
    return true;
}

static bool set_word(struct dg_lex *l, struct dg_token *t, const struct dg_word *w)
{
    dg_set_op(t, w->shown);
    t->kind = DG_WORD;
    t->flags = w->flags;
    l->after_hintable = (w->flags & WORD_HINTABLE) != 0;
    return true;
}

bool dg_lex_string(struct dg_lex *l, struct dg_token *t)
{
    uint8_t quote = *l->p++;

    while (l->p < l->end) {
        uint8_t b = *l->p++;

        if (b == '\\' && !l->no_backslash) {
            if (l->p < l->end)
                l->p++;
        } else if (b == quote) {
            if (at(l, 0) != quote)
                break;
            l->p++;
        }
    }
    return set_literal(t, DG_VALUE);
}

bool dg_lex_backticks(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = ++l->p;

    while (l->p < l->end) {
        if (*l->p++ != '`')
            continue;
        if (at(l, 0) != '`')
            return dg_set_ident(t, from, (size_t)(l->p - 1 - from), true);
        l->p++;
    }
    return false;
}

/* A word: keyword, identifier or character set introducer. */
static bool lex_word(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    const struct dg_word *w;
    size_t n;

    while (l->p < l->end && dg_is_ident_byte(*l->p))
        l->p++;
    n = (size_t)(l->p - from);
    if (at(l, 0) == '.' && dg_is_ident_byte(at(l, 1))) {
        l->state = DG_LEX_DOT;
        return dg_set_ident(t, from, n, false);
    }
    w = dg_word_find(from, n, at(l, 0) == '(');
    if (w)
        return set_word(l, t, w);
    if (from[0] == '_' && dg_is_charset(from + 1, n - 1))
        return dg_set_op(t, "(_charset)");
    return dg_set_ident(t, from, n, false);
}

/* An identifier where a keyword cannot stand. */
static bool lex_plain_ident(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;

    while (l->p < l->end && dg_is_ident_byte(*l->p))
        l->p++;
    l->state = at(l, 0) == '.' && dg_is_ident_byte(at(l, 1)) ? DG_LEX_DOT : DG_LEX_START;
    return dg_set_ident(t, from, (size_t)(l->p - from), false);
}

/* After the integer part: fraction and exponent. */
static bool lex_fraction(struct dg_lex *l, struct dg_token *t)
{
    if (at(l, 0) == '.')
        l->p++;
    while (is_digit(at(l, 0)))
        l->p++;
    if ((at(l, 0) | 0x20) == 'e') {
        size_t sign = at(l, 1) == '+' || at(l, 1) == '-' ? 1 : 0;

        if (is_digit(at(l, 1 + sign))) {
            l->p += 1 + sign;
            while (is_digit(at(l, 0)))
                l->p++;
        }
    }
    return set_literal(t, DG_NUMBER);
}

/* 0x1f, 0b01: lower-case prefix, at least one digit, no identifier byte after it. 0 when it is none. */
static size_t prefixed_number(const struct dg_lex *l)
{
    size_t n = 2;

    if (at(l, 0) != '0' || (at(l, 1) != 'x' && at(l, 1) != 'b'))
        return 0;
    while (at(l, 1) == 'x' ? is_xdigit(at(l, n)) : at(l, n) == '0' || at(l, n) == '1')
        n++;
    return n > 2 && !dg_is_ident_byte(at(l, n)) ? n : 0;
}

/* A number, or an identifier that begins with digits. */
static bool lex_number(struct dg_lex *l, struct dg_token *t)
{
    size_t n = prefixed_number(l);

    if (n) {
        l->p += n;
        return set_literal(t, DG_NUMBER);
    }
    while (is_digit(at(l, n)))
        n++;
    if (!dg_is_ident_byte(at(l, n))) {
        l->p += n;
        return at(l, 0) == '.' ? lex_fraction(l, t) : set_literal(t, DG_NUMBER);
    }
    if ((at(l, n) | 0x20) == 'e') {
        size_t sign = at(l, n + 1) == '+' || at(l, n + 1) == '-' ? 1 : 0;

        if (is_digit(at(l, n + 1 + sign))) {
            l->p += n;
            return lex_fraction(l, t);
        }
    }
    return lex_plain_ident(l, t);
}

/* x'1f', b'01', n'text': the cursor on the letter. */
static bool lex_prefixed_string(struct dg_lex *l, struct dg_token *t)
{
    bool number = (*l->p | 0x20) != 'n';

    l->p++;
    dg_lex_string(l, t);
    if (number)
        t->kind = DG_NUMBER;
    return true;
}

/* '@': what stands behind it decides how the rest is read. */
static bool lex_at(struct dg_lex *l, struct dg_token *t)
{
    l->p++;
    if (at(l, 0) == '@')
        l->state = DG_LEX_SYSTEM_VAR;
    else if (at(l, 0) != '\'' && at(l, 0) != '"' && at(l, 0) != '`')
        l->state = DG_LEX_HOSTNAME;
    dg_set_char(t, '@');
    t->glued = true;
    return true;
}

static bool lex_system_var(struct dg_lex *l, struct dg_token *t)
{
    l->p++;
    l->state = at(l, 0) == '`' ? DG_LEX_START : DG_LEX_VAR_NAME;
    dg_set_char(t, '@');
    t->glued = true;
    return true;
}

/* The name after "@@": a scope (SESSION, GLOBAL, …) is a keyword there, and any other keyword too. */
static bool lex_var_name(struct dg_lex *l, struct dg_token *t)
{
    const uint8_t *from = l->p;
    const struct dg_word *w;
    size_t n;

    while (l->p < l->end && dg_is_ident_byte(*l->p))
        l->p++;
    n = (size_t)(l->p - from);
    l->state = at(l, 0) == '.' ? DG_LEX_DOT : DG_LEX_START;
    if (n == 0)
        return false;
    w = dg_word_find(from, n, false);
    return w ? set_word(l, t, w) : dg_set_ident(t, from, n, false);
}

/* The name of a user variable or the host of an account: both are values. */
static bool lex_hostname(struct dg_lex *l, struct dg_token *t)
{
    l->state = DG_LEX_START;
    while (is_alnum(at(l, 0)) || at(l, 0) == '.' || at(l, 0) == '_' || at(l, 0) == '$')
        l->p++;
    return set_literal(t, DG_VALUE);
}

static bool lex_dot(struct dg_lex *l, struct dg_token *t)
{
    l->p++;
    l->state = dg_is_ident_byte(at(l, 0)) ? DG_LEX_IDENT : DG_LEX_START;
    return dg_set_char(t, '.');
}

static bool lex_operator(struct dg_lex *l, struct dg_token *t)
{
    /* Longest first; what the server shows for "<>" is the other spelling of the same token. */
    static const struct {
        const char *text, *shown;
        unsigned flags;
    } ops[] = {
        {"<=>", "<=>", 0},
        {"->>", "->>", 0},
        {"<=", "<=", 0},
        {"<>", "!=", 0},
        {"!=", "!=", 0},
        {">=", ">=", 0},
        {":=", ":=", 0},
        {"->", "->", 0},
        {"<<", "<<", WORD_START_EXPR},
        {">>", ">>", WORD_START_EXPR},
        {"&&", "&&", WORD_START_EXPR},
        {"||", "||", WORD_START_EXPR},
    };

    if (!strchr("<=>&|", at(l, 1))) /* the second byte of all of them */
        return dg_set_char(t, *l->p++);
    for (size_t i = 0; i < sizeof ops / sizeof ops[0]; i++) {
        size_t n = strlen(ops[i].text);

        if ((size_t)(l->end - l->p) >= n && memcmp(l->p, ops[i].text, n) == 0) {
            l->p += n;
            dg_set_op(t, ops[i].shown);
            t->flags = ops[i].flags;
            return true;
        }
    }
    return dg_set_char(t, *l->p++);
}

static void skip_line(struct dg_lex *l)
{
    const uint8_t *lf = memchr(l->p, '\n', (size_t)(l->end - l->p));

    l->p = lf ? lf + 1 : l->end;
}

/* Past the end of a comment that has been opened; an unfinished one reaches to the end. */
static void skip_comment(struct dg_lex *l)
{
    while (l->p < l->end) {
        if (l->p[0] == '*' && at(l, 1) == '/') {
            l->p += 2;
            return;
        }
        l->p++;
    }
}

/* Opened by "/" "*": a comment, or code that the server runs. */
static void open_comment(struct dg_lex *l)
{
    unsigned version = 0;
    size_t n = 0;

    if (at(l, 2) != '!') {
        l->p += 2;
        skip_comment(l);
        return;
    }
    l->p += 3;
    while (n < 6 && is_digit(at(l, n))) {
        version = version * 10 + (unsigned)(at(l, n) - '0');
        n++;
    }
    if (n < 5) { /* no version: always run */
        l->in_version_comment = true;
        return;
    }
    l->p += n;
    if (version > NEWEST_VERSION)
        skip_comment(l);
    else
        l->in_version_comment = true;
}

/* Skips white space and comments; true when it skipped something. */
static bool skip_blank(struct dg_lex *l)
{
    uint8_t b = at(l, 0);

    if (dg_is_space(b) || (b == 0 && l->p < l->end)) {
        l->p++;
    } else if (b == '#' || (b == '-' && at(l, 1) == '-' && at(l, 2) <= ' ')) {
        skip_line(l);
    } else if (b == '/' && at(l, 1) == '*' && l->after_hintable && at(l, 2) == '+') {
        l->p += 3;
        l->in_hint = true;
        l->hint_shown = false;
        l->hint_name = false;
    } else if (b == '/' && at(l, 1) == '*') {
        open_comment(l);
    } else if (b == '*' && at(l, 1) == '/' && l->in_version_comment) {
        l->p += 2;
        l->in_version_comment = false;
    } else {
        return false;
    }
    return true;
}

static bool lex_start(struct dg_lex *l, struct dg_token *t)
{
    uint8_t b = *l->p;

    if ((b | 0x20) == 'x' || (b | 0x20) == 'b' || (b | 0x20) == 'n')
        if (at(l, 1) == '\'')
            return lex_prefixed_string(l, t);
    if (is_digit(b))
        return lex_number(l, t);
    if (dg_is_ident_byte(b))
        return lex_word(l, t);
    if (b == '\'' || b == '"')
        return dg_lex_string(l, t);
    if (b == '`')
        return dg_lex_backticks(l, t);
    if (b == '@')
        return lex_at(l, t);
    if (b == '.')
        return is_digit(at(l, 1)) ? lex_fraction(l, t) : lex_dot(l, t);
    if (b == '?') {
        l->p++;
        return set_literal(t, DG_VALUE);
    }
    if (b == '\\' && at(l, 1) == 'N') { /* NULL in servers before 8.0 */
        const struct dg_word *w = dg_word_find((const uint8_t *)"NULL", 4, false);

        l->p += 2;
        return set_word(l, t, w);
    }
    return lex_operator(l, t);
}

bool dg_lex_next(struct dg_lex *l, struct dg_token *t)
{
    switch (l->state) {
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
    case DG_LEX_START:
        break;
    }
    for (;;) {
        if (l->in_hint) {
            if (dg_hint_next(l, t))
                return true;
        } else if (!skip_blank(l)) {
            break;
        }
        if (l->in_hint || l->p < l->end)
            continue;
        return false;
    }
    l->after_hintable = false;
    return l->p < l->end && lex_start(l, t);
}
