/* cycles.c -- a program that updates itself there and back, and is given up in every way, over and
 * over; all its versions.  See tests/e2e/leaks.sh.
 *
 *      cycles COUNT      VERSION: 1 and 2 follow each other; another one runs FAILS on its way
 */
#include <pthread.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include "scene.h"
#include "faults.h"
#ifdef THREADS
#define FOOTPRINT_MAPPINGS 4
#define FOOTPRINT_DATA 9000
#else
#define THREADS 0
#endif
#include "footprint.h"

enum { LENGTH = 300, SETTLED = 5, FAILURES = 8 };

#if VERSION == 1
struct node { int value; struct node *next; };
#else
struct node { struct node *next; int value; char *name; long extra; };
#endif

static struct node *list;
static char text[100] = "a text";
static long cycle, cycles, attempt;
static struct footprint *E_OPAQUE settled, *E_OPAQUE now;
static volatile long rounds;
static volatile uintptr_t place = 8; /* where nothing is */

#ifdef CONSTRUCTOR
__attribute__((constructor)) static void construct(void)
{
    abort();
}
#endif

static void *work(void *argument)
{
    for (;;) {
        kitsune_update("work");
        rounds++;
        usleep(300);
    }
    return argument;
}

static bool is_right(void)
{
    int count = 0;
    for (struct node *node = list; node; node = node->next)
        count += node->value == LENGTH - 1 - count;
    for (long seen = rounds; THREADS && rounds < seen + THREADS;)
        usleep(100);
    return count == LENGTH && strcmp(text, "a text") == 0;
}

static void __attribute__((noreturn)) give_up(const char *what)
{
    printf("FAIL: %s (v%d, line %ld)\n", what, VERSION, 100 * cycle + attempt);
    fflush(stdout);
    _exit(1);
}

static long log_size(void)
{
    struct stat status;
    return fstat(STDERR_FILENO, &status) == 0 ? (long)status.st_size : 0;
}

static void update_to(const char *next)
{
    long before = log_size();
    kitsune_set_next_version((char *)next);
    kitsune_signal_update();
    do {
        kitsune_update("here");
        if (THREADS)
            usleep(100);
    } while (THREADS && log_size() == before);
}

/* Threads that a version which was given up had started end by and by.  Main, the runtime's, and
 * two dots. */
static void await_ends(void)
{
    for (int i = 0; i < 10000 && footprint_entries("/proc/self/task") > 4 + THREADS; i++)
        usleep(1000);
}

int main(int argument_count, char **arguments)
{
    kitsune_do_automigrate();
#ifdef FAILS
    if (kitsune_is_updating()) {
        FAILS;
    }
#endif
    if (!kitsune_is_updating()) {
        cycles = argument_count > 1 ? atol(arguments[1]) : 30;
        settled = calloc(1, sizeof *settled);
        now = calloc(1, sizeof *now);
        for (int i = 0; i < LENGTH; i++) {
            struct node *node = calloc(1, sizeof *node);
            node->value = i;
            node->next = list;
            list = node;
        }
        for (int i = 0; i < THREADS; i++) {
            pthread_t handle;
            if (pthread_create(&handle, NULL, work, NULL) != 0)
                abort();
        }
    }
    kitsune_update("here");
    if (!is_right())
        give_up("the state is not what it was");
#if VERSION == 2
    update_to("./v1.so");
    give_up("the way back does not work");
#elif VERSION == 1
    for (attempt = 1; attempt <= FAILURES; attempt++) {
        char next[40];
        snprintf(next, sizeof next, "./f%ld.so", attempt); /* the last is not there */
        update_to(next);
        if (!is_right())
            give_up("the state is not what it was");
    }
    await_ends(); /* or the next would find other stacks in libc's store */
    if (cycle == SETTLED || cycle == cycles) {
        usleep(20000);
        footprint_take(cycle == SETTLED ? settled : now);
    }
    if (cycle++ == cycles) {
        /* Of a leak of one byte each there would be more. */
        EXPECT(cycles <= SETTLED || footprint_compare(settled, now, 8 * (cycles - SETTLED)) == 0);
        printf("scene ends\n");
        exit(0);
    }
    update_to("./v2.so");
    give_up("the way there does not work");
#endif
    return 0;
}
