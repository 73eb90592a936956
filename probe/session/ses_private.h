/* summary: what the files of the session stage share: state of a connection, of a transaction, of a checkout
 */
#ifndef SES_PRIVATE_H
#define SES_PRIVATE_H

#include "base/map.h"
#include "myw.h"
#include "session.h"

#define SES_MAGIC 0x73657373u
#define SES_CONN_MAGIC 0x73636f6eu
#define SES_DIGEST_MAGIC 0x73646967u
#define SES_POOL_MAGIC 0x73706f6fu
#define SES_LEVEL_MAGIC 0x736c6576u

/* A digest's text is at most 4 KiB: the default bounds the texts at 40 MiB. */
#define SES_MAX_DIGESTS 10000
/* Pools are client processes; more than this is a scan or a storm of short scripts, which share one pool. */
#define SES_MAX_POOLS 4096
/* Levels come from a request header that anybody may send. */
#define SES_MAX_LEVELS 10000

/* Longer texts get their digest the long way: they are rare, and their shapes seldom repeat. */
#define SES_SHAPE_MAX 2048
#define SES_SHAPE_SPARE 16 /* written beyond a shape while it is made */
/* Shapes whose digest is kept: more than an application has statements, 48 KiB of hashes. */
#define SES_SHAPES 2048
/* Connections found without the map. */
#define SES_RECENT 1024

/* The digest that texts of one shape have, by the shape's XXH3-128. */
struct ses_shape_slot {
    uint64_t low, high;
    struct ses_digest *digest; /* NULL: empty */
};

/* Shapes to compare texts with: so many that begin alike, of so many bytes and literals at most; 37 KiB. */
#define SES_PATTERN_SETS 32 /* a power of two */
#define SES_PATTERN_WAYS 4
#define SES_PATTERN_MAX 255
#define SES_PATTERN_LITERALS 16

struct ses_pattern {
    struct ses_digest *digest; /* NULL: empty, and so are those behind it */
    uint64_t way;              /* how the session reads its texts */
    uint8_t bytes;
    uint8_t literals;
    uint8_t literal_at[SES_PATTERN_LITERALS]; /* places in the shape */
    uint8_t shape[SES_PATTERN_MAX];
};

struct ses_patterns {
    struct ses_pattern at[SES_PATTERN_SETS][SES_PATTERN_WAYS];
    unsigned next_way; /* to be replaced */
};

#define SES_TRACE_ID_CHARS 32

/* What is known of a connection's transaction state. */
enum ses_txn_state {
    SES_STATE_OUT,     /* the last status flags said: none open */
    SES_STATE_IN,      /* they said: open */
    SES_STATE_UNKNOWN, /* bytes were lost since, or none were seen yet */
};

struct ses_open_txn {
    uint64_t id; /* 0: none open */
    int64_t start_ns;
    int64_t seen_ns; /* latest time of anything in it */
    int64_t busy_ns;
    int64_t busy_until_ns; /* in-flight time before this instant is counted already */
    uint32_t statements;
    uint32_t errors;
    bool read_only;
    bool voided;
};

struct ses_open_checkout {
    bool open;
    bool voided;
    bool holds_txn;  /* a transaction was open after its latest command */
    bool unanswered; /* the latest command's response was not seen to end */
    int64_t start_ns;
    int64_t end_ns; /* last byte of the latest response */
    uint32_t statements;
    uint32_t txns;
};

struct ses_conn {
    uint32_t magic;
    uint64_t id;
    uint64_t pool_id;
    char *user; /* as at login, owned */
    char *db;
    uint16_t connect_errno;
    const char *visibility;
    bool told; /* emitted at least once */
    bool told_ready;
    bool reset_pending; /* MYW_LIFE_RESET came, its exchange did not yet */
    int64_t reset_ns;
    int64_t quit_ns; /* COM_QUIT was sent, 0 while not */
    uint64_t statements;
    uint64_t voided;
    uint16_t status; /* last flags seen */
    enum ses_txn_state state;
    struct ses_open_txn txn;
    struct ses_open_checkout checkout;
};

struct ses {
    uint32_t magic;
    struct ses_options options;
    struct ses_sink sink;
    struct ses_counters counters;
    struct map *conns;     /* id → struct ses_conn */
    struct map *digests;   /* hash → struct ses_digest */
    struct map *pools;     /* identity → struct ses_known_pool */
    struct map *levels;    /* (index, start) → struct ses_known_level */
    struct map *level_ids; /* id → struct ses_known_level, borrowed */
    uint64_t next_statement, next_txn, next_pool, next_request;
    uint32_t highest_level;
    bool other_told;                       /* the shared digest was emitted */
    uint64_t other_pool_id;                /* the shared pool, 0 until it is needed */
    char trace_id[SES_TRACE_ID_CHARS + 1]; /* of the exchange at hand */
    const char *text;          /* normalised, of the exchange at hand; "" for commands without SQL */
    struct myw_digest scratch; /* what ses_digest_of works in */
    uint64_t shape_seed;
    struct ses_shape_slot shapes[SES_SHAPES];
    struct ses_patterns patterns;
    struct ses_conn *recent[SES_RECENT]; /* by id modulo SES_RECENT, NULL or borrowed from `conns` */
};

