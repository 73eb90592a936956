/* summary: rules: the application's, the server's or the machine's CPUs are used up
 */
#include "explain.h"
#include "parts.h"

#include <math.h>
#include <stdio.h>

#define THROTTLED 0.05
#define HELD_BACK 0.25    /* throttled so much of the time: as good as full */
#define SIDE_SHARE 0.2    /* of a request without its queue for connections: the side has a part in it */
#define OTHERS 0.2        /* of the time that the server ran statements: worth a word */
#define STARVED_SHARE 0.2 /* of the latency */

/* "; 3.1 more threads were runnable without one" */
static struct extra_text {
    char s[160];
} extras(const struct exp_cpu *c)
{
    struct extra_text t = {""};
    int n = 0;
    if (c->delay >= 0.05)
        n = snprintf(t.s, sizeof t.s, "; on average %.1f more threads were runnable without a CPU", c->delay);
    if (c->throttled >= THROTTLED && n >= 0 && n < (int)sizeof t.s)
        snprintf(t.s + n, sizeof t.s - (size_t)n, "; its control group was throttled %.0f %% of the time",
                 100 * c->throttled);
    return t;
}

static bool one_thread(const struct exp_cpu *c)
{
    return c->known && c->top_thread >= EXP_ONE_THREAD;
}

/* A CPU that is used up stands before everything else where `ms` of a request are that side's; where they are
 * few, it is one part among others. */
static bool weigh(struct exp_limit *out, const struct exp_facts *f, const struct exp_cpu *c, double ms)
{
    double queue = exp_exhausted_ms(f);
    bool exhausted = exp_is_full(c) || one_thread(c) || c->throttled >= HELD_BACK;
    if (!exp_matters(f, ms))
        return false;
    if (exhausted && ms >= SIDE_SHARE * (f->mean_ms - queue)) {
        out->class = EXP_EXHAUSTED;
        out->limit.weight_ms = ms + queue;
    } else {
        out->class = EXP_PART;
        out->limit.weight_ms = exp_is_full(c) || one_thread(c) ? ms : ms * fmin(c->throttled, 1);
    }
    return true;
}

/* "it runs on 0.98 of the 1.00 CPUs that it may use", and of what is throttled. */
static struct extra_text used_text(const struct exp_cpu *c)
{
    struct extra_text t;
    if (exp_is_full(c))
        snprintf(t.s, sizeof t.s, "is used up: it runs on %.2f of the %.2f CPUs that it may use", c->used,
                 c->limit);
    else
        snprintf(
            t.s, sizeof t.s,
            "is held back: its control group was throttled %.0f %% of the time, at %.2f of its %.2f CPUs on "
            "average",
            100 * c->throttled, c->used, c->limit);
    return t;
}

static char *thread_text(const struct exp_facts *f)
{
    return ana_textf("%s one thread of the application is never idle: it uses %.2f of one CPU, and a "
                     "thread (an event loop, an interpreter's lock) cannot use more.",
                     f->at, f->app.top_thread);
}

bool exp_rule_application_cpu(const struct exp_facts *f, struct exp_limit *out)
{
    const struct exp_cpu *c = &f->app;
    bool group = exp_is_full(c) || (c->known && c->throttled >= THROTTLED);
    if ((!group && !one_thread(c)) || !weigh(out, f, c, f->line[ANA_APP].ms + f->line[ANA_TXN_IDLE].ms))
        return false;
    double cpu_ms = f->rate > 0 ? c->used / f->rate * 1e3 : 0;
    struct ana_limit *l = &out->limit;
    l->text = group ? ana_textf("%s the application's CPU %s.", f->at, used_text(c).s) : thread_text(f);
    l->evidence = ana_textf("a request costs the application %s of CPU; %.1f requests/s%s; of the latency of "
                            "%s, %s are the application's",
                            exp_ms(cpu_ms).s, f->rate, extras(c).s, exp_ms(f->mean_ms).s,
                            exp_ms(f->line[ANA_APP].ms).s);
    l->against =
        exp_matters(f, exp_exhausted_ms(f))
            ? ana_textf("Requests also wait %s for a connection, but more connections cannot give the "
                        "application more CPU: that queue would form elsewhere.",
                        exp_ms(exp_exhausted_ms(f)).s)
            : ana_textf("Statements and commits take %s of a request.", exp_ms(exp_server_ms(f)).s);
    l->would_move =
        group ? ana_textf("Less CPU a request, or more CPUs: at %s of CPU a request, %.2f CPUs serve "
                          "at most %.0f requests/s.",
                          exp_ms(cpu_ms).s, c->limit, cpu_ms > 0 ? c->limit * 1e3 / cpu_ms : 0)
              : ana_textf("More worker processes, or less CPU a request.");
    return true;
}

