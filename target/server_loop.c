/* summary: loop mode: one thread drives HTTP and runs the requests as tasks */
#include "server_private.h"

#include "loop.h"

#include "base/clock.h"
#include "base/obj.h"

static void work_task(void *priv)
{
    struct exchange *x = priv;
    server_work(x);
    x->worked = true;
    x->server->resumed = true;
    MHD_resume_connection(x->connection);
}

enum MHD_Result server_work_in_loop(struct exchange *x)
{
    if (loop_spawn(x->server->app->loop, work_task, x) != PP_OK)
        return MHD_NO;
    MHD_suspend_connection(x->connection);
    return MHD_YES;
}

static void run_http(void *priv)
{
    struct server *s = priv;
    s->resumed = false;
    (void)MHD_run(s->daemon);
}

static int64_t http_timeout_ns(void *priv)
{
    struct server *s = priv;
    MHD_UNSIGNED_LONG_LONG ms = 0;
    if (s->resumed)
        return 0;
    return MHD_get_timeout(s->daemon, &ms) == MHD_YES ? (int64_t)ms * NS_PER_MS : -1;
}

static void *loop_main(void *priv)
{
    struct server *s = priv;
    const union MHD_DaemonInfo *info = MHD_get_daemon_info(s->daemon, MHD_DAEMON_INFO_EPOLL_FD);
    OBJ_ASSERT(info != NULL);
    struct loop_source source = {
        .fd = info->epoll_fd, .run = run_http, .timeout_ns = http_timeout_ns, .priv = s};
    loop_run(s->app->loop, &source);
    return NULL;
}

bool server_start_loop(struct server *s)
{
    s->has_loop = pthread_create(&s->loop_thread, NULL, loop_main, s) == 0;
    return s->has_loop;
}

void server_end_loop(struct server *s)
{
    loop_stop(s->app->loop);
    OBJ_ASSERT(pthread_join(s->loop_thread, NULL) == 0);
    s->has_loop = false;
}
