/* summary: collecting what one request did, within fixed limits */
#include "trace.h"

#include "base/clock.h"

#include <stdio.h>

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