/* --- ses_conn.c: connections --- */

/* The state of the session's connection, made when it is new; NULL when memory is out. */
struct ses_conn *ses_conn_get(struct ses *s, const struct myw_session *session);
/* CONNECT only tells of the connection; it is no statement. */
void ses_conn_on_connect(struct ses *s, struct ses_conn *c, const struct myw_exchange *x);
void ses_conn_on_ready(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l);
void ses_conn_on_opaque(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l);
/* Ends what is open, emits the connection for the last time, frees it. */
void ses_conn_on_close(struct ses *s, struct ses_conn *c, const struct myw_lifecycle *l);
void ses_conn_free(struct ses_conn **cp);

/* --- ses_pool.c --- */

/* Id of the session's pool, emitted when it is new. `user` and `db` are those of the login. */
uint64_t ses_pool_of(struct ses *s, const struct myw_session *session, const char *user, const char *db);
void ses_pool_free_all(struct ses *s);

/* --- ses_digest.c --- */

/* Fills digest, digest_text and digest_is_new of a statement; s->text is the exchange's own normalised text
 * afterwards. `status` are the flags in force when the command was sent. */
void ses_digest_of(struct ses *s, const struct myw_exchange *x, uint16_t status, struct ses_statement *st);
void ses_digest_free_all(struct ses *s);

/* --- ses_shape.c --- */

/* Writes the text's shape to `out` (room for n + SES_SHAPE_SPARE bytes) and returns its length; 0 when it has
 * none. */
size_t ses_shape(uint8_t *out, const char *sql, size_t n);
/* True for what stands in a shape for a literal. */
bool ses_shape_is_literal(uint8_t byte);
/* Where the literal at p ends for which `byte` stands in a shape; NULL when there is none of that kind, or
 * one that a shape has as it is. Whatever precedes p must allow for one. */
const uint8_t *ses_shape_literal(const uint8_t *p, const uint8_t *end, uint8_t byte);

/* --- ses_pattern.c --- */

/* The digest of the pattern that the text fits, NULL when it fits none: exactly those texts fit a pattern
 * that have its shape. */
struct ses_digest *ses_pattern_find(struct ses_patterns *all, const char *sql, size_t n, uint64_t way);
struct ses_pattern_facts {
    const uint8_t *shape; /* of the text */
    size_t shape_bytes;
    uint64_t way;
    struct ses_digest *digest;
};
/* Keeps the text's shape as a pattern, in the place of another one where there is no room. */
void ses_pattern_learn(struct ses_patterns *all, const char *sql, size_t n,
                       const struct ses_pattern_facts *f);

/* --- ses_txn.c --- */

/* Updates the transaction by one exchange; sets txn_id and ends_txn of `st`. */
void ses_txn_on_exchange(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                         struct ses_statement *st);
/* Bytes were lost: an open transaction is void, and whether one is open is not known. */
void ses_txn_lose(struct ses_conn *c);
/* Ends an open transaction at ts_ns. */
void ses_txn_end(struct ses *s, struct ses_conn *c, enum ses_txn_end end, int64_t ts_ns, int64_t commit_ns);

/* --- ses_checkout.c --- */

/* Takes one exchange after ses_txn_on_exchange; `txn_id` is the transaction that it is part of, 0 when none.
 */
void ses_checkout_on_exchange(struct ses *s, struct ses_conn *c, const struct myw_exchange *x,
                              uint64_t txn_id);
/* Bytes were lost: a run that was busy is void. */
void ses_checkout_lose(struct ses_conn *c);
/* Emits the open checkout, if any. One that was still busy ends at ts_ns. */
void ses_checkout_close(struct ses *s, struct ses_conn *c, int64_t ts_ns);

/* --- ses_request.c --- */

void ses_level_free_all(struct ses *s);

/* --- ses_trace.c --- */

/* Trace id of the W3C trace context that the command carries: in a query attribute, or in a comment at the
 * beginning or end of its text as sqlcommenter writes it. "" when there is none. */
void ses_trace_id_of(char dst[SES_TRACE_ID_CHARS + 1], const struct myw_exchange *x);

/* True when a response belongs to the command. */
bool ses_has_answer(const struct myw_exchange *x);
/* True when bytes that the transaction state or the times depend on were lost. */
bool ses_is_lost(const struct myw_exchange *x);

#endif
