/* summary: JSON of what application, server and machine used in a level: levels[].host */
#include "analysis.h"
#include "view_json.h"

#include <stdio.h>

struct member {
    const char *name;
    double value; /* negative: null */
};

static void add(struct view_json *j, cJSON *o, const char *role, const struct member *m)
{
    char key[64];
    (void)snprintf(key, sizeof key, "%s_%s", role, m->name);
    if (m->value < 0)
        view_json_null(j, o, key);
    else
        view_json_double(j, o, key, m->value);
}

static double known_or_null(const struct ana_host_use *u, double value)
{
    return u->known ? value : -1;
}

static double limit_or_null(double limit)
{
    return limit > 0 ? limit : -1;
}

static void add_processes(struct view_json *j, cJSON *o, const char *role, const struct ana_host_use *u)
{
    const struct member members[] = {
        {"top_process", known_or_null(u, u->top_process)},
        {"top_thread", known_or_null(u, u->top_thread)},
        {"run_delay", known_or_null(u, u->run_delay)},
        {"throttled", known_or_null(u, u->throttled)},
        {"memory_limit", known_or_null(u, limit_or_null((double)u->memory_limit_bytes))},
        {"processes", known_or_null(u, (double)u->processes)},
        {"threads", known_or_null(u, (double)u->threads)},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        add(j, o, role, &members[i]);
}

static void add_machine(struct view_json *j, cJSON *o, const char *role, const struct ana_host_use *u)
{
    const struct member members[] = {
        {"memory_limit", known_or_null(u, limit_or_null((double)u->memory_limit_bytes))},
        {"steal", known_or_null(u, u->steal)},
        {"pressure_cpu", known_or_null(u, u->pressure_cpu)},
        {"pressure_io", known_or_null(u, u->pressure_io)},
        {"pressure_memory", known_or_null(u, u->pressure_memory)},
    };
    for (size_t i = 0; i < sizeof members / sizeof members[0]; i++)
        add(j, o, role, &members[i]);
}

void view_json_host(struct view_json *j, cJSON *parent, const struct ana_level *l)
{
    cJSON *o = view_json_object(j, parent, "host");
    for (int i = 0; i < ANA_HOST_ROLES; i++) {
        const struct ana_host_use *u = &l->host[i];
        const char *role = ana_host_role_key((enum ana_host_role)i);
        bool limited = u->known && u->limit > 0;
        const struct member members[] = {
            {"cpu", known_or_null(u, u->cpu)},
            {"cpu_low", known_or_null(u, u->cpu_low)},
            {"cpu_high", known_or_null(u, u->cpu_high)},
            {"cpu_max", known_or_null(u, u->cpu_max)},
            {"cpu_limit", limited ? u->limit : -1},
            {"cpu_use", limited ? u->use : -1},
            {"cpu_use_low", limited ? u->use_low : -1},
            {"cpu_use_high", limited ? u->use_high : -1},
            {"rss", known_or_null(u, (double)u->rss_mean_bytes)},
            {"rss_max", known_or_null(u, (double)u->rss_max_bytes)},
        };
        for (size_t k = 0; k < sizeof members / sizeof members[0]; k++)
            add(j, o, role, &members[k]);
        if (i == ANA_HOST_MACHINE)
            add_machine(j, o, role, u);
        else
            add_processes(j, o, role, u);
    }
}
