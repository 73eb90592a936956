/* summary: makes a report from a run file, and frees it; names of the budget's lines */
#include "blocks.h"
#include "parts.h"

#include "base/obj.h"

#include <stdlib.h>

const char *ana_line_key(enum ana_line line)
{
    static const char *const keys[ANA_LINE_COUNT] = {
#define ANA_LINE(NAME, key, title, about) key,
#include "ana_line.def"
#undef ANA_LINE
    };
    OBJ_ASSERT((unsigned)line < ANA_LINE_COUNT);
    return keys[line];
}

const char *ana_line_title(enum ana_line line)
{
    static const char *const titles[ANA_LINE_COUNT] = {
#define ANA_LINE(NAME, key, title, about) title,
#include "ana_line.def"
#undef ANA_LINE
    };
    OBJ_ASSERT((unsigned)line < ANA_LINE_COUNT);
    return titles[line];
}

const char *ana_line_about(enum ana_line line)
{
    static const char *const abouts[ANA_LINE_COUNT] = {
#define ANA_LINE(NAME, key, title, about) about,
#include "ana_line.def"
#undef ANA_LINE
    };
    OBJ_ASSERT((unsigned)line < ANA_LINE_COUNT);
    return abouts[line];
}

/* Why no budget of this run can be made, NULL when they can. */
static const char *why_not(const struct ana_input *in)
{
    if (in->facts.request_count == 0)
        return "no HTTP request was seen: record the application's HTTP port too (--http-port)";
    if (in->facts.has_seconds)
        return "recorded with --no-statements: what each connection did at each moment is not known";
    if (in->store_dropped_connections > 0)
        return "statements of whole connections were dropped while recording: busy connections look idle";
    bool any = in->watched_mysql;
    for (size_t i = 0; i < in->facts.pool_count; i++)
        any = any || in->facts.pools[i].application;
    if (!any)
        return "no MySQL traffic was captured: time at the database cannot be told from the application's";
    return NULL;
}

static enum pp_status make(struct ana_input *in)
{
    ana_connections_finish(in);
    enum pp_status st = ana_queries_finish(in);
    if (st == PP_OK)
        st = ana_pools_choose(&in->facts);
    if (st == PP_OK)
        st = ana_apps_find(&in->facts);
    if (st == PP_OK)
        st = ana_pools_bind(&in->facts);
    if (st == PP_OK)
        st = ana_dials_find(&in->facts);
    in->why_not = why_not(in);
    if (st == PP_OK)
        st = ana_levels_assign(in);
    if (st == PP_OK)
        st = ana_apps_report(in);
    if (st == PP_OK)
        st = ana_apps_known(in);
    if (st == PP_OK)
        st = ana_sweep_all(&in->sweep, &in->facts);
    if (st == PP_OK)
        st = ana_pools_finish(in);
    if (st == PP_OK)
        st = ana_pool_wire(in);
    if (st == PP_OK)
        st = ana_levels_finish(in);
    if (st == PP_OK)
        st = ana_endpoints_finish(in);
    if (st == PP_OK)
        st = ana_side_finish(in);
    if (st == PP_OK)
        st = ana_coverage_finish(in);
    if (st == PP_OK)
        st = ana_side_coverage(in);
    if (st == PP_OK)
        st = ana_tls_finish(in);
    if (st == PP_OK)
        st = ana_details_make(in);
    if (st == PP_OK)
        st = ana_endpoint_holds(in);
    if (st == PP_OK)
        st = ana_clock_find(in);
    if (st == PP_OK)
        st = ana_requests_finish(in);
    if (st == PP_OK)
        st = ana_findings_make(in);
    ana_statement_parts_finish(in->report);
    if (st == PP_OK)
        st = ana_explain(in);
    if (st == PP_OK)
        st = ana_series_finish(in);
    if (st == PP_OK)
        st = ana_heatmap_make(&in->report->heatmap, &in->facts);
    if (st == PP_OK)
        st = ana_lanes_make(in);
    if (st == PP_OK)
        st = ana_slowest_make(in->report);
    return st == PP_OK ? ana_verdict_make(in->report) : st;
}

static void input_fini(struct ana_input *in)
{
    if (!in->facts_moved)
        ana_facts_fini(&in->facts);
    ana_sweep_fini(&in->sweep);
    ana_side_fini(&in->side);
    ana_tls_facts_fini(&in->tls);
    if (in->names)
        map_free(&in->names);
    if (in->query_map)
        map_free(&in->query_map);
    if (in->endpoint_map)
        map_free(&in->endpoint_map);
    if (in->account_map)
        map_free(&in->account_map);
    for (size_t i = 0; i < in->account_count; i++) {
        free(in->accounts[i].user);
        free(in->accounts[i].name);
    }
    for (size_t i = 0; i < in->load_count; i++) {
        free(in->loads[i].json);
        free(in->loads[i].target);
    }
    free(in->accounts);
    free(in->loads);
}

static enum pp_status report_new(struct ana_report **out, const char *path, bool blocks, struct pp_err *err)
{
    struct ana_input in = {.report = calloc(1, sizeof *in.report)};
    if (!in.report)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status st = ana_read(&in, path, err);
    if (st == PP_OK) {
        st = make(&in);
        if (st == PP_OK && blocks)
            st = ana_blocks_make(&in);
        if (st != PP_OK)
            pp_err_set(err, st, "%s: out of memory while analysing the run", path);
    }
    input_fini(&in);
    if (st == PP_OK)
        *out = in.report;
    else
        ana_report_free(&in.report);
    return st;
}

enum pp_status ana_report_new(struct ana_report **out, const char *path, struct pp_err *err)
{
    return report_new(out, path, false, err);
}

enum pp_status ana_report_with_blocks(struct ana_report **out, const char *path, struct pp_err *err)
{
    return report_new(out, path, true, err);
}
