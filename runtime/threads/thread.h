/* thread.h -- the threads that take part in updates.
 *
 *      start.c      pthread_create of the program, beginning and end of a thread
 *      registry.c   the list of them, and the table that signal handlers read
 *      park.c       standing at an update point: parking, entering the new version, going back
 *      gather.c     the gatherer: brings all threads to their update points, or finds out why not
 *      whereabouts.c  what a thread that does not come is doing
 *      locks.c      which lock it waits for, and who holds that
 *      stuck.c      lets those go on once more that others wait for
 *      involved.c   who keeps whom from coming, for the report
 *      library_threads.c  threads that take no part, and must not be in the program's code
 *      waits.c      the waits that a signal cannot end: conditions, joins, sigwait
 *      timed_waits.c  waits with a time limit keep their end when they are interrupted
 *      copies.c     the threads once more, in the forked child of a rehearsal (copies.h)
 *      libc_threads.c  what libc forgets of them when the program forks
 *      owners.c     locks held by threads that have other ids in the child
 *      enter.c      start functions and arguments in the new version; all threads arrive
 *      transformers.c  kitsune_threads_next and its like
 *      times.c      when each stood, entered and arrived
 *      keys.c       destructors of pthread keys
 *
 * A thread keeps its pthread through an update; only what it executes changes:
 *
 *                      update point, update wanted          ORDER_ENTER
 *      RUNNING ------------------------------> PARKED ------------------> ENTERED
 *         ^                                     |   ^                        |
 *         |   ORDER_GO_ON: no update after all  |   |  ORDER_RETREAT, or     |  its update point
 *         +-------------------------------------+   |  it failed             v
 *         |                                         +-------------------- ARRIVED
 *         |                 ORDER_GO_ON: committed                           |
 *         +------------------------------------------------------------------+
 *
 *      HELD     started by the new version before its commit: begins then
 *
 * PARKED and RUNNING are in the running version, on the stack that the thread had; ENTERED and
 * ARRIVED in the next version, on another one.  The old stack stays as it is until the commit.
 *
 * The thread that runs main takes part like the others, and leads: versions are loaded, and
 * updates undone, in the driver's context, which is its own.
 *
 * Standing still and going on take no lock: a hundred threads that come to their points at once
 * must not queue for one.  A thread that parks or arrives changes its own state; whoever gives an
 * order, under the gate, changes the state of the thread that it gives it to (GO_ON: RUNNING,
 * ENTER: ENTERED), so that nobody takes it for standing while it wakes up.
 *
 * A process that never starts a second thread has none of this: no gatherer, no lock.
 */
#ifndef KITSUNE_RUNTIME_THREAD_H
#define KITSUNE_RUNTIME_THREAD_H

#include <pthread.h>
#include <signal.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include <kitsune.h>

#include "program/context.h"
#include "common/fields.h"
#include "heap/heap.h"

enum thread_state { THREAD_RUNNING, THREAD_PARKED, THREAD_ENTERED, THREAD_ARRIVED, THREAD_HELD };

/* ORDER_TELL: to say where it stands, and stay; ORDER_NOTE_PLACE: see copies.h. */
enum thread_order {
    ORDER_STAY, ORDER_TELL, ORDER_GO_ON, ORDER_LEAD, ORDER_ENTER, ORDER_RETREAT, ORDER_END,
    ORDER_NOTE_PLACE,
};

/* The program's own way to wake a thread; NULL: none. */
struct update_callback {
    void (*function)(void *);
    void *argument;
};

/* A wait of libc that no signal ends.  Under `lock`, so that nobody wakes a condition that the
 * program has destroyed meanwhile. */
struct thread_wait {
    pthread_mutex_t lock;
    pthread_cond_t *condition; /* NULL: not in such a wait */
    struct update_callback callback;
};

