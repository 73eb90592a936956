/* summary: private to loadgen: a few failed requests of each kind, to look at */
#ifndef LG_SAMPLES_H
#define LG_SAMPLES_H

#include <stddef.h>
#include <stdint.h>

#define LG_SAMPLE_BYTES 200 /* of a body or message */
#define LG_SAMPLES_A_KIND 3 /* enough to tell whether they look alike */
#define LG_SAMPLES_MAX 60   /* twenty kinds */

struct lg_sample {
    int kind;   /* enum lg_error */
    int status; /* of the response, 0 without one; a kind of its own each */
    size_t endpoint;
    int64_t real_ns;
    int64_t latency_ns;
    size_t text_bytes;
    char text[LG_SAMPLE_BYTES];
};

struct lg_samples {
    size_t count;
    struct lg_sample items[LG_SAMPLES_MAX];
};

/* Keeps it unless there are enough of its kind. `text` may be NULL. */
void lg_samples_add(struct lg_samples *s, const struct lg_sample *sample, const char *text, size_t bytes);
void lg_samples_merge(struct lg_samples *s, const struct lg_samples *from);

#endif
