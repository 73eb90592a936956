/* summary: building blocks of the HTML pages: head with policy, figures, tables, stacked bars */
#ifndef VIEW_HTML_H
#define VIEW_HTML_H

#include "view_out.h"

#include <stdbool.h>

struct ana_budget;
struct ana_diff;
struct ana_experiment;
struct ana_latency;
struct ana_report;

/* The page has a chart library; without it, it has its tables only. */
bool view_html_has_charts(void);

/* Doctype to the start of <main>; end of <main> to the end, with the scripts. */
void view_html_begin(struct view_out *o, const char *title);
void view_html_end(struct view_out *o);
/* Says that there are no charts, where there are none. */
void view_html_no_charts(struct view_out *o);

/* A place that the page's script fills with the chart of this name; what is written until the end stands
 * there where scripts do not run. */
void view_html_figure(struct view_out *o, const char *chart, const char *caption);
void view_html_figure_end(struct view_out *o);
/* The figures behind a chart, folded where there are charts. */
void view_html_data(struct view_out *o, const char *title);
void view_html_data_end(struct view_out *o);

/* <section> with a heading; `title` is a constant. */
void view_html_section(struct view_out *o, const char *id, const char *title);
void view_html_section_end(struct view_out *o);

/* Titles separated by '|'; one that begins with '<' is for text and left-aligned, the others are for figures.
 */
void view_html_table(struct view_out *o, const char *caption, const char *titles);
/* The same; the reader can sort and filter its rows. */
void view_html_table_sorted(struct view_out *o, const char *caption, const char *titles);
void view_html_table_end(struct view_out *o);
void view_html_row(struct view_out *o);
void view_html_row_end(struct view_out *o);
/* A cell with a figure (right-aligned) or a text (left-aligned); both are escaped. */
void view_html_num(struct view_out *o, const char *text);
void view_html_text(struct view_out *o, const char *text);
/* A cell with SQL or another text of a machine. */
void view_html_code(struct view_out *o, const char *text);
/* Three to six cells: mean, p50, p95, p99 in ms; dashes when empty. */
void view_html_latency(struct view_out *o, const struct ana_latency *l);
/* <p class=…> with escaped text. */
void view_html_para(struct view_out *o, const char *class_name, const char *text);

/* One stacked bar, its length `share` (0..1) of the full width; and the legend of the lines in `used`. */
void view_html_bar(struct view_out *o, const struct ana_budget *b, double share);
void view_html_legend(struct view_out *o, unsigned used);

/* ---- sections of the report ---- */
void view_html_verdict(struct view_out *o, const struct ana_report *r);
void view_html_limits(struct view_out *o, const struct ana_report *r);
void view_html_findings(struct view_out *o, const struct ana_report *r);
void view_html_pool_time(struct view_out *o, const struct ana_report *r);
void view_html_slowest(struct view_out *o, const struct ana_report *r);
void view_html_heatmap(struct view_out *o, const struct ana_report *r);
void view_html_budgets(struct view_out *o, const struct ana_report *r);
/* Table of in flight, busy, open, saturated by level. */
void view_html_pool_use(struct view_out *o, const struct ana_report *r);
void view_html_levels(struct view_out *o, const struct ana_report *r);
void view_html_pools(struct view_out *o, const struct ana_report *r);
void view_html_pool_details(struct view_out *o, const struct ana_report *r);
void view_html_transactions(struct view_out *o, const struct ana_report *r);
void view_html_endpoints(struct view_out *o, const struct ana_report *r);
void view_html_queries(struct view_out *o, const struct ana_report *r);
void view_html_connections(struct view_out *o, const struct ana_report *r);
void view_html_capture(struct view_out *o, const struct ana_report *r);
void view_html_capture_pair(struct view_out *o, const struct ana_report *a, const struct ana_report *b);
void view_html_config(struct view_out *o, const struct ana_report *r);

/* ---- data of the charts (view_page_data.c) ---- */
void view_page_report(struct view_out *o, const struct ana_report *r);
void view_page_diff(struct view_out *o, const struct ana_diff *d);
void view_page_experiment(struct view_out *o, const struct ana_experiment *x);

#endif
