/* summary: reads and checks the specification of an experiment */
#include "spec.h"

#include "base/buf.h"
#include "base/clock.h"
#include "places.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SPEC_MAX_BYTES ((size_t)1 << 20)
#define REPEATS_MAX 1000
#define PLACES_MAX 4096

/* The keys of the top level, and what reads each. */
typedef enum pp_status read_f(struct exp_spec *s, cJSON *value, struct pp_err *err);
struct key {
    const char *name;
    read_f *read;
};

static enum pp_status unknown_key(const char *where, const char *key, struct pp_err *err)
{
    return pp_err_set(err, PP_INVALID, "%s has no key \"%s\"; see docs/experiment.md", where, key ? key : "");
}

static enum pp_status read_text(const cJSON *v, const char *key, const char **out, struct pp_err *err)
{
    *out = cJSON_GetStringValue(v);
    return *out && **out ? PP_OK
                         : pp_err_set(err, PP_INVALID, "\"%s\" must be a text that is not empty", key);
}

static enum pp_status read_whole(const cJSON *v, const char *key, double max, double *out, struct pp_err *err)
{
    *out = cJSON_IsNumber(v) ? v->valuedouble : -1;
    if (*out >= 0 && *out <= max && *out == (double)(uint64_t)*out)
        return PP_OK;
    return pp_err_set(err, PP_INVALID, "\"%s\" must be a whole number from 0 to %.0f", key, max);
}

/* Numbers become texts, in place, so that the tree owns them. */
static const char *as_text(cJSON *v)
{
    if (cJSON_IsNumber(v)) {
        char text[32];
        (void)snprintf(text, sizeof text, "%.15g", v->valuedouble);
        v->valuestring = strdup(text);
        v->type = cJSON_String;
    } else if (cJSON_IsBool(v)) {
        v->valuestring = strdup(cJSON_IsTrue(v) ? "true" : "false");
        v->type = cJSON_String;
    }
    return cJSON_GetStringValue(v);
}

static enum pp_status read_argv(cJSON *v, const char *key, struct exp_command *out, struct pp_err *err)
{
    cJSON *word;
    if (!cJSON_IsArray(v) || cJSON_GetArraySize(v) == 0)
        return pp_err_set(err, PP_INVALID, "\"%s\" must be an array: the command and its arguments", key);
    cJSON_ArrayForEach(word, v)
    {
        if (out->argc + 1 >= EXP_ARGV_MAX)
            return pp_err_set(err, PP_INVALID, "\"%s\" has more than %d words", key, EXP_ARGV_MAX - 1);
        out->argv[out->argc] = as_text(word);
        if (!out->argv[out->argc])
            return pp_err_set(err, PP_INVALID, "\"%s\" must hold texts and numbers", key);
        out->argc++;
    }
    return PP_OK;
}

/* {"NAME": "VALUE"} becomes "NAME=VALUE", kept in the tree's own text. */
static enum pp_status read_environment(cJSON *v, const char *key, struct exp_command *out, struct pp_err *err)
{
    size_t n = 0;
    if (!cJSON_IsObject(v))
        return pp_err_set(err, PP_INVALID, "\"%s\": its environment must be an object of names and values",
                          key);
    for (cJSON *e = v->child; e; e = e->next) {
        char *text = NULL;
        const char *value = as_text(e);
        if (!value || strchr(e->string, '=') || n + 1 >= EXP_ENVIRONMENT_MAX)
            return pp_err_set(err, PP_INVALID,
                              "\"%s\": environment \"%s\" must be a name with a text, %d at most", key,
                              e->string, EXP_ENVIRONMENT_MAX - 1);
        if (asprintf(&text, "%s=%s", e->string, value) < 0)
            return pp_err_set(err, PP_NOMEM, "out of memory");
        free(e->valuestring);
        e->valuestring = text;
        out->environment[n++] = text;
    }
    return PP_OK;
}

