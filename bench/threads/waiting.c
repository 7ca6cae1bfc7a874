/* waiting.c -- a program of many threads that all wait in the same way, for the benchmark of how
 * long it takes to bring them to their update points: waiting KIND COUNT. */
#include <errno.h>
#include <netinet/in.h>
#include <poll.h>
#include <pthread.h>
#include <semaphore.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <kitsune.h>

static const char *kind;
static int pipe_ends[2], listener, epoll;
static sem_t semaphore;
static pthread_mutex_t mutex = PTHREAD_MUTEX_INITIALIZER;
static pthread_cond_t condition = PTHREAD_COND_INITIALIZER;

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

/* About 20 microseconds of work between update points. */
static void compute(void)
{
    for (volatile int i = 0; i < 20000; i++)
        ;
}

static const struct {
    const char *name;
    void (*wait)(void);
} kinds[] = {
    {"read", wait_in_read}, {"poll", wait_in_poll}, {"epoll_wait", wait_in_epoll},
    {"accept", wait_in_accept}, {"nanosleep", wait_in_sleep}, {"sem_wait", wait_in_semaphore},
    {"cond_wait", wait_in_condition}, {"busy", compute},
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
        kitsune_update("thread");
        wait();
    }
    return argument;
}

static void start(int count)
{
    struct epoll_event event = {.events = EPOLLIN};
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr = {htonl(INADDR_LOOPBACK)}};
    pthread_attr_t attributes;
    if (pipe(pipe_ends) != 0)
        abort();
    epoll = epoll_create1(0);
    epoll_ctl(epoll, EPOLL_CTL_ADD, pipe_ends[0], &event);
    listener = socket(AF_INET, SOCK_STREAM, 0);
    if (bind(listener, (struct sockaddr *)&address, sizeof address) != 0)
        abort();
    listen(listener, 1);
    sem_init(&semaphore, 0, 0);
    pthread_attr_init(&attributes);
    pthread_attr_setstacksize(&attributes, 256 << 10);
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
