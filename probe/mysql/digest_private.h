/* summary: what the files of the SQL digest share: token numbers, the lexer, the tables */
#ifndef MYW_DIGEST_PRIVATE_H
#define MYW_DIGEST_PRIVATE_H

#include "myw.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

/* What a token is. Below 256: a character that stands for itself. Numbers are hashed and stored: never change
 * one. */
enum {
    DG_END = 0,
    DG_IDENT = 256,
    DG_IDENT_AT,  /* in a hint: a name with '@' right behind it, and no space after it */
    DG_HINT_NAME, /* in a hint: a name with '@' before it */
    DG_VALUE,     /* ? */
    DG_VALUE_LIST,
    DG_ROW_ONE, /* (?) */
    DG_ROW_ONE_LIST,
    DG_ROW_MANY, /* (...) */
    DG_ROW_MANY_LIST,
    DG_IN_LIST,       /* IN (...) */
    DG_CHARSET,       /* _utf8mb4 and so on */
    DG_DOLLARS,       /* $$text$$ */
    DG_COLUMN_NUMBER, /* ORDER BY 1 */
    DG_HINT_OPEN,
    DG_HINT_CLOSE,
    DG_WITH_ROLLUP,
    DG_LE,
    DG_GE,
    DG_NE,
    DG_EQUAL_OR_NULL, /* <=> */
    DG_SHIFT_LEFT,
    DG_SHIFT_RIGHT,
    DG_AND_AND,
    DG_OR_OR,      /* || where it means OR */
    DG_CONCAT,     /* || under PIPES_AS_CONCAT */
    DG_ASSIGN,     /* := */
    DG_ARROW,      /* -> */
    DG_ARROW_TEXT, /* ->> */
    DG_NOT_FIRST,  /* NOT under HIGH_NOT_PRECEDENCE */
    DG_SPECIAL_END,

    /* Only from the lexer to the folding: */
    DG_NUMBER = 300, /* a literal that takes a sign; `number` when it is a plain integer */

    DG_FIRST_WORD = 400,  /* digest_words.def */
    DG_FIRST_HINT = 2000, /* digest_hints.def */
};

/* What the folding has to know of a token. */
enum dg_flag {
    DG_HINTABLE = 1 << 0, /* an optimizer hint may follow */
    DG_START = 1 << 1,    /* a sign after it belongs to the number */
    DG_OPERAND = 1 << 2,  /* an operand follows: NULL is a value there */
    DG_GOES_ON = 1 << 3,  /* after a number: the expression goes on */
    DG_LIST_END = 1 << 4, /* ends the list of ORDER BY and its like */
    DG_LISTED = 1 << 5,  /* ORDER, GROUP, PARTITION: with BY, a list begins in which a number is a column's */
    DG_ROLLUP = 1 << 6,  /* and ROLLUP, CUBE: such a list is in the parentheses */
    DG_NO_NULL = 1 << 7, /* NULL after "=" is not a value */
    DG_NULL = 1 << 8,
    DG_NOT = 1 << 9,
    DG_IN = 1 << 10,
    DG_BY = 1 << 11,
    DG_WITH = 1 << 12,
};

struct dg_token {
    const uint8_t *text; /* names: borrowed from the statement, doubled quotes not folded */
    uint32_t len;
    uint32_t number; /* NUMBER, COLUMN_NUMBER: of 1 to 2^32-1; else 0 */
    uint16_t id;
    uint16_t flags;
    uint8_t quote; /* names: the quote that is doubled in `text`, 0 when none is */
    bool plain;    /* names: printable ASCII, to be shown as it is */
};

struct dg_shown {
    const char *text;
    uint8_t len;
    uint16_t flags;
};

enum dg_lex_state {
    DG_LEX_START,
    DG_LEX_DOT,        /* an identifier ended right before a '.' that goes on with another one */
    DG_LEX_IDENT,      /* after that dot: an identifier, never a keyword */
    DG_LEX_HOSTNAME,   /* after '@' */
    DG_LEX_SYSTEM_VAR, /* between the two characters of "@@" */
    DG_LEX_VAR_NAME,   /* after "@@" */
    DG_LEX_HINT,       /* inside an optimizer hint */
};

struct dg_lex {
    const uint8_t *p;
    const uint8_t *end;
    enum dg_lex_state state;
    uint32_t flags; /* enum myw_digest_flag */
    enum myw_digest_charset charset;
    uint32_t version;
    bool in_version_comment;
    bool hint_shown;       /* its opening was given */
    bool hint_name;        /* a query block's name must follow */
    struct dg_token ahead; /* after WITH; id DG_END when there is none */
};

/* --- digest_lex.c --- */

/* The next token; false at the end, also where the server would refuse to go on. */
bool dg_lex_next(struct dg_lex *l, struct dg_token *t);

/* --- digest_bytes.c --- */

