/* summary: settings of two runs that differ, without those that always do */
#include "diff_int.h"

#include <ctype.h>
#include <fnmatch.h>
#include <math.h>
#include <stdlib.h>
#include <string.h>

#define SAME_SHARE 0.02 /* "1G" set, and what the kernel makes of it */

static const struct {
    const char *scope, *pattern;
} volatiles[] = {
#define ANA_VOLATILE(scope, pattern) {scope, pattern},
#include "diff_volatile.def"
#undef ANA_VOLATILE
};

static const struct {
    const char *declared, *scope, *name;
} sames[] = {
#define ANA_SAME(declared, scope, name) {declared, scope, name},
#include "diff_same.def"
#undef ANA_SAME
};

static bool is_volatile(const struct ana_setting *s)
{
    for (size_t i = 0; i < sizeof volatiles / sizeof volatiles[0]; i++)
        if (strcmp(volatiles[i].scope, s->scope) == 0 && fnmatch(volatiles[i].pattern, s->name, 0) == 0)
            return true;
    return false;
}

/* 0 where the text is no number: "none". */
static double number(const char *text)
{
    char *end = NULL;
    double v = text ? strtod(text, &end) : 0;
    if (end == text)
        return 0;
    static const char units[] = "KMGT";
    const char *unit = *end ? strchr(units, toupper((unsigned char)*end)) : NULL;
    return unit ? ldexp(v, 10 * (int)(unit - units + 1)) : v;
}

static bool agree(const char *declared, const char *seen)
{
    double a = number(declared), b = number(seen);
    return !(a > 0) || !(b > 0) || fabs(a - b) <= SAME_SHARE * b;
}

const struct ana_diff_setting *ana_diff_seen_as(const struct ana_diff *d, const struct ana_diff_setting *s)
{
    const char *scope = NULL, *name = NULL;
    if (strcmp(s->scope, "app") != 0)
        return NULL;
    for (size_t i = 0; i < sizeof sames / sizeof sames[0]; i++)
        if (strcmp(sames[i].declared, s->name) == 0) {
            scope = sames[i].scope;
            name = sames[i].name;
        }
    for (size_t i = 0; name && i < d->setting_count; i++) {
        const struct ana_diff_setting *seen = &d->settings[i];
        if (strcmp(seen->scope, scope) == 0 && strcmp(seen->name, name) == 0)
            return agree(s->a, seen->a) && agree(s->b, seen->b) ? seen : NULL;
    }
    return NULL;
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
