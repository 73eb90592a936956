/* summary: settings of two runs that differ, without those that always do */
#include "diff_int.h"

#include <fnmatch.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *scope, *pattern;
} volatiles[] = {
#define ANA_VOLATILE(scope, pattern) {scope, pattern},
#include "diff_volatile.def"
#undef ANA_VOLATILE
};

static bool is_volatile(const struct ana_setting *s)
{
    for (size_t i = 0; i < sizeof volatiles / sizeof volatiles[0]; i++)
        if (strcmp(volatiles[i].scope, s->scope) == 0 && fnmatch(volatiles[i].pattern, s->name, 0) == 0)
            return true;
    return false;
}

static enum pp_status add_one(struct ana_report *r, const char *name, uint32_t value)
{
    struct ana_setting *s = realloc(r->settings, (r->setting_count + 1) * sizeof *s);
    if (!s)
        return PP_NOMEM;
    r->settings = s;
    s = &r->settings[r->setting_count++];
    *s = (struct ana_setting){
        .scope = ana_text("observed"), .name = ana_text(name), .value = ana_textf("%u", value)};
    return s->scope && s->name && s->value ? PP_OK : PP_NOMEM;
}

static enum pp_status add_observed(struct ana_report *r)
{
    uint32_t least = 0, most = 0, pools = 0;
    for (size_t i = 0; i < r->pool_count; i++) {
        if (!r->pools[i].application)
            continue;
        least += r->pools[i].open_min;
        most += r->pools[i].open_max;
        pools++;
    }
    if (pools == 0)
        return PP_OK;
    enum pp_status st = add_one(r, "pool_open_max", most);
    return st == PP_OK ? add_one(r, "pool_open_min", least) : st;
}

static int order(const struct ana_setting *a, const struct ana_setting *b)
{
    int c = strcmp(a->scope, b->scope);
    return c ? c : strcmp(a->name, b->name);
}

static int by_name(const void *pa, const void *pb)
{
    return order(pa, pb);
}

bool ana_scope_recorded(const struct ana_report *r, const char *scope)
{
    for (size_t i = 0; i < r->setting_count; i++)
        if (strcmp(r->settings[i].scope, scope) == 0)
            return true;
    return false;
}

/* Where a run has no setting of a scope at all, nobody recorded them: they are not known, and do not
 * "differ". */
static enum pp_status add(struct ana_diff *d, size_t *cap, const struct ana_setting *a,
                          const struct ana_setting *b)
{
    const struct ana_setting *any = a ? a : b;
    const struct ana_report *without = a ? d->b : d->a;
    if (!any || ((!a || !b) && !ana_scope_recorded(without, any->scope)))
        return PP_OK;
    if (is_volatile(any) || (a && b && strcmp(a->value, b->value) == 0))
        return PP_OK;
    if (!FACT_ROOM(d->settings, d->setting_count, *cap))
        return PP_NOMEM;
    d->settings[d->setting_count++] = (struct ana_diff_setting){
        .scope = any->scope, .name = any->name, .a = a ? a->value : NULL, .b = b ? b->value : NULL};
    return PP_OK;
}

enum pp_status ana_diff_settings(struct ana_diff *d)
{
    struct ana_report *a = d->a, *b = d->b;
    size_t i = 0, k = 0, cap = 0;
    enum pp_status st = add_observed(a);
    if (st == PP_OK)
        st = add_observed(b);
    if (st != PP_OK)
        return st;
    if (a->setting_count > 1)
        qsort(a->settings, a->setting_count, sizeof *a->settings, by_name);
    if (b->setting_count > 1)
        qsort(b->settings, b->setting_count, sizeof *b->settings, by_name);
    while (st == PP_OK && (i < a->setting_count || k < b->setting_count)) {
        int c = i == a->setting_count   ? 1
                : k == b->setting_count ? -1
                                        : order(&a->settings[i], &b->settings[k]);
        st = add(d, &cap, c <= 0 ? &a->settings[i] : NULL, c >= 0 ? &b->settings[k] : NULL);
        i += c <= 0;
        k += c >= 0;
    }
    return st;
}
