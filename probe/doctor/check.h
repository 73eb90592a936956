/* summary: what doctor's checks share: a list of findings, each with its verdict and remedy */
#ifndef DOCTOR_CHECK_H
#define DOCTOR_CHECK_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum doc_verdict {
    DOC_OK,
    DOC_WARN, /* a recording works, and sees less, or not for sure */
    DOC_FAIL, /* a recording as asked for does not work */
};

struct doc_check {
    const char *name; /* static: "capture", "grants", … */
    enum doc_verdict verdict;
    char text[512];
    char remedy[768]; /* "" where there is none to take */
};

#define DOC_CHECKS_MAX 64

struct doc_list {
    struct doc_check at[DOC_CHECKS_MAX];
    size_t count;
};

/* Adds one; texts may hold hostile bytes, the printing makes them harmless. Beyond DOC_CHECKS_MAX nothing is
 * added. */
void doc_add(struct doc_list *l, const char *name, enum doc_verdict verdict, const char *fmt, ...)
    __attribute__((format(printf, 4, 5)));
/* Of the check added last. */
void doc_remedy(struct doc_list *l, const char *fmt, ...) __attribute__((format(printf, 2, 3)));

enum doc_verdict doc_worst(const struct doc_list *l);

#endif
