/* summary: an experiment's result as JSON, schema "poolprobe.experiment/1" (docs/experiment.md) */
#include "analysis.h"
#include "view_experiment.h"
#include "view_json.h"

static void add_design(struct view_json *j, cJSON *root, const struct ana_exp_design *d)
{
    view_json_text(j, root, "title", d->title);
    cJSON *factors = view_json_array(j, root, "factors");
    for (size_t f = 0; f < d->factor_count; f++) {
        cJSON *o = view_json_object(j, factors, NULL);
        view_json_text(j, o, "name", d->factors[f].name);
        cJSON *levels = view_json_array(j, o, "levels");
        for (size_t l = 0; l < d->factors[f].level_count; l++)
            view_json_text(j, levels, NULL, d->factors[f].levels[l]);
    }
    view_json_uint(j, root, "repeats", d->repeats);
}

static void add_combination(struct view_json *j, cJSON *o, const struct ana_exp_design *d, size_t cell)
{
    cJSON *c = view_json_object(j, o, "combination");
    for (size_t f = 0; f < d->factor_count; f++)
        view_json_text(j, c, d->factors[f].name, d->factors[f].levels[ana_exp_level_of(d, cell, f)]);
}

static void add_runs(struct view_json *j, cJSON *root, const struct ana_experiment *x)
{
    cJSON *runs = view_json_array(j, root, "runs");
    for (size_t i = 0; i < x->run_count; i++) {
        cJSON *o = view_json_object(j, runs, NULL);
        view_json_text(j, o, "path", x->runs[i].path);
        add_combination(j, o, x->design, x->runs[i].cell);
        view_json_uint(j, o, "repeat", x->runs[i].repeat);
        view_json_bool(j, o, "lossy", x->lossy[i]);
    }
}

static void number_or_null(struct view_json *j, cJSON *o, const char *key, bool known, double v)
{
    if (known)
        view_json_double(j, o, key, v);
    else
        view_json_null(j, o, key);
}

static void add_effect(struct view_json *j, cJSON *o, const struct ana_exp_design *d,
                       const struct ana_exp_effect *e)
{
    static const char *const kinds[] = {"main", "interaction", "total", "share"};
    const struct ana_exp_factor *f = &d->factors[e->factor], *g = &d->factors[e->with];
    view_json_text(j, o, "kind", kinds[e->kind]);
    if (e->kind != ANA_EXP_TOTAL) {
        view_json_text(j, o, "factor", f->name);
        view_json_text(j, o, "from", f->levels[0]);
        view_json_text(j, o, "to", f->levels[e->to]);
    }
    if (e->kind == ANA_EXP_INTERACTION) {
        view_json_text(j, o, "with", g->name);
        view_json_text(j, o, "with_to", g->levels[e->with_to]);
    }
    number_or_null(j, o, "value", e->known, e->value);
    number_or_null(j, o, "reference", e->known, e->reference);
    number_or_null(j, o, "low", e->has_interval, e->low);
    number_or_null(j, o, "high", e->has_interval, e->high);
    number_or_null(j, o, "dof", e->has_interval, e->dof);
    number_or_null(j, o, "detectable", e->has_interval, e->detectable);
    view_json_text(j, o, "verdict", ana_exp_verdict_name(e->verdict));
}

static void add_response(struct view_json *j, cJSON *o, const struct ana_experiment *x,
                         const struct ana_exp_table *t, size_t response)
{
    const struct ana_exp_response *r = ana_exp_response(response);
    view_json_text(j, o, "key", r->key);
    view_json_text(j, o, "title", r->title);
    view_json_text(j, o, "unit", r->unit);
    cJSON *cells = view_json_array(j, o, "combinations");
    for (size_t c = 0; c < ana_exp_cell_count(x->design); c++) {
        cJSON *cell = view_json_object(j, cells, NULL);
        add_combination(j, cell, x->design, c);
        view_json_uint(j, cell, "runs", t->cells[c].n);
        number_or_null(j, cell, "mean", t->cells[c].n > 0, t->cells[c].mean);
        number_or_null(j, cell, "variance", t->cells[c].n > 1, t->cells[c].variance);
    }
    cJSON *effects = view_json_array(j, o, "effects");
    for (size_t i = 0; i < t->effect_count; i++)
        add_effect(j, view_json_object(j, effects, NULL), x->design, &t->effects[i]);
}

void view_json_experiment(struct view_out *out, const struct ana_experiment *x)
{
    struct view_json j = {out};
    cJSON *root = cJSON_CreateObject();
    view_json_text(&j, root, "schema", "poolprobe.experiment/1");
    add_design(&j, root, x->design);
    add_runs(&j, root, x);
    cJSON *steps = view_json_array(&j, root, "steps");
    for (size_t s = 0; s < x->step_count; s++) {
        cJSON *o = view_json_object(&j, steps, NULL);
        view_json_uint(&j, o, "users", x->steps[s].users);
        cJSON *responses = view_json_array(&j, o, "responses");
        for (size_t k = 0; k < ana_exp_response_count(); k++)
            add_response(&j, view_json_object(&j, responses, NULL), x, &x->steps[s].tables[k], k);
    }
    view_json_print(&j, root);
}
