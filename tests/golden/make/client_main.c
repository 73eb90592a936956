/* summary: C client of the golden captures: picks the scenario */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *name;
    scenario_f *run;
} scenarios[] = {
    {"login", s_login},
    {"login-mysql", s_login_mysql},
    {"tls", s_tls},
    {"zlib", s_zlib},
    {"text", s_text},
    {"txn", s_txn},
    {"prepared", s_prepared},
    {"cursor", s_cursor},
    {"session", s_session},
    {"infile", s_infile},
    {"proc", s_proc},
    {"kill", s_kill},
    {"attributes", s_attributes},
    {"bulk", s_bulk},
    {"progress", s_progress},
    {"large", s_large},
    {"pipeline", s_pipeline},
    {"full-house", s_full_house},
    {"zstd", s_zstd},
    {"zlib-huge", s_zlib_huge},
    {"old-commands", s_old_commands},
};

int main(int argc, char **argv)
{
    if (argc == 2 && strcmp(argv[1], "--version") == 0) {
        printf("%s %s\n", FROM_MARIADB ? "MariaDB Connector/C" : "libmysqlclient", mysql_get_client_info());
        return 0;
    }
    if (argc < 5) {
        fprintf(stderr, "usage: %s SCENARIO HOST PORT TRUTH [FILE]\n", argv[0]);
        return 2;
    }
    struct place at = {.host = argv[2], .port = (unsigned)atoi(argv[3]), .file = argc > 5 ? argv[5] : NULL};
    for (size_t i = 0; i < sizeof scenarios / sizeof scenarios[0]; i++)
        if (strcmp(argv[1], scenarios[i].name) == 0) {
            t_start(argv[4]);
            scenarios[i].run(&at);
            t_finish();
            return 0;
        }
    fprintf(stderr, "no scenario %s\n", argv[1]);
    return 2;
}
