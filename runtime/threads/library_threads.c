/* library_threads.c -- threads that libraries start for themselves, and that are in the
 * program's code.
 *
 * They take no part in updates and are left alone.  But one that calls the program back (a timer's
 * notification, an event loop, a resolver) must not be in the code of the version that goes, nor
 * have it on its stack; so it is waited for until it is out.
 *
 * Who blocks in a system call is looked at from outside: without an address of the program's
 * code on its stack it cannot be in that code, and is not disturbed.  Who has one, or runs, is
 * stopped by the runtime's signal to unwind its stack; if it blocks that signal, what lies on
 * its stack has to do.
 */
#include <dirent.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/uio.h>
#include <ucontext.h>
#include <unistd.h>

#include "common/message.h"
#include "program/program.h"
#include "control/report.h"
#include "control/service.h"
#include "program/symbols.h"
#include "update/update.h"
#include "thread.h"

/* ---- Who they are ---------------------------------------------------------------------------- */

static bool is_ours(pid_t tid)
{
    if (tid == gatherer_tid())
        return true;
    for (struct thread *thread = all_threads; thread; thread = thread->next)
        if (thread->tid == tid)
            return true;
    return false;
}

bool thread_takes_part(pid_t tid)
{
    sigset_t mask;
    gate_lock(&mask);
    bool takes_part = is_ours(tid);
    gate_unlock(&mask);
    return takes_part;
}

/* Calls `visit` for each until that returns something. */
static char *visit_all(char *(*visit)(pid_t tid, void *argument), void *argument)
{
    char *result = NULL;
    DIR *tasks = threads_of_libraries() ? opendir("/proc/self/task") : NULL;
    for (struct dirent *entry; tasks && !result && (entry = readdir(tasks));) {
        pid_t tid = (pid_t)atoi(entry->d_name);
        if (tid > 0 && !is_ours(tid))
            result = visit(tid, argument);
    }
    if (tasks)
        closedir(tasks);
    return result;
}

static char *add_name(pid_t tid, void *names)
{
    char name[32];
    read_task_file(tid, "comm", name, sizeof name);
    char **text = names;
    char *longer = *text ? message_format("%s, %s", *text, name) : copy_string(name);
    free(*text);
    *text = longer;
    return NULL;
}

char *library_threads_names(void)
{
    char *names = NULL;
    sigset_t mask;
    gate_lock(&mask);
    visit_all(add_name, &names);
    gate_unlock(&mask);
    return names;
}

/* ---- Where one is, seen from outside --------------------------------------------------------- */

/* A place that a call of the program's code would return to: inside a function, not where it
 * begins, which is where pointers to functions lead. */
static const struct symbol *function_around(uintptr_t address)
{
    const struct loaded *object = program.running->object;
    if (!loader_contains(object, (void *)address))
        return NULL;
    const struct symbol *symbol =
        symbols_find_around(version_symbols(program.running), address - object->base);
    return symbol && symbol->kind == SYMBOL_FUNCTION && symbol->address != address - object->base
               ? symbol : NULL;
}

/* Up to the end of the stack, or of what can be read. */
static const struct symbol *find_on_stack(uintptr_t stack_pointer)
{
    enum { WORDS = 512, MOST_PARTS = 256 };
    uintptr_t words[WORDS];
    uintptr_t at = stack_pointer & ~(sizeof *words - 1);
    for (int part = 0; part < MOST_PARTS; part++) {
        struct iovec here = {words, sizeof words}, there = {(void *)at, sizeof words};
        ssize_t got = process_vm_readv(getpid(), &here, 1, &there, 1, 0);
        for (ssize_t i = 0; i < got / (ssize_t)sizeof *words; i++) {
            const struct symbol *symbol = function_around(words[i]);
            if (symbol)
                return symbol;
        }
        if (got < (ssize_t)sizeof words)
            return NULL;
        at += sizeof words;
    }
    return NULL;
}

/* What /proc tells of one that blocks.  False: it runs. */
static bool read_registers(pid_t tid, uintptr_t *stack_pointer, uintptr_t *place)
{
    char text[256];
    read_task_file(tid, "syscall", text, sizeof text);
    char *last = strrchr(text, ' ');
    if (!last)
        return false;
    *place = strtoul(last, NULL, 16);
    *last = '\0';
    last = strrchr(text, ' ');
    *stack_pointer = last ? strtoul(last, NULL, 16) : 0;
    return last != NULL;
}

/* ---- Where one is, as it says itself --------------------------------------------------------- */

/* One is asked at a time. */
static struct {
    _Atomic pid_t tid; /* 0: nobody */
    _Atomic int length;
    void *trace[MOST_FRAMES];
} asked;

void library_thread_was_interrupted(const void *machine)
{
    pid_t self = gettid();
    if (!atomic_compare_exchange_strong(&asked.tid, &self, 0))
        return;
    const ucontext_t *interrupted = machine;
    asked.length = interrupted_trace(asked.trace, MOST_FRAMES,
                                     (uintptr_t)interrupted->uc_mcontext.gregs[REG_RIP]);
}

