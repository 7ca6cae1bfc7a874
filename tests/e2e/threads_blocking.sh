#!/bin/bash
# A thread in each kind of call that blocks: it comes to its update point promptly, and nothing is
# lost by that.  What each waits for is given to it in the new version, and it gets exactly that.
#
# One program holds one waiter for each kind.  A row of the table in app.c says how to prepare, wait
# and give; `wait` says whether it got what it waited for, or has to be called again.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1 v2
cat >app.h <<'END'
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <sys/wait.h>
#include <threads.h>
#include <time.h>
#include <unistd.h>

#include <kitsune.h>

/* What a waiter found: its call was ended for the update, or gave what it is there for, or
 * something that it must not. */
enum outcome { AGAIN, GOT, WRONG };

static enum outcome outcome_of(bool got)
{
    return got ? GOT : errno == EINTR ? AGAIN : WRONG;
}
END
cat >app.c <<'END'
#include "../app.h"

#define MESSAGE "the message"

static struct timespec in_seconds(clockid_t clock, int seconds)
{
    struct timespec moment;
    clock_gettime(clock, &moment);
    moment.tv_sec += seconds;
    return moment;
}

static bool is_past(clockid_t clock, const struct timespec *moment)
{
    struct timespec now;
    clock_gettime(clock, &now);
    return now.tv_sec > moment->tv_sec ||
           (now.tv_sec == moment->tv_sec && now.tv_nsec >= moment->tv_nsec);
}

/* ---- Children and files ---- */

pid_t child, locking_child;

static pid_t fork_child(void (*prepare)(void))
{
    int ready[2];
    char byte = 0;
    if (pipe(ready) != 0)
        abort();
    pid_t pid = fork();
    if (pid == 0) {
        if (prepare)
            prepare();
        if (write(ready[1], "", 1) == 1)
            for (;;)
                pause();
        _exit(1);
    }
    if (read(ready[0], &byte, 1) != 1)
        abort();
    close(ready[0]);
    close(ready[1]);
    return pid;
}

static void prepare_waitpid(void) { child = fork_child(NULL); }
static enum outcome wait_waitpid(void)
{
    int status = 0;
    pid_t pid = waitpid(child, &status, 0);
    return outcome_of(pid == child && WIFSIGNALED(status) && WTERMSIG(status) == SIGTERM);
}
static void give_waitpid(void) { kill(child, SIGTERM); }

int held_file, wanting_file;
static void prepare_flock(void)
{
    held_file = open("flocked", O_RDWR | O_CREAT, 0600);
    wanting_file = open("flocked", O_RDWR);
    flock(held_file, LOCK_EX);
}
static enum outcome wait_flock(void) { return outcome_of(flock(wanting_file, LOCK_EX) == 0); }
static void give_flock(void) { flock(held_file, LOCK_UN); }

int record_file;
static void lock_record(void)
{
    int file = open("records", O_RDWR | O_CREAT, 0600);
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    if (fcntl(file, F_SETLKW, &whole) != 0)
        abort();
}
static void prepare_fcntl(void)
{
    locking_child = fork_child(lock_record);
    record_file = open("records", O_RDWR);
}
static enum outcome wait_fcntl(void)
{
    struct flock whole = {.l_type = F_WRLCK, .l_whence = SEEK_SET};
    return outcome_of(fcntl(record_file, F_SETLKW, &whole) == 0);
}
static void give_fcntl(void) { kill(locking_child, SIGKILL); }

/* ---- Semaphores ---- */

sem_t semaphore, timed_semaphore;
static void prepare_sem(void) { sem_init(&semaphore, 0, 0); }
static enum outcome wait_sem(void) { return outcome_of(sem_wait(&semaphore) == 0); }
static void give_sem(void) { sem_post(&semaphore); }

