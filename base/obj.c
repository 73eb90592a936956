/* summary: ends the process when a check of obj.h fails */
#include "base/obj.h"

#include <stdio.h>

_Noreturn void obj_fail(const char *file, int line, const char *what)
{
    fprintf(stderr, "%s:%d: check failed: %s (a mistake in this program, please report it)\n", file, line,
            what);
    abort();
}
