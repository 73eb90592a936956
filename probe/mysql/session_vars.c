/* summary: session variables that decide how a statement is read: sql_mode, character_set_client, server
 * version
 *
 * Seen in the login (character set), in the status flags (NO_BACKSLASH_ESCAPES), in the session tracking of
 * OK packets, and in the texts of SET statements that succeeded. What a server has as its global default is
 * not on the wire. */
#include "parts.h"

#include <string.h>
#include <strings.h>

enum token_kind { TOKEN_END, TOKEN_WORD, TOKEN_STRING, TOKEN_SIGN };

struct token {
    enum token_kind kind;
    const char *text; /* STRING: without its quotes, doubled ones and escapes as they are */
    size_t n;
};

struct scan {
    const char *p, *end;
};

static bool word_byte(char ch)
{
    return (ch >= 'a' && ch <= 'z') || (ch >= 'A' && ch <= 'Z') || (ch >= '0' && ch <= '9') || ch == '_' ||
           ch == '$' || ch == '@' || ch == '.';
}

static bool is(const struct token *t, const char *word)
{
    return t->kind != TOKEN_END && t->n == strlen(word) && strncasecmp(t->text, word, t->n) == 0;
}

static void skip_past(struct scan *s, const char *what)
{
    size_t n = strlen(what);
    while (s->p < s->end && ((size_t)(s->end - s->p) < n || memcmp(s->p, what, n) != 0))
        s->p++;
    s->p += s->p < s->end ? n : 0;
}

static void skip_blank(struct scan *s)
{
    while (s->p < s->end) {
        size_t left = (size_t)(s->end - s->p);
        if (*s->p == ' ' || (*s->p >= '\t' && *s->p <= '\r'))
            s->p++;
        else if (left >= 2 && memcmp(s->p, "/*", 2) == 0)
            skip_past(s, "*/");
        else if (*s->p == '#' || (left >= 3 && memcmp(s->p, "-- ", 3) == 0))
            skip_past(s, "\n");
        else
            return;
    }
}

static struct token next_token(struct scan *s)
{
    skip_blank(s);
    struct token t = {.text = s->p};
    if (s->p == s->end)
        return t;
    char first = *s->p;
    if (first == '\'' || first == '"' || first == '`') {
        t.kind = TOKEN_STRING;
        t.text = ++s->p;
        while (s->p < s->end && *s->p != first)
            s->p += *s->p == '\\' && s->p + 1 < s->end ? 2 : 1;
        t.n = (size_t)(s->p - t.text);
        s->p += s->p < s->end;
        return t;
    }
    t.kind = word_byte(first) ? TOKEN_WORD : TOKEN_SIGN;
    do
        s->p++;
    while (t.kind == TOKEN_WORD && s->p < s->end && word_byte(*s->p));
    t.n = (size_t)(s->p - t.text);
    return t;
}

static void set_charset(struct myw_conn *c, const char *name, size_t n)
{
    c->mode.charset = myw_digest_charset_named(name, n);
}

/* The variable's name without "@@" and "session."; false for another scope or a user variable. */
static bool own_variable(struct token *t)
{
    static const char *const own[] = {"session.", "local."};
    if (t->n >= 2 && memcmp(t->text, "@@", 2) == 0) {
        t->text += 2;
        t->n -= 2;
    }
    for (size_t i = 0; i < sizeof own / sizeof own[0]; i++)
        if (t->n > strlen(own[i]) && strncasecmp(t->text, own[i], strlen(own[i])) == 0) {
            t->text += strlen(own[i]);
            t->n -= strlen(own[i]);
        }
    return t->n > 0 && t->text[0] != '@' && memchr(t->text, '.', t->n) == NULL;
}

/* What the right side of an assignment holds. */
struct expression {
    uint32_t literals; /* flags named in its strings */
    bool any_literal, uses_mode, replaces, is_default;
    struct token first; /* its first token */
};

/* Up to a comma or semicolon outside parentheses, which is returned. */
static struct token read_expression(struct scan *s, struct expression *e)
{
    unsigned depth = 0;
    *e = (struct expression){0};
    for (;;) {
        struct token t = next_token(s);
        if (t.kind == TOKEN_END || (depth == 0 && t.kind == TOKEN_SIGN && (*t.text == ',' || *t.text == ';')))
            return t;
        if (e->first.kind == TOKEN_END)
            e->first = t;
        if (t.kind == TOKEN_SIGN && *t.text == '(')
            depth++;
        else if (t.kind == TOKEN_SIGN && *t.text == ')' && depth > 0)
            depth--;
        else if (t.kind == TOKEN_STRING) {
            e->literals |= myw_digest_flags_of(t.text, t.n);
            e->any_literal = true;
        } else if (is(&t, "replace")) {
            e->replaces = true;
        } else if (is(&t, "default")) {
            e->is_default = true;
        } else if (t.kind == TOKEN_WORD && own_variable(&t) && is(&t, "sql_mode")) {
            e->uses_mode = true;
        }
    }
}

