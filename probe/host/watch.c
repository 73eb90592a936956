/* summary: the watch over the application's and the server's processes and the machine */
#include "host_priv.h"

#include "base/clock.h"
#include "base/obj.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#define WATCH_MAGIC 0x48737721U

/* What costs much is done again only after this many times its own cost: a hundredth of a CPU. Looking
 * through all processes is most of what watching costs: a four-hundredth, unless somebody began to listen on
 * a port. */
#define REST_FACTOR 99
#define TABLE_REST_FACTOR 399
/* While no process is started and the listening sockets are the same, who belongs to a role hardly changes;
 * but one that runs may get other CPUs. */
#define TABLE_OLD_NS (10 * NS_PER_S)
/* What a program does with its descriptors and namespaces it does in its first seconds: in between only
 * younger processes are looked at, all of them when the sockets changed or TABLE_OLD_NS went by. */
#define SETTLED_S 5
/* A role has no process, and there are other network namespaces, where nobody sees it begin to listen. */
#define TABLE_OLD_ELSEWHERE_NS (2 * NS_PER_S)

struct host_watch {
    uint32_t magic;
    struct host_watch_options o;
    struct host_table table;
    struct host_members members[HOST_MACHINE];
    /* CLOCK_MONOTONIC: the processes are not looked for before the first, from the second on where one was
     * started, and from the third on whatever happened */
    int64_t table_next_ns, table_started_ns, table_old_ns;
    int64_t started; /* processes started on the machine when they were looked for; -1: unknown */
    struct host_sockets listening; /* likewise, in this network namespace */
    bool alone;                    /* and a role had no process */
    int64_t born_ticks;            /* after boot, as the next */
    int64_t looked_ticks;          /* when the processes were looked for last */
    bool machine_started;
    struct host_sample machine_base;
    char why_not[HOST_MACHINE][160];
};

const char *host_role_name(enum host_role role)
{
    static const char *const names[] = {"app", "server", "machine"};
    OBJ_ASSERT((unsigned)role < HOST_ROLE_COUNT);
    return names[role];
}

static int64_t ticks_now(void)
{
    struct timespec t;
    clock_gettime(CLOCK_BOOTTIME, &t);
    long hz = sysconf(_SC_CLK_TCK);
    return t.tv_sec * hz + t.tv_nsec * hz / NS_PER_S;
}

enum pp_status host_watch_new(struct host_watch **out, const struct host_watch_options *options,
                              struct pp_err *err)
{
    struct host_watch *w;
    struct host_stat stat;
    char text[1024];
    const char *proc = options->proc != NULL ? options->proc : "/proc";
    *out = NULL;
    if (options->app_pid != 0 && (!host_read_pid_file(proc, options->app_pid, "stat", text, sizeof text) ||
                                  !host_parse_stat(text, &stat)))
        return pp_err_set(err, PP_NOENT, "there is no process %d: --app-pid takes the application's",
                          (int)options->app_pid);
    if (OBJ_NEW(w, WATCH_MAGIC) == NULL)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    w->o = *options;
    w->o.proc = proc;
    w->o.cgroup = options->cgroup != NULL ? options->cgroup : "/sys/fs/cgroup";
    if (options->app_pid > 0)
        w->o.port_counts[HOST_APP] = 0; /* it is not looked for */
    w->born_ticks = ticks_now();
    *out = w;
    return PP_OK;
}

static void say_why(struct host_watch *w, enum host_role role)
{
    char *text = w->why_not[role];
    size_t n = sizeof w->why_not[role];
    text[0] = '\0';
    if (w->members[role].count > 0)
        return;
    if (role == HOST_APP && w->o.app_pid > 0)
        snprintf(text, n, "the process of --app-pid has ended");
    else if ((w->table.listening & (1U << role)) == 0)
        snprintf(text, n, "no process of this machine listens on its port");
    else if (w->table.denied)
        snprintf(text, n, "a process listens on its port, but whose it is only root may see");
    else
        snprintf(text, n, "a process listens on its port, but none that can be seen holds the socket");
}

static int64_t thread_cpu_ns(void)
{
    struct timespec t;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
    return t.tv_sec * NS_PER_S + t.tv_nsec;
}

/* When work may be done again whose beginning was at this CPU time of the thread. */
static int64_t rest_until(int64_t start_cpu_ns, int64_t factor)
{
    return clock_mono_ns() + (thread_cpu_ns() - start_cpu_ns) * factor;
}

/* What calls for another look at the processes. */
enum look { LOOK_NOT, LOOK_AT_NEW, LOOK_AT_ALL };

