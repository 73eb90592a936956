/* summary: HTML tables of capture quality, coverage and the recorder's own cost, of one run and of two */
#include "analysis.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

#include <stdio.h>
#include <stdlib.h>

#define UNSEEN_MAX ((size_t)20) /* lines of sessions that the wire cannot read */

static void quality_row(struct view_out *o, const char *name, const char *value)
{
    view_html_row(o);
    view_html_text(o, name);
    view_html_num(o, value);
    view_html_row_end(o);
}

/* Those above zero; that no limit was reached is told. */
static void counter_rows(struct view_out *o, const struct ana_capture *c)
{
    struct ana_counter all[ANA_COUNTER_COUNT];
    bool limited = false;
    ana_counters(c, all);
    for (size_t i = 0; i < ANA_COUNTER_COUNT; i++) {
        if (all[i].count == 0)
            continue;
        quality_row(o, all[i].label, view_count(all[i].count).s);
        limited = limited || all[i].group == ANA_LIMIT;
    }
    if (!limited)
        quality_row(o, "limits of the recorder", "none reached");
}

static void compared_rows(struct view_out *o, const struct ana_coverage *v)
{
    char text[240];
    if (v->connections_compared > 0) {
        (void)snprintf(text, sizeof text, "%s of %s", view_count(v->connections_equal).s,
                       view_count(v->connections_compared).s);
        quality_row(o, "connections that agree with their sessions' counts", text);
    }
    for (size_t i = 0; i < v->unseen_count && i < UNSEEN_MAX; i++) {
        const struct ana_unseen *u = &v->unseen[i];
        char *name = NULL;
        if (asprintf(&name, "not readable: %s, user %s%s%s", u->why, *u->user ? u->user : "?",
                     *u->program_name ? ", program " : "", u->program_name) < 0) {
            view_out_fail(o, PP_NOMEM);
            return;
        }
        (void)snprintf(text, sizeof text, "%s statements (%s) of %s sessions", view_count(u->statements).s,
                       view_percent(u->share).s, view_count(u->sessions).s);
        quality_row(o, name, text);
        free(name);
    }
}

static struct view_str recorder_cost(const struct ana_capture *c)
{
    struct view_str r = {"not known"};
    if (c->cpu_seconds >= 0 && c->packets > 0)
        (void)snprintf(r.s, sizeof r.s, "%.2f s, %.2f \u00b5s a packet", c->cpu_seconds,
                       c->cpu_seconds * 1e6 / (double)c->packets);
    else if (c->cpu_seconds >= 0)
        (void)snprintf(r.s, sizeof r.s, "%.2f s", c->cpu_seconds);
    return r;
}

void view_html_capture(struct view_out *o, const struct ana_report *r)
{
    const struct ana_capture *c = &r->capture;
    const struct ana_coverage *v = &r->coverage;
    view_html_section(o, "capture", "Capture quality and self-cost");
    view_html_table(o, "Capture quality and self-cost", "<figure|value");
    quality_row(o, "packets", view_count(c->packets).s);
    quality_row(o, "bytes", view_bytes(c->bytes).s);
    quality_row(o, "packets dropped by the kernel", view_count(c->kernel_drops).s);
    quality_row(o, "gaps in TCP streams", view_count(c->gaps).s);
    quality_row(o, "bytes missing in gaps", view_bytes(c->gap_bytes).s);
    quality_row(o, "statements on the wire", view_count(v->wire_statements).s);
    quality_row(o, "statements counted by the server",
                v->server_known ? view_count(v->server_statements).s : "not known");
    if (v->server_known && v->server_missed > 0)
        quality_row(o, "answered on the wire, missed by the server's counters",
                    view_count(v->server_missed).s);
    quality_row(o, "share of the server's statements seen",
                v->server_known ? view_percent(v->ratio).s : "not known");
    quality_row(o, "statements voided", view_count(c->voided_statements).s);
    quality_row(o, "transactions voided", view_count(c->voided_txns).s);
    quality_row(o, "requests incomplete", view_count(c->incomplete_requests).s);
    quality_row(o, "statements dropped before the run file", view_count(c->store_drops).s);
    quality_row(o, "connections readable", view_count(v->plain).s);
    quality_row(o, "connections encrypted (TLS)", view_count(v->tls).s);
    quality_row(o, "connections compressed beyond a limit", view_count(v->compressed).s);
    quality_row(o, "connections of the X protocol", view_count(v->x_protocol).s);
    compared_rows(o, v);
    counter_rows(o, c);
    quality_row(o, "CPU time of the recorder", recorder_cost(c).s);
    quality_row(o, "recorder ended cleanly", c->complete ? "yes" : "no");
    quality_row(o, "capture file ends inside a packet", c->cut_off ? "yes" : "no");
    view_html_table_end(o);
    if (v->why_not && *v->why_not)
        view_html_para(o, "dim", v->why_not);
    view_html_section_end(o);
}

static void pair_row(struct view_out *o, const char *name, struct view_str a, struct view_str b)
{
    view_html_row(o);
    view_html_text(o, name);
    view_html_num(o, a.s);
    view_html_num(o, b.s);
    view_html_row_end(o);
}

static struct view_str seen(const struct ana_coverage *v)
{
    return v->server_known ? view_percent(v->ratio) : (struct view_str){"not known"};
}

static struct view_str yes_no(bool v)
{
    return v ? (struct view_str){"yes"} : (struct view_str){"no"};
}

static struct view_str encrypted(const struct ana_coverage *v)
{
    struct view_str r;
    (void)snprintf(r.s, sizeof r.s, "%.20s of %.20s", view_count(v->tls).s,
                   view_count(v->plain + v->tls + v->compressed + v->x_protocol).s);
    return r;
}

void view_html_capture_pair(struct view_out *o, const struct ana_report *a, const struct ana_report *b)
{
    const struct ana_capture *c = &a->capture, *d = &b->capture;
    view_html_section(o, "capture", "Capture quality and self-cost");
    view_html_table(o, "Capture quality and self-cost", "<figure|A|B");
    pair_row(o, "packets", view_count(c->packets), view_count(d->packets));
    pair_row(o, "packets dropped by the kernel", view_count(c->kernel_drops), view_count(d->kernel_drops));
    pair_row(o, "gaps in TCP streams", view_count(c->gaps), view_count(d->gaps));
    pair_row(o, "statements on the wire", view_count(a->coverage.wire_statements),
             view_count(b->coverage.wire_statements));
    pair_row(o, "share of the server's statements seen", seen(&a->coverage), seen(&b->coverage));
    pair_row(o, "statements voided", view_count(c->voided_statements), view_count(d->voided_statements));
    pair_row(o, "requests incomplete", view_count(c->incomplete_requests),
             view_count(d->incomplete_requests));
    pair_row(o, "connections encrypted (TLS)", encrypted(&a->coverage), encrypted(&b->coverage));
    pair_row(o, "CPU time of the recorder", recorder_cost(c), recorder_cost(d));
    pair_row(o, "recorder ended cleanly", yes_no(c->complete), yes_no(d->complete));
    view_html_table_end(o);
    view_html_section_end(o);
}
