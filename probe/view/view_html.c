/* summary: building blocks of the HTML pages */
#include "view_html.h"

#include "analysis.h"
#include "page_assets.h"
#include "view_fmt.h"

#include <string.h>

/* Texts longer than this are cut: a page is for looking at, the whole text is in the JSON report. */
#define CODE_BYTES ((size_t)2000)

bool view_html_has_charts(void)
{
    return page_library_bytes > 0;
}

/* Nothing is fetched, and nothing runs but the scripts with these hashes: the policy says so to the browser,
 * should a text ever get through. Styles may stand in attributes, which is where the library puts sizes. */
static void put_policy(struct view_out *o)
{
    view_put(o, "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; base-uri 'none'; "
                "form-action 'none'; style-src 'unsafe-inline'; script-src");
    if (view_html_has_charts())
        view_putf(o, " '%s'", page_library_hash);
    view_putf(o, " '%s'\">\n", page_script_hash);
}

void view_html_begin(struct view_out *o, const char *title)
{
    view_put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n<meta charset=\"utf-8\">\n");
    put_policy(o);
    view_put(o, "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                "<meta name=\"color-scheme\" content=\"light dark\">\n<title>");
    view_put_html(o, title);
    view_put(o, "</title>\n<style>\n");
    view_put_bytes(o, page_style, page_style_bytes);
    view_put(o, "</style>\n</head>\n<body>\n<a class=\"skip\" href=\"#main\">Skip to the report</a>\n<main "
                "id=\"main\">\n");
}

static void put_licences(struct view_out *o)
{
    view_put(o, "<details><summary>Licences of the embedded chart library</summary><pre>");
    view_put_html(o, page_licences);
    view_put(o, "</pre></details>\n");
}

void view_html_end(struct view_out *o)
{
    view_put(
        o,
        "</main>\n<footer>\n<p>Made by poolprobe. This page is whole in itself: it fetches nothing.</p>\n");
    if (view_html_has_charts())
        put_licences(o);
    view_put(o, "</footer>\n");
    if (view_html_has_charts()) {
        view_put(o, "<script>");
        view_put_bytes(o, page_library, page_library_bytes);
        view_put(o, "</script>\n");
    }
    view_put(o, "<script>");
    view_put_bytes(o, page_script, page_script_bytes);
    view_put(o, "</script>\n</body>\n</html>\n");
}

void view_html_no_charts(struct view_out *o)
{
    if (!view_html_has_charts())
        view_html_para(o, "note",
                       "This build of poolprobe has no chart library (npm was missing when it was built): "
                       "the tables below hold the figures.");
    view_put(o,
             "<noscript><p class=\"note\">Charts, sorting and filtering need scripts, which are off in this "
             "browser: the tables hold the figures.</p></noscript>\n");
}

void view_html_figure(struct view_out *o, const char *chart, const char *caption)
{
    view_putf(o, "<figure class=\"chart\" id=\"chart-%s\" data-chart=\"%s\">\n<figcaption>", chart, chart);
    view_put_html(o, caption);
    view_put(o, "</figcaption>\n<div class=\"plot\">");
}

void view_html_figure_end(struct view_out *o)
{
    view_put(o, "</div>\n</figure>\n");
}

void view_html_data(struct view_out *o, const char *title)
{
    view_put(o, view_html_has_charts() ? "<details class=\"data\"><summary>"
                                       : "<details class=\"data\" open><summary>");
    view_put_html(o, title);
    view_put(o, "</summary>\n");
}

void view_html_data_end(struct view_out *o)
{
    view_put(o, "</details>\n");
}

void view_html_section(struct view_out *o, const char *id, const char *title)
{
    view_putf(o, "<section id=\"%s\" aria-labelledby=\"%s-title\">\n<h2 id=\"%s-title\">", id, id, id);
    view_put_html(o, title);
    view_put(o, "</h2>\n");
}

void view_html_section_end(struct view_out *o)
{
    view_put(o, "</section>\n");
}

