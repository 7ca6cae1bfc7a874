/* program.c -- a program that updates itself while one call after the other fails; both versions.
 * See tests/e2e/faults.sh.
 *
 *      program KIND first|all [LIMIT]      built with -DTHREADS=2: with so many more threads
 *                                          -DREQUESTED: by `kitsune update`, see requester.h
 *
 * The n-th call of the kind fails (or all from the n-th on), for n = 1, 2, ... until an update
 * comes through without having met a call that fails.  Where the update comes through although
 * one did, the program goes back to the first version, and on with the next.  Whenever an update
 * has failed, everything must be as before.  (Signals keep the addresses of their handlers: the
 * version that compares is the one that measured.)
 */
#include <dlfcn.h>
#include <errno.h>
#include <sys/socket.h>

#include "scene.h"
#include "faults.h"
#ifndef THREADS
#define THREADS 0
#else
#define FOOTPRINT_MAPPINGS 4
#define FOOTPRINT_DATA 9000
#endif
#include "footprint.h"
#ifdef REQUESTED
#include "requester.h"
#endif

#ifndef STRIDE
#define STRIDE 1 /* of how many calls one is made to fail */
#endif
enum { LENGTH = 20, SETTLING = 6 };

#if VERSION == 1
struct node { int value; struct node *next; };
#else
struct node { struct node *next; int value; long extra[2]; };
#endif
/* Stays where it is; what it points to moves. */
struct holder { struct node *node; const char *text; int (*function)(int); struct holder *next; };

static struct node *list;
static struct holder *holders;
static int pair[2]; /* a connection, with something on its way */
static volatile int number = 5;
static char *words[20];
/* What libc has no way to do without is told by its size. */
enum { OWN = 5000 };
static __thread struct { char room[OWN]; int number; } own = {.number = 11};

enum state { SETTLES, TRIES, RETURNS };
static enum state state;
static long n, failed, tolerated, limit;
static int kind, all_behind;
static __attribute__((used)) int settled;
static struct footprint *E_OPAQUE first, *E_OPAQUE last, *E_OPAQUE now;

static volatile long rounds;
static __thread int own_rounds;

/* What a thread has for itself goes with it, too. */
static void *work(void *argument)
{
    int *turns = argument;
    for (;;) {
        kitsune_update("work");
        if (*turns != own_rounds)
            abort();
        own_rounds = ++*turns;
        rounds++;
        usleep(500);
    }
    return NULL;
}

static void start_threads(void)
{
    static int turns[THREADS + 1];
    for (int i = 0; i < THREADS; i++) {
        pthread_t handle;
        if (pthread_create(&handle, NULL, work, &turns[i]) != 0)
            abort();
    }
}

static int twice(int value)
{
    return 2 * value;
}

static void on_signal(int signal_number)
{
    number += signal_number;
}

static void clean_up(void)
{
    printf("%ld failed, %ld tolerated\n", failed, tolerated);
}

static void prepare(void)
{
    char name[40];
    for (int i = 0; i < LENGTH; i++) {
        struct node *node = calloc(1, sizeof *node);
        node->value = i;
        node->next = list;
        list = node;
        struct holder *holder = calloc(1, sizeof *holder);
        *holder = (struct holder){list, "a literal", twice, holders};
        holders = holder;
    }
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(name, sizeof name, "word %zu", i);
        words[i] = strdup(name);
    }
    signal(SIGUSR1, on_signal);
    atexit(clean_up);
#ifdef REQUESTED
    requester_open();
#endif
    own.number = 12;
    if (socketpair(AF_UNIX, SOCK_STREAM, 0, pair) != 0 || write(pair[0], "x", 1) != 1)
        abort();
    static const char *const names[] = {"malloc", "calloc", "realloc", "memalign",
                                        "aligned_alloc", "posix_memalign"};
    start_threads();
    unsigned long addresses[MOST_ALLOCATORS];
    long count = 0;
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        unsigned long address = (unsigned long)dlsym(RTLD_DEFAULT, names[i]);
        bool is_known = false; /* one function may have two names */
        for (long k = 0; k < count; k++)
            is_known |= addresses[k] == address;
        if (!is_known)
            addresses[count++] = address;
    }
    if (faults_watch(addresses, count) != 0 || faults_spare(OWN, OWN + 100) != 0) {
        printf("FAIL: run under inject (v1, line 0)\n");
        exit(1);
    }
}

