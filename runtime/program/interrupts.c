/* interrupts.c -- which blocking system calls the runtime's signal ends.  See interrupts.h.
 *
 * With SA_RESTART the kernel sets an interrupted call up to begin again, before the handler runs:
 * the instruction pointer is back at the syscall instruction, and the number of the call in its
 * register.  The handler sees which call it is, and makes it return EINTR by stepping over the
 * instruction.  (Calls that are never begun again, poll among them, have returned EINTR by then.)
 */
#include "program/interrupts.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/futex.h>
#include <signal.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <ucontext.h>

static bool waits_only;

int interrupts_flags(void)
{
    const char *choice = secure_getenv("KITSUNE_INTERRUPT");
    waits_only = choice && strcmp(choice, "waits") == 0;
    return waits_only ? SA_RESTART : 0;
}

/* Calls that wait for something to happen, and that the kernel would begin again.  Nothing else may
 * be stepped over: the thread may have been about to make the call when the signal came, and one
 * that only does something (close, a futex's wake) has to be made. */
static bool is_wait(const greg_t *registers)
{
    int operation = (int)registers[REG_RSI];
    switch (registers[REG_RAX]) {
    case SYS_accept:
    case SYS_accept4:
    case SYS_wait4:
    case SYS_waitid:
    case SYS_flock:
    case SYS_mq_timedreceive:
    case SYS_mq_timedsend:
        return true;
    case SYS_fcntl:
        return operation == F_SETLKW || operation == F_OFD_SETLKW;
    case SYS_futex:
        operation &= FUTEX_CMD_MASK;
        return operation == FUTEX_WAIT || operation == FUTEX_WAIT_BITSET;
    default:
        return false;
    }
}

enum { SYSCALL_LENGTH = 2 };

void interrupts_end_wait(void *machine)
{
    greg_t *registers = ((ucontext_t *)machine)->uc_mcontext.gregs;
    const unsigned char *next = (const unsigned char *)registers[REG_RIP];
    if (!waits_only || next[0] != 0x0f || next[1] != 0x05 || !is_wait(registers))
        return;
    registers[REG_RIP] += SYSCALL_LENGTH;
    registers[REG_RAX] = -EINTR;
}
