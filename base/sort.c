/* summary: radix sort of 16-byte elements, from the key's lowest digit up */
#include "base/sort.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define ITEM_BYTES sizeof(struct sort_item)
#define DIGIT_BITS 11
#define DIGITS (1u << DIGIT_BITS)
#define FEW 48 /* below, moving elements one by one is quicker */

_Static_assert(sizeof(struct sort_item) == 16, "elements are copied in one piece");

static int64_t key_of(const unsigned char *at)
{
    int64_t key;
    memcpy(&key, at, sizeof key);
    return key;
}

static void sort_few(unsigned char *items, size_t n)
{
    for (size_t i = 1; i < n; i++) {
        unsigned char item[ITEM_BYTES];
        size_t to = i;
        memcpy(item, items + i * ITEM_BYTES, ITEM_BYTES);
        for (; to > 0 && key_of(items + (to - 1) * ITEM_BYTES) > key_of(item); to--)
            memcpy(items + to * ITEM_BYTES, items + (to - 1) * ITEM_BYTES, ITEM_BYTES);
        memcpy(items + to * ITEM_BYTES, item, ITEM_BYTES);
    }
}

/* Extremes of the keys; true when they are in order already. */
static bool look(const unsigned char *items, size_t n, int64_t *least, int64_t *most)
{
    bool sorted = true;
    int64_t last = key_of(items);
    *least = *most = last;
    for (size_t i = 1; i < n; i++) {
        int64_t key = key_of(items + i * ITEM_BYTES);
        sorted = sorted && key >= last;
        *least = key < *least ? key : *least;
        *most = key > *most ? key : *most;
        last = key;
    }
    return sorted;
}

/* Offsets of the keys above `least`: differences of any two keys fit. */
static uint64_t offset_of(const unsigned char *at, int64_t least)
{
    return (uint64_t)key_of(at) - (uint64_t)least;
}

static void pass(unsigned char *to, const unsigned char *from, size_t n, int64_t least, unsigned shift)
{
    size_t place[DIGITS] = {0}, sum = 0;
    for (size_t i = 0; i < n; i++)
        place[(offset_of(from + i * ITEM_BYTES, least) >> shift) % DIGITS]++;
    for (size_t d = 0; d < DIGITS; d++) {
        size_t count = place[d];
        place[d] = sum;
        sum += count;
    }
    for (size_t i = 0; i < n; i++) {
        size_t digit = (offset_of(from + i * ITEM_BYTES, least) >> shift) % DIGITS;
        memcpy(to + place[digit]++ * ITEM_BYTES, from + i * ITEM_BYTES, ITEM_BYTES);
    }
}

enum pp_status sort_items(void *items, size_t n)
{
    unsigned char *from = items;
    int64_t least, most;
    if (n < FEW) {
        sort_few(from, n);
        return PP_OK;
    }
    if (look(from, n, &least, &most))
        return PP_OK;
    unsigned char *room = n <= SIZE_MAX / ITEM_BYTES ? malloc(n * ITEM_BYTES) : NULL;
    if (room == NULL)
        return PP_NOMEM;
    unsigned char *to = room;
    uint64_t range = (uint64_t)most - (uint64_t)least;
    for (unsigned shift = 0; shift < 64 && range >> shift > 0; shift += DIGIT_BITS) {
        unsigned char *done = to;
        pass(to, from, n, least, shift);
        to = from;
        from = done;
    }
    if (from != items)
        memcpy(items, from, n * ITEM_BYTES);
    free(room);
    return PP_OK;
}
