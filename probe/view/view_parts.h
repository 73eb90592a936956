/* summary: the parts of the reports, one function each, shared by the files of this folder */
#ifndef VIEW_PARTS_H
#define VIEW_PARTS_H

#include "view.h"
#include "view_out.h"

struct ana_budget;
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

/* ---- parts of the text report; `full`: all rows and texts in full (--by) ---- */
void view_text_header(const struct view_text *t, const struct ana_report *r);
void view_text_loss(const struct view_text *t, const struct ana_report *r);
void view_text_findings(const struct view_text *t, const struct ana_report *r);
void view_text_levels(const struct view_text *t, const struct ana_report *r);
void view_text_budgets(const struct view_text *t, const struct ana_report *r, bool full);
void view_text_pools(const struct view_text *t, const struct ana_report *r);
void view_text_transactions(const struct view_text *t, const struct ana_report *r);
void view_text_endpoints(const struct view_text *t, const struct ana_report *r, bool full);
void view_text_queries(const struct view_text *t, const struct ana_report *r, bool full);
void view_text_connections(const struct view_text *t, const struct ana_report *r);
void view_text_capture(const struct view_text *t, const struct ana_report *r);
void view_text_coverage(const struct view_text *t, const struct ana_report *r);

/* The lines of one budget with bars. Lines that are zero in `used` (a mask over enum ana_line) are left out. */
void view_text_budget(const struct view_text *t, const struct ana_budget *b, const struct ana_latency *l,
                      unsigned used);
/* Mask of the lines with time in b. */
unsigned view_budget_mask(const struct ana_budget *b);

/* Why there are no requests (statements), in one sentence; the caller knows that there are none. */
const char *view_why_no_requests(const struct ana_report *r);
const char *view_why_no_statements(const struct ana_report *r);

#endif
