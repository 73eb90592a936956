/* summary: pools: connections of one client process to one server, user and schema share an id */
#include "ses_private.h"

#include "base/buf.h"
#include "base/obj.h"

#include <string.h>

/* Six texts of a login; the decoder bounds each, this bounds their sum. */
#define KEY_MAX_BYTES 8192
/* An address without its port: an IPv6 text has at most 45 characters. */
#define HOST_MAX 64

struct ses_known_pool {
    uint32_t magic;
    uint64_t id;
};

/* "127.0.0.1:51234" → "127.0.0.1", "[::1]:51234" → "::1". */
static void host_of(char dst[HOST_MAX], const char *client)
{
    const char *from = client;
    const char *colon = strrchr(client, ':');
    size_t n = colon ? (size_t)(colon - client) : strlen(client);

    if (n >= 2 && from[0] == '[' && from[n - 1] == ']') {
        from++;
        n -= 2;
    }
    if (n > HOST_MAX - 1)
        n = HOST_MAX - 1;
    memcpy(dst, from, n);
    dst[n] = '\0';
}

static enum pp_status make_key(struct buf *key, const struct ses_pool *p)
{
    const char *const parts[] = {p->client_host, p->server, p->user, p->db, p->pid, p->program_name};

    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        enum pp_status st = buf_add(key, parts[i], strlen(parts[i]) + 1);

        if (st != PP_OK)
            return st;
    }
    return PP_OK;
}

static uint64_t tell(struct ses *s, struct ses_pool *p)
{
    p->id = ++s->next_pool;
    s->counters.pools++;
    if (s->sink.pool)
        s->sink.pool(s->sink.priv, p);
    return p->id;
}

/* The pool that all share for which there is no room. */
static uint64_t other_pool(struct ses *s)
{
    struct ses_pool p = {
        .client_host = "", .server = "", .user = "", .db = "", .pid = "", .program_name = "(other pools)"};

    s->counters.pools_lost++;
    if (!s->other_pool_id)
        s->other_pool_id = tell(s, &p);
    return s->other_pool_id;
}

static uint64_t find_or_add(struct ses *s, struct ses_pool *p, const struct buf *key)
{
    struct ses_known_pool *k = map_get(s->pools, key->data, key->len);

    if (k) {
        OBJ_CHECK(k, SES_POOL_MAGIC);
        return k->id;
    }
    if (map_count(s->pools) >= SES_MAX_POOLS || !OBJ_NEW(k, SES_POOL_MAGIC))
        return other_pool(s);
    if (map_set(s->pools, key->data, key->len, k) != PP_OK) {
        OBJ_FREE(k);
        return other_pool(s);
    }
    k->id = tell(s, p);
    return k->id;
}

uint64_t ses_pool_of(struct ses *s, const struct myw_session *session, const char *user, const char *db)
{
    char host[HOST_MAX];
    struct ses_pool p = {
        .client_host = host,
        .server = session->server,
        .user = user,
        .db = db,
        .pid = session->attr_pid,
        .program_name = session->attr_program_name,
    };
    struct buf key;
    uint64_t id;

    host_of(host, session->client);
    buf_init(&key, KEY_MAX_BYTES);
    id = make_key(&key, &p) == PP_OK ? find_or_add(s, &p, &key) : other_pool(s);
    buf_fini(&key);
    return id;
}

static void free_pool(void *priv, const void *key, size_t key_len, void *value)
{
    struct ses_known_pool *k = value;

    (void)priv;
    (void)key;
    (void)key_len;
    OBJ_FREE(k);
}

void ses_pool_free_all(struct ses *s)
{
    map_each(s->pools, free_pool, NULL);
}
