/* summary: names of the applications in the report: of each pool and each level, where the recording holds
 * several
 */
#include "parts.h"

#include <stdlib.h>
#include <string.h>

struct naming {
    struct ana_input *in;
    bool nomem;
};

static void name_pools(void *priv, const void *key, size_t key_len, void *value)
{
    struct naming *n = priv;
    const struct ana_facts *f = &n->in->facts;
    uint32_t number = (uint32_t)((uintptr_t)value - 1);
    for (size_t i = 0; i < f->pool_count; i++) {
        struct ana_pool *p = &n->in->report->pools[i];
        if (!f->pools[i].application || f->pools[i].app != number || p->http_server)
            continue;
        p->app = number + 1;
        p->http_server = ana_textf("%.*s", (int)key_len, (const char *)key);
        n->nomem = n->nomem || !p->http_server;
    }
    for (size_t i = 0; i < n->in->report->level_count; i++) {
        struct ana_level *l = &n->in->report->levels[i];
        if (l->app != number + 1)
            continue;
        l->http_server = ana_textf("%.*s", (int)key_len, (const char *)key);
        n->nomem = n->nomem || !l->http_server;
    }
}

/* The application of each level's requests; 0 for a level of several. */
static void mark_levels(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct ana_level *levels = in->report->levels;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        if (q->level == FACT_NONE || levels[q->level].app == UINT32_MAX)
            continue;
        uint32_t was = levels[q->level].app;
        levels[q->level].app = was == 0 || was == q->app + 1 ? q->app + 1 : UINT32_MAX;
    }
    for (size_t i = 0; i < in->report->level_count; i++)
        if (levels[i].app == UINT32_MAX)
            levels[i].app = 0;
}

enum pp_status ana_apps_report(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct naming n = {.in = in};
    bool *has = calloc((size_t)ana_app_count(f) + 1, sizeof *has);
    if (!has)
        return PP_NOMEM;
    for (size_t i = 0; i < f->request_count; i++) {
        in->report->app_count += !has[f->requests[i].app];
        has[f->requests[i].app] = true;
    }
    free(has);
    if (in->report->app_count < 2)
        return PP_OK;
    mark_levels(in);
    map_each(in->names, name_pools, &n);
    return n.nomem ? PP_NOMEM : PP_OK;
}