static void assign(struct myw_conn *c, const struct token *name, const struct expression *e)
{
    if (is(name, "character_set_client")) {
        if (e->first.kind != TOKEN_SIGN && !e->is_default)
            set_charset(c, e->first.text, e->first.n);
    } else if (is(name, "sql_mode")) {
        if (e->replaces)
            c->mode.flags &= ~e->literals;
        else if (e->uses_mode)
            c->mode.flags |= e->literals;
        else if (e->any_literal || e->is_default)
            c->mode.flags = e->literals;
        else if (e->first.kind == TOKEN_WORD && e->first.text[0] != '@') /* SET sql_mode = ANSI */
            c->mode.flags = myw_digest_flags_of(e->first.text, e->first.n);
    }
}

/* "NAMES x [COLLATE y]", "CHARACTER SET x", "CHARSET x"; false when it is neither. */
static bool names_clause(struct myw_conn *c, struct scan *s, const struct token *t)
{
    bool names = is(t, "names") || is(t, "charset");
    if (is(t, "character") || is(t, "char")) {
        struct token set = next_token(s);
        names = is(&set, "set");
    }
    if (!names)
        return false;
    struct token value = next_token(s);
    if (value.kind != TOKEN_END && !is(&value, "default"))
        set_charset(c, value.text, value.n);
    return true;
}

void myw_vars_set(struct myw_conn *c, const char *sql, size_t n)
{
    struct scan s = {.p = sql, .end = sql + n};
    struct expression e;
    struct token t = next_token(&s);
    if (!is(&t, "set"))
        return;
    do {
        bool other_scope = false;
        t = next_token(&s);
        if (t.kind == TOKEN_WORD && !names_clause(c, &s, &t)) {
            other_scope = is(&t, "global") || is(&t, "persist") || is(&t, "persist_only");
            if (other_scope || is(&t, "session") || is(&t, "local"))
                t = next_token(&s);
            struct token sign = next_token(&s);
            if (sign.kind == TOKEN_SIGN && *sign.text == ':')
                sign = next_token(&s);
            if (sign.kind != TOKEN_SIGN || *sign.text != '=')
                return; /* SET PASSWORD, SET TRANSACTION, … */
            struct token name = t;
            t = read_expression(&s, &e);
            if (!other_scope && own_variable(&name))
                assign(c, &name, &e);
        } else {
            t = read_expression(&s, &e); /* COLLATE y */
        }
    } while (t.kind == TOKEN_SIGN && *t.text == ',');
}

void myw_vars_tracked(struct myw_conn *c, const struct myw_ok *ok)
{
    struct rd r;
    size_t n = 0, vn = 0;
    if (ok->track == NULL)
        return;
    rd_init(&r, ok->track, ok->track_bytes);
    while (rd_left(&r) > 0) {
        uint8_t type = rd_u8(&r);
        const uint8_t *data = myw_rd_lenstr(&r, &n);
        if (data == NULL)
            return;
        if (type != 0) /* SESSION_TRACK_SYSTEM_VARIABLES */
            continue;
        struct rd pair;
        rd_init(&pair, data, n);
        const char *name = (const char *)myw_rd_lenstr(&pair, &n);
        const char *value = name != NULL ? (const char *)myw_rd_lenstr(&pair, &vn) : NULL;
        struct token t = {.kind = TOKEN_WORD, .text = name, .n = n};
        if (value == NULL)
            return;
        if (is(&t, "character_set_client"))
            set_charset(c, value, vn);
        else if (is(&t, "sql_mode"))
            c->mode.flags = myw_digest_flags_of(value, vn);
    }
}

void myw_vars_status(struct myw_conn *c, uint16_t status)
{
    c->mode.flags &= ~(uint32_t)MYW_DIGEST_NO_BACKSLASH_ESCAPES;
    if (status & MYW_STATUS_NO_BACKSLASH_ESCAPES)
        c->mode.flags |= MYW_DIGEST_NO_BACKSLASH_ESCAPES;
}

void myw_vars_login(struct myw_conn *c, unsigned collation)
{
    c->mode.flags = 0;
    c->mode.charset = c->login_charset = myw_digest_charset_of(collation);
}
