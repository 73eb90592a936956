/* summary: verdicts on what changed the latency between two runs, with the figures for and against
 *
 * A larger pool can only shorten the waiting for connections. Where that became shorter but the server took
 * as much longer, the limit moved to the server: the pool was not what limited the throughput, whatever
 * happened to the latency. Statements and what else the server does count as evidence against the pool,
 * therefore, only together with the throughput. */
#include "diff_int.h"

#include <math.h>
#include <stdlib.h>

#define MAIN_SHARE 0.5   /* of the change of the latency: its main part */
#define SMALL_SHARE 0.1  /* of the change: no explanation of it */
#define NO_CHANGE 0.05   /* of latency or throughput: within what repeats of one run differ by */
#define NO_CHANGE_MS 0.5 /* likewise, for short latencies */
#define MOVED_SHARE 0.5  /* of the waiting that went away, what the server took over */
#define RATE_GAIN 0.1    /* of the throughput: more than that is a gain */

static bool comparable(const struct ana_diff_level *l)
{
    return l->a && l->b && ana_level_known(l->a) && ana_level_known(l->b);
}

static double server_ms(const struct ana_level *l)
{
    return ana_line_ms(l, ANA_STATEMENT) + ana_line_ms(l, ANA_COMMIT);
}

static struct ana_shift shift_at(const struct ana_diff_level *l)
{
    struct ana_shift s = {.level = l,
                          .latency_a = ana_level_ms(l->a),
                          .latency_b = ana_level_ms(l->b),
                          .wait_a = ana_wait_of(l->a, ana_wait_lines, ANA_WAIT_LINES),
                          .wait_b = ana_wait_of(l->b, ana_wait_lines, ANA_WAIT_LINES),
                          .server_a = server_ms(l->a),
                          .server_b = server_ms(l->b),
                          .rate_a = l->a->throughput,
                          .rate_b = l->b->throughput};
    s.rest_a = s.latency_a - s.wait_a.ms - s.server_a;
    s.rest_b = s.latency_b - s.wait_b.ms - s.server_b;
    return s;
}

bool ana_shift_find(struct ana_shift *out, const struct ana_diff *d)
{
    double most = -1;
    for (size_t i = 0; i < d->level_count; i++) {
        if (!comparable(&d->levels[i]))
            continue;
        struct ana_shift s = shift_at(&d->levels[i]);
        double by = fmax(fabs(s.latency_b - s.latency_a), fabs(s.wait_b.ms - s.wait_a.ms));
        if (by < most)
            continue;
        most = by;
        *out = s;
    }
    return most >= 0;
}

static double latency_by(const struct ana_shift *s)
{
    return s->latency_b - s->latency_a;
}

static double wait_by(const struct ana_shift *s)
{
    return s->wait_b.ms - s->wait_a.ms;
}

static double wait_low(const struct ana_shift *s)
{
    return s->wait_b.low_ms - s->wait_a.high_ms;
}

static double wait_high(const struct ana_shift *s)
{
    return s->wait_b.high_ms - s->wait_a.low_ms;
}

/* The interval of a change, where there is one, holds that nothing changed. */
static bool noise(const struct ana_change *c)
{
    return c->known && c->low <= 0 && c->high >= 0;
}

static bool same_latency(const struct ana_shift *s)
{
    double by = fabs(latency_by(s));
    return noise(&s->level->mean_ms) || by < NO_CHANGE_MS ||
           by < NO_CHANGE * fmax(s->latency_a, s->latency_b);
}

static double rate_gain(const struct ana_shift *s)
{
    return s->rate_a > 0 ? s->rate_b / s->rate_a - 1 : 0;
}

static bool same_rate(const struct ana_shift *s)
{
    return noise(&s->level->throughput) || fabs(rate_gain(s)) < NO_CHANGE;
}

/* Waiting changed beyond its interval. */
static bool wait_changed(const struct ana_shift *s)
{
    return wait_low(s) > 0 || wait_high(s) < 0;
}

/* What waiting lost or gained, the server gained or lost, and the throughput did not follow the waiting. */
static bool moved(const struct ana_shift *s)
{
    double server_by = s->server_b - s->server_a, wait = wait_by(s);
    if (!wait_changed(s) || wait * server_by >= 0 || fabs(server_by) < MOVED_SHARE * fabs(wait))
        return false;
    return wait < 0 ? rate_gain(s) < RATE_GAIN : rate_gain(s) > -RATE_GAIN;
}

static const char *verb(double by)
{
    return by < 0 ? "fell" : "grew";
}

/* The level and its figures, in front of each text. */
static char *figures(const struct ana_shift *s)
{
    return ana_textf(
        "%s the mean latency went from %.1f to %.1f ms and the throughput from %.1f to %.1f requests/s",
        ana_level_at_name(s->level->a).s, s->latency_a, s->latency_b, s->rate_a, s->rate_b);
}

static char *with_figures(const struct ana_shift *s, char *more)
{
    char *head = figures(s), *text = head && more ? ana_textf("%s; %s", head, more) : NULL;
    free(head);
    free(more);
    return text;
}

static char *wait_text(const struct ana_shift *s)
{
    return ana_textf(
        "waiting for a connection went from %.1f to %.1f ms (change %+.1f ms, between %+.1f and %+.1f)",
        s->wait_a.ms, s->wait_b.ms, wait_by(s), wait_low(s), wait_high(s));
}

