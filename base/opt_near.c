/* summary: "did you mean": the option closest to a mistyped name */
#include "opt_private.h"

#include <string.h>

#define NAME_MAX_BYTES 40

static unsigned min3(unsigned a, unsigned b, unsigned c)
{
    unsigned m = a < b ? a : b;
    return m < c ? m : c;
}

/* Edits (insert, delete, replace, swap of neighbours) from a to b; both shorter than NAME_MAX_BYTES. */
static unsigned distance(const char *a, size_t a_len, const char *b, size_t b_len)
{
    unsigned row[NAME_MAX_BYTES + 1][NAME_MAX_BYTES + 1];
    for (size_t i = 0; i <= a_len; i++) {
        for (size_t j = 0; j <= b_len; j++) {
            if (i == 0 || j == 0) {
                row[i][j] = (unsigned)(i + j);
                continue;
            }
            unsigned differ = a[i - 1] != b[j - 1];
            row[i][j] = min3(row[i - 1][j] + 1, row[i][j - 1] + 1, row[i - 1][j - 1] + differ);
            if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] &&
                row[i - 2][j - 2] + 1 < row[i][j])
                row[i][j] = row[i - 2][j - 2] + 1;
        }
    }
    return row[a_len][b_len];
}

struct best {
    const char *name;
    unsigned distance;
};

static void consider(struct best *best, const char *candidate, const char *name, size_t len)
{
    size_t candidate_len = strlen(candidate);
    if (candidate_len > NAME_MAX_BYTES)
        return;
    unsigned d = distance(candidate, candidate_len, name, len);
    unsigned allowed = len <= 3 ? 1 : len <= 7 ? 2 : 3;
    /* The beginning of a name is near, however long the rest. */
    if (len >= 2 && candidate_len > len && memcmp(candidate, name, len) == 0)
        d = 1;
    if (d <= allowed && d < best->distance)
        *best = (struct best){candidate, d};
}

const char *opt_nearest(const struct opt_table *t, const char *name, size_t len)
{
    struct best best = {NULL, NAME_MAX_BYTES};
    if (len == 0 || len > NAME_MAX_BYTES)
        return NULL;
    for (size_t i = 0; i < t->count; i++)
        if (t->defs[i].help != NULL)
            consider(&best, t->defs[i].long_name, name, len);
    consider(&best, "help", name, len);
    consider(&best, "version", name, len);
    return best.name;
}
