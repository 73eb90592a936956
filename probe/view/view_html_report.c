/* summary: the HTML report: one page, the verdict first, then the pictures with the tables behind them */
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
    view_put(o, "<header class=\"top\">\n<h1>Where the time of a request goes</h1>\n<p class=\"run\">");
    view_put_html(o, r->path);
    view_put(o, " \u00b7 ");
    view_put_html(o, view_time(r->start_ns).s);
    view_putf(o, " \u00b7 %s</p>\n<details class=\"about\"><summary>About this recording</summary>\n<dl>\n",
              view_duration(r->end_ns - r->start_ns).s);
    field(o, "source", r->capture.source);
    field(o, "command", r->command);
    field(o, "recorder", r->version);
    view_put(o, "</dl></details>\n</header>\n");
    view_html_no_charts(o);
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
    view_putf(o, "<p class=\"dim\"><span class=\"word\">%s</span> ", word);
    view_put_html(o, text);
    view_put(o, "</p>");
}

static void tile(struct view_out *o, const char *value, const char *unit, const char *name)
{
    view_put(o, "<div class=\"tile\"><dt>");
    view_put_html(o, name);
    view_put(o, "</dt><dd>");
    view_put_html(o, value);
    view_putf(o, " <span class=\"unit\">%s</span></dd></div>\n", unit);
}

/* Three digits are enough to be read at once. */
static int tile_decimals(double ns)
{
    return ns >= 99.95e6 ? 0 : ns >= 9.995e6 ? 1 : 2;
}

/* The level with the most users in five figures. */
static void tiles(struct view_out *o, const struct ana_report *r)
{
    const struct ana_level *l = NULL;
    for (size_t i = 0; i < r->level_count; i++)
        if (r->levels[i].requests && (l == NULL || r->levels[i].users >= l->users))
            l = &r->levels[i];
    if (l == NULL)
        return;
    double p95 = view_lat_quantile_ns(&l->latency, 0.95), mean = view_lat_mean_ns(&l->latency);
    int64_t wait_ns = 0;
    for (int i = ANA_ACQUIRE_EXHAUSTED; i <= ANA_ACQUIRE_LOST_WAKEUP; i++)
        wait_ns += l->budget.ns[i];
    view_put(o, "<p class=\"tiles-title\">At ");
    view_put_html(o, l->users ? view_level_name(l).s : "the whole run");
    view_put(o, "</p>\n<dl class=\"tiles\">\n");
    tile(o, view_rate(l->throughput).s, "/s", "requests");
    tile(o, view_ms(mean, tile_decimals(mean)).s, "ms", "mean latency");
    tile(o, view_ms(p95, tile_decimals(p95)).s, "ms", "95 % within");
    if (l->budget.identified && l->budget.total_ns > 0)
        tile(o, view_percent((double)wait_ns / (double)l->budget.total_ns).s, "", "waiting for a connection");
    tile(o, view_percent((double)l->errors / (double)l->requests).s, "", "failed");
    view_put(o, "</dl>\n");
}

void view_html_verdict(struct view_out *o, const struct ana_report *r)
{
    view_html_section(o, "verdict", "In two sentences");
    for (int i = 0; i < 2; i++)
        if (r->verdict[i])
            view_html_para(o, "verdict", r->verdict[i]);
    tiles(o, r);
    view_html_section_end(o);
}

void view_html_findings(struct view_out *o, const struct ana_report *r)
{
    static const char *const words[] = {"info", "notice", "problem"};
    view_html_section(o, "findings", "What it says, and what speaks against it");
    if (r->finding_count == 0)
        view_html_para(o, "", "Nothing stands out, or there is too little to judge by (see below).");
    for (size_t i = 0; i < r->finding_count; i++) {
        const struct ana_finding *f = &r->findings[i];
        const char *word = words[f->severity <= ANA_PROBLEM ? f->severity : ANA_INFO];
        view_putf(o, "<div class=\"finding %s\"><p><b>%s</b> ", word, word);
        view_put_html(o, f->text);
        view_put(o, "</p>");
        for_against(o, "for", f->evidence);
        for_against(o, "against", f->against);
        view_put(o, "</div>\n");
    }
    view_html_section_end(o);
}

static void limit(struct view_out *o, const struct ana_level *l)
{
    const struct ana_limit *x = &l->limits[0];
    view_put(o, "<div class=\"finding\"><h3>");
    view_put_html(o, view_level_name(l).s);
    view_put(o, ": ");
    view_put_html(o, x->title);
    view_put_html(o, x->kind == ANA_CANNOT_TELL ? " (cannot tell)" : "");
    view_put(o, "</h3><p>");
    view_put_html(o, x->text);
    view_put(o, "</p>");
    for_against(o, "for", x->evidence);
    for_against(o, "against", x->against);
    for_against(o, x->kind == ANA_CANNOT_TELL ? "to tell" : "moves", x->would_move);
    for (size_t i = 1; i < l->limit_count; i++)
        for_against(o, i == 1 ? "then" : "", l->limits[i].title);
    view_put(o, "</div>\n");
}

/* Level by level, the one with the most users unfolded. */
void view_html_limits(struct view_out *o, const struct ana_report *r)
{
    size_t known = 0, top = 0;
    for (size_t i = 0; i < r->level_count; i++) {
        if (r->levels[i].limit_count == 0)
            continue;
        if (known++ == 0 || r->levels[i].users >= r->levels[top].users)
            top = i;
    }
    if (known == 0)
        return; /* the findings and the budget say why there is none */
    view_html_section(o, "limits", "What limits it");
    limit(o, &r->levels[top]);
    if (known > 1) {
        view_put(o, "<details><summary>The other levels</summary>\n");
        for (size_t i = 0; i < r->level_count; i++)
            if (i != top && r->levels[i].limit_count > 0)
                limit(o, &r->levels[i]);
        view_put(o, "</details>\n");
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
        {VIEW_BY_LEVEL, view_html_limits},
        {VIEW_BY_ALL, view_html_findings},
        {VIEW_BY_LEVEL, view_html_levels},
        {VIEW_BY_POOL, view_html_pool_time},
        {VIEW_BY_POOL, view_html_pools},
        {VIEW_BY_ALL, view_html_slowest},
        {VIEW_BY_ALL, view_html_heatmap},
        {VIEW_BY_ENDPOINT, view_html_endpoints},
        {VIEW_BY_QUERY, view_html_queries},
        {VIEW_BY_QUERY, view_html_tls},
        {VIEW_BY_TRANSACTION, view_html_transactions},
        {VIEW_BY_CONNECTION, view_html_connections},
        {VIEW_BY_ALL, view_html_capture},
        {VIEW_BY_ALL, view_html_config},
    };
    view_html_begin(o, "Poolprobe report");
    page_head(o, r);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
        if (options->by == VIEW_BY_ALL || options->by == parts[i].by)
            parts[i].print(o, r);
    view_page_report(o, r);
    view_html_end(o);
}
