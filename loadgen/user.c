/* summary: one user on one curl handle */
#include "user.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <sys/socket.h>
#include <unistd.h>

static size_t discard(char *data, size_t size, size_t n, void *priv)
{
    (void)data;
    (void)priv;
    return size * n;
}

static curl_socket_t open_socket(void *priv, curlsocktype purpose, struct curl_sockaddr *a)
{
    (void)purpose;
    struct lg_poller *poller = priv;
    int fd = socket(a->family, a->socktype | SOCK_CLOEXEC, a->protocol);
    if (fd >= 0 && lg_poller_adopt(poller, fd) != PP_OK) {
        (void)close(fd);
        return CURL_SOCKET_BAD;
    }
    return fd;
}

/* A reset leaves a socket in TCP_CLOSE, an orderly end in TCP_CLOSE_WAIT. curl's own errno is of no use here:
 * it keeps the value of an earlier request. */
static int close_socket(void *priv, curl_socket_t fd)
{
    struct lg_user *u = priv;
    struct tcp_info info = {.tcpi_state = 0};
    socklen_t len = sizeof info;
    /* With a second sending comes a second connection, which is closed unused. */
    if (u->sends < 2)
        u->was_reset =
            getsockopt(fd, IPPROTO_TCP, TCP_INFO, &info, &len) == 0 && info.tcpi_state == TCP_CLOSE;
    lg_poller_forget(u->poller, fd);
    return close(fd);
}

/* curl sends a request again by itself when a connection used before ends without an answer. A load generator
 * must not: the server would see two requests where one is counted. */
static int before_send(void *priv, char *ip, char *local_ip, int port, int local_port)
{
    (void)ip;
    (void)local_ip;
    (void)port;
    (void)local_port;
    struct lg_user *u = priv;
    if (u->sends++ > 0)
        return CURL_PREREQFUNC_ABORT;
    u->was_reset = false;
    return CURL_PREREQFUNC_OK;
}

static enum pp_status set_up_handle(struct lg_user *u)
{
    const struct lg_options *opt = &u->config->opt;
    long timeout_ms = (long)((opt->timeout_ns + NS_PER_MS - 1) / NS_PER_MS);
    CURL *e = u->easy;
    bool ok = curl_easy_setopt(e, CURLOPT_NOSIGNAL, 1L) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PRIVATE, u) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_SHARE, u->share) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_HTTP_VERSION, (long)CURL_HTTP_VERSION_1_1) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_USERAGENT, "poolload/" POOLPROBE_VERSION) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PROXY, "") == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_TIMEOUT_MS, timeout_ms) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_CONNECTTIMEOUT_MS, timeout_ms) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_DNS_CACHE_TIMEOUT, -1L) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_RESOLVE, u->resolve) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_WRITEFUNCTION, discard) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_OPENSOCKETFUNCTION, open_socket) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_OPENSOCKETDATA, u->poller) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_CLOSESOCKETFUNCTION, close_socket) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_CLOSESOCKETDATA, u) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PREREQFUNCTION, before_send) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_PREREQDATA, u) == CURLE_OK &&
              curl_easy_setopt(e, CURLOPT_HTTPHEADER, u->headers) == CURLE_OK;
    return ok ? PP_OK : PP_NOMEM;
}

