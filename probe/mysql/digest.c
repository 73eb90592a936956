/* summary: myw_digest_sql: tokens folded to values, lists and rows, into one text and its hash
 *
 * The folding and the shape of the text are those of the server's DIGEST_TEXT (MySQL manual, "Performance
 * Schema Statement Digests and Sampling"). */
#include "digest_private.h"
#include "myw.h"

#include <string.h>
/* The state of a running hash lives on the stack: its size must be known here. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* Tokens that a later one may still fold: four are needed for rows, more only for repeated signs ("- - - 1").
 * When the window is full, all but these many leave it at once. */
#define WINDOW 64
#define WINDOW_KEPT 16

struct fold {
    struct dg_token win[WINDOW];
    size_t count;
    struct myw_digest *out;
    bool space;   /* before the next token */
    bool running; /* the text is full: `hash` goes on alone */
    XXH3_state_t hash;
};

static void put(struct fold *f, const char *text, size_t len)
{
    struct myw_digest *d = f->out;
    size_t room = MYW_DIGEST_TEXT_MAX - 1 - d->text_bytes;

    if (!f->running && len <= room) {
        memcpy(d->text + d->text_bytes, text, len);
        d->text_bytes += len;
        return;
    }
    if (!f->running) {
        f->running = true;
        XXH3_64bits_reset(&f->hash);
        XXH3_64bits_update(&f->hash, d->text, d->text_bytes);
        memcpy(d->text + d->text_bytes, text, room);
        d->text_bytes += room;
        d->cut = true;
    }
    XXH3_64bits_update(&f->hash, text, len);
}

/* An identifier in backticks: doubled ones folded as the server does, control characters hidden. */
static void put_ident(struct fold *f, const struct dg_token *t)
{
    size_t from = 0;

    put(f, "`", 1);
    for (size_t i = 0; i < t->len; i++) {
        bool doubled = t->quoted && t->text[i] == '`' && i + 1 < t->len;
        bool control = (uint8_t)t->text[i] < ' ' || t->text[i] == 0x7f;

        if (!doubled && !control)
            continue;
        put(f, t->text + from, i - from);
        put(f, doubled ? "`" : "?", 1);
        if (doubled)
            i++;
        from = i + 1;
    }
    put(f, t->text + from, t->len - from);
    put(f, "`", 1);
}

static const char *text_of(enum dg_kind kind)
{
    switch (kind) {
    case DG_VALUE_LIST:
        return "?, ...";
    case DG_ROW_ONE:
        return "(?)";
    case DG_ROW_ONE_LIST:
        return "(?) /* , ... */";
    case DG_ROW_MANY:
        return "(...)";
    case DG_ROW_MANY_LIST:
        return "(...) /* , ... */";
    case DG_IN_LIST:
        return "IN (...)";
    case DG_OP:
    case DG_WORD:
    case DG_IDENT:
    case DG_NUMBER:
    case DG_VALUE:
        break;
    }
    return "?";
}

static void put_token(struct fold *f, const struct dg_token *t)
{
    if (f->space)
        put(f, " ", 1);
    f->space = !t->glued;
    if (t->kind == DG_IDENT)
        put_ident(f, t);
    else if (t->kind == DG_OP || t->kind == DG_WORD)
        put(f, t->text, t->len);
    else
        put(f, text_of(t->kind), strlen(text_of(t->kind)));
}

/* The n-th token from the end, 1 being the last; NULL when it is out of sight. */
static const struct dg_token *last(const struct fold *f, size_t n)
{
    return f->count >= n ? &f->win[f->count - n] : NULL;
}

static bool is_kind(const struct dg_token *t, enum dg_kind kind)
{
    return t && t->kind == kind;
}

static bool is_op(const struct dg_token *t, char op)
{
    return t && t->kind == DG_OP && t->op == op;
}

static void pop(struct fold *f, size_t n)
{
    f->count -= n;
}

static void push(struct fold *f, const struct dg_token *t)
{
    if (f->count == WINDOW) {
        for (size_t i = 0; i < WINDOW - WINDOW_KEPT; i++)
            put_token(f, &f->win[i]);
        memcpy(&f->win[0], &f->win[WINDOW - WINDOW_KEPT], WINDOW_KEPT * sizeof f->win[0]);
        f->count = WINDOW_KEPT;
    }
    f->win[f->count++] = *t;
}

static void push_kind(struct fold *f, enum dg_kind kind)
{
    const struct dg_token t = {.kind = kind};

    push(f, &t);
}

/* A sign before a number belongs to it where an expression begins: after "(", ",", SELECT, an operator. The
 * server does not count "=" and the comparisons among those. */
static void drop_signs(struct fold *f)
{
    while ((is_op(last(f, 1), '-') || is_op(last(f, 1), '+')) && last(f, 2) &&
           (last(f, 2)->flags & WORD_START_EXPR))
        pop(f, 1);
}

