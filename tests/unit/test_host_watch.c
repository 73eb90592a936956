/* summary: the watch over processes: found by port, summed by role, counters that never fall; in a made-up
 * /proc and on this machine */
#include "host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "host_priv.h"
#include "test_folder.h"

#include "base/clock.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#define TICK_NS (NS_PER_S / 100)

/* ---- a made-up /proc ---- */

static void make_folders(const char *root, char *path)
{
    for (char *slash = path + strlen(root) + 1; (slash = strchr(slash, '/')) != NULL; slash++) {
        *slash = '\0';
        (void)mkdir(path, 0755);
        *slash = '/';
    }
}

static void put(const char *root, const char *name, const char *text)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    make_folders(root, path);
    FILE *f = fopen(path, "w");
    assert_non_null(f);
    fputs(text, f);
    fclose(f);
}

static void put_link(const char *root, const char *name, const char *target)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%s", root, name);
    make_folders(root, path);
    (void)unlink(path);
    assert_int_equal(symlink(target, path), 0);
}

struct fake {
    int pid, ppid;
    long ticks;
    long start;
    const char *socket; /* "socket:[7]", NULL for none */
    const char *comm;
    const char *net; /* "net:[1]" */
};

static void put_process(const char *root, const struct fake *f)
{
    char name[64];
    char text[256];
    snprintf(name, sizeof name, "%d/stat", f->pid);
    snprintf(text, sizeof text, "%d (a) b) S %d 2 3 4 5 6 7 8 9 10 %ld 0 11 12 20 0 2 0 %ld 200 300\n",
             f->pid, f->ppid, f->ticks, f->start);
    put(root, name, text);
    snprintf(name, sizeof name, "%d/comm", f->pid);
    snprintf(text, sizeof text, "%s\n", f->comm != NULL ? f->comm : "python3");
    put(root, name, text);
    snprintf(name, sizeof name, "%d/status", f->pid);
    put(root, name, "Name:\tx\nCpus_allowed_list:\t0-2\n");
    snprintf(name, sizeof name, "%d/cgroup", f->pid);
    put(root, name, "0::/app\n");
    snprintf(name, sizeof name, "%d/fd/3", f->pid);
    put_link(root, name, f->socket != NULL ? f->socket : "/dev/null");
    snprintf(name, sizeof name, "%d/ns/net", f->pid);
    put_link(root, name, f->net != NULL ? f->net : "net:[1]");
}

static void put_thread(const char *root, int pid, int tid, const char *schedstat)
{
    char name[64];
    snprintf(name, sizeof name, "%d/task/%d/schedstat", pid, tid);
    put(root, name, schedstat);
}

static void remove_process(const char *root, int pid)
{
    char path[512];
    snprintf(path, sizeof path, "%s/%d", root, pid);
    folder_remove(path);
}

#define TCP_HEAD                                                                                             \
    "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"
/* Port 8000 (0x1F40) is inode 7, port 3306 (0x0CEA) inode 9; an established one on port 8000 comes after. */
#define TCP_TABLE                                                                                            \
    TCP_HEAD                                                                                                 \
    "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 7 1 x 100\n" \
    "   1: 0100007F:0050 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 8 1 x 100\n" \
    "   2: 00000000:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 9 1 x 100\n" \
    "   3: 0100007F:1F40 0100007F:C001 01 00000000:00000000 00:00000000 00000000     0        0 10 1 x 20\n"

static const uint16_t app_ports[] = {8000};
static const uint16_t server_ports[] = {3306};

static struct host_watch *watch(const char *root, pid_t app_pid)
{
    struct host_watch *w = NULL;
    struct pp_err err = {.text = ""};
    struct host_watch_options o = {.ports = {app_ports, server_ports},
                                   .port_counts = {1, 1},
                                   .app_pid = app_pid,
                                   .proc = root,
                                   .cgroup = root};
    if (host_watch_new(&w, &o, &err) != PP_OK)
        fail_msg("%s", err.text);
    return w;
}

