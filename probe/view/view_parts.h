/* summary: the parts of the reports, one function each, shared by the files of this folder */
#ifndef VIEW_PARTS_H
#define VIEW_PARTS_H

#include "view.h"
#include "view_out.h"

struct ana_budget;
struct ana_diff;
struct ana_endpoint;
struct ana_latency;
struct ana_report;
struct view_text;

/* ---- whole documents, one a format ---- */
void view_text_report(struct view_out *out, const struct ana_report *r, const struct view_options *options);
void view_text_diff(struct view_out *out, const struct ana_diff *d, const struct view_options *options);
void view_json_report(struct view_out *out, const struct ana_report *r, const struct view_options *options);
void view_json_diff(struct view_out *out, const struct ana_diff *d);
void view_html_report(struct view_out *out, const struct ana_report *r, const struct view_options *options);
void view_html_diff(struct view_out *out, const struct ana_diff *d);

void view_csv_report(struct view_out *out, const struct ana_report *r, const struct view_options *options);

/* ---- parts of the text report; `full`: all rows and texts in full (--by) ---- */
void view_text_header(const struct view_text *t, const struct ana_report *r);
void view_text_loss(const struct view_text *t, const struct ana_report *r);
void view_text_verdict(const struct view_text *t, const struct ana_report *r);
void view_text_limits(const struct view_text *t, const struct ana_report *r);
void view_text_findings(const struct view_text *t, const struct ana_report *r);
void view_text_levels(const struct view_text *t, const struct ana_report *r);
/* Nothing where no request was joined. */
void view_text_joins(const struct view_text *t, const struct ana_report *r);
void view_text_host(const struct view_text *t, const struct ana_report *r);
void view_text_budgets(const struct view_text *t, const struct ana_report *r, bool full);
void view_text_pools(const struct view_text *t, const struct ana_report *r);
void view_text_pool_details(const struct view_text *t, const struct ana_report *r);
void view_text_transactions(const struct view_text *t, const struct ana_report *r);
void view_text_endpoints(const struct view_text *t, const struct ana_report *r, bool full);
void view_text_queries(const struct view_text *t, const struct ana_report *r, bool full);
/* Encrypted connections; nothing where there were none. */
void view_text_tls(const struct view_text *t, const struct ana_report *r, bool full);
void view_html_tls(struct view_out *o, const struct ana_report *r);
void view_text_requests(const struct view_text *t, const struct ana_report *r);
void view_text_checkouts(const struct view_text *t, const struct ana_report *r);
void view_text_connections(const struct view_text *t, const struct ana_report *r);
void view_text_capture(const struct view_text *t, const struct ana_report *r);
void view_text_coverage(const struct view_text *t, const struct ana_report *r);

/* Columns that the budgets of one part of the report share, so that they can be compared by eye. */
struct view_budget_layout {
    unsigned used; /* mask over enum ana_line: the lines to show */
    int decimals;
    int value, interval; /* columns; interval 0: no line is an estimate */
    bool interval_below; /* it does not fit beside the value */
};
/* Makes room for these budgets, `count` of them, reached by get(priv, i). */
typedef const struct ana_budget *view_budget_f(const void *priv, size_t i);
void view_budget_lay_out(const struct view_text *t, struct view_budget_layout *layout, view_budget_f *get,
                         const void *priv, size_t count);
/* The lines of one budget with bars. */
void view_text_budget(const struct view_text *t, const struct view_budget_layout *layout,
                      const struct ana_budget *b, const struct ana_latency *l);
/* Mask of the lines with time in b. */
unsigned view_budget_mask(const struct ana_budget *b);

/* Why there are no requests (statements), in one sentence; the caller knows that there are none. */
const char *view_why_no_requests(const struct ana_report *r);
const char *view_why_no_statements(const struct ana_report *r);

#endif
