/* summary: compares two runs: levels by users, queries by digest, settings, causes */
#include "diff_int.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static bool same_level(const struct ana_diff *d, const struct ana_level *a, const struct ana_level *b)
{
    return (a->users || b->users ? a->users == b->users : a->id == b->id) && ana_diff_same_app(d, a, b);
}

static enum pp_status match_levels(struct ana_diff *d)
{
    d->levels = calloc(d->a->level_count + d->b->level_count + 1, sizeof *d->levels);
    bool *taken = calloc(d->b->level_count + 1, sizeof *taken);
    if (!d->levels || !taken) {
        free(taken);
        return PP_NOMEM;
    }
    for (size_t i = 0; i < d->a->level_count; i++) {
        struct ana_diff_level *x = &d->levels[d->level_count++];
        *x = (struct ana_diff_level){.users = d->a->levels[i].users, .a = &d->a->levels[i]};
        for (size_t k = 0; k < d->b->level_count && !x->b; k++)
            if (!taken[k] && same_level(d, x->a, &d->b->levels[k])) {
                x->b = &d->b->levels[k];
                taken[k] = true;
            }
    }
    for (size_t k = 0; k < d->b->level_count; k++)
        if (!taken[k])
            d->levels[d->level_count++] =
                (struct ana_diff_level){.users = d->b->levels[k].users, .b = &d->b->levels[k]};
    free(taken);
    return PP_OK;
}

static double requests_of(const struct ana_report *r)
{
    double n = 0;
    for (size_t i = 0; i < r->endpoint_count; i++)
        n += (double)r->endpoints[i].requests;
    return n > 0 ? n : 1;
}

struct weighed {
    struct ana_diff_query q;
    double change;
};

static int by_change(const void *pa, const void *pb)
{
    const struct weighed *a = pa, *b = pb;
    if (a->change != b->change)
        return a->change > b->change ? -1 : 1;
    return strcmp(a->q.text, b->q.text);
}

static double a_request(const struct ana_query *q, double requests)
{
    return q ? (double)hist_sum(q->latency.hist) / requests : 0;
}

/* Digest and text together: a prepare has the digest of what it prepares. */
static bool index_b(const struct ana_diff *d, struct map *of_text)
{
    for (size_t k = 0; k < d->b->query_count; k++) {
        char *key =
            ana_textf("%016llx %s", (unsigned long long)d->b->queries[k].digest, d->b->queries[k].text);
        bool ok = key && map_set(of_text, key, strlen(key), &d->b->queries[k]) == PP_OK;
        free(key);
        if (!ok)
            return false;
    }
    return true;
}

static size_t pair_queries(const struct ana_diff *d, struct map *of_text, struct weighed *w)
{
    double na = requests_of(d->a), nb = requests_of(d->b);
    size_t n = 0;
    for (size_t i = 0; i < d->a->query_count; i++) {
        const struct ana_query *a = &d->a->queries[i];
        char *key = ana_textf("%016llx %s", (unsigned long long)a->digest, a->text);
        if (!key)
            return SIZE_MAX;
        w[n].q = (struct ana_diff_query){.text = a->text, .a = a, .b = map_remove(of_text, key, strlen(key))};
        w[n].change = fabs(a_request(a, na) - a_request(w[n].q.b, nb));
        free(key);
        n++;
    }
    for (size_t k = 0; k < d->b->query_count; k++) {
        const struct ana_query *b = &d->b->queries[k];
        char *key = ana_textf("%016llx %s", (unsigned long long)b->digest, b->text);
        if (!key)
            return SIZE_MAX;
        if (map_remove(of_text, key, strlen(key))) {
            w[n].q = (struct ana_diff_query){.text = b->text, .b = b};
            w[n++].change = a_request(b, nb);
        }
        free(key);
    }
    return n;
}

static enum pp_status match_queries(struct ana_diff *d)
{
    size_t most = d->a->query_count + d->b->query_count, n = SIZE_MAX;
    struct map *of_text = map_new(0);
    struct weighed *w = calloc(most + 1, sizeof *w);
    d->queries = calloc(most + 1, sizeof *d->queries);
    if (of_text && w && d->queries && index_b(d, of_text))
        n = pair_queries(d, of_text, w);
    if (n != SIZE_MAX) {
        if (n > 1)
            qsort(w, n, sizeof *w, by_change);
        for (size_t i = 0; i < n; i++)
            d->queries[i] = w[i].q;
        d->query_count = n;
    }
    if (of_text)
        map_free(&of_text);
    free(w);
    return n == SIZE_MAX ? PP_NOMEM : PP_OK;
}

enum pp_status ana_diff_new(struct ana_diff **out, const char *path_a, const char *path_b, struct pp_err *err)
{
    struct ana_diff *d = calloc(1, sizeof *d);
    if (!d)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    enum pp_status st = ana_report_with_blocks(&d->a, path_a, err);
    if (st == PP_OK)
        st = ana_report_with_blocks(&d->b, path_b, err);
    if (st != PP_OK) {
        ana_diff_free(&d);
        return st;
    }
    st = ana_diff_apps(d);
    if (st == PP_OK)
        st = match_levels(d);
    if (st == PP_OK)
        st = match_queries(d);
    if (st == PP_OK)
        st = ana_diff_endpoints(d);
    if (st == PP_OK)
        st = ana_diff_bootstrap(d);
    if (st == PP_OK)
        st = ana_diff_items(d);
    if (st == PP_OK)
        st = ana_diff_settings(d);
    if (st == PP_OK)
        st = ana_diff_causes(d);
    if (st == PP_OK)
        st = ana_verdict_make_diff(d);
    if (st != PP_OK) {
        ana_diff_free(&d);
        return pp_err_set(err, st, "out of memory while comparing two runs");
    }
    *out = d;
    return PP_OK;
}

void ana_diff_free(struct ana_diff **dp)
{
    struct ana_diff *d = *dp;
    if (!d)
        return;
    for (size_t i = 0; i < d->cause_count; i++) {
        free(d->causes[i].cause);
        free(d->causes[i].evidence);
        free(d->causes[i].against);
    }
    free(d->verdict[0]);
    free(d->verdict[1]);
    free(d->apps);
    free(d->levels);
    free(d->settings);
    free(d->queries);
    free(d->endpoints);
    free(d->causes);
    ana_report_free(&d->a);
    ana_report_free(&d->b);
    free(d);
    *dp = NULL;
}
