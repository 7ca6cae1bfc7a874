/* crash.c -- crashes in the middle of an update.  See crash.h. */
#include "update/crash.h"

#include <execinfo.h>
#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <ucontext.h>
#include <unistd.h>

#include "control/failure.h"
#include "heap/heap.h"
#include "common/message.h"
#include "program/endings.h"
#include "update/malloc_locks.h"
#include "update/probation.h"
#include "update/rehearsal.h"
#include "update/update.h"

/* Going back begins on it: files are read there.  Only what is used takes memory. */
enum { STACK_SIZE = 256 * 1024 };

/* The last ones only end a program that has not said what it wants of them: what it writes has no
 * reader or is too much, or it may not make some system call (seccomp). */
static const int signals[] = {SIGSEGV, SIGBUS,  SIGFPE,  SIGILL, SIGTRAP,
                              SIGABRT, SIGPIPE, SIGXFSZ, SIGSYS};
enum { SIGNAL_COUNT = sizeof signals / sizeof *signals, CRASH_COUNT = 6 };

/* The program's, while ours are in place. */
static struct sigaction program_actions[SIGNAL_COUNT];
static bool is_watching;

static struct sigaction *program_action(int number)
{
    for (int i = 0; i < SIGNAL_COUNT; i++)
        if (signals[i] == number)
            return &program_actions[i];
    return NULL;
}

/* ---- What has crashed ------------------------------------------------------------------------ */

/* "conn_convert+0x12", in the new version or in the transformer; malloc. */
static char *place_of(uintptr_t address)
{
    struct version *version = update_new_version();
    const struct loaded *transformer = version->transformer_object;
    const struct symbol *symbol = NULL;
    const char *of = "";
    uint64_t offset = 0;
    struct symbol_table *own = NULL;
    struct loaded loading;
    if (loader_contains(version->object, (void *)address)) {
        offset = address - version->object->base;
        symbol = symbols_find_around(version_symbols(version), offset);
    } else if (transformer && loader_contains(transformer, (void *)address)) {
        own = symbols_read(&transformer->image->elf);
        offset = address - transformer->base;
        symbol = symbols_find_around(own, offset);
        of = "the transformer's ";
    } else if (loader_find_loading((void *)address, &loading)) {
        own = symbols_read(&loading.image->elf);
        offset = address - loading.base;
        symbol = symbols_find_around(own, offset);
    }
    char *place = symbol ? message_format(" in %s%s+0x%llx", of, symbol->key,
                                          (unsigned long long)(offset - symbol->address))
                         : copy_string(*of ? " in the transformer" : "");
    symbols_free(own);
    return place;
}

/* The innermost place in the version or the transformer: the crash may be in a library that they
 * called. */
static char *describe_place(uintptr_t address)
{
    void *frames[64];
    char *place = place_of(address);
    int length = *place ? 0 : backtrace(frames, 64);
    for (int i = 0; i < length && !*place; i++) {
        char *outer = place_of((uintptr_t)frames[i] - 1);
        free(place);
        place = outer;
    }
    return place;
}

char *crash_place(const void *machine)
{
    const ucontext_t *interrupted = machine;
    return describe_place((uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP]);
}

static bool has_address(int number)
{
    return number == SIGSEGV || number == SIGBUS;
}

/* From where it crashed outwards; the handler's own frames are left out. */
void crash_note_backtrace(const void *machine)
{
    const ucontext_t *interrupted = machine;
    void *crashed = (void *)interrupted->uc_mcontext.gregs[REG_RIP];
    void *frames[MOST_FRAMES + 16];
    int length = backtrace(frames, MOST_FRAMES + 16), first = 0;
    while (first < length && frames[first] != crashed)
        first++;
    if (first < length)
        failure_backtrace(frames + first, length - first);
    else
        failure_backtrace(&crashed, 1);
}

char *crash_describe(int number, const siginfo_t *information, const void *machine)
{
    char *place = crash_place(machine);
    char address[48] = "";
    if (has_address(number))
        snprintf(address, sizeof address, ", accessing 0x%lx%s",
                 (unsigned long)information->si_addr, *place ? "," : "");
    char *text = message_format("SIG%s (%s)%s%s",
                                sigabbrev_np(number), sigdescr_np(number), address, place);
    free(place);
    return text;
}

static void advise(bool is_in_malloc)
{
    int pid = rehearsal_is_child() ? getppid() : getpid();
    if (is_in_malloc)
        failure_advise("it was inside malloc: a block was freed twice, or written beyond its end, "
                       "in the heap that both versions share, which may be damaged; the old "
                       "version runs on, but start it anew when you can; the backtrace says where, "
                       "`kitsune log %d` with source lines", (int)pid);
    failure_advise("the backtrace says where, `kitsune log %d` with source lines; "
                   "with KITSUNE_CRASH=core in its environment the program leaves a core file "
                   "instead of going back to the old version", (int)pid);
}

static void give_up(int number, const siginfo_t *information, const ucontext_t *machine)
{
    bool is_in_malloc = malloc_locks_were_taken(machine);
    if (is_in_malloc)
        malloc_locks_open(); /* before anything is allocated */
    /* What has been destroyed may be what says where. */
    static _Thread_local unsigned describing_for __attribute__((tls_model("initial-exec")));
    if (describing_for == update_serial())
        update_fail_with(message_format("the new version, or a rule, crashed (SIG%s), and again "
                                        "when the place was looked for", sigabbrev_np(number)));
    describing_for = update_serial();
    crash_note_backtrace(machine);
    advise(is_in_malloc);
    char *what = crash_describe(number, information, machine);
    if (update_is_loading())
        failure_in(STEP_CONSTRUCTORS);
    char *reason = message_format(
        "%s: %s", update_is_loading() ? "a constructor of the new version, or of a library that it "
                                        "brings, crashed"
                                      : "the new version, or a rule, crashed on its way to the "
                                        "update point", what);
    free(what);
    describing_for = 0;
    update_fail_with(reason);
}

