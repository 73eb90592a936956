/* summary: what the files of the poller share: sources and their schedule, one round of questions, notes,
 * counters */
#ifndef POLL_PRIV_H
#define POLL_PRIV_H

#include "srv_priv.h"

#include "base/map.h"

#include <pthread.h>

#define POLLER_MAGIC 0x53727670u
/* Of a map. A server's own tables have limits far below: 10,000 digests by default, 100,000 connections at
 * most. */
#define POLL_KEYS_MAX 1000000

struct poll_round;

/* One thing that the server is asked about again and again: a row of poll_source.def. */
struct poll_source {
    const char *name; /* ps_poll.source */
    const char *what; /* for people, where the server does not tell it */
    enum pp_status (*ask)(struct poll_round *r, struct pp_err *err);
    double share;   /* of one core that it may cost the server: the pause grows with the cost */
    unsigned every; /* rounds between two questions, at least */
    bool needs_ps;  /* nothing comes while performance_schema is OFF */
};

enum poll_source_id {
#define POLL_SOURCE(ID, name, every, share, ask, needs_ps, what) POLL_##ID,
#include "poll_source.def"
#undef POLL_SOURCE
    POLL_SOURCES
};

/* Its state on this server. */
#define POLL_COSTS 8
struct poll_state {
    int variant;                 /* which of several texts the server understands */
    bool dead;                   /* the server has none of it */
    bool restarted;              /* the server was, since the last answer */
    bool put_off;                /* to this round, since the one before was long enough */
    int64_t last_ns;             /* real time of the last answer, 0: none yet */
    int64_t due_ns;              /* monotonic */
    int64_t cost_ns[POLL_COSTS]; /* of the last answers, a ring */
    unsigned costs;
    int64_t rows; /* of the last answer */
};

/* A wire digest whose name is wanted. */
struct poll_wanted {
    uint64_t digest;
    char *text;
};
#define POLL_WANTED_MAX 2048

struct srv_poller {
    uint32_t magic;
    struct srv *s;
    int64_t interval_ns;
    pthread_t thread;

    pthread_mutex_t lock; /* of what follows */
    pthread_cond_t wake;
    bool stop;
    struct poll_wanted wanted[POLL_WANTED_MAX];
    size_t wanted_first, wanted_count;

    /* The thread's own. */
    struct poll_state state[POLL_SOURCES];
    int64_t poll_id;
    bool ps_off, cpu_off, asked_switches;
    bool no_digest_function;
    bool start_known, nomem_told;
    bool lock_waits;                   /* InnoDB had waiting sessions when it was last asked */
    int64_t started_s, started_real_s; /* the server's start by this machine's two clocks */
    char identity[512];                /* which server it is; "": not known yet */
    int64_t retry_ns, pause_ns;        /* monotonic; pause before the next attempt to connect */
    struct map *noted;                 /* text → anything: told already */
    struct map *status, *variables;
    struct map *digests;  /* poll_digest.c */
    struct map *events;   /* poll_event.c */
    struct map *sessions; /* poll_session.c */
    int64_t digest_ids;
    struct map *tls;       /* poll_tls.c */
    bool asked_history;    /* whether the server remembers statements */
    int64_t sessions_seen; /* in the last list */
    int64_t tls_sessions;  /* of them, encrypted */
    unsigned notes_again;
    unsigned killed; /* questions that somebody killed */
};

/* One question to one source. */
struct poll_round {
    struct srv_poller *p;
    struct poll_state *state;
    const struct poll_source *source;
    int64_t id, ts_ns;
    int64_t rows;
    bool first;       /* sets the base only */
    bool reset;       /* counters fell */
    bool killed;      /* the first time, and asked again */
    bool cut;         /* the server had more rows than were read */
    bool last;        /* the poller's last round */
    unsigned columns; /* of a row */
    srv_row_f *row;
    void *priv;
};

/* Runs the first of `sqls` (ended by NULL) that this server understands, remembers which, and calls f(priv,
 * row). PP_NOENT: it understands none; the source is dead from then on, and a note says so. */
PP_MUST_CHECK enum pp_status poll_ask(struct poll_round *r, const char *const *sqls, unsigned columns,
                                      srv_row_f *f, void *priv, struct pp_err *err);
/* A note, once each text. */
void poll_note(struct srv_poller *p, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* A note of something that may happen more than once. */
void poll_note_again(struct srv_poller *p, const char *kind, const char *fmt, ...)
    __attribute__((format(printf, 3, 4)));
/* Out of memory: said once, nothing ends. */
void poll_nomem(struct srv_poller *p);
/* Emits a status value unless it is the one that was emitted last. A counter that fell was reset. */
void poll_status_value(struct poll_round *r, const char *name, int64_t value);

/* The value that was emitted last, -1: none. */
int64_t poll_status_known(const struct srv_poller *p, const char *name);

/* Numbers of a row: 0 (or `fallback`) for NULL. */
uint64_t poll_u64(const char *field);
int64_t poll_i64(const char *field, int64_t fallback);
/* A text of a row, "" for NULL. */
const char *poll_text(const char *field);
/* ps of two counters as the ns between them: what is cut off of one difference is in the next. */
int64_t poll_ns_between(uint64_t before_ps, uint64_t now_ps);

/* The sources. */
enum pp_status poll_ask_status(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_row_locks(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_transactions(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_variables(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_digests(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_histograms(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_files(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_waits(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_row_lock_waits(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_metadata_waits(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_trx(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_thread_states(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_sessions(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_session_statements(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_tls_statements(struct poll_round *r, struct pp_err *err);
enum pp_status poll_ask_switches(struct poll_round *r, struct pp_err *err);

/* Names of wire digests, a few a round. */
void poll_join_digests(struct srv_poller *p);
/* poll_begin.c. A session's first statements; PP_OK: it may be asked. */
PP_MUST_CHECK enum pp_status poll_session_begin(struct srv_poller *p, struct pp_err *err);
/* Every counter begins at 0 again (the server was restarted). */
void poll_digests_restart(struct srv_poller *p);
void poll_events_restart(struct srv_poller *p);
void poll_digests_free(struct map **mp);
/* Frees the values of a map of heap objects, and the map. */
void poll_map_free(struct map **mp);

#endif
