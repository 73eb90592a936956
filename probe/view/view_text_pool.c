/* summary: one pool in detail as text: size over time, order of reuse, dialling, lifetimes, what it was held
 * for
 */
#include "analysis.h"
#include "base/clock.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <inttypes.h>
#include <string.h>

#define NAME 16 /* columns of the field names */
#define POINTS_MOST ((size_t)20)

static void say_size(const struct view_text *t, const struct ana_pool *p)
{
    char line[256];
    (void)snprintf(line, sizeof line,
                   "%" PRIu32 " connections at least, %" PRIu32 " at most; %" PRIu32
                   " busy at once at most; %s of %s never used",
                   p->open_min, p->open_max, p->busy_max, view_count(p->never_used).s,
                   view_count(p->connections).s);
    view_text_field(t, "size", NAME, line);
}

static void say_reuse(const struct view_text *t, const struct ana_pool_wire *w)
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
    view_text_field(t, "reuse", NAME, w->choices ? line : words[w->reuse]);
}

static void say_dialling(const struct view_text *t, const struct ana_pool_wire *w)
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
    view_text_field(t, "dialling", NAME, w->contested ? line : words[ANA_DIALLING_UNKNOWN]);
}

static void add_phase(char *line, size_t n, const char *name, const struct ana_latency *l)
{
    size_t used = strlen(line);
    if (view_lat_count(l) > 0 && used < n)
        (void)snprintf(line + used, n - used, "%s%s %s", used ? ", " : "", name,
                       view_ms(view_lat_quantile_ns(l, 0.5), 2).s);
}

static void say_vantage(const struct view_text *t, const struct ana_pool *p)
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
    view_text_field(t, "network", NAME, line);
}

static void say_dial_cost(const struct view_text *t, const struct ana_pool *p)
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
    view_text_field(t, "cost of a dial", NAME, line);
}

static void say_life(const struct view_text *t, const struct ana_pool_wire *w)
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
    view_text_field(t, "lifetime", NAME, line);
    if (view_lat_count(&w->lifetime) == 0)
        return;
    (void)snprintf(line, sizeof line, "of these from %s to %s, half below %s",
                   view_duration(hist_min(w->lifetime.hist)).s, view_duration(hist_max(w->lifetime.hist)).s,
                   view_duration((int64_t)view_lat_quantile_ns(&w->lifetime, 0.5)).s);
    view_text_field(t, "", NAME, line);
}

static void print_holds(const struct view_text *t, const struct ana_pool_wire *w)
{
    static const struct view_col cols[] = {
        {"held for", VIEW_FLEX},   {"of hold time", VIEW_RIGHT},  {"statements", VIEW_RIGHT},
        {"checkouts", VIEW_RIGHT}, {"their hold ms", VIEW_RIGHT},
    };
    if (w->hold_count == 0)
        return;
    view_put(t->out, "\n");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < w->hold_count; i++) {
        const struct ana_pool_hold *h = &w->holds[i];
        view_table_cell(tab, h->text);
        view_table_cell(tab, view_percent(h->share).s);
        view_table_cell(tab, view_count(h->statements).s);
        view_table_cell(tab, view_count(h->checkouts).s);
        view_table_cell(tab, view_ms(h->hold_ms * 1e6, 2).s);
    }
    view_table_cell(tab, "(nothing in flight)");
    view_table_cell(tab, view_percent(w->hold_idle).s);
    view_table_cell(tab, "");
    view_table_cell(tab, "");
    view_table_cell(tab, "");
    view_table_print(&tab);
}

/* Of many points, every k-th in full steps, so that the table stays readable; JSON has all. */
static void print_points(const struct view_text *t, const struct ana_pool_wire *w)
{
    static const struct view_col cols[] = {
        {"after s", VIEW_RIGHT}, {"open at most", VIEW_RIGHT}, {"busy", VIEW_RIGHT},
        {"dials", VIEW_RIGHT},   {"saturated", VIEW_RIGHT},
    };
    size_t step = w->point_count / POINTS_MOST + 1;
    if (w->point_count == 0)
        return;
    view_put(t->out, "\n");
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    for (size_t i = 0; i < w->point_count; i += step) {
        uint32_t open = 0;
        uint64_t dials = 0;
        double busy = 0, saturated = 0;
        size_t n = 0;
        for (; n < step && i + n < w->point_count; n++) {
            const struct ana_pool_point *x = &w->points[i + n];
            open = x->open_max > open ? x->open_max : open;
            dials += x->dials;
            busy += x->busy;
            saturated += x->saturated;
        }
        char after[32];
        (void)snprintf(after, sizeof after, "%.0f",
                       (double)(w->points[i].start_ns - w->points[0].start_ns) / (double)NS_PER_S);
        view_table_cell(tab, after);
        view_table_cell(tab, view_count(open).s);
        view_table_cell(tab, view_rate(busy / (double)n).s);
        view_table_cell(tab, view_count(dials).s);
        view_table_cell(tab, view_percent(saturated / (double)n).s);
    }
    view_table_print(&tab);
}

void view_text_pool_details(const struct view_text *t, const struct ana_report *r)
{
    for (size_t i = 0; i < r->pool_count; i++) {
        const struct ana_pool *p = &r->pools[i];
        char title[64];
        if (!p->application)
            continue;
        (void)snprintf(title, sizeof title, "Pool %" PRIu64 " in detail", p->id);
        view_text_heading(t, title);
        say_size(t, p);
        if (p->wire.point_count == 0) {
            view_text_para(t, "  ", "  ",
                           "More cannot be told: what each connection did at each moment was not recorded.");
            continue;
        }
        say_reuse(t, &p->wire);
        say_dialling(t, &p->wire);
        say_dial_cost(t, p);
        say_vantage(t, p);
        say_life(t, &p->wire);
        print_points(t, &p->wire);
        print_holds(t, &p->wire);
    }
}
