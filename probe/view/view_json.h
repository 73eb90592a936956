/* summary: building JSON with cJSON: sticky failure, repaired texts, numbers with all their digits */
#ifndef VIEW_JSON_H
#define VIEW_JSON_H

#include "view_out.h"

#include <cJSON.h>
#include <stdbool.h>
#include <stdint.h>

struct ana_budget;
struct ana_endpoint;
struct ana_heatmap;
struct ana_lanes;
struct ana_latency;
struct ana_level;
struct ana_pool;
struct ana_query;
struct ana_report;
struct ana_waiting;
struct ana_series;

/* A builder: what fails is recorded in `out`; every function takes NULL parents then. */
struct view_json {
    struct view_out *out;
};

/* A new object or array inside `parent` (under `key` in an object, at the end of an array when key is NULL).
 */
cJSON *view_json_object(struct view_json *j, cJSON *parent, const char *key);
cJSON *view_json_array(struct view_json *j, cJSON *parent, const char *key);
/* NULL text gives null; bytes that are no UTF-8 become U+FFFD. */
void view_json_text(struct view_json *j, cJSON *parent, const char *key, const char *text);
/* Exact as a double (cJSON prints 15 digits, or 17 where those are needed); not finite gives null. */
void view_json_double(struct view_json *j, cJSON *parent, const char *key, double v);
void view_json_uint(struct view_json *j, cJSON *parent, const char *key, uint64_t v);
void view_json_int(struct view_json *j, cJSON *parent, const char *key, int64_t v);
/* A number as its digits. */
void view_json_raw(struct view_json *j, cJSON *parent, const char *key, const char *digits);
/* Time of day in ns; null when it is not known (0 or less). */
void view_json_time(struct view_json *j, cJSON *parent, const char *key, int64_t ns);
/* Milliseconds with six decimals, exact to the ns. */
void view_json_ms(struct view_json *j, cJSON *parent, const char *key, int64_t ns);
void view_json_bool(struct view_json *j, cJSON *parent, const char *key, bool v);
void view_json_null(struct view_json *j, cJSON *parent, const char *key);
/* Prints root with a line end and deletes it. */
void view_json_print(struct view_json *j, cJSON *root);

/* ---- parts that both documents have ---- */
void view_json_latency(struct view_json *j, cJSON *parent, const char *key, const struct ana_latency *l);
/* budget, budget_interval, budget_identified, budget_why_not */
void view_json_budget(struct view_json *j, cJSON *parent, const struct ana_budget *b);
/* wait, wait_interval */
void view_json_waiting(struct view_json *j, cJSON *parent, const struct ana_waiting *w);
/* An object of requests, mean_ms and the budget's four keys. */
void view_json_budget_object(struct view_json *j, cJSON *parent, const char *key, const struct ana_budget *b);
void view_json_joins(struct view_json *j, cJSON *parent, const struct ana_report *r);
void view_json_level(struct view_json *j, cJSON *object, const struct ana_level *l);
/* host: what application, server and machine used */
void view_json_host(struct view_json *j, cJSON *parent, const struct ana_level *l);
void view_json_query(struct view_json *j, cJSON *object, const struct ana_query *q);
/* limit, other_limits */
void view_json_limits(struct view_json *j, cJSON *parent, const struct ana_level *l);
/* vantage: where the recorder stood */
void view_json_pool_vantage(struct view_json *j, cJSON *parent, const struct ana_pool *p);
/* wire: an object, null where nothing is known */
void view_json_pool_wire(struct view_json *j, cJSON *parent, const struct ana_pool *p);
void view_json_run(struct view_json *j, cJSON *parent, const char *key, const struct ana_report *r);
void view_json_capture(struct view_json *j, cJSON *parent, const char *key, const struct ana_report *r);

/* Writes root, escaped, as the data of a page's charts, and deletes it (view_page_data.c). */
void view_page_put(struct view_json *j, cJSON *root);

/* ---- what pictures are drawn from ---- */
void view_json_verdict(struct view_json *j, cJSON *parent, char *const verdict[2]);
void view_json_series(struct view_json *j, cJSON *parent, const struct ana_series *s);
void view_json_heatmap(struct view_json *j, cJSON *parent, const struct ana_heatmap *h);
void view_json_slowest(struct view_json *j, cJSON *parent, const struct ana_report *r);
void view_json_lanes(struct view_json *j, cJSON *parent, const struct ana_lanes *l);

/* The server's side (view_json_server.c): null where the server was not polled. */
struct ana_server_sum;
struct ana_coverage;
struct ana_report;
struct ana_query;
void view_json_server_sum(struct view_json *j, cJSON *parent, const char *key,
                          const struct ana_server_sum *s);
/* Encrypted connections (view_json_tls.c): null where there were none. */
void view_json_tls(struct view_json *j, cJSON *root, const struct ana_report *r);
void view_json_server(struct view_json *j, cJSON *root, const struct ana_report *r);
void view_json_query_server(struct view_json *j, cJSON *parent, const struct ana_query *q);
void view_json_unseen(struct view_json *j, cJSON *parent, const struct ana_coverage *c);

#endif