static bool is_crash(int number)
{
    for (int i = 0; i < CRASH_COUNT; i++)
        if (signals[i] == number)
            return true;
    return false;
}

static void raise_for_good(int number)
{
    ending_is_of_runtime(true);
    raise(number);
    ending_is_of_runtime(false);
}

/* It is for others: the program's own handler, or the end. */
static void pass_on(int number)
{
    struct sigaction *action = program_action(number);
    sigaction(number, action, NULL);
    if (number == SIGABRT || !is_crash(number))
        raise_for_good(number);
    /* Anything else happens again as soon as this handler has returned. */
}

static void on_crash(int number, siginfo_t *information, void *machine)
{
    bool is_sent = information->si_code == SI_USER || information->si_code == SI_QUEUE;
    bool is_its_own = !is_sent || information->si_pid == getpid();
    if (is_its_own)
        malloc_locks_require_sound_heap();
    if (is_its_own && (update_is_migrating() || update_is_loading() || rehearsal_is_child()))
        give_up(number, information, machine);
    if (is_its_own)
        probation_crashed(number, information, machine);
    pass_on(number);
}

/* ---- Watching -------------------------------------------------------------------------------- */

/* Some want a core file rather than the old version. */
bool crash_is_watched(void)
{
    const char *choice = secure_getenv("KITSUNE_CRASH");
    return !choice || strcmp(choice, "core") != 0;
}

static bool ends_program(const struct sigaction *action)
{
    return !(action->sa_flags & SA_SIGINFO) && action->sa_handler == SIG_DFL;
}

void crash_watch(void)
{
    if (is_watching || !crash_is_watched())
        return;
    malloc_locks_prepare();
    struct sigaction ours = {.sa_sigaction = on_crash,
                             .sa_flags = SA_SIGINFO | SA_ONSTACK | SA_NODEFER};
    sigemptyset(&ours.sa_mask);
    for (int i = 0; i < SIGNAL_COUNT; i++)
        if (sigaction(signals[i], NULL, &program_actions[i]) == 0 &&
            (is_crash(signals[i]) || ends_program(&program_actions[i])))
            sigaction(signals[i], &ours, NULL);
    is_watching = true;
}

void crash_watch_ends(void)
{
    for (int i = 0; is_watching && i < SIGNAL_COUNT; i++) {
        struct sigaction now;
        if (sigaction(signals[i], NULL, &now) == 0 && now.sa_flags & SA_SIGINFO &&
            now.sa_sigaction == on_crash)
            sigaction(signals[i], &program_actions[i], NULL);
    }
    is_watching = false;
}

void crash_unblock(sigset_t *mask)
{
    for (int i = 0; i < CRASH_COUNT; i++)
        sigdelset(mask, signals[i]);
}

/* ---- Stacks ---------------------------------------------------------------------------------- */

static _Thread_local void *own_stack __attribute__((tls_model("initial-exec")));
static _Thread_local stack_t program_stack __attribute__((tls_model("initial-exec")));

/* What a crash that is being handled stands on, see crash_stack_occupy. */
static _Thread_local void *occupied_stack __attribute__((tls_model("initial-exec")));
static _Thread_local bool has_program_stack __attribute__((tls_model("initial-exec")));

void crash_stack_take(void)
{
    stack_t now, *old = has_program_stack ? NULL : &program_stack;
    if (own_stack && sigaltstack(NULL, &now) == 0 && now.ss_sp == own_stack)
        return;
    if (!own_stack) {
        void *memory = mmap(NULL, STACK_SIZE, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
        if (memory == MAP_FAILED)
            return; /* a stack that runs over is the only crash that needs it */
        own_stack = memory;
    }
    stack_t stack = {.ss_sp = own_stack, .ss_size = STACK_SIZE};
    if (sigaltstack(&stack, old) == 0)
        has_program_stack = true;
}

static void give_back(bool always)
{
    stack_t now;
    if (!has_program_stack || sigaltstack(NULL, &now) != 0)
        return;
    bool is_ours = now.ss_sp && (now.ss_sp == own_stack || now.ss_sp == occupied_stack);
    if (!always && !is_ours)
        return;
    if (program_stack.ss_flags & SS_DISABLE)
        program_stack = (stack_t){.ss_flags = SS_DISABLE};
    program_stack.ss_flags &= SS_DISABLE;
    /* The kernel does not let us as long as we are on it. */
    if (sigaltstack(&program_stack, NULL) == 0)
        has_program_stack = false;
}

/* The new version may have chosen one of its own. */
void crash_stack_give_back(void)
{
    give_back(false);
}

void crash_stack_undo(void)
{
    give_back(true);
}

void crash_stack_occupy(void)
{
    void *spare = occupied_stack;
    occupied_stack = own_stack;
    own_stack = spare;
}

static void free_stack(void **stack)
{
    if (*stack)
        munmap(*stack, STACK_SIZE);
    *stack = NULL;
}

void crash_stack_free(void)
{
    crash_stack_give_back();
    free_stack(&own_stack);
    free_stack(&occupied_stack);
}