static bool blocks_our_signal(pid_t tid)
{
    char path[64], line[256];
    unsigned long long blocked = 0;
    snprintf(path, sizeof path, "/proc/self/task/%d/status", (int)tid);
    FILE *file = fopen(path, "re");
    while (file && fgets(line, sizeof line, file))
        if (sscanf(line, "SigBlk: %llx", &blocked) == 1)
            break;
    if (file)
        fclose(file);
    return blocked >> (service_signal() - 1) & 1;
}

enum answer { ANSWER_GIVEN, ANSWER_MISSING, ANSWER_ENDED };

/* On a busy machine it may take a while until it runs, so a short silence means nothing. */
static enum answer ask(pid_t tid)
{
    int64_t end = monotonic_time() + LIBRARY_PATIENCE;
    asked.length = 0;
    asked.tid = tid;
    bool is_there = tgkill(getpid(), tid, service_signal()) == 0;
    while (is_there && !asked.length && monotonic_time() < end) {
        usleep(200);
        is_there = tgkill(getpid(), tid, 0) == 0;
    }
    if (asked.length)
        return ANSWER_GIVEN;
    pid_t expected = tid;
    if (atomic_compare_exchange_strong(&asked.tid, &expected, 0))
        return is_there ? ANSWER_MISSING : ANSWER_ENDED;
    while (!asked.length)
        usleep(200); /* it is answering */
    return ANSWER_GIVEN;
}

static const struct symbol *find_in_trace(void)
{
    for (int i = 0; i < asked.length; i++) {
        const struct symbol *symbol = function_around((uintptr_t)asked.trace[i] - (i > 0));
        if (symbol)
            return symbol;
    }
    return NULL;
}

/* ---- Looking --------------------------------------------------------------------------------- */

static const struct symbol *look_from_outside(uintptr_t stack_pointer, uintptr_t place)
{
    const struct symbol *seen = function_around(place);
    return seen ? seen : find_on_stack(stack_pointer);
}

/* It runs, and has not said where. */
static const struct symbol unknown = {.key = "code, or may be: it does not answer"};

static const struct symbol *what_it_says(pid_t tid, const struct symbol *seen)
{
    switch (ask(tid)) {
    case ANSWER_GIVEN:
        return find_in_trace();
    case ANSWER_MISSING:
        return seen ? seen : &unknown;
    case ANSWER_ENDED:
        break;
    }
    return NULL;
}

/* One that cannot be asked is looked at when it next blocks. */
static const struct symbol *program_function_of(pid_t tid)
{
    enum { LOOKS = 100 };
    for (int look = 0; look < LOOKS; look++) {
        uintptr_t stack_pointer, place;
        bool is_blocked = read_registers(tid, &stack_pointer, &place);
        const struct symbol *seen = is_blocked ? look_from_outside(stack_pointer, place) : NULL;
        if (is_blocked && !seen)
            return NULL;
        if (!blocks_our_signal(tid))
            return what_it_says(tid, seen);
        if (is_blocked)
            return seen;
        usleep(100);
    }
    return NULL;
}

static char *describe_if_inside(pid_t tid, void *ignored)
{
    (void)ignored;
    const struct symbol *symbol = program_function_of(tid);
    if (!symbol)
        return NULL;
    char name[32];
    read_task_file(tid, "comm", name, sizeof name);
    return message_format("thread %d (%s), which a library started, is in the program's %s",
                          (int)tid, name, symbol->key);
}

char *library_thread_inside(void)
{
    return visit_all(describe_if_inside, NULL);
}

char *library_threads_stay(void)
{
    int64_t end = monotonic_time() + LIBRARY_PATIENCE;
    for (;;) {
        sigset_t mask;
        gate_lock(&mask);
        char *inside = library_thread_inside();
        gate_unlock(&mask);
        if (!inside)
            return NULL;
        if (monotonic_time() > end)
            return library_thread_stays(inside);
        free(inside);
        usleep(1000);
    }
}

bool library_threads_come_out(void)
{
    char *reason = library_threads_stay();
    if (!reason)
        return true;
    sigset_t mask;
    gate_lock(&mask);
    update_cancel(reason);
    gate_unlock(&mask);
    return false;
}

char *library_thread_stays(char *inside)
{
    char *reason = message_format("%s and does not come out of it: let callbacks be brief", inside);
    free(inside);
    return reason;
}

/* A callback has begun meanwhile.  What it writes, it writes to variables that have been migrated
 * already, so waiting for its end would lose that. */
void library_threads_require_outside(void)
{
    sigset_t mask;
    gate_lock(&mask);
    char *inside = library_thread_inside();
    gate_unlock(&mask);
    if (inside)
        update_fail_with(message_format("%s: it came there during the update; try again", inside));
}
