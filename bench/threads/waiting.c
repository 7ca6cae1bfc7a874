/* waiting.c -- a program of many threads that all wait in the same way, for the benchmark of how
 * long it takes to bring them to their update points: waiting KIND COUNT. */
#include <errno.h>
#include <fcntl.h>
#include <mqueue.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/file.h>
#include <sys/ipc.h>
#include <sys/msg.h>
#include <sys/select.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <kitsune.h>

static const char *kind;
static int pipe_ends[2], listener, epoll, messages, locked_file;
static pid_t child;
static mqd_t queue;
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;
static pthread_t joined;

static void wait_in_read(void)
{
    char byte;
    if (read(pipe_ends[0], &byte, 1) < 0 && errno != EINTR)
        abort();
}

static void wait_in_poll(void)
{
    poll(&(struct pollfd){pipe_ends[0], POLLIN, 0}, 1, -1);
}

static void wait_in_epoll(void)
{
    struct epoll_event event;
    epoll_wait(epoll, &event, 1, -1);
}

static void wait_in_select(void)
{
    fd_set set;
    FD_ZERO(&set);
    FD_SET(pipe_ends[0], &set);
    select(pipe_ends[0] + 1, &set, NULL, NULL, NULL);
}

static void wait_in_accept(void)
{
    accept(listener, NULL, NULL);
}

static void wait_in_sleep(void)
{
    nanosleep(&(struct timespec){3600, 0}, NULL);
}

static void wait_in_semaphore(void)
{
    sem_wait(&semaphore);
}

static void wait_in_condition(void)
{
    pthread_mutex_lock(&mutex);
    pthread_cond_wait(&condition, &mutex);
    pthread_mutex_unlock(&mutex);
}

static void wait_in_sigwait(void)
{
    sigset_t set;
    int number;
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    sigwait(&set, &number);
}

static void wait_in_queue(void)
{
    char text[64];
    mq_receive(queue, text, sizeof text, NULL);
}

static void wait_in_messages(void)
{
    struct { long type; char text[64]; } message;
    msgrcv(messages, &message, sizeof message.text, 0, 0);
}

/* Each has a description of the file of its own. */
static void wait_in_flock(void)
{
    static _Thread_local int file = -1;
    if (file < 0)
        file = open("locked", O_RDWR);
    flock(file, LOCK_EX);
}

static void wait_in_waitpid(void)
{
    waitpid(child, NULL, 0);
}

/* About 20 microseconds of work between update points. */
static void compute(void)
{
    for (volatile int i = 0; i < 20000; i++)
        ;
}

/* A join is an update point of its own. */
static void wait_in_join(void)
{
    pthread_join(joined, NULL);
}

static const struct {
    const char *name;
    void (*wait)(void);
} kinds[] = {
    {"read", wait_in_read}, {"poll", wait_in_poll}, {"epoll_wait", wait_in_epoll},
    {"select", wait_in_select}, {"accept", wait_in_accept}, {"nanosleep", wait_in_sleep},
    {"sem_wait", wait_in_semaphore}, {"cond_wait", wait_in_condition},
    {"sigwait", wait_in_sigwait}, {"mq_receive", wait_in_queue}, {"msgrcv", wait_in_messages},
    {"flock", wait_in_flock}, {"waitpid", wait_in_waitpid}, {"join", wait_in_join},
    {"busy", compute},
};

static void (*find_wait(void))(void)
{
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++)
        if (strcmp(kinds[i].name, kind) == 0)
            return kinds[i].wait;
    fprintf(stderr, "waiting: no such kind: %s\n", kind);
    exit(2);
}

void *run(void *argument)
{
    void (*wait)(void) = find_wait();
    for (;;) {
        /* A thread that joins is at a point of libkitsune's, before and after. */
        if (wait != wait_in_join)
            kitsune_update("thread");
        wait();
    }
    return argument;
}

void *run_joined(void *argument)
{
    for (;;) {
        kitsune_update("joined");
        poll(NULL, 0, -1);
    }
    return argument;
}

static mqd_t make_queue(void)
{
    char name[64];
    struct mq_attr attributes = {.mq_maxmsg = 1, .mq_msgsize = 64};
    snprintf(name, sizeof name, "/kitsune-bench-%d", (int)getpid());
    mqd_t made = mq_open(name, O_RDWR | O_CREAT, 0600, &attributes);
    mq_unlink(name);
    return made;
}

/* The kernel keeps message queues, and children live on. */
static void clean_up(int number)
{
    msgctl(messages, IPC_RMID, NULL);
    if (child > 0)
        kill(child, SIGKILL);
    _exit(128 + number);
}

/* What the threads wait for, and what never comes. */
static void prepare(void)
{
    signal(SIGTERM, clean_up);
    struct epoll_event event = {.events = EPOLLIN};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    sigset_t set;
    if (pipe(pipe_ends) != 0)
        abort();
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_ends[0], &event);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    listen(listener, 1);
    sem_init(&semaphore, 0, 0);
    queue = make_queue();
    messages = msgget(IPC_PRIVATE, 0600);
    locked_file = open("locked", O_RDWR | O_CREAT, 0600);
    flock(locked_file, LOCK_EX);
    sigemptyset(&set);
    sigaddset(&set, SIGUSR1);
    pthread_sigmask(SIG_BLOCK, &set, NULL); /* its threads inherit that */
    child = strcmp(kind, "waitpid") == 0 ? fork() : -1;
    if (child == 0)
        for (;;)
            pause();
}

static void start(int count)
{
    pthread_attr_t attributes;
    prepare();
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
    if (strcmp(kind, "join") == 0 && pthread_create(&joined, &attributes, run_joined, NULL) != 0)
        abort();
    for (int i = 0; i < count; i++) {
        pthread_t thread;
        if (pthread_create(&thread, &attributes, run, NULL) != 0)
            abort();
    }
}

int main(int argument_count, char **arguments)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        if (argument_count != 3)
            return 2;
        kind = arguments[1];
        find_wait();
        start(atoi(arguments[2]));
        puts("ready");
        fflush(stdout);
    }
    for (;;) {
        kitsune_update("main");
        pause();
    }
}
