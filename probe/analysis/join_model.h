/* summary: private: what a route does with the database: the grammar of its checkouts, and the gaps between
 * them
 *
 * A context is a place in a route: how many checkouts a request has had, and the shape of its last one. Each
 * counts which shape came next (or the answer). A slot is the same for the lengths of gaps of application
 * time: before the first checkout, between two, after the last. */
#ifndef JOIN_MODEL_H
#define JOIN_MODEL_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JN_NONE UINT32_MAX
#define JN_SHAPE_END 0u /* the answer, as the next "shape" */
#define JN_POS_MAX 63   /* further places of a route share one */

/* Log-linear bins of gaps: four an octave from 256 ns to 17 s. */
#define JN_BINS 104
#define JN_SLOTS_MAX 8192      /* of 1.7 kB; further places use their route's, then the common one */
#define JN_CONTEXTS_MAX 262144 /* further ones use their route's */

struct jn_slot {
    float count[JN_BINS]; /* gaps in which nobody waited */
    float n;
    float log_density[JN_BINS]; /* a ns */
    float log_survive[JN_BINS]; /* of a gap being longer than the bin's middle */
    float log_reach[JN_BINS];   /* shorter */
    int64_t median_ns;
    int64_t late_ns;   /* hardly any is longer */
    float same, taken; /* checkouts on the connection of the one before, and all that have one before */
    float parallel;    /* checkouts that began while another of the request went on */
    float log_same, log_other, log_parallel;
    uint32_t parent; /* JN_NONE: of the common one */
};

struct jn_entry {
    uint64_t key; /* 0: empty */
    float value;
    uint32_t index;
};

/* Open addressing; grows. */
struct jn_table {
    struct jn_entry *entries;
    size_t count, cap;
};

struct jn_context {
    float n;
    uint32_t parent; /* JN_NONE: of a route */
};

/* A probability that was asked for: the same few are, again and again. */
struct jn_asked {
    uint32_t context, shape, learned;
    float unplaced, log;
};

struct jn_model {
    struct jn_table contexts;    /* place → index */
    struct jn_table transitions; /* context, shape → count */
    struct jn_context *context;
    size_t context_count, context_cap;
    struct jn_table slots; /* place → index */
    struct jn_slot *slot;
    size_t slot_count, slot_cap;
    uint32_t shape_count;
    struct jn_asked *asked; /* by a hash, the last of those that share a place */
    uint32_t learned;       /* changes with the counts */
    float unplaced;         /* share of a probability that does without the position */
    bool nomem;
};

enum jn_gap {
    JN_GAP_BEFORE,
    JN_GAP_BETWEEN,
    JN_GAP_AFTER,
};

PP_MUST_CHECK enum pp_status jn_model_new(struct jn_model **out, uint32_t shape_count);
void jn_model_free(struct jn_model **mp);

/* The context after `pos` checkouts of a route, the last of shape `prev` (JN_NONE at the start). */
uint32_t jn_context_of(struct jn_model *m, uint32_t route, uint32_t pos, uint32_t prev);
/* The route's, whatever came before. */
uint32_t jn_context_top(struct jn_model *m, uint32_t route);
/* Slot of the gap before checkout number `pos` (from 0), or before the answer. */
uint32_t jn_slot_of(struct jn_model *m, uint32_t route, uint32_t pos, enum jn_gap gap);

/* Forgets the counts, keeping contexts and slots. */
void jn_model_reset(struct jn_model *m);
void jn_count_shape(struct jn_model *m, uint32_t context, uint32_t shape, float weight);
void jn_count_gap(struct jn_model *m, uint32_t slot, int64_t gap_ns, float weight);
/* A checkout behind another one: on the same connection, while the other went on. */
void jn_count_take(struct jn_model *m, uint32_t slot, bool same, bool parallel);
/* Makes logarithms of the counts. `conns`: connections in use. */
void jn_model_learn(struct jn_model *m, double conns);

/* Logarithm of the probability that `shape` comes next. */
float jn_log_shape(struct jn_model *m, uint32_t context, uint32_t shape);
/* Bin of a gap. */
unsigned jn_bin(int64_t gap_ns);
/* Middle of a bin in ns. */
double jn_bin_ns(unsigned bin);
/* Logarithm of the probability that somebody who was expected d_ns later came earlier all the same. */
float jn_log_overtake(const struct jn_slot *s, int64_t d_ns);

struct jn_entry *jn_table_get(const struct jn_table *t, uint64_t key);
/* The entry of the key, new ones with value 0 and index JN_NONE; NULL: memory is out. */
struct jn_entry *jn_table_put(struct jn_table *t, uint64_t key);
void jn_table_fini(struct jn_table *t);

#endif