enum pp_status lg_user_init(struct lg_user *u, const struct lg_config *c, struct lg_poller *poller,
                            char *mark, uint64_t seed)
{
    static char no_type[] = "Content-Type:"; /* curl would call an empty body a form */
    *u = (struct lg_user){.config = c, .poller = poller, .set_endpoint = SIZE_MAX};
    lg_rng_init(&u->rng, seed);
    /* The list's nodes are ours, so that a new traceparent is written in place. */
    u->header[0] = (struct curl_slist){no_type, &u->header[1]};
    u->header[1] = (struct curl_slist){mark, c->opt.trace_context ? &u->header[2] : NULL};
    u->header[2] = (struct curl_slist){u->traceparent, NULL};
    u->headers = &u->header[0];
    enum pp_status st = lg_cycle_init(&u->cycle, c->weights, c->endpoint_count);
    u->easy = curl_easy_init();
    u->share = curl_share_init();
    if (c->resolve != NULL && (u->resolve = curl_slist_append(NULL, c->resolve)) == NULL)
        st = PP_NOMEM;
    if (u->easy == NULL || u->share == NULL ||
        curl_share_setopt(u->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK)
        st = PP_NOMEM;
    if (st == PP_OK)
        st = set_up_handle(u);
    if (st != PP_OK)
        lg_user_fini(u);
    return st;
}

void lg_user_fini(struct lg_user *u)
{
    curl_easy_cleanup(u->easy);
    if (u->share != NULL)
        (void)curl_share_cleanup(u->share);
    curl_slist_free_all(u->resolve);
    lg_cycle_fini(&u->cycle);
    *u = (struct lg_user){.easy = NULL};
}

static enum pp_status set_endpoint(struct lg_user *u, const struct lg_endpoint *e)
{
    CURLcode code = CURLE_OK;
    if (e->body == LG_BODY_EMPTY) {
        code = curl_easy_setopt(u->easy, CURLOPT_POST, 1L);
        if (code == CURLE_OK)
            code = curl_easy_setopt(u->easy, CURLOPT_POSTFIELDS, "");
        if (code == CURLE_OK)
            code = curl_easy_setopt(u->easy, CURLOPT_POSTFIELDSIZE, 0L);
    } else {
        code = curl_easy_setopt(u->easy, CURLOPT_HTTPGET, 1L);
        if (code == CURLE_OK && e->body == LG_BODY_HEAD)
            code = curl_easy_setopt(u->easy, CURLOPT_NOBODY, 1L);
    }
    if (code == CURLE_OK)
        code = curl_easy_setopt(u->easy, CURLOPT_CUSTOMREQUEST, e->body == LG_BODY_HEAD ? NULL : e->method);
    if (code == CURLE_OK)
        code = curl_easy_setopt(u->easy, CURLOPT_URL, e->url);
    return code == CURLE_OK ? PP_OK : PP_NOMEM;
}

enum pp_status lg_user_next(struct lg_user *u)
{
    u->endpoint = lg_cycle_next(&u->cycle, &u->rng);
    u->sends = 0;
    u->was_reset = false;
    if (u->endpoint != u->set_endpoint) {
        u->set_endpoint = SIZE_MAX;
        enum pp_status st = set_endpoint(u, &u->config->endpoints[u->endpoint]);
        if (st != PP_OK)
            return st;
        u->set_endpoint = u->endpoint;
    }
    if (u->config->opt.trace_context)
        lg_traceparent_format(u->traceparent, &u->rng);
    return PP_OK;
}

static enum lg_error error_of(const struct lg_user *u, CURLcode code, long os_errno)
{
    switch (code) {
    case CURLE_OK:
        return LG_OK;
    case CURLE_COULDNT_CONNECT:
        return os_errno == ECONNREFUSED ? LG_REFUSED : os_errno == ETIMEDOUT ? LG_TIMEOUT : LG_OTHER;
    case CURLE_OPERATION_TIMEDOUT:
        return LG_TIMEOUT;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return u->was_reset ? LG_RESET : LG_CLOSED;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return LG_CLOSED;
    case CURLE_WEIRD_SERVER_REPLY:
    case CURLE_UNSUPPORTED_PROTOCOL: /* a first line that is not HTTP/1.x */
    case CURLE_BAD_CONTENT_ENCODING:
        return LG_MALFORMED;
    case CURLE_ABORTED_BY_CALLBACK:
        return u->sends < 2 ? LG_OTHER : u->was_reset ? LG_RESET : LG_CLOSED;
    default:
        return LG_OTHER;
    }
}

void lg_user_outcome(struct lg_user *u, CURLcode code, struct lg_outcome *out)
{
    long os_errno = 0;
    long status = 0;
    (void)curl_easy_getinfo(u->easy, CURLINFO_OS_ERRNO, &os_errno);
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(u->easy, CURLINFO_RESPONSE_CODE, &status);
    *out = (struct lg_outcome){.endpoint = u->endpoint,
                               .error = error_of(u, code, os_errno),
                               .status = (int)status,
                               .code = (int)code};
}
