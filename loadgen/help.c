/* summary: the --help page: the common options of the table, one line each, and the names of the others */
#include "help.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80
#define LEFT 23 /* columns of an option's name */

/* Options that few need: only named here, explained in poolload(1). */
static const char *const rare[] = {
    "weights",      "body",        "header-file", "no-level-mark", "http2",     "insecure",
    "no-keepalive", "connections", "stagger",     "threads",       "start-at",  "stop-on-errors",
    "watch-cgroup", "csv",         "hdr-log",     "request-log",   "framework",
};

static bool is_rare(const struct opt_def *d)
{
    for (size_t i = 0; i < sizeof rare / sizeof rare[0]; i++)
        if (strcmp(d->long_name, rare[i]) == 0)
            return true;
    return false;
}

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
    printf("%.*s", (int)strcspn(d->help, "\n"), d->help);
    bool shown = d->fallback != NULL && strcmp(d->fallback, "0") != 0;
    printf(shown ? " [%s]\n" : "%s\n", shown ? d->fallback : "");
}

static void print_rare(const struct opt_table *t)
{
    int at = printf("and:");
    for (size_t i = 0; i < t->count; i++) {
        if (!is_rare(&t->defs[i]))
            continue;
        if (at + 3 + (int)strlen(t->defs[i].long_name) > WIDTH)
            at = printf("\n    ") - 1;
        at += printf(" --%s", t->defs[i].long_name);
    }
    printf(at + 26 > WIDTH ? "\n     -h --help -V --version\n" : " -h --help -V --version\n");
}

void lg_help_print(const struct opt_table *t)
{
    printf("Usage: %s ", t->program);
    for (const char *p = t->usage; *p != 0; p++) {
        putchar(*p);
        if (*p == '\n')
            fputs("       ", stdout);
    }
    putchar('\n');
    for (size_t i = 0; i < t->count; i++)
        if (!is_rare(&t->defs[i]))
            print_option(&t->defs[i]);
    print_rare(t);
    printf("exit 1: failed, stopped or --fail-if; 2: usage; more of each: man poolload\n");
}
