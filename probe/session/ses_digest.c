/* summary: digests of a run: which statement text is new, and what happens when there are too many */
#include "ses_private.h"

#include "base/obj.h"

#include <string.h>

#define OTHER_TEXT "(other statements)"
/* Not a hash of anything: the id of the digest that all share for which there is no room. */
#define OTHER_HASH UINT64_C(0x6f74686572)

struct ses_digest {
    uint32_t magic;
    char text[]; /* NUL-terminated */
};

static bool has_sql(const struct myw_exchange *x)
{
    return x->sql && (x->cmd == MYW_CMD_QUERY || x->cmd == MYW_CMD_STMT_PREPARE ||
                      x->cmd == MYW_CMD_STMT_EXECUTE || x->cmd == MYW_CMD_STMT_BULK_EXECUTE);
}

static void use_other(struct ses *s, struct ses_statement *st)
{
    st->digest = OTHER_HASH;
    st->digest_text = OTHER_TEXT;
    st->digest_is_new = !s->other_told;
    s->other_told = true;
    s->counters.digests_lost++;
}

static struct ses_digest *add(struct ses *s, uint64_t hash)
{
    size_t n = strlen(s->scratch.text) + 1;
    struct ses_digest *d;

    if (map_count(s->digests) >= s->options.max_digests)
        return NULL;
    d = calloc(1, sizeof *d + n);
    if (!d)
        return NULL;
    d->magic = SES_DIGEST_MAGIC;
    memcpy(d->text, s->scratch.text, n);
    if (map_set(s->digests, &hash, sizeof hash, d) != PP_OK) {
        free(d);
        return NULL;
    }
    s->counters.digests++;
    return d;
}

void ses_digest_of(struct ses *s, const struct myw_exchange *x, uint16_t status, struct ses_statement *st)
{
    struct ses_digest *d;
    uint64_t hash;

    st->digest_text = "";
    s->scratch.text[0] = '\0';
    s->scratch.text_bytes = 0;
    if (!has_sql(x))
        return;
    myw_digest_sql(&s->scratch, x->sql, x->sql_bytes, status);
    hash = s->scratch.hash ? s->scratch.hash : 1; /* 0 stands for none */
    d = map_get(s->digests, &hash, sizeof hash);
    if (!d) {
        d = add(s, hash);
        if (!d) {
            use_other(s, st);
            return;
        }
        st->digest_is_new = true;
    }
    OBJ_CHECK(d, SES_DIGEST_MAGIC);
    st->digest = hash;
    st->digest_text = d->text;
}

static void free_digest(void *priv, const void *key, size_t key_len, void *value)
{
    struct ses_digest *d = value;

    (void)priv;
    (void)key;
    (void)key_len;
    OBJ_FREE(d);
}

void ses_digest_free_all(struct ses *s)
{
    map_each(s->digests, free_digest, NULL);
}
