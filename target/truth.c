/* summary: writing the truth log */
#include "truth.h"

#include "base/obj.h"
#include "base/text.h"

#include <errno.h>
#include <fcntl.h>
#include <inttypes.h>
#include <pthread.h>
#include <string.h>
#include <unistd.h>

#define TRUTH_MAGIC 0x77270906u
/* A request with everything at its limit needs about 40 KB. */
#define LINE_LIMIT_BYTES (256u * 1024u)

struct truth {
    uint32_t magic;
    int fd;
    int error_number;    /* first failed write */
    uint64_t lost_lines; /* under `lock`, as is error_number */
    pthread_mutex_t lock;
};

enum pp_status truth_open(const char *path, struct truth **tp, struct pp_err *err)
{
    struct truth *t;
    *tp = NULL;
    if (!OBJ_NEW(t, TRUTH_MAGIC))
        return pp_err_set(err, PP_NOMEM, "out of memory");
    t->fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_APPEND | O_CLOEXEC, 0644);
    if (t->fd < 0) {
        enum pp_status st = errno == EACCES ? PP_DENIED : PP_IO;
        (void)pp_err_set(err, st, "cannot write the truth log %s: %s", path, strerrordesc_np(errno));
        OBJ_FREE(t);
        return st;
    }
    OBJ_ASSERT(pthread_mutex_init(&t->lock, NULL) == 0);
    *tp = t;
    return PP_OK;
}

static int write_all(int fd, const uint8_t *data, size_t len)
{
    while (len > 0) {
        ssize_t n = write(fd, data, len);
        if (n < 0 && errno == EINTR)
            continue;
        if (n < 0)
            return errno;
        data += n;
        len -= (size_t)n;
    }
    return 0;
}

/* Writes what `formatted` says is a whole line and frees it. */
static void add_line(struct truth *t, struct buf *b, enum pp_status formatted)
{
    OBJ_CHECK(t, TRUTH_MAGIC);
    OBJ_ASSERT(pthread_mutex_lock(&t->lock) == 0);
    int rc = formatted == PP_OK ? write_all(t->fd, b->data, b->len) : ENOMEM;
    if (rc != 0) {
        t->lost_lines++;
        if (t->error_number == 0)
            t->error_number = rc;
    }
    OBJ_ASSERT(pthread_mutex_unlock(&t->lock) == 0);
    buf_fini(b);
}

static enum pp_status add_string(struct buf *b, const char *key, const char *value)
{
    enum pp_status st = buf_addf(b, ",\"%s\":", key);
    if (st == PP_OK)
        st = value != NULL ? text_add_json(b, value, strlen(value)) : buf_addf(b, "null");
    return st;
}

static enum pp_status format_config(struct buf *b, const struct truth_config *c)
{
    enum pp_status st = buf_addf(b, "{\"type\":\"config\",\"pid\":%ld,\"pool_min\":%zu,\"pool_max\":%zu",
                                 (long)getpid(), c->pool_min, c->pool_max);
    if (st == PP_OK)
        st = add_string(b, "reuse", c->reuse);
    if (st == PP_OK)
        st = add_string(b, "dial", c->dial);
    if (st == PP_OK)
        st = add_string(b, "mysql", c->mysql_version);
    if (st == PP_OK)
        st = add_string(b, "listen", c->listen);
    if (st == PP_OK)
        st = buf_addf(b,
                      ",\"port\":%u,\"prepared\":%s,\"cpu_work_us\":%" PRId64 ",\"pool_timeout_ns\":%" PRId64,
                      c->port, c->prepared ? "true" : "false", c->cpu_work_us, c->pool_timeout_ns);
    if (st == PP_OK)
        st = add_string(b, "mode", c->mode);
    if (st == PP_OK)
        st = buf_addf(b,
                      ",\"recycle_ns\":%" PRId64 ",\"idle_timeout_ns\":%" PRId64
                      ",\"lose_wakeup_percent\":%u,\"wakeup_timer_ns\":%" PRId64,
                      c->recycle_ns, c->idle_timeout_ns, c->lose_wakeup_percent, c->wakeup_timer_ns);
    if (st == PP_OK)
        st = add_string(b, "traceparent", c->traceparent);
    if (st == PP_OK)
        st = buf_addf(b, ",\"fan_out\":%u}\n", c->fan_out);
    return st;
}

void truth_add_config(struct truth *t, const struct truth_config *config)
{
    struct buf b;
    if (t == NULL)
        return;
    buf_init(&b, LINE_LIMIT_BYTES);
    add_line(t, &b, format_config(&b, config));
}

void truth_add_dial(struct truth *t, const struct truth_dial *d)
{
    struct buf b;
    if (t == NULL)
        return;
    buf_init(&b, LINE_LIMIT_BYTES);
    add_line(t, &b,
             buf_addf(&b,
                      "{\"type\":\"dial\",\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64
                      ",\"thread_id\":%" PRIu64 ",\"ok\":%s,\"errno\":%u,\"purpose\":\"%s\"}\n",
                      d->start_ns, d->end_ns, d->thread_id, d->error_number == 0 ? "true" : "false",
                      d->error_number, d->purpose));
}

void truth_add_close(struct truth *t, const struct truth_close_line *c)
{
    struct buf b;
    if (t == NULL)
        return;
    buf_init(&b, LINE_LIMIT_BYTES);
    add_line(t, &b,
             buf_addf(&b,
                      "{\"type\":\"close\",\"at_ns\":%" PRId64 ",\"thread_id\":%" PRIu64 ",\"why\":\"%s\"}\n",
                      c->at_ns, c->thread_id, c->why));
}