struct timespec semaphore_limit;
static void prepare_sem_timed(void)
{
    sem_init(&timed_semaphore, 0, 0);
    semaphore_limit = in_seconds(CLOCK_REALTIME, 600);
}
static enum outcome wait_sem_timed(void)
{
    return outcome_of(sem_timedwait(&timed_semaphore, &semaphore_limit) == 0);
}
static void give_sem_timed(void) { sem_post(&timed_semaphore); }

/* ---- Message queues ---- */

static mqd_t open_queue(void)
{
    char name[64];
    static int number;
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 64};
    snprintf(name, sizeof name, "/kitsune-test-%d-%d", (int)getpid(), number++);
    mqd_t queue = mq_open(name, O_RDWR | O_CREAT | O_EXCL, 0600, &attributes);
    if (queue == (mqd_t)-1) {
        perror("mq_open");
        exit(1);
    }
    mq_unlink(name);
    return queue;
}

static bool takes_message(mqd_t queue, const struct timespec *limit, const char *expected)
{
    char text[64] = "";
    ssize_t length = limit ? mq_timedreceive(queue, text, sizeof text, NULL, limit)
                           : mq_receive(queue, text, sizeof text, NULL);
    return length >= 0 && strcmp(text, expected) == 0;
}

mqd_t queue, timed_queue, full_queue, timed_full_queue;
struct timespec queue_limit;
static void prepare_mq(void) { queue = open_queue(); }
static enum outcome wait_mq(void) { return outcome_of(takes_message(queue, NULL, MESSAGE)); }
static void give_mq(void) { mq_send(queue, MESSAGE, sizeof MESSAGE, 0); }
static void prepare_mq_timed(void)
{
    timed_queue = open_queue();
    queue_limit = in_seconds(CLOCK_REALTIME, 600);
}
static enum outcome wait_mq_timed(void)
{
    return outcome_of(takes_message(timed_queue, &queue_limit, MESSAGE));
}
static void give_mq_timed(void) { mq_send(timed_queue, MESSAGE, sizeof MESSAGE, 0); }

static void prepare_mq_send(void)
{
    full_queue = open_queue();
    mq_send(full_queue, "first", 6, 0);
}
static enum outcome wait_mq_send(void)
{
    return outcome_of(mq_send(full_queue, MESSAGE, sizeof MESSAGE, 0) == 0);
}
static void give_mq_send(void)
{
    if (!takes_message(full_queue, NULL, "first") || !takes_message(full_queue, NULL, MESSAGE))
        abort(); /* lost, or out of order */
}
static void prepare_mq_timedsend(void)
{
    timed_full_queue = open_queue();
    mq_send(timed_full_queue, "first", 6, 0);
    queue_limit = in_seconds(CLOCK_REALTIME, 600);
}
static enum outcome wait_mq_timedsend(void)
{
    return outcome_of(mq_timedsend(timed_full_queue, MESSAGE, sizeof MESSAGE, 0, &queue_limit) == 0);
}
static void give_mq_timedsend(void)
{
    if (!takes_message(timed_full_queue, NULL, "first") ||
        !takes_message(timed_full_queue, NULL, MESSAGE))
        abort();
}

struct message { long type; char text[2000]; };
int messages, full_messages;
static void prepare_msgrcv(void) { messages = msgget(IPC_PRIVATE, 0600); }
static enum outcome wait_msgrcv(void)
{
    struct message message = {0};
    ssize_t length = msgrcv(messages, &message, sizeof message.text, 7, 0);
    return outcome_of(length == sizeof MESSAGE && strcmp(message.text, MESSAGE) == 0);
}
static void give_msgrcv(void)
{
    struct message message = {7, MESSAGE};
    msgsnd(messages, &message, sizeof MESSAGE, 0);
}
static void prepare_msgsnd(void)
{
    struct message message = {1, "filling"};
    full_messages = msgget(IPC_PRIVATE, 0600);
    while (msgsnd(full_messages, &message, sizeof message.text, IPC_NOWAIT) == 0)
        ;
}
static enum outcome wait_msgsnd(void)
{
    struct message message = {2, MESSAGE};
    return outcome_of(msgsnd(full_messages, &message, sizeof message.text, 0) == 0);
}
static void give_msgsnd(void)
{
    struct message message;
    msgrcv(full_messages, &message, sizeof message.text, 1, 0);
    if (msgrcv(full_messages, &message, sizeof message.text, 2, 0) < 0 ||
        strcmp(message.text, MESSAGE) != 0)
        abort();
}