static char *server_against(const struct exp_facts *f)
{
    if (f->other_share >= OTHERS)
        return ana_textf(
            "At least %.0f %% of the time that the server ran statements it was for other clients, and "
            "their CPU is in these figures. More connections would not help.",
            100 * f->other_share);
    if (exp_matters(f, exp_exhausted_ms(f)))
        return ana_textf("Requests also wait %s for a connection, but more connections would only move "
                         "that queue to the server.",
                         exp_ms(exp_exhausted_ms(f)).s);
    return ana_textf("The application itself takes %s of a request.", exp_ms(f->line[ANA_APP].ms).s);
}

bool exp_rule_server_cpu(const struct exp_facts *f, struct exp_limit *out)
{
    const struct exp_cpu *c = &f->server;
    if (!exp_is_full(c) && !(c->known && c->throttled >= THROTTLED))
        return false;
    if (!weigh(out, f, c, exp_server_ms(f)))
        return false;
    double cpu_ms = f->rate > 0 ? c->used / f->rate * 1e3 : 0;
    struct ana_limit *l = &out->limit;
    l->text = ana_textf("%s the MySQL server's CPU %s.", f->at, used_text(c).s);
    l->evidence =
        ana_textf("to a request come %s of its CPU; of the request's %s, statements and commits take "
                  "%s%s%s",
                  exp_ms(cpu_ms).s, exp_ms(f->mean_ms).s, exp_ms(exp_server_ms(f)).s,
                  f->low_mean_ms > 0 ? ", with the least load " : "",
                  f->low_mean_ms > 0 ? exp_ms(f->low_server_ms).s : "");
    l->against = server_against(f);
    l->would_move = f->query
                        ? ana_textf("More CPUs for the server, or less work a request: the most time goes to "
                                    "%.70s",
                                    f->query)
                        : ana_textf("More CPUs for the server, or less work a request.");
    return true;
}

/* How long threads of the application and the server could run and had no CPU, for each request; negative:
 * not known. */
static double starved_ms(const struct exp_facts *f)
{
    double threads = (f->app.known && f->app.delay > 0 ? f->app.delay : 0) +
                     (f->server.known && f->server.delay > 0 ? f->server.delay : 0);
    bool known = f->app.known && f->app.delay >= 0 && f->server.known && f->server.delay >= 0;
    return known && f->rate > 0 ? threads / f->rate * 1e3 : -1;
}

static char *machine_text(const struct exp_facts *f, double parts, double others)
{
    const struct exp_cpu *m = &f->machine;
    if (others > parts)
        return ana_textf("%s the machine's CPUs are used up: %.2f of %.0f are busy, most of them with other "
                         "programs than the application and the MySQL server (%.2f).",
                         f->at, m->used, m->limit, others);
    return ana_textf("%s the machine's CPUs are used up: %.2f of %.0f are busy.", f->at, m->used, m->limit);
}

/* Together they use up what neither could alone. It limits the requests as far as their threads waited for a
 * CPU: others may use a machine up while these sleep. */
bool exp_rule_machine_cpu(const struct exp_facts *f, struct exp_limit *out)
{
    const struct exp_cpu *m = &f->machine;
    double app = f->app.known ? f->app.used : 0, server = f->server.known ? f->server.used : 0;
    double others = m->used - app - server > 0 ? m->used - app - server : 0, starved = starved_ms(f);
    if (!exp_is_full(m) || exp_is_full(&f->app) || exp_is_full(&f->server) ||
        (starved >= 0 && !exp_matters(f, starved)))
        return false;
    bool large =
        starved < 0 ? app + server >= STARVED_SHARE * m->used : starved >= STARVED_SHARE * f->mean_ms;
    struct ana_limit *l = &out->limit;
    out->class = large ? EXP_EXHAUSTED : EXP_PART;
    l->weight_ms = large         ? f->line[ANA_APP].ms + exp_hold_ms(f) + exp_exhausted_ms(f)
                   : starved > 0 ? starved
                                 : 0;
    l->text = machine_text(f, app + server, others);
    l->evidence =
        ana_textf("the application uses %.2f, the MySQL server %.2f, everything else (the load generator "
                  "and the recorder among it) %.2f; for each request, threads of the two waited %s for a CPU",
                  app, server, others, starved < 0 ? "an unknown time" : exp_ms(starved).s);
    l->against = ana_textf("What is not the application's or the server's own use would be gone with a load "
                           "generator on another machine.");
    l->would_move =
        ana_textf("More CPUs, or the parts on machines of their own. More connections would not.");
    return true;
}
