/* summary: private: what application, server and machine used of CPU and memory in a span of time */
#ifndef ANA_HOST_USE_H
#define ANA_HOST_USE_H

#include "analysis.h"
#include "facts.h"
#include "parts.h"

/* Reads host_sample into the facts. Statuses of sto_each_host, PP_NOMEM. */
PP_MUST_CHECK enum pp_status ana_host_read(struct ana_input *in, struct sto_run *run, struct pp_err *err);

/* What `role` used in [from_ns, to_ns): means over the span, each counter's difference taken between the
 * samples around the span's ends. The interval of a mean is what the samples allow: between two samples that
 * lie around an end anything could have been used within the limit, and the kernel counts in ticks.
 * out->known is false when samples cover less than half of the span. */
void ana_host_use(const struct ana_facts *f, enum ana_host_role role, int64_t from_ns, int64_t to_ns,
                  struct ana_host_use *out);
/* Over the whole run: the part of the application's CPU time that was its busiest thread's. 0: not known. */
double ana_host_thread_share(const struct ana_facts *f);

#endif
