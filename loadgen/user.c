/* summary: one user on one curl handle */
#include "user.h"

#include "base/clock.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* The body is of no interest beyond its first bytes, and those only when the request fails. */
static size_t take_body(char *data, size_t size, size_t n, void *priv)
{
    struct lg_user *u = priv;
    size_t bytes = size * n;
    size_t room = sizeof u->body - u->body_bytes;
    size_t take = bytes < room ? bytes : room;
    memcpy(u->body + u->body_bytes, data, take);
    u->body_bytes += take;
    return bytes;
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

static long http_version(const struct lg_config *c)
{
    if (!c->opt.http2)
        return CURL_HTTP_VERSION_1_1;
    return strncmp(c->base, "https:", 6) == 0 ? CURL_HTTP_VERSION_2TLS : CURL_HTTP_VERSION_2_PRIOR_KNOWLEDGE;
}

#define SET(option, value) (curl_easy_setopt(u->easy, CURLOPT_##option, value) == CURLE_OK)

static bool set_up_protocol(struct lg_user *u)
{
    const struct lg_options *opt = &u->config->opt;
    long timeout_ms = (long)((opt->timeout_ns + NS_PER_MS - 1) / NS_PER_MS);
    long check = opt->insecure ? 0L : 1L;
    return SET(HTTP_VERSION, http_version(u->config)) && SET(USERAGENT, "poolload/" POOLPROBE_VERSION) &&
           SET(PROXY, "") && SET(TIMEOUT_MS, timeout_ms) && SET(CONNECTTIMEOUT_MS, timeout_ms) &&
           SET(DNS_CACHE_TIMEOUT, -1L) && SET(RESOLVE, u->resolve) && SET(SSL_VERIFYPEER, check) &&
           SET(SSL_VERIFYHOST, 2 * check) && SET(FORBID_REUSE, u->config->fresh_connections ? 1L : 0L);
}

static bool set_up_callbacks(struct lg_user *u)
{
    return SET(PRIVATE, u) && SET(SHARE, u->share) && SET(ERRORBUFFER, u->message) &&
           SET(WRITEFUNCTION, take_body) && SET(WRITEDATA, u) && SET(OPENSOCKETFUNCTION, open_socket) &&
           SET(OPENSOCKETDATA, u->poller) && SET(CLOSESOCKETFUNCTION, close_socket) &&
           SET(CLOSESOCKETDATA, u) && SET(PREREQFUNCTION, before_send) && SET(PREREQDATA, u) &&
           SET(NOSIGNAL, 1L);
}

/* The nodes of the list's front are the user's own, so that a new traceparent is written in place. libcurl
 * looks through the whole list a dozen times a request, so what only requests with a body need stands in
 * front, where the others leave it out. */
static void link_headers(struct lg_user *u, char *mark)
{
    static char close_line[] = "Connection: close";
    static char no_expect[] = "Expect:"; /* a large body waits for no "100 Continue" */
    const struct lg_config *c = u->config;
    struct curl_slist *next = c->headers;
    u->header[4] = (struct curl_slist){u->traceparent, next};
    if (c->opt.trace_context)
        next = &u->header[4];
    u->header[3] = (struct curl_slist){close_line, next};
    if (c->opt.no_keepalive && !c->opt.http2)
        next = &u->header[3];
    u->header[2] = (struct curl_slist){mark, next};
    u->header[1] = (struct curl_slist){no_expect, &u->header[2]};
    u->header[0] = (struct curl_slist){NULL, &u->header[1]}; /* Content-Type, set with the endpoint */
}

enum pp_status lg_user_init(struct lg_user *u, const struct lg_config *c, struct lg_poller *poller,
                            char *mark, uint64_t seed)
{
    *u = (struct lg_user){.config = c, .poller = poller, .set_endpoint = SIZE_MAX, .level_mark = mark};
    lg_rng_init(&u->rng, seed);
    link_headers(u, mark);
    enum pp_status st = lg_cycle_init(&u->cycle, c->weights, c->endpoint_count);
    u->easy = curl_easy_init();
    u->share = curl_share_init();
    if (c->resolve != NULL && (u->resolve = curl_slist_append(NULL, c->resolve)) == NULL)
        st = PP_NOMEM;
    if (u->easy == NULL || u->share == NULL ||
        curl_share_setopt(u->share, CURLSHOPT_SHARE, CURL_LOCK_DATA_CONNECT) != CURLSHE_OK)
        st = PP_NOMEM;
    if (st == PP_OK && (!set_up_callbacks(u) || !set_up_protocol(u)))
        st = PP_NOMEM;
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

void lg_user_mark_queue(struct lg_user *u, int64_t queue_ns)
{
    lg_mark_add_queue(u->mark, u->level_mark, queue_ns);
    u->header[2].data = u->mark;
}

static enum pp_status set_endpoint(struct lg_user *u, const struct lg_endpoint *e)
{
    static char no_type[] = "Content-Type:"; /* curl would call an empty body a form */
    bool ok = true;
    u->header[0].data = e->type != NULL ? (char *)(uintptr_t)e->type : no_type;
    if (e->body == LG_BODY_POST)
        ok = SET(POST, 1L) && SET(POSTFIELDS, e->data != NULL ? e->data : "") &&
             SET(POSTFIELDSIZE_LARGE, (curl_off_t)e->data_bytes);
    else
        ok = SET(HTTPGET, 1L) && (e->body != LG_BODY_HEAD || SET(NOBODY, 1L));
    struct curl_slist *with_body = u->config->own_type ? &u->header[1] : &u->header[0];
    ok = ok && SET(HTTPHEADER, e->body == LG_BODY_POST ? with_body : &u->header[2]);
    ok = ok && SET(CUSTOMREQUEST, e->body == LG_BODY_HEAD ? NULL : e->method) && SET(URL, e->url);
    return ok ? PP_OK : PP_NOMEM;
}

enum pp_status lg_user_prepare(struct lg_user *u, size_t endpoint)
{
    u->endpoint = endpoint;
    u->sends = 0;
    u->was_reset = false;
    u->body_bytes = 0;
    u->message[0] = 0;
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

static enum lg_error connect_error(long os_errno)
{
    switch (os_errno) {
    case ECONNREFUSED:
        return LG_REFUSED;
    case ETIMEDOUT:
        return LG_TIMEOUT;
    case EHOSTUNREACH:
    case ENETUNREACH:
        return LG_UNREACHABLE;
    case EADDRNOTAVAIL:
        return LG_NO_PORT;
    case ECONNRESET:
        return LG_RESET;
    default:
        return LG_OTHER;
    }
}

static enum lg_error error_of(const struct lg_user *u, CURLcode code, long os_errno)
{
    switch (code) {
    case CURLE_OK:
        return LG_OK;
    case CURLE_COULDNT_CONNECT:
        return connect_error(os_errno);
    case CURLE_OPERATION_TIMEDOUT:
        return LG_TIMEOUT;
    case CURLE_SEND_ERROR:
    case CURLE_RECV_ERROR:
        return u->was_reset ? LG_RESET : LG_CLOSED;
    case CURLE_GOT_NOTHING:
    case CURLE_PARTIAL_FILE:
        return LG_CLOSED;
    case CURLE_HTTP2_STREAM:
        return LG_RESET;
    case CURLE_SSL_CONNECT_ERROR:
    case CURLE_PEER_FAILED_VERIFICATION:
        return LG_TLS;
    case CURLE_HTTP2:
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

static int64_t info_ns(CURL *easy, CURLINFO info)
{
    curl_off_t us = 0;
    (void)curl_easy_getinfo(easy, info, &us);
    return us * NS_PER_US;
}

/* curl counts these from the start of the request on, in whole microseconds. */
static void take_phases(struct lg_user *u, struct lg_outcome *o)
{
    long opened = 0;
    for (size_t p = 0; p < LG_PHASES; p++)
        o->phase_ns[p] = -1;
    (void)curl_easy_getinfo(u->easy, CURLINFO_NUM_CONNECTS, &opened);
    o->opened = opened > 0;
    o->phase_ns[LG_FIRST_BYTE] = info_ns(u->easy, CURLINFO_STARTTRANSFER_TIME_T);
    if (!o->opened)
        return;
    int64_t found_ns = info_ns(u->easy, CURLINFO_NAMELOOKUP_TIME_T);
    int64_t connected_ns = info_ns(u->easy, CURLINFO_CONNECT_TIME_T);
    int64_t tls_ns = info_ns(u->easy, CURLINFO_APPCONNECT_TIME_T);
    o->phase_ns[LG_DNS] = found_ns;
    o->phase_ns[LG_CONNECT] = connected_ns - found_ns;
    if (tls_ns > 0)
        o->phase_ns[LG_TLS_SETUP] = tls_ns - connected_ns;
}

void lg_user_outcome(struct lg_user *u, CURLcode code, struct lg_outcome *out)
{
    long os_errno = 0;
    long status = 0;
    if (code == CURLE_OK)
        (void)curl_easy_getinfo(u->easy, CURLINFO_RESPONSE_CODE, &status);
    else
        (void)curl_easy_getinfo(u->easy, CURLINFO_OS_ERRNO, &os_errno);
    *out = (struct lg_outcome){.endpoint = u->endpoint,
                               .error = error_of(u, code, os_errno),
                               .status = (int)status,
                               .queued = u->queued,
                               .code = (int)code};
    take_phases(u, out);
    if (code == CURLE_OK) {
        out->text = u->body;
        out->text_bytes = u->body_bytes;
    } else {
        out->text = u->message[0] != 0 ? u->message : curl_easy_strerror(code);
        out->text_bytes = strlen(out->text);
    }
}