/* A wait with a time limit that an update interrupted: see timed_waits.c. */
enum wait_kind {
    WAIT_NONE, WAIT_NANOSLEEP, WAIT_SLEEP, WAIT_USLEEP, WAIT_MS_SLEEP, WAIT_POLL, WAIT_EPOLL,
    WAIT_SELECT,
};

struct cut_short_wait {
    enum wait_kind kind;
    int64_t length; /* what the program asked for, in nanoseconds */
    int64_t end;    /* moment */
};

/* Moments; of earlier updates, too. */
struct thread_times {
    int64_t parked, entered, arrived;
    char name[16]; /* the thread's; noted by itself, because asking the kernel for the names of others
                    * is slow, and everybody stands meanwhile */
};

struct thread {
    struct thread *next;
    uint64_t serial;  /* no two threads of a process have the same */
    pthread_t handle; /* valid when has_handle: from when pthread_create has returned, or it runs */
    bool has_handle;
    pid_t tid;        /* 0: has not begun */
    pid_t known_as;   /* what people know it by: in a rehearsal, its tid in the program itself */
    bool is_main;
    struct signal_slot *slot; /* in the table that signal handlers read; from when tid is set */

    /* What it was started with; replaced by the new version's at each update. */
    void *(*start)(void *);
    void *argument;

    _Atomic enum thread_state state; /* see above who changes it */
    _Atomic int order;               /* enum thread_order, given under the gate; the thread takes
                                      * it, and sleeps until there is one */
    const char *point;      /* where it stands: point_text, or malloc; NULL while it runs */
    char point_text[48];
    char *last_point;       /* that it came to; NULL: none yet.  Its own */
    bool has_crashed;       /* on probation, and stands where it did */
    bool has_ended;         /* its start function has returned, on a stack of ours */
    struct thread_times times;
    char inherited_name[16]; /* of the thread that started it */
    unsigned times_released; /* in this gathering, for a lock that another one wanted */
    bool goes_once_more;     /* was let go on for that, and may stand again by now */

    /* During an update. */
    sigset_t mask;             /* the program's signal mask */
    struct context contexts[2];
    struct context *running, *other;
    void *(*new_start)(void *);
    void *new_argument;
    bool is_removed;           /* the new version has no use for it */
    _Atomic int must_retreat;
    unsigned retreat_tries;
    void *cleanup_chain;       /* the old version's pthread_cleanup_push */
    struct place *place;       /* see copies.h */

    struct thread_wait wait;
    struct cut_short_wait cut_short;
    void *base_cleanup_chain;  /* as it was before the start function */
    struct context base;       /* in the function that libc called */
    void *result;
    int destructor_round;
    char *new_point;           /* when a transformer says another one than `point` */
    bool has_info;
    ktthread_info info;        /* what a transformer sees and may change */
    pthread_attr_t attributes; /* that info.attr points to */

    /* Where it was when it was asked; see whereabouts.c. */
    void *_Atomic spins_on; /* when our signal came last */
    void *stuck_on;         /* what it waited for when it was looked at last, and */
    struct thread *stuck_by; /* whose that was */
    void **_Atomic trace;
    _Atomic int trace_length;
};

/* This thread, if it takes part. */
extern _Thread_local struct thread *this_thread __attribute__((tls_model("initial-exec")));

/* Whether this is the thread that runs main. */
static inline bool is_main_thread(void)
{
    return this_thread && this_thread->is_main;
}

/* ---- The gate --------------------------------------------------------------------------------
 * One lock for the list of threads and the orders that are given.  Never held while code of the
 * program runs, and always with all signals blocked. */

void gate_lock(sigset_t *mask);
void gate_unlock(const sigset_t *mask);
extern pthread_mutex_t gate;
/* The last one that moved stands still, one ended, or the gathering has come further. */
extern pthread_cond_t gate_changed;
/* Held while the gatherer takes a request and reads the files: nobody forks then.  Before the
 * gate. */
extern pthread_mutex_t taking;
void block_signals(sigset_t *mask);

/* In a build with -DKITSUNE_STRESS each step of synchronisation takes a random while, so that tests
 * see orders of events that are rare otherwise. */
