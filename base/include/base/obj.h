/* summary: magic numbers in heap objects and checks that stay on in release builds */
#ifndef BASE_OBJ_H
#define BASE_OBJ_H

#include <stdint.h>
#include <stdlib.h>

/* Every heap object starts with `uint32_t magic`. Each module picks its own constant. */

/* Ends the process with a message that names the failed check: for a programmer's mistake, never for bad
 * input. */
_Noreturn void obj_fail(const char *file, int line, const char *what);

/* Checks kept in release builds. */
#define OBJ_ASSERT(cond)                                                                                     \
    do {                                                                                                     \
        if (!(cond))                                                                                         \
            obj_fail(__FILE__, __LINE__, #cond);                                                             \
    } while (0)

/* `p` is a live object of the type that `magic_value` stands for. */
#define OBJ_CHECK(p, magic_value)                                                                            \
    do {                                                                                                     \
        if ((p) == NULL || (p)->magic != (magic_value))                                                      \
            obj_fail(__FILE__, __LINE__, #p " is not a live " #magic_value);                                 \
    } while (0)

/* Zeroed object with its magic set, or NULL when memory is out: `struct x *x = OBJ_NEW(x, X_MAGIC);` */
#define OBJ_NEW(var, magic_value)                                                                            \
    ((var) = calloc(1, sizeof *(var)), (var) ? ((var)->magic = (magic_value), (var)) : NULL)

/* Clears the magic, frees, nulls the variable. */
#define OBJ_FREE(var)                                                                                        \
    do {                                                                                                     \
        (var)->magic = 0;                                                                                    \
        free(var);                                                                                           \
        (var) = NULL;                                                                                        \
    } while (0)

#endif
