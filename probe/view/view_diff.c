/* summary: a change between two runs in words, with its interval
 */
#include "view_diff.h"

#include <stdio.h>
#include <string.h>

struct view_str view_change_interval(const struct ana_change *c, int decimals)
{
    struct view_str r = {""};
    if (c->known && (c->low < 0 || c->high > 0))
        (void)snprintf(r.s, sizeof r.s, "%+.*f to %+.*f%s", decimals, c->low, decimals, c->high,
                       c->low <= 0 && c->high >= 0 ? ", noise" : "");
    return r;
}

bool view_is_about_clocks(const struct ana_finding *f)
{
    return strcmp(f->rule, "clock_stepped") == 0 || strcmp(f->rule, "clocks_disagree") == 0;
}

struct view_change_text view_change_words(const char *what, const struct ana_change *c, int decimals)
{
    struct view_change_text r = {""};
    double by = c->b - c->a;
    if (!c->known && strcmp(what, "mean") == 0)
        (void)snprintf(r.s, sizeof r.s, "too few, or over too short a time, to tell a change from noise");
    else if (c->known && c->low <= 0 && c->high >= 0)
        (void)snprintf(r.s, sizeof r.s,
                       "%s: no difference seen (%+.*f to %+.*f ms), a change of %.*f ms would have been",
                       what, decimals, c->low, decimals, c->high, decimals, c->detectable);
    else if (c->known)
        (void)snprintf(r.s, sizeof r.s, "%s %+.*f ms (%+.*f to %+.*f)", what, decimals, by, decimals, c->low,
                       decimals, c->high);
    return r;
}