static void add_value(struct fold *f, bool number)
{
    if (number)
        drop_signs(f);
    if (is_op(last(f, 1), ',') && (is_kind(last(f, 2), DG_VALUE) || is_kind(last(f, 2), DG_VALUE_LIST))) {
        pop(f, 2);
        push_kind(f, DG_VALUE_LIST);
        return;
    }
    push_kind(f, DG_VALUE);
}

/* A row of values was closed: one after IN, one more in a list of rows, or the first. */
static void add_row(struct fold *f, enum dg_kind row, enum dg_kind list)
{
    const struct dg_token *before = last(f, 1);

    if (is_op(before, ',') && (is_kind(last(f, 2), row) || is_kind(last(f, 2), list))) {
        pop(f, 2);
        push_kind(f, list);
    } else if (before && before->kind == DG_WORD && (before->flags & WORD_IN)) {
        pop(f, 1);
        push_kind(f, DG_IN_LIST);
    } else {
        push_kind(f, row);
    }
}

static void add_close(struct fold *f, const struct dg_token *t)
{
    if (is_op(last(f, 2), '(') && is_kind(last(f, 1), DG_VALUE)) {
        pop(f, 2);
        add_row(f, DG_ROW_ONE, DG_ROW_ONE_LIST);
    } else if (is_op(last(f, 2), '(') && is_kind(last(f, 1), DG_VALUE_LIST)) {
        pop(f, 2);
        add_row(f, DG_ROW_MANY, DG_ROW_MANY_LIST);
    } else {
        push(f, t);
    }
}

static bool is_word(const struct dg_token *t, const char *text)
{
    return t->kind == DG_WORD && strcmp(t->text, text) == 0;
}

/* NULL is a value where an expression may stand, and a keyword in IS NULL, NOT NULL, SET NULL and column
 * definitions. The server's grammar knows; here the token before it tells. */
static bool null_is_value(const struct fold *f)
{
    static const char *const before[] = {"THEN", "ELSE", "BY", "WHERE", "HAVING", "DISTINCTROW", "ALL"};
    const struct dg_token *t = last(f, 1);

    if (!t)
        return false;
    if (t->kind == DG_OP)
        return t->op != ')' && t->op != '.';
    if (t->kind != DG_WORD || is_word(t, "NOT"))
        return false;
    if (t->flags & WORD_START_EXPR)
        return true;
    for (size_t i = 0; i < sizeof before / sizeof before[0]; i++)
        if (is_word(t, before[i]))
            return true;
    return false;
}

static void add(struct fold *f, const struct dg_token *t)
{
    if (t->kind == DG_NUMBER || t->kind == DG_VALUE)
        add_value(f, t->kind == DG_NUMBER);
    else if (t->kind == DG_WORD && (t->flags & WORD_NULL) && null_is_value(f))
        add_value(f, false);
    else if (is_op(t, ')'))
        add_close(f, t);
    else
        push(f, t);
}

/* A text that was cut does not end inside a UTF-8 sequence. */
static void trim_cut(struct myw_digest *d)
{
    size_t n = d->text_bytes;

    while (n > 0 && d->text_bytes - n < 4 && ((uint8_t)d->text[n - 1] & 0xc0) == 0x80)
        n--;
    if (n > 0 && (uint8_t)d->text[n - 1] >= 0xc0)
        d->text_bytes = n - 1;
}

static void finish(struct fold *f)
{
    struct myw_digest *d = f->out;

    for (size_t i = 0; i < f->count; i++)
        put_token(f, &f->win[i]);
    d->hash = f->running ? XXH3_64bits_digest(&f->hash) : XXH3_64bits(d->text, d->text_bytes);
    if (d->cut)
        trim_cut(d);
    d->text[d->text_bytes] = '\0';
}

void myw_digest_sql(struct myw_digest *out, const char *sql, size_t sql_bytes, uint16_t status)
{
    struct fold f;
    struct dg_lex lex;
    struct dg_token t;

    out->text_bytes = 0;
    out->cut = false;
    f.count = 0;
    f.out = out;
    f.space = f.running = false;
    /* The server drops semicolons and white space at the end of a command before it looks at it. */
    while (sql_bytes && (sql[sql_bytes - 1] == ';' || dg_is_space((uint8_t)sql[sql_bytes - 1])))
        sql_bytes--;
    memset(&lex, 0, sizeof lex);
    lex.p = (const uint8_t *)sql;
    lex.end = lex.p + sql_bytes;
    lex.no_backslash = (status & MYW_STATUS_NO_BACKSLASH_ESCAPES) != 0;
    while (dg_lex_next(&lex, &t))
        add(&f, &t);
    finish(&f);
}
