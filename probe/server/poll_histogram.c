/* summary: poller: the server's own latency histograms of the digests that took most time; names of wire
 * digests */
#include "poll_digest.h"

#include "base/buf.h"
#include "base/obj.h"

#include "sql_server.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <mysqld_error.h>

/* Digests whose histogram is read in one round: each costs as much as the table of digests is long. */
#define HISTOGRAMS 5
#define HISTOGRAM_BYTES (POLL_BUCKETS * 36)

struct top {
    struct poll_digest *d[HISTOGRAMS + 1];
};

static void see_top(void *priv, const void *key, size_t key_len, void *value)
{
    struct top *t = priv;
    struct poll_digest *d = value;
    (void)key;
    (void)key_len;
    if (d->timer_since == 0 || d->name[0] == '\0')
        return;
    for (int i = 0; i < HISTOGRAMS; i++) {
        if (t->d[i] != NULL && t->d[i]->timer_since >= d->timer_since)
            continue;
        memmove(&t->d[i + 1], &t->d[i], (size_t)(HISTOGRAMS - i) * sizeof(struct poll_digest *));
        t->d[i] = d;
        return;
    }
}

/* Escapes for a literal in single quotes (the session's sql_mode is the server's: backslashes may count).
 * False: no room, or a backslash, which the two ways of reading would tell apart. */
static bool add_literal(char *dst, size_t n, const char *text)
{
    size_t used = 0;
    for (; *text != '\0'; text++) {
        if (used + 3 > n || *text == '\\')
            return false;
        if (*text == '\'')
            dst[used++] = '\'';
        dst[used++] = *text;
    }
    dst[used] = '\0';
    return true;
}

struct reading {
    struct poll_digest *d;
    uint64_t now[POLL_BUCKETS];
    struct buf text;
    bool fell;
};

static void take_bucket(void *priv, MYSQL_ROW row)
{
    struct reading *x = priv;
    uint64_t number = poll_u64(row[0]), count = poll_u64(row[2]);
    if (number >= POLL_BUCKETS)
        return;
    uint64_t before = x->d->buckets == NULL ? 0 : x->d->buckets[number];
    x->now[number] = count;
    if (count > before &&
        buf_addf(&x->text, "%s%llu:%llu", x->text.len > 0 ? " " : "", (unsigned long long)poll_u64(row[1]),
                 (unsigned long long)(count - before)) != PP_OK)
        x->fell = true;
}

/* The first reading of a digest that was there before is only the base. */
static void tell(struct poll_round *r, struct reading *x)
{
    struct poll_digest *d = x->d;
    bool base_known = d->buckets != NULL || d->is_new;
    for (size_t i = 0; i < POLL_BUCKETS && d->buckets != NULL; i++)
        x->fell = x->fell || x->now[i] < d->buckets[i]; /* also those that are empty now: not in the answer */
    r->reset = r->reset || x->fell;
    if (base_known && !x->fell && x->text.len > 0) {
        struct srv_histogram row = {
            .poll_id = r->id, .digest_id = d->id, .buckets = (const char *)x->text.data};
        r->p->s->sink.histogram(r->p->s->sink.priv, &row);
    }
    if (d->buckets == NULL)
        d->buckets = malloc(sizeof x->now);
    if (d->buckets != NULL)
        memcpy(d->buckets, x->now, sizeof x->now);
    else
        poll_nomem(r->p);
    d->timer_since = 0;
}

static enum pp_status read_one(struct poll_round *r, struct poll_digest *d, struct pp_err *err)
{
    char schema[512], name[256], sql[1536];
    const char *const sqls[] = {sql, NULL};
    struct reading x = {.d = d};
    if (!add_literal(schema, sizeof schema, d->schema) || !add_literal(name, sizeof name, d->name))
        return PP_OK;
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* our own file of sql/ */
    snprintf(sql, sizeof sql, sql_ps_histogram, schema, name);
#pragma GCC diagnostic pop
    buf_init(&x.text, HISTOGRAM_BYTES);
    enum pp_status st = poll_ask(r, sqls, 3, take_bucket, &x, err);
    if (st == PP_OK)
        tell(r, &x);
    buf_fini(&x.text);
    return st;
}

