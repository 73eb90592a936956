/* summary: counts and latencies of one level */
#include "stats.h"

#include "base/clock.h"
#include "base/obj.h"

#define STATS_MAGIC 0x6c677374u

struct lg_stats {
    uint32_t magic;
    size_t endpoints;
    struct lg_seconds seconds;
    struct lg_samples samples;
    struct lg_figures figures[]; /* one an endpoint, then one for all */
};

const char *lg_error_name(enum lg_error e)
{
    static const char *const names[LG_ERROR_KINDS] = {
        "",       "",        "refused",   "unreachable", "no local port", "reset",
        "closed", "timeout", "malformed", "tls",         "other"};
    OBJ_ASSERT(e < LG_ERROR_KINDS);
    return names[e];
}

const char *lg_phase_name(enum lg_phase p)
{
    static const char *const names[LG_PHASES] = {"dns", "connect", "tls", "first_byte"};
    OBJ_ASSERT(p < LG_PHASES);
    return names[p];
}

static bool figures_init(struct lg_figures *f)
{
    f->latency = hist_new();
    f->corrected = hist_new();
    f->late = hist_new();
    bool ok = f->latency != NULL && f->corrected != NULL && f->late != NULL;
    for (size_t p = 0; p < LG_PHASES; p++) {
        f->phases[p] = hist_new();
        ok = ok && f->phases[p] != NULL;
    }
    return ok;
}

static void figures_fini(struct lg_figures *f)
{
    hist_free(&f->latency);
    hist_free(&f->corrected);
    hist_free(&f->late);
    for (size_t p = 0; p < LG_PHASES; p++)
        hist_free(&f->phases[p]);
}

struct lg_stats *lg_stats_new(size_t endpoints)
{
    struct lg_stats *s = calloc(1, sizeof *s + (endpoints + 1) * sizeof s->figures[0]);
    if (s == NULL)
        return NULL;
    s->magic = STATS_MAGIC;
    s->endpoints = endpoints;
    for (size_t i = 0; i <= endpoints; i++) {
        if (!figures_init(&s->figures[i])) {
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
    for (size_t i = 0; i <= s->endpoints; i++)
        figures_fini(&s->figures[i]);
    lg_seconds_fini(&s->seconds);
    OBJ_FREE(s);
    *sp = NULL;
}

enum lg_error lg_outcome_kind(const struct lg_outcome *o)
{
    return o->error == LG_OK && (o->status < 200 || o->status > 399) ? LG_STATUS : o->error;
}

static void add(struct lg_figures *f, const struct lg_outcome *o, enum lg_error error)
{
    f->total++;
    f->errors[error]++;
    f->late_1ms += o->late_ns > NS_PER_MS;
    f->queued += o->queued;
    f->opened += o->opened;
    hist_add(f->late, o->late_ns);
    if (error == LG_OK) {
        hist_add(f->latency, o->latency_ns);
        hist_add(f->corrected, o->latency_ns + o->late_ns);
        for (size_t p = 0; p < LG_PHASES; p++)
            if (o->phase_ns[p] >= 0)
                hist_add(f->phases[p], o->phase_ns[p]);
    } else if (error == LG_STATUS) {
        f->status[o->status >= 0 && o->status < LG_STATUS_MAX ? o->status : 0]++;
    } else if (error == LG_OTHER) {
        f->last_other = o->code;
    }
}

static void add_second(struct lg_seconds *s, const struct lg_outcome *o, bool ok)
{
    /* A request counts in the second in which it was sent, its answer in the one in which it came. */
    struct lg_second *sent = lg_seconds_at(s, o->sent_ns);
    if (sent != NULL)
        sent->sent++;
    struct lg_second *done = lg_seconds_at(s, o->sent_ns + o->latency_ns);
    if (done == NULL)
        return;
    done->ok += ok;
    done->errors += !ok;
    if (ok && o->latency_ns > done->max_ns)
        done->max_ns = o->latency_ns;
}

void lg_stats_add(struct lg_stats *s, const struct lg_outcome *o)
{
    OBJ_CHECK(s, STATS_MAGIC);
    OBJ_ASSERT(o->endpoint < s->endpoints);
    enum lg_error error = lg_outcome_kind(o);
    add(&s->figures[o->endpoint], o, error);
    add(&s->figures[s->endpoints], o, error);
    add_second(&s->seconds, o, error == LG_OK);
    if (error == LG_OK)
        return;
    struct lg_sample sample = {.kind = (int)error,
                               .status = error == LG_STATUS ? o->status : 0,
                               .endpoint = o->endpoint,
                               .real_ns = o->real_ns,
                               .latency_ns = o->latency_ns};
    lg_samples_add(&s->samples, &sample, o->text, o->text_bytes);
}

static void merge(struct lg_figures *f, const struct lg_figures *from)
{
    hist_merge(f->latency, from->latency);
    hist_merge(f->corrected, from->corrected);
    hist_merge(f->late, from->late);
    for (size_t p = 0; p < LG_PHASES; p++)
        hist_merge(f->phases[p], from->phases[p]);
    f->total += from->total;
    f->late_1ms += from->late_1ms;
    f->queued += from->queued;
    f->opened += from->opened;
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
    lg_seconds_merge(&s->seconds, &from->seconds);
    lg_samples_merge(&s->samples, &from->samples);
}

size_t lg_stats_endpoints(const struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return s->endpoints;
}

struct lg_figures *lg_stats_edit(struct lg_stats *s, size_t i)
{
    OBJ_CHECK(s, STATS_MAGIC);
    OBJ_ASSERT(i <= s->endpoints);
    return &s->figures[i];
}

struct lg_seconds *lg_stats_edit_seconds(struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return &s->seconds;
}

struct lg_samples *lg_stats_edit_samples(struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return &s->samples;
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

const struct lg_seconds *lg_stats_seconds(const struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return &s->seconds;
}

const struct lg_samples *lg_stats_samples(const struct lg_stats *s)
{
    OBJ_CHECK(s, STATS_MAGIC);
    return &s->samples;
}

uint64_t lg_figures_ok(const struct lg_figures *f)
{
    return f->errors[LG_OK];
}

uint64_t lg_figures_errors(const struct lg_figures *f)
{
    return f->total - f->errors[LG_OK];
}
