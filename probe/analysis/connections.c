/* summary: what the checkouts say of each connection: how often and how long it was busy */
#include "parts.h"

void ana_connections_finish(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    for (size_t i = 0; i < f->checkout_count; i++) {
        const struct fact_checkout *x = &f->checkouts[i];
        if (x->conn == FACT_NONE)
            continue;
        struct ana_connection *c = &in->report->connections[x->conn];
        c->checkouts++;
        if (x->end_ns > x->start_ns)
            c->busy_ns += x->end_ns - x->start_ns;
    }
}
