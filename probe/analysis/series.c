/* summary: the run over time in a bounded number of stretches: connections, requests in flight, saturation */
#include "series.h"

#include "parts.h"

#include <stdlib.h>

int64_t ana_round_bucket(int64_t span_ns, size_t most)
{
    static const int64_t steps[] = {1, 2, 5};
    for (int64_t decade_ns = INT64_C(1000000);; decade_ns *= 10)
        for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++)
            if (decade_ns > INT64_MAX / 50 || span_ns / (steps[i] * decade_ns) < (int64_t)most)
                return steps[i] * decade_ns;
}

size_t ana_bucket_at(int64_t t_ns, int64_t start_ns, int64_t bucket_ns, size_t count)
{
    if (t_ns <= start_ns)
        return 0;
    size_t at = (size_t)((t_ns - start_ns) / bucket_ns);
    return at < count ? at : count - 1;
}

enum pp_status ana_series_init(struct ana_series *s, int64_t start_ns, int64_t end_ns)
{
    *s = (struct ana_series){.start_ns = start_ns};
    if (start_ns <= 0 || end_ns <= start_ns)
        return PP_OK;
    s->bucket_ns = ana_round_bucket(end_ns - start_ns, ANA_SERIES_POINTS_MAX);
    s->count = (size_t)((end_ns - start_ns - 1) / s->bucket_ns) + 1;
    s->points = calloc(s->count, sizeof *s->points);
    if (!s->points) {
        s->count = 0;
        return PP_NOMEM;
    }
    return PP_OK;
}

static void largest(uint32_t *most, int value)
{
    if ((uint32_t)value > *most)
        *most = (uint32_t)value;
}

void ana_series_add(struct ana_series *s, const struct ana_moment *m)
{
    if (s->count == 0)
        return;
    size_t i = ana_bucket_at(m->start_ns, s->start_ns, s->bucket_ns, s->count);
    for (int64_t t_ns = m->start_ns; t_ns < m->end_ns && i < s->count; i++) {
        struct ana_series_point *p = &s->points[i];
        int64_t border_ns = 0;
        if (__builtin_add_overflow(s->start_ns, (int64_t)(i + 1) * s->bucket_ns, &border_ns))
            border_ns = INT64_MAX;
        int64_t until_ns = border_ns < m->end_ns ? border_ns : m->end_ns;
        double part = (double)(until_ns - t_ns) / (double)s->bucket_ns;
        p->open += part * m->open;
        p->busy += part * m->busy;
        p->dialling += part * m->dialling;
        p->in_flight += part * m->in_flight;
        p->saturated += m->saturated ? part : 0;
        largest(&p->open_max, m->open);
        largest(&p->busy_max, m->busy);
        largest(&p->in_flight_max, m->in_flight);
        t_ns = until_ns;
    }
}

void ana_series_fini(struct ana_series *s)
{
    free(s->points);
    *s = (struct ana_series){0};
}

enum pp_status ana_series_finish(struct ana_input *in)
{
    const struct ana_facts *f = &in->facts;
    struct ana_series *s = &in->report->series;
    *s = in->sweep.series;
    in->sweep.series = (struct ana_series){0};
    if (s->count == 0)
        return PP_OK;
    for (size_t i = 0; i < f->request_count; i++) {
        const struct fact_request *q = &f->requests[i];
        if (q->arrival_ns <= 0)
            continue;
        struct ana_series_point *p =
            &s->points[ana_bucket_at(q->arrival_ns, s->start_ns, s->bucket_ns, s->count)];
        p->requests++;
        p->errors += q->complete && q->status >= 400;
    }
    for (size_t i = 0; i < f->statement_count; i++)
        s->points[ana_bucket_at(f->statements[i].sent_ns, s->start_ns, s->bucket_ns, s->count)].statements++;
    return PP_OK;
}
