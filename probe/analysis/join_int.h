/* summary: private: what the parts of the join share: takes, tokens, and the walk over the run */
#ifndef JOIN_INT_H
#define JOIN_INT_H

#include "join.h"
#include "join_model.h"

/* Who was confused with another request has a wrong position, but its last checkout is right: what comes next
 * is asked of that. With the position, one confusion would spread to all that wait. */
#define UNPLACED 0.98F

/* A checkout as the join sees it; one a checkout of the facts, with the same index. */
struct jn_take {
    int64_t granted_ns; /* since when its connection was free */
    uint32_t shape;     /* 0: no part in the join */
    uint32_t request;   /* FACT_NONE: of none */
    uint32_t prev, next;
    uint32_t context, slot; /* where its request was before it */
    float margin;           /* log odds against the next-best request when it was given out */
    uint16_t pos;
    bool direct; /* a connection was free: its request did not wait */
    bool fresh;  /* of a connection just dialled */
    bool fixed;  /* joined by trace id */
};

/* A request as the join sees it, with the state it has at the instant of the walk. */
struct jn_token {
    int64_t since_ns; /* its last activity */
    uint32_t route;
    uint32_t context, slot; /* of what comes next */
    uint32_t first, last;
    uint32_t count;
    uint32_t running;    /* of its checkouts go on */
    uint32_t last_conn;  /* FACT_NONE */
    uint32_t last_shape; /* JN_NONE: no checkout yet */
    uint32_t active_at;  /* index in active, FACT_NONE */
    bool doubtful;       /* it ended where its route does not end */
};

struct jn {
    const struct ana_facts *f;
    struct jn_model *m;
    struct jn_take *takes;
    struct jn_token *tokens; /* one a request */
    uint32_t *by_end;        /* takes by their end */
    uint32_t *by_answer;     /* requests by their answer */
    uint32_t *active;        /* requests in flight */
    float *scores;           /* two for each of them */
    size_t active_count;
    uint32_t shape_count, route_count, take_count;
    double conns; /* connections that are used */
    int64_t handoff_ns;
    bool any_host;  /* no pool has the address of a server of requests */
    bool has_times; /* the model knows gaps */
    int64_t now_ns;
    uint64_t repairs;
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

/* Shapes of the checkouts (join_shape.c); sets shape of the takes and shape_count. */
void jn_shapes(struct jn *j);
/* Which connection was free since when, and whether others were (join_pool.c). */
void jn_pools(struct jn *j);
/* Joins by trace id: fixed takes (join_trace.c). */
void jn_traces(struct jn *j);
/* A first model, from requests that were alone, and from which shapes come beside which routes (join_seed.c).
 */
void jn_seed(struct jn *j);
/* Gives every take to a request by the model (join_track.c). */
void jn_track(struct jn *j);
/* Counts what the requests did into the model and learns it (join_learn.c). */
void jn_learn(struct jn *j);
void jn_learn_request(struct jn *j, uint32_t request, float weight);
/* A request ends where its route does not: exchanges the rest of its checkouts with another request's where
 * that makes both likelier (join_repair.c). */
void jn_repair(struct jn *j, uint32_t request);

/* ---- the walk's steps (join_track.c) ---- */

/* How likely a token takes the checkout next, but for the order of the queue. */
float jn_log_take(struct jn *j, const struct jn_token *t, uint32_t take);
/* How likely it ends now. */
float jn_log_end(struct jn *j, const struct jn_token *t, int64_t answer_ns);
/* Gap of application time, perhaps with a wait, before a take. */
int64_t jn_gap(const struct jn *j, int64_t since_ns, uint32_t take);
/* Puts a token into the state after its takes up to now; NONE: at its start. */
void jn_token_after(struct jn *j, uint32_t request, uint32_t last_take, uint32_t count);
/* Context, slot, position of the take from its request's state before it. */
void jn_place(struct jn *j, uint32_t request, uint32_t take, uint32_t pos);

#endif
