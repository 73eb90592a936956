/* summary: the comparison of two runs as text: causes first, then levels side by side, settings, queries */
#include "analysis.h"
#include "view_diff.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <math.h>
#include <stdlib.h>
#include <string.h>

static void print_run(const struct view_text *t, const char *name, const struct ana_report *r)
{
    char first[16], loss[512];
    char *line = NULL;
    (void)snprintf(first, sizeof first, "  %s  ", name);
    if (asprintf(&line, "%s: %s, for %s, %s", r->path ? r->path : "?", view_time(r->start_ns).s,
                 view_duration(r->end_ns - r->start_ns).s,
                 r->capture.source ? r->capture.source : "unknown source") < 0) {
        view_out_fail(t->out, PP_NOMEM);
        return;
    }
    view_text_para(t, first, "     ", line);
    free(line);
    if (view_loss_line(&r->capture, loss, sizeof loss)) {
        view_text_style(t, VIEW_RED);
        view_text_para(t, "     DATA LOST  ", "                ", loss);
        view_text_style(t, VIEW_PLAIN);
    }
    for (size_t i = 0; i < r->finding_count; i++) {
        if (!view_is_about_clocks(&r->findings[i]))
            continue;
        view_text_style(t, VIEW_RED);
        view_text_para(t, "     CLOCK      ", "                ", r->findings[i].text);
        view_text_style(t, VIEW_PLAIN);
    }
}

/* Only where a run has several. */
static void print_apps(const struct view_text *t, const struct ana_diff *d)
{
    if (d->app_count == 0)
        return;
    view_text_heading(t, "Applications");
    for (size_t i = 0; i < d->app_count; i++) {
        char *line = view_diff_app(&d->apps[i]);
        if (line)
            view_text_para(t, "  ", "      ", line);
        else
            view_out_fail(t->out, PP_NOMEM);
        free(line);
    }
}

static void print_causes(const struct view_text *t, const struct ana_diff *d)
{
    static const enum view_style styles[] = {VIEW_RED, VIEW_BLUE, VIEW_YELLOW};
    view_text_heading(t, "Suspected causes");
    if (d->cause_count == 0)
        view_text_para(
            t, "  ", "  ",
            "None: no setting that is known to matter differs between the runs, or nothing changed.");
    for (size_t i = 0; i < d->cause_count; i++) {
        const struct ana_diff_cause *c = &d->causes[i];
        char first[48];
        int v = c->verdict <= ANA_NOT_IDENTIFIABLE ? (int)c->verdict : (int)ANA_NOT_IDENTIFIABLE;
        (void)snprintf(first, sizeof first, "  %-18s  ", ana_verdict_name((enum ana_verdict)v));
        view_text_style(t, styles[v]);
        view_text_para(t, first, "                      ", c->cause);
        view_text_style(t, VIEW_PLAIN);
        if (c->evidence && *c->evidence)
            view_text_para(t, "      for:     ", "               ", c->evidence);
        if (c->against && *c->against)
            view_text_para(t, "      against: ", "               ", c->against);
    }
}

static void print_settings(const struct view_text *t, const struct ana_diff *d)
{
    view_text_heading(t, "Settings that differ");
    if (d->setting_count == 0)
        view_text_para(t, "  ", "  ",
                       d->a->setting_count && d->b->setting_count
                           ? "None of those recorded."
                           : "Not known: settings are missing in a run. Record with --server and --app-pid.");
    for (size_t i = 0; i < d->setting_count; i++) {
        const struct ana_diff_setting *s = &d->settings[i];
        char *line = NULL;
        if (asprintf(&line, "%s %s: %s %s %s", s->scope ? s->scope : "", s->name ? s->name : "?",
                     s->a ? s->a : "(not set)", view_arrow(t), s->b ? s->b : "(not set)") < 0) {
            view_out_fail(t->out, PP_NOMEM);
            return;
        }
        view_text_para(t, "  ", "      ", line);
        free(line);
    }
}

void view_text_diff(struct view_out *out, const struct ana_diff *d, const struct view_options *options)
{
    struct view_text t;
    view_text_init(&t, out, options);
    view_text_style(&t, VIEW_BOLD);
    view_put(out, "Poolprobe: what changed from run A to run B\n");
    view_text_style(&t, VIEW_PLAIN);
    print_run(&t, "A", d->a);
    print_run(&t, "B", d->b);
    print_apps(&t, d);
    print_causes(&t, d);
    view_text_diff_levels(&t, d);
    print_settings(&t, d);
    view_text_diff_endpoints(&t, d);
    view_text_diff_queries(&t, d);
}
