/* summary: an experiment's result as text: what each factor does, the combinations, the budget's lines */
#include "analysis.h"
#include "view_experiment.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <stdio.h>
#include <string.h>

#define FIELD 11

static void print_header(const struct view_text *t, const struct ana_experiment *x)
{
    const struct ana_exp_design *d = x->design;
    char line[200];
    view_text_style(t, VIEW_BOLD);
    view_text_para(t, "Poolprobe experiment: ", "  ", *d->title ? d->title : "without a title");
    view_text_style(t, VIEW_PLAIN);
    for (size_t f = 0; f < d->factor_count; f++)
        view_text_field(t, f ? "" : "factors", FIELD, view_exp_factor(&d->factors[f]).s);
    size_t planned = ana_exp_cell_count(d) * d->repeats;
    (void)snprintf(line, sizeof line,
                   "%zu of %zu: %u repeat%s of %zu combinations, each repeat in random order", x->run_count,
                   planned, d->repeats, d->repeats == 1 ? "" : "s", ana_exp_cell_count(d));
    view_text_field(t, "runs", FIELD, line);
    if (view_exp_lossy(x) > 0) {
        (void)snprintf(line, sizeof line, "in %zu of %zu runs; their own reports say what", view_exp_lossy(x),
                       x->run_count);
        view_text_style(t, VIEW_RED);
        view_text_para(t, "  DATA LOST  ", "             ", line);
        view_text_style(t, VIEW_PLAIN);
    }
}

/* The step with the most users: where a limit shows, if there is one. */
static const struct ana_exp_step *top_step(const struct ana_experiment *x)
{
    return &x->steps[x->step_count - 1];
}

static void print_verdict(const struct view_text *t, const struct ana_experiment *x)
{
    char title[96];
    const struct ana_exp_step *s = top_step(x);
    const struct ana_exp_table *tab = &s->tables[0];
    (void)snprintf(title, sizeof title, "What each factor does, at %s", view_exp_step(s).s);
    view_text_heading(t, title);
    for (size_t i = 0; i < tab->effect_count; i++) {
        const struct ana_exp_effect *e = &tab->effects[i];
        if (e->kind != ANA_EXP_MAIN)
            continue;
        view_text_style(t, e->verdict == ANA_EXP_EFFECT ? VIEW_BLUE
                           : e->verdict == ANA_EXP_NONE ? VIEW_PLAIN
                                                        : VIEW_YELLOW);
        view_text_para(t, "  ", "    ", view_exp_sentence(x->design, ana_exp_response(0), e).s);
        view_text_style(t, VIEW_PLAIN);
    }
}

static bool any_known(const struct ana_exp_table *t)
{
    for (size_t i = 0; i < t->effect_count; i++)
        if (t->effects[i].known)
            return true;
    return false;
}

static void print_effects(const struct view_text *t, const struct ana_experiment *x,
                          const struct ana_exp_step *s, size_t response)
{
    static const struct view_col cols[] = {{"effect", VIEW_FLEX},     {"change", VIEW_RIGHT},
                                           {"relative", VIEW_RIGHT},  {"95 % interval", VIEW_RIGHT},
                                           {"seen from", VIEW_RIGHT}, {"verdict", VIEW_LEFT}};
    const struct ana_exp_table *table = &s->tables[response];
    const struct ana_exp_response *r = ana_exp_response(response);
    double scale = view_exp_scale(x->design, table);
    char title[128];
    if (!any_known(table))
        return;
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    (void)snprintf(title, sizeof title, "%s, %s, at %s:", r->title, r->unit, view_exp_step(s).s);
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ", title);
    for (size_t i = 0; i < table->effect_count; i++) {
        const struct ana_exp_effect *e = &table->effects[i];
        if (!view_exp_shown(x->design, e))
            continue;
        view_table_cell(tab, view_exp_short(x->design, e).s);
        view_table_cell(tab, e->known ? view_exp_figure(e->value, scale, true).s : "-");
        view_table_cell(tab, view_exp_share(e).s);
        view_table_cell(tab, view_exp_interval(e, scale).s);
        view_table_cell(tab, e->has_interval ? view_exp_figure(e->detectable, scale, false).s : "-");
        view_table_cell(tab, ana_exp_verdict_name(e->verdict));
    }
    view_table_print(&tab);
}

