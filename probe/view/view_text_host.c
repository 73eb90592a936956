/* summary: table of what application, server and machine used of CPU and memory in each level */
#include "analysis.h"
#include "view_fmt.h"
#include "view_parts.h"
#include "view_table.h"
#include "view_text.h"

#include <string.h>

static bool any_known(const struct ana_report *r, int role)
{
    for (size_t i = 0; i < r->level_count; i++)
        if (r->levels[i].host[role].known)
            return true;
    return false;
}

static struct view_str hundredths(double v)
{
    return v < 0 ? (struct view_str){"-"} : view_fixed((int64_t)(v * 100 + 0.5), 2);
}

/* "1.53 of 2" */
static void cpu_cell(struct view_table *tab, const struct ana_host_use *u)
{
    struct view_str s = {"-"};
    if (u->known && u->limit > 0)
        (void)snprintf(s.s, sizeof s.s, "%.20s of %.3g", hundredths(u->cpu).s, u->limit);
    else if (u->known)
        s = hundredths(u->cpu);
    view_table_cell(tab, s.s);
}

static void row(struct view_table *tab, const struct ana_level *l, int role)
{
    static const char *const who[ANA_HOST_ROLES] = {"application", "MySQL server", "machine"};
    const struct ana_host_use *u = &l->host[role];
    view_table_cell(tab, view_level_name(l).s);
    view_table_cell(tab, who[role]);
    cpu_cell(tab, u);
    view_table_cell(tab, u->known && u->limit > 0 ? view_percent(u->use).s : "-");
    view_table_cell(tab, hundredths(u->known ? u->cpu_max : -1).s);
    view_table_cell(tab, hundredths(u->known && role != ANA_HOST_MACHINE ? u->top_thread : -1).s);
    view_table_cell(tab, hundredths(u->known && role != ANA_HOST_MACHINE ? u->run_delay : -1).s);
    view_table_cell(tab, u->known && u->rss_max_bytes >= 0 ? view_bytes((uint64_t)u->rss_max_bytes).s : "-");
    char note[128];
    if (u->known && u->throttled > 0 && role != ANA_HOST_MACHINE) {
        (void)snprintf(note, sizeof note, "held back by its CPU quota in %s of the time",
                       view_percent(u->throttled).s);
        view_table_note(tab, note, VIEW_WRAP);
    }
    if (u->known && u->steal > 0.005 && role == ANA_HOST_MACHINE) {
        (void)snprintf(note, sizeof note, "%s CPUs taken by the hypervisor", hundredths(u->steal).s);
        view_table_note(tab, note, VIEW_WRAP);
    }
}

/* Why a role has no row. */
static void say_missing(const struct view_text *t, const struct ana_report *r)
{
    static const char *const names[] = {"app_not_sampled", "server_not_sampled"};
    static const char *const who[] = {"application", "MySQL server"};
    for (size_t i = 0; i < r->setting_count; i++)
        for (size_t k = 0; k < sizeof names / sizeof names[0]; k++)
            if (strcmp(r->settings[i].scope, "host") == 0 && strcmp(r->settings[i].name, names[k]) == 0)
                view_text_paraf(t, "  ", "The %s is missing here: %s.", who[k], r->settings[i].value);
}

void view_text_host(const struct view_text *t, const struct ana_report *r)
{
    static const struct view_col cols[] = {
        {"level", VIEW_LEFT}, {"who", VIEW_LEFT},         {"CPUs used", VIEW_RIGHT}, {"of limit", VIEW_RIGHT},
        {"most", VIEW_RIGHT}, {"top thread", VIEW_RIGHT}, {"waiting", VIEW_RIGHT},   {"memory", VIEW_RIGHT},
    };
    if (!any_known(r, ANA_HOST_APP) && !any_known(r, ANA_HOST_SERVER) && !any_known(r, ANA_HOST_MACHINE))
        return;
    struct view_table *tab = view_table_new(t, cols, sizeof cols / sizeof cols[0]);
    view_put(t->out, "\n");
    view_text_para(t, "  ", "  ",
                   "CPU and memory: mean CPUs in use, of those that it may use; the most between two "
                   "samples; the busiest thread; threads that could run and had no CPU; most memory:");
    for (size_t i = 0; i < r->level_count; i++)
        for (int role = 0; role < ANA_HOST_ROLES; role++)
            if (any_known(r, role))
                row(tab, &r->levels[i], role);
    view_table_print(&tab);
    say_missing(t, r);
}