#ifdef KITSUNE_STRESS
void stress(void);
#else
static inline void stress(void)
{
}
#endif

/* ---- registry.c ------------------------------------------------------------------------------ */

/* Newest first; under the gate. */
extern struct thread *all_threads;
/* Makes the calling thread, which runs main, the first. */
void registry_begin(void);
void registry_add(struct thread *thread);    /* under the gate */
/* Changes the state of one that is in the list; under the gate. */
void set_state(struct thread *thread, enum thread_state state);
/* The same, by the thread itself, which does not hold the gate. */
void stand(struct thread *self, enum thread_state state);
/* How many are somewhere in the program's code: RUNNING or ENTERED.  Who waits for it to become 0
 * waits for gate_changed. */
size_t threads_moving(void);
/* By the thread itself, when it begins: from here on signals reach it.  Under the gate. */
void registry_identify(struct thread *thread);
/* The same for the copy of a thread, by who makes it, when nobody else runs yet. */
void registry_identify_copy(struct thread *copy, pid_t tid);
void registry_remove(struct thread *thread); /* under the gate; does not free */
struct thread *registry_find(pthread_t handle); /* under the gate */
/* The creator knows the handle, perhaps before the thread does, perhaps after its end. */
void registry_set_handle(uint64_t serial, pthread_t handle); /* under the gate */
/* Sends the runtime's signal, unless the last one is still on its way. */
void thread_interrupt(struct thread *thread);
/* The same to all threads but the calling one, and but those that a signal does not help: who waits
 * for a condition is woken by the gatherer.  Async-signal-safe. */
void registry_interrupt_others(void);
/* The signal has come to this thread: the next one is not superfluous. */
void thread_signal_came(void);
/* This thread waits for a condition, or does no longer. */
void thread_waits_for_condition(bool waits);
bool thread_is_waiting_for_condition(const struct thread *thread);
/* Those that take part, and those that libraries started for themselves. */
void threads_count(unsigned *taking_part, unsigned *of_libraries);
unsigned threads_of_libraries(void); /* under the gate */
/* More than the one that runs main exist or have existed: gathering is needed. */
bool threads_are_several(void);

/* ---- start.c --------------------------------------------------------------------------------- */

/* Threads of the new version that were held back until now begin (committed) or end. */
void held_threads_release(bool committed); /* under the gate */
/* The start function has returned, on a stack of ours: back to the function that libc called. */
void thread_finish(void *result) __attribute__((noreturn));
/* libc's list of pthread_cleanup_push handlers of this thread. */
void *cleanup_chain(void);
void set_cleanup_chain(void *chain);

/* ---- park.c ---------------------------------------------------------------------------------- */

/* At an update point while an update is wanted.  Comes back when the thread is to go on: in the
 * running version, or, committed, in the next. */
void park(const char *point, pthread_mutex_t *held);
/* In a thread that has entered the new version: it has come to its update point. */
void park_arrived(pthread_mutex_t *held);
/* Where it stands; NULL: it does not. */
void set_point(struct thread *thread, const char *point);
/* Waits for an order, and takes it. */
enum thread_order await_order(struct thread *self);
/* One that stands is to say where, and to stay; under the gate. */
void order_to_tell(struct thread *thread);
/* Gives an order to a thread, with the state that it leads to; under the gate. */
void give_order(struct thread *thread, enum thread_order order);
/* The same to many: each is placed, and all are told together. */
void place_order(struct thread *thread, enum thread_order order);
void tell_orders(void);
/* Ends the calling thread's attempt to come to its point in the new version, with a reason
 * (malloc).  Does not return. */
void thread_fail(char *reason) __attribute__((noreturn));
/* Goes back to the old version if that was ordered. */
void thread_retreat_if_ordered(void);
/* The gatherer's signal has come to this thread; `machine` is the ucontext_t of what it
 * interrupted.  Async-signal-safe.  Does not return when the thread goes back to the old
 * version. */
