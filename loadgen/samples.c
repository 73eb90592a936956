/* summary: a few failed requests of each kind */
#include "samples.h"

#include <string.h>

void lg_samples_add(struct lg_samples *s, const struct lg_sample *sample, const char *text, size_t bytes)
{
    size_t same = 0;
    for (size_t i = 0; i < s->count; i++)
        same += s->items[i].kind == sample->kind && s->items[i].status == sample->status;
    if (same >= LG_SAMPLES_A_KIND || s->count == LG_SAMPLES_MAX)
        return;
    struct lg_sample *to = &s->items[s->count++];
    *to = *sample;
    to->text_bytes = bytes < LG_SAMPLE_BYTES ? bytes : LG_SAMPLE_BYTES;
    if (text != NULL)
        memcpy(to->text, text, to->text_bytes);
    else
        to->text_bytes = 0;
}

void lg_samples_merge(struct lg_samples *s, const struct lg_samples *from)
{
    for (size_t i = 0; i < from->count; i++)
        lg_samples_add(s, &from->items[i], from->items[i].text, from->items[i].text_bytes);
}
