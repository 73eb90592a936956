/* summary: private: what is read of a run, and the functions that make a report's parts of it */
#ifndef ANA_PARTS_H
#define ANA_PARTS_H

#include "analysis.h"
#include "base/map.h"
#include "facts.h"
#include "server_side.h"
#include "store.h"
#include "sweep.h"
#include "tls.h"

/* A counter "statements.by_account.USER@HOST" of the server over the recording. */
struct ana_account {
    char *user; /* owned */
    char *name; /* USER@HOST, owned */
    int64_t first_ns, first, last_ns, last;
    int64_t own_first, own_last; /* of them the probe's, since it began; -1: not its account */
    bool fell;                   /* the counter went back: the server restarted */
};

/* What one load generator measured in one level. */
struct ana_load {
    uint32_t users;
    int64_t start_ns, end_ns;
    size_t level; /* index of its level; SIZE_MAX where there is none */
    char *json;   /* owned, until the report has it */
    char *target; /* owned */
};

/* A run while its report is made. Everything is owned except `report`. */
struct ana_input {
    struct ana_facts facts;
    bool facts_moved; /* the report's details own them */
    struct ana_report *report;
    struct map *names; /* text → number + 1: hosts, servers, users */
    uint32_t name_count;
    struct map *query_map; /* key → index + 1 in report->queries */
    struct map *endpoint_map;
    struct map *account_map;
    struct ana_account *accounts;
    size_t account_count, account_cap;
    size_t connection_cap, pool_cap, query_cap, endpoint_cap, setting_cap;
    struct ana_load *loads;
    size_t load_count, load_cap;
    int64_t server_first_ns, server_last_ns; /* of the account counters; 0: none */
    int64_t server_read_ns;                  /* that reading them took at most */
    int64_t accounts_lost_first,
        accounts_lost_last; /* Performance_schema_accounts_lost; first -1: not known */
    bool server_restarted, accounts_full, accounts_unknown; /* about the account counters */
    bool truncated;             /* of server_restarted: the server itself went on */
    bool user_changed;          /* a session changed its user, and took its whole count with it */
    uint64_t second_statements; /* with has_seconds */
    uint64_t gap_rows, gap_bytes, txn_void;
    uint64_t store_dropped_connections;
    bool watched_mysql; /* a connection to a MySQL port was seen */
    struct ana_sweep sweep;
    struct ana_side side; /* what the server said of itself */
    struct ana_tls_facts tls;
    const char *why_not; /* of every budget, NULL when they can be made */
};

