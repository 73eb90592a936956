/* summary: what load generators measured: which level it is of, also where several loaded a run one after the
 * other, or at once
 *
 * Beginnings tell: a level's marks and its figures come from one clock and carry one time. Generators that
 * began a level at the same instant (--start-at) made one level together. */
#include "parts.h"

#include <stdlib.h>

/* The level of that beginning, of those the one with that many users; `level_count` when there is none. */
static size_t level_of(const struct ana_facts *f, const struct ana_load *x)
{
    size_t found = f->level_count;
    for (size_t i = 0; i < f->level_count; i++) {
        if (f->levels[i].start_ns != x->start_ns)
            continue;
        if (f->levels[i].users == x->users)
            return i;
        found = found == f->level_count ? i : found;
    }
    return found;
}

/* A level whose marks nobody saw (--no-level-mark, or the HTTP port was not recorded). */
static bool add_level(struct ana_facts *f, const struct ana_load *x)
{
    uint32_t id = 1;
    for (size_t i = 0; i < f->level_count; i++)
        id = f->levels[i].id >= id ? f->levels[i].id + 1 : id;
    if (!FACT_ROOM(f->levels, f->level_count, f->level_cap))
        return false;
    f->levels[f->level_count++] =
        (struct fact_level){.id = id, .users = x->users, .start_ns = x->start_ns, .end_ns = x->end_ns};
    return true;
}

/* Marks tell the end that was planned; a load that was interrupted ended before. The users of generators that
 * made a level together add up. */
static void correct(struct ana_facts *f, const struct ana_load *loads, size_t count, size_t level)
{
    struct fact_level *l = &f->levels[level];
    int64_t end_ns = 0;
    uint32_t users = 0, n = 0;
    for (size_t i = 0; i < count; i++) {
        if (loads[i].level != level)
            continue;
        end_ns = loads[i].end_ns > end_ns ? loads[i].end_ns : end_ns;
        users += loads[i].users;
        n++;
    }
    if (n > 1)
        l->users = users;
    if (n > 0 && end_ns > l->start_ns && end_ns < l->end_ns)
        l->end_ns = end_ns;
}

enum pp_status ana_loads_read(struct ana_input *in)
{
    struct ana_facts *f = &in->facts;
    for (size_t i = 0; i < in->load_count; i++) {
        struct ana_load *x = &in->loads[i];
        x->level = level_of(f, x);
        if (x->level < f->level_count)
            continue;
        if (x->start_ns <= 0 || x->end_ns <= x->start_ns)
            x->level = SIZE_MAX; /* of an old run, or damaged: no time is told */
        else if (!add_level(f, x))
            return PP_NOMEM;
    }
    for (size_t i = 0; i < f->level_count; i++)
        correct(f, in->loads, in->load_count, i);
    return PP_OK;
}

enum pp_status ana_loads_give(struct ana_input *in)
{
    struct ana_report *r = in->report;
    for (size_t i = 0; i < in->load_count; i++) {
        struct ana_load *x = &in->loads[i];
        if (x->level >= r->level_count)
            continue;
        struct ana_level *l = &r->levels[x->level];
        if (l->load_json) {
            char **more = realloc(l->more_loads, (l->more_load_count + 1) * sizeof *more);
            if (!more)
                return PP_NOMEM;
            l->more_loads = more;
            l->more_loads[l->more_load_count++] = x->json;
        } else {
            l->load_json = x->json;
        }
        x->json = NULL;
    }
    return PP_OK;
}
