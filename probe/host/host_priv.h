/* summary: what the files of the host stage and its tests share: reading and parsing small files of the
 * kernel, control groups, the processes behind a port */
#ifndef HOST_PRIV_H
#define HOST_PRIV_H

#include "host.h"

#include <stdbool.h>
#include <stddef.h>

#define HOST_PATH_BYTES 1024

/* ---- small files ---- */

/* Reads at most n - 1 bytes of a file into dst and ends them with NUL. False with errno. */
bool host_read_file(const char *path, char *dst, size_t n);
/* The same of ROOT/PID/NAME. */
bool host_read_pid_file(const char *root, pid_t pid, const char *name, char *dst, size_t n);
/* The number behind "NAME " or "NAME:" at the beginning of a line; false when there is none. */
bool host_find_number(const char *text, const char *name, int64_t *value);

/* A /proc/PID/stat text (proc_pid_stat(5)). */
struct host_stat {
    pid_t ppid;
    int64_t ticks; /* utime + stime */
    int64_t threads;
    int64_t start_ticks; /* after boot */
    int64_t resident_pages;
};
/* The second field is the program's name in parentheses and may hold anything, also ") R 1": the fields go on
 * after the last ')'. */
bool host_parse_stat(const char *text, struct host_stat *out);
/* A schedstat text: ns on a CPU, ns waiting for one. */
bool host_parse_schedstat(const char *text, int64_t *cpu_ns, int64_t *run_delay_ns);
/* How many CPUs a list such as "0-3,8" names, added to the set `cpus`; 0 when it is malformed. */
#define HOST_CPUS_MAX 4096
struct host_cpus {
    uint64_t bits[HOST_CPUS_MAX / 64];
};
bool host_parse_cpu_list(const char *text, struct host_cpus *cpus);
int64_t host_cpus_count(const struct host_cpus *cpus);

/* ---- control groups ---- */

/* The limits that hold for a process (the tightest of each of its groups and the ones above them), version 2
 * or 1, and the folders of the groups that set them. */
struct host_limits {
    int64_t milli_cpus; /* 0: no limit, likewise below */
    int64_t memory_bytes;
    char cpu_dir[HOST_PATH_BYTES];
    char memory_dir[HOST_PATH_BYTES];
};
/* `root` is a tree like /sys/fs/cgroup, `self` the text of /proc/PID/cgroup. */
void host_cgroup_limits(const char *root, const char *self, struct host_limits *out);
/* Throttling of the group in `dir`; false when it has no such counters. */
bool host_cgroup_throttling(const char *dir, int64_t *periods, int64_t *throttled_ns);
/* Memory charged to the group in `dir`. */
bool host_cgroup_memory(const char *dir, int64_t *bytes);

/* ---- who listens ---- */

/* Inodes of the listening sockets on some ports in one network namespace, of each role. */
#define HOST_SOCKETS_MAX 256
struct host_sockets {
    struct {
        uint64_t inode;
        enum host_role role;
    } at[HOST_SOCKETS_MAX];
    size_t count;
};
/* Adds those of a /proc/net/tcp or tcp6 file; bits 1 << role are set in *found. */
void host_sockets_read(const char *path, const struct host_watch_options *o, struct host_sockets *out,
                       unsigned *found);
/* The same by sock_diag(7), of this process's own namespace. False, and nothing added, where that does not
 * work. */
bool host_sockets_diag(const struct host_watch_options *o, struct host_sockets *out, unsigned *found);
/* Those of the watching process's own namespace, in the way that costs least. */
void host_sockets_own(const struct host_watch_options *o, struct host_sockets *out, unsigned *found);
/* The same sockets, in any order. */
bool host_sockets_equal(const struct host_sockets *a, const struct host_sockets *b);
/* HOST_ROLE_COUNT for a port that is none of ours. */
enum host_role host_role_of_port(const struct host_watch_options *o, unsigned long port);
/* Role of the socket with that inode, HOST_ROLE_COUNT when it is not among them. */
enum host_role host_sockets_role(const struct host_sockets *s, uint64_t inode);

/* A process as found; by pid. */
struct host_entry {
    pid_t pid, ppid;
    int64_t start_ticks;
    enum host_role role; /* HOST_ROLE_COUNT: none of ours */
    bool holds;          /* the listening socket, or it is app_pid */
    bool settled;        /* as the reading before found it */
};
struct host_table {
    struct host_entry *entries;
    size_t count, cap;
    bool denied;        /* the descriptors of some process could not be read */
    bool elsewhere;     /* there are processes in other network namespaces, and a role was looked for there */
    unsigned listening; /* bits of the roles on whose ports somebody listens */
};
/* All processes, each with its role. Those of the table's last reading that had no role and were started
 * before `settled_ticks` (after boot) are not looked at again; 0: all are. PP_NOMEM, PP_IO. */
PP_MUST_CHECK enum pp_status host_table_read(struct host_table *t, const char *proc,
                                             const struct host_watch_options *o, int64_t settled_ticks);
void host_table_fini(struct host_table *t);

/* ---- one role's processes ---- */

struct host_thread {
    pid_t pid, tid;
    int64_t cpu_ns, run_delay_ns;
};

struct host_process {
    pid_t pid;
    int64_t start_ticks;
    int64_t cpu_ns; /* at the last sample */
    bool counted;   /* cpu_ns is known */
    bool threads_counted;
    struct host_cpus cpus;
};

struct host_members {
    struct host_process *at;
    size_t count, cap;
    struct host_thread *threads; /* by pid, tid; as of the last reading */
    size_t thread_count, thread_cap;
    bool threads_read;          /* ever */
    int64_t threads_next_ns;    /* CLOCK_MONOTONIC: not read again before */
    struct host_limits *groups; /* distinct ones */
    size_t group_count;
    bool unlimited; /* a process has no CPU quota */
    struct host_sample total;
};

/* Takes over the role's processes of a table: keeps those it knows. PP_NOMEM. */
PP_MUST_CHECK enum pp_status host_members_update(struct host_members *m, const struct host_table *t,
                                                 enum host_role role, const struct host_watch_options *o);
/* Reads all counters into m->total. False when no process is left. `born_ticks`: one that started later
 * counts from its start. */
bool host_members_sample(struct host_members *m, const struct host_watch_options *o, int64_t born_ticks);
/* Reads the threads of all processes; `born_ticks` as above. PP_NOMEM. */
PP_MUST_CHECK enum pp_status host_threads_sample(struct host_members *m, const char *proc,
                                                 int64_t born_ticks);
void host_members_fini(struct host_members *m);

/* ---- the machine ---- */

struct host_machine {
    struct host_sample total; /* absolute counters */
    int64_t started;          /* processes and threads since boot; -1 when PROC/stat does not tell */
};
/* False when PROC/stat cannot be read. */
bool host_machine_read(const char *proc, struct host_machine *out);

#endif
