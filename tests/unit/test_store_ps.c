/* summary: every column of every ps_ table comes back as it was put, also hostile texts; older runs have no
 * rows */
#include "test_store_facts.h"

#include <sqlite3.h>

static const char *const hostile = "\x1b[31m<script>'\"; DROP TABLE x;--\xff";

/* Each column of a row gets a value of its own. */
static int64_t number(int table, int column)
{
    return (int64_t)table * 1000 + column - 500;
}

#define FILL_INT(column) r.column = number(t, n++);
#define FILL_TEXT(column) r.column = n++ % 2 ? hostile : "";
#define SEE_INT(column) assert_int_equal(r->column, number(t, n++));
#define SEE_TEXT(column) assert_string_equal(r->column, n++ % 2 ? hostile : "");

enum table {
#define PS_ROW(name, NAME, order) TABLE_##NAME,
#include "base/ps_rows.def"
#undef PS_ROW
    TABLES
};

#define PS_ROW(name, NAME, order)                                                                            \
    static void put_##name(struct sto_writer *w)                                                             \
    {                                                                                                        \
        struct sto_ps_##name r;                                                                              \
        int t = TABLE_##NAME, n = 0;                                                                         \
        PS_COLUMNS_##name(FILL_INT, FILL_INT, FILL_TEXT) sto_put_ps_##name(w, &r);                           \
    }                                                                                                        \
    static enum pp_status see_##name(void *priv, const struct sto_ps_##name *r)                              \
    {                                                                                                        \
        int t = TABLE_##NAME, n = 0;                                                                         \
        ++*(int *)priv;                                                                                      \
        PS_COLUMNS_##name(SEE_INT, SEE_INT, SEE_TEXT) return PP_OK;                                          \
    }
#include "base/ps_rows.def"
#undef PS_ROW

static void every_column(void **state)
{
    const char *path = in_folder(state, "ps.run.db");
    struct sto_writer *w = writer_at(path, true);
    struct sto_run *run = NULL;
    struct pp_err err = {.text = ""};
#define PS_ROW(name, NAME, order) put_##name(w);
#include "base/ps_rows.def"
#undef PS_ROW
    assert_int_equal(sto_writer_free(&w, &err), PP_OK);
    assert_int_equal(sto_run_open(&run, path, &err), PP_OK);
    int seen = 0;
#define PS_ROW(name, NAME, order) assert_int_equal(sto_each_ps_##name(run, see_##name, &seen, &err), PP_OK);
#include "base/ps_rows.def"
#undef PS_ROW
    assert_int_equal(seen, TABLES);
    sto_run_free(&run);
}

static void a_run_without_the_tables(void **state)
{
    const char *path = in_folder(state, "old.run.db");
    struct sto_writer *w = writer_at(path, true);
    struct sto_run *run = NULL;
    struct pp_err err = {.text = ""};
    sqlite3 *db = NULL;
    int seen = 0;
    assert_int_equal(sto_writer_free(&w, &err), PP_OK);
    assert_int_equal(sqlite3_open(path, &db), SQLITE_OK);
#define PS_ROW(name, NAME, order)                                                                            \
    assert_int_equal(sqlite3_exec(db, "DROP TABLE ps_" #name, NULL, NULL, NULL), SQLITE_OK);
#include "base/ps_rows.def"
#undef PS_ROW
    sqlite3_close(db);
    assert_int_equal(sto_run_open(&run, path, &err), PP_OK);
#define PS_ROW(name, NAME, order) assert_int_equal(sto_each_ps_##name(run, see_##name, &seen, &err), PP_OK);
#include "base/ps_rows.def"
#undef PS_ROW
    assert_int_equal(seen, 0);
    sto_run_free(&run);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_column),
        cmocka_unit_test(a_run_without_the_tables),
    };
    return cmocka_run_group_tests(tests, folder_setup, folder_teardown);
}
