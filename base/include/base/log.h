/* summary: messages for people on stderr, one line each, with the program's name in front */
#ifndef BASE_LOG_H
#define BASE_LOG_H

/* Sets the name that stands in front of each line (borrowed for the life of the process, set once in main).
 */
void log_set_program(const char *name);
/* One line "name: text" on stderr; control characters in the text become '?'. */
void log_error(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
/* As log_error with "warning: " in front. */
void log_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
void log_info(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

#endif
