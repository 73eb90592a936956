/* summary: joins the server's digests to the wire's queries, and its sessions to the wire's connections */
#include "server_side.h"

#include "parts.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

/* MySQL 9 writes these words before the digest text of a prepared statement. */
#define EXECUTE "EXECUTE "
#define PREPARE "PREPARE "

static char *trimmed(const char *text)
{
    size_t n = strlen(text);
    while (n > 0 && text[n - 1] == ' ')
        n--;
    return strndup(text, n);
}

/* The same text in the words of MySQL and MariaDB: without quotes of names, in upper case, one blank between
 * words. */
static char *canonical(const char *text)
{
    char *s = malloc(strlen(text) + 1), *to = s;
    for (; s && *text; text++) {
        if (*text == '`' || (*text == ' ' && (to == s || to[-1] == ' ')))
            continue;
        *to++ = (char)toupper((unsigned char)*text);
    }
    if (s) {
        while (to > s && to[-1] == ' ')
            to--;
        *to = '\0';
    }
    return s;
}

/* Texts of the queries to their number + 1; one that two queries share leads nowhere. */
struct index {
    struct map *exact, *canonical, *names; /* names: of the server's digests, by STATEMENT_DIGEST() */
};
#define AMBIGUOUS ((void *)UINTPTR_MAX)

static bool put(struct map *m, const char *key, size_t query)
{
    if (!key)
        return false;
    void *known = map_get(m, key, strlen(key));
    return map_set(m, key, strlen(key), known ? AMBIGUOUS : (void *)(uintptr_t)(query + 1)) == PP_OK;
}

static struct ana_query *get(const struct ana_input *in, const struct map *m, const char *key)
{
    void *known = key ? map_get(m, key, strlen(key)) : NULL;
    return known && known != AMBIGUOUS ? &in->report->queries[(uintptr_t)known - 1] : NULL;
}

static size_t query_of_digest(const struct ana_input *in, uint64_t digest)
{
    const struct ana_report *r = in->report;
    size_t i = 0;
    while (i < r->query_count && (r->queries[i].digest != digest || r->queries[i].text[0] == '['))
        i++;
    return i;
}

static bool make_index(struct ana_input *in, struct index *x)
{
    const struct ana_report *r = in->report;
    x->exact = map_new(0);
    x->canonical = map_new(0);
    x->names = map_new(0);
    bool ok = x->exact && x->canonical && x->names;
    for (size_t i = 0; i < r->query_count && ok; i++) {
        char *c = canonical(r->queries[i].text);
        ok = put(x->exact, r->queries[i].text, i) && put(x->canonical, c, i);
        free(c);
    }
    for (size_t i = 0; i < in->side.join_count && ok; i++) {
        size_t at = query_of_digest(in, in->side.joins[i].digest);
        ok = at == r->query_count || put(x->names, in->side.joins[i].server_digest, at);
    }
    return ok;
}

/* By the name that the server gave, else by its text, with the words before prepared statements as they are
 * and without. */
static struct ana_query *find(const struct ana_input *in, const struct index *x,
                              const struct ana_server_digest *d)
{
    struct ana_query *q = get(in, x->names, d->digest);
    char *text = trimmed(d->text), *same = NULL, *prepare = NULL;
    if (!q && text)
        q = get(in, x->exact, text);
    if (!q && text && strncmp(text, EXECUTE, strlen(EXECUTE)) == 0)
        q = get(in, x->exact, text + strlen(EXECUTE));
    if (!q && text && strncmp(text, PREPARE, strlen(PREPARE)) == 0) {
        prepare = ana_textf("[PREPARE] %s", text + strlen(PREPARE));
        q = get(in, x->exact, prepare);
    }
    if (!q && text)
        same = canonical(text);
    if (!q && same)
        q = get(in, x->canonical, same);
    free(text);
    free(same);
    free(prepare);
    return q;
}

static int by_timer(const void *pa, const void *pb)
{
    const struct ana_server_digest *a = pa, *b = pb;
    if (a->timer_ns != b->timer_ns)
        return a->timer_ns > b->timer_ns ? -1 : 1;
    return strcmp(a->text, b->text);
}

