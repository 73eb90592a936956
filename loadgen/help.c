/* summary: the --help page: the options of the table in groups, one line each */
#include "help.h"

#include <stdio.h>
#include <string.h>

#define LEFT 23 /* columns of an option's name */

/* The option with which a group begins. */
static const struct {
    const char *first;
    const char *title;
} groups[] = {{"url", "What to request"},
              {"users", "When"},
              {"stop-on-errors", "What to look at"},
              {"output", "Where the results go"}};

static size_t columns_of(const char *text)
{
    size_t n = 0;
    for (const char *p = text; *p != 0; p++)
        n += ((unsigned char)*p & 0xc0) != 0x80;
    return n;
}

static void print_option(const struct opt_def *d)
{
    char left[128];
    char letter[5] = "";
    if (d->short_name != 0)
        (void)snprintf(letter, sizeof letter, "-%c, ", d->short_name);
    (void)snprintf(left, sizeof left, " %s--%s%s%s", letter, d->long_name, d->arg != NULL ? " " : "",
                   d->arg != NULL ? d->arg : "");
    size_t at = columns_of(left);
    printf("%s%*s", left, at < LEFT ? (int)(LEFT - at) : 1, "");
    for (const char *p = d->help; *p != 0; p++) {
        putchar(*p);
        if (*p == '\n')
            printf("%*s", LEFT, "");
    }
    bool shown = d->fallback != NULL && strcmp(d->fallback, "0") != 0;
    printf(shown ? " [%s]\n" : "%s\n", shown ? d->fallback : "");
}

void lg_help_print(const struct opt_table *t)
{
    const char *second = strchr(t->usage, '\n');
    printf("Usage: %s %.*s\n", t->program, (int)(second - t->usage), t->usage);
    printf("       %s\n", second + 1);
    for (size_t i = 0; i < t->count; i++) {
        for (size_t g = 0; g < sizeof groups / sizeof groups[0]; g++)
            if (strcmp(t->defs[i].long_name, groups[g].first) == 0)
                printf("%s:\n", groups[g].title);
        print_option(&t->defs[i]);
    }
    printf(" -h --help, -V --version; exit 1: failed, stopped or --fail-if; 2: usage\n");
}
