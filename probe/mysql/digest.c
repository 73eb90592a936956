/* summary: myw_digest_sql: tokens folded to values, lists and rows, as the server's digest does; the hash of
 * them
 *
 * The hash is of the tokens, not of the text: two statements have the same one exactly where
 * STATEMENT_DIGEST() of a server with the default max_digest_length says so (docs/digest.md lists what is
 * known to differ). */
#include "digest_private.h"

#include <endian.h>
#include <string.h>
/* Without a call for the short inputs that these are. */
#define XXH_INLINE_ALL
#include <xxhash.h>

/* The server keeps the tokens of a statement in this many bytes (max_digest_length) and ignores the rest: two
 * for a token, and for a name two more with its bytes. */
#define TOKENS_BYTES 1024
#define TOKENS_MAX (TOKENS_BYTES / 2)
/* Parentheses deeper than this hold no lists of column numbers. */
#define DEPTH_MAX 63

struct fold {
    size_t count;
    size_t bytes; /* as the server would need */
    bool full;
    bool number_ends; /* the last token may be a column's number, which the next one decides */
    unsigned depth;   /* of parentheses */
    uint64_t lists;   /* bit n: ORDER BY, GROUP BY, PARTITION BY lists its columns in n parentheses */
    struct dg_token tokens[TOKENS_MAX + 1];
};

static bool is_name(const struct dg_token *t)
{
    return t->id >= DG_IDENT && t->id <= DG_HINT_NAME;
}

static size_t cost(const struct dg_token *t)
{
    if (is_name(t))
        return 4 + (size_t)t->len - t->number;
    return t->id == DG_COLUMN_NUMBER ? 6 : 2;
}

/* The n-th token from the end, 1 being the last; DG_END when there is none. */
static const struct dg_token *last(const struct fold *f, size_t n)
{
    static const struct dg_token none = {.id = DG_END};

    return f->count >= n ? &f->tokens[f->count - n] : &none;
}

/* What the folding takes away again is never a name: two bytes each. */
static void pop(struct fold *f, size_t n)
{
    f->count -= n;
    f->bytes -= 2 * n;
}

static void push(struct fold *f, const struct dg_token *t)
{
    size_t need = cost(t);

    if (f->full || f->bytes + need > TOKENS_BYTES) {
        f->full = true;
        return;
    }
    f->bytes += need;
    f->tokens[f->count++] = *t;
}

static void push_id(struct fold *f, uint16_t id, uint32_t number)
{
    const struct dg_token t = {.id = id, .number = number};

    push(f, &t);
}

/* A sign before a number belongs to it where an expression begins: after "(", ",", SELECT, an operator. */
static bool drop_signs(struct fold *f)
{
    bool minus = false;

    while ((last(f, 1)->id == '-' || last(f, 1)->id == '+') && (last(f, 2)->flags & DG_START)) {
        minus |= last(f, 1)->id == '-';
        pop(f, 1);
    }
    return minus;
}

static uint64_t list_bit(const struct fold *f)
{
    return f->depth <= DEPTH_MAX ? UINT64_C(1) << f->depth : 0;
}

/* Whether a number here begins an item of ORDER BY and its like. */
static bool begins_item(const struct fold *f)
{
    const struct dg_token *before = last(f, 1);

    return (f->lists & list_bit(f)) && (before->id == ',' || before->id == '(' || (before->flags & DG_BY));
}

static void add_value(struct fold *f, const struct dg_token *t)
{
    bool number = t->id == DG_NUMBER;
    bool minus = number && drop_signs(f);

    if (last(f, 1)->id == ',' && (last(f, 2)->id == DG_VALUE || last(f, 2)->id == DG_VALUE_LIST)) {
        pop(f, 2);
        push_id(f, DG_VALUE_LIST, 0);
        return;
    }
    f->number_ends = number && !minus && t->number && begins_item(f);
    push_id(f, DG_VALUE, t->number);
}

/* The number of a column is no value and stays; in an expression it is a value. `next` is the token after it,
 * NULL at the end. The server decides when it has stored that one too, which shows where there is no more
 * room. */
static void settle_number(struct fold *f, const struct dg_token *next)
{
    f->number_ends = false;
    if (f->full || (next && (next->flags & DG_GOES_ON)))
        return;
    if (next && f->bytes + cost(next) > TOKENS_BYTES) {
        f->full = true;
    } else if (f->bytes + 4 > TOKENS_BYTES) {
        pop(f, 1);
        if (next)
            push(f, next);
        f->full = true;
    } else {
        f->bytes += 4;
        f->tokens[f->count - 1].id = DG_COLUMN_NUMBER;
    }
}

/* A row of values was closed: one after IN, one more in a list of rows, or the first. */
static void add_row(struct fold *f, uint16_t row, uint16_t list)
{
    const struct dg_token *before = last(f, 1);

    if (before->id == ',' && (last(f, 2)->id == row || last(f, 2)->id == list)) {
        pop(f, 2);
        push_id(f, list, 0);
    } else if (before->flags & DG_IN) {
        pop(f, 1);
        push_id(f, DG_IN_LIST, 0);
    } else {
        push_id(f, row, 0);
    }
}

static void add_close(struct fold *f, const struct dg_token *t)
{
    uint16_t inner = last(f, 1)->id;

    f->lists &= ~list_bit(f);
    if (f->depth)
        f->depth--;
    if (last(f, 2)->id == '(' && (inner == DG_VALUE || inner == DG_VALUE_LIST)) {
        pop(f, 2);
        if (inner == DG_VALUE)
            add_row(f, DG_ROW_ONE, DG_ROW_ONE_LIST);
        else
            add_row(f, DG_ROW_MANY, DG_ROW_MANY_LIST);
    } else {
        push(f, t);
    }
}

