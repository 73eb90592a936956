/* summary: --fail-if: reads an expression and holds a level's figures against it */
#include "threshold.h"

#include "base/clock.h"
#include "result.h"

#include <math.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    enum lg_metric metric;
} metrics[] = {{"p50", LG_P50},
               {"p95", LG_P95},
               {"p99", LG_P99},
               {"p999", LG_P999},
               {"mean", LG_MEAN},
               {"max", LG_MAX},
               {"error_rate", LG_ERROR_RATE},
               {"throughput", LG_THROUGHPUT}};

static bool is_latency(enum lg_metric m)
{
    return m != LG_ERROR_RATE && m != LG_THROUGHPUT;
}

static bool metric_of(const char *name, size_t len, enum lg_metric *metric)
{
    for (size_t i = 0; i < sizeof metrics / sizeof metrics[0]; i++) {
        if (strlen(metrics[i].name) == len && memcmp(metrics[i].name, name, len) == 0) {
            *metric = metrics[i].metric;
            return true;
        }
    }
    return false;
}

/* A number of at least 0 with nothing but `unit`, or nothing, behind it. */
static bool read_number(const char *text, const char *unit, double *v)
{
    char *end = NULL;
    *v = strtod(text, &end);
    return end != text && isfinite(*v) && *v >= 0 && (*end == 0 || strcmp(end, unit) == 0);
}

static bool read_limit(struct lg_threshold *t, const char *text)
{
    if (t->metric == LG_ERROR_RATE)
        return read_number(text, "%", &t->limit) && t->limit <= 100;
    if (t->metric == LG_THROUGHPUT)
        return read_number(text, "/s", &t->limit);
    /* A number alone would be seconds, which few who write "p99>500" mean. */
    size_t digits = strspn(text, "0123456789.");
    int64_t ns = digits > 0 && text[digits] != 0 ? clock_parse_duration_ns(text) : -1;
    t->limit = (double)ns;
    return ns >= 0;
}

enum pp_status lg_threshold_parse(struct lg_threshold *t, const char *text, struct pp_err *err)
{
    static const char prefix[] = "corrected.";
    *t = (struct lg_threshold){.text = text};
    const char *p = text;
    if (strncmp(p, prefix, sizeof prefix - 1) == 0) {
        t->corrected = true;
        p += sizeof prefix - 1;
    }
    size_t len = strcspn(p, "<>= ");
    const char *sign = p + len + strspn(p + len, " ");
    t->above = *sign == '>';
    bool known = metric_of(p, len, &t->metric) && (is_latency(t->metric) || !t->corrected);
    if (!known || (*sign != '>' && *sign != '<'))
        return pp_err_set(
            err, PP_INVALID,
            "--fail-if: \"%s\" is not FIGURE>LIMIT or FIGURE<LIMIT with a figure of p50, p95, p99, "
            "p999, mean, max (each also as corrected.p99), error_rate, throughput",
            text);
    sign++;
    t->equal = *sign == '=';
    sign += t->equal ? 1 : 0;
    if (!read_limit(t, sign + strspn(sign, " ")))
        return pp_err_set(err, PP_INVALID, "--fail-if: the limit in \"%s\" is not %s", text,
                          t->metric == LG_ERROR_RATE   ? "a percentage, such as 1%"
                          : t->metric == LG_THROUGHPUT ? "a number of requests a second, such as 100"
                                                       : "a time with its unit, such as 500ms");
    return PP_OK;
}

static double latency_of(const struct lg_threshold *t, const struct hist *h)
{
    switch (t->metric) {
    case LG_P50:
        return (double)hist_quantile(h, 0.5);
    case LG_P95:
        return (double)hist_quantile(h, 0.95);
    case LG_P99:
        return (double)hist_quantile(h, 0.99);
    case LG_P999:
        return (double)hist_quantile(h, 0.999);
    case LG_MEAN:
        return hist_mean(h);
    default:
        return (double)hist_max(h);
    }
}

bool lg_threshold_breaks(const struct lg_threshold *t, const struct lg_result *r, char *why, size_t n)
{
    const struct lg_figures *f = lg_stats_all(r->stats);
    const struct hist *h = t->corrected ? f->corrected : f->latency;
    char level[64];
    double v = 0;
    lg_result_name(level, sizeof level, r);
    if (t->metric == LG_ERROR_RATE)
        v = f->total > 0 ? 100.0 * (double)lg_figures_errors(f) / (double)f->total : 0;
    else if (t->metric == LG_THROUGHPUT)
        v = lg_result_throughput(r);
    else if (hist_count(h) > 0)
        v = latency_of(t, h);
    else {
        (void)snprintf(why, n, "--fail-if %s: no request succeeded at %s", t->text, level);
        return true;
    }
    bool breaks = t->above ? v > t->limit : v < t->limit;
    if (!breaks && !(t->equal && v == t->limit))
        return false;
    if (is_latency(t->metric))
        (void)snprintf(why, n, "--fail-if %s: it is %.3f ms at %s", t->text, v / 1e6, level);
    else
        (void)snprintf(why, n, "--fail-if %s: it is %.2f%s at %s", t->text, v,
                       t->metric == LG_ERROR_RATE ? " %" : " a second", level);
    return true;
}
