/* summary: reads a run file into facts and the parts of the report that are copies of rows */
#include "host_use.h"
#include "parts.h"

#include <stdlib.h>
#include <string.h>

uint32_t ana_name(struct ana_input *in, const char *s, size_t n)
{
    uintptr_t known = (uintptr_t)map_get(in->names, s, n);
    if (known)
        return (uint32_t)(known - 1);
    if (map_set(in->names, s, n, (void *)((uintptr_t)in->name_count + 1)) != PP_OK)
        return FACT_NONE;
    return in->name_count++;
}

static char *meta_text(struct sto_run *run, const char *key)
{
    char value[4096];
    return sto_get_meta(run, key, value, sizeof value) ? ana_text(value) : ana_text("");
}

static uint64_t meta_count(struct sto_run *run, const char *key)
{
    int64_t n = sto_get_meta_int(run, key, 0);
    return n > 0 ? (uint64_t)n : 0;
}

/* Counters of the recorder where it wrote them; what the rows show where it was killed before. */
void ana_read_capture(struct ana_input *in, struct sto_run *run)
{
    struct ana_report *r = in->report;
    struct ana_capture *c = &r->capture;
    c->packets = meta_count(run, STO_META_CAP_PACKETS);
    c->bytes = meta_count(run, STO_META_CAP_BYTES);
    c->kernel_drops = meta_count(run, STO_META_CAP_KERNEL_DROPS);
    c->gaps = meta_count(run, STO_META_FLOW_GAPS);
    c->gap_bytes = meta_count(run, STO_META_FLOW_GAP_BYTES);
    if (c->gaps < in->gap_rows) {
        c->gaps = in->gap_rows;
        c->gap_bytes = in->gap_bytes;
    }
    for (size_t i = 0; i < r->query_count; i++) {
        c->statements += r->queries[i].count;
        c->voided_statements += r->queries[i].voided;
    }
    for (size_t i = 0; i < r->endpoint_count; i++)
        c->incomplete_requests += r->endpoints[i].incomplete;
    c->voided_txns = in->txn_void;
    c->store_drops = meta_count(run, STO_META_STORE_DROPPED_STATEMENTS);
    in->store_dropped_connections = meta_count(run, STO_META_STORE_DROPPED_CONNECTIONS);
    c->tls_connections = r->coverage.tls;
    c->compressed_connections = r->coverage.compressed;
    c->x_connections = r->coverage.x_protocol;
#define ANA_COUNTER(name, KEY, group, label) c->name = meta_count(run, STO_META_##KEY);
#include "ana_counter.def"
#undef ANA_COUNTER
    int64_t cpu_ns = sto_get_meta_int(run, STO_META_SELF_CPU_NS, -1);
    c->cpu_seconds = cpu_ns < 0 ? -1 : (double)cpu_ns / 1e9;
    c->complete = sto_get_meta_int(run, STO_META_COMPLETE, 0) == 1;
    c->cut_off = sto_get_meta_int(run, STO_META_CAP_CUT_OFF, 0) == 1;
    /* As record itself judges. What was in flight at either end is voided or incomplete without being lost.
     */
    c->lossy = c->kernel_drops || c->gaps || c->store_drops || c->cut_off || !c->complete;
    in->watched_mysql = in->watched_mysql || meta_count(run, STO_META_MYSQL_CONNECTIONS) > 0;
}

static enum pp_status read_head(struct ana_input *in, struct sto_run *run, const char *path)
{
    struct ana_report *r = in->report;
    r->path = ana_text(path);
    r->version = meta_text(run, STO_META_VERSION);
    r->command = meta_text(run, STO_META_COMMAND);
    r->capture.source = meta_text(run, STO_META_SOURCE);
    in->facts.has_seconds = sto_get_meta_int(run, STO_META_STATEMENTS_STORED, 1) == 0;
    r->start_ns = sto_get_meta_int(run, STO_META_START_NS, 0);
    r->end_ns = sto_get_meta_int(run, STO_META_END_NS, 0);
    in->names = map_new(0);
    in->query_map = map_new(0);
    in->endpoint_map = map_new(0);
    in->account_map = map_new(0);
    bool ok = r->path && r->version && r->command && r->capture.source && in->names && in->query_map &&
              in->endpoint_map && in->account_map;
    return ok ? PP_OK : PP_NOMEM;
}

/* A killed recorder leaves no end; a file's packets may lie outside of what was noted. */
static void span(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct ana_report *r = in->report;
    int64_t first = f->request_count ? f->requests[0].arrival_ns : 0, last = 0;
    if (f->statement_count && (first == 0 || f->statements[0].sent_ns < first))
        first = f->statements[0].sent_ns;
    for (size_t i = 0; i < f->request_count; i++)
        last = f->requests[i].last_ns > last ? f->requests[i].last_ns : last;
    for (size_t i = 0; i < f->statement_count; i++)
        last = f->statements[i].last_ns > last ? f->statements[i].last_ns : last;
    if (r->start_ns == 0)
        r->start_ns = first;
    if (r->end_ns < last)
        r->end_ns = last;
}

enum pp_status ana_read(struct ana_input *in, const char *path, struct pp_err *err)
{
    struct sto_run *run = NULL;
    enum pp_status st = sto_run_open(&run, path, err);
    if (st != PP_OK)
        return st;
    st = read_head(in, run, path);
    if (st == PP_OK)
        st = ana_read_rows(in, run, err);
    if (st == PP_OK)
        st = ana_read_queries(in, run, err);
    if (st == PP_OK)
        st = ana_read_txns(in, run, err);
    if (st == PP_OK)
        st = ana_read_server(in, run, err);
    if (st == PP_OK)
        st = ana_read_side(in, run, err);
    if (st == PP_OK)
        st = ana_read_tls(in, run, err);
    if (st == PP_OK)
        st = ana_host_read(in, run, err);
    if (st == PP_OK) {
        ana_read_capture(in, run);
        span(in);
    }
    if (st == PP_NOMEM)
        pp_err_set(err, st, "%s: out of memory while reading the run", path);
    sto_run_free(&run);
    return st;
}