struct seen {
    bool any[HOST_ROLE_COUNT];
    struct host_sample at[HOST_ROLE_COUNT];
};

static void see(void *priv, const struct host_sample *s)
{
    struct seen *seen = priv;
    seen->any[s->role] = true;
    seen->at[s->role] = *s;
}

/* Looking for processes anew is due after a multiple of its cost: a few tries, until `processes` are there.
 */
static struct seen look(struct host_watch *w, int64_t processes)
{
    struct seen seen = {.any = {false}};
    for (int i = 0; i < 1000; i++) {
        memset(&seen, 0, sizeof seen);
        host_watch_sample(w, see, &seen);
        if (seen.at[HOST_APP].processes == processes)
            break;
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
    }
    assert_int_equal(seen.at[HOST_APP].processes, processes);
    return seen;
}

static void base_tree(const char *root)
{
    put(root, "self/net/tcp", TCP_TABLE);
    put_link(root, "self/ns/net", "net:[1]");
    put_process(root, &(struct fake){.pid = 1, .comm = "init"});
    put_process(root, &(struct fake){.pid = 10, .ppid = 1, .ticks = 100, .socket = "socket:[7]"});
    put_process(root, &(struct fake){.pid = 11, .ppid = 10, .ticks = 200}); /* a worker without the socket */
    put_process(root, &(struct fake){.pid = 12, .ppid = 11, .ticks = 300});
    put_process(root, &(struct fake){.pid = 20, .ppid = 1, .ticks = 400, .socket = "socket:[9]"});
    put_process(root, &(struct fake){.pid = 30, .ppid = 1, .ticks = 500, .socket = "socket:[8]"});
    put(root, "stat", "cpu  1 2 3 400 50 6 7 8 0 0\ncpu0 1\ncpu1 1\nintr 5\n");
    put(root, "meminfo", "MemTotal: 100 kB\nMemFree: 5 kB\nMemAvailable: 60 kB\n");
    put(root, "pressure/cpu", "some avg10=0.00 avg60=0.00 avg300=0.00 total=5\nfull avg10=0.00 total=0\n");
}

static void tree_by_role(void **state)
{
    const char *root = *state;
    base_tree(root);
    struct host_watch *w = watch(root, 0);
    struct seen s = look(w, 3);
    const struct host_sample *app = &s.at[HOST_APP];
    assert_int_equal(app->pid, 10);
    assert_int_equal(app->cpu_ns, 0); /* counting begins here */
    assert_int_equal(app->threads, 6);
    assert_int_equal(app->rss_bytes, 3 * 300 * sysconf(_SC_PAGESIZE));
    assert_int_equal(app->cpu_limit_milli, 3000);
    assert_int_equal(app->throttled_ns, -1);
    assert_int_equal(app->run_delay_ns, -1); /* this tree has no threads */
    assert_int_equal(s.at[HOST_SERVER].processes, 1);
    assert_int_equal(s.at[HOST_SERVER].pid, 20);
    put_process(root, &(struct fake){.pid = 11, .ppid = 10, .ticks = 210});
    put_process(root, &(struct fake){.pid = 12, .ppid = 11, .ticks = 301});
    s = look(w, 3);
    assert_int_equal(s.at[HOST_APP].cpu_ns, 11 * TICK_NS);
    assert_int_equal(s.at[HOST_APP].top_process_ns, 10 * TICK_NS);
    assert_int_equal(s.at[HOST_SERVER].cpu_ns, 0);
    assert_string_equal(host_watch_why_not(w, HOST_APP), "");
    host_watch_free(&w);
    assert_null(w);
}

/* A worker that ends keeps its share, one that is started adds its own from its start, a pid that comes again
 * is another process. */
