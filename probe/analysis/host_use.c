/* summary: what application, server and machine used of CPU and memory in a span of time, from the samples */
#include "host_use.h"

#include "base/obj.h"

#include <string.h>

/* Below it a mean says too little about the span. */
#define COVERED_MIN 0.5
/* A process's user and system time are each cut to a tick of 10 ms (USER_HZ, proc_pid_stat(5)). */
#define TICK_ERROR_NS (2 * INT64_C(10000000))

const char *ana_host_role_key(enum ana_host_role role)
{
    static const char *const keys[ANA_HOST_ROLES] = {"app", "server", "machine"};
    OBJ_ASSERT((unsigned)role < ANA_HOST_ROLES);
    return keys[role];
}

static enum pp_status on_host(void *priv, const struct sto_host *h)
{
    struct ana_facts *f = &((struct ana_input *)priv)->facts;
    int role = 0;
    while (role < ANA_HOST_ROLES && strcmp(h->role, ana_host_role_key((enum ana_host_role)role)) != 0)
        role++;
    if (role == ANA_HOST_ROLES)
        return PP_OK;
    struct fact_hosts *s = &f->hosts[role];
    /* By time, as the differences need them; a clock that was set back leaves some out. */
    if (s->count > 0 && h->ts_ns <= s->at[s->count - 1].ts_ns)
        return PP_OK;
    if (!FACT_ROOM(s->at, s->count, s->cap))
        return PP_NOMEM;
    s->at[s->count++] = (struct fact_host){.ts_ns = h->ts_ns,
                                           .cpu_ns = h->cpu_ns,
                                           .run_delay_ns = h->run_delay_ns,
                                           .top_process_ns = h->top_process_ns,
                                           .top_thread_ns = h->top_thread_ns,
                                           .throttled_ns = h->throttled_ns,
                                           .steal_ns = h->steal_ns,
                                           .pressure_cpu_ns = h->pressure_cpu_ns,
                                           .pressure_io_ns = h->pressure_io_ns,
                                           .pressure_memory_ns = h->pressure_memory_ns,
                                           .rss_bytes = h->rss_bytes,
                                           .memory_limit_bytes = h->memory_limit_bytes,
                                           .cpu_limit_milli = h->cpu_limit_milli,
                                           .processes = h->processes,
                                           .threads = h->threads};
    return PP_OK;
}

enum pp_status ana_host_read(struct ana_input *in, struct sto_run *run, struct pp_err *err)
{
    return sto_each_host(run, on_host, in, err);
}

/* One counter over a span. */
struct spent {
    double value_ns, low_ns, high_ns;
    double max_rate; /* between two samples that touch the span */
    int64_t covered_ns;
};

/* `counter` is the offset of an int64_t in struct fact_host; `most` how much of it a second can bring at
 * most, 0: anything. */
static struct spent spent_in(const struct fact_hosts *s, size_t counter, int64_t from_ns, int64_t to_ns,
                             double most)
{
    struct spent out = {.max_rate = 0};
    const struct fact_host *a = NULL;
    int64_t last = 0, now;
    for (size_t i = 0; i < s->count; i++) {
        const struct fact_host *b = &s->at[i];
        memcpy(&now, (const char *)b + counter, sizeof now);
        if (now < 0)
            continue; /* not read in this sample */
        int64_t start = a && a->ts_ns > from_ns ? a->ts_ns : from_ns;
        int64_t end = b->ts_ns < to_ns ? b->ts_ns : to_ns;
        if (a && end > start && now >= last) {
            double used = (double)(now - last);
            double whole = (double)(b->ts_ns - a->ts_ns), part = (double)(end - start);
            double outside = whole - part;
            out.value_ns += used * part / whole;
            out.low_ns += most > 0 && used > outside * most ? used - outside * most : outside > 0 ? 0 : used;
            out.high_ns += most > 0 && used > part * most ? part * most : used;
            out.max_rate = used / whole > out.max_rate ? used / whole : out.max_rate;
            out.covered_ns += end - start;
        }
        a = b;
        last = now;
        if (b->ts_ns >= to_ns)
            break;
    }
    return out;
}

static bool covers(const struct spent *s, int64_t from_ns, int64_t to_ns)
{
    return s->covered_ns > 0 && (double)s->covered_ns >= COVERED_MIN * (double)(to_ns - from_ns);
}

/* Mean rate of a counter in the span, -1 when the samples do not tell. */
static double rate_of(const struct fact_hosts *s, size_t counter, int64_t from_ns, int64_t to_ns)
{
    struct spent x = spent_in(s, counter, from_ns, to_ns, 0);
    return covers(&x, from_ns, to_ns) ? x.value_ns / (double)x.covered_ns : -1;
}

