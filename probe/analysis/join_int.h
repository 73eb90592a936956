/* summary: private: what the parts of the join share: takes, tokens, and the walk over the run */
#ifndef JOIN_INT_H
#define JOIN_INT_H

#include "join.h"
#include "join_model.h"

/* Who was confused with another request has a wrong position, but its last checkout is right: what comes next
 * is asked of that. With the position, one confusion would spread to all that wait. */
#define JN_UNPLACED 0.98F

/* A checkout as the join sees it; one a checkout of the facts, with the same index. */
struct jn_take {
    int64_t granted_ns; /* since when its connection was free */
    int64_t at_ns;      /* when it was given out: its start, or its connection's dial */
    uint32_t shape;     /* 0: no part in the join */
    uint32_t request;   /* FACT_NONE: of none */
    uint32_t prev, next;
    uint32_t context, slot; /* where its request was before it */
    float margin;           /* log odds against the next-best request when it was given out */
    float agreed;           /* share of the walks that gave it to its request; 1 where there was one */
    uint16_t pos;
    bool spare;  /* a connection was free, by the pool alone */
    bool direct; /* the same, with what the walk knows of who waits: its request did not wait */
    bool fresh;  /* of a connection just dialled */
    bool fixed;  /* joined by trace id */
    bool begun;  /* the walk gave it out */
};

/* A request as the join sees it, with the state it has at the instant of the walk. */
struct jn_token {
    int64_t since_ns; /* its last activity */
    uint32_t route;
    uint32_t as_route;      /* what it does is this one's, as far as is known */
    uint32_t context, slot; /* of what comes next */
    uint32_t first, last;
    uint32_t count;
    uint32_t running;    /* of its checkouts go on */
    uint32_t last_conn;  /* FACT_NONE */
    uint32_t last_shape; /* JN_NONE: no checkout yet */
    uint32_t active_at;  /* index in active, FACT_NONE */
    bool ends;           /* what comes next is rather its answer than a checkout */
    bool walked;         /* the walk saw its answer */
    bool anchored;       /* one of its checkouts is joined by trace id */
    bool doubtful;       /* it ended where its route does not end */
};

struct jn {
    const struct ana_facts *f;
    struct jn_model *m;
    struct jn_take *takes;
    struct jn_token *tokens; /* one a request */
    uint32_t *by_at;         /* takes by at_ns */
    uint32_t *by_end;        /* takes by their end */
    uint32_t *by_answer;     /* requests by their answer */
    uint32_t *active;        /* requests in flight */
    float *scores;           /* two for each of them */
    /* Links. What comes after a take k (k) or after the arrival of request i (count of takes + i), and what
     * is before a take or before the answer of a request, numbered likewise. FACT_NONE: not known. */
    uint32_t *after, *before;
    size_t active_count;
    uint32_t shape_count, route_count, take_count;
    float unplaced; /* share of what comes next that is told without the position */
    double conns;   /* connections that are used */
    int64_t handoff_ns;
    bool in_line;  /* one thread does the application's work, in the order in which it comes */
    bool any_host; /* no pool has the address of a server of requests */
    bool compared; /* several walks were made: `agreed` tells */
    int64_t now_ns;
    bool nomem;
};

/* When a request may begin to work: its upload's end. */
int64_t jn_ready_ns(const struct fact_request *r);
/* When its answer begins. */
int64_t jn_answer_ns(const struct fact_request *r);
/* The request's application uses the checkout's pool. */
bool jn_here(const struct jn *j, uint32_t request, uint32_t take);
/* The request may be the one that the checkout belongs to, as far as time and place go. */
bool jn_may(const struct jn *j, uint32_t request, uint32_t take);

/* When somebody wants a connection whose last activity ended then, as far as the order of the queue goes: an
 * event loop takes up what comes in the order in which it comes, and does not begin the next before that
 * wants its connection. */
int64_t jn_wanted_ns(const struct jn *j, int64_t since_ns, const struct jn_slot *s);

/* jn_log_overtake, or how seldom an event loop takes up d_ns later what came before. */
float jn_overtake(const struct jn *j, const struct jn_slot *s, int64_t d_ns);

/* Shapes of the checkouts (join_shape.c); sets shape of the takes and shape_count. */
void jn_shapes(struct jn *j);
/* Which connection was free since when, and whether others were (join_pool.c). */
void jn_pools(struct jn *j);
/* Joins by trace id: fixed takes (join_trace.c). */
void jn_traces(struct jn *j);
/* A first model, from requests that were alone, and from which shapes come beside which routes (join_seed.c).
 */
void jn_seed(struct jn *j);
/* Links the first takes, so many of them, with what was before, by the model (join_track.c). */
void jn_track(struct jn *j, size_t takes);
/* Counts what the requests did into the model and learns it (join_learn.c). */
void jn_learn(struct jn *j);
void jn_learn_request(struct jn *j, uint32_t request, float weight);
/* The answer of `request` ends what the walk took for another one's chain: exchanges what came after one
 * moment of the two (join_undo.c). False: there is no such moment. */
bool jn_undo(struct jn *j, uint32_t request, uint32_t ends);
/* Exchanges links until what lies between each request's arrival and its answer is one chain that its route
 * does (join_mend.c). `work`: links that may be looked at. */
void jn_mend(struct jn *j, uint64_t work);
/* Takes go to requests by the links (join_label.c). */
void jn_label(struct jn *j);

/* Walks, mends, labels and learns in several ways, and keeps what adds up best (join_ways.c). `one_thread`:
 * the application's CPU time is that of one. */
void jn_ways(struct jn *j, bool one_thread);

/* Sets the confidence of links and chains (join_confidence.c). False: memory is out. */
bool jn_confidence(const struct jn *j, struct ana_join *out);

/* Gap of application time, perhaps with a wait, before a take. */
int64_t jn_gap(const struct jn *j, int64_t since_ns, uint32_t take);

#endif
