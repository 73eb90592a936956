/* summary: collecting what one request did, within fixed limits */
#include "trace.h"

#include "base/clock.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

void trace_error(struct trace *t, const char *text)
{
    if (t->error[0] == 0)
        (void)snprintf(t->error, sizeof t->error, "%s", text);
}

void trace_add_acquire(struct trace *t, const struct pool_lease *lease, uint64_t thread_id)
{
    if (t->acquire_count == TRACE_ACQUIRES) {
        t->dropped++;
        return;
    }
    t->acquires[t->acquire_count++] = (struct trace_acquire){.lease = *lease, .thread_id = thread_id};
}

void trace_released(struct trace *t)
{
    if (t->acquire_count > 0 && t->acquires[t->acquire_count - 1].released_ns == 0)
        t->acquires[t->acquire_count - 1].released_ns = clock_real_ns();
}

void trace_add_command(struct trace *t, const struct trace_command *command)
{
    if (t->command_count == TRACE_COMMANDS) {
        t->dropped++;
        return;
    }
    struct trace_command *c = &t->commands[t->command_count++];
    *c = *command;
    c->acquire = t->acquire_count > 0 ? t->acquire_count - 1 : 0;
}

void trace_add_txn(struct trace *t, const struct trace_txn *txn)
{
    if (t->txn_count == TRACE_TXNS) {
        t->dropped++;
        return;
    }
    t->txns[t->txn_count++] = *txn;
}

/* https://www.w3.org/TR/trace-context/#traceparent-header: dashes at fixed places, lower-case hexadecimal
 * digits. */
void trace_set_parent(struct trace *t, const char *text)
{
    static const char shape[] = "xx-xxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx-xxxxxxxxxxxxxxxx-xx";
    _Static_assert(sizeof shape == TRACE_PARENT_BYTES, "the field holds one");
    if (text == NULL || strlen(text) != sizeof shape - 1)
        return;
    for (size_t i = 0; i < sizeof shape - 1; i++)
        if (shape[i] == '-' ? text[i] != '-'
                            : !isxdigit((unsigned char)text[i]) || isupper((unsigned char)text[i]))
            return;
    memcpy(t->traceparent, text, sizeof shape);
}

void trace_merge(struct trace *t, const struct trace *from, unsigned branch)
{
    size_t base = t->acquire_count;
    for (size_t i = 0; i < from->acquire_count; i++) {
        if (t->acquire_count == TRACE_ACQUIRES) {
            t->dropped++;
            continue;
        }
        t->acquires[t->acquire_count] = from->acquires[i];
        t->acquires[t->acquire_count++].branch = branch;
    }
    for (size_t i = 0; i < from->command_count; i++) {
        if (t->command_count == TRACE_COMMANDS || base + from->commands[i].acquire >= t->acquire_count) {
            t->dropped++;
            continue;
        }
        t->commands[t->command_count] = from->commands[i];
        t->commands[t->command_count++].acquire += base;
    }
    for (size_t i = 0; i < from->txn_count; i++)
        trace_add_txn(t, &from->txns[i]);
    t->dropped += from->dropped;
    if (from->error[0] != 0)
        trace_error(t, from->error);
}
