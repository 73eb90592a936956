/* summary: a change between two runs in words, with its interval
 */
#include "view_diff.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct view_str view_change_interval(const struct ana_change *c, int decimals)
{
    struct view_str r = {""};
    if (c->known && (c->low < 0 || c->high > 0))
        (void)snprintf(r.s, sizeof r.s, "%+.*f to %+.*f%s", decimals, c->low, decimals, c->high,
                       c->low <= 0 && c->high >= 0 ? ", noise" : "");
    return r;
}

char *view_diff_app(const struct ana_diff_app *x)
{
    char *line = NULL;
    int n;
    if (x->a && x->b)
        n = asprintf(&line, "%s of A is %s of B, by the %s: %.300s", x->a->http_server, x->b->http_server,
                     ana_app_key_name(x->by), x->a->known_by[x->by]);
    else
        n = asprintf(
            &line,
            "%s of %s: which one of %s it is cannot be told (declared name, the pools' program, user and "
            "schema, routes and port are those of none, or of several), so it is compared with none; "
            "name it with poolload --framework",
            x->a ? x->a->http_server : x->b->http_server, x->a ? "A" : "B", x->a ? "B" : "A");
    return n < 0 ? NULL : line;
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
