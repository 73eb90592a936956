/* summary: the query table: statements by digest, other commands by name; also from a run without statements
 */
#include "base/sort.h"
#include "parts.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Of base/hist.h: 128 exact values, then 64 buckets for each of 56 powers of two. */
#define HIST_BUCKETS (128 + 56 * 64)

/* A row: QUERY and STMT_EXECUTE of one digest together, its STMT_PREPARE apart, other commands by name. */
struct query_key {
    uint64_t digest;
    char cmd[32];
};

static bool runs_digest(const char *cmd)
{
    return strcmp(cmd, "QUERY") == 0 || strcmp(cmd, "STMT_EXECUTE") == 0 ||
           strcmp(cmd, "STMT_BULK_EXECUTE") == 0;
}

static struct query_key key_of(uint64_t digest, const char *cmd)
{
    struct query_key k = {0};
    if (digest != 0 && runs_digest(cmd)) {
        k.digest = digest;
        return k;
    }
    if (digest != 0 && strcmp(cmd, "STMT_PREPARE") == 0)
        k.digest = digest;
    snprintf(k.cmd, sizeof k.cmd, "%s", cmd);
    return k;
}

/* NULL when memory is out. Texts of digests come later. */
static struct ana_query *query_of(struct ana_input *in, uint64_t digest, const char *cmd)
{
    struct ana_report *r = in->report;
    struct query_key k = key_of(digest, cmd);
    uintptr_t known = (uintptr_t)map_get(in->query_map, &k, sizeof k);
    if (known)
        return &r->queries[known - 1];
    if (!FACT_ROOM(r->queries, r->query_count, in->query_cap))
        return NULL;
    struct ana_query *q = &r->queries[r->query_count];
    *q = (struct ana_query){.digest = k.digest, .latency.hist = hist_new()};
    if (k.digest == 0)
        q->text = ana_textf("[%s]", k.cmd);
    if (!q->latency.hist || (k.digest == 0 && !q->text) ||
        map_set(in->query_map, &k, sizeof k, (void *)(uintptr_t)(r->query_count + 1)) != PP_OK) {
        hist_free(&q->latency.hist);
        free(q->text);
        return NULL;
    }
    r->query_count++;
    return q;
}

static enum pp_status on_digest(void *priv, const struct sto_digest *d)
{
    struct ana_input *in = priv;
    for (int prepare = 0; prepare < 2; prepare++) {
        struct query_key k = key_of(d->id, prepare ? "STMT_PREPARE" : "QUERY");
        uintptr_t known = (uintptr_t)map_get(in->query_map, &k, sizeof k);
        if (!known)
            continue;
        struct ana_query *q = &in->report->queries[known - 1];
        free(q->text);
        q->text = ana_textf("%s%s", prepare ? "[PREPARE] " : "", d->text);
        if (!q->text)
            return PP_NOMEM;
    }
    return PP_OK;
}

#define RECENT 256

/* The queries of the statements read last, by digest: nearly every statement is one of few. */
struct reading {
    struct ana_input *in;
    struct {
        uint64_t digest;
        char cmd[32]; /* "": none */
        uint32_t query;
    } recent[RECENT];
};

static struct ana_query *recent_query(struct reading *r, const struct sto_statement_brief *s)
{
    size_t at = (s->digest ^ (unsigned char)s->cmd[0]) % RECENT;
    if (r->recent[at].digest == s->digest && r->recent[at].cmd[0] != '\0' &&
        strcmp(r->recent[at].cmd, s->cmd) == 0)
        return &r->in->report->queries[r->recent[at].query];
    struct ana_query *q = query_of(r->in, s->digest, s->cmd);
    if (q && strlen(s->cmd) < sizeof r->recent[at].cmd) {
        r->recent[at].digest = s->digest;
        r->recent[at].query = (uint32_t)(q - r->in->report->queries);
        snprintf(r->recent[at].cmd, sizeof r->recent[at].cmd, "%s", s->cmd);
    }
    return q;
}

static uint32_t transfer_us(const struct sto_statement_brief *s)
{
    if (s->first_ns <= 0 || s->last_ns <= s->first_ns)
        return 0;
    int64_t us = s->last_ns / 1000 - s->first_ns / 1000;
    return us < UINT32_MAX ? (uint32_t)us : UINT32_MAX;
}

static enum pp_status on_statement(void *priv, const struct sto_statement_brief *s)
{
    struct reading *reading = priv;
    struct ana_input *in = reading->in;
    struct ana_facts *f = &in->facts;
    struct ana_query *q = recent_query(reading, s);
    if (!q || !FACT_ROOM(f->statements, f->statement_count, f->statement_cap))
        return PP_NOMEM;
    uint32_t conn = ana_facts_conn(f, s->conn_id);
    uint32_t query = (uint32_t)(q - in->report->queries);
    f->statements[f->statement_count++] = (struct fact_statement){.sent_ns = s->sent_ns,
                                                                  .last_ns = s->last_ns,
                                                                  .conn = conn,
                                                                  .query = query,
                                                                  .transfer_us = transfer_us(s),
                                                                  .ends_txn = s->ends_txn,
                                                                  .complete = s->complete};
    q->count++;
    q->errors += s->errnum != 0;
    q->voided += !s->complete;
    q->rows += s->rows;
    q->req_bytes += s->req_bytes;
    q->resp_bytes += s->resp_bytes;
    if (s->complete && s->last_ns >= s->sent_ns && s->last_ns > 0)
        hist_add(q->latency.hist, s->last_ns - s->sent_ns);
    if (conn != FACT_NONE)
        in->report->connections[conn].statements++;
    return PP_OK;
}