static enum pp_status format_acquires(struct buf *b, const struct trace *t)
{
    enum pp_status st = buf_addf(b, ",\"acquires\":[");
    for (size_t i = 0; st == PP_OK && i < t->acquire_count; i++) {
        const struct trace_acquire *a = &t->acquires[i];
        const struct pool_lease *l = &a->lease;
        st =
            buf_addf(b,
                     "%s{\"want_ns\":%" PRId64 ",\"got_ns\":%" PRId64 ",\"released_ns\":%" PRId64
                     ",\"wait_ns\":%" PRId64 ",\"cause\":\"%s\",\"exhausted_ns\":%" PRId64
                     ",\"dial_ns\":%" PRId64 ",\"blocked_by_dial_ns\":%" PRId64 ",\"lost_wakeup_ns\":%" PRId64
                     ",\"other_ns\":%" PRId64 ",\"branch\":%u,\"ok\":%s,\"thread_id\":%" PRIu64 "}",
                     i == 0 ? "" : ",", l->want_ns, l->got_ns, a->released_ns, l->got_ns - l->want_ns,
                     pool_cause_name(l->cause), l->part_ns[POOL_EXHAUSTED], l->part_ns[POOL_DIAL],
                     l->part_ns[POOL_BLOCKED_BY_DIAL], l->part_ns[POOL_LOST_WAKEUP], l->part_ns[POOL_NONE],
                     a->branch, l->conn != NULL ? "true" : "false", a->thread_id);
    }
    return st == PP_OK ? buf_addf(b, "]") : st;
}

static enum pp_status format_commands(struct buf *b, const struct trace *t)
{
    enum pp_status st = buf_addf(b, ",\"commands\":[");
    for (size_t i = 0; st == PP_OK && i < t->command_count; i++) {
        const struct trace_command *c = &t->commands[i];
        st = buf_addf(b, "%s{\"acquire\":%zu", i == 0 ? "" : ",", c->acquire);
        if (st == PP_OK)
            st = add_string(b, "kind", c->kind);
        if (st == PP_OK)
            st = add_string(b, "text", c->text);
        if (st == PP_OK)
            st = buf_addf(b, ",\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64 ",\"ok\":%s,\"errno\":%u}",
                          c->start_ns, c->end_ns, c->error_number == 0 ? "true" : "false", c->error_number);
    }
    return st == PP_OK ? buf_addf(b, "]") : st;
}

static enum pp_status format_txns(struct buf *b, const struct trace *t)
{
    enum pp_status st = buf_addf(b, ",\"transactions\":[");
    for (size_t i = 0; st == PP_OK && i < t->txn_count; i++)
        st = buf_addf(b, "%s{\"start_ns\":%" PRId64 ",\"end_ns\":%" PRId64 ",\"outcome\":\"%s\"}",
                      i == 0 ? "" : ",", t->txns[i].start_ns, t->txns[i].end_ns,
                      t->txns[i].committed ? "commit" : "rollback");
    return st == PP_OK ? buf_addf(b, "]") : st;
}

enum pp_status truth_format_request(struct buf *b, const struct trace *t)
{
    enum pp_status st = buf_addf(b, "{\"type\":\"request\",\"id\":%" PRIu64, t->id);
    if (st == PP_OK)
        st = add_string(b, "method", t->method);
    if (st == PP_OK)
        st = add_string(b, "route", t->route);
    if (st == PP_OK)
        st =
            buf_addf(b, ",\"status\":%u,\"arrival_ns\":%" PRId64 ",\"end_ns\":%" PRId64 ",\"client_port\":%u",
                     t->status, t->arrival_ns, t->end_ns, t->client_port);
    if (st == PP_OK)
        st = add_string(b, "traceparent", t->traceparent[0] != 0 ? t->traceparent : NULL);
    if (st == PP_OK)
        st = add_string(b, "error", t->error[0] != 0 ? t->error : NULL);
    if (st == PP_OK && t->dropped > 0)
        st = buf_addf(b, ",\"dropped\":%zu", t->dropped);
    if (st == PP_OK)
        st = format_acquires(b, t);
    if (st == PP_OK)
        st = format_commands(b, t);
    if (st == PP_OK)
        st = format_txns(b, t);
    return st == PP_OK ? buf_addf(b, "}\n") : st;
}

void truth_add_request(struct truth *t, const struct trace *trace)
{
    struct buf b;
    if (t == NULL)
        return;
    buf_init(&b, LINE_LIMIT_BYTES);
    add_line(t, &b, truth_format_request(&b, trace));
}

enum pp_status truth_close(struct truth **tp, struct pp_err *err)
{
    struct truth *t = *tp;
    enum pp_status st = PP_OK;
    if (t == NULL)
        return PP_OK;
    *tp = NULL;
    OBJ_CHECK(t, TRUTH_MAGIC);
    if (close(t->fd) != 0 && t->error_number == 0)
        t->error_number = errno;
    if (t->error_number != 0)
        st = pp_err_set(err, PP_IO, "the truth log lost %" PRIu64 " lines: %s", t->lost_lines,
                        strerrordesc_np(t->error_number));
    (void)pthread_mutex_destroy(&t->lock);
    OBJ_FREE(t);
    return st;
}
