/* service.c -- how requests reach the program. */
#include "control/service.h"

#include <errno.h>
#include <fcntl.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <time.h>
#include <unistd.h>

#include <kitsune.h>

#include "control/debugger_view.h"
#include "control/directory.h"
#include "control/history.h"
#include "control/next_file.h"
#include "program/interrupts.h"
#include "common/log.h"
#include "common/message.h"
#include "update/previous.h"
#include "update/probation.h"
#include "program/program.h"
#include "program/update_points.h"
#include "control/progress.h"
#include "control/report_log.h"
#include "control/status_file.h"
#include "control/supervisor.h"
#include "control/wish.h"
#include "threads/thread.h"
#include "files/trust.h"
#include "update/malloc_locks.h"
#include "update/update.h"

#define REPEAT_NANOSECONDS (10 * 1000000)
/* How long the signal is repeated for a request without a deadline. */
#define REPEAT_WITHOUT_DEADLINE (30 * 1000000000LL)

KITSUNE_PUBLIC int kitsune_pending;

static struct {
    char *directory; /* NULL: there is none we could use */
    int signal;      /* wakes the main thread */
    timer_t timer;   /* repeats it; belongs to `timer_owner` */
    pid_t timer_owner;
    struct descriptor socket;
    struct descriptor status;
    struct descriptor history;
    char *socket_path, *status_path, *next_path, *history_path, *progress_path;
    pid_t progress_owner;
    unsigned status_sequence;
    bool is_status_behind; /* it could not be written */
    unsigned long long started; /* see process_start_time */
    /* Read and written by the signal handler. */
    _Atomic int64_t repeat_until;
    _Atomic int was_nudged; /* SIGUSR2 came: look for doupd's file */
    struct report last; /* of the last update */
} service = {.socket = DESCRIPTOR_NONE, .status = DESCRIPTOR_NONE, .history = DESCRIPTOR_NONE};

/* ---- Signals --------------------------------------------------------------------------------- */

static void repeat(int64_t nanoseconds)
{
    struct timespec interval = {.tv_nsec = nanoseconds};
    timer_settime(service.timer, 0, &(struct itimerspec){interval, interval}, NULL);
}

/* Everything here is async-signal-safe. */
static void on_signal(int number, siginfo_t *information, void *context)
{
    int saved_errno = errno;
    int64_t now = monotonic_time();
    if (malloc_locks_visit_interrupted(context)) {
        thread_signal_came(); /* it is giving up as it is */
        errno = saved_errno;
        return;
    }
    if (information->si_code == SI_TKILL) {
        thread_was_interrupted(context);
    } else if (information->si_code == SI_TIMER) {
        update_give_up_overdue(context);
        if (now > service.repeat_until || !update_is_wanted())
            repeat(0);
    } else {
        if (number == SIGUSR2)
            service.was_nudged = 1;
        int64_t deadline =
            number == SIGUSR2 ? 0 : request_peek_deadline(service.socket.number);
        service.repeat_until = deadline ? deadline : now + REPEAT_WITHOUT_DEADLINE;
        /* The stores above must not be missing when the main thread, which this handler
         * interrupts, sees the flag: same thread, so program order is enough. */
        __atomic_fetch_or(&kitsune_pending, PENDING_UPDATE, __ATOMIC_RELAXED);
        if (threads_are_several()) {
            gatherer_wake_for_interrupted(); /* first: it reads the files meanwhile */
            registry_interrupt_others();
        } else if (service.timer_owner == getpid()) {
            repeat(REPEAT_NANOSECONDS);
        }
    }
    if (this_thread)
        interrupts_end_wait(context);
    errno = saved_errno;
}

static bool is_free_signal(int number)
{
    struct sigaction action;
    return sigaction(number, NULL, &action) == 0 && !(action.sa_flags & SA_SIGINFO) &&
           action.sa_handler == SIG_DFL;
}

