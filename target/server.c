/* summary: libmicrohttpd daemon: dispatching requests, completing their truth lines, clean stop */
#include "server_private.h"

#include "listen.h"

#include "base/clock.h"
#include "base/log.h"
#include "base/obj.h"

#include <errno.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

/* One thread each; the published ramp has 100 users, its pool 10,000 connections. */
#define CLIENTS_MOST 12000u
#define THREAD_STACK_BYTES ((size_t)512 * 1024)
#define STOP_LIMIT_NS (60 * NS_PER_S)

static uint16_t client_port(struct MHD_Connection *c)
{
    const union MHD_ConnectionInfo *info = MHD_get_connection_info(c, MHD_CONNECTION_INFO_CLIENT_ADDRESS);
    if (info == NULL || info->client_addr == NULL)
        return 0;
    if (info->client_addr->sa_family == AF_INET6) {
        struct sockaddr_in6 v6;
        memcpy(&v6, info->client_addr, sizeof v6);
        return ntohs(v6.sin6_port);
    }
    struct sockaddr_in v4;
    memcpy(&v4, info->client_addr, sizeof v4);
    return ntohs(v4.sin_port);
}

static struct exchange *begin(struct server *s, struct MHD_Connection *c, const char *path,
                              const char *method)
{
    int64_t now = clock_real_ns();
    struct exchange *x;
    if (!OBJ_NEW(x, EXCHANGE_MAGIC))
        return NULL;
    x->trace.id = atomic_fetch_add(&s->next_id, 1) + 1;
    x->trace.arrival_ns = now;
    x->trace.client_port = client_port(c);
    (void)snprintf(x->trace.method, sizeof x->trace.method, "%s", method);
    (void)snprintf(x->trace.route, sizeof x->trace.route, "%s", path);
    trace_set_parent(&x->trace, MHD_lookup_connection_value(c, MHD_HEADER_KIND, "traceparent"));
    x->server = s;
    x->connection = c;
    OBJ_ASSERT(pthread_mutex_lock(&s->lock) == 0);
    s->in_flight++;
    OBJ_ASSERT(pthread_mutex_unlock(&s->lock) == 0);
    return x;
}

/* The thread's own CPU time, so that the work is the same whoever else wants the CPU. */
static void burn_cpu(int64_t us)
{
    struct timespec ts;
    if (us == 0 || clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts) != 0)
        return;
    int64_t until = ts.tv_sec * NS_PER_S + ts.tv_nsec + us * NS_PER_US;
    while (ts.tv_sec * NS_PER_S + ts.tv_nsec < until)
        (void)clock_gettime(CLOCK_THREAD_CPUTIME_ID, &ts);
}

static enum MHD_Result send_answer(struct MHD_Connection *c, unsigned status, const cJSON *answer,
                                   const char *allow)
{
    char *text = answer != NULL ? cJSON_PrintUnformatted(answer) : NULL;
    static char none[] = "{\"error\":\"out of memory\"}";
    struct MHD_Response *response =
        text != NULL ? MHD_create_response_from_buffer(strlen(text), text, MHD_RESPMEM_MUST_FREE)
                     : MHD_create_response_from_buffer(sizeof none - 1, none, MHD_RESPMEM_PERSISTENT);
    if (response == NULL) {
        free(text);
        return MHD_NO;
    }
    (void)MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "application/json");
    if (allow != NULL)
        (void)MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, allow);
    enum MHD_Result rc = MHD_queue_response(c, text != NULL ? status : 500, response);
    MHD_destroy_response(response);
    return rc;
}

void server_work(struct exchange *x)
{
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    struct request *r = &x->request;
    burn_cpu(r->app->options->cpu_work_us);
    x->trace.status = x->route(r);
}

static enum MHD_Result send_result(struct MHD_Connection *c, struct exchange *x, const char *allow)
{
    enum MHD_Result rc = send_answer(c, x->trace.status, x->request.answer, allow);
    cJSON_Delete(x->request.answer);
    x->request.answer = NULL;
    return rc;
}

static enum MHD_Result answer(struct server *s, struct MHD_Connection *c, struct exchange *x,
                              const char *path, const char *method)
{
    const char *allow = NULL;
    x->request = (struct request){.app = s->app, .trace = &x->trace};
    x->route = routes_find(method, path, &x->trace.status, &allow);
    if (x->route == NULL) {
        trace_error(&x->trace, x->trace.status == 404 ? "no such route" : "method not allowed");
        (void)request_fail(&x->request, PP_OK);
    } else if (s->has_loop) {
        return server_work_in_loop(x);
    } else {
        server_work(x);
    }
    return send_result(c, x, allow);
}

/* Called once when the headers are in, once for each part of a body (which is read and dropped), once at the
 * end; in loop mode once more when the work is done. */
static enum MHD_Result on_request(void *priv, struct MHD_Connection *c, const char *path, const char *method,
                                  const char *version, const char *data, size_t *data_bytes, void **state)
{
    struct server *s = priv;
    (void)version;
    (void)data;
    OBJ_CHECK(s, SERVER_MAGIC);
    if (*state == NULL) {
        *state = begin(s, c, path, method);
        return *state != NULL ? MHD_YES : MHD_NO;
    }
    struct exchange *x = *state;
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    if (*data_bytes > 0) {
        *data_bytes = 0;
        return MHD_YES;
    }
    if (x->worked) /* the loop's task has ended */
        return send_result(c, x, NULL);
    return answer(s, c, x, path, method);
}