void thread_was_interrupted(const void *machine);

/* ---- gather.c -------------------------------------------------------------------------------- */

/* Starts the gatherer, before the second thread.  False without memory. */
bool gatherer_start(void);
/* In a rehearsal's child: another one, for threads that stand already.  Main goes on by itself. */
bool gatherer_start_again(void);
pid_t gatherer_tid(void);
/* It has taken the request of this update, and tidies up after it. */
bool gatherer_leads(void);
/* The program has no thread any more: the gatherer ends, too, and with it the process. */
void gatherer_end(void);
/* There may be a request.  Async-signal-safe. */
void gatherer_wake(void);
/* The same, when the caller has interrupted all threads for it or is going to.
 * Async-signal-safe. */
void gatherer_wake_for_interrupted(void);
/* A thread stands at its point: if nobody gathers, somebody has to look whether it may go on. */
void gatherer_note_parked(void);
/* The update that all were gathered for has ended; under the gate.  When it was not committed,
 * those who stand at their points go on. */
void gathering_ends(bool committed);
/* Something went wrong in a thread on its way to its point in the new version; the first reason
 * counts.  Takes `reason` (malloc).  Under the gate. */
void gathering_fails(char *reason);
/* The reason; NULL: all is well.  Under the gate, or in the thread that leads. */
const char *gathering_failure(void);
/* From when on the threads have been on their way in the new version; under the gate. */
void gathering_enters(void);
/* Main has been ordered to lead, and has not come back; the others follow it.  Under the gate. */
bool gathering_is_leading(void);
bool gathering_is_entering(void);

/* ---- waits.c --------------------------------------------------------------------------------- */

/* A callback is code of the version that asked for it: it is taken away while the thread is in the
 * new version, and given back when it returns. */
struct update_callback update_callback_take(struct thread *self);
void update_callback_give_back(struct thread *self, struct update_callback callback);

/* Those that join look again: a thread has ended, or an update is wanted. */
void joins_wake(void);

/* ---- whereabouts.c --------------------------------------------------------------------------- */

struct system_call {
    long number; /* -1: not in one */
    unsigned long arguments[6];
};

struct system_call blocked_in(const struct thread *thread);
/* The variable or function of the program around the address; NULL: none. */
const char *variable_name(const void *address);
/* "blocked in read"; malloc. */
char *describe_doing(const struct thread *thread);
/* Where a thread is, and the return addresses of its callers, as it says itself, into `trace`,
 * which has room for MOST_FRAMES and stays; how many: 0 when it does not answer.  Under the
 * gate. */
int thread_trace(struct thread *thread, void **trace);
/* The program's own functions among them, innermost first, "read_request < serve < worker"
 * (malloc); NULL: none is. */
char *program_functions(void *const *trace, int length);
/* The calling thread, which stands, has been asked. */
void tell_whereabouts(void);
/* The program's functions that the calling thread is in, "poll_all < main"; malloc. */
char *describe_this_thread(void);
/* In the signal handler: can what was interrupted be abandoned?  It may hold no lock of a library.
 * `tries`: how often that has been asked; in the end blocking somewhere is enough.
 * Async-signal-safe. */
bool may_be_abandoned(const void *machine, unsigned tries);
/* In the signal handler: notes where this thread is, if that is wanted.  Async-signal-safe. */
void note_whereabouts(const void *machine);
/* In a signal handler that interrupted `place`: that, and the return addresses of its callers.
 * Async-signal-safe. */
int interrupted_trace(void **trace, int length, uintptr_t place);

/* A line of /proc/self/task/TID/NAME; empty when there is none. */
void read_task_file(pid_t tid, const char *name, char *text, size_t size);

/* ---- library_threads.c ----------------------------------------------------------------------- */

/* It is the program's, or the runtime's, and no library's own. */
bool thread_takes_part(pid_t tid);
/* How long one that is in the program's code is waited for, while all others stand. */
#define LIBRARY_PATIENCE INT64_C(1000000000)

