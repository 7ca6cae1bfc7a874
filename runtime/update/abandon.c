/* abandon.c -- may a thread that has crashed be given up where it is? */
#include "update/abandon.h"

#include <dlfcn.h>
#include <execinfo.h>
#include <pthread.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>
#include <unwind.h>

#include "program/program.h"
#include "program/used_memory.h"

enum { DEEPEST = 256 };

/* ---- Functions of libc that hold nothing ----------------------------------------------------- */

static const char *const harmless_names[] = {
    "memcpy",  "memmove", "mempcpy",    "memset",      "memcmp",   "memchr",   "memrchr",
    "memmem",  "strlen",  "strnlen",    "strcpy",      "strncpy",  "stpcpy",   "stpncpy",
    "strcat",  "strncat", "strcmp",     "strncmp",     "strchr",   "strrchr",  "strchrnul",
    "strstr",  "strspn",  "strcspn",    "strpbrk",     "strtok",   "strtok_r", "strsep",
    "strcasecmp", "strncasecmp", "rawmemchr", "atoi", "atol", "strtol", "strtoul", "strtoll",
    "strtoull", "strtod", "qsort", "bsearch", "abort", "raise", "__assert_fail", "__assert",
    "__stack_chk_fail", "__chk_fail", "__memcpy_chk", "__memmove_chk", "__memset_chk",
    "__strcpy_chk", "__strncpy_chk", "__strcat_chk", "__strncat_chk",
};
enum { HARMLESS_COUNT = sizeof harmless_names / sizeof *harmless_names };

/* Where their code begins: for many of them libc chooses one of several when it is loaded. */
static void *harmless[HARMLESS_COUNT];

static void *function_around(const void *address)
{
    return _Unwind_FindEnclosingFunction((void *)address);
}

void abandon_prepare(void)
{
    for (size_t i = 0; i < HARMLESS_COUNT; i++) {
        void *address = dlsym(RTLD_DEFAULT, harmless_names[i]);
        harmless[i] = address ? function_around((char *)address + 1) : NULL;
    }
}

static bool is_harmless(const void *function)
{
    for (size_t i = 0; function && i < HARMLESS_COUNT; i++)
        if (harmless[i] == function)
            return true;
    return false;
}

/* ---- Where it crashed ------------------------------------------------------------------------ */

static bool is_of_version(const void *address)
{
    return loader_contains(program.running->object, address);
}

static bool peek(const void *address, void *bytes, size_t size)
{
    struct iovec here = {bytes, size}, there = {(void *)address, size};
    return process_vm_readv(getpid(), &here, 1, &there, 1, 0) == (ssize_t)size;
}

/* The kernel's way back from a signal handler: mov $15, %rax; syscall. */
static bool is_after_handler(const void *address)
{
    static const unsigned char code[] = {0x48, 0xc7, 0xc0, 0x0f, 0, 0, 0, 0x0f, 0x05};
    unsigned char found[sizeof code];
    return peek(address, found, sizeof found) && memcmp(found, code, sizeof code) == 0;
}

static void name_library(const void *address, char *reason, size_t size)
{
    Dl_info information = {0};
    const char *file = dladdr(address, &information) && information.dli_fname
                           ? information.dli_fname : "a library";
    const char *slash = strrchr(file, '/');
    snprintf(reason, size,
             "it happened in %s of %s, which may hold a lock that nobody would let go",
             information.dli_sname ? information.dli_sname : "a function",
             slash ? slash + 1 : file);
}

/* How many frames there are before the first of the program's; -1: there is none of it. */
static int length_outside(void *const *frames, int length)
{
    int i = 0;
    while (i < length && !is_of_version(frames[i]))
        i++;
    return i < length ? i : -1;
}

/* From the crash outwards: the program's own code, or a harmless function that it called. */
static bool is_harmless_place(void *const *frames, int length, char *reason, size_t size)
{
    int outside = length_outside(frames, length);
    if (outside == 0)
        return true;
    if (outside < 0) {
        snprintf(reason, size, "it happened outside of the program's own code");
        return false;
    }
    const char *called = frames[outside - 1];
    if (is_harmless(function_around(outside == 1 ? called + 1 : called)))
        return true;
    name_library(called, reason, size);
    return false;
}

/* What that interrupted may be half done and hold locks, and its signals are blocked. */
static bool is_in_handler(void *const *frames, int length, char *reason, size_t size)
{
    for (int i = 0; i < length; i++)
        if (is_after_handler(frames[i])) {
            snprintf(reason, size, "it happened in a signal handler");
            return true;
        }
    return false;
}

/* A jump to nowhere leaves nothing to unwind but the address that the call pushed. */
static bool was_called_from_version(const ucontext_t *machine)
{
    void *caller = NULL;
    Dl_info information;
    return !dladdr((void *)machine->uc_mcontext.gregs[REG_RIP], &information) &&
           peek((void *)machine->uc_mcontext.gregs[REG_RSP], &caller, sizeof caller) &&
           is_of_version(caller);
}

/* ---- Locks ----------------------------------------------------------------------------------- */

/* A mutex that this thread holds would be held in the older version, too, where nobody lets go
 * of it. glibc's mutexes know their owner; they are looked for where the program keeps its data. */

enum { CHUNK = 16 * 1024 };

static bool is_held_by(const pthread_mutex_t *mutex, int thread)
{
    return mutex->__data.__owner == thread && mutex->__data.__nusers == 1 &&
           (mutex->__data.__lock == 1 || mutex->__data.__lock == 2) &&
           !(mutex->__data.__kind & ~0x1ff);
}

struct held {
    int thread;
    uintptr_t found; /* 0: there is none */
};

static bool find_held(uintptr_t start, uintptr_t end, void *argument)
{
    struct held *held = argument;
    char bytes[CHUNK] __attribute__((aligned(16)));
    for (uintptr_t at = start; at < end; at += CHUNK - sizeof(pthread_mutex_t)) {
        size_t size = end - at < CHUNK ? end - at : CHUNK;
        if (!peek((void *)at, bytes, size))
            continue; /* unmapped meanwhile */
        for (size_t i = 0; i + sizeof(pthread_mutex_t) <= size; i += 8)
            if (is_held_by((const pthread_mutex_t *)(bytes + i), held->thread)) {
                held->found = at + i;
                return true;
            }
    }
    return false;
}

static bool holds_lock(char *reason, size_t size)
{
    struct held held = {.thread = gettid()};
    if (used_memory_visit(find_held, &held))
        snprintf(reason, size, "the thread holds a lock that nobody would let go, the mutex at %p",
                 (void *)held.found);
    return held.found;
}

bool abandon_is_harmless(const void *context, char *reason, size_t size)
{
    const ucontext_t *machine = context;
    void *crashed = (void *)machine->uc_mcontext.gregs[REG_RIP];
    void *frames[DEEPEST];
    int length = backtrace(frames, DEEPEST), first = 0;
    while (first < length && frames[first] != crashed)
        first++;
    if (!is_of_version(crashed) && was_called_from_version(machine))
        return !holds_lock(reason, size);
    if (first == length)
        frames[first = length - 1] = crashed;
    return !is_in_handler(frames + first, length - first, reason, size) &&
           is_harmless_place(frames + first, length - first, reason, size) &&
           !holds_lock(reason, size);
}
