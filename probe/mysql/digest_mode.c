/* summary: what a digest must know of the session, out of the texts and numbers that the protocol carries */
#include "digest_private.h"

#include <string.h>
#include <strings.h>

static uint32_t flag_of(const char *name, size_t n)
{
    static const struct {
        const char *name;
        uint32_t flags;
    } known[] = {
        {"ANSI_QUOTES", MYW_DIGEST_ANSI_QUOTES},
        {"IGNORE_SPACE", MYW_DIGEST_IGNORE_SPACE},
        {"PIPES_AS_CONCAT", MYW_DIGEST_PIPES_AS_CONCAT},
        {"NO_BACKSLASH_ESCAPES", MYW_DIGEST_NO_BACKSLASH_ESCAPES},
        {"HIGH_NOT_PRECEDENCE", MYW_DIGEST_HIGH_NOT_PRECEDENCE},
        /* The combination of modes that is set by one word (manual, "Server SQL Modes"). */
        {"ANSI", MYW_DIGEST_ANSI_QUOTES | MYW_DIGEST_IGNORE_SPACE | MYW_DIGEST_PIPES_AS_CONCAT},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == n && strncasecmp(known[i].name, name, n) == 0)
            return known[i].flags;
    return 0;
}

uint32_t myw_digest_flags_of(const char *sql_mode, size_t bytes)
{
    const char *end = sql_mode + bytes;
    uint32_t flags = 0;

    while (sql_mode < end) {
        const char *comma = memchr(sql_mode, ',', (size_t)(end - sql_mode));
        const char *stop = comma ? comma : end;

        flags |= flag_of(sql_mode, (size_t)(stop - sql_mode));
        sql_mode = comma ? comma + 1 : end;
    }
    return flags;
}

/* Collation numbers of SHOW COLLATION. */
enum myw_digest_charset myw_digest_charset_of(unsigned collation)
{
    static const struct {
        uint16_t from, to;
        enum myw_digest_charset charset;
    } known[] = {
        {1, 1, MYW_DIGEST_BIG5},     {84, 84, MYW_DIGEST_BIG5},      {28, 28, MYW_DIGEST_GBK},
        {87, 87, MYW_DIGEST_GBK},    {13, 13, MYW_DIGEST_SJIS},      {88, 88, MYW_DIGEST_SJIS},
        {95, 96, MYW_DIGEST_CP932},  {248, 250, MYW_DIGEST_GB18030}, {5, 5, MYW_DIGEST_LATIN1},
        {8, 8, MYW_DIGEST_LATIN1},   {15, 15, MYW_DIGEST_LATIN1},    {31, 31, MYW_DIGEST_LATIN1},
        {47, 49, MYW_DIGEST_LATIN1}, {94, 94, MYW_DIGEST_LATIN1},    {33, 33, MYW_DIGEST_UTF8},
        {45, 46, MYW_DIGEST_UTF8},   {63, 63, MYW_DIGEST_UTF8},      {76, 76, MYW_DIGEST_UTF8},
        {83, 83, MYW_DIGEST_UTF8},   {192, 215, MYW_DIGEST_UTF8},    {223, 247, MYW_DIGEST_UTF8},
        {255, 323, MYW_DIGEST_UTF8}, {0, 0, MYW_DIGEST_UTF8},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (collation >= known[i].from && collation <= known[i].to)
            return known[i].charset;
    return MYW_DIGEST_OTHER;
}

enum myw_digest_charset myw_digest_charset_named(const char *name, size_t bytes)
{
    static const struct {
        const char *name;
        enum myw_digest_charset charset;
    } known[] = {
        {"utf8mb4", MYW_DIGEST_UTF8}, {"utf8mb3", MYW_DIGEST_UTF8},    {"utf8", MYW_DIGEST_UTF8},
        {"ascii", MYW_DIGEST_UTF8},   {"binary", MYW_DIGEST_UTF8},     {"latin1", MYW_DIGEST_LATIN1},
        {"gbk", MYW_DIGEST_GBK},      {"gb18030", MYW_DIGEST_GB18030}, {"big5", MYW_DIGEST_BIG5},
        {"sjis", MYW_DIGEST_SJIS},    {"cp932", MYW_DIGEST_CP932},
    };

    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
        if (strlen(known[i].name) == bytes && strncasecmp(known[i].name, name, bytes) == 0)
            return known[i].charset;
    return MYW_DIGEST_OTHER;
}

/* "9.7.4-lts" is 90704; 0 when it does not begin so. */
uint32_t myw_digest_version_of(const char *text)
{
    uint32_t part[3] = {0, 0, 0};

    for (size_t i = 0; i < 3; i++) {
        if (*text < '0' || *text > '9')
            return 0;
        while (*text >= '0' && *text <= '9' && part[i] < 100)
            part[i] = part[i] * 10 + (uint32_t)(*text++ - '0');
        if (part[i] > 99)
            return 0;
        if (i < 2 && *text++ != '.')
            return 0;
    }
    return part[0] * 10000 + part[1] * 100 + part[2];
}
