/* summary: digests of a run: which statement text is new, which are known by their shape, what happens when
 * there are too many */
#include "ses_private.h"

#include "base/obj.h"
#include "base/rare.h"

#include <string.h>

/* Shapes are short: inline, their hash costs a few multiplications. */
#define XXH_INLINE_ALL
#include <xxhash.h>

#define OTHER_TEXT "(other statements)"
/* Not a hash of anything: the id of the digest that all share for which there is no room. */
#define OTHER_HASH UINT64_C(0x6f74686572)

struct ses_digest {
    uint32_t magic;
    uint64_t hash;
    char text[]; /* NUL-terminated */
};

static bool has_sql(const struct myw_exchange *x)
{
    return x->sql && (x->cmd == MYW_CMD_QUERY || x->cmd == MYW_CMD_STMT_PREPARE ||
                      x->cmd == MYW_CMD_STMT_EXECUTE || x->cmd == MYW_CMD_STMT_BULK_EXECUTE);
}

static PP_RARE void use_other(struct ses *s, struct ses_statement *st)
{
    st->digest = OTHER_HASH;
    st->digest_text = OTHER_TEXT;
    st->digest_is_new = !s->other_told;
    s->other_told = true;
    s->counters.digests_lost++;
}

static PP_RARE struct ses_digest *add(struct ses *s, uint64_t hash)
{
    size_t n = strlen(s->scratch.text) + 1;
    struct ses_digest *d;

    if (map_count(s->digests) >= s->options.max_digests)
        return NULL;
    d = calloc(1, sizeof *d + n);
    if (!d)
        return NULL;
    d->magic = SES_DIGEST_MAGIC;
    d->hash = hash;
    memcpy(d->text, s->scratch.text, n);
    if (map_set(s->digests, &hash, sizeof hash, d) != PP_OK) {
        free(d);
        return NULL;
    }
    s->counters.digests++;
    return d;
}

/* How the session reads its text; of an exchange that nobody decoded only the status flags are known. */
static struct myw_digest_mode mode_of(const struct myw_exchange *x, uint16_t status)
{
    struct myw_digest_mode mode = {.charset = MYW_DIGEST_UTF8};

    if (x->digest_mode)
        return *x->digest_mode;
    if (status & MYW_STATUS_NO_BACKSLASH_ESCAPES)
        mode.flags = MYW_DIGEST_NO_BACKSLASH_ESCAPES;
    return mode;
}

/* The same in one number: texts of one shape have one digest only when they are read in the same way. */
static inline uint64_t way_of(const struct myw_digest_mode *mode)
{
    return mode->flags | (uint64_t)mode->charset << 16 | (uint64_t)mode->server_version << 32;
}

static PP_RARE struct ses_digest *digest_of_text(struct ses *s, const struct myw_exchange *x,
                                                 const struct myw_digest_mode *mode, struct ses_statement *st)
{
    myw_digest_sql_mode(&s->scratch, x->sql, x->sql_bytes, mode);
    uint64_t hash = s->scratch.hash ? s->scratch.hash : 1; /* 0 stands for none */
    struct ses_digest *d = map_get(s->digests, &hash, sizeof hash);
    s->text = s->scratch.text;
    if (!d) {
        d = add(s, hash);
        st->digest_is_new = d != NULL;
    }
    return d;
}

/* The digest kept for texts of this shape, NULL when there is none yet; the hash of one that has a shape goes
 * to *key. Only hashes are kept, not texts. */
static struct ses_digest *digest_of_shape(struct ses *s, const uint8_t *shape, size_t n, uint64_t way,
                                          struct ses_shape_slot *key)
{
    XXH128_hash_t h = XXH3_128bits_withSeed(shape, n, s->shape_seed ^ way);
    const struct ses_shape_slot *slot = &s->shapes[h.low64 % SES_SHAPES];
    key->low = h.low64;
    key->high = h.high64;
    return slot->low == key->low && slot->high == key->high ? slot->digest : NULL;
}

/* The digest of a text that fits no pattern; NULL when there is no room for one more. */
static __attribute__((noinline)) struct ses_digest *digest_of_other(struct ses *s,
                                                                    const struct myw_exchange *x,
                                                                    const struct myw_digest_mode *mode,
                                                                    struct ses_statement *st)
{
    uint8_t shape[SES_SHAPE_MAX + SES_SHAPE_SPARE];
    struct ses_shape_slot key = {.digest = NULL};
    uint64_t way = way_of(mode);
    size_t n = x->sql_bytes <= SES_SHAPE_MAX ? ses_shape(shape, x->sql, x->sql_bytes) : 0;
    struct ses_digest *d = n > 0 ? digest_of_shape(s, shape, n, way, &key) : NULL;
    if (d != NULL) { /* its shape comes again */
        const struct ses_pattern_facts f = {.shape = shape, .shape_bytes = n, .way = way, .digest = d};
        ses_pattern_learn(&s->patterns, x->sql, x->sql_bytes, &f);
        s->text = d->text;
        return d;
    }
    d = digest_of_text(s, x, mode, st);
    if (d != NULL && n > 0) {
        key.digest = d;
        s->shapes[key.low % SES_SHAPES] = key;
    }
    return d;
}

void ses_digest_of(struct ses *s, const struct myw_exchange *x, uint16_t status, struct ses_statement *st)
{
    st->digest_text = "";
    s->text = "";
    if (!has_sql(x))
        return;
    const struct myw_digest_mode mode = mode_of(x, status);
    struct ses_digest *d = ses_pattern_find(&s->patterns, x->sql, x->sql_bytes, way_of(&mode));
    if (d != NULL) {
        s->text = d->text;
    } else if ((d = digest_of_other(s, x, &mode, st)) == NULL) {
        use_other(s, st);
        return;
    }
    OBJ_CHECK(d, SES_DIGEST_MAGIC);
    st->digest = d->hash;
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
