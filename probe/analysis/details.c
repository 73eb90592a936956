/* summary: makes what a report keeps for its rows of requests and checkouts, and gives the rows */
#include "details.h"

#include "events.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>

static bool find_known(struct ana_details *d)
{
    const struct ana_facts *f = &d->facts;
    d->known = malloc((f->request_count + 1) * sizeof *d->known);
    for (size_t i = 0; i < f->request_count && d->known; i++)
        if (f->requests[i].complete && ana_request_known(&f->requests[i]))
            d->known[d->known_count++] = (uint32_t)i;
    return d->known != NULL;
}

/* After the endpoints of the report were sorted. */
static bool find_endpoints(struct ana_details *d, const struct ana_report *r)
{
    d->endpoint_at = calloc(r->endpoint_count + 1, sizeof *d->endpoint_at);
    for (size_t i = 0; i < r->endpoint_count && d->endpoint_at; i++)
        d->endpoint_at[r->endpoints[i].id] = (uint32_t)i;
    return d->endpoint_at != NULL;
}

/* After the queries were sorted. */
static bool find_works(struct ana_facts *f, const struct ana_report *r)
{
    f->query_works = calloc(r->query_count + 1, sizeof *f->query_works);
    f->query_count = f->query_works ? r->query_count : 0;
    for (size_t i = 0; i < f->query_count; i++)
        f->query_works[i] = r->queries[i].digest != 0 && strncmp(r->queries[i].text, "[", 1) != 0;
    return f->query_works != NULL;
}

enum pp_status ana_details_make(struct ana_input *in)
{
    struct ana_details *d = calloc(1, sizeof *d);
    if (!d)
        return PP_NOMEM;
    in->report->details = d;
    bool works = find_works(&in->facts, in->report);
    d->facts = in->facts;
    in->facts_moved = true;
    enum pp_status st = works && find_known(d) && find_endpoints(d, in->report) ? PP_OK : PP_NOMEM;
    if (st == PP_OK)
        st = ana_join_make(&d->join, &d->facts, in->sweep.handoff_ns);
    if (st == PP_OK)
        st = ana_work_make(&d->work, &d->facts);
    if (st == PP_OK)
        st = ana_pool_times_make(&d->times, &d->facts, in->sweep.handoff_ns);
    if (st == PP_OK)
        st = ana_gaps_make(d);
    if (st == PP_OK)
        st = ana_request_budgets(d, in->why_not == NULL);
    in->report->joins = (struct ana_joins){.exact = d->join.exact,
                                           .inferred = d->join.inferred,
                                           .none = d->join.none,
                                           .confidence = d->join.confidence};
    return st;
}

void ana_details_free(struct ana_details **dp)
{
    struct ana_details *d = *dp;
    if (!d)
        return;
    ana_facts_fini(&d->facts);
    ana_join_fini(&d->join);
    ana_work_fini(&d->work);
    ana_pool_times_fini(&d->times);
    ana_gaps_free(&d->gaps);
    free(d->budgets);
    free(d->known);
    free(d->endpoint_at);
    free(d);
    *dp = NULL;
}

size_t ana_request_count(const struct ana_report *r)
{
    return r->details ? r->details->known_count : 0;
}

void ana_request_get(const struct ana_report *r, size_t i, struct ana_request_row *out)
{
    const struct ana_details *d = r->details;
    uint32_t at = d->known[i];
    const struct fact_request *q = &d->facts.requests[at];
    const struct ana_endpoint *e = &r->endpoints[d->endpoint_at[q->endpoint]];
    const struct ana_chain *c = &d->join.chains[at];
    const struct ana_request_budget *b = &d->budgets[at];
    *out = (struct ana_request_row){.id = q->id,
                                    .client_port = q->client_port,
                                    .status = q->status,
                                    .method = e->method,
                                    .route = e->route,
                                    .level_id = q->level == FACT_NONE ? 0 : d->facts.levels[q->level].id,
                                    .arrival_ns = q->arrival_ns,
                                    .latency_ns = fact_latency_ns(q),
                                    .confidence = (double)c->confidence,
                                    .checkouts = c->count,
                                    .wait_low_ns = b->wait_low_ns,
                                    .wait_high_ns = b->wait_high_ns};
    for (int line = 0; line < ANA_LINE_COUNT; line++)
        out->ns[line] = b->ns[line];
    for (uint32_t k = c->first; k != FACT_NONE; k = d->join.links[k].next) {
        out->statements += d->work.first[k + 1] - d->work.first[k];
        if (out->how == ANA_JOIN_NONE || d->join.links[k].how < out->how)
            out->how = (enum ana_join_how)d->join.links[k].how;
    }
}

size_t ana_checkout_count(const struct ana_report *r)
{
    return r->details ? r->details->facts.checkout_count : 0;
}

void ana_checkout_get(const struct ana_report *r, size_t i, struct ana_checkout_row *out)
{
    const struct ana_details *d = r->details;
    const struct fact_checkout *c = &d->facts.checkouts[i];
    const struct ana_link *l = &d->join.links[i];
    *out = (struct ana_checkout_row){.start_ns = c->start_ns,
                                     .end_ns = c->end_ns,
                                     .statements = c->statements,
                                     .how = (enum ana_join_how)l->how,
                                     .confidence = (double)l->confidence};
    if (c->conn != FACT_NONE) {
        const struct ana_connection *k = &r->connections[c->conn];
        out->conn_id = k->id;
        out->thread_id = k->thread_id;
        out->client_port = ana_port(k->client);
    }
    if (l->request == FACT_NONE)
        return;
    const struct fact_request *q = &d->facts.requests[l->request];
    out->request_id = q->id;
    out->request_client_port = q->client_port;
    out->request_arrival_ns = q->arrival_ns;
}