/* Gauges: of the samples in the span, and the one before it. */
static void fill_gauges(const struct fact_hosts *s, int64_t from_ns, int64_t to_ns, struct ana_host_use *out)
{
    double rss_sum = 0;
    uint64_t n = 0;
    for (size_t i = 0; i < s->count && s->at[i].ts_ns < to_ns; i++) {
        const struct fact_host *h = &s->at[i];
        bool before = i + 1 < s->count && s->at[i + 1].ts_ns <= from_ns;
        if (before)
            continue;
        double limit = (double)h->cpu_limit_milli / 1000;
        if (limit > 0 && (out->limit <= 0 || limit < out->limit))
            out->limit = limit;
        out->processes = h->processes > out->processes ? h->processes : out->processes;
        out->threads = h->threads > out->threads ? h->threads : out->threads;
        if (h->memory_limit_bytes > 0)
            out->memory_limit_bytes = h->memory_limit_bytes;
        if (h->rss_bytes < 0)
            continue;
        out->rss_max_bytes = h->rss_bytes > out->rss_max_bytes ? h->rss_bytes : out->rss_max_bytes;
        rss_sum += (double)h->rss_bytes;
        n++;
    }
    out->rss_mean_bytes = n ? (int64_t)(rss_sum / (double)n) : -1;
}

static void fill_cpu(const struct spent *cpu, double tick_error_ns, int64_t span_ns, struct ana_host_use *out)
{
    double covered = (double)cpu->covered_ns;
    double unseen = (double)(span_ns > cpu->covered_ns ? span_ns - cpu->covered_ns : 0);
    double low = cpu->low_ns - tick_error_ns;
    out->cpu = cpu->value_ns / covered;
    out->cpu_low = low > 0 ? low / (covered + unseen) : 0;
    /* What no sample covers may have gone up to the limit. */
    out->cpu_high = (cpu->high_ns + tick_error_ns + unseen * out->limit) / (covered + unseen);
    if (out->limit > 0 && out->cpu_high > out->limit)
        out->cpu_high = out->limit > out->cpu ? out->limit : out->cpu;
    out->cpu_low = out->cpu_low < out->cpu ? out->cpu_low : out->cpu;
    out->cpu_high = out->cpu_high > out->cpu ? out->cpu_high : out->cpu;
    out->cpu_max = cpu->max_rate;
    if (out->limit <= 0)
        return;
    out->use = out->cpu / out->limit;
    out->use_low = out->cpu_low / out->limit;
    out->use_high = out->cpu_high / out->limit;
}

void ana_host_use(const struct ana_facts *f, enum ana_host_role role, int64_t from_ns, int64_t to_ns,
                  struct ana_host_use *out)
{
    const struct fact_hosts *s = &f->hosts[role];
    *out = (struct ana_host_use){.known = false};
    if (to_ns <= from_ns || s->count == 0)
        return;
    fill_gauges(s, from_ns, to_ns, out);
    struct spent cpu = spent_in(s, offsetof(struct fact_host, cpu_ns), from_ns, to_ns, out->limit);
    if (!covers(&cpu, from_ns, to_ns))
        return;
    out->known = true;
    double ticks =
        role == ANA_HOST_MACHINE ? (double)TICK_ERROR_NS : (double)TICK_ERROR_NS * (double)out->processes;
    fill_cpu(&cpu, ticks, to_ns - from_ns, out);
    out->top_process = rate_of(s, offsetof(struct fact_host, top_process_ns), from_ns, to_ns);
    out->top_thread = rate_of(s, offsetof(struct fact_host, top_thread_ns), from_ns, to_ns);
    out->run_delay = rate_of(s, offsetof(struct fact_host, run_delay_ns), from_ns, to_ns);
    out->throttled = rate_of(s, offsetof(struct fact_host, throttled_ns), from_ns, to_ns);
    out->steal = rate_of(s, offsetof(struct fact_host, steal_ns), from_ns, to_ns);
    out->pressure_cpu = rate_of(s, offsetof(struct fact_host, pressure_cpu_ns), from_ns, to_ns);
    out->pressure_io = rate_of(s, offsetof(struct fact_host, pressure_io_ns), from_ns, to_ns);
    out->pressure_memory = rate_of(s, offsetof(struct fact_host, pressure_memory_ns), from_ns, to_ns);
}

double ana_host_thread_share(const struct ana_facts *f)
{
    const struct fact_hosts *s = &f->hosts[ANA_HOST_APP];
    int64_t top_ns = 0, cpu_ns = 0;
    for (size_t i = 1; i < s->count; i++) {
        const struct fact_host *a = &s->at[i - 1], *b = &s->at[i];
        if (a->top_thread_ns < 0 || b->top_thread_ns < 0)
            continue;
        top_ns += b->top_thread_ns - a->top_thread_ns;
        cpu_ns += b->cpu_ns - a->cpu_ns;
    }
    return cpu_ns > 0 ? (double)top_ns / (double)cpu_ns : 0;
}
