/* summary: looks the target's name up once, so that a thousand users do not start a thousand lookups */
#include "config.h"

#include "base/buf.h"
#include "base/clock.h"

#include <arpa/inet.h>
#include <curl/curl.h>
#include <netdb.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>

#define ENTRY_LIMIT 4096

/* Appends ",1.2.3.4" or ",[::1]"; the first without a comma. */
static enum pp_status add_address(struct buf *b, const struct addrinfo *a, bool first)
{
    char text[NI_MAXHOST];
    if (getnameinfo(a->ai_addr, a->ai_addrlen, text, sizeof text, NULL, 0, NI_NUMERICHOST) != 0)
        return PP_OK;
    bool six = a->ai_family == AF_INET6;
    return buf_addf(b, "%s%s%s%s", first ? "" : ",", six ? "[" : "", text, six ? "]" : "");
}

static enum pp_status look_up(struct lg_config *c, const char *host, const char *port, struct pp_err *err)
{
    struct in6_addr any;
    if (host[0] == '[' || inet_pton(AF_INET, host, &any) == 1)
        return PP_OK;
    struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    struct addrinfo *list = NULL;
    int64_t before_ns = clock_mono_ns();
    int code = getaddrinfo(host, port, &hints, &list);
    c->lookup_ns = clock_mono_ns() - before_ns;
    if (code != 0)
        return pp_err_set(err, PP_NOENT, "cannot find the address of \"%s\": %s; check --url", host,
                          gai_strerror(code));
    struct buf b;
    buf_init(&b, ENTRY_LIMIT);
    enum pp_status st = buf_addf(&b, "%s:%s:", host, port);
    for (const struct addrinfo *a = list; st == PP_OK && a != NULL; a = a->ai_next)
        st = add_address(&b, a, a == list);
    freeaddrinfo(list);
    if (st == PP_OK && (c->resolve = strdup((const char *)b.data)) == NULL)
        st = PP_NOMEM;
    buf_fini(&b);
    return st == PP_OK ? PP_OK : pp_err_set(err, st, "cannot keep the addresses of \"%s\"", host);
}

enum pp_status lg_config_resolve(struct lg_config *c, struct pp_err *err)
{
    char *host = NULL;
    char *port = NULL;
    CURLU *u = curl_url();
    enum pp_status st = PP_NOMEM;
    if (u != NULL && curl_url_set(u, CURLUPART_URL, c->base, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_HOST, &host, 0) == CURLUE_OK &&
        curl_url_get(u, CURLUPART_PORT, &port, CURLU_DEFAULT_PORT) == CURLUE_OK)
        st = look_up(c, host, port, err);
    else
        (void)pp_err_set(err, st, "out of memory");
    curl_free(host);
    curl_free(port);
    curl_url_cleanup(u);
    return st;
}
