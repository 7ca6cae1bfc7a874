/* check_known.h -- library functions whose habits are known: what they do with the address of a
 * function, or of data, that a program gives them. */
#ifndef INSPECT_CHECK_KNOWN_H
#define INSPECT_CHECK_KNOWN_H

#include <stdbool.h>
#include <stddef.h>

enum habit {
    HABIT_UNKNOWN,        /* keeps it, as far as we know */
    HABIT_HARMLESS,       /* does not keep it past the call */
    HABIT_HANDLED,        /* the runtime takes care of it */
    HABIT_KEEPS,          /* keeps the functions, and data with them */
    HABIT_KEEPS_DATA,     /* keeps the address of data: argument `data` */
    HABIT_SIGNAL,         /* (number, handler) */
    HABIT_SIGACTION,      /* (number, struct sigaction *) */
    HABIT_EXIT,           /* a handler for the end of the process: argument 0 */
    HABIT_FORK,           /* pthread_atfork */
    HABIT_EVENT,          /* struct sigevent: argument `data` */
    HABIT_THREAD,         /* starts a thread */
    HABIT_KEY,            /* pthread_key_create: a destructor */
    HABIT_JUMP_MARK,      /* setjmp */
    HABIT_JUMP,           /* longjmp */
    HABIT_CONTEXT,        /* makecontext */
};

struct known_function {
    const char *name;  /* may have a * in it, for any characters */
    enum habit habit;
    int data;          /* number of the argument, 0 the first */
    const char *advice; /* instead of the general one, or NULL */
};

/* NULL: nothing is known of it. */
const struct known_function *known_function(const char *name);

bool is_among(const char *const *names, size_t count, const char *name);
#define IS_AMONG(names, name) is_among(names, sizeof(names) / sizeof *(names), name)

/* It ends the process, or the thread, or goes back to another place. */
bool call_never_returns(const char *callee);
/* kitcc's inline functions are functions in code that is not optimised. */
bool call_is_update_point(const char *callee);

#endif
