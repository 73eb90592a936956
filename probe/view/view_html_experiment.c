/* summary: an experiment's result as one HTML page: sentences first, then the effects and combinations as
 * tables */
#include "analysis.h"
#include "view_experiment.h"
#include "view_html.h"
#include "view_out.h"

#include <stdio.h>

static void verdict(struct view_out *o, const struct ana_experiment *x, const struct ana_exp_step *s)
{
    static const char *const classes[] = {"supported", "refuted", "notice"};
    const struct ana_exp_table *t = &s->tables[0];
    view_html_section(o, "does", "What each factor does");
    view_html_para(o, "dim", view_exp_step(s).s);
    for (size_t i = 0; i < t->effect_count; i++) {
        if (t->effects[i].kind != ANA_EXP_MAIN)
            continue;
        view_putf(o, "<div class=\"finding %s\"><p>", classes[t->effects[i].verdict]);
        view_put_html(o, view_exp_sentence(x->design, ana_exp_response(0), &t->effects[i]).s);
        view_put(o, "</p></div>\n");
    }
    view_html_section_end(o);
}

static void effects(struct view_out *o, const struct ana_experiment *x, const struct ana_exp_step *s,
                    size_t response)
{
    const struct ana_exp_table *t = &s->tables[response];
    double scale = view_exp_scale(x->design, t);
    char line[160];
    (void)snprintf(line, sizeof line, "%s, %s, at %s", ana_exp_response(response)->title,
                   ana_exp_response(response)->unit, view_exp_step(s).s);
    view_html_para(o, "", line);
    view_html_table(o, "Effects", "<effect|change|share|95 % interval|seen from|<verdict");
    for (size_t i = 0; i < t->effect_count; i++) {
        const struct ana_exp_effect *e = &t->effects[i];
        if (!view_exp_shown(x->design, e))
            continue;
        view_html_row(o);
        view_html_text(o, view_exp_name(x->design, e).s);
        view_html_num(o, e->known ? view_exp_figure(e->value, scale, true).s : "-");
        view_html_num(o, view_exp_share(e).s);
        view_html_num(o, view_exp_interval(e, scale).s);
        view_html_num(o, e->has_interval ? view_exp_figure(e->detectable, scale, false).s : "-");
        view_html_text(o, ana_exp_verdict_name(e->verdict));
        view_html_row_end(o);
    }
    view_html_table_end(o);
}

static void combinations(struct view_out *o, const struct ana_experiment *x, const struct ana_exp_step *s)
{
    const struct ana_exp_design *d = x->design;
    view_html_para(o, "dim", view_exp_step(s).s);
    view_html_table(o, view_exp_step(s).s, "<combination|runs|per s|mean ms|p95 ms|wait ms");
    for (size_t c = 0; c < ana_exp_cell_count(d); c++) {
        view_html_row(o);
        view_put(o, "<td class=\"t\">");
        for (size_t f = 0; f < d->factor_count; f++) {
            view_put_html(o, f ? ", " : "");
            view_put_html(o, d->factors[f].name);
            view_put(o, " ");
            view_put_html(o, d->factors[f].levels[ana_exp_level_of(d, c, f)]);
        }
        view_put(o, "</td>");
        view_html_num(o, view_count(s->tables[0].cells[c].n).s);
        for (const int *k = view_exp_main_responses; *k >= 0; k++) {
            const struct ana_exp_table *t = &s->tables[*k];
            view_html_num(o, t->cells[c].n ? view_exp_figure(t->cells[c].mean, view_exp_scale(d, t), false).s
                                           : "-");
        }
        view_html_row_end(o);
    }
    view_html_table_end(o);
}

static void page_head(struct view_out *o, const struct ana_experiment *x)
{
    view_put(o, "<header class=\"top\">\n<h1>");
    view_put_html(o, *x->design->title ? x->design->title : "Poolprobe experiment");
    view_put(o, "</h1>\n");
    for (size_t f = 0; f < x->design->factor_count; f++)
        view_html_para(o, "run", view_exp_factor(&x->design->factors[f]).s);
    view_put(o, "</header>\n");
    view_html_no_charts(o);
}

static void results(struct view_out *o, const struct ana_experiment *x)
{
    verdict(o, x, &x->steps[x->step_count - 1]);
    view_html_section(o, "effects", "Effects");
    view_html_figure(o, "effects",
                     "What each factor changes at the step with the most users, with its 95 % interval.");
    view_html_figure_end(o);
    view_html_data(o, "Figures of the effects");
    for (const int *k = view_exp_main_responses; *k >= 0; k++)
        effects(o, x, &x->steps[x->step_count - 1], (size_t)*k);
    view_html_data_end(o);
    view_html_section_end(o);
    view_html_section(o, "combinations", "Combinations");
    view_html_figure(o, "cells",
                     "Each combination of the factors against the number of users, means over its runs.");
    view_html_figure_end(o);
    view_html_data(o, "Figures of the combinations");
    for (size_t s = x->step_count; s > 0; s--)
        combinations(o, x, &x->steps[s - 1]);
    view_html_data_end(o);
    view_html_section_end(o);
}

void view_html_experiment(struct view_out *o, const struct ana_experiment *x)
{
    view_html_begin(o, *x->design->title ? x->design->title : "Poolprobe experiment");
    page_head(o, x);
    if (x->step_count == 0)
        view_html_para(o, "", "The runs hold no requests: nothing can be compared.");
    else
        results(o, x);
    view_page_experiment(o, x);
    view_html_end(o);
}