static void join(struct ana_input *in, const struct index *x, struct ana_server_digest *d)
{
    struct ana_query *q = d->text[0] ? find(in, x, d) : NULL;
    if (!q)
        return;
    d->query = q->digest;
    q->server_count += d->count;
    q->server_rows_sent += d->rows_sent;
    q->server_rows_examined += d->rows_examined;
    q->server_no_index += d->no_index;
    q->server_ns += d->timer_ns;
    q->server_lock_ns += d->lock_ns;
    if (!q->server)
        q->server = d;
}

enum pp_status ana_side_join_digests(struct ana_input *in)
{
    struct ana_server *v = &in->report->server;
    struct index x = {0};
    if (v->digest_count == 0)
        return PP_OK;
    qsort(v->digests, v->digest_count, sizeof *v->digests, by_timer);
    bool ok = make_index(in, &x);
    for (size_t i = 0; i < v->digest_count && ok; i++)
        join(in, &x, &v->digests[i]);
    struct map **maps[] = {&x.exact, &x.canonical, &x.names};
    for (size_t i = 0; i < sizeof maps / sizeof maps[0]; i++)
        if (*maps[i])
            map_free(maps[i]);
    return ok ? PP_OK : PP_NOMEM;
}

/* ---- sessions ---- */

/* A list of sessions is of some moment after it was asked for, and an ended session is in it a little longer.
 */
#define LIVES_MEET_NS NS_PER_S

/* Thread ids begin at 1 again after a restart, and behind a proxy the greeting's is the proxy's own: a
 * session is the connection's only where they lived at the same time and have not both another user and
 * another address (a client may change its user; on the way its address may be translated). */
static bool may_be(const struct side_session *s, const struct ana_connection *c)
{
    if ((c->close_ns != 0 && c->close_ns + LIVES_MEET_NS < s->first_ns) ||
        c->open_ns > s->last_ns + LIVES_MEET_NS)
        return false;
    return c->user[0] == '\0' || s->user[0] == '\0' || strcmp(c->user, s->user) == 0 ||
           strcmp(c->client, s->client) == 0;
}

static struct side_session *session_of(const struct ana_side *s, const struct ana_connection *c)
{
    for (size_t i = 0; i < s->session_count && c->thread_id; i++)
        if (s->sessions[i].thread_id == c->thread_id && may_be(&s->sessions[i], c))
            return &s->sessions[i];
    /* One that was open before the recording has no greeting: by its address, which is its own as long as it
     * lives. */
    for (size_t i = 0; i < s->session_count && !c->thread_id; i++)
        if (strcmp(s->sessions[i].client, c->client) == 0 &&
            (c->close_ns == 0 || c->close_ns > s->sessions[i].first_ns))
            return &s->sessions[i];
    return NULL;
}

static bool learn_user(struct ana_connection *c, const struct side_session *s)
{
    if (c->user[0] || !s->user[0])
        return true;
    char *user = ana_text(s->user);
    if (!user)
        return false;
    free(c->user);
    c->user = user;
    return true;
}

static struct ana_connection *connection_of_thread(const struct ana_report *r, uint32_t thread)
{
    for (size_t i = 0; i < r->connection_count && thread; i++)
        if (r->connections[i].thread_id == thread)
            return &r->connections[i];
    return NULL;
}

static void join_lock_waits(struct ana_report *r)
{
    for (size_t i = 0; i < r->server.lock_wait_count; i++) {
        struct ana_lock_wait *w = &r->server.lock_waits[i];
        const struct ana_connection *a = connection_of_thread(r, w->waiting_thread);
        const struct ana_connection *b = connection_of_thread(r, w->blocking_thread);
        w->waiting_conn = a ? a->id : 0;
        w->blocking_conn = b ? b->id : 0;
    }
}

enum pp_status ana_side_join_sessions(struct ana_input *in)
{
    struct ana_report *r = in->report;
    for (size_t i = 0; i < r->connection_count && in->side.session_count; i++) {
        struct ana_connection *c = &r->connections[i];
        struct side_session *s = session_of(&in->side, c);
        if (!s)
            continue;
        s->on_wire = true;
        s->opaque = in->facts.conns[i].opaque;
        c->server_statements = s->statements_last;
        if (!learn_user(c, s))
            return PP_NOMEM;
        if (!c->thread_id)
            c->thread_id = (uint32_t)s->thread_id;
    }
    join_lock_waits(r);
    return PP_OK;
}