static void install_handlers(void)
{
    struct sigaction action = {.sa_sigaction = on_signal,
                               .sa_flags = SA_SIGINFO | interrupts_flags()};
    sigemptyset(&action.sa_mask);
    int lowest = SIGRTMIN;
    for (int number = SIGRTMAX - 4; number > lowest && !service.signal; number--)
        if (is_free_signal(number) && sigaction(number, &action, NULL) == 0)
            service.signal = number;
    if (is_free_signal(SIGUSR2))
        sigaction(SIGUSR2, &action, NULL);
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, service.signal);
    pthread_sigmask(SIG_UNBLOCK, &ours, NULL);
}

static void make_timer(void)
{
    struct sigevent event = {.sigev_notify = SIGEV_THREAD_ID, .sigev_signo = service.signal};
    event._sigev_un._tid = program.main_tid;
    if (timer_create(CLOCK_MONOTONIC, &event, &service.timer) == 0)
        service.timer_owner = getpid();
    else
        log_error("cannot make a timer: %s: an update waits until the program comes to its update "
                  "point by itself", strerror(errno));
}

static void repeat_after(int64_t first)
{
    if (service.timer_owner == getpid())
        timer_settime(service.timer, 0,
                      &(struct itimerspec){{0, REPEAT_NANOSECONDS},
                                           {first / 1000000000, first % 1000000000}}, NULL);
}

void service_watch_arrival(int64_t nanoseconds)
{
    enum { MARGIN = 100 * 1000 * 1000 };
    service.repeat_until = INT64_MAX; /* until the flag goes down, after the update */
    repeat_after(nanoseconds + MARGIN);
}

void service_end_arrival(void)
{
    repeat_after(1);
}

int service_signal(void)
{
    return service.signal;
}

/* ---- Socket and status ----------------------------------------------------------------------- */

static bool bind_socket(int number)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(service.socket_path) >= sizeof address.sun_path) {
        errno = ENAMETOOLONG;
        return false;
    }
    strcpy(address.sun_path, service.socket_path);
    unlink(service.socket_path);
    /* Before it has a name: it never is open to others. */
    return fchmod(number, 0600) == 0 &&
           bind(number, (struct sockaddr *)&address, sizeof address) == 0;
}

static bool signal_on_arrival(int number)
{
    struct f_owner_ex owner = {F_OWNER_TID, program.main_tid};
    return fcntl(number, F_SETOWN_EX, &owner) == 0 &&
           fcntl(number, F_SETSIG, service.signal) == 0 &&
           fcntl(number, F_SETFL, O_ASYNC | O_NONBLOCK) == 0;
}

static void open_socket(void)
{
    int number = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    int on = 1;
    service.socket = descriptor_keep(number);
    if (service.socket.number < 0 || !bind_socket(service.socket.number) ||
        setsockopt(service.socket.number, SOL_SOCKET, SO_PASSCRED, &on, sizeof on) != 0 ||
        !signal_on_arrival(service.socket.number)) {
        log_error("no control socket at %s: %s: `kitsune update` will not reach this program",
                  service.socket_path, strerror(errno));
        descriptor_close(&service.socket);
    }
}

static void open_status(void)
{
    /* A new file, whatever is there under its name. */
    unlink(service.status_path);
    int number = open(service.status_path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW,
                      0600);
    if (number < 0)
        log_error("cannot write %s: %s: `kitsune status` will not show this program",
                  service.status_path, strerror(errno));
    service.status = descriptor_keep(number);
}

static void open_progress(void)
{
    service.progress_owner = getpid();
    if (!progress_open(service.progress_path))
        log_error("cannot make %s: %s: nobody will see how far updates have come",
                  service.progress_path, strerror(errno));
}

/* Opened now, and kept: later the program may not be allowed to. */
static void open_history(void)
{
    service.history = descriptor_keep(history_open(service.history_path, true));
    if (service.history.number < 0)
        log_error("cannot write %s: %s: `kitsune log` will not know of this program's updates",
                  service.history_path, strerror(errno));
}

