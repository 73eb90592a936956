/* summary: building blocks of the HTML pages */
#include "view_html.h"

#include "analysis.h"
#include "view_fmt.h"

#include <string.h>

/* Nothing is fetched and nothing runs: the policy says so to the browser too, should a text ever get through.
 */
static const char head[] = "<meta charset=\"utf-8\">\n"
                           "<meta http-equiv=\"Content-Security-Policy\" content=\"default-src 'none'; "
                           "style-src 'unsafe-inline'\">\n"
                           "<meta name=\"viewport\" content=\"width=device-width, initial-scale=1\">\n"
                           "<meta name=\"color-scheme\" content=\"light dark\">\n";

static const char style[] =
    "<style>\n"
    ":root{--bg:#fff;--fg:#1c2024;--dim:#5d666f;--rule:#d9dee3;--soft:#f4f6f8;--bad:#b3261e;--warn:#8a5a00;"
    "--good:#1b6e3c}\n"
    "@media(prefers-color-scheme:dark){:root{--bg:#15181b;--fg:#e6e9ec;--dim:#9aa4ad;--rule:#343a40;--soft:#"
    "1e2327;"
    "--bad:#ff8a80;--warn:#ffc266;--good:#7fd6a0}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0;background:var(--bg);color:var(--fg);font:15px/1.5 system-ui,sans-serif}\n"
    "main{max-width:72rem;margin:0 auto;padding:1.5rem 1rem 4rem}\n"
    "h1{font-size:1.5rem;margin:0 0 .25rem}h2{font-size:1.15rem;margin:2.2rem 0 .6rem;padding-bottom:.2rem;"
    "border-bottom:1px solid var(--rule)}h3{font-size:1rem;margin:1.2rem 0 .3rem}\n"
    "h1,h3,td,p,dd,code{overflow-wrap:anywhere;unicode-bidi:isolate}\n"
    "dl{display:grid;grid-template-columns:max-content 1fr;gap:.1rem 1rem;margin:.4rem 0}dt{color:var(--dim)}"
    "dd{margin:0}\n"
    ".dim{color:var(--dim)}.scroll{overflow-x:auto}\n"
    "table{border-collapse:collapse;font-variant-numeric:tabular-nums;font-size:.9rem;min-width:40%}\n"
    "th,td{padding:.22rem .7rem .22rem 0;text-align:right;vertical-align:top;border-bottom:1px solid "
    "var(--rule);"
    "white-space:nowrap}\n"
    "th{color:var(--dim);font-weight:600;white-space:normal;vertical-align:bottom}.t{text-align:left}td.t{"
    "white-space:normal;min-width:8rem}\n"
    "td.sum{font-weight:600}\n"
    "code{font:.85rem/1.4 ui-monospace,monospace;white-space:pre-wrap}td "
    ".code{display:block;max-height:12rem;"
    "overflow:auto;min-width:16rem}\n"
    ".finding{border-left:4px solid var(--rule);background:var(--soft);padding:.5rem .8rem;margin:.5rem 0}\n"
    ".finding p{margin:.15rem 0}.finding b{margin-right:.4rem}\n"
    ".problem{border-color:var(--bad)}.problem b{color:var(--bad)}.notice{border-color:var(--warn)}"
    ".notice b{color:var(--warn)}\n"
    ".supported b{color:var(--bad)}.supported{border-color:var(--bad)}.refuted b{color:var(--good)}"
    ".refuted{border-color:var(--good)}\n"
    ".lost{border:2px solid var(--bad);padding:.5rem .8rem;margin:1rem 0}\n"
    ".row{display:grid;grid-template-columns:9rem 1fr 8rem;gap:.8rem;align-items:center;margin:.25rem 0}\n"
    ".row .n{text-align:right;font-variant-numeric:tabular-nums}.row .name{overflow-wrap:anywhere}\n"
    ".bar{display:flex;height:1.3rem;border-radius:3px;overflow:hidden;min-width:2px}\n"
    ".bar i{display:block;height:100%}\n"
    ".legend{display:flex;flex-wrap:wrap;gap:.2rem 1.1rem;margin:.4rem 0 1rem;font-size:.88rem}\n"
    ".legend i{display:inline-block;width:.8rem;height:.8rem;border-radius:2px;margin-right:.35rem;"
    "vertical-align:-1px}\n"
    ".c0{background:#8d6e63}.c1{background:#26a69a}.c2{background:#d32f2f}.c3{background:#f57c00}"
    ".c4{background:#fbc02d}.c5{background:#ec407a}.c6{background:#1e88e5}.c7{background:#3949ab}"
    ".c8{background:#8e44ad}.c9{background:#43a047}.c10{background:#90a4ae}\n"
    "summary{cursor:pointer;color:var(--dim)}\n"
    "@media(max-width:40rem){.row{grid-template-columns:5rem 1fr 5rem}}\n"
    "@media print{body{font-size:11px}main{max-width:none;padding:0}.bar,.legend i{print-color-adjust:exact;"
    "-webkit-print-color-adjust:exact}section{break-inside:auto}tr,.finding,.row{break-inside:avoid}"
    "td .code{max-height:none}.scroll{overflow:visible}}\n"
    "</style>\n";

void view_html_begin(struct view_out *o, const char *title)
{
    view_put(o, "<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n");
    view_put(o, head);
    view_put(o, "<title>");
    view_put_html(o, title);
    view_put(o, "</title>\n");
    view_put(o, style);
    view_put(o, "</head>\n<body>\n<main>\n");
}

void view_html_end(struct view_out *o)
{
    view_put(o, "</main>\n</body>\n</html>\n");
}

void view_html_section(struct view_out *o, const char *id, const char *title)
{
    view_putf(o, "<section id=\"%s\">\n<h2>", id);
    view_put_html(o, title);
    view_put(o, "</h2>\n");
}

void view_html_section_end(struct view_out *o)
{
    view_put(o, "</section>\n");
}

void view_html_table(struct view_out *o, const char *titles)
{
    view_put(o, "<div class=\"scroll\"><table>\n<thead><tr>");
    while (*titles) {
        size_t n = strcspn(titles, "|");
        bool text = *titles == '<';
        view_put(o, text ? "<th class=\"t\">" : "<th>");
        view_put_bytes(o, titles + (text ? 1 : 0), n - (text ? 1 : 0));
        view_put(o, "</th>");
        titles += n + (titles[n] == '|' ? 1 : 0);
    }
    view_put(o, "</tr></thead>\n<tbody>\n");
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
    view_put(o, "<td class=\"t\"><code class=\"code\">");
    view_put_html(o, text);
    view_put(o, "</code></td>");
}

void view_html_latency(struct view_out *o, const struct ana_latency *l)
{
    static const double points[] = {0.50, 0.95, 0.99};
    bool any = view_lat_count(l) > 0;
    int d = view_ms_decimals(view_lat_quantile_ns(l, 0.99));
    view_html_num(o, any ? view_ms(view_lat_mean_ns(l), d).s : "-");
    for (size_t i = 0; i < sizeof points / sizeof points[0]; i++)
        view_html_num(o, any ? view_ms(view_lat_quantile_ns(l, points[i]), d).s : "-");
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
