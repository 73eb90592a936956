/* summary: HTTP requests and the levels that their marks announce */
#include "ses_private.h"

#include "base/obj.h"
#include "http.h"

struct ses_known_level {
    uint32_t magic;
    uint32_t id;
};

struct level_key {
    int64_t start_ns;
    uint64_t index;
};

static bool id_is_free(const struct ses *s, uint32_t id)
{
    return id != 0 && !map_get(s->level_ids, &id, sizeof id);
}

/* Index + 1. When another ramp of the same run took that id: the next one not used. 0 when there is none. */
static uint32_t choose_id(const struct ses *s, uint32_t index)
{
    uint32_t id = index + 1; /* 0 for the highest index */

    if (id_is_free(s, id))
        return id;
    id = s->highest_level + 1;
    return id_is_free(s, id) ? id : 0;
}

static uint32_t add_level(struct ses *s, const struct http_level_mark *mark, const struct level_key *key)
{
    struct ses_known_level *k;
    struct ses_level out = {.users = mark->users, .start_ns = mark->start_ns, .end_ns = mark->end_ns};

    out.id = choose_id(s, mark->index);
    if (!out.id || map_count(s->levels) >= SES_MAX_LEVELS || !OBJ_NEW(k, SES_LEVEL_MAGIC))
        return 0;
    k->id = out.id;
    if (map_set(s->levels, key, sizeof *key, k) != PP_OK) {
        OBJ_FREE(k);
        return 0;
    }
    if (map_set(s->level_ids, &out.id, sizeof out.id, k) != PP_OK) {
        (void)map_remove(s->levels, key, sizeof *key);
        OBJ_FREE(k);
        return 0;
    }
    if (out.id > s->highest_level)
        s->highest_level = out.id;
    if (s->sink.level)
        s->sink.level(s->sink.priv, &out);
    return k->id;
}

static uint32_t level_of(struct ses *s, const struct http_level_mark *mark)
{
    const struct level_key key = {.start_ns = mark->start_ns, .index = mark->index};
    struct ses_known_level *k;

    if (!mark->present)
        return 0;
    k = map_get(s->levels, &key, sizeof key);
    if (!k) {
        uint32_t id = add_level(s, mark, &key);
        s->counters.levels_lost += id == 0;
        return id;
    }
    OBJ_CHECK(k, SES_LEVEL_MAGIC);
    return k->id;
}

void ses_on_request(struct ses *s, const struct http_exchange *x)
{
    struct ses_request out;

    OBJ_CHECK(s, SES_MAGIC);
    out = (struct ses_request){
        .id = ++s->next_request,
        .conn_id = x->conn_id,
        .client = x->client,
        .server = x->server,
        .method = x->method,
        .route = x->route,
        .trace_id = x->trace_id,
        .level = level_of(s, &x->level),
        .queue_ns = x->level.queue_ns,
        .arrival_ns = x->arrival_ns,
        .request_end_ns = x->request_end_ns,
        .first_ns = x->first_ns,
        .last_ns = x->last_ns,
        .status = x->status,
        .req_body_bytes = x->req_body_bytes,
        .resp_body_bytes = x->resp_body_bytes,
        .complete = x->complete,
        .note = x->note,
    };
    s->counters.requests++;
    if (s->sink.request)
        s->sink.request(s->sink.priv, &out);
}

static void free_level(void *priv, const void *key, size_t key_len, void *value)
{
    struct ses_known_level *k = value;

    (void)priv;
    (void)key;
    (void)key_len;
    OBJ_FREE(k);
}

void ses_level_free_all(struct ses *s)
{
    map_each(s->levels, free_level, NULL);
}
