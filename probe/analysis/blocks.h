/* summary: private: levels cut into blocks of time, for the bootstrap of the comparison
 */
#ifndef ANA_BLOCKS_H
#define ANA_BLOCKS_H

#include "analysis.h"

#include <stdint.h>

/* Of a span of time, however long it is. */
#define ANA_BLOCKS_MOST 20000

struct ana_input;

/* One block of a level: its requests are those that arrived in it. */
struct ana_block {
    uint64_t arrived;         /* requests, incomplete ones too */
    struct ana_budget budget; /* of the complete ones */
};

struct ana_block_request {
    int64_t latency_ns;
    uint32_t block;   /* counted from the level's first */
    uint32_t request; /* index in the facts */
};

struct ana_block_level {
    size_t first, count;            /* blocks */
    int64_t block_ns;               /* length of each */
    size_t first_request, requests; /* complete ones, by latency */
};

struct ana_blocks {
    struct ana_block *blocks;
    size_t block_count;
    struct ana_block_request *requests;
    size_t request_count;
    struct ana_block_level *levels; /* as in the report */
};

/* Length of the blocks of a level that is so long. */
int64_t ana_block_length_ns(int64_t level_ns);
/* Makes in->report->blocks. PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_blocks_make(struct ana_input *in);
void ana_blocks_free(struct ana_blocks **bp);

#endif
