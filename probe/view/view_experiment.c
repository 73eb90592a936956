/* summary: an experiment's result: entry point, and the words and figures that all its forms share */
#include "view_experiment.h"

#include "view.h"
#include "view_out.h"

#include <math.h>
#include <stdarg.h>
#include <stdio.h>
#include <string.h>

/* throughput, mean, p95, waiting for a connection: positions in ana_exp_response() */
const int view_exp_main_responses[] = {0, 1, 3, 6, -1};

enum pp_status view_experiment(FILE *file, const struct ana_experiment *x, const struct view_options *options,
                               struct pp_err *err)
{
    struct view_out out;
    view_out_init(&out, file);
    switch (options->format) {
    case VIEW_TEXT:
        view_text_experiment(&out, x, options);
        break;
    case VIEW_JSON:
        view_json_experiment(&out, x);
        break;
    case VIEW_CSV: /* not offered here */
    case VIEW_HTML:
        view_html_experiment(&out, x);
        break;
    }
    return view_out_fini(&out, err);
}

static void __attribute__((format(printf, 2, 3))) append(struct view_phrase *p, const char *fmt, ...)
{
    size_t used = strlen(p->s);
    va_list ap;
    va_start(ap, fmt);
    (void)vsnprintf(p->s + used, sizeof p->s - used, fmt, ap);
    va_end(ap);
}

static const char *level(const struct ana_exp_design *d, size_t f, size_t l)
{
    return d->factors[f].levels[l];
}

struct view_phrase view_exp_name(const struct ana_exp_design *d, const struct ana_exp_effect *e)
{
    struct view_phrase p = {""};
    const struct ana_exp_factor *f = &d->factors[e->factor], *g = &d->factors[e->with];
    switch (e->kind) {
    case ANA_EXP_MAIN:
        append(&p, "%s %s → %s", f->name, level(d, e->factor, 0), level(d, e->factor, e->to));
        break;
    case ANA_EXP_INTERACTION:
        append(&p, "%s × %s", f->name, g->name);
        if (f->level_count > 2 || g->level_count > 2)
            append(&p, " (%s, %s)", level(d, e->factor, e->to), level(d, e->with, e->with_to));
        break;
    case ANA_EXP_TOTAL:
        append(&p, "all together, first to last level");
        break;
    case ANA_EXP_SHARE:
        append(&p, "  of it %s", f->name);
        break;
    }
    return p;
}

struct view_phrase view_exp_short(const struct ana_exp_design *d, const struct ana_exp_effect *e)
{
    struct view_phrase p = {""};
    if (e->kind == ANA_EXP_TOTAL)
        append(&p, "all together");
    else if (e->kind == ANA_EXP_MAIN)
        append(&p, "%s \u2192 %s", d->factors[e->factor].name, level(d, e->factor, e->to));
    else
        return view_exp_name(d, e);
    return p;
}

struct view_str view_exp_figure(double v, double scale, bool sign)
{
    struct view_str s;
    double a = fabs(scale);
    int decimals = a >= 1000 ? 0 : a >= 100 ? 1 : a >= 1 ? 2 : 4;
    if (isnan(v))
        return (struct view_str){"-"};
    if (!(a > 0))
        return (struct view_str){"0"};
    (void)snprintf(s.s, sizeof s.s, sign ? "%+.*f" : "%.*f", decimals, v);
    return s;
}

struct view_str view_exp_share(const struct ana_exp_effect *e)
{
    struct view_str s = {""};
    if (e->known && fabs(e->reference) > 0)
        (void)snprintf(s.s, sizeof s.s, "%+.1f %%", 100 * e->value / fabs(e->reference));
    return s;
}

struct view_phrase view_exp_interval(const struct ana_exp_effect *e, double scale)
{
    struct view_phrase p = {""};
    if (!e->has_interval)
        return (struct view_phrase){"-"};
    append(&p, "%s to %s", view_exp_figure(e->low, scale, false).s, view_exp_figure(e->high, scale, false).s);
    return p;
}

/* "12.3 requests/s (4.5 %)" */
static void append_detectable(struct view_phrase *p, const struct ana_exp_effect *e, const char *unit,
                              double scale)
{
    append(p, "%s %s", view_exp_figure(e->detectable, scale, false).s, unit);
    if (fabs(e->reference) > 0)
        append(p, " (%.1f %%)", 100 * e->detectable / fabs(e->reference));
}

struct view_phrase view_exp_sentence(const struct ana_exp_design *d, const struct ana_exp_response *response,
                                     const struct ana_exp_effect *e)
{
    struct view_phrase name = view_exp_name(d, e), p = {""};
    double scale = fmax(fabs(e->reference), fabs(e->value));
    struct view_str value = view_exp_figure(e->value, scale, true);
    append(&p, "%s: ", name.s);
    if (!e->known) {
        append(&p, "not all of its runs are there yet");
        return p;
    }
    if (!e->has_interval) {
        append(&p, "%s %s %s from single runs; how much of it is chance, at least two repeats would tell",
               response->title, value.s, response->unit);
        return p;
    }
    struct view_phrase interval = view_exp_interval(e, scale);
    if (e->verdict == ANA_EXP_EFFECT) {
        append(&p, "%s %s %s (%s), interval %s", response->title, value.s, response->unit,
               view_exp_share(e).s, interval.s);
        return p;
    }
    append(&p,
           e->verdict == ANA_EXP_NONE ? "no effect on %s was seen (%s, interval %s); one of "
                                      : "cannot tell for %s (%s, interval %s); only one of ",
           response->title, value.s, interval.s);
    append_detectable(&p, e, response->unit, scale);
    append(&p, e->verdict == ANA_EXP_NONE ? " would have been"
                                          : " would have been seen, more repeats would tell");
    return p;
}

struct view_phrase view_exp_factor(const struct ana_exp_factor *f)
{
    struct view_phrase p = {""};
    append(&p, "%s: ", f->name);
    for (size_t i = 0; i < f->level_count; i++)
        append(&p, "%s%s", i ? ", " : "", f->levels[i]);
    return p;
}

struct view_str view_exp_step(const struct ana_exp_step *s)
{
    struct view_str r = {"the whole run"};
    if (s->users > 0)
        (void)snprintf(r.s, sizeof r.s, "%u user%s", s->users, s->users == 1 ? "" : "s");
    return r;
}

double view_exp_scale(const struct ana_exp_design *d, const struct ana_exp_table *t)
{
    double max = 0;
    for (size_t i = 0; i < ana_exp_cell_count(d); i++)
        max = fmax(max, fabs(t->cells[i].mean));
    return max;
}

bool view_exp_shown(const struct ana_exp_design *d, const struct ana_exp_effect *e)
{
    return d->factor_count > 1 || (e->kind != ANA_EXP_TOTAL && e->kind != ANA_EXP_SHARE);
}

size_t view_exp_lossy(const struct ana_experiment *x)
{
    size_t n = 0;
    for (size_t i = 0; i < x->run_count; i++)
        n += x->lossy[i];
    return n;
}
