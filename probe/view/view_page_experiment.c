/* summary: the figures of an experiment's charts, as JSON inside of its page */
#include "analysis.h"
#include "view_experiment.h"
#include "view_html.h"
#include "view_json.h"

#include <stdio.h>

static void add_effects(struct view_json *j, cJSON *o, const struct ana_exp_design *d,
                        const struct ana_exp_table *t)
{
    cJSON *effects = view_json_array(j, o, "effects");
    for (size_t i = 0; i < t->effect_count; i++) {
        const struct ana_exp_effect *e = &t->effects[i];
        if (!view_exp_shown(d, e) || !e->known)
            continue;
        cJSON *x = view_json_object(j, effects, NULL);
        view_json_text(j, x, "name", view_exp_name(d, e).s);
        view_json_text(j, x, "verdict", ana_exp_verdict_name(e->verdict));
        view_json_double(j, x, "value", e->value);
        view_json_bool(j, x, "has_interval", e->has_interval);
        view_json_double(j, x, "low", e->has_interval ? e->low : e->value);
        view_json_double(j, x, "high", e->has_interval ? e->high : e->value);
    }
}

static void cell_name(char *dst, size_t n, const struct ana_exp_design *d, size_t cell)
{
    size_t used = 0;
    dst[0] = '\0';
    for (size_t f = 0; f < d->factor_count && used < n; f++)
        used += (size_t)snprintf(dst + used, n - used, "%s%s %s", f ? ", " : "", d->factors[f].name,
                                 d->factors[f].levels[ana_exp_level_of(d, cell, f)]);
}

/* Means of each combination at each step of the load. */
static void add_cells(struct view_json *j, cJSON *o, const struct ana_experiment *x, size_t response)
{
    char name[160];
    cJSON *cells = view_json_array(j, o, "cells");
    for (size_t s = 0; s < x->step_count; s++) {
        const struct ana_exp_table *t = &x->steps[s].tables[response];
        for (size_t c = 0; c < ana_exp_cell_count(x->design); c++) {
            if (t->cells[c].n == 0)
                continue;
            cJSON *cell = view_json_object(j, cells, NULL);
            cell_name(name, sizeof name, x->design, c);
            view_json_text(j, cell, "name", name);
            view_json_uint(j, cell, "users", x->steps[s].users);
            view_json_double(j, cell, "mean", t->cells[c].mean);
        }
    }
}

void view_page_experiment(struct view_out *out, const struct ana_experiment *x)
{
    struct view_json j = {out};
    cJSON *root = cJSON_CreateObject();
    cJSON *responses = view_json_array(&j, root, "responses");
    for (const int *k = view_exp_main_responses; *k >= 0 && x->step_count > 0; k++) {
        const struct ana_exp_response *r = ana_exp_response((size_t)*k);
        cJSON *o = view_json_object(&j, responses, NULL);
        view_json_text(&j, o, "title", r->title);
        view_json_text(&j, o, "unit", r->unit);
        add_effects(&j, o, x->design, &x->steps[x->step_count - 1].tables[*k]);
        add_cells(&j, o, x, (size_t)*k);
    }
    view_page_put(&j, root);
}
