/* summary: compares myw_digest_sql_mode with the table that ask_server wrote: same partition, same texts
 *
 * Usage: compare [--known] [SERVER_VERSION] <table
 * Prints what differs, and exits 1 when something does; with --known when the text of any statement does not.
 */
#include "myw.h"

#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct row {
    char *sql; /* NUL-terminated for printing */
    size_t sql_bytes;
    char *digest; /* the server's; "-" when it could not parse the statement */
    char *text;
    uint64_t hash;
    char *our_text;
    bool foreign;
};

struct table {
    uint32_t server_version; /* 90704; 0: not said */
    struct row *rows;
    size_t count, room;
    size_t refused; /* the server cannot parse them: no digest to compare with */
    size_t foreign; /* names in a character set whose texts are not converted: hashes are compared, texts are
                       not */
    size_t control; /* the server's text holds control characters, ours '?' */
    size_t cut;
    size_t merged, split, texts; /* differences */
};

static void *need(void *p)
{
    if (!p) {
        fputs("compare: out of memory\n", stderr);
        exit(2);
    }
    return p;
}

static char *from_hex(const char *hex, size_t *bytes)
{
    size_t n = strlen(hex) / 2;
    char *out = need(calloc(1, n + 1));

    for (size_t i = 0; i < n; i++) {
        char pair[3] = {hex[2 * i], hex[2 * i + 1], '\0'};

        out[i] = (char)strtoul(pair, NULL, 16);
    }
    out[n] = '\0';
    if (bytes)
        *bytes = n;
    return out;
}

/* A probe's text goes to terminals: it has '?' for the control characters (C0, DEL, C1) that the server's
 * has. */
static bool mask_control(char *text)
{
    bool found = false;
    char *to = text;

    for (; *text; text++) {
        bool c1 = (unsigned char)text[0] == 0xc2 && (unsigned char)text[1] < 0xa0;
        bool control = (unsigned char)*text < ' ' || *text == 0x7f || c1;

        found |= control;
        *to++ = control ? '?' : *text;
        text += c1;
    }
    *to = '\0';
    return found;
}

static bool is_ascii(const char *text)
{
    while (*text > 0)
        text++;
    return *text == '\0';
}

static void add(struct table *t, char *column[6])
{
    static struct myw_digest d;
    const struct myw_digest_mode mode = {
        .flags = myw_digest_flags_of(column[0], strlen(column[0])),
        .charset = myw_digest_charset_named(column[1], strlen(column[1])),
        .server_version = t->server_version,
    };
    struct row *r;

    if (strcmp(column[4], "-") == 0)
        t->refused++;
    if (t->count == t->room) {
        t->room = t->room ? t->room * 2 : 1024;
        t->rows = need(realloc(t->rows, t->room * sizeof *t->rows));
    }
    r = &t->rows[t->count++];
    r->sql = from_hex(column[2], &r->sql_bytes);
    r->digest = need(strdup(column[4]));
    r->text = from_hex(column[5], NULL);
    t->control += mask_control(r->text);
    myw_digest_sql_mode(&d, r->sql, r->sql_bytes, &mode);
    r->hash = d.hash;
    r->our_text = need(strdup(d.text));
    t->cut += d.cut;
    r->foreign = mode.charset == MYW_DIGEST_OTHER && !is_ascii(r->text);
    t->foreign += r->foreign;
}

static void read_table(struct table *t)
{
    char *line = NULL;
    size_t room = 0;
    ssize_t n;

    while ((n = getline(&line, &room, stdin)) > 0) {
        char *column[6], *rest = line;

        if (line[n - 1] == '\n')
            line[n - 1] = '\0';
        for (size_t i = 0; i < 6; i++) {
            column[i] = strsep(&rest, "\t");
            if (!column[i]) {
                fprintf(stderr, "compare: not six columns: %.60s\n", line);
                exit(2);
            }
        }
        add(t, column);
    }
    free(line);
}

static void show(const char *what, const struct row *a, const struct row *b)
{
    printf("# %s\n  %.3000s\n", what, a->sql);
    if (b)
        printf("  %.3000s\n", b->sql);
    printf("  server: %.6000s\n  probe:  %.6000s\n", a->text, a->our_text);
}

static void compare_texts(struct table *t, bool known)
{
    for (size_t i = 0; i < t->count; i++) {
        const struct row *r = &t->rows[i];
        size_t n = strlen(r->our_text);

        if (strcmp(r->digest, "-") == 0 || strcmp(r->text, r->our_text) == 0)
            continue;
        if (r->foreign && !known)
            continue;
        if (n >= MYW_DIGEST_TEXT_MAX - 5 && strncmp(r->text, r->our_text, n) == 0)
            continue; /* cut for want of room */
        t->texts++;
        show("texts differ", r, NULL);
    }
}

static int by_digest(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return strcmp(x->digest, y->digest);
}

static int by_hash(const void *a, const void *b)
{
    const struct row *x = a, *y = b;

    return (x->hash > y->hash) - (x->hash < y->hash);
}

/* Statements that are one digest for the server must be one for the probe, and the other way round. */
static size_t compare_partitions(struct table *t)
{
    size_t classes = 0;

    qsort(t->rows, t->count, sizeof *t->rows, by_digest);
    for (size_t i = 0; i < t->count; i++) {
        bool first = i == 0 || by_digest(&t->rows[i - 1], &t->rows[i]) != 0;

        if (strcmp(t->rows[i].digest, "-") == 0)
            continue;
        classes += first;
        if (!first && t->rows[i - 1].hash != t->rows[i].hash) {
            t->split++;
            show("one digest for the server, two for the probe", &t->rows[i - 1], &t->rows[i]);
        }
    }
    qsort(t->rows, t->count, sizeof *t->rows, by_hash);
    for (size_t i = 0, seen = t->count; i < t->count; i++) {
        if (strcmp(t->rows[i].digest, "-") == 0)
            continue;
        if (seen < i && t->rows[seen].hash == t->rows[i].hash &&
            by_digest(&t->rows[seen], &t->rows[i]) != 0) {
            t->merged++;
            show("one digest for the probe, two for the server", &t->rows[seen], &t->rows[i]);
        }
        seen = i;
    }
    return classes;
}

int main(int argc, char **argv)
{
    bool known = argc > 1 && strcmp(argv[1], "--known") == 0;
    struct table t = {0};
    size_t classes;

    if (argc > 1 + known)
        t.server_version = myw_digest_version_of(argv[1 + known]);
    read_table(&t);
    if (t.count == 0) {
        fputs("compare: no statements\n", stderr);
        return 2;
    }
    compare_texts(&t, known);
    classes = compare_partitions(&t);
    printf("statements %zu, refused by the server %zu, compared %zu, digests %zu, cut %zu, control "
           "characters %zu, other "
           "character sets %zu\n",
           t.count, t.refused, t.count - t.refused, classes, t.cut, t.control, t.foreign);
    printf("differences: texts %zu, one digest became two %zu, two became one %zu\n", t.texts, t.split,
           t.merged);
    for (size_t i = 0; i < t.count; i++) {
        free(t.rows[i].sql);
        free(t.rows[i].digest);
        free(t.rows[i].text);
        free(t.rows[i].our_text);
    }
    free(t.rows);
    if (known) /* each of these is said to differ */
        return t.texts == t.count ? 0 : 1;
    return t.texts + t.split + t.merged == 0 && t.count > t.refused ? 0 : 1;
}