/* By sent; those of one instant as they were stored. */
static enum pp_status sort_statements(struct ana_facts *f)
{
    struct sort_item *order = malloc((f->statement_count + 1) * sizeof *order);
    struct fact_statement *sorted = NULL;
    enum pp_status st = order ? PP_OK : PP_NOMEM;
    for (size_t i = 0; i < f->statement_count && st == PP_OK; i++)
        order[i] = (struct sort_item){.key = f->statements[i].sent_ns, .index = (uint32_t)i};
    if (st == PP_OK)
        st = sort_items(order, f->statement_count);
    if (st == PP_OK)
        sorted = malloc((f->statement_count + 1) * sizeof *sorted);
    for (size_t i = 0; i < f->statement_count && sorted; i++)
        sorted[i] = f->statements[order[i].index];
    free(order);
    if (!sorted)
        return PP_NOMEM;
    free(f->statements);
    f->statements = sorted;
    f->statement_cap = f->statement_count + 1;
    return PP_OK;
}

/* Only buckets are stored: the sum and the extremes of these latencies are those of the buckets' midpoints,
 * within 1 % of the measured ones. */
static bool add_buckets(struct hist *h, const char *text)
{
    for (const char *p = text; *p;) {
        char *end = NULL;
        unsigned long index = strtoul(p, &end, 10);
        if (end == p || *end != ':' || index >= HIST_BUCKETS)
            return false;
        p = end + 1;
        unsigned long long n = strtoull(p, &end, 10);
        int64_t low = hist_bucket_low((uint32_t)index), high = hist_bucket_high((uint32_t)index);
        if (end == p || low < 0 || high < low)
            return false;
        if (n > 0)
            hist_add_n(h, low + (high - low) / 2, n);
        p = end;
        while (*p == ' ')
            p++;
    }
    return true;
}

static enum pp_status on_second(void *priv, const struct sto_statement_second *s)
{
    struct ana_input *in = priv;
    struct ana_query *q = query_of(in, s->digest, s->cmd);
    if (!q)
        return PP_NOMEM;
    in->facts.has_seconds = true;
    in->second_statements += s->count;
    q->count += s->count;
    q->errors += s->errors;
    q->voided += s->voided;
    q->rows += s->rows;
    return add_buckets(q->latency.hist, s->hist) ? PP_OK : PP_INVALID;
}

/* A query and where it stood before it was sorted. */
struct ranked {
    struct ana_query q;
    uint32_t was;
};

static int by_share(const void *pa, const void *pb)
{
    const struct ana_query *a = &((const struct ranked *)pa)->q, *b = &((const struct ranked *)pb)->q;
    if (a->share != b->share)
        return a->share > b->share ? -1 : 1;
    if (a->count != b->count)
        return a->count > b->count ? -1 : 1;
    return strcmp(a->text, b->text);
}

/* Largest share first; the statements' indices follow. */
static enum pp_status sort(struct ana_input *in)
{
    struct ana_report *r = in->report;
    struct ranked *list = malloc((r->query_count + 1) * sizeof *list);
    uint32_t *place = malloc((r->query_count + 1) * sizeof *place);
    if (list && place) {
        for (size_t i = 0; i < r->query_count; i++)
            list[i] = (struct ranked){.q = r->queries[i], .was = (uint32_t)i};
        qsort(list, r->query_count, sizeof *list, by_share);
        for (size_t i = 0; i < r->query_count; i++) {
            r->queries[i] = list[i].q;
            place[list[i].was] = (uint32_t)i;
        }
        for (size_t i = 0; i < in->facts.statement_count; i++)
            in->facts.statements[i].query = place[in->facts.statements[i].query];
    }
    enum pp_status st = list && place ? PP_OK : PP_NOMEM;
    free(list);
    free(place);
    return st;
}

enum pp_status ana_queries_finish(struct ana_input *in)
{
    struct ana_report *r = in->report;
    double total = 0;
    for (size_t i = 0; i < r->query_count; i++)
        total += (double)hist_sum(r->queries[i].latency.hist);
    for (size_t i = 0; i < r->query_count && total > 0; i++)
        r->queries[i].share = (double)hist_sum(r->queries[i].latency.hist) / total;
    return sort(in);
}

enum pp_status ana_read_queries(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    struct ana_report *r = in->report;
    struct reading reading = {.in = in};
    enum pp_status st = sto_each_statement_brief(run, on_statement, &reading, err);
    if (st == PP_OK)
        st = sort_statements(&in->facts);
    if (st == PP_OK)
        st = sto_each_statement_second(run, on_second, in, err);
    if (st == PP_INVALID)
        return pp_err_set(err, PP_IO,
                          "a row of statement_second holds no histogram: the run file is damaged");
    if (st == PP_OK)
        st = sto_each_digest(run, on_digest, in, err);
    for (size_t i = 0; i < r->query_count && st == PP_OK; i++)
        if (!r->queries[i].text && !(r->queries[i].text = ana_text("(statement whose text was not kept)")))
            st = PP_NOMEM;
    return st;
}
