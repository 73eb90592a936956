/* summary: session variables that decide how a statement is read: sql_mode, character_set_client, server
 * version
 *
 * Seen in the login (character set), in the status flags (NO_BACKSLASH_ESCAPES), in the session tracking of
 * OK packets, and in the texts of SET statements that succeeded (the schema in those of USE). What a server
 * has as its global default is not on the wire. A mode that is not known is taken for none: ANSI_QUOTES taken
 * for granted would show strings as names. */
#include "parts.h"

#include <stdio.h>
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
    uint32_t version; /* of the server, as in struct myw_digest_mode */
    bool in_code;     /* of a version comment */
    bool no_escapes;
};

static struct scan scan_of(const struct myw_conn *c, const char *sql, size_t n)
{
    return (struct scan){.p = sql,
                         .end = sql + n,
                         .version = c->mode.server_version,
                         .no_escapes = (c->mode.flags & MYW_DIGEST_NO_BACKSLASH_ESCAPES) != 0};
}

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

static bool is_blank(char ch)
{
    return ch == ' ' || (ch >= '\t' && ch <= '\r');
}

/* At "/" "*!": code where the server is new enough, else a comment. Five digits, or six and a blank. */
static void enter_version(struct scan *s)
{
    const char *p = s->p + 3;
    uint32_t version = 0;
    size_t digits = 0;
    while (digits < 6 && p + digits < s->end && p[digits] >= '0' && p[digits] <= '9')
        digits++;
    if (digits == 6 && (p + 6 == s->end || !is_blank(p[6])))
        digits = 5;
    if (digits < 5)
        digits = 0;
    for (size_t i = 0; i < digits; i++)
        version = version * 10 + (uint32_t)(p[i] - '0');
    s->in_code = s->version == 0 || version <= s->version;
    if (s->in_code)
        s->p = p + digits;
    else
        skip_past(s, "*/");
}

static void skip_blank(struct scan *s)
{
    while (s->p < s->end) {
        size_t left = (size_t)(s->end - s->p);
        if (is_blank(*s->p))
            s->p++;
        else if (left >= 3 && memcmp(s->p, "/*!", 3) == 0)
            enter_version(s);
        else if (s->in_code && left >= 2 && memcmp(s->p, "*/", 2) == 0)
            s->p += 2;
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
            s->p += *s->p == '\\' && !s->no_escapes && s->p + 1 < s->end ? 2 : 1;
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

/* Bits of sql_mode as a number (sql_class.h: MODE_…); a combination's own bit stands for its parts too. */
static uint32_t flags_of_number(const struct token *t)
{
    static const struct {
        uint64_t bits;
        uint32_t flags;
    } known[] = {
        {0x2 | 0x40000, MYW_DIGEST_PIPES_AS_CONCAT},  {0x4 | 0x40000, MYW_DIGEST_ANSI_QUOTES},
        {0x8 | 0x40000, MYW_DIGEST_IGNORE_SPACE},     {0x100000, MYW_DIGEST_NO_BACKSLASH_ESCAPES},
        {0x20000000, MYW_DIGEST_HIGH_NOT_PRECEDENCE},
    };
    uint64_t v = 0;
    uint32_t flags = 0;
    for (size_t i = 0; i < t->n; i++)
        v = v * 10 + (uint64_t)(t->text[i] - '0');
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        flags |= (v & known[i].bits) != 0 ? known[i].flags : 0;
    return flags;
}

static bool is_number(const struct token *t)
{
    for (size_t i = 0; i < t->n; i++)
        if (t->text[i] < '0' || t->text[i] > '9')
            return false;
    return t->kind == TOKEN_WORD && t->n < 19;
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
        else if (is_number(&e->first))
            c->mode.flags = flags_of_number(&e->first);
        else /* a word, or what is not known (a variable, a parameter): no flag has that name */
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

/* Behind SET; returns the token that ends it. */
static struct token set_clause(struct myw_conn *c, struct scan *s)
{
    struct expression e;
    struct token t;
    do {
        bool other_scope = false;
        t = next_token(s);
        if (t.kind == TOKEN_WORD && !names_clause(c, s, &t)) {
            other_scope = is(&t, "global") || is(&t, "persist") || is(&t, "persist_only");
            if (other_scope || is(&t, "session") || is(&t, "local"))
                t = next_token(s);
            struct token sign = next_token(s);
            if (sign.kind == TOKEN_SIGN && *sign.text == ':')
                sign = next_token(s);
            if (sign.kind != TOKEN_SIGN || *sign.text != '=')
                return sign; /* SET PASSWORD, SET TRANSACTION, … */
            struct token name = t;
            t = read_expression(s, &e);
            if (!other_scope && own_variable(&name))
                assign(c, &name, &e);
        } else {
            t = read_expression(s, &e); /* COLLATE y */
        }
    } while (t.kind == TOKEN_SIGN && *t.text == ',');
    return t;
}

static bool ends(const struct token *t)
{
    return t->kind == TOKEN_END || (t->kind == TOKEN_SIGN && *t->text == ';');
}

/* The server tells each change of the schema. */
static bool tracks(const struct myw_conn *c)
{
    return c->caps_known && (c->caps & CAP_SESSION_TRACK) != 0;
}

/* Behind USE. */
static struct token use_clause(struct myw_conn *c, struct scan *s)
{
    char db[MYW_NAME_MAX + 1];
    skip_blank(s);
    size_t n = myw_take_name(s->p, (size_t)(s->end - s->p), db, sizeof db);
    s->p += n;
    struct token t = next_token(s);
    if (n > 0 && ends(&t))
        myw_session_set(&c->s.db, db, strlen(db));
    else if (!tracks(c))
        myw_forget_schema(c);
    return t;
}

void myw_text_applied(struct myw_conn *c, const char *sql, size_t n, bool several)
{
    struct scan s = scan_of(c, sql, n);
    struct token t;
    do {
        t = next_token(&s);
        if (is(&t, "use"))
            t = use_clause(c, &s);
        else if (is(&t, "set"))
            t = set_clause(c, &s);
        while (several && !ends(&t))
            t = next_token(&s);
    } while (several && t.kind != TOKEN_END);
}

void myw_text_in_doubt(struct myw_conn *c, const char *sql, size_t n)
{
    char before[MYW_NAME_MAX + 1];
    uint32_t flags = c->mode.flags;
    (void)snprintf(before, sizeof before, "%s", c->s.db);
    myw_text_applied(c, sql, n, true);
    c->mode.flags &= flags;
    if (strcmp(before, c->s.db) == 0)
        return;
    if (tracks(c))
        myw_session_set(&c->s.db, before, strlen(before));
    else
        myw_forget_schema(c);
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