static void workers_come_and_go(void **state)
{
    const char *root = *state;
    base_tree(root);
    struct host_watch *w = watch(root, 0);
    (void)look(w, 3);
    put_process(root, &(struct fake){.pid = 12, .ppid = 11, .ticks = 350});
    assert_int_equal(look(w, 3).at[HOST_APP].cpu_ns, 50 * TICK_NS);
    remove_process(root, 12);
    assert_int_equal(look(w, 2).at[HOST_APP].cpu_ns, 50 * TICK_NS);
    put_process(root, &(struct fake){.pid = 13, .ppid = 10, .ticks = 7, .start = 1L << 40});
    assert_int_equal(look(w, 3).at[HOST_APP].cpu_ns, 57 * TICK_NS);
    put_process(root, &(struct fake){.pid = 13, .ppid = 10, .ticks = 2, .start = (1L << 40) + 1});
    struct seen s = look(w, 3);
    for (int i = 0; i < 200 && s.at[HOST_APP].cpu_ns != 59 * TICK_NS; i++)
        s = look(w, 3);
    assert_int_equal(s.at[HOST_APP].cpu_ns, 59 * TICK_NS);
    host_watch_free(&w);
}

/* The kernel has started so many processes since it runs. */
static void put_started(const char *root, int processes)
{
    char text[128];
    snprintf(text, sizeof text, "cpu  1 2 3 400 50 6 7 8 0 0\ncpu0 1\nintr 5\nctxt 1\nprocesses %d\n",
             processes);
    put(root, "stat", text);
}

/* While the kernel counts no new process, nobody looks for one; and everybody is looked for when a role lost
 * its last. */
static void nobody_is_started(void **state)
{
    const char *root = *state;
    base_tree(root);
    put_started(root, 5);
    struct host_watch *w = watch(root, 0);
    (void)look(w, 3);
    put_process(root, &(struct fake){.pid = 13, .ppid = 10, .ticks = 7, .start = 1L << 40});
    for (int i = 0; i < 20; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 5000000}, NULL);
        (void)look(w, 3);
    }
    put_started(root, 6);
    (void)look(w, 4);
    for (int pid = 10; pid <= 13; pid++)
        remove_process(root, pid);
    put_process(root, &(struct fake){.pid = 14, .ppid = 1, .ticks = 1, .socket = "socket:[7]"});
    (void)look(w, 1);
    host_watch_free(&w);
}

/* One more process is started: those that ran before without a role are not looked at again; they are when
 * the sockets change. */
static void one_is_started(void **state)
{
    static const char more[] = TCP_HEAD "   0: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 "
                                        "00000000     0        0 7 1 x 100\n"
                                        "   1: 0100007F:1F40 00000000:0000 0A 00000000:00000000 00:00000000 "
                                        "00000000     0        0 70 1 x 100\n"
                                        "   2: 00000000:0CEA 00000000:0000 0A 00000000:00000000 00:00000000 "
                                        "00000000     0        0 9 1 x 100\n";
    const char *root = *state;
    base_tree(root);
    put_started(root, 5);
    struct host_watch *w = watch(root, 0);
    (void)look(w, 3);
    put_process(root, &(struct fake){.pid = 30, .ppid = 1, .socket = "socket:[7]"});
    put_process(root, &(struct fake){.pid = 31, .ppid = 30});
    put_process(root, &(struct fake){.pid = 13, .ppid = 10, .start = 1L << 40});
    put_started(root, 7);
    (void)look(w, 4);
    put(root, "self/net/tcp", more);
    (void)look(w, 6);
    host_watch_free(&w);
}

/* A process that runs for long begins to listen: it is found although none was started. */
static void begins_to_listen(void **state)
{
    const char *root = *state;
    base_tree(root);
    put(root, "stat", "cpu  1 2 3 400 50 6 7 8 0 0\ncpu0 1\nprocesses 5\n");
    put(root, "self/net/tcp", TCP_HEAD);
    struct host_watch *w = watch(root, 0);
    struct seen s = {.any = {false}};
    host_watch_sample(w, see, &s);
    assert_false(s.any[HOST_APP]);
    put(root, "self/net/tcp", TCP_TABLE);
    s = look(w, 3);
    assert_int_equal(s.at[HOST_SERVER].processes, 1);
    host_watch_free(&w);
}

