/* summary: what every bootstrap of the comparison shares: random numbers, and an interval from resamples
 */
#include "diff_int.h"

#include <math.h>
#include <stdlib.h>

/* A true change is found in 4 of 5 cases when it is so many standard errors large: the 97.5th percentile of
 * the normal distribution and its 80th. */
#define ERRORS_DETECTED (1.960 + 0.842)

/* splitmix64 (public domain): any state is good, so the seed may be a small number. */
uint64_t ana_random_next(uint64_t *state)
{
    uint64_t z = *state += UINT64_C(0x9e3779b97f4a7c15);
    z = (z ^ z >> 30) * UINT64_C(0xbf58476d1ce4e5b9);
    z = (z ^ z >> 27) * UINT64_C(0x94d049bb133111eb);
    return z ^ z >> 31;
}

struct ana_change ana_change_of(double a, double b)
{
    return (struct ana_change){.a = a, .b = b, .low = b - a, .high = b - a};
}

static int by_value(const void *pa, const void *pb)
{
    double a = *(const double *)pa, b = *(const double *)pb;
    return a < b ? -1 : a > b;
}

static double deviation(const double *values)
{
    double mean = 0, squares = 0;
    for (size_t i = 0; i < ANA_RESAMPLES; i++)
        mean += values[i] / (double)ANA_RESAMPLES;
    for (size_t i = 0; i < ANA_RESAMPLES; i++)
        squares += (values[i] - mean) * (values[i] - mean);
    return sqrt(squares / (double)(ANA_RESAMPLES - 1));
}

void ana_change_interval(struct ana_change *c, double *values, double centre)
{
    double by = c->b - c->a;
    qsort(values, ANA_RESAMPLES, sizeof *values, by_value);
    c->low = by + values[ANA_RESAMPLES * 25 / 1000] - centre;
    c->high = by + values[ANA_RESAMPLES - 1 - ANA_RESAMPLES * 25 / 1000] - centre;
    c->low = fmin(c->low, by);
    c->high = fmax(c->high, by);
    c->detectable = ERRORS_DETECTED * deviation(values);
    c->known = true;
}
