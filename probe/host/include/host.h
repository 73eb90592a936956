/* summary: side stage: CPU, run-queue delay, memory and throttling of the application, the server and the
 * machine, from /proc and the control groups */
#ifndef HOST_H
#define HOST_H

#include "base/status.h"

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

enum host_role {
    HOST_APP,     /* the processes behind the HTTP ports */
    HOST_SERVER,  /* the processes behind the MySQL ports */
    HOST_MACHINE, /* everything */
    HOST_ROLE_COUNT
};
const char *host_role_name(enum host_role role); /* "app", "server", "machine" */

/* One role at a moment. -1 stands for what this kernel, or this sample, does not tell. The counters of time
 * begin at 0 with the watch and never fall: a process that ends keeps its share, one that starts adds its
 * own; what a process used after its last sample and before its end is missing. */
struct host_sample {
    int64_t ts_ns; /* CLOCK_REALTIME */
    enum host_role role;
    int64_t pid; /* of the first process behind the port; 0 for the machine */
    int64_t processes, threads;
    int64_t cpu_ns;          /* user + system; machine: all but idle, waiting for a disk, and stolen */
    int64_t run_delay_ns;    /* runnable but waiting for a CPU, summed over threads; -1: not read this time */
    int64_t top_process_ns;  /* CPU of the process that used most between two samples, summed over them */
    int64_t top_thread_ns;   /* likewise of a thread; read together with run_delay_ns */
    int64_t rss_bytes;       /* resident; pages shared by processes count in each. Machine: not available */
    int64_t cpu_limit_milli; /* thousandths of a CPU: affinity and the control groups' quota */
    int64_t memory_limit_bytes; /* of the control groups; machine: all; 0: none */
    int64_t group_memory_bytes; /* charged to the limited control groups */
    int64_t throttled_periods;  /* of the control groups with a quota, since they were made */
    int64_t throttled_ns;       /* likewise; -1: no quota */
    int64_t steal_ns;           /* machine: taken by the hypervisor, since the watch began */
    int64_t pressure_cpu_ns;    /* machine: some task waited for a CPU (PSI), since boot */
    int64_t pressure_io_ns, pressure_memory_ns;
};

struct host_watch_options {
    const uint16_t *ports[HOST_MACHINE]; /* TCP ports on which each role listens; borrowed */
    size_t port_counts[HOST_MACHINE];
    pid_t app_pid;      /* 0: found by its ports; else this process and its descendants */
    const char *proc;   /* NULL: "/proc" */
    const char *cgroup; /* NULL: "/sys/fs/cgroup" */
};

struct host_watch;

/* PP_NOENT when there is no process `app_pid`, PP_NOMEM. */
PP_MUST_CHECK enum pp_status host_watch_new(struct host_watch **out, const struct host_watch_options *options,
                                            struct pp_err *err);
/* Looks for the processes anew where that is due (it costs at most about 1 % of one CPU, so on a machine with
 * many descriptors it is not done at each call) and reads all counters. Emits one sample for each role that
 * has a process. Call it about once a second. */
typedef void host_sample_f(void *priv, const struct host_sample *sample);
void host_watch_sample(struct host_watch *w, host_sample_f *f, void *priv);
/* Why a role has no process: a sentence, "" when it has one. Borrowed until the next call. */
const char *host_watch_why_not(const struct host_watch *w, enum host_role role);
void host_watch_free(struct host_watch **wp);

/* Facts of this machine worth comparing between runs, one call each: "cpus" (that this process may use),
 * "memory_bytes", "kernel", "cpu_model", and where a control group limits this process, "cgroup_cpus"
 * ("1.50") and "cgroup_memory_bytes". */
typedef void host_fact_f(void *priv, const char *name, const char *value);
void host_each_fact(host_fact_f *f, void *priv);

#endif