/* "timer, pool-1"; NULL: there are none; malloc. */
char *library_threads_names(void);
/* One that is in the code of the running version; NULL: none is; malloc.  Under the gate. */
char *library_thread_inside(void);
/* The reason to give up because of what that said; takes it; malloc. */
char *library_thread_stays(char *inside);
/* In a program without other threads of its own, before it leaves the old version: waits until
 * all are out of its code.  False: the update is cancelled. */
bool library_threads_come_out(void);
/* The same while all stand: the reason to give up, or NULL; malloc. */
char *library_threads_stay(void);
/* In the new version, before the old one goes: fails the update when one is in that. */
void library_threads_require_outside(void);
/* In the signal handler, when the thread takes no part.  Async-signal-safe. */
void library_thread_was_interrupted(const void *machine);

/* ---- stuck.c --------------------------------------------------------------------------------- */

/* Does not stand at its point yet, in the old version or the new one. */
bool is_late(const struct thread *thread);
struct thread *first_late(void); /* NULL: all stand */
/* At its point, in whichever version. */
bool thread_stands(const struct thread *thread);
/* Those that stand with what late ones wait for go on once more.  NULL, or the reason to give up
 * because that has not helped (malloc).  Under the gate, as what follows. */
char *release_lock_holders(void);
/* One of those has not come back yet. */
bool is_somebody_returning(void);
/* On the way in the new version, where nobody can go on once more: fails the gathering when one
 * waits for what another one holds at its point. */
void watch_entering(void);
/* The same for main, which leads; it is interrupted then. */
void watch_leader(struct thread *leader);

/* ---- locks.c --------------------------------------------------------------------------------- */

struct wanted_lock {
    enum { WANTS_NOTHING, WANTS_OF_HOLDER, WANTS_OF_ANYBODY } kind;
    void *address;
    struct thread *holder; /* who may stand, move, or be the one that waits */
};

/* What a thread that does not come waits for; under the gate. */
struct wanted_lock wanted_lock(struct thread *thread);
/* The spin lock that what a signal interrupted wants; NULL: none.  Async-signal-safe. */
void *spinning_on(const void *machine);

/* ---- involved.c ------------------------------------------------------------------------------
 * Reasons to give up (malloc).  The threads that they are about get into the report (failure.h),
 * with their stacks.  Under the gate. */

/* A thread waits for a lock that another one holds, or that it has held itself since its update
 * point in the old version. */
char *describe_conflict(struct thread *waiting, struct thread *holder, const void *lock);
char *describe_own_lock(struct thread *thread, const void *lock);
/* Who has not come, and why, after so many nanoseconds. */
char *describe_late(int64_t waited);
/* Main, which leads, adds where it is itself, if the report is about it and does not say so. */
void involved_complete(void);

/* ---- enter.c --------------------------------------------------------------------------------- */

/* In the new version's main, at its update point: all threads enter the new version and come to
 * their points, or the update fails. */
void threads_enter(void);
/* After the commit: all go on. */
void threads_commit(void);
/* The update is given up: back to their points in the old version. */
void threads_retreat(void);
/* The stacks of all threads that stand in the old version, with main's given; sorted; malloc. */
struct heap_stack *threads_stacks(const struct stack *of_main, size_t *count);
/* Fills in what the threads will run, for transformers; once. */
void threads_resolve(void);

/* ---- times.c --------------------------------------------------------------------------------- */

/* It is about to be in this state; under the gate. */
void thread_note_time(struct thread *thread, enum thread_state state);
/* The fields thread_N (see history.h), in nanoseconds since `begin`; under the gate. */
void threads_write_times(struct text *text, int64_t begin);

/* ---- transformers.c -------------------------------------------------------------------------- */

/* What a transformer changed in the threads' information is to be so. */
void threads_take_changes(void);
/* At the end of an update, however it ended; under the gate. */
void threads_forget_changes(void);

#endif