static void nobody_listens(void **state)
{
    const char *root = *state;
    base_tree(root);
    put(root, "self/net/tcp", TCP_HEAD);
    struct host_watch *w = watch(root, 0);
    struct seen s = {.any = {false}};
    host_watch_sample(w, see, &s);
    assert_false(s.any[HOST_APP] || s.any[HOST_SERVER]);
    assert_true(s.any[HOST_MACHINE]);
    assert_non_null(strstr(host_watch_why_not(w, HOST_APP), "no process of this machine"));
    host_watch_free(&w);
    put(root, "self/net/tcp", TCP_TABLE);
    put_process(root, &(struct fake){.pid = 10, .ppid = 1, .ticks = 100, .socket = "socket:[999]"});
    w = watch(root, 0);
    host_watch_sample(w, see, &s);
    assert_false(s.any[HOST_APP]);
    assert_non_null(strstr(host_watch_why_not(w, HOST_APP), "holds the socket"));
    host_watch_free(&w);
}

/* A container: its own network namespace, and a proxy of the published port in front. */
static void other_namespace(void **state)
{
    const char *root = *state;
    base_tree(root);
    put_process(root, &(struct fake){.pid = 10, .ppid = 1, .socket = "socket:[7]", .comm = "docker-proxy"});
    remove_process(root, 11);
    remove_process(root, 12);
    put_process(root, &(struct fake){.pid = 40, .ppid = 1, .socket = "socket:[77]", .net = "net:[2]"});
    put_process(root, &(struct fake){.pid = 41, .ppid = 40, .net = "net:[2]"});
    put(root, "40/net/tcp6",
        TCP_HEAD "   0: 00000000000000000000000000000000:1F40 00000000000000000000000000000000:0000 0A "
                 "00000000:00000000 00:00000000 00000000     0        0 77 1 x 100\n");
    struct host_watch *w = watch(root, 0);
    struct seen s = look(w, 2);
    assert_int_equal(s.at[HOST_APP].pid, 40);
    assert_int_equal(s.at[HOST_SERVER].pid, 20);
    host_watch_free(&w);
}

/* The server was started by the application's own tree: it stays the server. */
static void server_under_app(void **state)
{
    const char *root = *state;
    base_tree(root);
    put_process(root, &(struct fake){.pid = 20, .ppid = 11, .socket = "socket:[9]"});
    put_process(root, &(struct fake){.pid = 21, .ppid = 20});
    struct host_watch *w = watch(root, 0);
    struct seen s = look(w, 3);
    assert_int_equal(s.at[HOST_SERVER].processes, 2);
    host_watch_free(&w);
}

static void given_pid(void **state)
{
    const char *root = *state;
    struct host_watch *w = NULL;
    struct pp_err err = {.text = ""};
    base_tree(root);
    w = watch(root, 30);
    struct seen s = look(w, 1);
    assert_int_equal(s.at[HOST_APP].pid, 30);
    host_watch_free(&w);
    struct host_watch_options o = {.app_pid = 99, .proc = root, .cgroup = root};
    assert_int_equal(host_watch_new(&w, &o, &err), PP_NOENT);
    assert_non_null(strstr(err.text, "99"));
}

static void quota_and_throttling(void **state)
{
    const char *root = *state;
    base_tree(root);
    put(root, "app/cpu.max", "150000 100000\n");
    put(root, "app/memory.max", "5000\n");
    put(root, "app/cpu.stat", "nr_periods 9\nnr_throttled 4\nthrottled_usec 12\n");
    put(root, "app/memory.current", "4000\n");
    struct host_watch *w = watch(root, 0);
    struct seen s = look(w, 3);
    const struct host_sample *app = &s.at[HOST_APP];
    assert_int_equal(app->cpu_limit_milli, 1500); /* once, though three processes are in the group */
    assert_int_equal(app->memory_limit_bytes, 5000);
    assert_int_equal(app->group_memory_bytes, 4000);
    assert_int_equal(app->throttled_periods, 4);
    assert_int_equal(app->throttled_ns, 12000);
    host_watch_free(&w);
}

