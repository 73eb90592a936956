/* summary: fuzzing of the SQL digest: two bytes of session facts, then the statement
 *
 * Checked: the text is bounded, NUL-terminated, UTF-8 without control characters; the same statement has the
 * same digest, also with white space and semicolons around it; what stands in quotes or in a comment never
 * shows. */
#include "base/obj.h"
#include "myw.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static struct myw_digest first, second;

/* Of exactly the statement's size: a byte read past its end is seen. */
static void digest_of(struct myw_digest *out, const uint8_t *sql, size_t n,
                      const struct myw_digest_mode *mode)
{
    char *copy = malloc(n ? n : 1);

    OBJ_ASSERT(copy != NULL);
    if (n)
        memcpy(copy, sql, n);
    memset(out, 0xa5, sizeof *out);
    myw_digest_sql_mode(out, copy, n, mode);
    free(copy);
}

static size_t utf8_len(const uint8_t *p)
{
    size_t n = p[0] < 0x80 ? 1 : p[0] < 0xe0 ? 2 : p[0] < 0xf0 ? 3 : 4;

    OBJ_ASSERT(p[0] < 0x80 || (p[0] >= 0xc2 && p[0] <= 0xf4));
    for (size_t i = 1; i < n; i++)
        OBJ_ASSERT((p[i] & 0xc0) == 0x80);
    return n;
}

static void check_text(const struct myw_digest *d)
{
    const uint8_t *p = (const uint8_t *)d->text;

    OBJ_ASSERT(d->text_bytes < MYW_DIGEST_TEXT_MAX);
    OBJ_ASSERT(strlen(d->text) == d->text_bytes);
    while (*p) {
        OBJ_ASSERT(*p >= ' ' && *p != 0x7f);
        p += utf8_len(p);
    }
}

static void check_same(const struct myw_digest *a, const struct myw_digest *b)
{
    OBJ_ASSERT(a->hash == b->hash);
    OBJ_ASSERT(a->cut == b->cut);
    OBJ_ASSERT(strcmp(a->text, b->text) == 0);
}

/* The statement between `before` and `after`, without the bytes in `without` and without those above 127,
 * which may take the quote behind them into a character. */
static void wrapped(struct myw_digest *out, const uint8_t *sql, size_t n, const char *const parts[3],
                    const struct myw_digest_mode *mode)
{
    const char *before = parts[0], *after = parts[1], *without = parts[2];
    uint8_t *text = malloc(strlen(before) + n + strlen(after));
    size_t k = strlen(before);

    OBJ_ASSERT(text != NULL);
    memcpy(text, before, k); /* NOLINT(bugprone-not-null-terminated-result): no texts */
    for (size_t i = 0; i < n; i++)
        if (!without || (sql[i] < 0x80 && sql[i] && !strchr(without, sql[i])))
            text[k++] = sql[i];
    memcpy(text + k, after, strlen(after)); /* NOLINT(bugprone-not-null-terminated-result) */
    digest_of(out, text, k + strlen(after), mode);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static const char *const spaces[3] = {" \n\t", " ;; \r\n", NULL};
    static const char *const literals[][3] = {
        {"select '", "'", "'\\"},  {"select N'", "'", "'\\"},    {"/*", "*/ select 'x'", "*!+"},
        {"select x'", "'", "'\\"}, {"select 1 -- ", "\n", "\n"}, {"select $x$", "$x$", "$"},
    };
    struct myw_digest_mode mode = {0};

    if (size < 2)
        return 0;
    mode.flags = data[0] & 0x1f;
    mode.charset = (enum myw_digest_charset)(data[1] % (MYW_DIGEST_CP932 + 1));
    mode.server_version = data[1] & 0x80 ? 50700 : 0;
    data += 2;
    size -= 2;
    digest_of(&first, data, size, &mode);
    check_text(&first);
    digest_of(&second, data, size, &mode);
    check_same(&first, &second);
    wrapped(&second, data, size, spaces, &mode);
    check_same(&first, &second);
    for (size_t i = 0; i < sizeof literals / sizeof literals[0]; i++) {
        wrapped(&second, data, size, literals[i], &mode);
        OBJ_ASSERT(strcmp(second.text, i == 5 ? "SELECT (unknown)" : "SELECT ?") == 0);
    }
    return 0;
}
