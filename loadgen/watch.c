/* summary: samples the watched processes and cgroups, computes means and maxima */
#include "watch.h"

#include "base/clock.h"
#include "base/log.h"

#include <stdlib.h>
#include <string.h>

static const double mib = 1024.0 * 1024.0;

void lg_watch_init(struct lg_watch *w)
{
    *w = (struct lg_watch){.items = NULL};
}

void lg_watch_fini(struct lg_watch *w)
{
    for (size_t i = 0; i < w->count; i++) {
        free(w->items[i].name);
        free(w->items[i].series);
    }
    free(w->items);
    lg_watch_init(w);
}

static enum pp_status add(struct lg_watch *w, enum lg_watched_kind kind, const char *name)
{
    struct lg_watched *items = realloc(w->items, (w->count + 1) * sizeof *items);
    if (items == NULL)
        return PP_NOMEM;
    w->items = items;
    struct lg_watched *d = &items[w->count];
    *d = (struct lg_watched){.kind = kind, .name = strdup(name), .last_cpu_ns = -1};
    if (kind == LG_WATCH_PID)
        d->pid = strtoll(name, NULL, 10);
    if (d->name == NULL)
        return PP_NOMEM;
    w->count++;
    return PP_OK;
}

enum pp_status lg_watch_add_process(struct lg_watch *w, const char *pid_or_name)
{
    bool number = pid_or_name[strspn(pid_or_name, "0123456789")] == 0;
    return add(w, number ? LG_WATCH_PID : LG_WATCH_NAME, pid_or_name);
}

enum pp_status lg_watch_add_cgroup(struct lg_watch *w, const char *path)
{
    return add(w, LG_WATCH_CGROUP, path);
}

enum pp_status lg_watched_push(struct lg_watched *d, const struct lg_usage *u)
{
    if (d->count == d->cap) {
        size_t cap = d->cap > 0 ? 2 * d->cap : 16;
        struct lg_usage *series = realloc(d->series, cap * sizeof *series);
        if (series == NULL)
            return PP_NOMEM;
        d->series = series;
        d->cap = cap;
    }
    d->series[d->count++] = *u;
    return PP_OK;
}

static void lose(struct lg_watched *d)
{
    static const char *const what[] = {"process", "process", "cgroup"};
    if (!d->lost)
        log_warn("there is no %s %s to watch", what[d->kind], d->name);
    d->lost = true;
    d->last_cpu_ns = -1;
}

static void sample_one(struct lg_watched *d, struct lg_process *list, size_t count, struct lg_usage *u)
{
    int64_t cpu_ns = 0;
    int64_t memory_bytes = 0;
    int64_t now = clock_mono_ns();
    bool there = d->kind == LG_WATCH_CGROUP
                     ? lg_cgroup_read(d->name, &cpu_ns, &memory_bytes)
                     : lg_processes_sum(list, count, d->pid, d->kind == LG_WATCH_NAME ? d->name : NULL,
                                        &cpu_ns, &memory_bytes);
    if (!there) {
        lose(d);
        return;
    }
    u->memory_bytes = memory_bytes;
    if (d->last_cpu_ns >= 0 && now > d->last_ns) {
        /* The sum falls when a process ends that nobody waits for. */
        int64_t used = cpu_ns > d->last_cpu_ns ? cpu_ns - d->last_cpu_ns : 0;
        u->length_ns = now - d->last_ns;
        u->cpu_percent = 100.0 * (double)used / (double)u->length_ns;
    }
    d->last_cpu_ns = cpu_ns;
    d->last_ns = now;
}

void lg_watch_sample(struct lg_watch *w)
{
    struct lg_process *list = NULL;
    size_t count = 0;
    bool processes = false;
    int64_t now = clock_mono_ns();
    if (w->first_ns == 0)
        w->first_ns = now;
    for (size_t i = 0; i < w->count; i++)
        processes = processes || w->items[i].kind != LG_WATCH_CGROUP;
    if (processes && lg_processes_read(&list, &count) != PP_OK)
        count = 0;
    for (size_t i = 0; i < w->count; i++) {
        struct lg_usage u = {.at_ns = now - w->first_ns, .cpu_percent = -1, .memory_bytes = -1};
        sample_one(&w->items[i], list, count, &u);
        if (lg_watched_push(&w->items[i], &u) != PP_OK)
            break;
    }
    free(list);
}

bool lg_watched_cpu_percent(const struct lg_watched *d, double *mean, double *max)
{
    double sum = 0;
    int64_t length_ns = 0;
    *max = 0;
    for (size_t i = 0; i < d->count; i++) {
        const struct lg_usage *u = &d->series[i];
        if (u->cpu_percent < 0)
            continue;
        sum += u->cpu_percent * (double)u->length_ns;
        length_ns += u->length_ns;
        if (u->cpu_percent > *max)
            *max = u->cpu_percent;
    }
    *mean = length_ns > 0 ? sum / (double)length_ns : 0;
    return length_ns > 0;
}

bool lg_watched_memory_mb(const struct lg_watched *d, double *mean, double *max)
{
    double sum = 0;
    size_t known = 0;
    *max = 0;
    for (size_t i = 0; i < d->count; i++) {
        double mb = (double)d->series[i].memory_bytes / mib;
        if (d->series[i].memory_bytes < 0)
            continue;
        known++;
        sum += mb;
        if (mb > *max)
            *max = mb;
    }
    *mean = known > 0 ? sum / (double)known : 0;
    return known > 0;
}

bool lg_watch_cpu_percent(const struct lg_watch *w, double *percent)
{
    bool any = false;
    *percent = 0;
    for (size_t i = 0; i < w->count; i++) {
        double mean = 0;
        double max = 0;
        any = lg_watched_cpu_percent(&w->items[i], &mean, &max) || any;
        *percent += mean;
    }
    return any;
}

bool lg_watch_memory_mb(const struct lg_watch *w, double *mean, double *max)
{
    bool any = false;
    size_t longest = 0;
    *mean = 0;
    *max = 0;
    for (size_t i = 0; i < w->count; i++) {
        double own = 0;
        double own_max = 0;
        any = lg_watched_memory_mb(&w->items[i], &own, &own_max) || any;
        *mean += own;
        if (w->items[i].count > longest)
            longest = w->items[i].count;
    }
    for (size_t k = 0; k < longest; k++) {
        double sum = 0;
        for (size_t i = 0; i < w->count; i++)
            if (k < w->items[i].count && w->items[i].series[k].memory_bytes > 0)
                sum += (double)w->items[i].series[k].memory_bytes / mib;
        *max = sum > *max ? sum : *max;
    }
    return any;
}
