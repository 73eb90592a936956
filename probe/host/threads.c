/* summary: CPU time and run-queue delay of every thread of a role's processes */
#include "host_priv.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

struct threads {
    struct host_thread *at;
    size_t count, cap;
    bool told; /* the kernel has the figures: CONFIG_SCHED_INFO */
};

static bool add(struct threads *t, const struct host_thread *one)
{
    if (t->count == t->cap) {
        size_t cap = t->cap != 0 ? t->cap * 2 : 64;
        struct host_thread *more = realloc(t->at, cap * sizeof *more);
        if (more == NULL)
            return false;
        t->at = more;
        t->cap = cap;
    }
    t->at[t->count++] = *one;
    return true;
}

/* Threads come and go while they are read: one that ended is left out. */
static bool read_process(struct threads *t, const char *proc, pid_t pid)
{
    char path[HOST_PATH_BYTES];
    char text[128];
    const struct dirent *d;
    bool memory = true;
    snprintf(path, sizeof path, "%s/%d/task", proc, (int)pid);
    DIR *dir = opendir(path);
    if (dir == NULL)
        return true;
    while (memory && (d = readdir(dir)) != NULL) {
        struct host_thread one = {.pid = pid, .tid = (pid_t)strtol(d->d_name, NULL, 10)};
        if (one.tid <= 0)
            continue;
        snprintf(path, sizeof path, "%s/%d/task/%d/schedstat", proc, (int)pid, (int)one.tid);
        if (!host_read_file(path, text, sizeof text) ||
            !host_parse_schedstat(text, &one.cpu_ns, &one.run_delay_ns))
            continue;
        t->told = true;
        memory = add(t, &one);
    }
    closedir(dir);
    return memory;
}

static int by_tid(const void *a, const void *b)
{
    const struct host_thread *x = a;
    const struct host_thread *y = b;
    if (x->pid != y->pid)
        return x->pid < y->pid ? -1 : 1;
    return (x->tid > y->tid) - (x->tid < y->tid);
}

/* Adds what each thread used since the last reading; returns what the busiest used. A number that fell is
 * another thread's that got the id again. */
static int64_t add_differences(struct host_members *m, const struct host_process *p,
                               const struct host_thread *now, size_t count, bool from_start)
{
    int64_t top_ns = 0;
    for (size_t i = 0; i < count; i++) {
        const struct host_thread *last =
            m->thread_count == 0 ? NULL
                                 : bsearch(&now[i], m->threads, m->thread_count, sizeof *m->threads, by_tid);
        bool same =
            last != NULL && now[i].cpu_ns >= last->cpu_ns && now[i].run_delay_ns >= last->run_delay_ns;
        if (!same && !p->threads_counted && !from_start)
            continue; /* the first reading of a process that ran before: where counting begins */
        int64_t cpu_ns = now[i].cpu_ns - (same ? last->cpu_ns : 0);
        m->total.run_delay_ns += now[i].run_delay_ns - (same ? last->run_delay_ns : 0);
        top_ns = cpu_ns > top_ns ? cpu_ns : top_ns;
    }
    return top_ns;
}

enum pp_status host_threads_sample(struct host_members *m, const char *proc, int64_t born_ticks)
{
    struct threads t = {.at = NULL};
    int64_t top_ns = 0;
    bool memory = true;
    for (size_t i = 0; i < m->count && memory; i++) {
        struct host_process *p = &m->at[i];
        size_t first = t.count;
        memory = read_process(&t, proc, p->pid);
        if (!memory)
            break;
        if (t.count > first)
            qsort(t.at + first, t.count - first, sizeof *t.at, by_tid);
        int64_t top = add_differences(m, p, t.at + first, t.count - first, p->start_ticks >= born_ticks);
        top_ns = top > top_ns ? top : top_ns;
        p->threads_counted = true;
    }
    m->total.top_thread_ns += top_ns;
    m->threads_read = t.told;
    free(m->threads);
    m->threads = t.at;
    m->thread_count = t.count;
    m->thread_cap = t.cap;
    return memory ? PP_OK : PP_NOMEM;
}
