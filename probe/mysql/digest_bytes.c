/* summary: what the lexer of SQL digests knows of single bytes and of characters of several */
#include "digest_private.h"

#define LETTER (DG_B_IDENT | DG_B_HOST)
#define HEXDIG (DG_B_IDENT | DG_B_HOST | DG_B_XDIGIT)
#define DIGITS (DG_B_IDENT | DG_B_HOST | DG_B_DIGIT | DG_B_XDIGIT)
#define TIMES5(x) x, x, x, x, x
#define TIMES20(x) TIMES5(x), TIMES5(x), TIMES5(x), TIMES5(x)
#define TIMES64(x) TIMES20(x), TIMES20(x), TIMES20(x), x, x, x, x
/* Names begin with most letters; B, N and X may also stand before a quote. */
#define TO_Z(word, prefix)                                                                                   \
    word, prefix, TIMES5(word), TIMES5(word), word, prefix, TIMES5(word), word, word, word, word, prefix,    \
        word, word

/* clang-format off */
const uint8_t dg_bytes[256] = {
    ['\t'] = TIMES5(DG_B_SPACE), [' '] = DG_B_SPACE,
    ['$'] = LETTER, ['_'] = LETTER, ['.'] = DG_B_HOST,
    ['&'] = DG_B_OP2, ['|'] = DG_B_OP2, ['<'] = DG_B_OP2, ['='] = DG_B_OP2, ['>'] = DG_B_OP2,
    ['0'] = TIMES5(DIGITS), TIMES5(DIGITS),
    ['A'] = TIMES5(HEXDIG), HEXDIG, TIMES20(LETTER),
    ['a'] = TIMES5(HEXDIG), HEXDIG, TIMES20(LETTER),
    [0x80] = TIMES64(DG_B_IDENT), TIMES64(DG_B_IDENT),
};

const uint8_t dg_starts[256] = {
    [0] = DG_AT_SPACE, ['\t'] = TIMES5(DG_AT_SPACE), [' '] = DG_AT_SPACE,
    ['#'] = DG_AT_BLANK, ['-'] = DG_AT_BLANK, ['/'] = DG_AT_BLANK, ['*'] = DG_AT_BLANK,
    ['\''] = DG_AT_STRING, ['"'] = DG_AT_DOUBLE_QUOTE, ['`'] = DG_AT_BACKTICK,
    ['@'] = DG_AT_SIGN_AT, ['.'] = DG_AT_DOT, ['?'] = DG_AT_PLACEHOLDER,
    ['&'] = DG_AT_OPERATOR, ['|'] = DG_AT_OPERATOR, ['<'] = DG_AT_OPERATOR, ['>'] = DG_AT_OPERATOR,
    ['!'] = DG_AT_OPERATOR, [':'] = DG_AT_OPERATOR,
    ['$'] = DG_AT_DOLLAR, ['_'] = DG_AT_WORD,
    ['0'] = TIMES5(DG_AT_DIGIT), TIMES5(DG_AT_DIGIT),
    ['A'] = TO_Z(DG_AT_WORD, DG_AT_PREFIX),
    ['a'] = TO_Z(DG_AT_WORD, DG_AT_PREFIX),
    [0x80] = TIMES64(DG_AT_WORD), TIMES64(DG_AT_WORD),
};
/* clang-format on */

#define OPERATOR (DG_START | DG_OPERAND | DG_GOES_ON)
static const uint16_t char_flags[128] = {
    ['('] = DG_START | DG_OPERAND,
    [','] = DG_START | DG_OPERAND,
    ['|'] = OPERATOR,
    ['&'] = OPERATOR,
    ['+'] = OPERATOR,
    ['-'] = OPERATOR,
    ['*'] = OPERATOR,
    ['/'] = OPERATOR,
    ['%'] = OPERATOR,
    ['^'] = OPERATOR,
    ['='] = OPERATOR,
    ['<'] = OPERATOR,
    ['>'] = OPERATOR,
    ['!'] = DG_OPERAND,
    ['~'] = DG_OPERAND,
};

bool dg_set_char(struct dg_token *t, uint8_t b)
{
    return dg_set(t, b, b < 128 ? char_flags[b] : 0);
}

size_t dg_mb_len(const struct dg_lex *l, const uint8_t *p)
{
    size_t left = (size_t)(l->end - p);
    uint8_t a = left ? p[0] : 0;
    uint8_t b = left > 1 ? p[1] : 0;
    bool tail = (b >= 0x40 && b <= 0x7e) || (b >= 0x80 && b != 0xff);

    if (a <= 0x80 || a == 0xff)
        return 1;
    switch (l->charset) {
    case MYW_DIGEST_GB18030:
        if (b >= '0' && b <= '9' && left >= 4 && p[2] > 0x80 && p[2] < 0xff && p[3] >= '0' && p[3] <= '9')
            return 4;
        return tail ? 2 : 1;
    case MYW_DIGEST_GBK:
        return tail ? 2 : 1;
    case MYW_DIGEST_BIG5:
        return a >= 0xa1 && a <= 0xf9 && tail && !(b >= 0x80 && b < 0xa1) ? 2 : 1;
    case MYW_DIGEST_SJIS:
    case MYW_DIGEST_CP932:
        return (a <= 0x9f || (a >= 0xe0 && a <= 0xfc)) && tail && b <= 0xfc ? 2 : 1;
    case MYW_DIGEST_UTF8:
    case MYW_DIGEST_LATIN1:
    case MYW_DIGEST_OTHER:
        break;
    }
    return 1;
}
