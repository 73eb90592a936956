/* summary: doctor's facts: asked of the kernel, the interface and the server, one function a judgement */
#ifndef DOCTOR_GATHER_H
#define DOCTOR_GATHER_H

#include "judge.h"

struct doc_gather {
    const char *interface;
    int64_t ring_bytes;
    const uint16_t *http_ports, *mysql_ports;
    size_t http_count, mysql_count;
};

/* Opens the capture as `record` would; on lo it also sends some messages to itself and looks for them. */
void doc_gather_capture(const struct doc_gather *g, struct doc_capture_facts *out);
/* `local` and `remote` of a connection; finds the interface that carries it. */
void doc_gather_route(const struct doc_gather *g, const char *local, const char *remote,
                      struct doc_route_facts *out);
/* Compares the clocks now with those at `start_real_ns`, `start_mono_ns`. */
void doc_gather_clock(int64_t start_real_ns, int64_t start_mono_ns, struct doc_clock_facts *out);
void doc_gather_limits(const struct doc_gather *g, struct doc_limit_facts *out);
/* Looks for the processes behind the ports and judges them. */
void doc_check_processes(const struct doc_gather *g, struct doc_list *l);

#endif
