/* summary: this machine's clock, limits and the processes behind the ports */
#include "gather.h"

#include "base/clock.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/statvfs.h>
#include <sys/timex.h>
#include <unistd.h>

void doc_gather_clock(int64_t start_real_ns, int64_t start_mono_ns, struct doc_clock_facts *out)
{
    struct timex t = {.modes = 0};
    *out = (struct doc_clock_facts){.run_ns = clock_mono_ns() - start_mono_ns};
    out->step_ns = clock_real_ns() - start_real_ns - out->run_ns;
    int state = adjtimex(&t);
    out->synchronised_known = state >= 0;
    out->synchronised = state >= 0 && state != TIME_ERROR && (t.status & STA_UNSYNC) == 0;
}

void doc_gather_limits(const struct doc_gather *g, struct doc_limit_facts *out)
{
    struct rlimit files;
    struct statvfs disk;
    *out = (struct doc_limit_facts){.files = -1, .free_bytes = -1, .ring_bytes = g->ring_bytes};
    if (getrlimit(RLIMIT_NOFILE, &files) == 0 && files.rlim_cur != RLIM_INFINITY)
        out->files = (int64_t)files.rlim_cur;
    if (statvfs(".", &disk) == 0)
        out->free_bytes = (int64_t)disk.f_bavail * (int64_t)disk.f_frsize;
    out->memory_bytes = (int64_t)sysconf(_SC_AVPHYS_PAGES) * sysconf(_SC_PAGESIZE);
    out->cpus = sysconf(_SC_NPROCESSORS_ONLN);
    out->root = geteuid() == 0;
}

struct found {
    bool any[HOST_ROLE_COUNT];
    struct host_sample at[HOST_ROLE_COUNT];
};

static void on_sample(void *priv, const struct host_sample *s)
{
    struct found *f = priv;
    f->any[s->role] = true;
    f->at[s->role] = *s;
}

/* The program's name as the kernel keeps it: any bytes, at most 15. */
static void name_of(int64_t pid, char *dst, size_t n)
{
    char path[64];
    snprintf(path, sizeof path, "/proc/%lld/comm", (long long)pid);
    FILE *f = fopen(path, "re");
    snprintf(dst, n, "?");
    if (f == NULL)
        return;
    size_t got = fread(dst, 1, n - 1, f);
    dst[got] = '\0';
    if (got > 0 && dst[got - 1] == '\n')
        dst[got - 1] = '\0';
    fclose(f);
}

void doc_check_processes(const struct doc_gather *g, struct doc_list *l)
{
    struct host_watch *w = NULL;
    struct found found = {.any = {false}};
    struct host_watch_options o = {
        .ports = {[HOST_APP] = g->http_ports, [HOST_SERVER] = g->mysql_ports},
        .port_counts = {[HOST_APP] = g->http_count, [HOST_SERVER] = g->mysql_count}};
    if (host_watch_new(&w, &o, NULL) != PP_OK)
        return;
    host_watch_sample(w, on_sample, &found);
    for (int role = 0; role < HOST_MACHINE; role++) {
        char name[32] = "";
        if (found.any[role])
            name_of(found.at[role].pid, name, sizeof name);
        doc_judge_process(l, (enum host_role)role, found.any[role] ? &found.at[role] : NULL,
                          host_watch_why_not(w, (enum host_role)role), name);
    }
    host_watch_free(&w);
}