/* An array of words, or {"command": [...], "environment": {...}}; with `ready` also that key. */
static enum pp_status read_command(cJSON *v, const char *key, struct exp_command *out, struct pp_err *err)
{
    enum pp_status st = PP_OK;
    if (!cJSON_IsObject(v))
        return read_argv(v, key, out, err);
    for (cJSON *part = v->child; st == PP_OK && part; part = part->next) {
        if (strcmp(part->string, "command") == 0)
            st = read_argv(part, key, out, err);
        else if (strcmp(part->string, "environment") == 0)
            st = read_environment(part, key, out, err);
        else if (strcmp(part->string, "ready") != 0 || strcmp(key, "target") != 0)
            st = unknown_key(key, part->string, err);
    }
    return st == PP_OK && out->argc == 0 ? pp_err_set(err, PP_INVALID, "\"%s\" has no \"command\"", key) : st;
}

static enum pp_status read_title(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    return read_text(v, "title", &s->design.title, err);
}

static enum pp_status read_seed(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    double n;
    enum pp_status st = read_whole(v, "seed", 4294967295.0, &n, err);
    s->seed = st == PP_OK ? (uint64_t)n : 0;
    return st;
}

static enum pp_status read_repeats(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    double n;
    enum pp_status st = read_whole(v, "repeats", REPEATS_MAX, &n, err);
    if (st == PP_OK && n < 1)
        st = pp_err_set(err, PP_INVALID, "\"repeats\" must be at least 1");
    s->design.repeats = st == PP_OK ? (uint32_t)n : 0;
    return st;
}

static enum pp_status read_pause(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    const char *text;
    enum pp_status st = read_text(v, "pause", &text, err);
    if (st != PP_OK)
        return st;
    s->pause_ns = clock_parse_duration_ns(text);
    return s->pause_ns >= 0 ? PP_OK : pp_err_set(err, PP_INVALID, "\"pause\" takes a time such as \"2s\"");
}

static enum pp_status read_run(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    return read_command(v, "run", &s->run, err);
}

static enum pp_status read_load(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    return read_command(v, "load", &s->load, err);
}

static enum pp_status read_record(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    return read_command(v, "record", &s->record, err);
}

static enum pp_status read_server(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    cJSON *part;
    enum pp_status st =
        cJSON_IsObject(v) ? PP_OK : pp_err_set(err, PP_INVALID, "\"server\" must be an object");
    for (part = v->child; st == PP_OK && part; part = part->next) {
        if (strcmp(part->string, "start") == 0)
            st = read_command(part, "server.start", &s->server_start, err);
        else if (strcmp(part->string, "stop") == 0)
            st = read_command(part, "server.stop", &s->server_stop, err);
        else
            st = unknown_key("\"server\"", part->string, err);
    }
    return st;
}

static enum pp_status read_target(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    const cJSON *ready = cJSON_GetObjectItemCaseSensitive(v, "ready");
    enum pp_status st = read_command(v, "target", &s->target, err);
    return st == PP_OK && ready ? read_text(ready, "target.ready", &s->ready, err) : st;
}

static enum pp_status add_place(struct exp_spec *s, size_t level, const char *name, const char *value,
                                struct pp_err *err)
{
    size_t factor = s->design.factor_count;
    if (!value || !name)
        return pp_err_set(err, PP_INVALID, "factor \"%s\": \"%s\" must be a text or a number",
                          s->design.factors[factor].name, name ? name : "");
    for (size_t i = 0; i < s->place_count; i++)
        if (s->places[i].name && strcmp(s->places[i].name, name) == 0 &&
            (s->places[i].factor != factor || s->places[i].level == level))
            return pp_err_set(err, PP_INVALID, "two factors, or one level twice, fill the place {%s}", name);
    if (s->place_count == PLACES_MAX)
        return pp_err_set(err, PP_INVALID, "more than %d values in the factors", PLACES_MAX);
    s->places[s->place_count++] = (struct exp_place){factor, level, name, value};
    return PP_OK;
}

