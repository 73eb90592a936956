/* summary: the list of doctor's findings */
#include "check.h"

#include <stdarg.h>
#include <stdio.h>

void doc_add(struct doc_list *l, const char *name, enum doc_verdict verdict, const char *fmt, ...)
{
    if (l->count == DOC_CHECKS_MAX)
        return;
    struct doc_check *c = &l->at[l->count++];
    *c = (struct doc_check){.name = name, .verdict = verdict};
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(c->text, sizeof c->text, fmt, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    va_end(args);
}

void doc_remedy(struct doc_list *l, const char *fmt, ...)
{
    if (l->count == 0)
        return;
    struct doc_check *c = &l->at[l->count - 1];
    va_list args;
    va_start(args, fmt);
    (void)vsnprintf(c->remedy, sizeof c->remedy, fmt, args); /* NOLINT(clang-analyzer-valist.Uninitialized) */
    va_end(args);
}

enum doc_verdict doc_worst(const struct doc_list *l)
{
    enum doc_verdict worst = DOC_OK;
    for (size_t i = 0; i < l->count; i++)
        worst = l->at[i].verdict > worst ? l->at[i].verdict : worst;
    return worst;
}
