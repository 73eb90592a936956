/* summary: connects the stages: segments in, facts into the store */
#ifndef PIPELINE_H
#define PIPELINE_H

#include "base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct cap_segment;
struct http_in_flight;
struct myw_in_flight;
struct ses_sink;
struct sto_writer;

#define PIPELINE_PORTS_MAX 64

struct pipeline_ports {
    uint16_t mysql[PIPELINE_PORTS_MAX];
    size_t mysql_count;
    uint16_t http[PIPELINE_PORTS_MAX];
    size_t http_count;
    uint16_t all[2 * PIPELINE_PORTS_MAX]; /* both, for the capture filter */
    size_t all_count;
};

/* Parses the two lists; a port in both is refused. PP_INVALID with err. */
PP_MUST_CHECK enum pp_status pipeline_parse_ports(struct pipeline_ports *out, const char *mysql,
                                                  const char *http, struct pp_err *err);

/* A digest that is new in the run; `text` is borrowed, without a literal. */
typedef void pipeline_digest_f(void *priv, uint64_t digest, const char *text);

struct pipeline_options {
    const struct pipeline_ports *ports; /* borrowed for the pipeline's life */
    struct sto_writer *writer;          /* borrowed likewise; NULL with `facts` */
    const struct ses_sink *facts; /* copied: facts go there instead of to the writer; NULL: they don't */
    bool samples;                 /* keep SQL as sent */
    pipeline_digest_f *on_digest; /* NULL: nobody wants to know */
    void *on_digest_priv;
};

/* What a live line shows; exact. */
struct pipeline_progress {
    uint64_t statements;
    uint64_t requests;
    uint64_t gaps;
    uint64_t voided_statements;
    uint64_t tls_connections;
    uint64_t connections;
};

struct pipeline;

PP_MUST_CHECK enum pp_status pipeline_new(struct pipeline **out, const struct pipeline_options *options);
/* A cap_segment_f; `priv` is the struct pipeline. */
void pipeline_on_segment(void *priv, const struct cap_segment *seg);
/* Ends every connection at `now_ns`; call it once, when the source is exhausted. */
void pipeline_finish(struct pipeline *p, int64_t now_ns);
void pipeline_get_progress(const struct pipeline *p, struct pipeline_progress *out);
/* What is in flight now: f (NULL: nothing) for each MySQL connection with a command
 * (myw_each_in_flight), `requests` of HTTP. */
void pipeline_get_in_flight(const struct pipeline *p, void (*f)(void *priv, const struct myw_in_flight *c),
                            void *priv, struct http_in_flight *requests);
/* Writes every stage's counters into the run's meta table. */
void pipeline_put_counters(const struct pipeline *p, struct sto_writer *writer);
void pipeline_free(struct pipeline **pp);

#endif