/* Classes of bytes. */
enum {
    DG_B_IDENT = 1, /* may stand in a name */
    DG_B_DIGIT = 2,
    DG_B_XDIGIT = 4,
    DG_B_SPACE = 8,
    DG_B_HOST = 16, /* may stand in what follows '@' */
    DG_B_OP2 = 32,  /* may be the second byte of an operator */
};
extern const uint8_t dg_bytes[256];

/* Where a token begins, by its first byte. */
enum dg_start {
    DG_AT_CHAR,
    DG_AT_WORD,
    DG_AT_DIGIT,
    DG_AT_PREFIX, /* x'1f' b'01' n'text', or a word */
    DG_AT_DOLLAR,
    DG_AT_STRING,
    DG_AT_DOUBLE_QUOTE,
    DG_AT_BACKTICK,
    DG_AT_SIGN_AT,
    DG_AT_DOT,
    DG_AT_OPERATOR,
    DG_AT_PLACEHOLDER,
    DG_AT_BLANK, /* white space and what may open or close a comment */
    DG_AT_SPACE,
};
extern const uint8_t dg_starts[256];

/* One character taken as it is. */
bool dg_set_char(struct dg_token *t, uint8_t b);
/* Bytes of the character at p, 1 when it is none of several bytes. */
size_t dg_mb_len(const struct dg_lex *l, const uint8_t *p);

/* --- for the lexer's files --- */

static inline bool dg_is(uint8_t b, unsigned classes)
{
    return (dg_bytes[b] & classes) != 0;
}

/* The byte at offset i, 0 past the end. */
static inline uint8_t dg_at(const struct dg_lex *l, size_t i)
{
    return (size_t)(l->end - l->p) > i ? l->p[i] : 0;
}

/* Latin1 has a space above 127. */
static inline bool dg_is_space(const struct dg_lex *l, uint8_t b)
{
    return dg_is(b, DG_B_SPACE) || (b == 0xa0 && l->charset == MYW_DIGEST_LATIN1);
}

static inline bool dg_set(struct dg_token *t, uint16_t id, uint16_t flags)
{
    t->id = id;
    t->flags = flags;
    t->number = 0;
    return true;
}

static inline bool dg_set_name(struct dg_token *t, uint16_t id, const uint8_t *text, size_t len)
{
    t->text = text;
    t->len = (uint32_t)len;
    t->quote = 0;
    t->plain = false;
    return dg_set(t, id, 0);
}

/* Past the bytes of a name; a character's second byte may be any ASCII one in some character sets. True when
 * all of them are ASCII. */
bool dg_skip_name(struct dg_lex *l);
/* A literal in quotes, the cursor on the first quote. Unfinished ones reach to the end. */
bool dg_lex_string(struct dg_lex *l, struct dg_token *t);
/* A name in quotes, the cursor on the first; false when it is unfinished. */
bool dg_lex_quoted(struct dg_lex *l, struct dg_token *t);

/* memcpy() of what is mostly a few bytes: two pieces that may overlap, without a call. */
static inline void dg_copy(void *to_bytes, const void *from_bytes, size_t len)
{
    const uint8_t *from = from_bytes;
    uint8_t *to = to_bytes;

    if (len > 16) {
        memcpy(to, from, len);
    } else if (len >= 8) {
        uint64_t first, second;

        memcpy(&first, from, 8);
        memcpy(&second, from + len - 8, 8);
        memcpy(to, &first, 8);
        memcpy(to + len - 8, &second, 8);
    } else if (len >= 4) {
        uint32_t first, second;

        memcpy(&first, from, 4);
        memcpy(&second, from + len - 4, 4);
        memcpy(to, &first, 4);
        memcpy(to + len - 4, &second, 4);
    } else {
        for (size_t i = 0; i < len; i++)
            to[i] = from[i];
    }
}

/* --- digest_number.c --- */

/* A number, or an identifier that begins with digits. */
bool dg_lex_number(struct dg_lex *l, struct dg_token *t);
/* From the point on: fraction and exponent. */
bool dg_lex_fraction(struct dg_lex *l, struct dg_token *t);

/* --- digest_hint.c --- */

/* Inside an optimizer hint; false where it ended without a token. */
bool dg_hint_next(struct dg_lex *l, struct dg_token *t);

/* --- digest_words.c --- */

/* What a word of the server's table is, DG_END when it is none; `call` tells that a parenthesis follows
 * directly. */
uint16_t dg_word_find(const uint8_t *text, size_t len, bool call);
/* The same for a word of the optimizer hints. */
uint16_t dg_hint_find(const uint8_t *text, size_t len);
bool dg_is_charset(const uint8_t *name, size_t len);
/* What a digest shows for a token that is no name and no character. */
const struct dg_shown *dg_shown(uint16_t id);

/* --- digest_text.c --- */

/* Writes what the tokens show into out->text. */
void dg_render(struct myw_digest *out, const struct dg_token *tokens, size_t count,
               enum myw_digest_charset charset);

#endif