/* ---- Signals ---- */

static void on_signal(int number) { (void)number; }
static _Thread_local bool has_paused;
atomic_bool pause_may_end, suspend_may_end;
pthread_t pausing, suspending;
static void prepare_pause(void) { signal(SIGUSR1, on_signal); }
static enum outcome wait_pause(void)
{
    pausing = pthread_self();
    if (!pause_may_end)
        pause();
    return pause_may_end ? GOT : AGAIN;
}
static void give_pause(void)
{
    pause_may_end = true;
    pthread_kill(pausing, SIGUSR1);
}
static enum outcome wait_sigsuspend(void)
{
    sigset_t none;
    sigemptyset(&none);
    suspending = pthread_self();
    if (!suspend_may_end)
        sigsuspend(&none);
    return suspend_may_end ? GOT : AGAIN;
}
static void give_sigsuspend(void)
{
    suspend_may_end = true;
    pthread_kill(suspending, SIGUSR1);
}
pthread_t taking_signals;
static enum outcome wait_sigtimedwait(void)
{
    sigset_t set;
    siginfo_t information;
    taking_signals = pthread_self();
    sigemptyset(&set);
    sigaddset(&set, SIGUSR2);
    pthread_sigmask(SIG_BLOCK, &set, NULL);
    return outcome_of(sigtimedwait(&set, &information, &(struct timespec){600, 0}) == SIGUSR2);
}
static void give_sigtimedwait(void) { pthread_kill(taking_signals, SIGUSR2); }

/* ---- Time: must not end before its time, however often it is begun ---- */

struct timespec sleep_end, absolute_end, thrd_end;
static void prepare_sleep(void) { sleep_end = in_seconds(CLOCK_MONOTONIC, 2); }
static enum outcome wait_sleep(void)
{
    struct timespec two_seconds = {2, 0};
    int error = clock_nanosleep(CLOCK_MONOTONIC, 0, &two_seconds, NULL);
    return error == EINTR ? AGAIN : error == 0 && is_past(CLOCK_MONOTONIC, &sleep_end) ? GOT : WRONG;
}
static void prepare_absolute(void) { absolute_end = in_seconds(CLOCK_MONOTONIC, 2); }
static enum outcome wait_absolute(void)
{
    int error = clock_nanosleep(CLOCK_MONOTONIC, TIMER_ABSTIME, &absolute_end, NULL);
    return error == EINTR ? AGAIN
           : error == 0 && is_past(CLOCK_MONOTONIC, &absolute_end) ? GOT : WRONG;
}
static void prepare_thrd_sleep(void) { thrd_end = in_seconds(CLOCK_MONOTONIC, 2); }
static enum outcome wait_thrd_sleep(void)
{
    int result = thrd_sleep(&(struct timespec){2, 0}, NULL);
    return result == -1 ? AGAIN : result == 0 && is_past(CLOCK_MONOTONIC, &thrd_end) ? GOT : WRONG;
}
static void give_nothing(void) { }

/* ---- Descriptors ---- */

