/* summary: building JSON with cJSON */
#include "view_json.h"

#include "base/clock.h"
#include "base/text.h"
#include "view_width.h"

#include <inttypes.h>
#include <math.h>
#include <string.h>

static cJSON *add(struct view_json *j, cJSON *parent, const char *key, cJSON *item)
{
    cJSON_bool done = 0;
    if (item && parent)
        done = key ? cJSON_AddItemToObject(parent, key, item) : cJSON_AddItemToArray(parent, item);
    if (!done) {
        cJSON_Delete(item);
        view_out_fail(j->out, PP_NOMEM);
        return NULL;
    }
    return item;
}

cJSON *view_json_object(struct view_json *j, cJSON *parent, const char *key)
{
    return add(j, parent, key, cJSON_CreateObject());
}

cJSON *view_json_array(struct view_json *j, cJSON *parent, const char *key)
{
    return add(j, parent, key, cJSON_CreateArray());
}

void view_json_text(struct view_json *j, cJSON *parent, const char *key, const char *text)
{
    struct buf b;
    if (text == NULL) {
        view_json_null(j, parent, key);
        return;
    }
    if (text_is_utf8(text, strlen(text))) {
        (void)add(j, parent, key, cJSON_CreateString(text));
        return;
    }
    buf_init(&b, SIZE_MAX / 4);
    enum pp_status st = text_add_utf8(&b, text, strlen(text));
    if (st == PP_OK)
        st = buf_add_byte(&b, 0);
    if (st == PP_OK)
        (void)add(j, parent, key, cJSON_CreateString((const char *)b.data));
    view_out_fail(j->out, st);
    buf_fini(&b);
}

void view_json_double(struct view_json *j, cJSON *parent, const char *key, double v)
{
    (void)add(j, parent, key, isfinite(v) ? cJSON_CreateNumber(v) : cJSON_CreateNull());
}

/* cJSON keeps numbers as doubles: integers go in as text so that they keep every digit. */
void view_json_uint(struct view_json *j, cJSON *parent, const char *key, uint64_t v)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRIu64, v);
    (void)add(j, parent, key, cJSON_CreateRaw(digits));
}

void view_json_int(struct view_json *j, cJSON *parent, const char *key, int64_t v)
{
    char digits[24];
    (void)snprintf(digits, sizeof digits, "%" PRId64, v);
    (void)add(j, parent, key, cJSON_CreateRaw(digits));
}

void view_json_raw(struct view_json *j, cJSON *parent, const char *key, const char *digits)
{
    (void)add(j, parent, key, cJSON_CreateRaw(digits));
}

void view_json_time(struct view_json *j, cJSON *parent, const char *key, int64_t ns)
{
    if (ns > 0)
        view_json_int(j, parent, key, ns);
    else
        view_json_null(j, parent, key);
}

void view_json_ms(struct view_json *j, cJSON *parent, const char *key, int64_t ns)
{
    char digits[32];
    uint64_t magnitude = ns < 0 ? (uint64_t)0 - (uint64_t)ns : (uint64_t)ns;
    (void)snprintf(digits, sizeof digits, "%s%" PRIu64 ".%06" PRIu64, ns < 0 ? "-" : "",
                   magnitude / (uint64_t)NS_PER_MS, magnitude % (uint64_t)NS_PER_MS);
    (void)add(j, parent, key, cJSON_CreateRaw(digits));
}

void view_json_bool(struct view_json *j, cJSON *parent, const char *key, bool v)
{
    (void)add(j, parent, key, cJSON_CreateBool(v));
}

void view_json_null(struct view_json *j, cJSON *parent, const char *key)
{
    (void)add(j, parent, key, cJSON_CreateNull());
}

/* cJSON escapes what RFC 8259 wants escaped; a terminal obeys more than that, always inside of a string. */
static void put_visible(struct view_out *o, const char *json)
{
    while (*json) {
        size_t n = strcspn(json, "\x7f\xc2\xd8\xe2"); /* the first bytes of what is hidden */
        uint32_t cp = 0;
        view_put_bytes(o, json, n);
        json += n;
        if (*json == '\0')
            break;
        n = view_cp_next(json, &cp);
        if (text_is_hidden(cp))
            view_putf(o, "\\u%04x", (unsigned)cp);
        else
            view_put_bytes(o, json, n);
        json += n;
    }
}

void view_json_print(struct view_json *j, cJSON *root)
{
    if (j->out->status == PP_OK && root) {
        char *text = cJSON_Print(root);
        if (text) {
            put_visible(j->out, text);
            view_put(j->out, "\n");
            cJSON_free(text);
        } else {
            view_out_fail(j->out, PP_NOMEM);
        }
    } else {
        view_out_fail(j->out, PP_NOMEM);
    }
    cJSON_Delete(root);
}
