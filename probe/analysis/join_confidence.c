/* summary: how sure each join is: by the rivals at each link, and by how many requests nearby do not add up
 */
#include "join_int.h"

#include <math.h>
#include <stdlib.h>

/* Checkouts over which requests that do not add up tell of their neighbours, before and behind. */
#define NEARBY 300.0
/* The share of joins that are right goes with the root of the share of requests that add up: so it was in
 * runs whose truth is known, of pools that serve in order, in the reverse order, and in none. */
#define DOUBT_POWER 0.5
/* Of those whose links are all in doubt many are right all the same where the walks agree and the requests
 * nearby add up: what is confused is exchanged back at the answers. */
#define LEAST 0.5
#define LEAST_POWER 6.0

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
static void confidence_of(const struct jn *j, uint32_t request, double doubt, struct ana_join *out)
{
    const struct jn_token *t = &j->tokens[request];
    double until = 1, sum = 0, sure = pow(fmax(1 - doubt, 0), DOUBT_POWER);
    double least = LEAST * pow(fmax(1 - doubt, 0), LEAST_POWER);
    for (uint32_t k = t->first; k != FACT_NONE; k = j->takes[k].next) {
        until *= j->takes[k].fixed ? 1 : odds(j->takes[k].margin);
        out->links[k].confidence = (float)until;
    }
    double from = t->doubtful ? 0.5 : 0.98;
    for (uint32_t k = t->last; k != FACT_NONE; k = j->takes[k].prev) {
        struct ana_link *l = &out->links[k];
        double x = 1 - (1 - (double)l->confidence) * (1 - from);
        x = (least + (1 - least) * x * sure) * (double)j->takes[k].agreed;
        l->confidence = l->how == ANA_JOIN_TRACE ? 1 : (float)x;
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
