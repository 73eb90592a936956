/* summary: how sure each join is: by the rivals at each link, by the walks that agree, and by how many
 * requests nearby do not add up */
#include "join_int.h"

#include <math.h>
#include <stdlib.h>

/* Checkouts over which requests that do not add up tell of their neighbours, before and behind. */
#define NEARBY 300.0
#define SURE_MOST 0.995 /* the rivals alone say no more than this, nor less than the contrary */
#define WHOLE 0.98      /* that a request ends where it should by its own doing, where it adds up */

/* Log odds that a join is right, by what is seen of it. Fitted (logistic regression) to joins whose truth is
 * known: of the 112 recordings of tests/accuracy, and of pools of tests/unit/test_analysis_join.c that serve
 * those who wait in order, last come first, and in no order. A pool that serves in another order than that of
 * the walk shows by requests that do not add up, and it is who waited that is confused then. */
struct weights {
    double base;
    double agreed; /* share of the walks that say the same */
    double rivals; /* log odds by the rivals at each link */
    double doubt;  /* root of the share of requests nearby that do not add up */
    double own;    /* the request itself does not */
    double direct; /* it did not wait */
};
static const struct weights of_many = {0.98, 2.68, 0.235, -3.47, -1.22, 2.18};
static const struct weights of_one = {2.99, 0, 0.355, -3.24, -1.20, 0.71};

static double odds(float margin)
{
    return 1 / (1 + exp(-(double)margin));
}

/* Share of checkouts nearby whose requests do not do what their routes do: a walk that has lost its way
 * confuses others too, which does not show in them. */
static void add_doubt(const struct jn *j, float *doubt, bool back)
{
    size_t n = j->f->request_count;
    double now = 0, seen = 0;
    for (size_t i = 0; i < n; i++) {
        uint32_t request = j->by_answer[back ? n - 1 - i : i];
        const struct jn_token *t = &j->tokens[request];
        if (t->count > 0 && t->walked) {
            double keep = exp(-(double)t->count / NEARBY);
            now = now * keep + (t->doubtful ? 1 - keep : 0);
            seen = seen * keep + (1 - keep);
        }
        doubt[request] += seen > 0 ? (float)(now / seen / 2) : 0;
    }
}

/* A checkout is the request's when the way there from the arrival was not confused, or the way on to the
 * answer was not. */
static double calibrated(const struct jn *j, const struct jn_take *k, double rivals, double doubt, bool own)
{
    const struct weights *w = j->compared ? &of_many : &of_one;
    double x = fmin(fmax(rivals, 1 - SURE_MOST), SURE_MOST);
    return odds((float)(w->base + w->agreed * (double)k->agreed + w->rivals * log(x / (1 - x)) +
                        w->doubt * sqrt(fmin(fmax(doubt, 0), 1)) + w->own * own + w->direct * k->direct));
}

static void confidence_of(const struct jn *j, uint32_t request, double doubt, struct ana_join *out)
{
    const struct jn_token *t = &j->tokens[request];
    double until = 1, sum = 0;
    for (uint32_t k = t->first; k != FACT_NONE; k = j->takes[k].next) {
        until *= j->takes[k].fixed ? 1 : odds(j->takes[k].margin);
        out->links[k].confidence = (float)until;
    }
    double from = t->doubtful ? 0.5 : WHOLE;
    for (uint32_t k = t->last; k != FACT_NONE; k = j->takes[k].prev) {
        struct ana_link *l = &out->links[k];
        double x = 1 - (1 - (double)l->confidence) * (1 - from);
        l->confidence =
            l->how == ANA_JOIN_TRACE ? 1 : (float)calibrated(j, &j->takes[k], x, doubt, t->doubtful);
        from *= j->takes[k].fixed ? 1 : odds(j->takes[k].margin);
        sum += (double)l->confidence;
    }
    out->chains[request].confidence = t->count > 0 ? (float)(sum / t->count) : t->doubtful ? 0.5F : 1.0F;
}

bool jn_confidence(const struct jn *j, struct ana_join *out)
{
    float *doubt = calloc(j->f->request_count + 1, sizeof *doubt);
    if (!doubt)
        return false;
    add_doubt(j, doubt, false);
    add_doubt(j, doubt, true);
    for (uint32_t i = 0; i < j->f->request_count; i++)
        confidence_of(j, i, (double)doubt[i], out);
    free(doubt);
    return true;
}
