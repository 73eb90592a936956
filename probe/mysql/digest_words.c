/* summary: looking up words of the server's lexer, of optimizer hints, and character sets */
#include "digest_private.h"

#include <stdlib.h>
#include <string.h>

/* Longer than every word of the tables. */
#define WORD_MAX 48

static const struct dg_word words[] = {
#define WORD(name, shown, flags) {name, shown, flags},
#include "digest_words.def"
#undef WORD
};

static const char *const hints[] = {
#define HINT(name) name,
#include "digest_hints.def"
#undef HINT
};

/* Character sets of MySQL 8.4 (SHOW CHARACTER SET) and the old name of utf8mb3, sorted. */
static const char *const charsets[] = {
    "ARMSCII8", "ASCII",   "BIG5",   "BINARY",   "CP1250",  "CP1251",  "CP1256",  "CP1257", "CP850",
    "CP852",    "CP866",   "CP932",  "DEC8",     "EUCJPMS", "EUCKR",   "GB18030", "GB2312", "GBK",
    "GEOSTD8",  "GREEK",   "HEBREW", "HP8",      "KEYBCS2", "KOI8R",   "KOI8U",   "LATIN1", "LATIN2",
    "LATIN5",   "LATIN7",  "MACCE",  "MACROMAN", "SJIS",    "SWE7",    "TIS620",  "UCS2",   "UJIS",
    "UTF16",    "UTF16LE", "UTF32",  "UTF8",     "UTF8MB3", "UTF8MB4",
};

static bool upper(char dst[WORD_MAX], const uint8_t *text, size_t len)
{
    if (len >= WORD_MAX)
        return false;
    for (size_t i = 0; i < len; i++)
        dst[i] = (char)(text[i] >= 'a' && text[i] <= 'z' ? text[i] - 'a' + 'A' : text[i]);
    dst[len] = '\0';
    return memchr(dst, '\0', len) == NULL;
}

static int compare_text(const void *key, const void *item)
{
    const char *const *text = item;

    return strcmp(key, *text);
}

/* Every word of every statement comes here: most steps end at the first byte, without a call. */
const struct dg_word *dg_word_find(const uint8_t *text, size_t len, bool call)
{
    size_t low = 0, high = sizeof words / sizeof words[0];
    char key[WORD_MAX];

    if (!upper(key, text, len))
        return NULL;
    while (low < high) {
        size_t mid = low + (high - low) / 2;
        const struct dg_word *w = &words[mid];
        int order = key[0] != w->name[0] ? (uint8_t)key[0] - (uint8_t)w->name[0] : strcmp(key, w->name);

        if (order == 0)
            return call || !(w->flags & WORD_FUNCTION) ? w : NULL;
        if (order < 0)
            high = mid;
        else
            low = mid + 1;
    }
    return NULL;
}

static const char *find_text(const char *const *table, size_t count, const uint8_t *text, size_t len)
{
    char key[WORD_MAX];
    const char *const *found;

    if (!upper(key, text, len))
        return NULL;
    found = bsearch(key, table, count, sizeof table[0], compare_text);
    return found ? *found : NULL;
}

const char *dg_hint_find(const uint8_t *text, size_t len)
{
    return find_text(hints, sizeof hints / sizeof hints[0], text, len);
}

bool dg_is_charset(const uint8_t *name, size_t len)
{
    return find_text(charsets, sizeof charsets / sizeof charsets[0], name, len) != NULL;
}