static bool is_right(void)
{
    int count = 0;
    struct node *node = list;
    for (struct holder *holder = holders; holder; holder = holder->next, node = node->next, count++)
        if (!node || node->value != LENGTH - 1 - count || holder->node != node ||
            holder->function != twice || holder->function(4) != 8 ||
            strcmp(holder->text, "a literal") != 0)
            return false;
    char name[40], byte = '\0';
    for (size_t i = 0; i < sizeof words / sizeof *words; i++) {
        snprintf(name, sizeof name, "word %zu", i);
        if (!words[i] || strcmp(words[i], name) != 0)
            return false;
    }
    /* The connection is the same, and holds what it held. */
    if (recv(pair[1], &byte, 1, MSG_PEEK | MSG_DONTWAIT) != 1 || byte != 'x')
        return false;
    /* The threads are at work. */
    for (long seen = rounds; THREADS && rounds < seen + THREADS;)
        usleep(100);
    int before = number;
    raise(SIGUSR1);
    number -= SIGUSR1;
    return count == LENGTH && !node && number == before && number == 5 && own.number == 12 &&
           !kitsune_is_updating();
}

static void __attribute__((noreturn)) give_up(const char *what)
{
    char name[LONGEST_FAULT_NAME] = "";
    faults_name(name);
    printf("FAIL: %s, when call %ld of kind %d failed (%s)\n", what, n, kind, name);
    fflush(stdout);
    _exit(1);
}

/* How the update went is in the log. */
static long log_size(void)
{
    struct stat status;
    return fstat(STDERR_FILENO, &status) == 0 ? (long)status.st_size : 0;
}

/* With several threads it begins when they have been gathered. */
static void update_to(const char *next, bool is_armed)
{
    long before = log_size();
    kitsune_set_next_version((char *)next);
    if (is_armed)
        faults_arm((enum fault_kind)kind, n, all_behind);
    kitsune_signal_update();
    kitsune_update("here");
    while (THREADS && log_size() == before) {
        usleep(100);
        kitsune_update("here");
    }
}

static void try_update(const char *next)
{
#ifdef REQUESTED
    if (state == TRIES)
        faults_arm((enum fault_kind)kind, n, all_behind);
    requester_ask(next);
    while (!requester_has_answered()) {
        kitsune_update("here");
        usleep(100);
    }
#else
    update_to(next, state == TRIES);
#endif
}

#if VERSION == 1
/* The runtime remembers how the last update went: measured is when that is always the same. */
static void measure(struct footprint *footprint)
{
    update_to("./missing.so", false);
    footprint_take(footprint);
}

static void compare(void)
{
    if (!is_right())
        give_up("the state is not what it was");
    measure(now);
    /* Lost at once, or bit by bit.  A thread's variables of a version that is gone go when the
     * thread uses those of another one. */
    enum { LATE = 2 * THREADS * (OWN + 200) };
    if ((state == TRIES && footprint_compare(last, now, 64 + LATE)) ||
        footprint_compare(first, now, 1024 + LATE))
        give_up("something is left behind");
    *last = *now;
}
#endif

int main(int argument_count, char **arguments)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating()) {
        kind = atoi(arguments[1]);
        all_behind = strcmp(arguments[2], "all") == 0;
        limit = argument_count > 3 ? atol(arguments[3]) : 100000;
        prepare();
        first = calloc(1, sizeof *first);
        last = calloc(1, sizeof *last);
        now = calloc(1, sizeof *now);
    }
    kitsune_update("here");
    long count = state == TRIES ? faults_disarm() : 0;
#ifdef REQUESTED
    while (requester_is_asked && !requester_has_answered())
        usleep(100);
#endif
    if (!is_right())
        give_up("the state has changed on the way");
#if VERSION == 2
    if (state == TRIES && (count < n || n == limit)) {
        printf("pass: each call up to the %ldth failed in turn (v2, line 0)\nscene ends\n", n - 1);
        return 0;
    }
    tolerated += state == TRIES;
    state = state == TRIES ? RETURNS : state;
    try_update("./v1.so");
    give_up("the way back does not work");
#else
    if (state == SETTLES && ++settled <= SETTLING)
        try_update("./v2.so");
    if (state == SETTLES)
        measure(first);
    else
        compare();
    *last = *(state == SETTLES ? first : now);
    state = TRIES;
    for (n += STRIDE;; n += STRIDE) {
        try_update("./v2.so");
        count = faults_disarm();
        failed++;
        if (count < n)
            give_up("the update fails without a call that does");
        compare();
    }
#endif
}
