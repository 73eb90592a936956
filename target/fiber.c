/* summary: fibers by ucontext, announced to the sanitizers */
#include "fiber.h"

#include "base/obj.h"

#include <stddef.h>
#include <sys/mman.h>
#include <ucontext.h>

#if defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WITH_ASAN 1
#endif
#if __has_feature(thread_sanitizer)
#define WITH_TSAN 1
#endif
#endif
#if defined(__SANITIZE_ADDRESS__)
#define WITH_ASAN 1
#endif
#if defined(__SANITIZE_THREAD__)
#define WITH_TSAN 1
#endif
#ifdef WITH_ASAN
#include <sanitizer/common_interface_defs.h>
#endif
#ifdef WITH_TSAN
#include <sanitizer/tsan_interface.h>
#endif

#define FIBER_MAGIC 0xf1be7001u
/* Name resolution and the MySQL library need some tens of KiB; only touched pages cost memory. */
#define STACK_BYTES ((size_t)256 * 1024)
#define GUARD_BYTES ((size_t)4096)

struct fiber {
    uint32_t magic;
    bool started;
    bool ended;
    fiber_f *run;
    void *priv;
    char *stack; /* its lowest page is the guard */
    ucontext_t here;
    ucontext_t caller;
    const void *caller_stack;
    size_t caller_stack_bytes;
    void *tsan_here;
    void *tsan_caller;
};

/* `*fake_stack` is the address sanitizer's handle of the side that is left. */
static void before_switch(struct fiber *f, void **fake_stack, bool into)
{
#ifdef WITH_ASAN
    __sanitizer_start_switch_fiber(fake_stack, into ? f->stack : f->caller_stack,
                                   into ? STACK_BYTES : f->caller_stack_bytes);
#endif
#ifdef WITH_TSAN
    __tsan_switch_to_fiber(into ? f->tsan_here : f->tsan_caller, 0);
#endif
    (void)f;
    (void)fake_stack;
    (void)into;
}

static void after_switch(struct fiber *f, void *fake_stack, bool inside)
{
#ifdef WITH_ASAN
    __sanitizer_finish_switch_fiber(fake_stack, inside ? &f->caller_stack : NULL,
                                    inside ? &f->caller_stack_bytes : NULL);
#endif
    (void)f;
    (void)fake_stack;
    (void)inside;
}

/* makecontext passes ints only: the pointer comes in two halves. */
static void fiber_main(unsigned high, unsigned low)
{
    struct fiber *f = (struct fiber *)(((uintptr_t)high << 16 << 16) | low);
    after_switch(f, NULL, true);
    OBJ_CHECK(f, FIBER_MAGIC);
    f->run(f->priv);
    f->ended = true;
    before_switch(f, NULL, false);
    (void)setcontext(&f->caller);
}

/* By itself, since gcc takes getcontext() for a function that returns twice. */
static bool init_context(struct fiber *f)
{
    uintptr_t at = (uintptr_t)f;
    if (getcontext(&f->here) != 0)
        return false;
    f->here.uc_stack.ss_sp = f->stack;
    f->here.uc_stack.ss_size = STACK_BYTES;
    f->here.uc_link = NULL;
    makecontext(&f->here, (void (*)(void))fiber_main, 2, (unsigned)(at >> 16 >> 16), (unsigned)at);
    return true;
}

struct fiber *fiber_new(fiber_f *run, void *priv)
{
    struct fiber *f;
    if (!OBJ_NEW(f, FIBER_MAGIC))
        return NULL;
    f->run = run;
    f->priv = priv;
    f->stack = mmap(NULL, STACK_BYTES, PROT_READ | PROT_WRITE,
                    MAP_PRIVATE | MAP_ANONYMOUS | MAP_STACK | MAP_NORESERVE, -1, 0);
    if (f->stack == MAP_FAILED) {
        OBJ_FREE(f);
        return NULL;
    }
    if (mprotect(f->stack, GUARD_BYTES, PROT_NONE) != 0 || !init_context(f)) {
        (void)munmap(f->stack, STACK_BYTES);
        OBJ_FREE(f);
        return NULL;
    }
#ifdef WITH_TSAN
    f->tsan_here = __tsan_create_fiber(0);
#endif
    return f;
}

bool fiber_enter(struct fiber *f)
{
    OBJ_CHECK(f, FIBER_MAGIC);
    OBJ_ASSERT(!f->ended);
    f->started = true;
#ifdef WITH_TSAN
    f->tsan_caller = __tsan_get_current_fiber();
#endif
    void *fake_stack = NULL;
    before_switch(f, &fake_stack, true);
    OBJ_ASSERT(swapcontext(&f->caller, &f->here) == 0);
    after_switch(f, fake_stack, false);
    return f->ended;
}

void fiber_leave(struct fiber *f)
{
    OBJ_CHECK(f, FIBER_MAGIC);
    void *fake_stack = NULL;
    before_switch(f, &fake_stack, false);
    OBJ_ASSERT(swapcontext(&f->here, &f->caller) == 0);
    after_switch(f, fake_stack, true);
}

void fiber_free(struct fiber **fp)
{
    struct fiber *f = *fp;
    *fp = NULL;
    OBJ_CHECK(f, FIBER_MAGIC);
    OBJ_ASSERT(f->ended || !f->started);
#ifdef WITH_TSAN
    __tsan_destroy_fiber(f->tsan_here);
#endif
    (void)munmap(f->stack, STACK_BYTES);
    OBJ_FREE(f);
}
