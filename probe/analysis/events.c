/* summary: builds the sorted list of events that the sweep walks */
#include "events.h"

#include "base/sort.h"

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

_Static_assert(sizeof(struct ana_event) == sizeof(struct sort_item), "events are sorted as such");

static void add(struct builder *b, int64_t t_ns, enum ana_event_kind kind, size_t index)
{
    b->e[b->n++] = (struct ana_event){.t_ns = t_ns, .index = (uint32_t)index, .kind = (uint8_t)kind};
}

static int64_t request_ns(const struct fact_request *r, enum ana_event_kind kind)
{
    int64_t uploaded = r->request_end_ns, answer = r->first_ns;
    if (uploaded < r->arrival_ns || uploaded > r->last_ns)
        uploaded = r->arrival_ns;
    if (answer < uploaded || answer > r->last_ns)
        answer = r->last_ns;
    return kind == EV_ARRIVAL    ? r->arrival_ns
           : kind == EV_ANSWER   ? answer
           : kind == EV_UPLOADED ? uploaded
                                 : r->last_ns;
}

static void add_requests(struct builder *b, const struct ana_facts *f, enum ana_event_kind kind)
{
    for (size_t i = 0; i < f->request_count; i++)
        if (ana_request_known(&f->requests[i]))
            add(b, request_ns(&f->requests[i], kind), kind, i);
}

static void add_statements(struct builder *b, const struct ana_facts *f, enum ana_event_kind kind)
{
    for (size_t i = 0; i < f->statement_count; i++) {
        const struct fact_statement *s = &f->statements[i];
        if (s->conn != FACT_NONE && s->last_ns > s->sent_ns)
            add(b, kind == EV_STATEMENT_START ? s->sent_ns : s->last_ns, kind, i);
    }
}

static void add_checkouts(struct builder *b, const struct ana_facts *f, enum ana_event_kind kind)
{
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *c = &f->checkouts[i];
        if (c->conn != FACT_NONE && c->end_ns > c->start_ns)
            add(b, kind == EV_CHECKOUT_START ? c->start_ns : c->end_ns, kind, i);
    }
}

static void add_connections(struct builder *b, const struct ana_facts *f, enum ana_event_kind kind)
{
    for (size_t i = 0; i < f->conn_count; i++) {
        const struct fact_conn *c = &f->conns[i];
        int64_t ready = ana_conn_ready_ns(c);
        if (c->open_ns <= 0 && ready <= 0)
            continue;
        int64_t open = c->open_ns > 0 && (ready <= 0 || c->open_ns <= ready) ? c->open_ns : ready;
        open = c->dial_ns > 0 ? c->dial_ns : open;
        if (kind == EV_OPEN)
            add(b, open, kind, i);
        else if (kind == EV_READY && ready > 0)
            add(b, ready, kind, i);
        else if (kind == EV_CLOSE && c->close_ns > 0)
            add(b, c->close_ns > ready ? (c->close_ns > open ? c->close_ns : open) : ready, kind, i);
    }
}

static void add_levels(struct builder *b, const struct ana_facts *f, enum ana_event_kind kind)
{
    for (size_t i = 0; i < f->level_count; i++)
        if (f->levels[i].end_ns > f->levels[i].start_ns)
            add(b, kind == EV_LEVEL_START ? f->levels[i].start_ns : f->levels[i].end_ns, kind, i);
}

static void add_kind(struct builder *b, const struct ana_facts *f, enum ana_event_kind kind)
{
    switch (kind) {
    case EV_CLOSE:
    case EV_OPEN:
    case EV_READY:
        add_connections(b, f, kind);
        break;
    case EV_STATEMENT_START:
    case EV_STATEMENT_END:
        add_statements(b, f, kind);
        break;
    case EV_CHECKOUT_START:
    case EV_CHECKOUT_END:
        add_checkouts(b, f, kind);
        break;
    case EV_LEVEL_START:
    case EV_LEVEL_END:
        add_levels(b, f, kind);
        break;
    case EV_ARRIVAL:
    case EV_UPLOADED:
    case EV_ANSWER:
    case EV_REQUEST_END:
        add_requests(b, f, kind);
        break;
    }
}

enum pp_status ana_events_new(struct ana_event **out, size_t *count, const struct ana_facts *f)
{
    size_t most = 4 * f->request_count + 2 * (f->statement_count + f->checkout_count + f->level_count) +
                  3 * f->conn_count;
    struct builder b = {.e = malloc((most ? most : 1) * sizeof *b.e)};
    if (!b.e)
        return PP_NOMEM;
    /* Kind by kind and each by index: the sort keeps that order within an instant. */
    for (int kind = EV_CLOSE; kind <= EV_STATEMENT_START; kind++)
        add_kind(&b, f, (enum ana_event_kind)kind);
    if (sort_items(b.e, b.n) != PP_OK) {
        free(b.e);
        return PP_NOMEM;
    }
    *out = b.e;
    *count = b.n;
    return PP_OK;
}
