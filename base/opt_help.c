/* summary: the --help page from an option table, within a screen: 80 columns and, by shortening, 24 lines */
#include "base/opt.h"

#include <stdio.h>
#include <string.h>

#define WIDTH 80
#define LEFT_MAX 26 /* a longer name column pushes its text to the next line */
#define SCREEN 24
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

/* What is said of an option, with its default. */
static void full_text(char *dst, size_t n, const struct opt_def *d)
{
    bool shown =
        d->fallback != NULL && d->kind != OPT_FLAG && d->fallback[0] != 0 && strcmp(d->fallback, "0") != 0;
    (void)snprintf(dst, n, "%s%s%s%s", d->help, shown ? " [default:" GLUE : "", shown ? d->fallback : "",
                   shown ? "]" : "");
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
    full_text(text, sizeof text, d);
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

/* Lines that print_wrapped() makes of a text. */
static size_t lines_of(const char *text, size_t at, size_t left)
{
    size_t lines = 1;
    bool first = true;
    for (size_t len; *text != 0; text += len) {
        len = *text == ' ' ? 1 : strcspn(text, " \n");
        if (*text == ' ')
            continue;
        size_t n = columns_of(text, len) + (first ? 0 : 1);
        if (len == 0 || (!first && at + n > WIDTH)) {
            lines++;
            at = left;
            n -= first || len == 0 ? 0 : 1;
        }
        len += len == 0;
        first = text[len - 1] == '\n';
        at += n;
    }
    return lines;
}

/* Bytes of the longest beginning of a help text that fits: up to ";", "," or ":" or a bracket, else (`*cut`)
 * up to the end of a word, with room for an ellipsis. */
static size_t short_of(const char *text, size_t columns, bool *cut)
{
    size_t all = strcspn(text, "\n");
    size_t clause = 0;
    size_t word = 0;
    int depth = 0;
    *cut = false;
    if (columns_of(text, all) <= columns)
        return all;
    for (size_t i = 0; i < all && columns_of(text, i) < columns; i++) {
        if (depth == 0 && text[i] == ' ' && text[i + 1] == '(')
            clause = i;
        depth += (text[i] == '(') - (text[i] == ')');
        if (depth == 0 && strchr(";,:", text[i]) != NULL && text[i + 1] == ' ')
            clause = i;
        if (text[i] == ' ')
            word = i;
    }
    *cut = clause == 0;
    return clause > 0 ? clause : word;
}

/* The page of a command with many options: a line for each, the whole texts are in the man page. */
static void print_short(const struct opt_table *t, size_t shown)
{
    size_t column = left_column(t);
    if (t->about != NULL && shown + 2 + lines_of(t->about, 0, 0) <= SCREEN)
        print_wrapped(t->about, 0, 0);
    for (size_t i = 0; i < t->count; i++) {
        const struct opt_def *d = &t->defs[i];
        char left[LEFT_BYTES];
        if (d->help == NULL)
            continue;
        size_t at = format_left(left, sizeof left, d);
        fputs(left, stdout);
        indent(at < column ? column - at : 1);
        at = at < column ? column : at + 1;
        bool cut;
        size_t n = short_of(d->help, WIDTH - at, &cut);
        size_t used = at + columns_of(d->help, n) + cut;
        bool fallback = d->fallback != NULL && d->kind != OPT_FLAG && d->fallback[0] != 0 &&
                        strcmp(d->fallback, "0") != 0 &&
                        used + 3 + columns_of(d->fallback, strlen(d->fallback)) <= WIDTH;
        printf("%.*s%s%s%s%s\n", (int)n, d->help, cut ? "…" : "", fallback ? " [" : "",
               fallback ? d->fallback : "", fallback ? "]" : "");
    }
    printf("  -h, --help, -V, --version; more of each option: man ");
    for (const char *p = t->program; *p != 0; p++)
        putchar(*p == ' ' ? '-' : *p);
    putchar('\n');
}

/* Lines of the page with the texts in full; `*shown` are its options. */
static size_t full_lines(const struct opt_table *t, size_t *shown)
{
    size_t column = left_column(t);
    size_t lines = 1 + (t->about != NULL ? lines_of(t->about, 0, 0) : 0) + 2 + 2;
    *shown = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct opt_def *d = &t->defs[i];
        char left[LEFT_BYTES];
        char text[1024];
        if (d->help == NULL)
            continue;
        (*shown)++;
        lines += format_left(left, sizeof left, d) + 2 > column;
        full_text(text, sizeof text, d);
        lines += lines_of(text, column, column);
    }
    return lines;
}

void opt_print_help(const struct opt_table *t)
{
    size_t at = (size_t)printf("Usage: %s ", t->program);
    size_t left = at <= WIDTH / 2 ? at : 8;
    print_wrapped(t->usage, at, left);
    size_t shown = 0;
    if (full_lines(t, &shown) > SCREEN) {
        print_short(t, shown);
        return;
    }
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
