/* summary: what limits a level as JSON: the verdict, and the other candidates in their order
 */
#include "analysis.h"
#include "view_json.h"

static void add(struct view_json *j, cJSON *o, const struct ana_limit *l)
{
    view_json_text(j, o, "rule", l->rule);
    view_json_text(j, o, "title", l->title);
    view_json_text(j, o, "verdict", ana_limit_kind_name(l->kind));
    view_json_double(j, o, "weight_ms", l->weight_ms);
    view_json_text(j, o, "text", l->text);
    view_json_text(j, o, "evidence", l->evidence);
    view_json_text(j, o, "against", l->against);
    view_json_text(j, o, "would_move", l->would_move);
}

void view_json_limits(struct view_json *j, cJSON *parent, const struct ana_level *l)
{
    if (l->limit_count > 0)
        add(j, view_json_object(j, parent, "limit"), &l->limits[0]);
    else
        view_json_null(j, parent, "limit");
    cJSON *others = view_json_array(j, parent, "other_limits");
    for (size_t i = 1; i < l->limit_count; i++)
        add(j, view_json_object(j, others, NULL), &l->limits[i]);
}