static enum look look_due(const struct host_watch *w, int64_t started, const struct host_sockets *listening,
                          bool alone)
{
    int64_t now_ns = clock_mono_ns();
    if (now_ns >= w->table_old_ns || alone != w->alone || !host_sockets_equal(listening, &w->listening))
        return LOOK_AT_ALL;
    if (now_ns < w->table_started_ns || (started >= 0 && started == w->started))
        return LOOK_NOT;
    return started < 0 ? LOOK_AT_ALL : LOOK_AT_NEW;
}

static bool is_alone(const struct host_watch *w)
{
    for (int role = 0; role < HOST_MACHINE; role++)
        if (w->members[role].count == 0 &&
            (w->o.port_counts[role] > 0 || (role == HOST_APP && w->o.app_pid > 0)))
            return true;
    return false;
}

static void look_for_processes(struct host_watch *w, int64_t started)
{
    struct host_sockets listening = {.count = 0};
    unsigned found = 0;
    int64_t start_ns = thread_cpu_ns();
    if (clock_mono_ns() < w->table_next_ns)
        return;
    host_sockets_own(&w->o, &listening, &found);
    enum look due = look_due(w, started, &listening, is_alone(w));
    if (due == LOOK_NOT)
        return;
    int64_t settled_ticks = due == LOOK_AT_ALL ? 0 : w->looked_ticks - SETTLED_S * sysconf(_SC_CLK_TCK);
    w->looked_ticks = ticks_now();
    w->started = started;
    w->listening = listening;
    if (host_table_read(&w->table, w->o.proc, &w->o, settled_ticks) == PP_OK)
        for (int role = 0; role < HOST_MACHINE; role++)
            if (host_members_update(&w->members[role], &w->table, (enum host_role)role, &w->o) != PP_OK)
                break; /* short of memory: the next time */
    w->alone = is_alone(w);
    w->table_next_ns = rest_until(start_ns, REST_FACTOR);
    w->table_started_ns = rest_until(start_ns, TABLE_REST_FACTOR);
    if (due != LOOK_AT_ALL)
        return;
    w->table_old_ns =
        clock_mono_ns() + (w->alone && w->table.elsewhere ? TABLE_OLD_ELSEWHERE_NS : TABLE_OLD_NS);
}

static void sample_role(struct host_watch *w, enum host_role role, host_sample_f *f, void *priv)
{
    struct host_members *m = &w->members[role];
    if (!host_members_sample(m, &w->o, w->born_ticks))
        return;
    struct host_sample s = m->total;
    s.role = role;
    s.run_delay_ns = s.top_thread_ns = -1;
    int64_t start_ns = thread_cpu_ns();
    if (clock_mono_ns() >= m->threads_next_ns) {
        if (host_threads_sample(m, w->o.proc, w->born_ticks) == PP_OK && m->threads_read) {
            s.run_delay_ns = m->total.run_delay_ns;
            s.top_thread_ns = m->total.top_thread_ns;
        }
        m->threads_next_ns = rest_until(start_ns, REST_FACTOR);
    }
    f(priv, &s);
}

static void sample_machine(struct host_watch *w, const struct host_sample *now, host_sample_f *f, void *priv)
{
    struct host_sample s = *now;
    if (!w->machine_started)
        w->machine_base = s;
    w->machine_started = true;
    s.cpu_ns -= w->machine_base.cpu_ns;
    s.steal_ns -= w->machine_base.steal_ns;
    f(priv, &s);
}

void host_watch_sample(struct host_watch *w, host_sample_f *f, void *priv)
{
    struct host_machine machine;
    OBJ_CHECK(w, WATCH_MAGIC);
    bool seen = host_machine_read(w->o.proc, &machine);
    look_for_processes(w, machine.started);
    for (int role = 0; role < HOST_MACHINE; role++) {
        sample_role(w, (enum host_role)role, f, priv);
        say_why(w, (enum host_role)role);
    }
    if (seen)
        sample_machine(w, &machine.total, f, priv);
}

const char *host_watch_why_not(const struct host_watch *w, enum host_role role)
{
    OBJ_CHECK(w, WATCH_MAGIC);
    OBJ_ASSERT((unsigned)role < HOST_MACHINE);
    return w->why_not[role];
}

void host_watch_free(struct host_watch **wp)
{
    struct host_watch *w = *wp;
    if (w == NULL)
        return;
    OBJ_CHECK(w, WATCH_MAGIC);
    host_table_fini(&w->table);
    for (int role = 0; role < HOST_MACHINE; role++)
        host_members_fini(&w->members[role]);
    OBJ_FREE(w);
    *wp = NULL;
}