static void add_open(struct fold *f, const struct dg_token *t)
{
    bool rollup = (last(f, 1)->flags & DG_ROLLUP) != 0;

    f->depth++;
    f->lists &= ~list_bit(f);
    if (rollup)
        f->lists |= list_bit(f);
    push(f, t);
}

/* NULL is a value where an operand may stand, and a keyword in IS NULL, NOT NULL, SET NULL and column
 * definitions. The server's grammar knows; here the tokens before it tell. */
static bool null_is_value(const struct fold *f)
{
    size_t n = 1;

    while (last(f, n)->flags & DG_NOT)
        n++;
    if (last(f, n)->id == '=' && (last(f, n + 1)->flags & DG_NO_NULL))
        return false;
    return (last(f, n)->flags & DG_OPERAND) != 0;
}

static void add_word(struct fold *f, const struct dg_token *t)
{
    if ((t->flags & DG_NULL) && null_is_value(f)) {
        add_value(f, t);
        return;
    }
    if ((t->flags & DG_BY) && (last(f, 1)->flags & DG_LISTED))
        f->lists |= list_bit(f);
    else if (t->flags & DG_LIST_END)
        f->lists &= ~list_bit(f);
    push(f, t);
}

/* Tokens that only have to be stored: names, operators, most words. */
static bool is_simple(const struct fold *f, const struct dg_token *t)
{
    return !f->number_ends && t->id != DG_NUMBER && t->id != DG_VALUE && t->id != '(' && t->id != ')' &&
           !(t->flags & (DG_NULL | DG_BY | DG_LIST_END));
}

static void add(struct fold *f, const struct dg_token *t)
{
    if (f->number_ends)
        settle_number(f, t);
    if (t->id == DG_NUMBER || t->id == DG_VALUE)
        add_value(f, t);
    else if (t->id == ')')
        add_close(f, t);
    else if (t->id == '(')
        add_open(f, t);
    else if (t->flags & (DG_NULL | DG_BY | DG_LIST_END))
        add_word(f, t);
    else
        push(f, t);
}

/* The lexer writes each token where a simple one stays. */
static void add_all(struct fold *f, struct dg_lex *lex)
{
    struct dg_token *t = &f->tokens[0];

    while (!f->full && dg_lex_next(lex, t)) {
        size_t need = cost(t);

        if (is_simple(f, t) && f->bytes + need <= TOKENS_BYTES) {
            f->bytes += need;
            f->count++;
        } else {
            const struct dg_token other = *t;

            add(f, &other);
        }
        t = &f->tokens[f->count];
    }
    if (f->number_ends)
        settle_number(f, NULL);
}

static uint8_t *put16(uint8_t *p, size_t v)
{
    uint16_t le = htole16((uint16_t)v);

    memcpy(p, &le, sizeof le);
    return p + sizeof le;
}

static uint8_t *put32(uint8_t *p, uint32_t v)
{
    uint32_t le = htole32(v);

    memcpy(p, &le, sizeof le);
    return p + sizeof le;
}

static uint8_t *put_name(uint8_t *p, const struct dg_token *t)
{
    p = put16(p, t->len - t->number);
    if (!t->quote) {
        dg_copy(p, t->text, t->len);
        return p + t->len;
    }
    for (size_t i = 0; i < t->len; i++) {
        *p++ = t->text[i];
        if (t->text[i] == t->quote)
            i++;
    }
    return p;
}

static uint64_t hash_of(const struct fold *f)
{
    uint8_t bytes[TOKENS_BYTES];
    uint8_t *p = bytes;

    for (size_t i = 0; i < f->count; i++) {
        const struct dg_token *t = &f->tokens[i];

        p = put16(p, t->id);
        if (is_name(t))
            p = put_name(p, t);
        else if (t->id == DG_COLUMN_NUMBER)
            p = put32(p, t->number);
    }
    return XXH3_64bits(bytes, (size_t)(p - bytes));
}

/* The server drops semicolons and white space at the end of a command before it looks at it. */
static size_t trimmed(const char *sql, size_t n)
{
    while (n && (sql[n - 1] == ';' || dg_is((uint8_t)sql[n - 1], DG_B_SPACE)))
        n--;
    return n;
}

void myw_digest_sql_mode(struct myw_digest *out, const char *sql, size_t sql_bytes,
                         const struct myw_digest_mode *mode)
{
    struct dg_lex lex;
    struct fold f;

    f.count = f.bytes = 0;
    f.full = f.number_ends = false;
    f.depth = 0;
    f.lists = 0;
    memset(&lex, 0, sizeof lex);
    lex.p = (const uint8_t *)sql;
    lex.end = lex.p + trimmed(sql, sql_bytes);
    lex.flags = mode->flags;
    lex.charset = mode->charset;
    lex.version = mode->server_version ? mode->server_version : MYW_DIGEST_NEWEST_VERSION;
    add_all(&f, &lex);
    out->hash = hash_of(&f);
    out->cut = f.full;
    dg_render(out, f.tokens, f.count, mode->charset);
}

void myw_digest_sql(struct myw_digest *out, const char *sql, size_t sql_bytes, uint16_t status)
{
    const struct myw_digest_mode mode = {
        .flags = status & MYW_STATUS_NO_BACKSLASH_ESCAPES ? MYW_DIGEST_NO_BACKSLASH_ESCAPES : 0,
    };

    myw_digest_sql_mode(out, sql, sql_bytes, &mode);
}
