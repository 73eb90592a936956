/* summary: private: words and figures that all forms of an experiment's result share */
#ifndef VIEW_EXPERIMENT_H
#define VIEW_EXPERIMENT_H

#include "ana_experiment.h"
#include "view_fmt.h"

#include <stddef.h>

struct view_out;
struct view_options;

/* A longer text by value. */
struct view_phrase {
    char s[512];
};

/* "pool 5-5 → 100-100", "pool × mysql_cpus", "everything", "of it pool". */
struct view_phrase view_exp_name(const struct ana_exp_design *d, const struct ana_exp_effect *e);
/* The same for a narrow column: a main effect names the level that it leads to. */
struct view_phrase view_exp_short(const struct ana_exp_design *d, const struct ana_exp_effect *e);
/* A figure with as many decimals as `scale`, the largest of its table, asks for; with a sign when `sign`. */
struct view_str view_exp_figure(double v, double scale, bool sign);
/* "+12.3 %" of the reference; "" where there is none. */
struct view_str view_exp_share(const struct ana_exp_effect *e);
/* "-1.2 to 3.4", or "-" without an interval. */
struct view_phrase view_exp_interval(const struct ana_exp_effect *e, double scale);
/* One sentence that says what the effect is, that there is none and which one would have been seen, or why
 * nothing can be said and what would tell. */
struct view_phrase view_exp_sentence(const struct ana_exp_design *d, const struct ana_exp_response *response,
                                     const struct ana_exp_effect *e);
/* "pool: 5-5, 100-100". */
struct view_phrase view_exp_factor(const struct ana_exp_factor *f);
/* "50 users", "the whole run". */
struct view_str view_exp_step(const struct ana_exp_step *s);
/* Largest absolute figure of a table, for view_exp_figure. */
double view_exp_scale(const struct ana_exp_design *d, const struct ana_exp_table *t);
/* Effects of this kind are shown: not those of a single factor's total and shares, which repeat its main
 * effect. */
bool view_exp_shown(const struct ana_exp_design *d, const struct ana_exp_effect *e);
size_t view_exp_lossy(const struct ana_experiment *x);

/* The responses that are shown in full; -1 ends. */
extern const int view_exp_main_responses[];

void view_text_experiment(struct view_out *out, const struct ana_experiment *x,
                          const struct view_options *options);
void view_json_experiment(struct view_out *out, const struct ana_experiment *x);
void view_html_experiment(struct view_out *out, const struct ana_experiment *x);

#endif
