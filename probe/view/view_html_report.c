/* summary: the HTML report: one page, findings first, nothing fetched, nothing run */
#include "analysis.h"
#include "view.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_parts.h"

static void field(struct view_out *o, const char *name, const char *value)
{
    view_put(o, "<dt>");
    view_put_html(o, name);
    view_put(o, "</dt><dd>");
    view_put_html(o, value && *value ? value : "-");
    view_put(o, "</dd>\n");
}

static void page_head(struct view_out *o, const struct ana_report *r)
{
    char loss[512];
    view_put(o, "<h1>Poolprobe report</h1>\n<dl>\n");
    field(o, "run", r->path);
    view_put(o, "<dt>recorded</dt><dd>");
    view_put_html(o, view_time(r->start_ns).s);
    view_putf(o, ", for %s</dd>\n", view_duration(r->end_ns - r->start_ns).s);
    field(o, "source", r->capture.source);
    field(o, "command", r->command);
    field(o, "recorder", r->version);
    view_put(o, "</dl>\n");
    if (view_loss_line(&r->capture, loss, sizeof loss)) {
        view_put(o, "<p class=\"lost\"><b>Data lost:</b> ");
        view_put_html(o, loss);
        view_put(o, "</p>\n");
    }
}

static void for_against(struct view_out *o, const char *word, const char *text)
{
    if (text == NULL || *text == '\0')
        return;
    view_putf(o, "<p class=\"dim\">%s: ", word);
    view_put_html(o, text);
    view_put(o, "</p>");
}

void view_html_verdict(struct view_out *o, const struct ana_report *r)
{
    static const char *const words[] = {"info", "notice", "problem"};
    view_html_section(o, "findings", "What it says");
    if (r->finding_count == 0)
        view_html_para(o, "", "Nothing stands out, or there is too little to judge by (see below).");
    for (size_t i = 0; i < r->finding_count; i++) {
        const struct ana_finding *f = &r->findings[i];
        const char *word = words[f->severity <= ANA_PROBLEM ? f->severity : ANA_INFO];
        view_putf(o, "<div class=\"finding %s\"><p><b>%s</b>", word, word);
        view_put_html(o, f->text);
        view_put(o, "</p>");
        for_against(o, "for", f->evidence);
        for_against(o, "against", f->against);
        view_put(o, "</div>\n");
    }
    view_html_section_end(o);
}

void view_html_report(struct view_out *o, const struct ana_report *r, const struct view_options *options)
{
    static const struct {
        enum view_by by;
        void (*print)(struct view_out *, const struct ana_report *);
    } parts[] = {
        {VIEW_BY_ALL, view_html_verdict},
        {VIEW_BY_LEVEL, view_html_budgets},
        {VIEW_BY_LEVEL, view_html_levels},
        {VIEW_BY_POOL, view_html_pools},
        {VIEW_BY_TRANSACTION, view_html_transactions},
        {VIEW_BY_ENDPOINT, view_html_endpoints},
        {VIEW_BY_QUERY, view_html_queries},
        {VIEW_BY_CONNECTION, view_html_connections},
        {VIEW_BY_ALL, view_html_capture},
        {VIEW_BY_ALL, view_html_config},
    };
    view_html_begin(o, "Poolprobe report");
    page_head(o, r);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (options->by == VIEW_BY_ALL || options->by == parts[i].by)
            parts[i].print(o, r);
    view_html_end(o);
}
