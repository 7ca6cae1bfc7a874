/* debugger_view.c -- what a debugger may want to know of the running program. */
#include "control/debugger_view.h"

#include <stddef.h>

#include "program/program.h"

/* Found by its name, which the private part of libkitsune.map shows. */
extern struct debugger_view kitsune_debugger_view;
KITSUNE_PUBLIC struct debugger_view kitsune_debugger_view = {.layout = DEBUGGER_VIEW_LAYOUT};

_Static_assert(offsetof(struct debugger_view, path) == 16 &&
                   offsetof(struct debugger_view, state) == 40,
               "share/kitsune-gdb.py reads it like this");

void debugger_view_refresh(const char *state, int signal)
{
    struct debugger_view *view = &kitsune_debugger_view;
    view->signal = (uint32_t)signal;
    view->path = version_path(program.running);
    view->build_id = version_build_id(program.running);
    view->base = version_base(program.running);
    view->state = state;
    view->generation = program.generation;
}