int pipes[5][2];
static bool takes_byte(int number)
{
    char byte = 0;
    return read(pipes[number][0], &byte, 1) == 1 && byte == 'a' + number;
}
static void give_byte(int number)
{
    char byte = (char)('a' + number);
    if (write(pipes[number][1], &byte, 1) != 1)
        abort();
}
static void prepare_pipes(void)
{
    for (int i = 0; i < 5; i++)
        if (!pipes[i][1] && socketpair(AF_UNIX, SOCK_STREAM, 0, pipes[i]) != 0)
            abort();
}
static enum outcome wait_ppoll(void)
{
    struct pollfd one = {pipes[0][0], POLLIN, 0};
    return outcome_of(ppoll(&one, 1, &(struct timespec){600, 0}, NULL) == 1 && takes_byte(0));
}
static void give_ppoll(void) { give_byte(0); }
static enum outcome wait_pselect(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipes[1][0], &set);
    return outcome_of(pselect(pipes[1][0] + 1, &set, NULL, NULL, NULL, NULL) == 1 && takes_byte(1));
}
static void give_pselect(void) { give_byte(1); }
static enum outcome wait_epoll_pwait(void)
{
    struct epoll_event event = {.events = EPOLLIN};
    int epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, pipes[2][0], &event);
    int count = epoll_pwait(epoll, &event, 1, -1, NULL), error = errno;
    close(epoll);
    errno = error;
    return outcome_of(count == 1 && takes_byte(2));
}
static void give_epoll_pwait(void) { give_byte(2); }
static enum outcome wait_recvmsg(void)
{
    char byte = 0;
    struct iovec part = {&byte, 1};
    struct msghdr header = {.msg_iov = &part, .msg_iovlen = 1};
    return outcome_of(recvmsg(pipes[3][0], &header, 0) == 1 && byte == 'd');
}
static void give_recvmsg(void) { give_byte(3); }

int listener, full_listener, filling[8];
struct sockaddr_un address, full_address;
static int listen_at(struct sockaddr_un *at, int backlog)
{
    socklen_t length = sizeof *at;
    int number = socket(AF_UNIX, SOCK_STREAM, 0);
    if (bind(number, &(struct sockaddr){.sa_family = AF_UNIX}, sizeof(sa_family_t)) != 0 ||
        listen(number, backlog) != 0 || getsockname(number, (struct sockaddr *)at, &length) != 0)
        abort();
    return number;
}
static void prepare_accept(void) { listener = listen_at(&address, 1); }
static enum outcome wait_accept(void)
{
    char byte = 0;
    int number = accept(listener, NULL, NULL);
    return outcome_of(number >= 0 && read(number, &byte, 1) == 1 && byte == 'c');
}
static void give_accept(void)
{
    int number = socket(AF_UNIX, SOCK_STREAM, 0);
    if (connect(number, (struct sockaddr *)&address, 6 + sizeof(sa_family_t)) != 0 ||
        write(number, "c", 1) != 1)
        abort();
}
static void prepare_connect(void)
{
    full_listener = listen_at(&full_address, 0);
    int i = 0, error;
    do {
        filling[i] = socket(AF_UNIX, SOCK_STREAM | SOCK_NONBLOCK, 0);
        error = connect(filling[i], (struct sockaddr *)&full_address, 6 + sizeof(sa_family_t));
    } while (error == 0 && ++i < 8);
}
static enum outcome wait_connect(void)
{
    int number = socket(AF_UNIX, SOCK_STREAM, 0);
    int error = connect(number, (struct sockaddr *)&full_address, 6 + sizeof(sa_family_t));
    return outcome_of(error == 0);
}
static void give_connect(void)
{
    accept(full_listener, NULL, NULL);
}

/* ---- C11's conditions ---- */

cnd_t condition, timed_condition;
mtx_t condition_mutex;
bool is_there, is_there_in_time;
static void prepare_cnd(void)
{
    cnd_init(&condition);
    cnd_init(&timed_condition);
    mtx_init(&condition_mutex, mtx_plain);
}
static enum outcome wait_cnd(void)
{
    mtx_lock(&condition_mutex);
    if (!is_there)
        cnd_wait(&condition, &condition_mutex);
    bool got = is_there;
    mtx_unlock(&condition_mutex);
    return got ? GOT : AGAIN;
}
static void give_cnd(void)
{
    mtx_lock(&condition_mutex);
    is_there = true;
    cnd_signal(&condition);
    mtx_unlock(&condition_mutex);
}
static enum outcome wait_cnd_timed(void)
{
    struct timespec limit = in_seconds(CLOCK_REALTIME, 600);
    int result = thrd_success;
    mtx_lock(&condition_mutex);
    if (!is_there_in_time)
        result = cnd_timedwait(&timed_condition, &condition_mutex, &limit);
    bool got = is_there_in_time;
    mtx_unlock(&condition_mutex);
    return result != thrd_success ? WRONG : got ? GOT : AGAIN;
}
static void give_cnd_timed(void)
{
    mtx_lock(&condition_mutex);
    is_there_in_time = true;
    cnd_signal(&timed_condition);
    mtx_unlock(&condition_mutex);
}

