/* summary: rows of comma-separated values (RFC 4180): quoting, and texts that no spreadsheet runs as formulas
 */
#ifndef VIEW_CSV_H
#define VIEW_CSV_H

#include "view_out.h"

#include <stdbool.h>
#include <stdint.h>

struct view_csv {
    struct view_out *out; /* borrowed */
    bool begun;           /* the row at hand has a cell */
};

/* The first row: names separated by commas. */
void view_csv_head(struct view_csv *c, const char *names);
/* Appends more names to the first row, before its end: use view_csv_name for each and view_csv_end. */
void view_csv_name(struct view_csv *c, const char *name);
/* Hostile bytes: repaired UTF-8 in quotes; one that a spreadsheet would take for a formula (= + - @ tab)
 * begins with an apostrophe. NULL is empty. */
void view_csv_text(struct view_csv *c, const char *text);
void view_csv_int(struct view_csv *c, int64_t v);
void view_csv_uint(struct view_csv *c, uint64_t v);
/* Six decimals; not finite is empty. */
void view_csv_double(struct view_csv *c, double v);
/* Milliseconds, exact to the ns. */
void view_csv_ms(struct view_csv *c, int64_t ns);
void view_csv_empty(struct view_csv *c);
void view_csv_end(struct view_csv *c);

#endif
