/* summary: the figures of the load generator that are shown beside the probe's */
#include "view_fmt.h"

#include <cJSON.h>

static double number(const cJSON *o, const char *key)
{
    const cJSON *n = cJSON_GetObjectItemCaseSensitive(o, key);
    return cJSON_IsNumber(n) ? n->valuedouble : -1;
}

struct view_load view_load_parse(const char *json)
{
    struct view_load l = {.known = false,
                          .throughput = -1,
                          .mean_ms = -1,
                          .p95_ms = -1,
                          .p99_ms = -1,
                          .cpu_percent = -1,
                          .memory_mb = -1};
    cJSON *o = json ? cJSON_Parse(json) : NULL;
    if (cJSON_IsObject(o)) {
        l.known = true;
        l.throughput = number(o, "throughput");
        l.mean_ms = number(o, "avg_response_time");
        l.p95_ms = number(o, "p95_response_time");
        l.p99_ms = number(o, "p99_response_time");
        l.cpu_percent = number(o, "avg_cpu_percent");
        l.memory_mb = number(o, "avg_memory_mb");
    }
    cJSON_Delete(o);
    return l;
}
