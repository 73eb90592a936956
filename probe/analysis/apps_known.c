/* summary: by what an application can be known again in another run: its declared name, whom its pools log in
 * as, the routes that it serves, its port
 *
 * Addresses and ports often differ between two runs of one application, its routes seldom. */
#include "parts.h"

#include "base/buf.h"

#include <stdlib.h>
#include <string.h>

#define KEY_BYTES 4096   /* of what one is known by; longer: it is not known by that */
#define ROUTE_SHARE 0.01 /* of the requests: rarer ones (probing, mistakes) differ between any two runs */
#define COUNTS_MOST (1u << 24) /* applications times endpoints */

struct known {
    struct ana_input *in;
    size_t *index_of;  /* application's number → its place in the report + 1 */
    size_t *server_of; /* name's number → likewise, of the application whose HTTP server that is */
    bool nomem;
};

static int by_text(const void *a, const void *b)
{
    return strcmp(*(char *const *)a, *(char *const *)b);
}

/* Sorted, each once, "a, b"; takes the texts. NULL: memory is out. */
static char *join(char **texts, size_t count)
{
    struct buf b;
    bool ok = true;
    buf_init(&b, KEY_BYTES);
    if (count > 1)
        qsort(texts, count, sizeof *texts, by_text);
    for (size_t i = 0; i < count && ok; i++) {
        if (i > 0 && strcmp(texts[i], texts[i - 1]) == 0)
            continue;
        ok =
            (b.len == 0 || buf_add(&b, ", ", 2) == PP_OK) && buf_add(&b, texts[i], strlen(texts[i])) == PP_OK;
    }
    char *out = ok && buf_add_byte(&b, 0) == PP_OK && b.data ? ana_text((const char *)b.data) : ana_text("");
    for (size_t i = 0; i < count; i++)
        free(texts[i]);
    buf_fini(&b);
    return out;
}

/* Adds a text to a list of room enough; NULL is memory that is out. */
static void add(struct known *k, char **texts, size_t *count, char *text)
{
    k->nomem = k->nomem || !text;
    if (text)
        texts[(*count)++] = text;
}

/* What load generators called it, where they agree; else the run's declared target, where it has one
 * application only. */
static char *declared(const struct known *k, const struct ana_app *app)
{
    const struct ana_report *r = k->in->report;
    const char *name = NULL;
    for (size_t i = 0; i < k->in->load_count; i++) {
        const struct ana_load *x = &k->in->loads[i];
        if (x->level >= r->level_count || r->levels[x->level].app != app->app || x->target[0] == 0)
            continue;
        if (name && strcmp(name, x->target) != 0)
            return ana_text("");
        name = x->target;
    }
    for (size_t i = 0; i < r->setting_count && !name && app->app == 0; i++)
        if (strcmp(r->settings[i].scope, "app") == 0 && strcmp(r->settings[i].name, "target") == 0)
            name = r->settings[i].value;
    return ana_text(name ? name : "");
}

static char *logins(struct known *k, size_t at)
{
    const struct ana_facts *f = &k->in->facts;
    char **texts = calloc(f->pool_count + 1, sizeof *texts), *out;
    size_t n = 0;
    for (size_t i = 0; i < f->pool_count && texts; i++) {
        const struct ana_pool *p = &k->in->report->pools[i];
        if (f->pools[i].application && k->index_of[f->pools[i].app] == at + 1)
            add(k, texts, &n,
                ana_textf("%s%s%s/%s", p->program_name, *p->program_name ? " " : "", p->user, p->db));
    }
    out = texts ? join(texts, n) : NULL;
    free(texts);
    return out;
}

static char *routes(struct known *k, size_t at, const uint32_t *counts)
{
    const struct ana_report *r = k->in->report;
    char **texts = calloc(r->endpoint_count + 1, sizeof *texts), *out;
    double all = 0;
    size_t n = 0;
    for (size_t i = 0; i < r->endpoint_count && counts; i++)
        all += counts[at * r->endpoint_count + i];
    for (size_t i = 0; i < r->endpoint_count && texts && counts; i++)
        if (counts[at * r->endpoint_count + i] > ROUTE_SHARE * all)
            add(k, texts, &n, ana_textf("%s %s", r->endpoints[i].method, r->endpoints[i].route));
    out = texts ? join(texts, n) : NULL;
    free(texts);
    return out;
}

/* Its port where it has one, and the name where there is none yet. */
static void add_server(void *priv, const void *key, size_t key_len, void *value)
{
    struct known *k = priv;
    size_t at = k->server_of[(uintptr_t)value - 1];
    if (at == 0)
        return;
    struct ana_app *app = &k->in->report->apps[at - 1];
    char *name = ana_textf("%.*s", (int)key_len, (const char *)key), *old = app->known_by[ANA_APP_PORT];
    const char *colon = name ? strrchr(name, ':') : NULL;
    char *port = ana_textf("%s%s%s", old ? old : "", old ? ", " : "", colon ? colon : "");
    free(old);
    app->known_by[ANA_APP_PORT] = port;
    if (!app->http_server)
        app->http_server = name;
    else
        free(name);
    k->nomem = k->nomem || !port || !app->http_server;
}

static void fill(struct known *k)
{
    struct ana_report *r = k->in->report;
    const struct ana_facts *f = &k->in->facts;
    uint64_t cells = (uint64_t)r->app_count * r->endpoint_count;
    uint32_t *counts = cells < COUNTS_MOST ? calloc(cells + 1, sizeof *counts) : NULL;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        size_t at = k->index_of[q->app] - 1;
        k->server_of[q->server] = at + 1;
        if (counts)
            counts[at * r->endpoint_count + q->endpoint]++;
    }
    map_each(k->in->names, add_server, k);
    for (size_t i = 0; i < r->app_count; i++) {
        struct ana_app *app = &r->apps[i];
        app->known_by[ANA_APP_TARGET] = declared(k, app);
        app->known_by[ANA_APP_LOGIN] = logins(k, i);
        app->known_by[ANA_APP_ROUTES] = routes(k, i, counts);
        for (int by = 0; by < ANA_APP_KEYS; by++)
            k->nomem = k->nomem || !app->known_by[by];
    }
    free(counts);
}

enum pp_status ana_apps_known(struct ana_input *in)
{
    struct ana_report *r = in->report;
    const struct ana_facts *f = &in->facts;
    struct known k = {.in = in,
                      .index_of = calloc((size_t)ana_app_count(f) + 1, sizeof *k.index_of),
                      .server_of = calloc((size_t)in->name_count + 1, sizeof *k.server_of)};
    r->apps = calloc((size_t)r->app_count + 1, sizeof *r->apps);
    k.nomem = !k.index_of || !k.server_of || !r->apps;
    size_t n = 0;
    for (size_t i = 0; i < f->request_count && !k.nomem; i++) {
        uint32_t app = f->requests[i].app;
        if (k.index_of[app] > 0)
            continue;
        r->apps[n].app = r->app_count > 1 ? app + 1 : 0;
        k.index_of[app] = ++n;
    }
    if (!k.nomem)
        fill(&k);
    free(k.index_of);
    free(k.server_of);
    return k.nomem ? PP_NOMEM : PP_OK;
}
