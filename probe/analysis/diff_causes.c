/* summary: suspected causes of the change between two runs: the pool's size, and every other setting that
 * differs */
#include "diff_int.h"

#include "base/buf.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

#define OTHERS_DIFFER 0.25 /* of the machine's CPUs; the load generator is among them */
#define CAUSES_MAX 32      /* settings that get a verdict of their own; the rest share one */
#define NAMES_BYTES ((size_t)700)
#define RATES_BYTES ((size_t)1200)
#define POOL_CLAIM "the pool's size limits throughput: "

struct causes {
    char *names[CAUSES_MAX + 5]; /* owned: "pool size …", "mysql.max_connections 5000 → 10000" */
    size_t count;
    bool pool;      /* the first is the pool's size */
    size_t unknown; /* the first of those of which a run holds nothing; they come last */
};

const char *ana_verdict_name(enum ana_verdict v)
{
    static const char *const names[] = {"supported", "refuted", "not identifiable"};
    return (unsigned)v < sizeof names / sizeof names[0] ? names[v] : "unknown";
}

static bool is_declared_pool(const char *scope, const char *name)
{
    return strcmp(scope, "app") == 0 && strncmp(name, "pool", 4) == 0;
}

static bool is_pool(const struct ana_diff_setting *s)
{
    return is_declared_pool(s->scope, s->name) || strcmp(s->scope, "observed") == 0;
}

static bool declares_pool(const struct ana_report *r)
{
    for (size_t i = 0; i < r->setting_count; i++)
        if (is_declared_pool(r->settings[i].scope, r->settings[i].name))
            return true;
    return false;
}

static char *setting_text(const struct ana_diff_setting *s)
{
    return ana_textf("%s.%s %.60s → %.60s", s->scope, s->name, s->a ? s->a : "(not set)",
                     s->b ? s->b : "(not set)");
}

/* "app.mysql_cpus 1 → 2 (seen: host.server_cpu_limit 1.00 → 2.00)". */
static char *cause_text(const struct ana_diff *d, const struct ana_diff_setting *s)
{
    const struct ana_diff_setting *seen = ana_diff_seen_as(d, s);
    if (!seen)
        return setting_text(s);
    char *declared = setting_text(s), *observed = setting_text(seen), *both = NULL;
    if (declared && observed)
        both = ana_textf("%s (seen: %s)", declared, observed);
    free(declared);
    free(observed);
    return both;
}

/* Some other setting declares it: it is told there. */
static bool told_elsewhere(const struct ana_diff *d, const struct ana_diff_setting *s)
{
    for (size_t i = 0; i < d->setting_count; i++)
        if (ana_diff_seen_as(d, &d->settings[i]) == s)
            return true;
    return false;
}

/* The observed size alone is a cause only where nothing is declared in both: else it follows the demand. */
static bool pool_differs(const struct ana_diff *d)
{
    bool declared = declares_pool(d->a) && declares_pool(d->b);
    for (size_t i = 0; i < d->setting_count; i++)
        if (is_pool(&d->settings[i]) && (!declared || strcmp(d->settings[i].scope, "app") == 0))
            return true;
    return false;
}

/* "the pool's size limits throughput: app.pool_max 5 → 100, observed.pool_open_max 5 → 63". */
static char *pool_text(const struct ana_diff *d)
{
    char *text = NULL;
    for (size_t i = 0; i < d->setting_count; i++) {
        if (!is_pool(&d->settings[i]))
            continue;
        char *one = setting_text(&d->settings[i]);
        char *longer = one ? ana_textf("%s%s", text ? text : POOL_CLAIM, text ? ", " : "") : NULL;
        free(text);
        text = longer ? ana_textf("%s%s", longer, one) : NULL;
        free(longer);
        free(one);
        if (!text)
            return NULL;
    }
    return text;
}

static bool add(struct causes *c, char *name)
{
    c->names[c->count] = name;
    c->count += name != NULL;
    return name != NULL;
}

