/* summary: scenarios: logins of every kind, wrong ones too, TLS, a server without room */
#include "client.h"

#include <stdio.h>
#include <stdlib.h>

static void try_login(const struct place *at, const struct login *as)
{
    MYSQL *my = c_connect(at, as);
    if (my == NULL)
        return;
    if (as->lost == NULL) {
        c_query(my, "SELECT CURRENT_USER()");
        c_quit(&my);
        return;
    }
    if (mysql_query(my, "SELECT 1") == 0)
        mysql_free_result(mysql_store_result(my));
    t_forget(my);
    mysql_close(my);
}

static void other_default(MYSQL *my)
{
    mysql_options(my, MYSQL_DEFAULT_AUTH, FROM_MARIADB ? "client_ed25519" : "sha256_password");
}

/* MariaDB: native password without a switch, ed25519 with one. */
void s_login(const struct place *at)
{
    const struct login tries[] = {
        {.user = "app", .password = "app_pass", .auth = "mysql_native_password"},
        {.user = "app", .password = "app_pass", .db = "golden", .auth = "mysql_native_password"},
        {.user = "app", .password = "wrong"},
        {.user = "app", .password = "app_pass", .db = "no_such_schema"},
        {.user = "nobody", .password = "app_pass"},
        {.user = "nopass", .password = "", .auth = "mysql_native_password"},
        {.user = "ed", .password = "ed_pass", .db = "golden", .auth = "client_ed25519"},
        {.user = "ed", .password = "wrong"},
        {.user = "app", .password = "app_pass", .options = other_default, .auth = "mysql_native_password"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        try_login(at, &tries[i]);
}

/* MySQL: caching_sha2_password with the password under the server's RSA key, then from its cache; a switch.
 */
void s_login_mysql(const struct place *at)
{
    const struct login tries[] = {
        {.user = "fresh", .password = "fresh_pass", .auth = "caching_sha2_password"},
        {.user = "fresh", .password = "fresh_pass", .db = "golden", .auth = "caching_sha2_password"},
        {.user = "fresh", .password = "wrong"},
        {.user = "app", .password = "app_pass", .db = "no_such_schema"},
        {.user = "nobody", .password = "app_pass"},
        {.user = "nopass", .password = "", .auth = "caching_sha2_password"},
        {.user = "sha", .password = "sha_pass", .db = "golden", .auth = "sha256_password"},
        {.user = "app", .password = "app_pass", .options = other_default, .auth = "caching_sha2_password"},
    };
    for (size_t i = 0; i < sizeof tries / sizeof tries[0]; i++)
        try_login(at, &tries[i]);
}

static void with_tls(MYSQL *my)
{
#if FROM_MARIADB
    my_bool yes = 1, no = 0;
    mysql_options(my, MYSQL_OPT_SSL_ENFORCE, &yes);
    mysql_options(my, MYSQL_OPT_SSL_VERIFY_SERVER_CERT, &no);
#else
    unsigned mode = SSL_MODE_REQUIRED;
    mysql_options(my, MYSQL_OPT_SSL_MODE, &mode);
#endif
}

void s_tls(const struct place *at)
{
    const struct login as = {
        .user = "app", .password = "app_pass", .db = "golden", .options = with_tls, .lost = "tls"};
    try_login(at, &as);
}

/* Opens connections until the server has no room; the refusal is its first packet. */
void s_full_house(const struct place *at)
{
    enum { MOST = 16 };
    const struct login as = {.user = "plain", .password = "plain_pass"};
    MYSQL *first = c_connect_app(at), *more[MOST] = {0};
    c_query(first, "SET GLOBAL max_connections = 10");
    for (int i = 0; i < MOST; i++)
        if ((more[i] = c_connect(at, &as)) == NULL)
            break;
    c_query(first, "SET GLOBAL max_connections = 151");
    for (int i = 0; i < MOST; i++)
        if (more[i] != NULL)
            c_quit(&more[i]);
    c_quit(&first);
}