/* A level is a text or number, or {"label": …, "NAME": VALUE, …}. */
static enum pp_status read_level(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    struct ana_exp_factor *f = &s->design.factors[s->design.factor_count];
    size_t level = f->level_count;
    if (level == ANA_EXP_LEVELS_MAX)
        return pp_err_set(err, PP_INVALID, "factor \"%s\" has more than %d levels", f->name,
                          ANA_EXP_LEVELS_MAX);
    cJSON *label = cJSON_IsObject(v) ? cJSON_GetObjectItemCaseSensitive(v, "label") : v;
    const char *text = label ? as_text(label) : NULL;
    if (!text || !*text)
        return pp_err_set(err, PP_INVALID,
                          "factor \"%s\": a level is a text, a number or an object with a \"label\"",
                          f->name);
    for (size_t i = 0; i < level; i++)
        if (strcmp(f->levels[i], text) == 0)
            return pp_err_set(err, PP_INVALID, "factor \"%s\" has the level \"%s\" twice", f->name, text);
    f->levels[f->level_count++] = text;
    enum pp_status st = add_place(s, level, f->name, text, err);
    for (cJSON *e = cJSON_IsObject(v) ? v->child : NULL; st == PP_OK && e; e = e->next)
        if (e != label)
            st = add_place(s, level, e->string, as_text(e), err);
    return st;
}

static enum pp_status read_factors(struct exp_spec *s, cJSON *v, struct pp_err *err)
{
    if (!cJSON_IsObject(v) || !v->child)
        return pp_err_set(err, PP_INVALID, "\"factors\" must be an object: a name and its levels each");
    s->places = calloc(PLACES_MAX, sizeof *s->places);
    if (!s->places)
        return pp_err_set(err, PP_NOMEM, "out of memory");
    for (cJSON *f = v->child; f; f = f->next) {
        cJSON *level;
        if (s->design.factor_count == ANA_EXP_FACTORS_MAX)
            return pp_err_set(err, PP_INVALID, "more than %d factors", ANA_EXP_FACTORS_MAX);
        s->design.factors[s->design.factor_count].name = f->string;
        if (!cJSON_IsArray(f) || cJSON_GetArraySize(f) == 0)
            return pp_err_set(err, PP_INVALID, "factor \"%s\" must be an array of levels", f->string);
        cJSON_ArrayForEach(level, f)
        {
            enum pp_status st = read_level(s, level, err);
            if (st != PP_OK)
                return st;
        }
        s->design.factor_count++;
    }
    if (ana_exp_cell_count(&s->design) > ANA_EXP_CELLS_MAX)
        return pp_err_set(err, PP_INVALID, "the factors make more than %d combinations", ANA_EXP_CELLS_MAX);
    return PP_OK;
}

static const struct key keys[] = {
    {"title", read_title}, {"factors", read_factors}, {"repeats", read_repeats}, {"seed", read_seed},
    {"pause", read_pause}, {"run", read_run},         {"server", read_server},   {"target", read_target},
    {"load", read_load},   {"record", read_record},
};

static enum pp_status read_keys(struct exp_spec *s, struct pp_err *err)
{
    if (!s->json || !cJSON_IsObject(s->json))
        return pp_err_set(err, PP_INVALID, "it must be a JSON object");
    for (cJSON *e = s->json->child; e; e = e->next) {
        size_t k = 0;
        while (k < sizeof keys / sizeof keys[0] && strcmp(keys[k].name, e->string) != 0)
            k++;
        if (k == sizeof keys / sizeof keys[0])
            return unknown_key("an experiment", e->string, err);
        enum pp_status st = keys[k].read(s, e, err);
        if (st != PP_OK)
            return st;
    }
    return PP_OK;
}

static enum pp_status check_whole(const struct exp_spec *s, struct pp_err *err)
{
    const struct exp_command *commands[] = {&s->run,    &s->server_start, &s->server_stop,
                                            &s->target, &s->load,         &s->record};
    bool parts =
        s->server_start.argc || s->server_stop.argc || s->target.argc || s->load.argc || s->record.argc;
    if (s->design.factor_count == 0)
        return pp_err_set(err, PP_INVALID, "\"factors\" is missing: what is to be varied");
    if (s->run.argc > 0 && parts)
        return pp_err_set(err, PP_INVALID,
                          "\"run\" excludes \"server\", \"target\", \"load\" and \"record\"");
    if (s->run.argc == 0 && s->load.argc == 0)
        return pp_err_set(err, PP_INVALID,
                          "say what to run: \"run\", or \"load\" with \"target\", \"server\" and \"record\"");
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        enum pp_status st = exp_places_check(s, commands[i], err);
        if (st != PP_OK)
            return st;
    }
    return PP_OK;
}

