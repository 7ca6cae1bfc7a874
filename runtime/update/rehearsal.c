/* rehearsal.c -- the fork, the child's report, and the parent's waiting for it. */
#include "update/rehearsal.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/pidfd.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/failure.h"
#include "common/log.h"
#include "common/message.h"
#include "program/endings.h"
#include "program/program.h"
#include "common/quiet_write.h"
#include "control/service.h"
#include "control/steps.h"
#include "threads/copies.h"
#include "threads/thread.h"
#include "update/children.h"
#include "update/update_state.h"

/* The child gives itself up in time; the parent waits a little longer before it does. */
#define GRACE (2 * INT64_C(1000000000))
#define LARGEST_REPORT (64 * 1024)

static struct {
    bool is_forking, is_child;
    struct descriptor report; /* in the child: where its report goes */
} rehearsal = {.report = DESCRIPTOR_NONE};

bool rehearsal_is_child(void)
{
    return rehearsal.is_child && program.pid == getpid();
}

bool rehearsal_is_forking(void)
{
    return rehearsal.is_forking;
}

/* ---- The child ------------------------------------------------------------------------------- */

static void prefer_as_victim(void)
{
    int file = open("/proc/self/oom_score_adj", O_WRONLY | O_CLOEXEC);
    if (file < 0)
        return;
    if (write(file, "1000", 4) < 0) {
        /* Then the kernel chooses by itself. */
    }
    close(file);
}

static void leave_no_core(void)
{
    const char *choice = getenv("KITSUNE_CRASH");
    if (choice && strcmp(choice, "core") == 0)
        return;
    /* Not 0, which a program that takes cores from a pipe does not respect. */
    struct rlimit limit;
    if (getrlimit(RLIMIT_CORE, &limit) == 0 && limit.rlim_cur > 1) {
        limit.rlim_cur = 1;
        setrlimit(RLIMIT_CORE, &limit);
    }
}

static void become_child(int report, pid_t parent)
{
    rehearsal.is_child = true;
    prctl(PR_SET_PDEATHSIG, SIGKILL);
    prctl(PR_SET_CHILD_SUBREAPER, 1); /* what it starts ends with it */
    if (getppid() != parent)
        _exit(EXIT_FAILURE);
    log_silence();
    program.pid = getpid();
    rehearsal.report = descriptor_keep(report);
    /* The requester, if its program dies, shall see the connection end. */
    descriptor_close(&update.request.reply);
    prefer_as_victim();
    leave_no_core();
    service_become_rehearsal();
    rehearsal_separate();
}

static void end_child(enum outcome outcome)
{
    struct report *report = &update.report;
    struct text text = {0};
    report->outcome = outcome;
    free(children_end());
    if (outcome != OUTCOME_REHEARSED) {
        failure_take(report);
        if (report->step == STEP_NONE)
            report->step = step_now();
    }
    report_write(report, "", &text);
    text_end_fields(&text);
    if (descriptor_is_ours(&rehearsal.report) &&
        !quiet_write_all(rehearsal.report.number, text.bytes, text.length)) {
        /* Its parent is gone, or will say that nothing came. */
    }
    ending_is_of_runtime(true);
    _exit(outcome == OUTCOME_REHEARSED ? EXIT_SUCCESS : EXIT_FAILURE);
}

void rehearsal_succeeds(void)
{
    end_child(OUTCOME_REHEARSED);
    abort();
}

/* Takes and returns a reason (malloc); of one that may have waited for what is not in the child. */
static char *mention_libraries(char *reason)
{
    const struct report *report = &update.report;
    if (!report->library_threads)
        return reason;
    bool is_one = report->library_threads == 1;
    char *longer = message_format("%s. The rehearsal has no copy of the thread%s that libraries "
                                  "have started (%s); where the new version waits for %s, only the "
                                  "update itself can tell (--no-rehearse)",
                                  reason, is_one ? "" : "s",
                                  report->library_thread_names ? report->library_thread_names : "?",
                                  is_one ? "it" : "them");
    free(reason);
    return longer;
}

void rehearsal_fails(char *reason)
{
    bool is_late = update.state != UPDATE_IDLE &&
                   monotonic_time() > update.left + update_patience();
    update.report.reason = is_late ? mention_libraries(reason) : reason;
    end_child(OUTCOME_ABORTED);
    abort();
}

/* ---- The parent: waiting --------------------------------------------------------------------- */

struct waiting {
    pid_t child;
    int process; /* pidfd */
    int report;  /* the pipe; -1: it has ended */
    int64_t deadline;
    char *text;  /* LARGEST_REPORT bytes */
    size_t length;
    bool is_late, is_withdrawn;
};

/* False: the pipe has ended. */
static bool read_report(struct waiting *waiting)
{
    ssize_t got = read(waiting->report, waiting->text + waiting->length,
                       LARGEST_REPORT - waiting->length);
    if (got < 0)
        return errno == EINTR;
    waiting->length += (size_t)got;
    return got > 0;
}

/* Until the child has ended, or has to. */
static void watch(struct waiting *waiting)
{
    enum { LOOK_AGAIN = 100 /* milliseconds */ };
    for (;;) {
        struct pollfd entries[] = {{.fd = waiting->process, .events = POLLIN},
                                   {.fd = waiting->report, .events = POLLIN}};
        poll(entries, 2, LOOK_AGAIN);
        if (entries[1].revents && !read_report(waiting))
            waiting->report = -1;
        else if ((entries[0].revents && !(entries[1].revents & POLLIN)) ||
                 (waiting->process < 0 && waiting->report < 0))
            return;
        waiting->is_late = monotonic_time() > waiting->deadline;
        waiting->is_withdrawn = request_is_gone(&update.request);
        if (waiting->is_late || waiting->is_withdrawn)
            return;
    }
}

