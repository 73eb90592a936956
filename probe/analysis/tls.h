/* summary: private: encrypted connections: their exchanges on the wire, the server's statements, and the rule
 * by which one is given to the other */
#ifndef ANA_TLS_H
#define ANA_TLS_H

#include "facts.h"
#include "server_side.h"

struct tls_exchange {
    int64_t sent_ns, first_ns, last_ns;
    uint32_t conn; /* index in facts.conns */
    bool complete;
};

enum tls_event {
    TLS_COMMAND, /* answered: one exchange */
    TLS_SILENT,  /* has no answer: part of what the client sends in the next exchange */
    TLS_SEVERAL, /* its answer may be several exchanges (LOAD DATA LOCAL) */
};

enum tls_state {
    TLS_UNTIMED,    /* its poll did not learn the clock, or not all statements */
    TLS_OPEN,       /* several ways are possible */
    TLS_CERTAIN,    /* one is */
    TLS_IMPOSSIBLE, /* none is */
    TLS_UNSEEN,     /* its session is no connection of the wire */
};

struct tls_statement {
    int64_t poll_id, thread_id, event_id, start_ns; /* by the server's timer */
    int64_t timer_ns, lock_ns, rows_sent, rows_examined, errors;
    char *digest; /* owned */
    enum tls_event event;
    enum tls_state state;
    uint32_t exchange; /* that it was given, FACT_NONE */
};

/* CLOCK_REALTIME minus the server's timer. */
struct tls_clock {
    int64_t poll_id, low_ns, high_ns;
};

struct ana_tls_facts {
    struct tls_exchange *exchanges; /* by connection and time; only those that were answered */
    size_t exchange_count, exchange_cap;
    struct tls_statement *statements;
    size_t statement_count, statement_cap;
    struct tls_clock *clocks; /* by poll */
    size_t clock_count, clock_cap;
    int64_t *cut; /* polls that do not have all statements */
    size_t cut_count, cut_cap;
    struct map *threads; /* thread id → index in facts.conns + 1 */
};

/* Statements of one session at one poll, in order, without a hole between them. */
struct tls_group {
    size_t first, count;   /* in statements */
    size_t exchange, ends; /* the connection's part of exchanges */
    size_t at;             /* the exchange of the first command, once it is certain */
    enum tls_state state;
};

/* Gives each statement its exchange where only one way is possible. The groups of one poll, with the bounds
 * of its clock, which become tighter. False: what was found contradicts itself, and nothing is given. */
bool ana_tls_align(struct ana_tls_facts *f, struct tls_group *groups, size_t count, struct tls_clock *clock);

void ana_tls_facts_fini(struct ana_tls_facts *f);
/* Frees the report's part. */
void ana_tls_fini(struct ana_tls *t);

#endif