static enum pp_status read_file(const char *path, struct buf *b, struct pp_err *err)
{
    char part[8192];
    FILE *f = fopen(path, "re");
    if (!f)
        return pp_err_set(err,
                          errno == ENOENT   ? PP_NOENT
                          : errno == EACCES ? PP_DENIED
                                            : PP_IO,
                          "cannot read it: %s", strerror(errno));
    enum pp_status st = PP_OK;
    size_t n;
    while (st == PP_OK && (n = fread(part, 1, sizeof part, f)) > 0)
        st = buf_add(b, part, n);
    if (st == PP_LIMIT)
        st = pp_err_set(err, PP_INVALID, "it is larger than a specification can be (1 MiB)");
    else if (ferror(f))
        st = pp_err_set(err, PP_IO, "cannot read it: %s", strerror(errno));
    (void)fclose(f);
    return st;
}

static enum pp_status parse(struct exp_spec *s, const char *path, struct pp_err *err)
{
    struct buf b;
    buf_init(&b, SPEC_MAX_BYTES);
    enum pp_status st = read_file(path, &b, err);
    if (st == PP_OK) {
        const char *end = NULL;
        s->json = cJSON_ParseWithLengthOpts((const char *)b.data, b.len, &end, false);
        if (!s->json) {
            size_t line = 1;
            for (const char *p = (const char *)b.data; p && end && p < end; p++)
                line += *p == '\n';
            st = pp_err_set(err, PP_INVALID, "it is not JSON: mistake in line %zu", line);
        }
    }
    buf_fini(&b);
    if (st == PP_OK)
        st = read_keys(s, err);
    return st == PP_OK ? check_whole(s, err) : st;
}

enum pp_status exp_spec_new(struct exp_spec **out, const char *path, struct pp_err *err)
{
    struct pp_err why = {.text = "out of memory"};
    struct exp_spec *s = calloc(1, sizeof *s);
    enum pp_status st = PP_NOMEM;
    if (s) {
        s->seed = 1;
        s->design.repeats = 3;
        s->design.title = "";
        st = parse(s, path, &why);
    }
    if (st != PP_OK) {
        exp_spec_free(&s);
        return pp_err_set(err, st, "%s: %s", path, why.text);
    }
    *out = s;
    return PP_OK;
}

void exp_spec_free(struct exp_spec **sp)
{
    if (!*sp)
        return;
    cJSON_Delete((*sp)->json);
    free((*sp)->places);
    free(*sp);
    *sp = NULL;
}

/* Takes every "environment" out of a tree. */
static void strip(cJSON *v)
{
    if (cJSON_IsObject(v))
        cJSON_DeleteItemFromObjectCaseSensitive(v, "environment");
    for (cJSON *e = cJSON_IsObject(v) || cJSON_IsArray(v) ? v->child : NULL; e; e = e->next)
        strip(e);
}

cJSON *exp_spec_public(const struct exp_spec *s)
{
    cJSON *copy = cJSON_Duplicate(s->json, true);
    cJSON *factors =
        cJSON_DetachItemFromObjectCaseSensitive(copy, "factors"); /* names there are the user's */
    strip(copy);
    if (copy && !cJSON_AddItemToObject(copy, "factors", factors)) {
        cJSON_Delete(factors);
        cJSON_Delete(copy);
        copy = NULL;
    }
    return copy;
}

bool exp_spec_same(const struct exp_spec *a, const struct exp_spec *b)
{
    cJSON *x = exp_spec_public(a), *y = exp_spec_public(b);
    if (x && y) {
        cJSON_DeleteItemFromObjectCaseSensitive(x, "repeats");
        cJSON_DeleteItemFromObjectCaseSensitive(y, "repeats");
    }
    bool same = x && y && cJSON_Compare(x, y, true);
    cJSON_Delete(x);
    cJSON_Delete(y);
    return same;
}
