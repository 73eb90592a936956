/* summary: stage 7: reports as text, JSON and HTML; no computing here */
#ifndef VIEW_H
#define VIEW_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdio.h>

struct ana_capture;
struct ana_report;
struct ana_diff;
struct ana_experiment;

enum view_format {
    VIEW_TEXT,
    VIEW_JSON,
    VIEW_HTML,
    VIEW_CSV, /* one part (view_options.by) as a table, RFC 4180 */
};

enum view_by {
    VIEW_BY_ALL,
    VIEW_BY_QUERY,
    VIEW_BY_TRANSACTION,
    VIEW_BY_CONNECTION,
    VIEW_BY_POOL,
    VIEW_BY_ENDPOINT,
    VIEW_BY_LEVEL,
    VIEW_BY_REQUEST,
    VIEW_BY_CHECKOUT,
};

enum view_charset {
    VIEW_CHARSET_AUTO, /* from LC_ALL, LC_CTYPE, LANG */
    VIEW_CHARSET_ASCII,
    VIEW_CHARSET_UTF8,
};

struct view_options {
    enum view_format format;
    enum view_by by;
    bool colour;               /* text only; the caller decides (terminal, NO_COLOR) */
    int width;                 /* columns of text; 0: 80; at least 60 */
    enum view_charset charset; /* text only */
};

/* Writes the report to `out`. PP_IO when writing failed (err names the disk or pipe), PP_NOMEM. */
PP_MUST_CHECK enum pp_status view_report(FILE *out, const struct ana_report *report,
                                         const struct view_options *options, struct pp_err *err);
PP_MUST_CHECK enum pp_status view_diff(FILE *out, const struct ana_diff *diff,
                                       const struct view_options *options, struct pp_err *err);

PP_MUST_CHECK enum pp_status view_experiment(FILE *out, const struct ana_experiment *experiment,
                                             const struct view_options *options, struct pp_err *err);

/* Parses "text", "json", "html" ("csv" is for the parts of a report alone); "query", …;
 * false when it is none of them. */
bool view_parse_format(const char *text, enum view_format *out);
bool view_parse_by(const char *text, enum view_by *out);

/* One line that says what a lossy recording lost ("3 packets dropped by the kernel; …"), cut to n. Returns
 * false and sets dst to "" when nothing was lost. */
bool view_loss_line(const struct ana_capture *capture, char *dst, size_t n);

/* Where a report goes: standard output (`path` NULL or "-"), or a new file that takes the name `path` only
 * when it is whole, so that a failure leaves an older report as it was. A path that is no regular file (a
 * device, a pipe) is written in place. PP_IO, PP_DENIED, PP_NOENT, PP_NOMEM with err. */
struct view_file;
PP_MUST_CHECK enum pp_status view_file_new(struct view_file **out, const char *path, struct pp_err *err);
FILE *view_file_stream(struct view_file *f);
/* True when writing a report to `path` would overwrite `input`, which it is made from. */
bool view_file_is_input(const char *path, const char *input);
/* Text in colour is for people: a terminal that can show it, and nobody who asked for none (NO_COLOR). */
bool view_wants_colour(const char *path);
/* Closes the file after `written`, the status of what was written into it: gives it its name when that is
 * PP_OK, otherwise removes it and returns `written`, with err as it was. Nulls *fp. */
PP_MUST_CHECK enum pp_status view_file_free(struct view_file **fp, enum pp_status written,
                                            struct pp_err *err);

#endif
