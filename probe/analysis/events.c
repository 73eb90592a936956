/* summary: builds the sorted list of events that the sweep walks */
#include "events.h"

#include <stdlib.h>

int64_t ana_conn_ready_ns(const struct fact_conn *c)
{
    if (c->ready_ns > 0)
        return c->ready_ns;
    return c->pool != FACT_NONE && c->mid_stream ? c->open_ns : 0;
}

bool ana_request_known(const struct fact_request *r)
{
    return r->arrival_ns > 0 && r->last_ns > r->arrival_ns;
}

struct builder {
    struct ana_event *e;
    size_t n;
};

static void add(struct builder *b, int64_t t_ns, enum ana_event_kind kind, size_t index)
{
    b->e[b->n++] = (struct ana_event){.t_ns = t_ns, .index = (uint32_t)index, .kind = (uint8_t)kind};
}

static void add_requests(struct builder *b, const struct ana_facts *f)
{
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *r = &f->requests[i];
        if (!ana_request_known(r))
            continue;
        int64_t uploaded = r->request_end_ns, answer = r->first_ns;
        if (uploaded < r->arrival_ns || uploaded > r->last_ns)
            uploaded = r->arrival_ns;
        if (answer < uploaded || answer > r->last_ns)
            answer = r->last_ns;
        add(b, r->arrival_ns, EV_ARRIVAL, i);
        add(b, uploaded, EV_UPLOADED, i);
        add(b, answer, EV_ANSWER, i);
        add(b, r->last_ns, EV_REQUEST_END, i);
    }
}

static void add_work(struct builder *b, const struct ana_facts *f)
{
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        if (s->conn == FACT_NONE || s->last_ns <= s->sent_ns)
            continue;
        add(b, s->sent_ns, EV_STATEMENT_START, i);
        add(b, s->last_ns, EV_STATEMENT_END, i);
    }
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        if (c->conn == FACT_NONE || c->end_ns <= c->start_ns)
            continue;
        add(b, c->start_ns, EV_CHECKOUT_START, i);
        add(b, c->end_ns, EV_CHECKOUT_END, i);
    }
}

static void add_connections(struct builder *b, const struct ana_facts *f)
{
    for (size_t i = 0; i < f->conn_count; i++) {
        const struct fact_conn *c = &f->conns[i];
        int64_t ready = ana_conn_ready_ns(c);
        if (c->open_ns <= 0 && ready <= 0)
            continue;
        int64_t open = c->open_ns > 0 && (ready <= 0 || c->open_ns <= ready) ? c->open_ns : ready;
        add(b, open, EV_OPEN, i);
        if (ready > 0)
            add(b, ready, EV_READY, i);
        if (c->close_ns > 0)
            add(b, c->close_ns > ready ? (c->close_ns > open ? c->close_ns : open) : ready, EV_CLOSE, i);
    }
    for (size_t i = 0; i < f->level_count; i++)
        if (f->levels[i].end_ns > f->levels[i].start_ns) {
            add(b, f->levels[i].start_ns, EV_LEVEL_START, i);
            add(b, f->levels[i].end_ns, EV_LEVEL_END, i);
        }
}

static int compare(const void *pa, const void *pb)
{
    const struct ana_event *a = pa, *b = pb;
    if (a->t_ns != b->t_ns)
        return a->t_ns < b->t_ns ? -1 : 1;
    if (a->kind != b->kind)
        return a->kind < b->kind ? -1 : 1;
    return a->index < b->index ? -1 : a->index > b->index;
}

enum pp_status ana_events_new(struct ana_event **out, size_t *count, const struct ana_facts *f)
{
    size_t most = 4 * f->request_count + 2 * (f->statement_count + f->checkout_count + f->level_count) +
                  3 * f->conn_count;
    struct builder b = {.e = malloc((most ? most : 1) * sizeof *b.e)};
    if (!b.e)
        return PP_NOMEM;
    add_requests(&b, f);
    add_work(&b, f);
    add_connections(&b, f);
    qsort(b.e, b.n, sizeof *b.e, compare);
    *out = b.e;
    *count = b.n;
    return PP_OK;
}
