/* summary: what the files of the SQL digest share: tokens, the lexer, the word tables */
#ifndef MYW_DIGEST_PRIVATE_H
#define MYW_DIGEST_PRIVATE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum dg_kind {
    DG_OP,         /* an operator or another piece of text shown as it is */
    DG_WORD,       /* a keyword */
    DG_IDENT,      /* shown in backticks */
    DG_NUMBER,     /* a literal that takes a sign */
    DG_VALUE,      /* any other literal; after reduction also a number */
    DG_VALUE_LIST, /* ?, ... */
    DG_ROW_ONE,    /* (?) */
    DG_ROW_ONE_LIST,
    DG_ROW_MANY, /* (...) */
    DG_ROW_MANY_LIST,
    DG_IN_LIST, /* IN (...) */
};

enum dg_word_flag {
    WORD_FUNCTION = 1 << 0,
    WORD_HINTABLE = 1 << 1,
    WORD_START_EXPR = 1 << 2,
    WORD_IN = 1 << 3,
    WORD_NULL = 1 << 4,
};

struct dg_token {
    enum dg_kind kind;
    const char
        *text; /* OP, WORD: what is shown; IDENT: borrowed from the statement, doubled backticks not folded */
    size_t len;
    char op;        /* OP of one character: it; else 0 */
    bool quoted;    /* IDENT in backticks */
    bool glued;     /* no space after it */
    unsigned flags; /* WORD: enum dg_word_flag; OP: WORD_START_EXPR */
};

struct dg_word {
    const char *name;
    const char *shown;
    unsigned flags;
};

enum dg_lex_state {
    DG_LEX_START,
    DG_LEX_DOT,        /* an identifier ended right before a '.' that goes on with another one */
    DG_LEX_IDENT,      /* after that dot: an identifier, never a keyword */
    DG_LEX_HOSTNAME,   /* after '@' */
    DG_LEX_SYSTEM_VAR, /* between the two characters of "@@" */
    DG_LEX_VAR_NAME,   /* after "@@" */
};

struct dg_lex {
    const uint8_t *p;
    const uint8_t *end;
    enum dg_lex_state state;
    bool no_backslash;
    bool in_version_comment;
    bool after_hintable;
    bool in_hint;
    bool hint_shown; /* its opening was given */
    bool hint_name;  /* a query block's name must follow */
};

/* The next token; false at the end, also where the server would refuse to go on. */
bool dg_lex_next(struct dg_lex *l, struct dg_token *t);

/* --- for the lexer's two files --- */

bool dg_is_ident_byte(uint8_t b);
bool dg_is_space(uint8_t b);
bool dg_set_op(struct dg_token *t, const char *text);
/* One character taken as it is (a control character as '?'). */
bool dg_set_char(struct dg_token *t, uint8_t b);
bool dg_set_ident(struct dg_token *t, const uint8_t *text, size_t len, bool quoted);
/* A literal in quotes, the cursor on the first quote. Unfinished ones reach to the end. */
bool dg_lex_string(struct dg_lex *l, struct dg_token *t);
/* An identifier in backticks, the cursor on the first; false when it is unfinished. */
bool dg_lex_backticks(struct dg_lex *l, struct dg_token *t);
/* Inside an optimizer hint; false where it ended without a token. */
bool dg_hint_next(struct dg_lex *l, struct dg_token *t);

/* --- digest_words.c --- */

/* A word of the server's table, NULL when it is none; `call` tells that a parenthesis follows directly. */
const struct dg_word *dg_word_find(const uint8_t *text, size_t len, bool call);
/* A word of the optimizer hints, as it is shown; NULL when it is none. */
const char *dg_hint_find(const uint8_t *text, size_t len);
bool dg_is_charset(const uint8_t *name, size_t len);

#endif
