/* summary: counts and latencies of one level */
#include "stats.h"

#include "base/obj.h"

#define STATS_MAGIC 0x6c677374u

struct lg_stats {
    uint32_t magic;
    size_t endpoints;
    struct lg_figures figures[]; /* one an endpoint, then one for all */
};

const char *lg_error_name(enum lg_error e)
{
    static const char *const names[LG_ERROR_KINDS] = {"",       "",        "refused",   "reset",
                                                      "closed", "timeout", "malformed", "other"};
    OBJ_ASSERT(e < LG_ERROR_KINDS);
    return names[e];
}

struct lg_stats *lg_stats_new(size_t endpoints)
{
    struct lg_stats *s = calloc(1, sizeof *s + (endpoints + 1) * sizeof s->figures[0]);
    if (s == NULL)
        return NULL;
    s->magic = STATS_MAGIC;
    s->endpoints = endpoints;
    for (size_t i = 0; i <= endpoints; i++) {
        s->figures[i].latency = hist_new();
        s->figures[i].late = hist_new();
        if (s->figures[i].latency == NULL || s->figures[i].late == NULL) {
            lg_stats_free(&s);
            return NULL;
        }
    }
    return s;
}

void lg_stats_free(struct lg_stats **sp)
{
    struct lg_stats *s = *sp;
    if (s == NULL)
        return;
    OBJ_CHECK(s, STATS_MAGIC);
    for (size_t i = 0; i <= s->endpoints; i++) {
        hist_free(&s->figures[i].latency);
        hist_free(&s->figures[i].late);
    }
    OBJ_FREE(s);
    *sp = NULL;
}

static void add(struct lg_figures *f, const struct lg_outcome *o)
{
    enum lg_error error = o->error;
    if (error == LG_OK && (o->status < 200 || o->status > 399))
        error = LG_STATUS;
    f->total++;
    f->errors[error]++;
    hist_add(f->late, o->late_ns);
    if (error == LG_OK)
        hist_add(f->latency, o->latency_ns);
    else if (error == LG_STATUS)
        f->status[o->status >= 0 && o->status < LG_STATUS_MAX ? o->status : 0]++;
    else if (error == LG_OTHER)
        f->last_other = o->code;
}

void lg_stats_add(struct lg_stats *s, const struct lg_outcome *o)
{
    OBJ_CHECK(s, STATS_MAGIC);
    OBJ_ASSERT(o->endpoint < s->endpoints);
    add(&s->figures[o->endpoint], o);
    add(&s->figures[s->endpoints], o);
}

static void merge(struct lg_figures *f, const struct lg_figures *from)
{
    hist_merge(f->latency, from->latency);
    hist_merge(f->late, from->late);
    f->total += from->total;
    for (size_t i = 0; i < LG_ERROR_KINDS; i++)
        f->errors[i] += from->errors[i];
    for (size_t i = 0; i < LG_STATUS_MAX; i++)
        f->status[i] += from->status[i];
    if (from->last_other != 0)
        f->last_other = from->last_other;
}

void lg_stats_merge(struct lg_stats *s, const struct lg_stats *from)
{
    OBJ_CHECK(s, STATS_MAGIC);
    OBJ_CHECK(from, STATS_MAGIC);
    OBJ_ASSERT(s->endpoints == from->endpoints);
    for (size_t i = 0; i <= s->endpoints; i++)
        merge(&s->figures[i], &from->figures[i]);
}

size_t lg_stats_endpoints(const struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return s->endpoints;
}

const struct lg_figures *lg_stats_endpoint(const struct lg_stats *s, size_t i)
{
    OBJ_CHECK(s, STATS_MAGIC);
    OBJ_ASSERT(i < s->endpoints);
    return &s->figures[i];
}

const struct lg_figures *lg_stats_all(const struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return &s->figures[s->endpoints];
}

uint64_t lg_figures_ok(const struct lg_figures *f)
{
    return f->errors[LG_OK];
}

uint64_t lg_figures_errors(const struct lg_figures *f)
{
    return f->total - f->errors[LG_OK];
}
