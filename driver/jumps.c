/* jumps.c -- longjmp and its like: what versions and libraries call, as in endings.c.
 *
 * On its way to the update point a new version must not jump to where the old one has called
 * setjmp; the runtime looks where each jump leads.
 */
#include <dlfcn.h>
#include <stddef.h>

#include "program/driver.h"

/* Of its own name, because setjmp.h calls longjmp something else in a build with checks. */
struct jump_buffer;

#define REPLACEMENT(function, name)                                                              \
    void function(struct jump_buffer *buffer, int value) __asm__(name)                           \
        __attribute__((noreturn, visibility("default"), noinline));

REPLACEMENT(plain_jump, "longjmp")
REPLACEMENT(bare_jump, "_longjmp")
REPLACEMENT(signal_jump, "siglongjmp")
REPLACEMENT(checked_jump, "__longjmp_chk")

static struct {
    void (*plain)(struct jump_buffer *, int) __attribute__((noreturn));
    void (*signal)(struct jump_buffer *, int) __attribute__((noreturn));
    void (*checked)(struct jump_buffer *, int) __attribute__((noreturn));
} libc;

static __attribute__((constructor)) void find_libc(void)
{
    if (libc.plain)
        return;
    *(void **)&libc.signal = dlsym(RTLD_NEXT, "siglongjmp");
    *(void **)&libc.checked = dlsym(RTLD_NEXT, "__longjmp_chk");
    *(void **)&libc.plain = dlsym(RTLD_NEXT, "longjmp");
}

void plain_jump(struct jump_buffer *buffer, int value)
{
    find_libc();
    kitsune_before_jump(__builtin_return_address(0), "longjmp", buffer);
    libc.plain(buffer, value);
}

void bare_jump(struct jump_buffer *buffer, int value)
{
    find_libc();
    kitsune_before_jump(__builtin_return_address(0), "_longjmp", buffer);
    libc.plain(buffer, value);
}

void signal_jump(struct jump_buffer *buffer, int value)
{
    find_libc();
    kitsune_before_jump(__builtin_return_address(0), "siglongjmp", buffer);
    libc.signal(buffer, value);
}

void checked_jump(struct jump_buffer *buffer, int value)
{
    find_libc();
    kitsune_before_jump(__builtin_return_address(0), "longjmp", buffer);
    libc.checked(buffer, value);
}