/* ---- The table ---- */

/* is_transfer: KITSUNE_INTERRUPT=waits lets it go on, so there is no such waiter then. */
static const struct kind {
    const char *name;
    void (*prepare)(void);
    enum outcome (*wait)(void);
    void (*give)(void);
    bool is_transfer;
} kinds[] = {
    {"waitpid", prepare_waitpid, wait_waitpid, give_waitpid, false},
    {"flock", prepare_flock, wait_flock, give_flock, false},
    {"F_SETLKW", prepare_fcntl, wait_fcntl, give_fcntl, false},
    {"sem_wait", prepare_sem, wait_sem, give_sem, false},
    {"sem_timedwait", prepare_sem_timed, wait_sem_timed, give_sem_timed, false},
    {"mq_receive", prepare_mq, wait_mq, give_mq, false},
    {"mq_timedreceive", prepare_mq_timed, wait_mq_timed, give_mq_timed, false},
    {"mq_send", prepare_mq_send, wait_mq_send, give_mq_send, false},
    {"mq_timedsend", prepare_mq_timedsend, wait_mq_timedsend, give_mq_timedsend, false},
    {"msgrcv", prepare_msgrcv, wait_msgrcv, give_msgrcv, false},
    {"msgsnd", prepare_msgsnd, wait_msgsnd, give_msgsnd, false},
    {"pause", prepare_pause, wait_pause, give_pause, false},
    {"sigsuspend", prepare_pause, wait_sigsuspend, give_sigsuspend, false},
    {"sigtimedwait", give_nothing, wait_sigtimedwait, give_sigtimedwait, false},
    {"clock_nanosleep", prepare_sleep, wait_sleep, give_nothing, false},
    {"TIMER_ABSTIME", prepare_absolute, wait_absolute, give_nothing, false},
    {"thrd_sleep", prepare_thrd_sleep, wait_thrd_sleep, give_nothing, false},
    {"ppoll", prepare_pipes, wait_ppoll, give_ppoll, false},
    {"pselect", prepare_pipes, wait_pselect, give_pselect, false},
    {"epoll_pwait", prepare_pipes, wait_epoll_pwait, give_epoll_pwait, false},
    {"recvmsg", prepare_pipes, wait_recvmsg, give_recvmsg, true},
    {"accept", prepare_accept, wait_accept, give_accept, false},
    {"connect", prepare_connect, wait_connect, give_connect, true},
    {"cnd_wait", prepare_cnd, wait_cnd, give_cnd, false},
    {"cnd_timedwait", prepare_cnd, wait_cnd_timed, give_cnd_timed, false},
};
enum { KINDS = sizeof kinds / sizeof *kinds };

struct waiter {
    int kind, outcome, rounds;
    _Atomic int tid;
} waiters[KINDS];
pthread_t threads[KINDS];
static bool with_transfers;

static bool is_used(int kind)
{
    return with_transfers || !kinds[kind].is_transfer;
}

void *run(void *E_T(struct waiter) argument)
{
    struct waiter *waiter = argument;
    sigset_t ours;
    sigemptyset(&ours);
    sigaddset(&ours, SIGUSR1);
    pthread_sigmask(strcmp(kinds[waiter->kind].name, "pause") == 0 ? SIG_UNBLOCK : SIG_BLOCK, &ours,
                    NULL);
    waiter->tid = gettid();
    while (waiter->outcome == AGAIN) {
        kitsune_update("waiter");
        waiter->rounds++;
        waiter->outcome = kinds[waiter->kind].wait();
    }
    return waiter;
}