/* Scopes whose settings only one run has: something among them may differ. */
static bool add_unknown(const struct ana_diff *d, struct causes *c)
{
    static const char *const scopes[][2] = {{"mysql", "the server's variables (record with --server)"},
                                            {"host", "the machine (only a live recording knows it)"}};
    for (size_t i = 0; i < sizeof scopes / sizeof scopes[0]; i++) {
        bool a = ana_scope_recorded(d->a, scopes[i][0]), b = ana_scope_recorded(d->b, scopes[i][0]);
        if (a != b && !add(c, ana_textf("not recorded in run %s: %s", a ? "B" : "A", scopes[i][1])))
            return false;
    }
    return true;
}

/* CPUs that neither the application nor the server used, as a share of the machine's; negative: not known. */
static double other_share(const struct ana_level *l)
{
    const struct ana_host_use *m = &l->host[ANA_HOST_MACHINE], *a = &l->host[ANA_HOST_APP],
                              *s = &l->host[ANA_HOST_SERVER];
    if (!m->known || !a->known || !s->known || !(m->limit > 0))
        return -1;
    return (m->cpu - a->cpu - s->cpu) / m->limit;
}

/* Somebody else's work on the machine is no setting, but changes as much as one. */
static bool add_others(const struct ana_diff *d, struct causes *c)
{
    double most = OTHERS_DIFFER, from = 0, to = 0;
    for (size_t i = 0; i < d->level_count; i++) {
        double a = d->levels[i].a ? other_share(d->levels[i].a) : -1;
        double b = d->levels[i].b ? other_share(d->levels[i].b) : -1;
        if (a < 0 || b < 0 || fabs(b - a) < most)
            continue;
        most = fabs(b - a);
        from = a;
        to = b;
    }
    return most <= OTHERS_DIFFER ||
           add(c, ana_textf("other programs' use of the machine's CPUs %.0f %% → %.0f %%", 100 * from,
                            100 * to));
}

static bool collect(const struct ana_diff *d, struct causes *c)
{
    size_t left = 0;
    const struct ana_diff_setting *first_left = NULL;
    c->pool = pool_differs(d);
    if (c->pool && !add(c, pool_text(d)))
        return false;
    for (size_t i = 0; i < d->setting_count; i++) {
        const struct ana_diff_setting *s = &d->settings[i];
        if (is_pool(s) || told_elsewhere(d, s))
            continue;
        if (c->count < CAUSES_MAX) {
            if (!add(c, cause_text(d, s)))
                return false;
            continue;
        }
        first_left = first_left ? first_left : s;
        left++;
    }
    if (left > 0 &&
        !add(c, ana_textf("%zu more settings, from %s.%s on", left, first_left->scope, first_left->name)))
        return false;
    bool ok = add_others(d, c);
    c->unknown = c->count;
    return ok && add_unknown(d, c);
}

/* Names of all causes but one, with ", " between; "" when there is no other. */
static char *others_of(const struct causes *c, size_t but)
{
    struct buf b;
    size_t told = 0;
    enum pp_status st = PP_OK;
    buf_init(&b, NAMES_BYTES);
    for (size_t i = 0; i < c->count && st == PP_OK; i++) {
        if (i == but)
            continue;
        size_t claim = c->pool && i == 0 ? strlen(POOL_CLAIM) : 0;
        st = buf_addf(&b, "%s%s", told ? ", " : "", c->names[i] + claim);
        told += st == PP_OK;
    }
    size_t left = c->count - 1 - told;
    char *text = st == PP_NOMEM ? NULL
                 : left > 0     ? ana_textf("%.*s and %zu more", (int)b.len, (const char *)b.data, left)
                                : ana_textf("%.*s", (int)b.len, b.data ? (const char *)b.data : "");
    buf_fini(&b);
    return text;
}

/* "10 users 86.6 → 118.4 (+37 %), 50 users 82.6 → 41.2 (-50 %)": one level alone does not tell what a pool
 * does. */
