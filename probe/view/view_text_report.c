/* summary: the text report: header, what was lost, the explanation, then the parts in order */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_text.h"

#include <inttypes.h>
#include <stdlib.h>
#include <string.h>

#define FIELD 11 /* columns of the header's names */

void view_text_header(const struct view_text *t, const struct ana_report *r)
{
    char line[160];
    view_text_style(t, VIEW_BOLD);
    view_text_para(t, "Poolprobe report: ", "  ", r->path ? r->path : "");
    view_text_style(t, VIEW_PLAIN);
    (void)snprintf(line, sizeof line, "%s, for %s", view_time(r->start_ns).s,
                   view_duration(r->end_ns - r->start_ns).s);
    view_text_field(t, "recorded", FIELD, line);
    view_text_field(t, "source", FIELD, r->capture.source ? r->capture.source : "unknown");
    if (r->command && *r->command)
        view_text_field(t, "command", FIELD, r->command);
    view_text_field(t, "recorder", FIELD, r->version ? r->version : "unknown version");
}

void view_text_loss(const struct view_text *t, const struct ana_report *r)
{
    char loss[512];
    if (!view_loss_line(&r->capture, loss, sizeof loss))
        return;
    view_text_style(t, VIEW_RED);
    view_text_para(t, "  DATA LOST  ", "             ", loss);
    view_text_style(t, VIEW_PLAIN);
}

static void print_finding(const struct view_text *t, const struct ana_finding *f)
{
    static const char *const words[] = {"  info     ", "  notice   ", "  PROBLEM  "};
    static const enum view_style styles[] = {VIEW_PLAIN, VIEW_YELLOW, VIEW_RED};
    static const char rest[] = "           ";
    int s = f->severity >= ANA_INFO && f->severity <= ANA_PROBLEM ? (int)f->severity : 0;
    view_text_style(t, styles[s]);
    view_text_para(t, words[s], rest, f->text);
    view_text_style(t, VIEW_PLAIN);
    if (f->evidence && *f->evidence)
        view_text_para(t, "           for:     ", "                    ", f->evidence);
    if (f->against && *f->against)
        view_text_para(t, "           against: ", "                    ", f->against);
}

void view_text_findings(const struct view_text *t, const struct ana_report *r)
{
    view_text_heading(t, "Findings");
    for (size_t i = 0; i < r->finding_count; i++)
        print_finding(t, &r->findings[i]);
    if (r->finding_count == 0)
        view_text_para(t, "  ", "  ", "Nothing stands out, or there is too little to judge by (see below).");
}

/* What is missing is said once, not in every table that is empty for it. */
static void print_all(const struct view_text *t, const struct ana_report *r)
{
    view_text_header(t, r);
    view_text_loss(t, r);
    view_text_verdict(t, r);
    view_text_findings(t, r);
    view_text_budgets(t, r, false);
    view_text_levels(t, r);
    view_text_joins(t, r);
    if (r->pool_count || r->query_count) {
        view_text_pools(t, r);
        view_text_transactions(t, r);
    }
    if (r->endpoint_count)
        view_text_endpoints(t, r, false);
    if (r->pool_count || r->query_count) {
        view_text_queries(t, r, false);
    } else {
        view_text_heading(t, "Pools, transactions and queries");
        view_text_paraf(t, "  ", "None: %s", view_why_no_statements(r));
    }
    view_text_tls(t, r, false);
    view_text_capture(t, r);
    view_text_coverage(t, r);
}

static void print_part(const struct view_text *t, const struct ana_report *r, enum view_by by)
{
    view_text_style(t, VIEW_BOLD);
    view_text_para(t, "Poolprobe report: ", "  ", r->path ? r->path : "");
    view_text_style(t, VIEW_PLAIN);
    view_text_loss(t, r);
    switch (by) {
    case VIEW_BY_QUERY:
        view_text_queries(t, r, true);
        view_text_tls(t, r, true);
        break;
    case VIEW_BY_TRANSACTION:
        view_text_transactions(t, r);
        break;
    case VIEW_BY_CONNECTION:
        view_text_connections(t, r);
        break;
    case VIEW_BY_POOL:
        view_text_pools(t, r);
        view_text_pool_details(t, r);
        break;
    case VIEW_BY_ENDPOINT:
        view_text_endpoints(t, r, true);
        break;
    case VIEW_BY_LEVEL:
        view_text_limits(t, r);
        view_text_budgets(t, r, true);
        view_text_levels(t, r);
        view_text_joins(t, r);
        break;
    case VIEW_BY_REQUEST:
        view_text_requests(t, r);
        break;
    case VIEW_BY_CHECKOUT:
        view_text_checkouts(t, r);
        break;
    case VIEW_BY_ALL:
        break;
    }
}

void view_text_report(struct view_out *out, const struct ana_report *r, const struct view_options *options)
{
    struct view_text t;
    view_text_init(&t, out, options);
    if (options->by == VIEW_BY_ALL)
        print_all(&t, r);
    else
        print_part(&t, r, options->by);
}
