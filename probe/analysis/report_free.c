/* summary: the end of a report: everything that it owns */
#include "analysis.h"
#include "blocks.h"
#include "details.h"
#include "server_side.h"
#include "tls.h"

#include <stdlib.h>

static void free_connection(struct ana_connection *c)
{
    free(c->client);
    free(c->server);
    free(c->user);
    free(c->db);
    free(c->visibility);
    free(c->close_why);
}

static void free_latency(struct ana_latency *l)
{
    if (l->hist)
        hist_free(&l->hist);
}

static void free_pool(struct ana_pool *p)
{
    free(p->client_host);
    free(p->server);
    free(p->user);
    free(p->db);
    free(p->pid);
    free(p->program_name);
    free_latency(&p->hold);
    free_latency(&p->dial);
    free_latency(&p->wire.lifetime);
    free_latency(&p->wire.tcp);
    free_latency(&p->vantage.to_server);
    free_latency(&p->vantage.to_client);
    free_latency(&p->wire.greeting);
    free_latency(&p->wire.auth);
    free_latency(&p->wire.init);
    free(p->wire.points);
    free(p->wire.init_commands);
    free(p->http_server);
    free(p->wire.holds);
    free(p->wire.endpoint_holds);
}

static void free_apps(struct ana_report *r)
{
    for (size_t i = 0; i < r->app_count && r->apps; i++) {
        free(r->apps[i].http_server);
        for (int by = 0; by < ANA_APP_KEYS; by++)
            free(r->apps[i].known_by[by]);
    }
    free(r->apps);
}

static void free_limit(struct ana_limit *l)
{
    free(l->text);
    free(l->evidence);
    free(l->against);
    free(l->would_move);
}

static void free_work(struct ana_report *r)
{
    for (size_t i = 0; i < r->query_count; i++) {
        free(r->queries[i].text);
        free_latency(&r->queries[i].latency);
    }
    for (size_t i = 0; i < r->endpoint_count; i++) {
        free(r->endpoints[i].method);
        free(r->endpoints[i].route);
        free_latency(&r->endpoints[i].latency);
        free_latency(&r->endpoints[i].wait.latency);
        free_latency(&r->endpoints[i].hold);
    }
    for (size_t i = 0; i < r->level_count; i++) {
        free_latency(&r->levels[i].latency);
        free_latency(&r->levels[i].wait.latency);
        free(r->levels[i].load_json);
        for (size_t k = 0; k < r->levels[i].more_load_count; k++)
            free(r->levels[i].more_loads[k]);
        free(r->levels[i].more_loads);
        free(r->levels[i].http_server);
        for (size_t k = 0; k < r->levels[i].limit_count; k++)
            free_limit(&r->levels[i].limits[k]);
        free(r->levels[i].limits);
    }
    for (size_t i = 0; i < r->finding_count; i++) {
        free(r->findings[i].text);
        free(r->findings[i].evidence);
        free(r->findings[i].against);
    }
    free_latency(&r->txns.duration);
    free_latency(&r->txns.commit);
    free_latency(&r->txns.idle);
}

static void free_pictures(struct ana_report *r)
{
    free(r->series.points);
    for (size_t i = 0; i < r->slowest_count; i++)
        free(r->slowest[i].pieces);
    free(r->slowest);
    free(r->heatmap.edge_ns);
    free(r->heatmap.counts);
    for (size_t i = 0; i < r->lanes.count; i++)
        free(r->lanes.lanes[i].use);
    free(r->lanes.lanes);
    free(r->lanes.segments);
}

void ana_report_free(struct ana_report **rp)
{
    struct ana_report *r = *rp;
    if (!r)
        return;
    for (size_t i = 0; i < r->connection_count; i++)
        free_connection(&r->connections[i]);
    for (size_t i = 0; i < r->pool_count; i++)
        free_pool(&r->pools[i]);
    for (size_t i = 0; i < r->setting_count; i++) {
        free(r->settings[i].scope);
        free(r->settings[i].name);
        free(r->settings[i].value);
    }
    free_work(r);
    free_apps(r);
    free_pictures(r);
    free(r->verdict[0]);
    free(r->verdict[1]);
    ana_details_free(&r->details);
    free(r->path);
    free(r->version);
    free(r->command);
    free(r->capture.source);
    free(r->coverage.why_not);
    for (size_t i = 0; i < r->coverage.unseen_count; i++) {
        free(r->coverage.unseen[i].user);
        free(r->coverage.unseen[i].program_name);
    }
    free(r->coverage.unseen);
    ana_server_fini(&r->server);
    ana_tls_fini(&r->tls);
    free(r->settings);
    free(r->connections);
    free(r->pools);
    free(r->queries);
    free(r->endpoints);
    free(r->levels);
    free(r->findings);
    ana_blocks_free(&r->blocks);
    free(r);
    *rp = NULL;
}
