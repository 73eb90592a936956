/* summary: joins checkouts to requests: exactly by trace id, the rest by likelihood in a few rounds of
 * learning
 */
#include "analysis.h"
#include "host_use.h"
#include "join_int.h"

#include <stdlib.h>

#define ONE_THREAD 0.8 /* of the application's CPU */

struct order {
    int64_t t_ns;
    uint32_t index;
};

static int compare(const void *pa, const void *pb)
{
    const struct order *a = pa, *b = pb;
    if (a->t_ns != b->t_ns)
        return a->t_ns < b->t_ns ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

static bool sort_by(uint32_t *out, size_t n, int64_t (*key)(const struct jn *j, size_t i), const struct jn *j)
{
    struct order *o = malloc((n + 1) * sizeof *o);
    if (!o)
        return false;
    for (size_t i = 0; i < n; i++)
        o[i] = (struct order){.t_ns = key(j, i), .index = (uint32_t)i};
    if (n > 1)
        qsort(o, n, sizeof *o, compare);
    for (size_t i = 0; i < n; i++)
        out[i] = o[i].index;
    free(o);
    return true;
}

static int64_t take_at(const struct jn *j, size_t i)
{
    return j->takes[i].at_ns;
}

static int64_t checkout_end(const struct jn *j, size_t i)
{
    return j->f->checkouts[i].end_ns;
}

static int64_t request_answer(const struct jn *j, size_t i)
{
    return jn_answer_ns(&j->f->requests[i]);
}

/* A route is an endpoint of one server. */
static bool number_routes(struct jn *j)
{
    struct jn_table known = {0};
    for (size_t i = 0; i < j->f->request_count; i++) {
        const struct fact_request *r = &j->f->requests[i];
        struct jn_entry *e = jn_table_put(&known, ((uint64_t)r->endpoint + 1) << 32 | r->server);
        if (!e) {
            jn_table_fini(&known);
            return false;
        }
        if (e->index == JN_NONE)
            e->index = j->route_count++;
        j->tokens[i].route = e->index;
    }
    jn_table_fini(&known);
    return true;
}

static void find_hosts(struct jn *j)
{
    const struct ana_facts *f = j->f;
    j->any_host = true;
    for (size_t p = 0; p < f->pool_count && j->any_host; p++)
        for (size_t i = 0; i < f->request_count && f->pools[p].application; i++)
            if (f->requests[i].app == f->pools[p].app) {
                j->any_host = false;
                break;
            }
}

static bool begin(struct jn *j)
{
    const struct ana_facts *f = j->f;
    j->takes = calloc(f->checkout_count + 1, sizeof *j->takes);
    j->tokens = calloc(f->request_count + 1, sizeof *j->tokens);
    j->by_at = malloc((f->checkout_count + 1) * sizeof *j->by_at);
    j->after = malloc((f->checkout_count + f->request_count + 1) * sizeof *j->after);
    j->before = malloc((f->checkout_count + f->request_count + 1) * sizeof *j->before);
    j->by_end = malloc((f->checkout_count + 1) * sizeof *j->by_end);
    j->by_answer = malloc((f->request_count + 1) * sizeof *j->by_answer);
    j->active = malloc((f->request_count + 1) * sizeof *j->active);
    j->scores = malloc((2 * f->request_count + 2) * sizeof *j->scores);
    if (!j->takes || !j->tokens || !j->by_at || !j->after || !j->before || !j->by_end || !j->by_answer ||
        !j->active || !j->scores || !number_routes(j) ||
        !sort_by(j->by_end, f->checkout_count, checkout_end, j) ||
        !sort_by(j->by_answer, f->request_count, request_answer, j))
        return false;
    for (size_t i = 0; i < f->checkout_count; i++) {
        struct jn_take *k = &j->takes[i];
        k->request = k->prev = k->next = FACT_NONE;
        k->granted_ns = k->at_ns = f->checkouts[i].start_ns;
        k->spare = k->direct = true;
        k->agreed = 1;
    }
    for (size_t i = 0; i < f->request_count; i++)
        j->tokens[i].active_at = j->tokens[i].first = j->tokens[i].last = FACT_NONE;
    find_hosts(j);
    jn_shapes(j);
    return !j->nomem && jn_model_new(&j->m, j->shape_count) == PP_OK;
}

const char *ana_join_name(enum ana_join_how how)
{
    static const char *const names[] = {"none", "inferred", "trace"};
    return names[(unsigned)how <= ANA_JOIN_TRACE ? how : ANA_JOIN_NONE];
}

static bool finish(struct jn *j, struct ana_join *out)
{
    const struct ana_facts *f = j->f;
    double sum = 0;
    out->links = calloc(f->checkout_count + 1, sizeof *out->links);
    out->chains = calloc(f->request_count + 1, sizeof *out->chains);
    if (!out->links || !out->chains)
        return false;
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct jn_take *k = &j->takes[i];
        bool joined = k->request != FACT_NONE;
        out->links[i] = (struct ana_link){.request = k->request,
                                          .prev = k->prev,
                                          .next = k->next,
                                          .slot = k->slot,
                                          .granted_ns = k->granted_ns,
                                          .direct = k->direct,
                                          .spare = k->spare,
                                          .fresh = k->fresh,
                                          .how = k->fixed ? ANA_JOIN_TRACE
                                                 : joined ? ANA_JOIN_INFERRED
                                                          : ANA_JOIN_NONE};
    }
    for (size_t i = 0; i < f->request_count; i++) {
        const struct jn_token *t = &j->tokens[i];
        out->chains[i] = (struct ana_chain){.first = t->first,
                                            .last = t->first == FACT_NONE ? FACT_NONE : t->last,
                                            .count = t->first == FACT_NONE ? 0 : t->count,
                                            .route = t->route};
    }
    if (!jn_confidence(j, out))
        return false;
    for (size_t i = 0; i < f->checkout_count; i++) {
        if (j->takes[i].shape == 0)
            continue;
        out->exact += out->links[i].how == ANA_JOIN_TRACE;
        out->inferred += out->links[i].how == ANA_JOIN_INFERRED;
        out->none += out->links[i].how == ANA_JOIN_NONE;
        sum += out->links[i].how == ANA_JOIN_INFERRED ? (double)out->links[i].confidence : 0;
    }
    out->confidence = out->inferred > 0 ? sum / (double)out->inferred : 0;
    return true;
}

enum pp_status ana_join_make(struct ana_join *out, const struct ana_facts *f, int64_t handoff_ns)
{
    struct jn j = {.f = f, .handoff_ns = handoff_ns};
    *out = (struct ana_join){0};
    bool ok = begin(&j);
    if (ok) {
        jn_pools(&j);
        ok = sort_by(j.by_at, f->checkout_count, take_at, &j);
    }
    if (ok) {
        jn_traces(&j);
        jn_seed(&j);
        jn_ways(&j, ana_host_thread_share(f) >= ONE_THREAD);
        ok = !j.nomem && !j.m->nomem && finish(&j, out);
    }
    out->model = j.m;
    free(j.takes);
    free(j.tokens);
    free(j.by_at);
    free(j.by_end);
    free(j.after);
    free(j.before);
    free(j.by_answer);
    free(j.active);
    free(j.scores);
    return ok ? PP_OK : PP_NOMEM;
}

void ana_join_fini(struct ana_join *j)
{
    jn_model_free(&j->model);
    free(j->links);
    free(j->chains);
    *j = (struct ana_join){0};
}