/* The status of waitpid; -1: the program has asked the kernel not to keep any. */
static int collect(pid_t child)
{
    int status;
    pid_t got;
    while ((got = waitpid(child, &status, 0)) < 0 && errno == EINTR)
        ;
    return got == child ? status : -1;
}

/* ---- The parent: what came of it ------------------------------------------------------------- */

static char *unexplained(const struct waiting *waiting, int status)
{
    if (waiting->is_late)
        return mention_libraries(message_format("it has not come to the update point '%s' in the "
                                                "time it may take", update.point));
    if (status >= 0 && WIFSIGNALED(status) && WTERMSIG(status) == SIGSYS)
        return copy_string("it was ended by SIGSYS (Bad system call): the program's filter of "
                           "system calls (seccomp) forbids something that the update, or the new "
                           "version on its way, calls; docs/security.md says what an update needs");
    if (status >= 0 && WIFSIGNALED(status))
        return message_format("it was ended by SIG%s (%s) without a word: the kernel does that "
                              "when memory runs out", sigabbrev_np(WTERMSIG(status)),
                              sigdescr_np(WTERMSIG(status)));
    return copy_string("it ended without a word: does the new version close descriptors that it "
                       "does not know, or call _exit by the kernel?");
}

static void take_numbers(const struct fields *fields)
{
    struct report *report = &update.report;
    report->load_time = fields_number(fields, "load_ns", 0);
    report->migrate_time = fields_number(fields, "migrate_ns", 0);
    report->enter_time = fields_number(fields, "enter_ns", 0);
    report->objects_visited = (uint64_t)fields_number(fields, "objects_visited", 0);
    report->objects_transformed = (uint64_t)fields_number(fields, "objects_transformed", 0);
    report->bytes_transformed = (uint64_t)fields_number(fields, "bytes_transformed", 0);
    report->bookkeeping_bytes = (uint64_t)fields_number(fields, "bookkeeping_bytes", 0);
}

static enum outcome fail(char *why)
{
    update.report.reason = message_format("the rehearsal failed, and the program itself was not "
                                          "touched: %s", why);
    free(why);
    return OUTCOME_ABORTED;
}

static enum outcome judge(const struct waiting *waiting, int status)
{
    struct fields fields;
    if (waiting->is_withdrawn) {
        update.report.reason = copy_string("the requester went away during the rehearsal");
        return OUTCOME_CANCELLED;
    }
    if (!fields_parse(&fields, waiting->text, waiting->length, NULL))
        return status >= 0 && WIFEXITED(status) && WEXITSTATUS(status) == EXIT_SUCCESS &&
                       !waiting->is_late
                   ? OUTCOME_REHEARSED
                   : fail(unexplained(waiting, status));
    const char *outcome = fields_get(&fields, "outcome"), *reason = fields_get(&fields, "reason");
    bool passes = outcome && strcmp(outcome, outcome_name(OUTCOME_REHEARSED)) == 0;
    if (passes)
        take_numbers(&fields);
    else
        failure_adopt(&fields);
    enum outcome result =
        passes ? OUTCOME_REHEARSED : fail(copy_string(reason ? reason : "it does not say why"));
    fields_free(&fields);
    return result;
}

static enum outcome attend(struct waiting *waiting)
{
    waiting->process = pidfd_open(waiting->child, 0);
    waiting->deadline = monotonic_time() + update_patience() + GRACE;
    waiting->text = allocate(LARGEST_REPORT);
    int report = waiting->report;
    watch(waiting);
    if (waiting->is_late || waiting->is_withdrawn || waiting->process < 0)
        children_end_of(waiting->child);
    kill(waiting->child, SIGKILL); /* where it has not ended */
    int status = collect(waiting->child);
    while (waiting->report >= 0 && !waiting->is_late && !waiting->is_withdrawn &&
           read_report(waiting))
        ;
    children_take_signal(&waiting->child, 1);
    close(report);
    if (waiting->process >= 0)
        close(waiting->process);
    enum outcome outcome = judge(waiting, status);
    free(waiting->text);
    return outcome;
}

/* ---- Both ------------------------------------------------------------------------------------ */

static pid_t fork_quietly(void)
{
    rehearsal.is_forking = true;
    pid_t child = fork();
    rehearsal.is_forking = false;
    return child;
}

enum outcome rehearsal_run(void)
{
    int ends[2];
    sigset_t its, mask;
    sigemptyset(&its);
    sigaddset(&its, SIGCHLD);
    if (pipe2(ends, O_CLOEXEC) != 0)
        return fail(message_format("cannot make a pipe: %s", strerror(errno)));
    int64_t started = monotonic_time();
    pid_t parent = getpid();
    char *reason = threads_note_places();
    if (reason) {
        close(ends[0]);
        close(ends[1]);
        return fail(reason);
    }
    pthread_sigmask(SIG_BLOCK, &its, &mask);
    pid_t child = fork_quietly();
    if (child == 0) {
        close(ends[0]);
        become_child(ends[1], parent);
        pthread_sigmask(SIG_SETMASK, &mask, NULL);
        if ((reason = threads_make_copies()))
            rehearsal_fails(reason);
        return OUTCOME_NONE;
    }
    int error = errno;
    threads_forget_places();
    close(ends[1]);
    enum outcome outcome;
    if (child > 0) {
        outcome = attend(&(struct waiting){.child = child, .report = ends[0]});
    } else {
        close(ends[0]);
        outcome = fail(message_format("cannot fork: %s: %s",
                                      strerror(error), threads_shortage(error)));
    }
    pthread_sigmask(SIG_SETMASK, &mask, NULL);
    update.report.rehearse_time = monotonic_time() - started;
    return outcome;
}
