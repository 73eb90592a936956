/* summary: stage 7: reports as text, JSON and HTML; no computing here */
#ifndef VIEW_H
#define VIEW_H

#include "base/status.h"

#include <stdbool.h>
#include <stdio.h>

struct ana_report;
struct ana_diff;

enum view_format {
    VIEW_TEXT,
    VIEW_JSON,
    VIEW_HTML,
};

enum view_by {
    VIEW_BY_ALL,
    VIEW_BY_QUERY,
    VIEW_BY_TRANSACTION,
    VIEW_BY_CONNECTION,
    VIEW_BY_POOL,
    VIEW_BY_ENDPOINT,
    VIEW_BY_LEVEL,
};

struct view_options {
    enum view_format format;
    enum view_by by;
    bool colour; /* text only; the caller decides (terminal, NO_COLOR) */
    int width;   /* columns of text; 0: 80 */
};

/* Writes the report to `out`. PP_IO when writing failed (err names the disk or pipe). */
PP_MUST_CHECK enum pp_status view_report(FILE *out, const struct ana_report *report, const struct view_options *options,
                                         struct pp_err *err);
PP_MUST_CHECK enum pp_status view_diff(FILE *out, const struct ana_diff *diff, const struct view_options *options,
                                       struct pp_err *err);

/* Parses "text", "json", "html"; "query", … ; false when it is none. */
bool view_parse_format(const char *text, enum view_format *out);
bool view_parse_by(const char *text, enum view_by *out);

#endif
