/* summary: private: what limits a level: the facts that the rules look at, and the rules
 *
 * A rule is one small function over exp_facts: it stays silent (false) or fills a limit. Where a resource is
 * known to be used up, the queue in front of it is its symptom: such a rule outranks the waiting for a
 * connection, and takes it into its weight. */
#ifndef ANA_EXPLAIN_H
#define ANA_EXPLAIN_H

#include "analysis.h"

/* The CPU of one side over a level, in CPUs. */
struct exp_cpu {
    bool known;
    double used, limit;
    double top_thread; /* the busiest thread; negative: not known */
    double delay;      /* threads runnable without a CPU, mean; negative: not known */
    double throttled;  /* share of the time; negative: not known */
};

struct exp_line {
    double low, ms, high; /* a request */
};

struct exp_facts {
    const char *at;         /* "At 30 users" */
    uint32_t users;         /* 0: not known */
    uint32_t app_id;        /* ana_level.app */
    const char *pool_names; /* its pools with how long each was saturated; NULL: not told */
    double mean_ms; /* at the application: without what a request waits at its client before it is sent */
    struct exp_line line[ANA_LINE_COUNT];
    double rate; /* answered requests a second */
    double in_flight, busy, open, saturated;
    double lost_ms;    /* of the joined requests: waiting while a connection lay idle, a request */
    uint32_t open_max; /* of all pools together */
    size_t pools;
    bool growing; /* the pool grew in this level or a later one */

    struct exp_cpu app, server, machine;
    double row_lock_ms; /* a request, as the server counts it; negative: not known */
    double other_share; /* of the time that the server ran statements, at least: not this application's */
    double flush_ms;    /* of the server's log files, a request; negative: not known */
    const char *flush, *sync;    /* innodb_flush_log_at_trx_commit, sync_binlog; NULL: not known */
    const char *max_connections; /* NULL: not known */
    uint64_t refused;            /* handshakes for want of room, in this level */
    double refused_share;        /* of them, to a request */
    double rtt_ms;               /* of a TCP handshake to the server, the median; negative: not seen */
    double statements;           /* a request */
    enum ana_dialling dialling;
    uint64_t contested, overlapped;
    double dial_ms; /* the median; negative: none was seen */

    /* The statement with the most time in the level (commits apart), and how it was where load was lowest. */
    const char *query; /* NULL: none */
    bool query_reads;
    double query_ms, query_count; /* a request */
    double query_mean_ms, query_low_mean_ms;

    /* Where the load was lowest; low_mean_ms 0: this is the only level, or the lowest. */
    uint32_t low_users;
    double low_mean_ms, low_server_ms, low_app_ms;
};

enum exp_class {
    EXP_REFUSED,   /* requests fail */
    EXP_EXHAUSTED, /* a resource without which nothing else helps */
    EXP_PART,      /* by weight */
    EXP_LAST,
};

struct exp_limit {
    struct ana_limit limit; /* texts owned; NULL text: out of memory */
    enum exp_class class;
};

typedef bool exp_rule_f(const struct exp_facts *f, struct exp_limit *out);
#define EXPLAIN_RULE(name, title) exp_rule_f exp_rule_##name;
#include "explain_rule.def"
#undef EXPLAIN_RULE

/* All rules over the facts, ranked, `load` only where nothing else speaks. Free *out's texts and *out. */
PP_MUST_CHECK enum pp_status exp_rank(struct ana_limit **out, size_t *count, const struct exp_facts *f);

/* ---- what rules ask ---- */

#define EXP_FULL 0.85      /* of the CPUs that it may use: no more is to be had of a second's mean */
#define EXP_ONE_THREAD 0.9 /* of one CPU: a thread that is never idle */
struct exp_line exp_sum(const struct exp_facts *f, const enum ana_line *lines, size_t n);
double exp_server_ms(const struct exp_facts *f); /* statements and commits */
double exp_hold_ms(const struct exp_facts *f);   /* with a connection */
double exp_exhausted_ms(const struct exp_facts *f);
double exp_queue_ms(const struct exp_facts
                        *f); /* of it, what a shorter hold time would spare: 0 where connections lie idle */
/* So much time is worth a word: 1 ms or 5 % of the latency, and a hundredth at least. */
bool exp_matters(const struct exp_facts *f, double ms);
/* What fills the hold time matters: it is a large part of the latency, or requests wait for connections. */
bool exp_hold_matters(const struct exp_facts *f);
bool exp_is_full(const struct exp_cpu *c);
/* How it shows that requests wait while connections lie idle, so that more connections are not what is
 * wanted. */
enum exp_idle {
    EXP_IDLE_NOT,
    EXP_IDLE_SEEN, /* fewer are busy than a saturated pool has, and joined requests waited beside idle ones */
    EXP_IDLE_TOO_LONG /* more of them wait on average than could while none was free */
};
enum exp_idle exp_idle_of(const struct exp_facts *f);
/* Waiting requests on average, and at most while the pool had no connection free. */
double exp_waiting(const struct exp_facts *f);
double exp_waiting_most(const struct exp_facts *f);
/* No CPU for the application's threads: a hand-over is slow for want of it. */
bool exp_app_has_no_cpu(const struct exp_facts *f);
/* The server refuses so many connections that waiting for one, and dialling, are what comes of it. */
bool exp_is_refused(const struct exp_facts *f);
/* What stands in the way of a larger pool: "the server's CPU is used up"; NULL: nothing that is known. */
const char *exp_no_larger_pool(const struct exp_facts *f);
/* Milliseconds with as many digits as they need: "0.42 ms", "12.3 ms", "412 ms". */
struct exp_text {
    char s[80];
};
struct exp_text exp_ms(double ms);
/* " (48.0 to 55.2)", "" where it is measured. */
struct exp_text exp_interval(const struct exp_line *l);

#endif
