/* summary: text tables */
#include "view_table.h"

#include "base/obj.h"
#include "view_width.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TABLE_MAGIC 0x56544142u
#define MAX_COLS 16
#define INDENT 2
#define NOTES_MAX 2

struct row {
    char *cells[MAX_COLS];
    size_t filled;
    char *notes[NOTES_MAX];
    enum view_note note_kinds[NOTES_MAX];
    size_t note_count;
};

struct view_table {
    uint32_t magic;
    const struct view_text *t;
    const struct view_col *cols;
    size_t col_count;
    struct row *rows;
    size_t count, cap;
    int width[MAX_COLS];
    int gap;
};

struct view_table *view_table_new(const struct view_text *t, const struct view_col *cols, size_t count)
{
    struct view_table *tab;
    OBJ_ASSERT(count > 0 && count <= MAX_COLS);
    if (OBJ_NEW(tab, TABLE_MAGIC) == NULL) {
        view_out_fail(t->out, PP_NOMEM);
        return NULL;
    }
    tab->t = t;
    tab->cols = cols;
    tab->col_count = count;
    return tab;
}

/* The row that takes the next cell; NULL when memory is out. */
static struct row *open_row(struct view_table *tab)
{
    if (tab->count > 0 && tab->rows[tab->count - 1].filled < tab->col_count)
        return &tab->rows[tab->count - 1];
    if (tab->count == tab->cap) {
        size_t cap = tab->cap ? tab->cap * 2 : 16;
        struct row *rows = reallocarray(tab->rows, cap, sizeof *rows);
        if (rows == NULL) {
            view_out_fail(tab->t->out, PP_NOMEM);
            return NULL;
        }
        tab->rows = rows;
        tab->cap = cap;
    }
    tab->rows[tab->count] = (struct row){.filled = 0};
    return &tab->rows[tab->count++];
}

void view_table_cell(struct view_table *tab, const char *text)
{
    if (tab == NULL)
        return;
    OBJ_CHECK(tab, TABLE_MAGIC);
    struct row *r = open_row(tab);
    if (r)
        r->cells[r->filled++] = view_clean(tab->t, text);
}

void view_table_endpoint(struct view_table *tab, const char *method, const char *route)
{
    char *name = NULL;
    if (tab == NULL)
        return;
    OBJ_CHECK(tab, TABLE_MAGIC);
    if (asprintf(&name, "%s %s", method, route) < 0) {
        view_out_fail(tab->t->out, PP_NOMEM);
        name = NULL;
    }
    view_table_cell(tab, name);
    free(name);
}

void view_table_note(struct view_table *tab, const char *text, enum view_note note)
{
    if (tab == NULL || tab->count == 0)
        return;
    OBJ_CHECK(tab, TABLE_MAGIC);
    struct row *r = &tab->rows[tab->count - 1];
    if (r->note_count < NOTES_MAX && text && *text) {
        r->note_kinds[r->note_count] = note;
        r->notes[r->note_count++] = view_clean(tab->t, text);
    }
}

static const char *cell_text(const struct row *r, size_t col)
{
    return col < r->filled && r->cells[col] ? r->cells[col] : "";
}

static int total_width(const struct view_table *tab)
{
    int sum = INDENT + tab->gap * (int)(tab->col_count - 1);
    for (size_t c = 0; c < tab->col_count; c++)
        sum += tab->width[c];
    return sum;
}

static size_t widest_column(const struct view_table *tab)
{
    size_t best = 0;
    for (size_t c = 1; c < tab->col_count; c++)
        if (tab->width[c] > tab->width[best])
            best = c;
    return best;
}

/* Natural widths, then as narrow as the line asks for: gaps first, the flexible column next, the widest ones
 * last. */
static void lay_out(struct view_table *tab)
{
    const int flex_min = 12;
    size_t flex = tab->col_count;
    tab->gap = 2;
    for (size_t c = 0; c < tab->col_count; c++) {
        tab->width[c] = view_width(tab->cols[c].title);
        if (tab->cols[c].align == VIEW_FLEX)
            flex = c;
        for (size_t i = 0; i < tab->count; i++) {
            int w = view_width(cell_text(&tab->rows[i], c));
            if (w > tab->width[c])
                tab->width[c] = w;
        }
    }
    if (total_width(tab) > tab->t->width)
        tab->gap = 1; /* rather than a name that is cut */
    int over = total_width(tab) - tab->t->width;
    if (over > 0 && flex < tab->col_count && tab->width[flex] > flex_min) {
        int take = tab->width[flex] - flex_min < over ? tab->width[flex] - flex_min : over;
        tab->width[flex] -= take;
    }
    while (total_width(tab) > tab->t->width) {
        size_t c = widest_column(tab);
        if (tab->width[c] <= 1)
            break;
        tab->width[c]--;
    }
}

static void print_padded(const struct view_table *tab, const char *text, size_t c)
{
    struct view_out *out = tab->t->out;
    int w = view_width(text);
    int pad = w < tab->width[c] ? tab->width[c] - w : 0;
    bool last = c + 1 == tab->col_count;
    if (last && *text == '\0')
        return;
    if (tab->cols[c].align == VIEW_RIGHT)
        view_put_times(out, " ", pad);
    int used = view_text_cut(tab->t, text, tab->width[c]);
    if (tab->cols[c].align != VIEW_RIGHT && !last)
        view_put_times(out, " ", tab->width[c] - used);
    if (!last)
        view_put_times(out, " ", tab->gap);
}

static void print_note(const struct view_table *tab, const char *text, enum view_note kind)
{
    static const char indent[] = "      ";
    if (kind == VIEW_WRAP) {
        view_text_para(tab->t, indent, indent, text);
        return;
    }
    view_put(tab->t->out, indent);
    (void)view_text_cut(tab->t, text, tab->t->width - (int)strlen(indent));
    view_put(tab->t->out, "\n");
}

static void print_rows(struct view_table *tab)
{
    struct view_out *out = tab->t->out;
    lay_out(tab);
    view_put_times(out, " ", INDENT);
    view_text_style(tab->t, VIEW_DIM);
    for (size_t c = 0; c < tab->col_count; c++)
        print_padded(tab, tab->cols[c].title, c);
    view_text_style(tab->t, VIEW_PLAIN);
    view_put(out, "\n");
    for (size_t i = 0; i < tab->count; i++) {
        view_put_times(out, " ", INDENT);
        for (size_t c = 0; c < tab->col_count; c++)
            print_padded(tab, cell_text(&tab->rows[i], c), c);
        view_put(out, "\n");
        for (size_t k = 0; k < tab->rows[i].note_count; k++)
            if (tab->rows[i].notes[k])
                print_note(tab, tab->rows[i].notes[k], tab->rows[i].note_kinds[k]);
    }
}

void view_table_print(struct view_table **tp)
{
    struct view_table *tab = *tp;
    if (tab == NULL)
        return;
    OBJ_CHECK(tab, TABLE_MAGIC);
    if (tab->t->out->status == PP_OK)
        print_rows(tab);
    for (size_t i = 0; i < tab->count; i++) {
        for (size_t c = 0; c < tab->rows[i].filled; c++)
            free(tab->rows[i].cells[c]);
        for (size_t k = 0; k < tab->rows[i].note_count; k++)
            free(tab->rows[i].notes[k]);
    }
    free(tab->rows);
    OBJ_FREE(*tp);
}
