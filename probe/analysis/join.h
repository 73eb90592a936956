/* summary: private: which request each checkout belongs to */
#ifndef ANA_JOIN_H
#define ANA_JOIN_H

#include "analysis.h"
#include "facts.h"

/* A checkout's place in its request. */
struct ana_link {
    uint32_t request;    /* index in requests; FACT_NONE: of none */
    uint32_t prev, next; /* checkouts of the same request, by start; FACT_NONE */
    uint32_t slot;       /* of the join's gaps: the place in the route */
    int64_t granted_ns;  /* since when its connection was free: the end of its last checkout, or its dial's */
    float confidence;    /* that `request` is the right one, 0..1 */
    uint8_t how;         /* enum ana_join_how */
    bool direct;         /* a connection was free when it was wanted: nobody waited */
    bool spare; /* there were as many free as wanted, by the pool alone: only a dial can hold it up */
    bool fresh; /* the first of a connection that was dialled for it */
};

struct ana_chain {
    uint32_t first, last; /* FACT_NONE: no checkout */
    uint32_t count;
    uint32_t route; /* endpoint of one server */
    float confidence;
};

struct jn_model;

struct ana_join {
    struct ana_link *links;         /* one a checkout of the facts */
    struct ana_chain *chains;       /* one a request of the facts */
    struct jn_model *model;         /* how long the application takes at each place (join_model.h) */
    uint64_t exact, inferred, none; /* checkouts of the application's pools while requests were in flight */
    double confidence;              /* mean over the inferred ones */
};

/* `handoff_ns`: the longest hand-off (ana_sweep.handoff_ns). PP_NOMEM. ana_join_fini also after a failure. */
PP_MUST_CHECK enum pp_status ana_join_make(struct ana_join *out, const struct ana_facts *f,
                                           int64_t handoff_ns);
void ana_join_fini(struct ana_join *j);

#endif
