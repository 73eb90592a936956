/* summary: the parts of the comparison's text, and how a change with its interval is put into words
 */
#ifndef VIEW_DIFF_H
#define VIEW_DIFF_H

#include "view_fmt.h"

struct view_text;

/* "-1.20 to +0.40, noise": the interval of a change; "" where there is none. */
struct view_str view_change_interval(const struct ana_change *c, int decimals);

struct view_change_text {
    char s[192];
};
/* "mean +1.20 ms (+0.80 to +1.60)"; where the interval covers zero that no difference was seen and which
 * change would have been; "too few to tell" where there is no interval (of the mean; "" of what follows). */
struct view_change_text view_change_words(const char *what, const struct ana_change *c, int decimals);

/* Which application of A is which of B, and how that is known, in a sentence; NULL: memory is out. Free it.
 */
char *view_diff_app(const struct ana_diff_app *x);

/* A finding without which the run's figures over time are misread. */
bool view_is_about_clocks(const struct ana_finding *f);

void view_text_diff_levels(const struct view_text *t, const struct ana_diff *d);
void view_text_diff_endpoints(const struct view_text *t, const struct ana_diff *d);
void view_text_diff_queries(const struct view_text *t, const struct ana_diff *d);

#endif