void service_write_status(const char *state)
{
    debugger_view_refresh(state, service.signal);
    if (!descriptor_is_ours(&service.status))
        return;
    struct text text = {0};
    text_add_field(&text, "pid", "%d", (int)program.pid);
    text_add_field(&text, "started", "%llu", service.started);
    text_add_field(&text, "state", "%s", state);
    text_add_field(&text, "path", "%s", version_path(program.running));
    text_add_field(&text, "build_id", "%s", version_build_id(program.running));
    text_add_field(&text, "generation", "%u", program.generation);
    text_add_time(&text, "since", program.since);
    text_add_field(&text, "signal", "%d", service.signal);
    if (!update_points_exist())
        text_add_field(&text, FIELD_UPDATE_POINTS, "%s", UPDATE_POINTS_NONE);
    previous_write(&text);
    probation_write(&text);
    report_write(&service.last, "last_", &text);
    service.is_status_behind =
        !status_write(service.status.number, ++service.status_sequence, &text);
    if (service.is_status_behind)
        log_error("cannot write %s: %s: until it can, and the program is told so (kill -USR2 %d), "
                  "the tools find the program as it was before, or not at all", service.status_path,
                  strerror(errno), (int)program.pid);
    text_free(&text);
}

/* Whatever is missing is made; for this process, and at first also the directory. */
static void open_missing(void)
{
    if (!service.directory)
        return;
    if (!descriptor_is_ours(&service.status)) {
        open_status();
        service_write_status("running");
    } else if (service.is_status_behind) {
        service_write_status("running");
    }
    if (!descriptor_is_ours(&service.history))
        open_history();
    if (service.progress_owner != getpid())
        open_progress();
    if (!descriptor_is_ours(&service.socket))
        open_socket();
    if (service.timer_owner != getpid())
        make_timer();
}

static void name_files(void)
{
    service.started = process_start_time(program.pid);
    free(service.socket_path);
    free(service.status_path);
    free(service.next_path);
    service.next_path = directory_file(service.directory, program.pid, "next");
    unlink(service.next_path); /* meant for another that had our number */
    free(service.history_path);
    free(service.progress_path);
    service.progress_path = directory_file(service.directory, program.pid, "progress");
    service.history_path = history_path(service.directory, program.pid, service.started);
    service.socket_path = directory_file(service.directory, program.pid, "socket");
    service.status_path = directory_file(service.directory, program.pid, "status");
}

/* In a forked child: it shares the socket and the status with its parent, and must let go of
 * them.  The flag leads its next update point into the slow path, where it gets its own; a child
 * that never comes to one never needs them. */
static void after_fork_in_child(void)
{
    descriptor_close(&service.socket);
    descriptor_close(&service.status);
    descriptor_close(&service.history);
    progress_forget();
    __atomic_store_n(&kitsune_pending, PENDING_UPDATE, __ATOMIC_RELAXED);
}

void service_become_rehearsal(void)
{
    free(service.directory);
    service.directory = NULL;
    make_timer();
}

void service_start(void)
{
    char *message;
    debugger_view_refresh("running", 0);
    install_handlers();
    if (supervisor_start()) /* leads the first update point into the slow path */
        __atomic_store_n(&kitsune_pending, PENDING_UPDATE, __ATOMIC_RELAXED);
    pthread_atfork(NULL, NULL, after_fork_in_child);
    service.directory = directory_own(&message);
    if (!service.directory) {
        log_error("%s; without it this program can only be updated by its own wish", message);
        free(message);
        return;
    }
    directory_remove_stale(service.directory);
    history_remove_stale(service.directory);
    name_files();
    open_missing();
}

void service_stop(void)
{
    if (!service.directory || program.pid != getpid())
        return;
    unlink(service.socket_path);
    unlink(service.status_path);
    unlink(service.next_path);
    unlink(service.progress_path);
    struct stat status;
    if (stat(service.history_path, &status) == 0 && status.st_size == 0)
        unlink(service.history_path);
}

/* ---- Taking requests ------------------------------------------------------------------------- */

