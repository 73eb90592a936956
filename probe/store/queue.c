/* summary: the bounded queue between the recording threads and the writer thread, with a reserve for control
 * items */
#include "store_priv.h"

#include "base/clock.h"
#include "base/obj.h"

#include <stdlib.h>

#define QUEUE_MAGIC 0x53747121u

/* Texts outside of the items (samples, digests, server variables) are bounded too: 65536 samples of 64 kB
 * each would be 4 GiB. Control items may go beyond the limit of the droppable ones by a quarter. */
#define TEXT_LIMIT_BYTES ((size_t)64 << 20)

struct sto_queue {
    uint32_t magic;
    struct sto_item *ring;
    size_t slots; /* droppable items plus reserve */
    size_t droppable_slots;
    size_t wake_at; /* the writer is woken early at this number of items */
    size_t head;    /* slot of the oldest item */
    size_t count;
    size_t text_bytes;
    size_t peak;
    size_t waiting; /* threads that wait for room */
    bool writer_waits;
    bool closed;
    pthread_mutex_t lock;
    pthread_cond_t ready; /* for the writer */
    pthread_cond_t room;  /* for those who put */
};

static bool init_sync(struct sto_queue *q)
{
    pthread_condattr_t attr;
    if (pthread_mutex_init(&q->lock, NULL) != 0)
        return false;
    pthread_condattr_init(&attr);
    pthread_condattr_setclock(&attr, CLOCK_MONOTONIC);
    bool ok = pthread_cond_init(&q->ready, &attr) == 0;
    pthread_condattr_destroy(&attr);
    if (ok && pthread_cond_init(&q->room, NULL) != 0) {
        pthread_cond_destroy(&q->ready);
        ok = false;
    }
    if (!ok)
        pthread_mutex_destroy(&q->lock);
    return ok;
}

struct sto_queue *sto_queue_new(size_t items)
{
    struct sto_queue *q = NULL;
    OBJ_ASSERT(items > 0 && items <= SIZE_MAX / 2 / sizeof(struct sto_item));
    if (OBJ_NEW(q, QUEUE_MAGIC) == NULL)
        return NULL;
    q->droppable_slots = items;
    q->slots = items + items / 8 + 64;
    q->wake_at = items / 4 + 1;
    q->ring = calloc(q->slots, sizeof *q->ring);
    if (q->ring == NULL || !init_sync(q)) {
        free(q->ring);
        OBJ_FREE(q);
        return NULL;
    }
    return q;
}

void sto_queue_free(struct sto_queue **qp)
{
    struct sto_queue *q = *qp;
    if (q == NULL)
        return;
    OBJ_CHECK(q, QUEUE_MAGIC);
    for (size_t i = 0; i < q->count; i++)
        sto_item_clear(sto_queue_at(q, i));
    free(q->ring);
    pthread_cond_destroy(&q->ready);
    pthread_cond_destroy(&q->room);
    pthread_mutex_destroy(&q->lock);
    OBJ_FREE(*qp);
}

static bool has_room(const struct sto_queue *q, enum sto_full full)
{
    if (full == STO_FULL_RESERVE || full == STO_FULL_TRY_RESERVE)
        return q->count < q->slots && q->text_bytes < TEXT_LIMIT_BYTES + TEXT_LIMIT_BYTES / 4;
    return q->count < q->droppable_slots && q->text_bytes < TEXT_LIMIT_BYTES;
}

static void wait_for_room(struct sto_queue *q, enum sto_full full)
{
    q->waiting++;
    while (!has_room(q, full)) {
        pthread_cond_signal(&q->ready);
        pthread_cond_wait(&q->room, &q->lock);
    }
    q->waiting--;
}

enum pp_status sto_queue_put(struct sto_queue *q, const struct sto_item *item, enum sto_full full)
{
    OBJ_CHECK(q, QUEUE_MAGIC);
    pthread_mutex_lock(&q->lock);
    OBJ_ASSERT(!q->closed);
    if (!has_room(q, full)) {
        if (full == STO_FULL_FAIL || full == STO_FULL_TRY_RESERVE) {
            pthread_mutex_unlock(&q->lock);
            return PP_LIMIT;
        }
        wait_for_room(q, full);
    }
    struct sto_item *slot = &q->ring[(q->head + q->count) % q->slots];
    enum pp_status status = sto_item_copy(slot, item);
    if (status == PP_OK) {
        q->count++;
        q->text_bytes += slot->text_bytes;
        if (q->count > q->peak)
            q->peak = q->count;
        if (q->writer_waits && q->count >= q->wake_at)
            pthread_cond_signal(&q->ready);
    }
    pthread_mutex_unlock(&q->lock);
    return status;
}

size_t sto_queue_wait(struct sto_queue *q, int64_t deadline_ns, bool *closed)
{
    OBJ_CHECK(q, QUEUE_MAGIC);
    struct timespec deadline = clock_timespec(deadline_ns);
    pthread_mutex_lock(&q->lock);
    q->writer_waits = true;
    while (q->count < q->wake_at && q->waiting == 0 && !q->closed) {
        if (pthread_cond_timedwait(&q->ready, &q->lock, &deadline) != 0)
            break;
    }
    q->writer_waits = false;
    size_t n = q->count;
    *closed = q->closed;
    pthread_mutex_unlock(&q->lock);
    return n;
}

/* No lock: only the writer moves `head`, and nobody touches a slot between head and head + ready. */
struct sto_item *sto_queue_at(struct sto_queue *q, size_t i)
{
    return &q->ring[(q->head + i) % q->slots];
}

void sto_queue_done(struct sto_queue *q, size_t n, size_t text_bytes)
{
    OBJ_CHECK(q, QUEUE_MAGIC);
    pthread_mutex_lock(&q->lock);
    OBJ_ASSERT(n <= q->count && text_bytes <= q->text_bytes);
    q->head = (q->head + n) % q->slots;
    q->count -= n;
    q->text_bytes -= text_bytes;
    if (q->waiting > 0)
        pthread_cond_broadcast(&q->room);
    pthread_mutex_unlock(&q->lock);
}

void sto_queue_close(struct sto_queue *q)
{
    OBJ_CHECK(q, QUEUE_MAGIC);
    pthread_mutex_lock(&q->lock);
    q->closed = true;
    pthread_cond_signal(&q->ready);
    pthread_mutex_unlock(&q->lock);
}

size_t sto_queue_peak(struct sto_queue *q)
{
    OBJ_CHECK(q, QUEUE_MAGIC);
    pthread_mutex_lock(&q->lock);
    size_t peak = q->peak;
    pthread_mutex_unlock(&q->lock);
    return peak;
}
