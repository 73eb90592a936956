/* summary: side stage: CPU, run-queue delay and memory of processes, from /proc */
#ifndef HOST_H
#define HOST_H

#include "base/status.h"

#include <stdint.h>
#include <sys/types.h>

struct host_sample {
    int64_t ts_ns;
    int64_t cpu_ns;       /* user + system, all threads, since the process's start */
    int64_t run_delay_ns; /* runnable but waiting for a CPU, since each thread's start, summed over the
                             threads alive now (it falls when one ends), /proc/PID/task/TID/schedstat; -1:
                             this kernel does not tell */
    int64_t rss_bytes;
};

/* PP_NOENT when there is no such process (any more), PP_IO. */
PP_MUST_CHECK enum pp_status host_read_process(pid_t pid, struct host_sample *out, struct pp_err *err);

/* Facts of this machine worth comparing between runs, one call each: "cpus" (that this process may use),
 * "memory_bytes", "kernel", "cpu_model", and where a control group limits this process, "cgroup_cpus"
 * ("1.50") and "cgroup_memory_bytes". */
typedef void host_fact_f(void *priv, const char *name, const char *value);
void host_each_fact(host_fact_f *f, void *priv);

#endif
