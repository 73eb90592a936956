/* summary: the levels as comma-separated values (RFC 4180) */
#include "csv.h"

#include <inttypes.h>

static const char columns[] =
    "level,load,users,rate,endpoint,start,duration_s,requests,successful,errors,error_rate,throughput,mean_"
    "ms,p50_ms,"
    "p95_ms,p99_ms,p999_ms,max_ms,corrected_mean_ms,corrected_p50_ms,corrected_p95_ms,corrected_p99_ms,"
    "corrected_p999_ms,corrected_max_ms,dns_ms,connect_ms,tls_ms,first_byte_ms,start_delay_ms,late,queued,"
    "connections_opened,cpu_percent,memory_mb\n";

enum pp_status lg_csv_head(struct buf *b)
{
    return buf_add(b, columns, sizeof columns - 1);
}

/* In quotes, with those inside doubled. */
static enum pp_status add_text(struct buf *b, const char *method, const char *path)
{
    enum pp_status st = buf_addf(b, ",\"%s ", method);
    for (const char *p = path; st == PP_OK && *p != 0; p++) {
        if (*p == '"')
            st = buf_add_byte(b, '"');
        if (st == PP_OK)
            st = buf_add_byte(b, (uint8_t)*p);
    }
    return st == PP_OK ? buf_add_byte(b, '"') : st;
}

/* An empty field where there is nothing to tell. */
static enum pp_status add_ms(struct buf *b, const struct hist *h, double ns)
{
    return hist_count(h) > 0 ? buf_addf(b, ",%.6f", ns / 1e6) : buf_addf(b, ",");
}

static enum pp_status add_times(struct buf *b, const struct hist *h)
{
    static const double quantiles[] = {0.5, 0.95, 0.99, 0.999};
    enum pp_status st = add_ms(b, h, hist_mean(h));
    for (size_t i = 0; st == PP_OK && i < sizeof quantiles / sizeof quantiles[0]; i++)
        st = add_ms(b, h, (double)hist_quantile(h, quantiles[i]));
    return st == PP_OK ? add_ms(b, h, (double)hist_max(h)) : st;
}

static enum pp_status add_figures(struct buf *b, const struct lg_figures *f, const struct lg_result *r)
{
    double seconds = lg_result_seconds(r);
    uint64_t errors = lg_figures_errors(f);
    enum pp_status st = buf_addf(b, ",%.3f,%.3f,%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%.3f,%.3f",
                                 (double)r->start_ns / 1e9, seconds, f->total, lg_figures_ok(f), errors,
                                 f->total > 0 ? 100.0 * (double)errors / (double)f->total : 0,
                                 seconds > 0 ? (double)lg_figures_ok(f) / seconds : 0);
    if (st == PP_OK && (st = add_times(b, f->latency)) == PP_OK)
        st = add_times(b, f->corrected);
    for (int p = 0; st == PP_OK && p < LG_PHASES; p++)
        st = add_ms(b, f->phases[p], hist_mean(f->phases[p]));
    if (st == PP_OK)
        st = add_ms(b, f->late, hist_mean(f->late));
    return st == PP_OK ? buf_addf(b, ",%" PRIu64 ",%" PRIu64 ",%" PRIu64, f->late_1ms, f->queued, f->opened)
                       : st;
}

static enum pp_status add_start(struct buf *b, const struct lg_result *r)
{
    if (r->rate > 0)
        return buf_addf(b, "%zu,open,,%" PRId64, r->index + 1, r->rate);
    return buf_addf(b, "%zu,closed,%zu,", r->index + 1, r->users);
}

enum pp_status lg_csv_level(struct buf *b, const struct lg_result *r, const struct lg_config *c)
{
    double cpu = 0;
    double memory = 0;
    double max = 0;
    enum pp_status st = add_start(b, r);
    if (st == PP_OK && (st = buf_addf(b, ",all")) == PP_OK)
        st = add_figures(b, lg_stats_all(r->stats), r);
    if (st == PP_OK)
        st = lg_watch_cpu_percent(&r->watch, &cpu) ? buf_addf(b, ",%.3f", cpu) : buf_addf(b, ",");
    if (st == PP_OK)
        st = lg_watch_memory_mb(&r->watch, &memory, &max) ? buf_addf(b, ",%.3f\n", memory)
                                                          : buf_addf(b, ",\n");
    for (size_t i = 0; st == PP_OK && i < c->endpoint_count; i++) {
        st = add_start(b, r);
        if (st == PP_OK)
            st = add_text(b, c->endpoints[i].method, c->endpoints[i].path);
        if (st == PP_OK)
            st = add_figures(b, lg_stats_endpoint(r->stats, i), r);
        if (st == PP_OK)
            st = buf_addf(b, ",,\n");
    }
    return st;
}