/* printf into a new text, NULL when memory is out. */
char *ana_textf(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* Copy; NULL (never for "") when memory is out. */
char *ana_text(const char *s);
/* Length of the host in "host:port". */
size_t ana_host_bytes(const char *address);
/* Port of "host:port", 0 when there is none. */
uint16_t ana_port(const char *address);
/* 32 hexadecimal digits into two words; false and both 0 when it is none. */
bool ana_trace_parse(uint64_t trace[2], const char *text);
/* "12.3 ms", "850 us": in units for people, into one of a few static places of the caller. */
const char *ana_ms(char dst[32], double ns);

/* A report that also has its blocks, for the comparison. As ana_report_new. */
PP_MUST_CHECK enum pp_status ana_report_with_blocks(struct ana_report **out, const char *path,
                                                    struct pp_err *err);

/* Reading (read.c, read_rows.c, queries.c). Statuses of sto_run_open and sto_each_…, PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_read(struct ana_input *in, const char *path, struct pp_err *err);
PP_MUST_CHECK enum pp_status ana_read_rows(struct ana_input *in, struct sto_run *run, struct pp_err *err);
PP_MUST_CHECK enum pp_status ana_read_queries(struct ana_input *in, struct sto_run *run, struct pp_err *err);
PP_MUST_CHECK enum pp_status ana_read_txns(struct ana_input *in, struct sto_run *run, struct pp_err *err);
PP_MUST_CHECK enum pp_status ana_read_server(struct ana_input *in, struct sto_run *run, struct pp_err *err);
PP_MUST_CHECK enum pp_status ana_read_tls(struct ana_input *in, struct sto_run *run, struct pp_err *err);
void ana_read_capture(struct ana_input *in, struct sto_run *run);
/* Number of a name, FACT_NONE when memory is out. */
uint32_t ana_name(struct ana_input *in, const char *s, size_t n);

/* Making the report. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_queries_finish(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_pools_choose(struct ana_facts *f);
/* Which requests use which pools, after the choice (apps.c). */
PP_MUST_CHECK enum pp_status ana_apps_find(struct ana_facts *f);
/* Names them in the report, after the levels. */
PP_MUST_CHECK enum pp_status ana_apps_report(struct ana_input *in);
/* Signs by which they are known again in another run (apps_known.c), before the endpoints are sorted. */
PP_MUST_CHECK enum pp_status ana_apps_known(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_pools_bind(struct ana_facts *f); /* after the choice (pool_bound.c) */
PP_MUST_CHECK enum pp_status ana_dials_find(struct ana_facts *f);
/* Levels of loads whose marks nobody saw, after all rows were read; figures to their levels (loads.c). */
PP_MUST_CHECK enum pp_status ana_loads_read(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_loads_give(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_levels_assign(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_sweep_all(struct ana_sweep *out, const struct ana_facts *f);
PP_MUST_CHECK enum pp_status ana_levels_finish(struct ana_input *in);
/* What the statements of a level are made of: one more of them; all levels, after what the server said. */
void ana_statement_parts_add(struct ana_level *l, const struct fact_statement *s);
void ana_statement_parts_finish(struct ana_report *r);
void ana_connections_finish(struct ana_input *in);
/* A connection's handshake for its pool's vantage, and what they say together. */
PP_MUST_CHECK enum pp_status ana_vantage_add(struct ana_pool *p, const struct sto_connection *c);
void ana_vantage_finish(struct ana_pool *p);
PP_MUST_CHECK enum pp_status ana_pools_finish(struct ana_input *in);
/* Fills ana_pool.wire (pool_wire.c and its parts). */
PP_MUST_CHECK enum pp_status ana_pool_wire(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_endpoints_finish(struct ana_input *in);
/* Sums over the joined requests: after the details are there. */
PP_MUST_CHECK enum pp_status ana_requests_finish(struct ana_input *in);
/* The facts then belong to the report, and stay readable here. */
PP_MUST_CHECK enum pp_status ana_details_make(struct ana_input *in);
/* How long each endpoint holds connections; after the details. */
PP_MUST_CHECK enum pp_status ana_endpoint_holds(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_coverage_finish(struct ana_input *in);
/* Encrypted connections; after the sessions were joined. */
PP_MUST_CHECK enum pp_status ana_tls_finish(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_findings_make(struct ana_input *in);
/* Fills clock_back_ns and http_servers. */
PP_MUST_CHECK enum pp_status ana_clock_find(struct ana_input *in);
/* What limits each level (explain.c). */
PP_MUST_CHECK enum pp_status ana_explain(struct ana_input *in);
/* Takes the sweep's series into the report and counts events into it; then the heat map and the lanes. */
PP_MUST_CHECK enum pp_status ana_series_finish(struct ana_input *in);
PP_MUST_CHECK enum pp_status ana_slowest_make(struct ana_report *r);
PP_MUST_CHECK enum pp_status ana_heatmap_make(struct ana_heatmap *out, const struct ana_facts *f);
PP_MUST_CHECK enum pp_status ana_lanes_make(struct ana_input *in);
/* The two sentences, from the finished report or comparison. */
PP_MUST_CHECK enum pp_status ana_verdict_make(struct ana_report *r);
PP_MUST_CHECK enum pp_status ana_verdict_make_diff(struct ana_diff *d);

#endif