static void print_cells(const struct view_text *t, const struct ana_experiment *x,
                        const struct ana_exp_step *s)
{
    static const struct view_col cols[] = {{"combination", VIEW_FLEX}, {"runs", VIEW_RIGHT},
                                           {"per s", VIEW_RIGHT},      {"mean ms", VIEW_RIGHT},
                                           {"p95 ms", VIEW_RIGHT},     {"wait ms", VIEW_RIGHT}};
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    char title[96];
    (void)snprintf(title, sizeof title, "The combinations, at %s", view_exp_step(s).s);
    view_text_heading(t, title);
    for (size_t c = 0; c < ana_exp_cell_count(x->design); c++) {
        struct view_phrase name = {""};
        for (size_t f = 0; f < x->design->factor_count; f++) {
            size_t used = strlen(name.s);
            (void)snprintf(name.s + used, sizeof name.s - used, "%s%s %s", f ? ", " : "",
                           x->design->factors[f].name,
                           x->design->factors[f].levels[ana_exp_level_of(x->design, c, f)]);
        }
        view_table_cell(tab, name.s);
        view_table_cell(tab, view_count(s->tables[0].cells[c].n).s);
        for (const int *k = view_exp_main_responses; *k >= 0; k++) {
            const struct ana_exp_table *table = &s->tables[*k];
            view_table_cell(
                tab, table->cells[c].n == 0
                         ? "-"
                         : view_exp_figure(table->cells[c].mean, view_exp_scale(x->design, table), false).s);
        }
    }
    view_table_print(&tab);
}

static void print_steps(const struct view_text *t, const struct ana_experiment *x)
{
    static const struct view_col cols[] = {{"effect on throughput", VIEW_FLEX}, {"users", VIEW_RIGHT},
                                           {"requests/s", VIEW_RIGHT},          {"relative", VIEW_RIGHT},
                                           {"95 % interval", VIEW_RIGHT},       {"verdict", VIEW_LEFT}};
    if (x->step_count < 2 || !any_known(&x->steps[0].tables[0]))
        return;
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_text_heading(t, "The same at every number of users");
    for (size_t i = 0; i < x->steps[0].tables[0].effect_count; i++)
        for (size_t s = 0; s < x->step_count; s++) {
            const struct ana_exp_table *table = &x->steps[s].tables[0];
            const struct ana_exp_effect *e = &table->effects[i];
            if (e->kind != ANA_EXP_MAIN)
                continue;
            double scale = view_exp_scale(x->design, table);
            view_table_cell(tab, s == 0 ? view_exp_short(x->design, e).s : "");
            view_table_cell(tab, view_count(x->steps[s].users).s);
            view_table_cell(tab, e->known ? view_exp_figure(e->value, scale, true).s : "-");
            view_table_cell(tab, view_exp_share(e).s);
            view_table_cell(tab, view_exp_interval(e, scale).s);
            view_table_cell(tab, ana_exp_verdict_name(e->verdict));
        }
    view_table_print(&tab);
}

/* Which line of the latency budget each factor moves. */
static void print_lines(const struct view_text *t, const struct ana_experiment *x,
                        const struct ana_exp_step *s)
{
    static const struct view_col cols[] = {{"line of the budget", VIEW_LEFT},
                                           {"effect", VIEW_FLEX},
                                           {"ms a request", VIEW_RIGHT},
                                           {"95 % interval", VIEW_RIGHT}};
    size_t first = ana_exp_response_find("client_queue_ms");
    if (!any_known(&s->tables[1]))
        return;
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    double scale = view_exp_scale(x->design, &s->tables[1]);
    view_text_heading(t, "Where the time went: effects on the latency budget");
    for (size_t k = first; k < ana_exp_response_count(); k++) {
        const struct ana_exp_table *table = &s->tables[k];
        bool named = false;
        for (size_t i = 0; i < table->effect_count; i++) {
            const struct ana_exp_effect *e = &table->effects[i];
            if (e->kind != ANA_EXP_MAIN || !e->known || (e->value == 0 && e->reference == 0))
                continue;
            view_table_cell(tab, named ? "" : ana_exp_response(k)->title);
            view_table_cell(tab, view_exp_name(x->design, e).s);
            view_table_cell(tab, view_exp_figure(e->value, scale, true).s);
            view_table_cell(tab, view_exp_interval(e, scale).s);
            named = true;
        }
    }
    view_table_print(&tab);
}

void view_text_experiment(struct view_out *out, const struct ana_experiment *x,
                          const struct view_options *options)
{
    struct view_text t;
    view_text_init(&t, out, options);
    print_header(&t, x);
    if (x->step_count == 0) {
        view_text_para(&t, "  ", "  ", "The runs hold no requests: nothing can be compared.");
        return;
    }
    print_verdict(&t, x);
    for (const int *k = view_exp_main_responses; *k >= 0; k++)
        print_effects(&t, x, top_step(x), (size_t)*k);
    print_cells(&t, x, top_step(x));
    print_lines(&t, x, top_step(x));
    print_steps(&t, x);
    view_put(out, "\n");
    view_text_para(
        &t, "  ", "  ",
        "An effect is the change of the mean, over all combinations of the other factors, from a factor's "
        "first level to the one named; \"relative\" is its share of that mean at the first; × is by how much "
        "it differs between the other's levels. Intervals: Welch, 95 % each, over repeats. \"seen from\": "
        "the "
        "size of a true effect that is found in 4 of 5 such experiments. \"All together\" is from every "
        "factor's first level to its last; what is \"of it\" a factor's is the mean over all orders of "
        "changing "
        "the factors, and adds up.");
}
