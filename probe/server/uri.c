/* summary: strict parsing of mysql://user@host:port */
#include "srv_priv.h"

#include <ctype.h>
#include <string.h>

#define SCHEME "mysql://"
#define FORM "write it as mysql://user@host:port"

static int hex_value(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    if (c >= 'a' && c <= 'f')
        return c - 'a' + 10;
    return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

/* RFC 3986: unreserved, sub-delims; anything else has to come percent-encoded. */
static bool is_plain(char c)
{
    return isalnum((unsigned char)c) != 0 || (c != '\0' && strchr("-._~!$&'()*+,;=", c) != NULL);
}

static bool decode_user(char *dst, size_t n, const char *text, size_t len)
{
    size_t out = 0;
    for (size_t i = 0; i < len; i++) {
        char c = text[i];
        if (c == '%') {
            int high = len - i > 2 ? hex_value(text[i + 1]) : -1;
            int low = len - i > 2 ? hex_value(text[i + 2]) : -1;
            if (high < 0 || low < 0 || high * 16 + low == 0)
                return false;
            c = (char)(high * 16 + low);
            i += 2;
        } else if (!is_plain(c)) {
            return false;
        }
        if (out + 1 >= n)
            return false;
        dst[out++] = c;
    }
    dst[out] = '\0';
    return out > 0;
}

static bool parse_port(uint16_t *port, const char *text, size_t len)
{
    unsigned value = 0;
    if (len == 0 || len > 5)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (text[i] < '0' || text[i] > '9')
            return false;
        value = value * 10 + (unsigned)(text[i] - '0');
    }
    *port = (uint16_t)value;
    return value >= 1 && value <= UINT16_MAX;
}

static bool copy_host(char dst[SRV_HOST_MAX], const char *text, size_t len, const char *allowed)
{
    if (len == 0 || len >= SRV_HOST_MAX)
        return false;
    for (size_t i = 0; i < len; i++) {
        if (isalnum((unsigned char)text[i]) == 0 && strchr(allowed, text[i]) == NULL)
            return false;
    }
    memcpy(dst, text, len);
    dst[len] = '\0';
    return true;
}

/* host, host:port, [address] or [address]:port. */
static bool parse_host(struct srv_uri *u, const char *text, size_t len)
{
    const char *end = text + len;
    const char *rest;
    u->port = 3306;
    if (len > 0 && text[0] == '[') {
        const char *close = memchr(text, ']', len);
        if (close == NULL || !copy_host(u->host, text + 1, (size_t)(close - text - 1), ":."))
            return false;
        rest = close + 1;
    } else {
        const char *colon = memchr(text, ':', len);
        rest = colon != NULL ? colon : end;
        if (!copy_host(u->host, text, (size_t)(rest - text), "-._"))
            return false;
    }
    if (rest == end)
        return true;
    return *rest == ':' && parse_port(&u->port, rest + 1, (size_t)(end - rest - 1));
}

enum pp_status srv_uri_parse(struct srv_uri *out, const char *text, struct pp_err *err)
{
    memset(out, 0, sizeof *out);
    if (strncmp(text, SCHEME, sizeof SCHEME - 1) != 0)
        return pp_err_set(err, PP_INVALID, "the server's URI does not begin with " SCHEME ": " FORM);
    text += sizeof SCHEME - 1;
    const char *at = strrchr(text, '@');
    if (at == NULL)
        return pp_err_set(err, PP_INVALID, "the server's URI names no user: " FORM);
    if (memchr(text, ':', (size_t)(at - text)) != NULL)
        return pp_err_set(
            err, PP_INVALID,
            "the server's URI holds a password, which every user of this machine could see: put the "
            "password in MYSQL_PWD or an option file");
    if (!decode_user(out->user, sizeof out->user, text, (size_t)(at - text)))
        return pp_err_set(err, PP_INVALID,
                          "the user in the server's URI is malformed: " FORM
                          ", with special characters as %%XX");
    if (!parse_host(out, at + 1, strlen(at + 1)))
        return pp_err_set(err, PP_INVALID, "the host or port in the server's URI is malformed: " FORM);
    if (strcasecmp(out->host, "localhost") == 0)
        memcpy(out->host, "127.0.0.1", sizeof "127.0.0.1");
    out->loopback = strncmp(out->host, "127.", 4) == 0 || strcmp(out->host, "::1") == 0;
    return PP_OK;
}
