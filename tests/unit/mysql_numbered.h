/* summary: queries whose answers say which one they belong to */
#ifndef MYSQL_NUMBERED_H
#define MYSQL_NUMBERED_H

#include "mysql_replay.h"

/* Queries "q1", "q2", … whose answers say which they belong to: q<n> affects n rows. */
static inline void numbered(struct wire *w, unsigned n)
{
    char sql[16];
    (void)snprintf(sql, sizeof sql, "q%u", n);
    query(w, sql);
}

static inline void answer(struct wire *w, unsigned n)
{
    w->seq = 1;
    if (n % 3 == 0)
        text_result(w, 1, n, 2);
    else
        ok_with(w, 0, n, 0, 2, 0);
}

static inline void lockstep(struct wire *w, unsigned n)
{
    wire_init(w);
    connect_classic(w);
    for (unsigned i = 1; i <= n; i++) {
        numbered(w, i);
        answer(w, i);
    }
}

static inline unsigned count_complete(const struct out *o)
{
    unsigned n = 0;
    for (size_t i = 0; i < o->count; i++)
        n += o->seen[i].complete;
    return n;
}

static inline void check_numbers(const struct out *o, uint64_t seed)
{
    for (size_t i = 0; i < o->count; i++) {
        const char *sql = strstr(o->seen[i].rest, "sql=q");
        if (!o->seen[i].complete || sql == NULL)
            continue;
        unsigned n = (unsigned)strtoul(sql + 5, NULL, 10);
        char want[32];
        (void)snprintf(want, sizeof want, n % 3 == 0 ? "rows=%u " : "aff=%u ", n);
        if (strstr(o->seen[i].line, want) == NULL)
            print_message("seed %" PRIu64 ": %s%s\n", seed, o->seen[i].line, o->seen[i].rest);
        assert_non_null(strstr(o->seen[i].line, want));
    }
}

#endif