/* Sums over threads do not fall when a thread ends, and begin at the first reading. */
static void threads(void **state)
{
    const char *root = *state;
    struct host_members m = {.at = NULL};
    struct host_process p = {.pid = 10};
    m.at = &p;
    m.count = 1;
    put_thread(root, 10, 10, "1000 100 1\n");
    put_thread(root, 10, 15, "2000 200 1\n");
    assert_int_equal(host_threads_sample(&m, root, 1), PP_OK);
    assert_int_equal(m.total.run_delay_ns, 0);
    put_thread(root, 10, 10, "1500 110 1\n");
    put_thread(root, 10, 15, "2100 250 1\n");
    put_thread(root, 10, 9, "7 3 1\n"); /* new: all of it */
    assert_int_equal(host_threads_sample(&m, root, 1), PP_OK);
    assert_int_equal(m.total.run_delay_ns, 10 + 50 + 3);
    assert_int_equal(m.total.top_thread_ns, 500);
    remove_process(root, 10);
    put_thread(root, 10, 10, "1500 111 1\n");
    put_thread(root, 10, 15, "30 30 1\n"); /* the id of another one */
    assert_int_equal(host_threads_sample(&m, root, 1), PP_OK);
    assert_int_equal(m.total.run_delay_ns, 63 + 1 + 30);
    assert_int_equal(m.total.top_thread_ns, 530);
    free(m.threads);
}

static void machine(void **state)
{
    const char *root = *state;
    base_tree(root);
    struct host_machine m;
    struct host_sample s;
    assert_true(host_machine_read(root, &m));
    s = m.total;
    assert_int_equal(m.started, -1);
    assert_int_equal(s.cpu_ns, (1 + 2 + 3 + 6 + 7) * TICK_NS);
    assert_int_equal(s.steal_ns, 8 * TICK_NS);
    assert_int_equal(s.cpu_limit_milli, 2000);
    assert_int_equal(s.rss_bytes, 40 * 1024);
    assert_int_equal(s.pressure_cpu_ns, 5000);
    assert_int_equal(s.pressure_io_ns, -1);
    put(root, "stat", "cpu  1 2 3 400 50 6 7 8 0 0\ncpu0 1\nintr 5\nprocesses 77\n");
    assert_true(host_machine_read(root, &m));
    assert_int_equal(m.started, 77);
    put(root, "stat", "cpu  1 2\n");
    assert_false(host_machine_read(root, &m));
    put(root, "stat", "");
    assert_false(host_machine_read(root, &m));
}

static void hostile_tables(void **state)
{
    const char *root = *state;
    struct host_sockets out = {.count = 0};
    unsigned found = 0;
    char path[512];
    struct host_watch_options o = {.ports = {app_ports, server_ports}, .port_counts = {1, 1}};
    static const char *const bad[] = {"",
                                      TCP_HEAD,
                                      TCP_HEAD "   0: 1F40\n",
                                      TCP_HEAD "x\n",
                                      TCP_HEAD "   0: 0100007F:1F40 00000000:0000 0A 1 2 3 4 5\n",
                                      TCP_HEAD "   0: 0100007F:1F40 00000000:0000 0A 1 2 3 4 5 nothing\n"};
    snprintf(path, sizeof path, "%s/tcp", root);
    for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
        put(root, "tcp", bad[i]);
        host_sockets_read(path, &o, &out, &found);
        assert_int_equal(out.count, 0);
    }
    assert_int_equal(found, 0);
    /* More listening sockets than there is room for. */
    FILE *f = fopen(path, "w");
    fputs(TCP_HEAD, f);
    for (int i = 0; i < 2 * HOST_SOCKETS_MAX; i++)
        fprintf(f, "   %d: 0100007F:1F40 00000000:0000 0A 0:0 0:0 0 0 0 %d 1 x 100\n", i, i + 1);
    fclose(f);
    host_sockets_read(path, &o, &out, &found);
    assert_int_equal(out.count, HOST_SOCKETS_MAX);
}

/* ---- this machine ---- */

