/* summary: looking up words of the server's lexer, of optimizer hints, and character sets; what tokens show
 */
#include "digest_private.h"

#include <endian.h>
#include <string.h>

#define SLOT_BITS 12
#define SLOTS (1U << SLOT_BITS)
/* Clears the bit in which the two cases of a letter differ. The other bytes of a name (digits, '_', '$',
 * those above 127) stay different from each other and from letters, except some above 127 from each other. */
#define FOLD_CASE UINT64_C(0xdfdfdfdfdfdfdfdf)

struct word {
    const char *text;
    uint8_t len;
    uint8_t call; /* a word only right before a parenthesis */
    uint16_t id;
};

#define TOKEN(id, text, flags)
#define WORD(text, id, call) {text, sizeof(text) - 1, call, id},
static const struct word words[] = {
#include "digest_words.def"
};
#undef TOKEN
#undef WORD

#define TOKEN(id, text, flags) [(id)-DG_FIRST_WORD] = {text, sizeof(text) - 1, flags},
#define WORD(text, id, call)
static const struct dg_shown word_tokens[] = {
#include "digest_words.def"
};
#undef TOKEN
#undef WORD

#define HINT(text) {text, sizeof(text) - 1, 0},
static const struct dg_shown hints[] = {
#include "digest_hints.def"
};
#undef HINT

static const struct dg_shown specials[] = {
#define SHOWN(id, text, flags) [(id)-DG_IDENT] = {text, sizeof(text) - 1, flags}
    SHOWN(DG_VALUE, "?", 0),
    SHOWN(DG_VALUE_LIST, "?, ...", 0),
    SHOWN(DG_ROW_ONE, "(?)", 0),
    SHOWN(DG_ROW_ONE_LIST, "(?) /* , ... */", 0),
    SHOWN(DG_ROW_MANY, "(...)", 0),
    SHOWN(DG_ROW_MANY_LIST, "(...) /* , ... */", 0),
    SHOWN(DG_IN_LIST, "IN (...)", 0),
    SHOWN(DG_CHARSET, "(_charset)", 0),
    SHOWN(DG_DOLLARS, "(unknown)", 0),
    SHOWN(DG_HINT_OPEN, "/*+", 0),
    SHOWN(DG_HINT_CLOSE, "*/", DG_OPERAND),
    SHOWN(DG_WITH_ROLLUP, "WITH ROLLUP", 0),
    SHOWN(DG_LE, "<=", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_GE, ">=", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_NE, "!=", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_EQUAL_OR_NULL, "<=>", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_SHIFT_LEFT, "<<", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_SHIFT_RIGHT, ">>", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_AND_AND, "&&", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_OR_OR, "||", DG_START | DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_CONCAT, "||", DG_OPERAND | DG_GOES_ON),
    SHOWN(DG_ASSIGN, ":=", DG_OPERAND),
    SHOWN(DG_ARROW, "->", DG_OPERAND),
    SHOWN(DG_ARROW_TEXT, "->>", DG_OPERAND),
    SHOWN(DG_NOT_FIRST, "!", DG_OPERAND | DG_NOT | DG_GOES_ON),
#undef SHOWN
};

static const uint16_t slots[SLOTS] = {
#include "digest_slots.inc"
};

/* Character sets of SHOW CHARACTER SET and the old name of utf8mb3, sorted. */
static const char *const charsets[] = {
    "ARMSCII8", "ASCII",   "BIG5",   "BINARY",   "CP1250",  "CP1251",  "CP1256",  "CP1257", "CP850",
    "CP852",    "CP866",   "CP932",  "DEC8",     "EUCJPMS", "EUCKR",   "GB18030", "GB2312", "GBK",
    "GEOSTD8",  "GREEK",   "HEBREW", "HP8",      "KEYBCS2", "KOI8R",   "KOI8U",   "LATIN1", "LATIN2",
    "LATIN5",   "LATIN7",  "MACCE",  "MACROMAN", "SJIS",    "SWE7",    "TIS620",  "UCS2",   "UJIS",
    "UTF16",    "UTF16LE", "UTF32",  "UTF8",     "UTF8MB3", "UTF8MB4",
};

static uint64_t load8(const uint8_t *p)
{
    uint64_t v;

    memcpy(&v, p, sizeof v);
    return le64toh(v);
}

static uint64_t load4(const uint8_t *p)
{
    uint32_t v;

    memcpy(&v, p, sizeof v);
    return le32toh(v);
}

/* Two numbers that stand for a word in either case: the whole word up to 16 bytes, its two ends above that.
 */
static void word_keys(const uint8_t *text, size_t len, uint64_t *first, uint64_t *last)
{
    *last = 0;
    if (len >= 8) {
        *first = load8(text) & FOLD_CASE;
        *last = load8(text + len - 8) & FOLD_CASE;
    } else if (len >= 4) {
        *first = (load4(text) | load4(text + len - 4) << 32) & FOLD_CASE;
    } else {
        *first = (text[0] | (uint64_t)text[len / 2] << 8 | (uint64_t)text[len - 1] << 16) & FOLD_CASE;
    }
}

static bool same_word(const char *word, const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < len; i++) {
        uint8_t b = text[i] >= 'a' && text[i] <= 'z' ? (uint8_t)(text[i] - 'a' + 'A') : text[i];

        if ((uint8_t)word[i] != b)
            return false;
    }
    return true;
}

uint16_t dg_word_find(const uint8_t *text, size_t len, bool call)
{
    uint64_t first, last, mixed;
    size_t slot;

    if (len == 0)
        return DG_END;
    word_keys(text, len, &first, &last);
    mixed = (first ^ last << 1 ^ len) * UINT64_C(0x9e3779b97f4a7c15);
    for (slot = mixed >> (64 - SLOT_BITS); slots[slot]; slot = (slot + 1) % SLOTS) {
        const struct word *w = &words[slots[slot] - 1];

        if (w->len == len && same_word(w->text, text, len))
            return call || !w->call ? w->id : DG_END;
    }
    return DG_END;
}

uint16_t dg_hint_find(const uint8_t *text, size_t len)
{
    for (size_t i = 0; i < sizeof hints / sizeof hints[0]; i++)
        if (hints[i].len == len && same_word(hints[i].text, text, len))
            return (uint16_t)(DG_FIRST_HINT + i);
    return DG_END;
}

bool dg_is_charset(const uint8_t *name, size_t len)
{
    for (size_t i = 0; i < sizeof charsets / sizeof charsets[0]; i++)
        if (strlen(charsets[i]) == len && same_word(charsets[i], name, len))
            return true;
    return false;
}

const struct dg_shown *dg_shown(uint16_t id)
{
    static const struct dg_shown none = {"?", 1, 0};
    size_t i = (size_t)id - DG_FIRST_WORD; /* wraps around below it, here and in the next two */

    if (i < sizeof word_tokens / sizeof word_tokens[0])
        return &word_tokens[i];
    i = (size_t)id - DG_IDENT;
    if (i < sizeof specials / sizeof specials[0] && specials[i].text)
        return &specials[i];
    i = (size_t)id - DG_FIRST_HINT;
    return i < sizeof hints / sizeof hints[0] ? &hints[i] : &none;
}
