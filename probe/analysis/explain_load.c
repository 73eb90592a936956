/* summary: rules for what is left: parts that slow down under load for no known reason, and the load itself
 */
#include "explain.h"
#include "parts.h"

#include <inttypes.h>
#include <stdio.h>

#define SLOWER 1.5       /* times as long as with the least load */
#define SLOWER_SHARE 0.2 /* of the latency, what was added */

static bool slows(const struct exp_facts *f, double now_ms, double low_ms)
{
    double more = now_ms - low_ms;
    return f->low_mean_ms > 0 && now_ms > SLOWER * low_ms && more >= SLOWER_SHARE * f->mean_ms &&
           exp_matters(f, more);
}

/* "its CPUs are not used up (0.40 of 2.00)", or that it is not known. */
static struct exp_cpu_text {
    char s[160];
} cpu_text(const struct exp_cpu *c, const char *whose, const char *remedy)
{
    struct exp_cpu_text t;
    if (c->known)
        snprintf(t.s, sizeof t.s, "%s CPU is not used up (%.2f of %.2f)", whose, c->used, c->limit);
    else
        snprintf(t.s, sizeof t.s, "%s CPU is not known (%s)", whose, remedy);
    return t;
}

bool exp_rule_server_slows(const struct exp_facts *f, struct exp_limit *out)
{
    double now = exp_server_ms(f);
    if (!slows(f, now, f->low_server_ms) || exp_is_full(&f->server) || exp_is_full(&f->machine))
        return false;
    if (f->row_lock_ms >= 0.5 * (now - f->low_server_ms))
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->kind = ANA_CANNOT_TELL;
    l->weight_ms = now - f->low_server_ms;
    l->text = ana_textf(
        "%s the server slows down for a reason that cannot be told: statements and commits take %s of a "
        "request, with %" PRIu32 " user%s %s.",
        f->at, exp_ms(now).s, f->low_users, f->low_users == 1 ? "" : "s", exp_ms(f->low_server_ms).s);
    l->evidence = ana_textf(
        "%s; row-lock waits are %s%s", cpu_text(&f->server, "the server's", "not sampled").s,
        f->row_lock_ms < 0 ? "not known" : exp_ms(f->row_lock_ms).s, f->row_lock_ms < 0 ? "" : " a request");
    l->against = ana_textf("More of them run at once: %.1f connections were busy on average.", f->busy);
    l->would_move =
        ana_textf("The server's CPU, locks and waits would tell: record on its machine, with --server.");
    return true;
}

bool exp_rule_application_slows(const struct exp_facts *f, struct exp_limit *out)
{
    double now = f->line[ANA_APP].ms;
    bool full = exp_is_full(&f->app) || exp_is_full(&f->machine) ||
                (f->app.known && f->app.top_thread >= EXP_ONE_THREAD);
    if (!slows(f, now, f->low_app_ms) || full)
        return false;
    struct ana_limit *l = &out->limit;
    out->class = EXP_PART;
    l->kind = ANA_CANNOT_TELL;
    l->weight_ms = now - f->low_app_ms;
    l->text = ana_textf(
        "%s the application itself slows down for a reason that cannot be told: its own part is %s of a "
        "request's %s, with %" PRIu32 " user%s %s.",
        f->at, exp_ms(now).s, exp_ms(f->mean_ms).s, f->low_users, f->low_users == 1 ? "" : "s",
        exp_ms(f->low_app_ms).s);
    l->evidence = ana_textf("%s; waiting for a connection takes %s, statements and commits %s",
                            cpu_text(&f->app, "the application's", "not sampled").s,
                            exp_ms(exp_exhausted_ms(f)).s, exp_ms(exp_server_ms(f)).s);
    l->against = ana_textf(
        "Its CPU, a lock or a limit on threads inside it, and another service all look the same on the "
        "wire.");
    l->would_move =
        f->app.known
            ? ana_textf("A profile of the application under this load would tell; its CPU is not it.")
            : ana_textf("The application's CPU would tell: record on its machine, or with --app-pid.");
    return true;
}

static enum ana_line largest(const struct exp_facts *f)
{
    enum ana_line most = ANA_APP;
    for (int i = 0; i < ANA_LINE_COUNT; i++)
        if (f->line[i].ms > f->line[most].ms)
            most = (enum ana_line)i;
    return most;
}

/* Little's law: the users' mean cycle is users ÷ rate; what is not latency is thinking. */
bool exp_rule_load(const struct exp_facts *f, struct exp_limit *out)
{
    struct ana_limit *l = &out->limit;
    double cycle_ms = f->users > 0 && f->rate > 0 ? f->users / f->rate * 1e3 : 0;
    double think_ms = cycle_ms - f->mean_ms, queue_ms = f->line[ANA_CLIENT_QUEUE].ms;
    enum ana_line most = largest(f);
    out->class = EXP_LAST;
    l->kind = ANA_NOT_LIMITED;
    l->weight_ms = 0;
    if (exp_matters(f, queue_ms))
        l->text = ana_textf("%s nothing is exhausted, but a request waits %s at the load generator before it "
                            "is sent: the load's own connections are too few.",
                            f->at, exp_ms(queue_ms).s);
    else if (cycle_ms > 0 && think_ms >= 0.5 * cycle_ms)
        l->text = ana_textf(
            "%s nothing limits it but the load: a user waits %s for an answer and then pauses for %s.", f->at,
            exp_ms(f->mean_ms).s, exp_ms(think_ms).s);
    else if (cycle_ms > 0)
        l->text = ana_textf("%s nothing is exhausted: %" PRIu32
                            " users who wait for their answers cannot ask for more than "
                            "this.",
                            f->at, f->users);
    else
        l->text = ana_textf("%s nothing is exhausted: it answered what was asked.", f->at);
    l->evidence = ana_textf(
        "%.1f requests/s × %s = %.1f in flight on average (Little's law); %.1f of %.1f connections busy",
        f->rate, exp_ms(f->mean_ms).s, f->rate * f->mean_ms / 1e3, f->busy, f->open);
    l->against =
        f->app.known && f->server.known
            ? ana_textf("CPUs in use: application %.2f of %.2f, server %.2f of %.2f.", f->app.used,
                        f->app.limit, f->server.used, f->server.limit)
            : ana_textf("The CPU of %s was not sampled.", f->app.known      ? "the server"
                                                          : f->server.known ? "the application"
                                                                            : "application and server");
    l->would_move = ana_textf("More users, or a shorter latency: its largest part is %s (%s of %s).",
                              ana_line_title(most), exp_ms(f->line[most].ms).s, exp_ms(f->mean_ms).s);
    return true;
}
