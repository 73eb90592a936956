/* summary: the recorder's counters of a report as a list, and those above zero as text */
#include "analysis.h"

#include <inttypes.h>
#include <stdio.h>

void ana_counters(const struct ana_capture *c, struct ana_counter out[ANA_COUNTER_COUNT])
{
    const struct ana_counter all[] = {
#define ANA_COUNTER(name, KEY, group, label) {#name, label, ANA_##group, c->name},
#include "ana_counter.def"
#undef ANA_COUNTER
    };
    for (size_t i = 0; i < ANA_COUNTER_COUNT; i++)
        out[i] = all[i];
}

size_t ana_counters_text(char *dst, size_t n, const struct ana_capture *c, enum ana_counter_group group)
{
    struct ana_counter all[ANA_COUNTER_COUNT];
    size_t found = 0, used = 0;
    ana_counters(c, all);
    dst[0] = '\0';
    for (size_t i = 0; i < ANA_COUNTER_COUNT; i++) {
        if (all[i].group != group || all[i].count == 0)
            continue;
        int more = snprintf(dst + used, n - used, "%s%" PRIu64 " %s", found > 0 ? ", " : "", all[i].count,
                            all[i].label);
        if (more > 0)
            used = used + (size_t)more < n ? used + (size_t)more : n - 1;
        found++;
    }
    return found;
}
