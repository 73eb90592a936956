/* summary: the figures of a page's charts, as JSON inside of the page; the same keys as in the JSON report */
#include "analysis.h"
#include "base/text.h"
#include "view_fmt.h"
#include "view_html.h"
#include "view_json.h"
#include "view_width.h"

#include <string.h>

/* What would end the element, or a line of a script, is written as an escape: the text of the data can never
 * be taken for markup. Nothing hidden gets into a chart. */
static void put_escaped(struct view_out *o, const char *json)
{
    for (const char *p = json; *p;) {
        size_t n = strcspn(p, "<>&\x7f\xc2\xd8\xe2"); /* the first bytes of all that is looked for */
        uint32_t cp = 0;
        view_put_bytes(o, p, n);
        p += n;
        if (*p == '\0')
            break;
        n = view_cp_next(p, &cp);
        if (text_is_hidden(cp))
            view_put(o, "\\ufffd");
        else if (cp < 0x80 || cp == 0x2028 || cp == 0x2029)
            view_putf(o, "\\u%04x", (unsigned)cp);
        else
            view_put_bytes(o, p, n);
        p += n;
    }
}

void view_page_put(struct view_json *j, cJSON *root)
{
    char *text = j->out->status == PP_OK && root ? cJSON_PrintUnformatted(root) : NULL;
    if (text) {
        view_put(j->out, "<script type=\"application/json\" id=\"data\">");
        put_escaped(j->out, text);
        view_put(j->out, "</script>\n");
        cJSON_free(text);
    } else {
        view_out_fail(j->out, PP_NOMEM);
    }
    cJSON_Delete(root);
}

static void add_lines(struct view_json *j, cJSON *root)
{
    cJSON *a = view_json_array(j, root, "lines");
    for (int i = 0; i < ANA_LINE_COUNT; i++) {
        cJSON *o = view_json_object(j, a, NULL);
        view_json_text(j, o, "key", ana_line_key((enum ana_line)i));
        view_json_text(j, o, "title", ana_line_title((enum ana_line)i));
        view_json_text(j, o, "about", ana_line_about((enum ana_line)i));
    }
}

static void add_or_null(struct view_json *j, cJSON *o, const char *key, double v)
{
    if (v < 0)
        view_json_null(j, o, key);
    else
        view_json_double(j, o, key, v);
}

/* Without what the load generator wrote in full: its histogram alone is larger than the page. */
static void add_level(struct view_json *j, cJSON *o, const struct ana_level *l)
{
    struct view_load load = view_load_of(l);
    view_json_uint(j, o, "id", l->id);
    view_json_uint(j, o, "users", l->users);
    view_json_text(j, o, "name", view_level_name(l).s);
    view_json_time(j, o, "start_ns", l->start_ns);
    view_json_time(j, o, "end_ns", l->end_ns);
    view_json_uint(j, o, "requests", l->requests);
    view_json_uint(j, o, "errors", l->errors);
    view_json_double(j, o, "throughput", l->throughput);
    view_json_latency(j, o, "latency", &l->latency);
    view_json_budget(j, o, &l->budget);
    add_or_null(j, o, "load_cpu_percent", load.cpu_percent);
    add_or_null(j, o, "load_memory_mb", load.memory_mb);
    view_json_host(j, o, l);
}

static void add_run(struct view_json *j, cJSON *runs, const char *name, const struct ana_report *r)
{
    cJSON *o = view_json_object(j, runs, NULL);
    view_json_text(j, o, "name", name);
    view_json_time(j, o, "start_ns", r->start_ns);
    cJSON *levels = view_json_array(j, o, "levels");
    for (size_t i = 0; i < r->level_count; i++)
        add_level(j, view_json_object(j, levels, NULL), &r->levels[i]);
    view_json_slowest(j, o, r);
    view_json_series(j, o, &r->series);
    view_json_heatmap(j, o, &r->heatmap);
    view_json_lanes(j, o, &r->lanes);
}

void view_page_report(struct view_out *out, const struct ana_report *r)
{
    struct view_json j = {out};
    cJSON *root = cJSON_CreateObject();
    add_lines(&j, root);
    add_run(&j, view_json_array(&j, root, "runs"), "", r);
    view_page_put(&j, root);
}

void view_page_diff(struct view_out *out, const struct ana_diff *d)
{
    struct view_json j = {out};
    cJSON *root = cJSON_CreateObject();
    add_lines(&j, root);
    cJSON *runs = view_json_array(&j, root, "runs");
    add_run(&j, runs, "A", d->a);
    add_run(&j, runs, "B", d->b);
    view_page_put(&j, root);
}