/* The answer is out, or the client went away. */
static void on_completed(void *priv, struct MHD_Connection *c, void **state,
                         enum MHD_RequestTerminationCode code)
{
    struct server *s = priv;
    struct exchange *x = *state;
    (void)c;
    if (x == NULL)
        return;
    OBJ_CHECK(s, SERVER_MAGIC);
    OBJ_CHECK(x, EXCHANGE_MAGIC);
    x->trace.end_ns = clock_real_ns();
    if (code != MHD_REQUEST_TERMINATED_COMPLETED_OK)
        trace_error(&x->trace, "the client did not take the answer");
    truth_add_request(s->app->truth, &x->trace);
    cJSON_Delete(x->request.answer);
    *state = NULL;
    OBJ_FREE(x);
    OBJ_ASSERT(pthread_mutex_lock(&s->lock) == 0);
    if (--s->in_flight == 0)
        OBJ_ASSERT(pthread_cond_broadcast(&s->all_done) == 0);
    OBJ_ASSERT(pthread_mutex_unlock(&s->lock) == 0);
}

__attribute__((format(printf, 2, 0))) static void on_log(void *priv, const char *fmt, va_list ap)
{
    char text[512];
    (void)priv;
    (void)vsnprintf(text, sizeof text, fmt, ap);
    text[strcspn(text, "\n")] = 0;
    log_warn("http: %s", text);
}

enum pp_status server_bind(const struct options *options, int *fd, unsigned *port, struct pp_err *err)
{
    return listen_bind(options->listen, (uint16_t)options->port, fd, port, err);
}

static struct server *new_server(struct app *app)
{
    struct server *s;
    pthread_condattr_t attr;
    if (!OBJ_NEW(s, SERVER_MAGIC))
        return NULL;
    s->app = app;
    atomic_init(&s->next_id, 0);
    OBJ_ASSERT(pthread_mutex_init(&s->lock, NULL) == 0);
    OBJ_ASSERT(pthread_condattr_init(&attr) == 0);
    OBJ_ASSERT(pthread_condattr_setclock(&attr, CLOCK_MONOTONIC) == 0);
    OBJ_ASSERT(pthread_cond_init(&s->all_done, &attr) == 0);
    (void)pthread_condattr_destroy(&attr);
    return s;
}

static void free_server(struct server *s)
{
    (void)pthread_cond_destroy(&s->all_done);
    (void)pthread_mutex_destroy(&s->lock);
    OBJ_FREE(s);
}

/* poll, since select cannot watch descriptors above 1023. In loop mode the library has no thread: the loop
 * drives it. */
static struct MHD_Daemon *start_daemon(struct server *s, int fd)
{
    unsigned flags = MHD_USE_ERROR_LOG | MHD_USE_ITC;
    flags |= s->app->loop != NULL
                 ? MHD_USE_EPOLL | MHD_ALLOW_SUSPEND_RESUME
                 : MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL;
    return MHD_start_daemon(flags, 0, NULL, NULL, on_request, s, MHD_OPTION_EXTERNAL_LOGGER, on_log, NULL,
                            MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, CLIENTS_MOST,
                            MHD_OPTION_THREAD_STACK_SIZE, THREAD_STACK_BYTES, MHD_OPTION_NOTIFY_COMPLETED,
                            on_completed, s, MHD_OPTION_END);
}

struct server *server_start(struct app *app, int fd, struct pp_err *err)
{
    if (listen_start(fd, err) != PP_OK) {
        (void)close(fd);
        return NULL;
    }
    struct server *s = new_server(app);
    if (s != NULL)
        s->daemon = start_daemon(s, fd);
    if (s != NULL && s->daemon != NULL && app->loop != NULL && !server_start_loop(s)) {
        MHD_stop_daemon(s->daemon); /* closes the socket */
        s->daemon = NULL;
        fd = -1;
    }
    if (s == NULL || s->daemon == NULL) {
        (void)pp_err_set(err, PP_IO, "the HTTP server does not start: %s", strerrordesc_np(errno));
        if (s != NULL)
            free_server(s);
        if (fd >= 0)
            (void)close(fd);
        return NULL;
    }
    return s;
}

static void wait_for_requests(struct server *s)
{
    struct timespec until = clock_timespec(clock_mono_ns() + STOP_LIMIT_NS);
    int rc = 0;
    OBJ_ASSERT(pthread_mutex_lock(&s->lock) == 0);
    while (s->in_flight > 0 && rc == 0)
        rc = pthread_cond_timedwait(&s->all_done, &s->lock, &until);
    if (s->in_flight > 0)
        log_warn("%zu requests were still running at the end", s->in_flight);
    OBJ_ASSERT(pthread_mutex_unlock(&s->lock) == 0);
}

void server_stop(struct server **sp)
{
    struct server *s = *sp;
    if (s == NULL)
        return;
    *sp = NULL;
    OBJ_CHECK(s, SERVER_MAGIC);
    MHD_socket fd = MHD_quiesce_daemon(s->daemon);
    wait_for_requests(s);
    if (s->has_loop)
        server_end_loop(s);
    MHD_stop_daemon(s->daemon);
    if (fd != MHD_INVALID_SOCKET)
        (void)close(fd);
    free_server(s);
}
