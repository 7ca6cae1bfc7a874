/* leftovers.c -- addresses in the old version that libc and the kernel still hold. */
#include "update/leftovers.h"

#include <signal.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <syslog.h>
#include <unistd.h>

#include <kitsune/entry.h>

#include "heap/heap.h"
#include "common/message.h"
#include "common/streams.h"
#include "program/namesake.h"
#include "program/program.h"

/* ---- The environment ------------------------------------------------------------------------- */

static void carry_environment(void)
{
    if (!environ)
        return;
    size_t count = 0;
    for (; environ[count]; count++) {
        if (!namesake_is_old(environ[count]))
            continue;
        char *namesake = namesake_of_variable(environ[count], strlen(environ[count]) + 1);
        /* The program may change the variable to change the environment, if it still says the
         * same. */
        environ[count] = namesake && strcmp(namesake, environ[count]) == 0
                             ? namesake
                             : copy_string(environ[count]);
    }
    if (!namesake_is_old(environ))
        return;
    char **list = allocate((count + 1) * sizeof *list);
    memcpy(list, environ, count * sizeof *list);
    environ = list;
}

/* ---- Streams --------------------------------------------------------------------------------- */

static void shift(char **pointer, const char *old_buffer, char *new_buffer)
{
    if (*pointer)
        *pointer = new_buffer + (*pointer - old_buffer);
}

/* The layout of FILE is part of glibc's interface: programs compiled long ago have it inlined.  The
 * buffer is not freed by libc, nor by us: it is the stream's as long as the process lives. */
static void carry_buffer(FILE *stream)
{
    char *old_buffer = stream->_IO_buf_base;
    if (!old_buffer || !namesake_is_old(old_buffer))
        return;
    size_t size = (size_t)(stream->_IO_buf_end - old_buffer);
    char *new_buffer = allocate(size);
    memcpy(new_buffer, old_buffer, size);
    shift(&stream->_IO_read_ptr, old_buffer, new_buffer);
    shift(&stream->_IO_read_end, old_buffer, new_buffer);
    shift(&stream->_IO_read_base, old_buffer, new_buffer);
    shift(&stream->_IO_write_base, old_buffer, new_buffer);
    shift(&stream->_IO_write_ptr, old_buffer, new_buffer);
    shift(&stream->_IO_write_end, old_buffer, new_buffer);
    stream->_IO_buf_base = new_buffer;
    stream->_IO_buf_end = new_buffer + size;
}

static void carry_streams(void)
{
    /* All open streams; the three standard ones where libc does not show the list. */
    FILE **all = stream_list();
    if (all) {
        for (FILE *stream = *all; stream; stream = stream->_chain)
            carry_buffer(stream);
        return;
    }
    carry_buffer(stdin);
    carry_buffer(stdout);
    carry_buffer(stderr);
}

/* ---- The alternate signal stack -------------------------------------------------------------- */

static bool has_old_signal_stack(stack_t *stack)
{
    return sigaltstack(NULL, stack) == 0 && !(stack->ss_flags & SS_DISABLE) &&
           namesake_is_old(stack->ss_sp);
}

static void carry_signal_stack(void)
{
    stack_t stack;
    if (!has_old_signal_stack(&stack))
        return;
    stack.ss_sp = namesake_of_variable(stack.ss_sp, stack.ss_size);
    stack.ss_flags = 0;
    sigaltstack(&stack, NULL);
}

void leftovers_check(void)
{
    stack_t stack;
    if (!has_old_signal_stack(&stack))
        return;
    if (!namesake_of_variable(stack.ss_sp, stack.ss_size))
        update_fail("the alternate signal stack, %s, has no namesake of its size in the new "
                    "version: let the new version call sigaltstack before its update point",
                    namesake_old_name(stack.ss_sp));
}

void leftovers_carry_over(void)
{
    carry_environment();
    carry_streams();
    carry_signal_stack();
}

/* ---- syslog ---------------------------------------------------------------------------------- */

KITSUNE_PUBLIC void kitsune_open_log(const char *name, int option, int facility)
{
    static char *kept;
    char *copy = name ? copy_string(name) : NULL;
    openlog(copy, option, facility);
    free(kept);
    kept = copy;
}
