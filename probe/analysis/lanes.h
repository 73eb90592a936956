/* summary: private: the parts of the lanes: which connections, their use over time, and the exact window */
#ifndef ANA_LANES_H
#define ANA_LANES_H

#include "parts.h"

struct lanes_input {
    const struct ana_facts *facts;
    const struct ana_report *report;
    struct ana_lanes *out;
    uint32_t *lane_of; /* by connection of the facts: index in out->lanes, FACT_NONE: not shown */
};

/* Chooses the window and fills in the segments of the shown lanes (lanes_window.c). */
PP_MUST_CHECK enum pp_status ana_lanes_window(struct lanes_input *in);

#endif