static char *rates_text(const struct ana_diff *d)
{
    struct buf b;
    enum pp_status st = PP_OK;
    buf_init(&b, RATES_BYTES);
    for (size_t i = 0; i < d->level_count && st == PP_OK; i++) {
        const struct ana_diff_level *l = &d->levels[i];
        if (!l->a || !l->b || !(l->a->throughput > 0))
            continue;
        st = buf_addf(&b, "%s%u users %.1f → %.1f (%+.0f %%)", b.len > 0 ? ", " : "", l->users,
                      l->a->throughput, l->b->throughput, 100 * (l->b->throughput / l->a->throughput - 1));
    }
    char *text = st == PP_NOMEM ? NULL : ana_textf("%.*s", (int)b.len, b.len > 0 ? (const char *)b.data : "");
    buf_fini(&b);
    return text;
}

/* What a sentence lacks before another one follows. */
static const char *full_stop(const char *text)
{
    size_t n = strlen(text);
    return n == 0 || text[n - 1] == '.' ? "" : ".";
}

/* Puts the throughput of every level behind what speaks against the verdict. */
static bool add_rates(const struct ana_diff *d, struct ana_judgement *j)
{
    char *rates = rates_text(d), *longer = NULL;
    if (rates && j->against)
        longer = *rates ? ana_textf("%s%s Requests/s level by level: %s.", j->against, full_stop(j->against),
                                    rates)
                        : ana_text(j->against);
    free(rates);
    free(j->against);
    j->against = longer;
    return longer != NULL;
}

/* Why no two budgets can be compared. */
static struct ana_judgement unknown(const struct ana_diff *d)
{
    struct ana_judgement j = {.verdict = ANA_NOT_IDENTIFIABLE};
    const char *why = NULL;
    size_t both = 0;
    for (size_t i = 0; i < d->level_count; i++) {
        const struct ana_diff_level *l = &d->levels[i];
        if (!l->a || !l->b)
            continue;
        both++;
        why = l->a->budget.identified ? l->b->budget.why_not : l->a->budget.why_not;
    }
    j.evidence =
        both ? ana_textf("no level has a latency budget in both runs%s%s", why ? ": " : "", why ? why : "")
             : ana_textf("the runs have no level with the same number of users in common");
    j.against = both ? ana_textf("Record the HTTP and the MySQL traffic of both runs, with their statements.")
                     : ana_textf("Run the same ramp (poolload --users) against both.");
    return j;
}

/* What only one run recorded may differ, and no figure can tell. */
static struct ana_judgement not_recorded(const char *others)
{
    return (struct ana_judgement){
        .verdict = ANA_NOT_IDENTIFIABLE,
        .evidence = ana_textf("one run holds nothing of it, so whether it differs is not known"),
        .against = *others ? ana_textf("What is known to differ: %s. Record both runs alike.", others)
                           : ana_textf("Nothing that both runs recorded differs. Record both runs alike.")};
}

static enum pp_status judge(struct ana_diff *d, struct causes *c)
{
    struct ana_shift s;
    bool known = ana_shift_find(&s, d);
    d->causes = calloc(c->count + 1, sizeof *d->causes);
    if (!d->causes)
        return PP_NOMEM;
    for (size_t i = 0; i < c->count; i++) {
        char *others = others_of(c, i);
        if (!others)
            return PP_NOMEM;
        struct ana_judgement j = !known              ? unknown(d)
                                 : i >= c->unknown   ? not_recorded(others)
                                 : i == 0 && c->pool ? ana_judge_pool(&s, others)
                                                     : ana_judge_setting(&s, others);
        free(others);
        if (known && i == 0 && c->pool && !add_rates(d, &j))
            j.against = NULL;
        struct ana_diff_cause *x = &d->causes[d->cause_count++];
        *x = (struct ana_diff_cause){.cause = ana_text(c->names[i]),
                                     .verdict = j.verdict,
                                     .evidence = j.evidence,
                                     .against = j.against};
        if (!x->cause || !x->evidence || !x->against)
            return PP_NOMEM;
    }
    return PP_OK;
}

enum pp_status ana_diff_causes(struct ana_diff *d)
{
    struct causes c = {.count = 0};
    enum pp_status st = collect(d, &c) ? judge(d, &c) : PP_NOMEM;
    for (size_t i = 0; i < c.count; i++)
        free(c.names[i]);
    return st;
}
