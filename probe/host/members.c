/* summary: one role's processes: their counters summed so that they never fall while processes come and go */
#include "host_priv.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Groups with limits of their own that one role's processes are in: more only happens where each worker gets
 * its own; what is beyond is left out of the sums. */
#define GROUPS_MAX 64

static const struct host_process *known(const struct host_members *m, const struct host_entry *e)
{
    for (size_t i = 0; i < m->count; i++)
        if (m->at[i].pid == e->pid && m->at[i].start_ticks == e->start_ticks)
            return &m->at[i];
    return NULL;
}

static void read_cpus(struct host_process *p, const char *proc)
{
    char text[8192];
    memset(&p->cpus, 0, sizeof p->cpus);
    if (!host_read_pid_file(proc, p->pid, "status", text, sizeof text))
        return;
    const char *list = strstr(text, "\nCpus_allowed_list:");
    if (list == NULL)
        return;
    list = strchr(list, ':') + 1;
    (void)host_parse_cpu_list(list + strspn(list, " \t"), &p->cpus);
}

static bool same_group(const struct host_limits *a, const struct host_limits *b)
{
    return strcmp(a->cpu_dir, b->cpu_dir) == 0 && strcmp(a->memory_dir, b->memory_dir) == 0;
}

static void add_group(struct host_members *m, pid_t pid, const struct host_watch_options *o)
{
    char text[4096];
    struct host_limits l = {.milli_cpus = 0};
    if (host_read_pid_file(o->proc, pid, "cgroup", text, sizeof text))
        host_cgroup_limits(o->cgroup, text, &l);
    m->unlimited = m->unlimited || l.milli_cpus == 0;
    for (size_t i = 0; i < m->group_count; i++)
        if (same_group(&m->groups[i], &l))
            return;
    if (m->group_count < GROUPS_MAX)
        m->groups[m->group_count++] = l;
}

enum pp_status host_members_update(struct host_members *m, const struct host_table *t, enum host_role role,
                                   const struct host_watch_options *o)
{
    size_t count = 0;
    for (size_t i = 0; i < t->count; i++)
        count += t->entries[i].role == role;
    struct host_process *at = calloc(count + 1, sizeof *at);
    if (at == NULL)
        return PP_NOMEM;
    if (m->groups == NULL && (m->groups = calloc(GROUPS_MAX, sizeof *m->groups)) == NULL) {
        free(at);
        return PP_NOMEM;
    }
    size_t n = 0;
    m->group_count = 0;
    m->unlimited = false;
    m->total.pid = 0;
    for (size_t i = 0; i < t->count; i++) {
        const struct host_entry *e = &t->entries[i];
        if (e->role != role)
            continue;
        const struct host_process *old = known(m, e);
        at[n] = old != NULL ? *old : (struct host_process){.pid = e->pid, .start_ticks = e->start_ticks};
        read_cpus(&at[n], o->proc); /* both may change while it runs */
        add_group(m, e->pid, o);
        if (e->holds && m->total.pid == 0)
            m->total.pid = e->pid;
        n++;
    }
    free(m->at);
    m->at = at;
    m->count = n;
    return PP_OK;
}

/* Adds one process's counters; false when it is gone. `*used_ns`: its CPU since the last sample. */
static bool sample_process(struct host_members *m, struct host_process *p, const char *proc,
                           int64_t born_ticks, int64_t *used_ns)
{
    char text[1024];
    struct host_stat s;
    if (!host_read_pid_file(proc, p->pid, "stat", text, sizeof text) || !host_parse_stat(text, &s) ||
        s.start_ticks != p->start_ticks)
        return false;
    int64_t cpu_ns = s.ticks * (NS_PER_S / sysconf(_SC_CLK_TCK));
    int64_t from_ns = p->counted ? p->cpu_ns : s.start_ticks >= born_ticks ? 0 : cpu_ns;
    *used_ns = cpu_ns > from_ns ? cpu_ns - from_ns : 0;
    p->cpu_ns = cpu_ns;
    p->counted = true;
    m->total.cpu_ns += *used_ns;
    m->total.processes++;
    m->total.threads += s.threads;
    m->total.rss_bytes += s.resident_pages * sysconf(_SC_PAGESIZE);
    return true;
}

static void sample_limits(struct host_members *m)
{
    struct host_sample *t = &m->total;
    struct host_cpus all = {.bits = {0}};
    int64_t quota = 0;
    t->memory_limit_bytes = 0;
    t->group_memory_bytes = t->throttled_ns = t->throttled_periods = -1;
    for (size_t i = 0; i < m->count; i++)
        for (size_t k = 0; k < HOST_CPUS_MAX / 64; k++)
            all.bits[k] |= m->at[i].cpus.bits[k];
    for (size_t i = 0; i < m->group_count; i++) {
        const struct host_limits *l = &m->groups[i];
        int64_t periods = 0;
        int64_t ns = 0;
        int64_t bytes = 0;
        quota += l->milli_cpus;
        t->memory_limit_bytes += l->memory_bytes;
        if (l->milli_cpus > 0 && host_cgroup_throttling(l->cpu_dir, &periods, &ns)) {
            t->throttled_periods = (t->throttled_periods < 0 ? 0 : t->throttled_periods) + periods;
            t->throttled_ns = (t->throttled_ns < 0 ? 0 : t->throttled_ns) + ns;
        }
        if (l->memory_bytes > 0 && host_cgroup_memory(l->memory_dir, &bytes))
            t->group_memory_bytes = (t->group_memory_bytes < 0 ? 0 : t->group_memory_bytes) + bytes;
    }
    t->cpu_limit_milli = host_cpus_count(&all) * 1000;
    if (!m->unlimited && quota > 0 && (t->cpu_limit_milli == 0 || quota < t->cpu_limit_milli))
        t->cpu_limit_milli = quota;
}

bool host_members_sample(struct host_members *m, const struct host_watch_options *o, int64_t born_ticks)
{
    size_t kept = 0;
    int64_t top_ns = 0;
    struct host_sample *t = &m->total;
    t->processes = t->threads = t->rss_bytes = 0;
    t->ts_ns = clock_real_ns();
    for (size_t i = 0; i < m->count; i++) {
        int64_t used_ns = 0;
        if (!sample_process(m, &m->at[i], o->proc, born_ticks, &used_ns))
            continue;
        top_ns = used_ns > top_ns ? used_ns : top_ns;
        m->at[kept++] = m->at[i];
    }
    m->count = kept;
    if (kept == 0)
        return false;
    t->top_process_ns += top_ns;
    sample_limits(m);
    t->steal_ns = t->pressure_cpu_ns = t->pressure_io_ns = t->pressure_memory_ns = -1;
    return true;
}

void host_members_fini(struct host_members *m)
{
    free(m->at);
    free(m->threads);
    free(m->groups);
    *m = (struct host_members){.at = NULL};
}
