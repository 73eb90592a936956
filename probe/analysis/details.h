/* summary: private: what a report keeps of the run for its rows: facts, joins, a budget for each request */
#ifndef ANA_DETAILS_H
#define ANA_DETAILS_H

#include "analysis.h"
#include "facts.h"
#include "join.h"
#include "pool_time.h"

/* Statements of each checkout, by sent: list[first[c] .. first[c + 1]). */
struct ana_work {
    uint32_t *first;
    uint32_t *list;
};
PP_MUST_CHECK enum pp_status ana_work_make(struct ana_work *out, const struct ana_facts *f);
void ana_work_fini(struct ana_work *w);

/* A request's latency by line, with the bounds of its waits. */
struct ana_request_budget {
    int64_t ns[ANA_LINE_COUNT];
    int64_t wait_low_ns, wait_high_ns;
    float wait_var; /* of the wait, ms² */
};

struct ana_gaps;

struct ana_details {
    struct ana_facts facts;
    struct ana_join join;
    struct ana_work work;
    struct ana_pool_times times;
    struct ana_gaps *gaps;
    struct ana_request_budget *budgets; /* one a request of the facts */
    uint32_t *known;                    /* requests whose latency is known, by arrival */
    size_t known_count;
    uint32_t *endpoint_at; /* index in the report's endpoints by the facts' endpoint */
};

/* A piece of a request's time; pieces of one request do not overlap and cover its latency. */
struct ana_piece {
    int64_t start_ns, end_ns;
    enum ana_line line;
    uint32_t checkout; /* that it belongs to (a wait: the one waited for), FACT_NONE */
};

/* Calls f for each piece of a request, by time. */
typedef void ana_piece_f(void *priv, const struct ana_piece *piece);
PP_MUST_CHECK enum pp_status ana_request_pieces(const struct ana_details *d, uint32_t request, ana_piece_f *f,
                                                void *priv);
/* Fills d->budgets; all of it unattributed unless what the connections did is `known`. */
PP_MUST_CHECK enum pp_status ana_request_budgets(struct ana_details *d, bool known);

/* The sum of these requests' budgets, with its bounds. */
void ana_requests_sum(struct ana_budget *out, const struct ana_details *d, const uint32_t *requests, size_t n,
                      const char *why_not);

/* The wait in the gap before a checkout: for others, estimated with its bounds, and behind it for its own
 * dial, which was seen. */
struct ana_gap_wait {
    double ns, low_ns, high_ns, var_ns2;
    double dial_ns;
};
struct ana_gap_wait ana_gap_wait_of(const struct ana_details *d, uint32_t checkout);
/* Learns d->gaps from the joins and the pools' times. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_gaps_make(struct ana_details *d);
void ana_gaps_free(struct ana_gaps **gp);

void ana_details_free(struct ana_details **dp);

#endif