enum pp_status poll_ask_histograms(struct poll_round *r, struct pp_err *err)
{
    struct top t = {{NULL}};
    enum pp_status st = PP_OK;
    map_each(r->p->digests, see_top, &t);
    if (t.d[0] == NULL)
        return PP_AGAIN;
    for (int i = 0; i < HISTOGRAMS && t.d[i] != NULL && st == PP_OK; i++)
        st = read_one(r, t.d[i], err);
    return st;
}

/* ---- the server's names of wire digests ---- */

#define JOINS_A_ROUND 20
#define JOIN_TEXT_MAX 4096

void srv_poller_ask(struct srv_poller *p, uint64_t digest, const char *text)
{
    OBJ_CHECK(p, POLLER_MAGIC);
    char *copy = strdup(text);
    if (copy == NULL)
        return;
    pthread_mutex_lock(&p->lock);
    if (p->wanted_count < POLL_WANTED_MAX) {
        size_t at = (p->wanted_first + p->wanted_count++) % POLL_WANTED_MAX;
        p->wanted[at] = (struct poll_wanted){.digest = digest, .text = copy};
        copy = NULL;
    }
    pthread_mutex_unlock(&p->lock);
    free(copy);
}

static bool take_wanted(struct srv_poller *p, struct poll_wanted *out)
{
    pthread_mutex_lock(&p->lock);
    bool any = p->wanted_count > 0;
    if (any) {
        *out = p->wanted[p->wanted_first];
        p->wanted_first = (p->wanted_first + 1) % POLL_WANTED_MAX;
        p->wanted_count--;
    }
    pthread_mutex_unlock(&p->lock);
    return any;
}

/* What the normalised text writes for left-out values, and values of the same form: the statement that comes
 * out has the same digest and no user's data. */
static bool make_sample(struct buf *b, const char *text)
{
    static const struct {
        const char *from, *to;
    } words[] = {
        {"(...) /* , ... */", "(1, 1), (1, 1)"},
        {"(?) /* , ... */", "(1), (1)"},
        {"?, ...", "1, 1"},
        {"(...)", "(1, 1)"},
        {"(_charset)", "_utf8mb4"},
        {"?", "1"},
        {"'", "''"},
    };
    while (*text != '\0') {
        size_t i = 0, n = sizeof words / sizeof words[0];
        while (i < n && strncmp(text, words[i].from, strlen(words[i].from)) != 0)
            i++;
        enum pp_status st = *text == '\\' ? PP_INVALID
                            : i < n       ? buf_addf(b, "%s", words[i].to)
                                          : buf_add_byte(b, (uint8_t)*text);
        if (st != PP_OK)
            return false;
        text += i < n ? strlen(words[i].from) : 1;
    }
    return buf_add_byte(b, 0) == PP_OK;
}

static void take_name(void *priv, MYSQL_ROW row)
{
    char *dst = priv;
    if (row[0] != NULL)
        snprintf(dst, 128, "%s", row[0]);
}

static void join_one(struct srv_poller *p, const struct poll_wanted *w)
{
    char name[128] = "", sql[JOIN_TEXT_MAX + 256];
    struct pp_err err = {.status = PP_OK};
    struct buf b;
    buf_init(&b, JOIN_TEXT_MAX);
    if (make_sample(&b, w->text)) {
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wformat-nonliteral" /* our own file of sql/ */
        snprintf(sql, sizeof sql, sql_ps_statement_digest, (const char *)b.data);
#pragma GCC diagnostic pop
        enum pp_status st = srv_query(p->s, sql, 1, take_name, name, &err);
        if (st != PP_OK && p->s->db != NULL && p->s->last_errno == ER_SP_DOES_NOT_EXIST)
            p->no_digest_function = true; /* MariaDB: joined by text */
        if (st == PP_OK && name[0] != '\0') {
            struct srv_digest_join row = {.digest = (int64_t)w->digest, .server_digest = name};
            p->s->sink.digest_join(p->s->sink.priv, &row);
        }
    }
    buf_fini(&b);
}

void poll_join_digests(struct srv_poller *p)
{
    struct poll_wanted w;
    for (int i = 0; i < JOINS_A_ROUND && p->s->db != NULL && take_wanted(p, &w); i++) {
        if (!p->no_digest_function)
            join_one(p, &w);
        free(w.text);
    }
}
