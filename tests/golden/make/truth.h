/* summary: what a client of the golden captures knows of its own commands, one JSON object a line */
#ifndef TRUTH_H
#define TRUTH_H

#include <mysql.h>
#include <stdbool.h>
#include <stddef.h>

#ifdef MARIADB_BASE_VERSION
#define FROM_MARIADB 1
typedef my_bool bind_bool;
#else
#define FROM_MARIADB 0
typedef bool bind_bool;
#endif

/* Where lines go; exits on failure. */
void t_start(const char *path);
void t_finish(void);

/* A line: t_open before the command is sent (it takes the time), then fields, then t_close after the answer.
 */
void t_open(const char *cmd);
void t_text(const char *key, const char *text, size_t bytes);
void t_string(const char *key, const char *text); /* NULL gives null */
void t_number(const char *key, unsigned long long v);
void t_bool(const char *key, bool v);
void t_raw(const char *key, const char *json);
/* ok, errno, sqlstate and error of the handle; false when there is an error. */
bool t_error(unsigned number, const char *state, const char *message);
void t_close(MYSQL *my);

/* Learns the address of a handle that is about to be closed, if it is not known. */
void t_address(MYSQL *my);

/* Forgets the address of a handle that is about to be freed. */
void t_forget(MYSQL *my);

#endif
