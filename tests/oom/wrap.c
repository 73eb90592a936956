/* summary: allocation functions that fail on demand, and a count of live blocks */
#include "wrap.h"

#include <htp/htp.h>
#include <stdatomic.h>
#include <stddef.h>
#include <string.h>
#include <zlib.h>
#include <zstd.h>

/* The store has a thread of its own. */
static struct {
    atomic_bool armed, paused;
    bool all_after;
    uint64_t nth;
    atomic_uint_fast64_t count;
    atomic_int_fast64_t live;
} oom;

void oom_arm(uint64_t nth, bool all_after)
{
    oom.all_after = all_after;
    oom.nth = nth;
    oom.count = 0;
    oom.armed = true;
}

uint64_t oom_disarm(void)
{
    oom.armed = false;
    return oom.count;
}

void oom_pause(bool paused)
{
    oom.paused = paused;
}

int64_t oom_live(void)
{
    return oom.live;
}

static bool fails(void)
{
    if (!oom.armed || oom.paused)
        return false;
    uint64_t count = atomic_fetch_add(&oom.count, 1) + 1;
    return oom.nth != 0 && (count == oom.nth || (oom.all_after && count > oom.nth));
}

static void *counted(void *p)
{
    oom.live += p != NULL;
    return p;
}

void *__real_malloc(size_t n);
void *__wrap_malloc(size_t n);
void *__wrap_malloc(size_t n)
{
    return fails() ? NULL : counted(__real_malloc(n));
}

void *__real_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size);
void *__wrap_calloc(size_t n, size_t size)
{
    return fails() ? NULL : counted(__real_calloc(n, size));
}

void *__real_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n);
void *__wrap_realloc(void *p, size_t n)
{
    if (fails())
        return NULL;
    void *now = __real_realloc(p, n);
    oom.live += p == NULL && now != NULL;
    return now;
}

void __real_free(void *p);
void __wrap_free(void *p);
void __wrap_free(void *p)
{
    oom.live -= p != NULL;
    __real_free(p);
}

char *__wrap_strdup(const char *s);
char *__wrap_strdup(const char *s)
{
    size_t n = strlen(s) + 1;
    char *copy = __wrap_malloc(n);
    return copy != NULL ? memcpy(copy, s, n) : NULL;
}

/* What libraries allocate for us stands for all that they allocate inside. */
int __real_inflateInit_(z_streamp z, const char *version, int size);
int __wrap_inflateInit_(z_streamp z, const char *version, int size);
int __wrap_inflateInit_(z_streamp z, const char *version, int size)
{
    return fails() ? Z_MEM_ERROR : __real_inflateInit_(z, version, size);
}

ZSTD_DStream *__real_ZSTD_createDStream(void);
ZSTD_DStream *__wrap_ZSTD_createDStream(void);
ZSTD_DStream *__wrap_ZSTD_createDStream(void)
{
    return fails() ? NULL : __real_ZSTD_createDStream();
}

htp_cfg_t *__real_htp_config_create(void);
htp_cfg_t *__wrap_htp_config_create(void);
htp_cfg_t *__wrap_htp_config_create(void)
{
    return fails() ? NULL : __real_htp_config_create();
}

htp_connp_t *__real_htp_connp_create(htp_cfg_t *cfg);
htp_connp_t *__wrap_htp_connp_create(htp_cfg_t *cfg);
htp_connp_t *__wrap_htp_connp_create(htp_cfg_t *cfg)
{
    return fails() ? NULL : __real_htp_connp_create(cfg);
}
