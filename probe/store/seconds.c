/* summary: aggregates per digest, command and second, instead of one row a statement (--no-statements) */
#include "store_priv.h"

#include "base/buf.h"
#include "base/clock.h"
#include "base/hist.h"
#include "base/map.h"
#include "base/obj.h"

#include <inttypes.h>
#include <string.h>

#define SECONDS_MAGIC 0x53747321u
#define HIST_TEXT_MAX ((size_t)1 << 18) /* every bucket of base/hist.h with a 20-digit count fits */
#define CMD_MAX 32
#define RECENT 64 /* aggregates found without the map */

/* Zero-padded, so that it can be compared as bytes. */
struct key {
    uint64_t digest;
    int64_t second;
    char cmd[CMD_MAX];
};

struct agg {
    struct key key;
    int64_t born_mono_ns;
    uint64_t count, errors, voided, rows;
    int64_t sum_ns;
    const char *cmd; /* as it came last: names are static, and nearly always the same pointer */
    struct hist *hist;
};

struct sto_seconds {
    uint32_t magic;
    sto_second_f *sink;
    void *priv;
    struct map *map;
    struct agg *recent[RECENT]; /* NULL, or borrowed from `live` */
    struct agg
        *live[STO_SECONDS_MAX]; /* the first `live_count`; behind them allocated ones to be used again */
    size_t live_count;
    int64_t newest_ns;
    struct buf text;
};

struct sto_seconds *sto_seconds_new(sto_second_f *sink, void *priv)
{
    struct sto_seconds *s = NULL;
    if (OBJ_NEW(s, SECONDS_MAGIC) == NULL)
        return NULL;
    s->map = map_new(STO_SECONDS_MAX);
    if (s->map == NULL) {
        OBJ_FREE(s);
        return NULL;
    }
    s->sink = sink;
    s->priv = priv;
    buf_init(&s->text, HIST_TEXT_MAX);
    return s;
}

void sto_seconds_free(struct sto_seconds **sp)
{
    struct sto_seconds *s = *sp;
    if (s == NULL)
        return;
    OBJ_CHECK(s, SECONDS_MAGIC);
    for (size_t i = 0; i < STO_SECONDS_MAX && s->live[i] != NULL; i++) {
        hist_free(&s->live[i]->hist);
        free(s->live[i]);
    }
    map_free(&s->map);
    buf_fini(&s->text);
    OBJ_FREE(*sp);
}

/* The slot behind the live ones, with a cleared aggregate in it; NULL when memory is out. */
static struct agg *spare(struct sto_seconds *s)
{
    struct agg *a = s->live[s->live_count];
    if (a == NULL) {
        a = calloc(1, sizeof *a);
        if (a == NULL)
            return NULL;
        a->hist = hist_new();
        if (a->hist == NULL) {
            free(a);
            return NULL;
        }
        s->live[s->live_count] = a;
        return a;
    }
    struct hist *h = a->hist;
    hist_reset(h);
    memset(a, 0, sizeof *a);
    a->hist = h;
    return a;
}

static struct agg *find(struct sto_seconds *s, const struct key *key)
{
    struct agg *a = map_get(s->map, key, sizeof *key);
    if (a != NULL)
        return a;
    a = spare(s);
    if (a == NULL || map_set(s->map, key, sizeof *key, a) != PP_OK)
        return NULL;
    a->key = *key;
    a->born_mono_ns = clock_mono_ns();
    s->live_count++;
    return a;
}

static void count(struct agg *a, const struct ses_statement *st)
{
    a->count++;
    a->errors += st->errnum != 0;
    a->voided += !st->complete;
    a->rows += st->rows;
    if (!st->complete || st->last_ns == 0)
        return;
    /* A capture file's clock may step back; that is its data, not our mistake. */
    int64_t latency_ns = st->last_ns > st->sent_ns ? st->last_ns - st->sent_ns : 0;
    a->sum_ns += latency_ns;
    hist_add(a->hist, latency_ns);
}

/* Where the aggregate of the same command and digest was found last. */
static struct agg **recent_of(struct sto_seconds *s, const struct ses_statement *st)
{
    return &s->recent[(st->digest ^ (unsigned char)st->cmd[0]) % RECENT];
}

static bool is_key(const struct agg *a, const struct ses_statement *st, int64_t second)
{
    return a != NULL && a->key.digest == st->digest && a->key.second == second &&
           (a->cmd == st->cmd || strncmp(a->key.cmd, st->cmd, CMD_MAX - 1) == 0);
}

bool sto_seconds_add(struct sto_seconds *s, const struct ses_statement *st)
{
    OBJ_CHECK(s, SECONDS_MAGIC);
    int64_t second = st->sent_ns / NS_PER_S;
    struct agg **recent = recent_of(s, st);
    if (!is_key(*recent, st, second)) {
        struct key key;
        memset(&key, 0, sizeof key);
        key.digest = st->digest;
        key.second = second;
        strncpy(key.cmd, st->cmd, CMD_MAX - 1);
        if (s->live_count == STO_SECONDS_MAX && map_get(s->map, &key, sizeof key) == NULL &&
            !sto_seconds_flush(s, INT64_MAX))
            return false;
        struct agg *found = find(s, &key);
        if (found == NULL)
            return false;
        found->cmd = st->cmd;
        *recent = found;
    }
    count(*recent, st);
    int64_t seen_ns = st->last_ns > st->sent_ns ? st->last_ns : st->sent_ns;
    if (seen_ns > s->newest_ns)
        s->newest_ns = seen_ns;
    return true;
}

struct hist_text {
    struct buf *buf;
    enum pp_status status;
};

static void add_bucket(void *priv, uint32_t index, uint64_t n)
{
    struct hist_text *t = priv;
    if (t->status == PP_OK)
        t->status = buf_addf(t->buf, "%s%" PRIu32 ":%" PRIu64, t->buf->len > 0 ? " " : "", index, n);
}

static bool emit_one(struct sto_seconds *s, const struct agg *a)
{
    buf_clear(&s->text);
    struct hist_text t = {.buf = &s->text, .status = PP_OK};
    hist_each(a->hist, add_bucket, &t);
    if (t.status == PP_OK)
        t.status = buf_add_byte(&s->text, 0);
    if (t.status != PP_OK)
        return false;
    struct sto_statement_second row = {
        .digest = a->key.digest,
        .cmd = a->key.cmd,
        .second = a->key.second,
        .count = a->count,
        .errors = a->errors,
        .voided = a->voided,
        .rows = a->rows,
        .sum_ns = a->sum_ns,
        .hist = (const char *)s->text.data,
    };
    s->sink(s->priv, &row);
    return true;
}

static bool is_due(const struct sto_seconds *s, const struct agg *a, int64_t mono_ns)
{
    if (mono_ns == INT64_MAX || mono_ns - a->born_mono_ns > 3 * NS_PER_S)
        return true;
    return (a->key.second + 1) <= (s->newest_ns - 2 * NS_PER_S) / NS_PER_S;
}

bool sto_seconds_flush(struct sto_seconds *s, int64_t mono_ns)
{
    OBJ_CHECK(s, SECONDS_MAGIC);
    size_t i = 0;
    while (i < s->live_count) {
        struct agg *a = s->live[i];
        if (!is_due(s, a, mono_ns)) {
            i++;
            continue;
        }
        if (!emit_one(s, a))
            return false;
        map_remove(s->map, &a->key, sizeof a->key);
        memset(s->recent, 0, sizeof s->recent);
        s->live_count--;
        s->live[i] = s->live[s->live_count];
        s->live[s->live_count] = a;
    }
    return true;
}
