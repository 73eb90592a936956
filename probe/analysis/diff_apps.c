/* summary: which application of run A is which of run B, and by what that was told
 *
 * By what stays the same between two runs, most telling first. A sign that two applications of one run share
 * tells neither; an application that no sign tells is compared with nothing. */
#include "diff_int.h"

#include <stdlib.h>
#include <string.h>

const char *ana_app_key_name(enum ana_app_key by)
{
    static const char *const names[ANA_APP_KEYS] = {"declared name", "program, user and schema of the pools",
                                                    "routes", "port"};
    return by < ANA_APP_KEYS ? names[by] : "nothing";
}

/* How many of the run's applications carry the sign. */
static size_t carriers(const struct ana_report *r, enum ana_app_key by, const char *sign)
{
    size_t n = 0;
    for (size_t i = 0; i < r->app_count; i++)
        n += strcmp(r->apps[i].known_by[by], sign) == 0;
    return n;
}

static struct ana_diff_app *with_b(struct ana_diff *d, const struct ana_app *b)
{
    for (size_t i = 0; i < d->app_count; i++)
        if (d->apps[i].b == b)
            return &d->apps[i];
    return NULL;
}

static void match_by(struct ana_diff *d, enum ana_app_key by)
{
    for (size_t i = 0; i < d->a->app_count; i++) {
        struct ana_diff_app *x = &d->apps[i];
        const char *sign = x->a->known_by[by];
        if (x->b || *sign == 0 || carriers(d->a, by, sign) != 1 || carriers(d->b, by, sign) != 1)
            continue;
        for (size_t k = 0; k < d->b->app_count; k++)
            if (strcmp(d->b->apps[k].known_by[by], sign) == 0 && !with_b(d, &d->b->apps[k])) {
                x->b = &d->b->apps[k];
                x->by = by;
            }
    }
}

enum pp_status ana_diff_apps(struct ana_diff *d)
{
    d->apps = calloc((size_t)d->a->app_count + d->b->app_count + 1, sizeof *d->apps);
    if (!d->apps)
        return PP_NOMEM;
    if (d->a->app_count < 2 && d->b->app_count < 2)
        return PP_OK;
    for (size_t i = 0; i < d->a->app_count; i++)
        d->apps[d->app_count++] = (struct ana_diff_app){.a = &d->a->apps[i], .by = ANA_APP_KEYS};
    for (int by = 0; by < ANA_APP_KEYS; by++)
        match_by(d, (enum ana_app_key)by);
    for (size_t k = 0; k < d->b->app_count; k++)
        if (!with_b(d, &d->b->apps[k]))
            d->apps[d->app_count++] = (struct ana_diff_app){.b = &d->b->apps[k], .by = ANA_APP_KEYS};
    return PP_OK;
}

/* A level of several applications has none, and goes with one of several. A run's only application is that of
 * all its levels. */
bool ana_diff_same_app(const struct ana_diff *d, const struct ana_level *a, const struct ana_level *b)
{
    bool mixed_a = a->app == 0 && d->a->app_count > 1, mixed_b = b->app == 0 && d->b->app_count > 1;
    if (d->app_count == 0 || mixed_a || mixed_b)
        return d->app_count == 0 || (mixed_a && mixed_b);
    for (size_t i = 0; i < d->app_count; i++)
        if (d->apps[i].a && d->apps[i].b && d->apps[i].a->app == a->app && d->apps[i].b->app == b->app)
            return true;
    return false;
}
