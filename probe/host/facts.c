/* summary: facts of this machine that two runs are compared by */
#include "host_priv.h"

#include <inttypes.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/utsname.h>
#include <unistd.h>

/* CPUs this process may run on: what nproc says, not what the machine has. */
static void fact_cpus(host_fact_f *f, void *priv)
{
    char text[32];
    /* The kernel refuses a set smaller than its own; 64 Ki CPUs are beyond any. */
    for (size_t cpus = 1024; cpus <= 65536; cpus *= 4) {
        cpu_set_t *set = CPU_ALLOC(cpus);
        size_t bytes = CPU_ALLOC_SIZE(cpus);
        if (set == NULL)
            return;
        int rc = sched_getaffinity(0, bytes, set);
        int count = rc == 0 ? CPU_COUNT_S(bytes, set) : 0;
        CPU_FREE(set);
        if (count > 0) {
            snprintf(text, sizeof text, "%d", count);
            f(priv, "cpus", text);
            return;
        }
    }
}

static void fact_int(host_fact_f *f, void *priv, const char *name, int64_t value)
{
    char text[32];
    if (value <= 0)
        return;
    snprintf(text, sizeof text, "%" PRId64, value);
    f(priv, name, text);
}

/* x86 says "model name", others "Model", "cpu model" or "Processor"; some nothing at all. */
static void fact_cpu_model(host_fact_f *f, void *priv)
{
    static const char *const keys[] = {"model name", "cpu model", "Processor", "Model", "cpu"};
    char line[512];
    FILE *info = fopen("/proc/cpuinfo", "re");
    if (info == NULL)
        return;
    bool found = false;
    while (!found && fgets(line, sizeof line, info) != NULL) {
        char *colon = strchr(line, ':');
        if (colon == NULL)
            continue;
        size_t key = strcspn(line, "\t:");
        for (size_t i = 0; i < sizeof keys / sizeof *keys && !found; i++)
            found = strlen(keys[i]) == key && memcmp(line, keys[i], key) == 0;
        if (found) {
            char *value = colon + 1 + strspn(colon + 1, " \t");
            value[strcspn(value, "\n")] = '\0';
            f(priv, "cpu_model", value);
        }
    }
    fclose(info);
}

static void fact_cgroup(host_fact_f *f, void *priv)
{
    char self[4096];
    char text[32];
    struct host_limits l;
    if (!host_read_file("/proc/self/cgroup", self, sizeof self))
        return;
    host_cgroup_limits("/sys/fs/cgroup", self, &l);
    if (l.milli_cpus > 0) {
        snprintf(text, sizeof text, "%" PRId64 ".%03" PRId64, l.milli_cpus / 1000, l.milli_cpus % 1000);
        text[strlen(text) - 1] = '\0'; /* hundredths are enough */
        f(priv, "cgroup_cpus", text);
    }
    fact_int(f, priv, "cgroup_memory_bytes", l.memory_bytes);
}

void host_each_fact(host_fact_f *f, void *priv)
{
    struct utsname kernel;
    char text[sizeof kernel.sysname + sizeof kernel.release + sizeof kernel.machine + 3];
    fact_cpus(f, priv);
    fact_int(f, priv, "memory_bytes", (int64_t)sysconf(_SC_PHYS_PAGES) * sysconf(_SC_PAGESIZE));
    if (uname(&kernel) == 0) {
        snprintf(text, sizeof text, "%s %s %s", kernel.sysname, kernel.release, kernel.machine);
        f(priv, "kernel", text);
    }
    fact_cpu_model(f, priv);
    fact_cgroup(f, priv);
}
