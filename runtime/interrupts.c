/* interrupts.c -- which blocking system calls the runtime's signal ends.  See interrupts.h.
 *
 * With SA_RESTART the kernel sets an interrupted call up to begin again, before the handler runs:
 * the instruction pointer is back at the syscall instruction, and the number of the call in its
 * register.  The handler sees which call it is, and makes it return EINTR by stepping over the
 * instruction.  (Calls that are never begun again, poll among them, have returned EINTR by then.)
 */
#include "interrupts.h"

#include <errno.h>
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

static bool is_transfer(long number)
{
    switch (number) {
    case SYS_read:
    case SYS_readv:
    case SYS_pread64:
    case SYS_preadv:
    case SYS_preadv2:
    case SYS_write:
    case SYS_writev:
    case SYS_pwrite64:
    case SYS_pwritev:
    case SYS_pwritev2:
    case SYS_recvfrom:
    case SYS_recvmsg:
    case SYS_recvmmsg:
    case SYS_sendto:
    case SYS_sendmsg:
    case SYS_sendmmsg:
    case SYS_sendfile:
    case SYS_splice:
    case SYS_copy_file_range:
    case SYS_connect:
    case SYS_open:
    case SYS_openat:
    case SYS_ioctl:
    case SYS_fsync:
    case SYS_fdatasync:
        return true;
    default:
        return false;
    }
}

enum { SYSCALL_LENGTH = 2 };

void interrupts_end_wait(void *machine)
{
    greg_t *registers = ((ucontext_t *)machine)->uc_mcontext.gregs;
    const unsigned char *next = (const unsigned char *)registers[REG_RIP];
    if (!waits_only || next[0] != 0x0f || next[1] != 0x05 || is_transfer(registers[REG_RAX]))
        return;
    registers[REG_RIP] += SYSCALL_LENGTH;
    registers[REG_RAX] = -EINTR;
}
