/* summary: private: everything that begins or ends in a run, in the order of time */
#ifndef ANA_EVENTS_H
#define ANA_EVENTS_H

#include "facts.h"

/* In the order in which events of one instant are taken: what ends comes before what begins. */
enum ana_event_kind {
    EV_CLOSE,
    EV_STATEMENT_END,
    EV_CHECKOUT_END,
    EV_REQUEST_END,
    EV_ANSWER, /* first byte of the response */
    EV_LEVEL_END,
    EV_LEVEL_START,
    EV_ARRIVAL,
    EV_UPLOADED, /* last byte of the request */
    EV_OPEN,
    EV_READY,
    EV_CHECKOUT_START,
    EV_STATEMENT_START,
};

struct ana_event {
    int64_t t_ns;
    uint32_t index; /* in the array of facts that the kind names */
    uint8_t kind;
};

/* Events of the requests whose end is known, of levels, and of connections and their work. Free *out with
 * free(). */
PP_MUST_CHECK enum pp_status ana_events_new(struct ana_event **out, size_t *count, const struct ana_facts *f);

/* When a connection became usable: its dial's end; for one picked up in mid-stream, when it was first seen.
 * 0: never. */
int64_t ana_conn_ready_ns(const struct fact_conn *c);
/* The request takes part in the sweep: its latency is known and not nothing. */
bool ana_request_known(const struct fact_request *r);

#endif
