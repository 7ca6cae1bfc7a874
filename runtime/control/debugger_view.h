/* debugger_view.h -- what a debugger may want to know of the running program, in a form that can be
 * read from memory and from core files, without this library's debug information.
 *
 * share/kitsune-gdb.py reads it: change both together, and count `layout` up.
 */
#ifndef KITSUNE_RUNTIME_DEBUGGER_VIEW_H
#define KITSUNE_RUNTIME_DEBUGGER_VIEW_H

#include <stdint.h>

enum { DEBUGGER_VIEW_LAYOUT = 1 };

struct debugger_view {
    uint32_t layout;
    uint32_t generation; /* 0: no program runs yet */
    uint32_t signal;     /* that the runtime interrupts waits with */
    uint32_t reserved;
    const char *path;     /* of the running version */
    const char *build_id; /* in hexadecimal */
    uint64_t base;        /* where it is loaded */
    const char *state;    /* "running", "updating" */
};

/* After each change of what program.h says. */
void debugger_view_refresh(const char *state, int signal);

#endif
