/* summary: how a pool behaves in words, a field a line: size, order of reuse, dialling, cost of a dial,
 * lifetimes
 */
#include "view_pool.h"

#include "view_fmt.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static void add(struct view_pool_lines *l, const char *name, const char *text)
{
    if (l->count == VIEW_POOL_LINES)
        return;
    l->at[l->count].name = name;
    (void)snprintf(l->at[l->count++].text, sizeof l->at[0].text, "%s", text);
}

static void say_size(struct view_pool_lines *l, const struct ana_pool *p)
{
    char line[256];
    (void)snprintf(
        line, sizeof line,
        "%" PRIu32 " to %" PRIu32 " connections open; %" PRIu32 " busy at once at most; %s of %s never used",
        p->open_min, p->open_max, p->busy_max, view_count(p->never_used).s, view_count(p->connections).s);
    add(l, "size", line);
}

static void say_reuse(struct view_pool_lines *l, const struct ana_pool_wire *w)
{
    static const char *const words[] = {
        [ANA_REUSE_UNKNOWN] = "cannot tell: too few checkouts began with two or more connections free",
        [ANA_REUSE_FIFO] = "first in, first out: takes the connection idle longest",
        [ANA_REUSE_LIFO] = "last in, first out: takes the connection idle shortest",
        [ANA_REUSE_OTHER] = "neither first nor last in, first out",
    };
    char line[320];
    double n = w->choices ? (double)w->choices : 1;
    (void)snprintf(line, sizeof line,
                   "%s (of %s such checkouts %s took the one idle longest, %s the one idle shortest; blindly "
                   "%s would)",
                   words[w->reuse], view_count(w->choices).s, view_percent((double)w->longest / n).s,
                   view_percent((double)w->shortest / n).s, view_percent(w->chance).s);
    add(l, "reuse", w->choices ? line : words[w->reuse]);
}

static void say_dialling(struct view_pool_lines *l, const struct ana_pool_wire *w)
{
    static const char *const words[] = {
        [ANA_DIALLING_UNKNOWN] =
            "cannot tell whether serial or parallel: no two requests wanted a new one at a time",
        [ANA_DIALLING_SERIAL] = "serial: one connection at a time, while more requests had none",
        [ANA_DIALLING_PARALLEL] = "parallel: several connections at a time",
        [ANA_DIALLING_MIXED] = "mostly one connection at a time, but not always",
    };
    char line[400];
    (void)snprintf(line, sizeof line,
                   "%s (%s dials while another request had no connection either, %s of them beside another "
                   "dial, at most %" PRIu32
                   " at once; meanwhile %s connections were given back and %s taken)",
                   words[w->dialling], view_count(w->contested).s, view_count(w->overlapped).s, w->dials_max,
                   view_count(w->given_back).s, view_count(w->taken).s);
    add(l, "dialling", w->contested ? line : words[ANA_DIALLING_UNKNOWN]);
}

static void add_phase(char *line, size_t n, const char *name, const struct ana_latency *l)
{
    size_t used = strlen(line);
    if (view_lat_count(l) > 0 && used < n)
        (void)snprintf(line + used, n - used, "%s%s %s", used ? ", " : "", name,
                       view_ms(view_lat_quantile_ns(l, 0.5), 2).s);
}

static void say_vantage(struct view_pool_lines *l, const struct ana_pool *p)
{
    static const char *const words[] = {
        [ANA_PLACE_UNKNOWN] = "cannot tell from the TCP handshakes",
        [ANA_PLACE_SAME] = "client and server are one machine",
        [ANA_PLACE_CLIENT] = "recorded at the client",
        [ANA_PLACE_SERVER] = "recorded at the server",
        [ANA_PLACE_BETWEEN] = "recorded between client and server",
    };
    const struct ana_vantage *v = &p->vantage;
    char line[256];
    if (view_lat_count(&v->to_server) == 0)
        return;
    (void)snprintf(
        line, sizeof line, "%s: round trip to the server %s ms, to the client %s ms (medians of %s)",
        words[v->place], view_ms(view_lat_quantile_ns(&v->to_server, 0.5), 3).s,
        view_ms(view_lat_quantile_ns(&v->to_client, 0.5), 3).s, view_count(view_lat_count(&v->to_server)).s);
    add(l, "network", line);
}

static void say_dial_cost(struct view_pool_lines *l, const struct ana_pool *p)
{
    const struct ana_pool_wire *w = &p->wire;
    char line[600] = "";
    add_phase(line, sizeof line, "TCP", &w->tcp);
    add_phase(line, sizeof line, "greeting", &w->greeting);
    add_phase(line, sizeof line, "authentication", &w->auth);
    add_phase(line, sizeof line, "first commands", &w->init);
    if (*line == '\0')
        return;
    size_t used = strlen(line);
    (void)snprintf(line + used, sizeof line - used, " ms in half of the dials%s%s",
                   w->init_commands ? "; " : "", w->init_commands ? w->init_commands : "");
    add(l, "cost of a dial", line);
}

static void say_life(struct view_pool_lines *l, const struct ana_pool_wire *w)
{
    char line[320];
    const char *n = view_count(w->closed).s;
    switch (w->recycling) {
    case ANA_RECYCLING_NONE:
        (void)snprintf(line, sizeof line, "none was closed while the pool went on");
        break;
    case ANA_RECYCLING_AGE:
        (void)snprintf(line, sizeof line, "%s closed, at an age of %.0f to %.0f ms: recycled by age", n,
                       w->recycle_low, w->recycle_high);
        break;
    case ANA_RECYCLING_IDLE:
        (void)snprintf(line, sizeof line, "%s closed after %.0f to %.0f ms without use: an idle time-out", n,
                       w->recycle_low, w->recycle_high);
        break;
    case ANA_RECYCLING_USES:
        (void)snprintf(line, sizeof line, "%s closed after %.0f to %.0f uses: recycled by use", n,
                       w->recycle_low, w->recycle_high);
        break;
    case ANA_RECYCLING_UNKNOWN:
        (void)snprintf(line, sizeof line,
                       "%s closed while the pool went on, at no common age, idle time or number of uses", n);
        break;
    }
    add(l, "lifetime", line);
    if (view_lat_count(&w->lifetime) == 0)
        return;
    (void)snprintf(line, sizeof line, "of these from %s to %s, half below %s",
                   view_duration(hist_min(w->lifetime.hist)).s, view_duration(hist_max(w->lifetime.hist)).s,
                   view_duration((int64_t)view_lat_quantile_ns(&w->lifetime, 0.5)).s);
    add(l, "", line);
}

void view_pool_words(struct view_pool_lines *l, const struct ana_pool *p)
{
    l->count = 0;
    say_size(l, p);
    if (p->wire.point_count == 0) {
        add(l, "more", "cannot be told: what each connection did at each moment was not recorded");
        return;
    }
    say_reuse(l, &p->wire);
    say_dialling(l, &p->wire);
    say_dial_cost(l, p);
    say_vantage(l, p);
    say_life(l, &p->wire);
}