static int listen_on(uint16_t *port)
{
    struct sockaddr_in a = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    socklen_t len = sizeof a;
    int fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(bind(fd, (struct sockaddr *)&a, sizeof a), 0);
    assert_int_equal(listen(fd, 1), 0);
    assert_int_equal(getsockname(fd, (struct sockaddr *)&a, &len), 0);
    *port = ntohs(a.sin_port);
    return fd;
}

static void burn(int64_t ns)
{
    struct timespec t;
    clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    int64_t end_ns = t.tv_sec * NS_PER_S + t.tv_nsec + ns;
    do
        clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
    while (t.tv_sec * NS_PER_S + t.tv_nsec < end_ns);
}

/* sock_diag names the same sockets as /proc. */
static void sockets_two_ways(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = listen_on(&port);
    struct host_watch_options o = {.ports = {NULL, &port}, .port_counts = {0, 1}, .proc = "/proc"};
    struct host_sockets read = {.count = 0};
    struct host_sockets asked = {.count = 0};
    unsigned found[2] = {0, 0};
    host_sockets_read("/proc/self/net/tcp", &o, &read, &found[0]);
    if (!host_sockets_diag(&o, &asked, &found[1]))
        skip(); /* this kernel has no sock_diag, or a sandbox forbids it */
    assert_int_equal(asked.count, 1);
    assert_int_equal(asked.at[0].role, HOST_SERVER);
    assert_true(host_sockets_equal(&read, &asked));
    assert_int_equal(found[0], found[1]);
    close(fd);
    asked.count = 0;
    assert_true(host_sockets_diag(&o, &asked, &found[1]));
    assert_int_equal(asked.count, 0);
    assert_false(host_sockets_equal(&read, &asked));
}

/* This process listens, a child of it works: both are found and summed. */
static void real_processes(void **state)
{
    (void)state;
    uint16_t port = 0;
    int fd = listen_on(&port);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        for (;;)
            burn(NS_PER_S);
    }
    struct host_watch *w = NULL;
    struct host_watch_options o = {.ports = {&port}, .port_counts = {1}};
    assert_int_equal(host_watch_new(&w, &o, NULL), PP_OK);
    struct seen a = look(w, 2);
    struct seen b = a;
    for (int i = 0; i < 1000 && b.at[HOST_APP].cpu_ns - a.at[HOST_APP].cpu_ns < 100000000; i++) {
        nanosleep(&(struct timespec){.tv_nsec = 20000000}, NULL);
        b = look(w, 2);
        assert_true(b.at[HOST_APP].cpu_ns >= a.at[HOST_APP].cpu_ns);
    }
    kill(child, SIGKILL);
    waitpid(child, NULL, 0);
    assert_true(b.at[HOST_APP].cpu_ns - a.at[HOST_APP].cpu_ns >= 100000000);
    assert_true(b.at[HOST_APP].top_process_ns > 0);
    assert_true(b.at[HOST_APP].rss_bytes > 0);
    assert_true(b.at[HOST_APP].cpu_limit_milli >= 10);
    assert_true(b.any[HOST_MACHINE] && b.at[HOST_MACHINE].cpu_limit_milli >= 1000);
    host_watch_free(&w);
    close(fd);
}

int main(void)
{
#define IN_FOLDER(test) cmocka_unit_test_setup_teardown(test, folder_setup, folder_teardown)
    const struct CMUnitTest tests[] = {
        IN_FOLDER(tree_by_role),
        IN_FOLDER(workers_come_and_go),
        IN_FOLDER(nobody_is_started),
        IN_FOLDER(one_is_started),
        IN_FOLDER(nobody_listens),
        IN_FOLDER(begins_to_listen),
        IN_FOLDER(other_namespace),
        IN_FOLDER(server_under_app),
        IN_FOLDER(given_pid),
        IN_FOLDER(quota_and_throttling),
        IN_FOLDER(threads),
        IN_FOLDER(machine),
        IN_FOLDER(hostile_tables),
        cmocka_unit_test(sockets_two_ways),
        cmocka_unit_test(real_processes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