static char *rest_text(const struct ana_shift *s)
{
    return ana_textf("statements and commits %+.1f ms (%.1f to %.1f), all else %+.1f ms",
                     s->server_b - s->server_a, s->server_a, s->server_b, s->rest_b - s->rest_a);
}

static char *together(const char *others)
{
    return ana_textf(
        "These changed together: %s. One factor at a time would tell: a run that changes the one and keeps "
        "the others.",
        others);
}

static struct ana_judgement judge_moved(const struct ana_shift *s, const char *others)
{
    double wait = wait_by(s), server = s->server_b - s->server_a;
    struct ana_judgement j = {.verdict = *others ? ANA_NOT_IDENTIFIABLE : ANA_REFUTED};
    j.evidence = ana_textf(
        "%s waiting %s by %.1f ms but statements and commits %s by %.1f ms: the limit moved %s the server; "
        "the "
        "pool was not what limited throughput (%.1f → %.1f requests/s). Mean latency %.1f → %.1f ms",
        ana_level_at_name(s->level->a).s, verb(wait), fabs(wait), verb(server), fabs(server),
        wait < 0 ? "to" : "away from", s->rate_a, s->rate_b, s->latency_a, s->latency_b);
    if (*others) {
        j.against = together(others);
        return j;
    }
    bool worse =
        wait < 0 && (rate_gain(s) < -NO_CHANGE || s->latency_b - s->latency_a > NO_CHANGE * s->latency_a);
    j.against = ana_textf(
        "The change of the waiting itself is real: between %+.1f and %+.1f ms.%s What would tell more: "
        "the same two pools with a server that has more CPUs.",
        wait_low(s), wait_high(s),
        worse ? " Nothing else differs, so more work at once may be what slowed the server: the smaller "
                "pool served better."
              : "");
    return j;
}

static struct ana_judgement judge_no_wait(const struct ana_shift *s)
{
    struct ana_judgement j = {.verdict = ANA_REFUTED};
    double most = fmax(fabs(wait_low(s)), fabs(wait_high(s)));
    j.evidence = with_figures(s, wait_text(s));
    if (same_latency(s)
            ? most >= fmax(NO_CHANGE * s->latency_a, NO_CHANGE_MS) && most >= MAIN_SHARE * s->wait_a.ms
            : most >= MAIN_SHARE * fabs(latency_by(s))) {
        j.verdict = ANA_NOT_IDENTIFIABLE;
        j.against = ana_textf(
            "The estimates of the waiting are too wide to tell. A level with few users in both runs, "
            "at which nobody waits, makes them narrower.");
        return j;
    }
    j.against =
        same_latency(s)
            ? ana_textf("Neither latency nor waiting changed by more than noise at this load; a higher load "
                        "may still exhaust the smaller pool.")
            : rest_text(s);
    return j;
}

static struct ana_judgement judge_part(const struct ana_shift *s, const char *others)
{
    double share = wait_by(s) / latency_by(s);
    struct ana_judgement j = {.verdict = ANA_NOT_IDENTIFIABLE};
    char *wait = wait_text(s);
    j.evidence =
        wait ? with_figures(s, ana_textf("%s: %.0f %% of the change of the latency", wait, 100 * share))
             : NULL;
    free(wait);
    if (share > MAIN_SHARE && !*others)
        j.verdict = ANA_SUPPORTED;
    else if (share < SMALL_SHARE)
        j.verdict = ANA_REFUTED;
    if (j.verdict == ANA_NOT_IDENTIFIABLE && *others) {
        j.against = together(others);
        return j;
    }
    char *rest = rest_text(s);
    j.against =
        rest ? ana_textf("The rest of the change: %s. %s", rest,
                         j.verdict == ANA_SUPPORTED
                             ? "Each run was made once; repeats would show how much two equal runs differ."
                         : j.verdict == ANA_REFUTED ? "That is where to look."
                                                    : "Repeats of both runs would tell.")
             : NULL;
    free(rest);
    return j;
}

struct ana_judgement ana_judge_pool(const struct ana_shift *s, const char *others)
{
    if (moved(s))
        return judge_moved(s, others);
    if (!wait_changed(s))
        return judge_no_wait(s);
    if (same_latency(s)) {
        struct ana_judgement j = {.verdict = *others ? ANA_NOT_IDENTIFIABLE : ANA_REFUTED};
        j.evidence = with_figures(s, wait_text(s));
        j.against = *others ? together(others) : rest_text(s);
        return j;
    }
    return judge_part(s, others);
}

struct ana_judgement ana_judge_setting(const struct ana_shift *s, const char *others)
{
    struct ana_judgement j = {.verdict = ANA_NOT_IDENTIFIABLE};
    j.evidence = with_figures(s, rest_text(s));
    if (same_latency(s) && same_rate(s)) {
        j.verdict = *others ? ANA_NOT_IDENTIFIABLE : ANA_REFUTED;
        j.against =
            *others
                ? ana_textf("Nothing changed by more than repeats of one run may differ, but two changes can "
                            "cancel out; these differ too: %s.",
                            others)
                : ana_textf("It differs and nothing changed by more than repeats of one run may differ (%.0f "
                            "%%).",
                            100 * NO_CHANGE);
        return j;
    }
    if (*others) {
        j.against = together(others);
        return j;
    }
    j.verdict = ANA_SUPPORTED;
    j.against = ana_textf(
        "Nothing else that is recorded differs, but what is not recorded may, and each run was made "
        "once: repeats would tell.");
    return j;
}