/* In the same call each time one looks, for a while. */
static void await_blocked(const struct waiter *waiter)
{
    char path[64], text[256], before[256] = "";
    for (int same = 0, looks = 0; same < 5 && looks < 5000; looks++) {
        snprintf(path, sizeof path, "/proc/self/task/%d/syscall", (int)waiter->tid);
        FILE *file = fopen(path, "r");
        if (!file || !fgets(text, sizeof text, file))
            text[0] = '\0';
        if (file)
            fclose(file);
        same = strcmp(text, before) == 0 && *text && strncmp(text, "running", 7) != 0 ? same + 1 : 0;
        strcpy(before, text);
        usleep(1000);
    }
}

static void start_waiters(void)
{
    for (int i = 0; i < KINDS; i++)
        if (is_used(i))
            kinds[i].prepare();
    for (int i = 0; i < KINDS; i++) {
        waiters[i].kind = i;
        if (is_used(i) && pthread_create(&threads[i], NULL, run, &waiters[i]) != 0)
            abort();
    }
    for (int i = 0; i < KINDS; i++)
        if (is_used(i)) {
            while (!waiters[i].tid)
                usleep(1000);
            await_blocked(&waiters[i]);
        }
}

static void finish(void)
{
    for (int i = 0; i < KINDS; i++) {
        void *result = NULL;
        if (!is_used(i))
            continue;
        kinds[i].give();
        pthread_join(threads[i], &result);
        printf("%s: %s\n", kinds[i].name,
               result != &waiters[i] || waiters[i].outcome != GOT ? "wrong"
               : waiters[i].rounds < 2 ? "was not ended for the update" : "got it");
    }
    msgctl(messages, IPC_RMID, NULL);
    msgctl(full_messages, IPC_RMID, NULL);
    printf("finished\n");
}

int main(void)
{
    setvbuf(stdout, NULL, _IOLBF, 0);
    const char *mode = getenv("KITSUNE_INTERRUPT");
    with_transfers = !mode || strcmp(mode, "waits") != 0;
    kitsune_do_automigrate();
    bool has_arrived = kitsune_is_updating();
    if (!has_arrived) {
        start_waiters();
        printf("all wait\n");
    }
    for (;;) {
        kitsune_update("main");
        if (has_arrived)
            break;
        poll(NULL, 0, 1000);
    }
    finish();
    return 0;
}
END
for version in 1 2; do
    (echo "#define VERSION $version"; cat app.c; echo "const int version = $version;") >v$version/app.c
done
check "two versions build" eval 'build_version v1 -Wno-unused && build_version v2 -Wno-unused'
check "and what leads from one to the other" install_transformer v1 v2

kinds=$(sed -n 's/^    {"\([A-Za-z0-9_]*\)".*\(true\|false\)},$/\1:\2/p' app.c)
check "the table has its kinds" test "$(wc -w <<<"$kinds")" -ge 25

# blocking_run MODE: every kind of waiter, updated, and given what it waits for.
blocking_run() {
    local mode=$1 kind name
    start log env ${2:-KITSUNE_NOTHING=} kitsune run ./v1.so
    wait_line 30 log '^all wait$'
    expect_output "$mode: all come to their update points" 'updated' \
        kitsune update --timeout 20 "$started" ./v2.so
    wait_line 30 log '^finished$'
    for kind in $kinds; do
        name=${kind%:*}
        [ "$mode" = default ] || [ "${kind#*:}" = false ] || continue
        check_match "$mode: $name" "^$name: got it\$" "$(grep "^$name:" log || tail -3 log)"
    done
    stop "$started"
}
blocking_run default
blocking_run waits KITSUNE_INTERRUPT=waits

end_of_test
