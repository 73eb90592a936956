/* summary: a linear contrast of cell means with Welch's interval, and what it allows to say */
#include "experiment_int.h"

#include <gsl/gsl_cdf.h>
#include <math.h>

#define CONFIDENCE_TAIL 0.975 /* two-sided 95 % */
#define POWER 0.8             /* of the detectable effect */
/* An effect below this share of the scale is no effect that a reader would act on: an experiment that
 * would have seen one of this size may say "none". */
#define RELEVANT_SHARE 0.10

const char *ana_exp_verdict_name(enum ana_exp_verdict v)
{
    return v == ANA_EXP_EFFECT ? "effect" : v == ANA_EXP_NONE ? "none" : "cannot tell";
}

struct ana_exp_cell ana_exp_cell_of(const double *values, size_t n)
{
    struct ana_exp_cell c = {0};
    double sum = 0, squares = 0;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i])) {
            sum += values[i];
            c.n++;
        }
    if (c.n == 0)
        return c;
    c.mean = sum / (double)c.n;
    for (size_t i = 0; i < n; i++)
        if (!isnan(values[i]))
            squares += (values[i] - c.mean) * (values[i] - c.mean);
    c.variance = c.n > 1 ? squares / (double)(c.n - 1) : 0;
    return c;
}

static void judge(struct ana_exp_effect *e)
{
    e->verdict = ANA_EXP_UNKNOWN;
    if (!e->has_interval)
        return;
    if (e->low > 0 || e->high < 0)
        e->verdict = ANA_EXP_EFFECT;
    else if (e->detectable <= RELEVANT_SHARE * fabs(e->scale))
        e->verdict = ANA_EXP_NONE;
}

/* B. L. Welch, "The generalization of Student's problem when several different population variances are
 * involved", Biometrika 34 (1947); F. E. Satterthwaite, Biometrics Bulletin 2 (1946). */
void ana_exp_contrast(struct ana_exp_effect *e, const struct ana_exp_cell *cells, const double *weights,
                      size_t count)
{
    double variance = 0, denominator = 0;
    e->known = true;
    e->has_interval = true;
    e->value = 0;
    for (size_t i = 0; i < count; i++) {
        if (weights[i] == 0)
            continue;
        e->known = e->known && cells[i].n > 0;
        e->has_interval = e->has_interval && cells[i].n > 1;
        if (cells[i].n < 2)
            continue;
        double part = weights[i] * weights[i] * cells[i].variance / (double)cells[i].n;
        variance += part;
        denominator += part * part / (double)(cells[i].n - 1);
    }
    for (size_t i = 0; e->known && i < count; i++)
        e->value += weights[i] * cells[i].mean;
    if (e->has_interval && variance > 0 && denominator > 0) {
        double se = sqrt(variance);
        e->dof = variance * variance / denominator;
        double t = gsl_cdf_tdist_Pinv(CONFIDENCE_TAIL, e->dof);
        e->low = e->value - t * se;
        e->high = e->value + t * se;
        e->detectable = (t + gsl_cdf_tdist_Pinv(POWER, e->dof)) * se;
    } else if (e->has_interval) {
        e->low = e->high = e->value; /* all repeats gave the same figure */
    }
    judge(e);
}
