/* summary: texts that try to break a terminal, a page, a parser or a table */
#ifndef TEST_VIEW_HOSTILE_H
#define TEST_VIEW_HOSTILE_H

#include <stdlib.h>
#include <string.h>

#define HOSTILE_COUNT 9
#define HOSTILE_LONG 10000

/* The text number i, to be freed. */
static inline char *hostile_new(int i)
{
    static const char *const texts[] = {
        "\033]0;owned\007\033[31;1mred\033[2J\r\n\tx\b\b\x7f",
        "<script>alert('x')</script><img src=x onerror=\"y\">&amp;</table></div>",
        "\xff\xfe\xc0\xaf\xed\xa0\x80\xf4\x90\x80\x80 cut \xe2\x82",
        "a\xe2\x80\xae\xe2\x81\xa6\xe2\x80\x8f\xc2\x9b"
        "31m b\xe2\x80\xa8"
        "c",
        "\xe6\xbc\xa2\xe5\xad\x97\xf0\x9f\x98\x80 e\xcc\x81\xcc\x81\xcc\x81\xcc\x81 \xef\xbc\xa1",
        "]]>--><!-- \"\\\"}],{\"schema\":1 %s%n%d %1000000s",
        "",
    };
    char *s;
    if (i < 7)
        return strdup(texts[i]);
    s = malloc(HOSTILE_LONG + 1);
    if (s == NULL)
        abort();
    for (int k = 0; k < HOSTILE_LONG; k++)
        s[k] = (char)(i == 8 && k % 7 == 6 ? ' ' : 'a' + k % 26);
    s[HOSTILE_LONG] = '\0';
    return s;
}

#endif
