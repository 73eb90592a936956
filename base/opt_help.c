/* summary: the --help page from an option table, wrapped within 80 columns */
#include "base/opt.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80
#define LEFT_MAX 26 /* a longer name column pushes its text to the next line */
#define LEFT_BYTES 128
#define GLUE "\x1f" /* in a text: a blank at which no line ends */

static bool is_continuation(char c)
{
    return ((unsigned char)c & 0xc0) == 0x80;
}

/* Columns of `len` bytes of UTF-8, one a code point. */
static size_t columns_of(const char *text, size_t len)
{
    size_t n = 0;
    for (size_t i = 0; i < len; i++)
        n += !is_continuation(text[i]);
    return n;
}

/* Bytes of text that fill at most `columns`. */
static size_t bytes_of(const char *text, size_t len, size_t columns)
{
    size_t i = 0;
    for (size_t n = 0; i < len; i++)
        if (!is_continuation(text[i]) && n++ == columns)
            break;
    return i;
}

static void indent(size_t n)
{
    printf("%*s", (int)n, "");
}

/* Prints words from column `at`; later lines start at column `left`. Keeps line ends of the text; ends the
 * line. */
static void print_wrapped(const char *text, size_t at, size_t left)
{
    bool first = true; /* nothing of the text on this line yet */
    while (*text != 0) {
        if (*text == '\n' || *text == ' ') {
            if (*text++ == '\n') {
                putchar('\n');
                indent(left);
                at = left;
                first = true;
            }
            continue;
        }
        size_t len = strcspn(text, " \n");
        if (!first && at + 1 + columns_of(text, len) > WIDTH) {
            putchar('\n');
            indent(left);
            at = left;
            first = true;
        }
        if (!first) {
            putchar(' ');
            at++;
        }
        /* A word longer than a line is cut. */
        size_t take = bytes_of(text, len, WIDTH - at);
        for (size_t i = 0; i < take; i++)
            putchar(text[i] == GLUE[0] ? ' ' : text[i]);
        at += columns_of(text, take);
        text += take;
        first = false;
    }
    putchar('\n');
}

/* "  -o, --output FILE" into dst; returns its columns. */
static size_t format_left(char *dst, size_t n, const struct opt_def *d)
{
    char letter[5] = "    ";
    if (d->short_name != 0)
        (void)snprintf(letter, sizeof letter, "-%c, ", d->short_name);
    (void)snprintf(dst, n, "  %s--%s%s%s", letter, d->long_name, d->kind != OPT_FLAG ? " " : "",
                   d->kind == OPT_FLAG ? ""
                   : d->arg != NULL    ? d->arg
                                       : "VALUE");
    return columns_of(dst, strlen(dst));
}

static size_t left_column(const struct opt_table *t)
{
    size_t widest = strlen("  -V, --version");
    for (size_t i = 0; i < t->count; i++) {
        char left[LEFT_BYTES];
        size_t n = format_left(left, sizeof left, &t->defs[i]);
        if (t->defs[i].help != NULL && n <= LEFT_MAX && n > widest)
            widest = n;
    }
    return widest + 2;
}

static void print_option(const struct opt_def *d, size_t column)
{
    char left[LEFT_BYTES];
    char text[1024];
    size_t n = format_left(left, sizeof left, d);
    fputs(left, stdout);
    if (n + 2 > column) {
        putchar('\n');
        n = 0;
    }
    indent(column - n);
    bool shown =
        d->fallback != NULL && d->kind != OPT_FLAG && d->fallback[0] != 0 && strcmp(d->fallback, "0") != 0;
    (void)snprintf(text, sizeof text, "%s%s%s%s", d->help, shown ? " [default:" GLUE : "",
                   shown ? d->fallback : "", shown ? "]" : "");
    print_wrapped(text, column, column);
}

static bool has(const struct opt_table *t, const char *long_name)
{
    for (size_t i = 0; i < t->count; i++)
        if (strcmp(t->defs[i].long_name, long_name) == 0)
            return true;
    return false;
}

static bool has_short(const struct opt_table *t, char short_name)
{
    for (size_t i = 0; i < t->count; i++)
        if (t->defs[i].short_name == short_name)
            return true;
    return false;
}

void opt_print_help(const struct opt_table *t)
{
    size_t at = (size_t)printf("Usage: %s ", t->program);
    size_t left = at <= WIDTH / 2 ? at : 8;
    print_wrapped(t->usage, at, left);
    if (t->about != NULL)
        print_wrapped(t->about, 0, 0);
    puts("\nOptions:");
    size_t column = left_column(t);
    for (size_t i = 0; i < t->count; i++)
        if (t->defs[i].help != NULL)
            print_option(&t->defs[i], column);
    const struct opt_def common[] = {
        {OPT_FLAG, has_short(t, 'h') ? 0 : 'h', "help", NULL, NULL, "print this page and exit", 0},
        {OPT_FLAG, has_short(t, 'V') ? 0 : 'V', "version", NULL, NULL, "print the version and exit", 0},
    };
    for (size_t i = 0; i < 2; i++)
        if (!has(t, common[i].long_name))
            print_option(&common[i], column);
}