static void put_titles(struct view_out *o, const char *titles)
{
    view_put(o, "<thead><tr>");
    while (*titles) {
        size_t n = strcspn(titles, "|");
        bool text = *titles == '<';
        view_put(o, text ? "<th scope=\"col\" class=\"t\">" : "<th scope=\"col\">");
        view_put_bytes(o, titles + (text ? 1 : 0), n - (text ? 1 : 0));
        view_put(o, "</th>");
        titles += n + (titles[n] == '|' ? 1 : 0);
    }
    view_put(o, "</tr></thead>\n<tbody>\n");
}

static void begin_table(struct view_out *o, const char *attributes, const char *caption)
{
    view_putf(o, "<div class=\"scroll\" tabindex=\"0\" role=\"region\" aria-label=\"");
    view_put_html(o, caption);
    view_putf(o, "\"><table%s>\n<caption>", attributes);
    view_put_html(o, caption);
    view_put(o, "</caption>\n");
}

void view_html_table(struct view_out *o, const char *caption, const char *titles)
{
    begin_table(o, "", caption);
    put_titles(o, titles);
}

void view_html_table_sorted(struct view_out *o, const char *caption, const char *titles)
{
    begin_table(o, " data-sort", caption);
    put_titles(o, titles);
}

void view_html_table_end(struct view_out *o)
{
    view_put(o, "</tbody></table></div>\n");
}

void view_html_row(struct view_out *o)
{
    view_put(o, "<tr>");
}

void view_html_row_end(struct view_out *o)
{
    view_put(o, "</tr>\n");
}

void view_html_num(struct view_out *o, const char *text)
{
    view_put(o, "<td>");
    view_put_html(o, text);
    view_put(o, "</td>");
}

void view_html_text(struct view_out *o, const char *text)
{
    view_put(o, "<td class=\"t\">");
    view_put_html(o, text);
    view_put(o, "</td>");
}

void view_html_code(struct view_out *o, const char *text)
{
    size_t n = text ? strlen(text) : 0;
    view_put(o, "<td class=\"t\"><code class=\"code\">");
    if (n > CODE_BYTES) {
        size_t keep = CODE_BYTES;
        while (keep > CODE_BYTES - 4 && ((unsigned char)text[keep] & 0xc0) == 0x80)
            keep--; /* never inside of a character */
        view_put_html_bytes(o, text, keep);
        view_putf(o,
                  "</code><span class=\"dim\">\u2026 and %s more bytes: --format json has them</span></td>",
                  view_count(n - keep).s);
        return;
    }
    view_put_html(o, text);
    view_put(o, "</code></td>");
}

void view_html_latency(struct view_out *o, const struct ana_latency *l)
{
    static const double points[] = {0.50, 0.95, 0.99};
    int d = view_ms_decimals(view_lat_quantile_ns(l, 0.99));
    view_html_num(o, view_lat_ms(l, -1, d).s);
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        view_html_num(o, view_lat_ms(l, points[i], d).s);
}

void view_html_para(struct view_out *o, const char *class_name, const char *text)
{
    view_putf(o, "<p class=\"%s\">", class_name);
    view_put_html(o, text);
    view_put(o, "</p>\n");
}

void view_html_bar(struct view_out *o, const struct ana_budget *b, double share)
{
    view_putf(o, "<div class=\"bar\" style=\"width:%.3f%%\">", share * 100.0);
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (b->ns[i] <= 0 || b->total_ns <= 0)
            continue;
        double part = (double)b->ns[i] / (double)b->total_ns;
        view_putf(o, "<i class=\"c%d\" style=\"width:%.3f%%\" title=\"", i, part * 100.0);
        view_put_html(o, ana_line_title((enum ana_line)i));
        view_putf(o, ": %s ms, %s\"></i>", view_ms(view_budget_ms(b, b->ns[i]) * 1e6, 2).s,
                  view_percent(part).s);
    }
    view_put(o, "</div>");
}

void view_html_legend(struct view_out *o, unsigned used)
{
    view_put(o, "<div class=\"legend\">");
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        if (!(used >> i & 1u))
            continue;
        view_putf(o, "<span title=\"");
        view_put_html(o, ana_line_about((enum ana_line)i));
        view_putf(o, "\"><i class=\"c%d\"></i>", i);
        view_put_html(o, ana_line_title((enum ana_line)i));
        view_put(o, "</span>");
    }
    view_put(o, "</div>\n");
}