static bool take_from_socket(struct request *request)
{
    while (descriptor_is_ours(&service.socket)) {
        char *message;
        switch (request_receive(service.socket.number, trust_own_user(), request, &message)) {
        case RECEIVE_NOTHING:
            if (message)
                log_error("%s", message);
            free(message);
            return false;
        case RECEIVE_REJECTED:
            log_error("%s", message);
            free(message);
            break;
        case RECEIVE_REQUEST:
            if (!request_is_withdrawn(request))
                return true;
            log_debug("a request for %s was withdrawn", request->next_path);
            request_free(request);
            break;
        }
    }
    return false;
}

static bool take_nudge(struct request *request)
{
    if (!service.was_nudged)
        return false;
    service.was_nudged = 0;
    char *path = service.directory ? next_file_take(service.next_path, service.directory) : NULL;
    *request = REQUEST_NONE;
    if (!path) {
        path = wish_path();
        request->allow_written = path != NULL;
    }
    /* Without a path it was only to look whether everything is there: the tool does that. */
    request->next_path = path;
    return path != NULL;
}

static bool take_wish(struct request *request)
{
    if (!wish_take())
        return false;
    char *path = wish_path();
    if (!path) {
        log_error("the program asks for an update without saying to which version: call "
                  "kitsune_set_next_version() first");
        return false;
    }
    *request = REQUEST_NONE;
    request->next_path = path;
    request->allow_written = true;
    return true;
}

static bool take_any(struct request *request)
{
    return probation_take(request) || take_wish(request) || take_nudge(request) ||
           take_from_socket(request);
}

bool service_take(struct request *request)
{
    if (program.pid != getpid()) {
        program.pid = getpid();
        probation_forget();
        wish_set(false);
        if (service.directory)
            name_files();
    }
    open_missing();
    /* The flag stays while there is something, and there may be more: no thread shall pass its
     * update point meanwhile.  It is cleared before the last look: what arrives from there on sets
     * it again. */
    if (take_any(request))
        return true;
    __atomic_fetch_and(&kitsune_pending, ~PENDING_UPDATE, __ATOMIC_SEQ_CST);
    if (!take_any(request))
        return false;
    __atomic_fetch_or(&kitsune_pending, PENDING_UPDATE, __ATOMIC_RELAXED);
    return true;
}

/* Left for later without taking it. */
static bool is_more_waiting(void)
{
    char byte;
    return wish_is_there() || service.was_nudged || !descriptor_is_ours(&service.socket) ||
           recv(service.socket.number, &byte, 1, MSG_PEEK | MSG_DONTWAIT) >= 0;
}

void service_rest(void)
{
    /* Cleared before the look, as above. */
    __atomic_fetch_and(&kitsune_pending, ~PENDING_UPDATE, __ATOMIC_SEQ_CST);
    if (!is_more_waiting())
        return;
    __atomic_fetch_or(&kitsune_pending, PENDING_UPDATE, __ATOMIC_RELAXED);
    gatherer_wake();
}

void service_wish(void)
{
    wish_set(true);
    __atomic_fetch_or(&kitsune_pending, PENDING_UPDATE, __ATOMIC_RELEASE);
    gatherer_wake();
}

/* ---- Telling how it went --------------------------------------------------------------------- */

static void write_history(const struct report *report)
{
    if (!descriptor_is_ours(&service.history))
        return;
    struct text text = {0};
    report_write_answer(report, &text);
    history_add_times(&text, report);
    /* For one that is refused no thread was asked to stand: they come and go meanwhile. */
    if (report->outcome != OUTCOME_REFUSED)
        threads_write_times(&text, report->moment);
    text_end_fields(&text);
    if (!history_append(service.history.number, &text))
        log_error("cannot write %s: %s", service.history_path, strerror(errno));
    text_free(&text);
}

void service_report(const struct request *request, struct report *report)
{
    struct text text = {0};
    text_add_field(&text, "phase", "ended");
    report_write_answer(report, &text);
    text_end_fields(&text);
    report_log(report);
    write_history(report);
    report_free(&service.last);
    service.last = *report;
    *report = (struct report){0};
    /* The requester, once answered, may read the status at once, for its next request. */
    service_write_status("running");
    request_answer(request, &text);
    text_free(&text);
}
