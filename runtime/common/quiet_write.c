/* quiet_write.c -- writing that fails with an error, and never with a signal.  See quiet_write.h.
 *
 * The signals are held back from this thread while it writes, and what has come meanwhile is taken.
 * The system calls are made directly: the runtime has a sigprocmask of its own for programs, and
 * the library's sigtimedwait is a place where a thread can be cancelled.
 */
#include "common/quiet_write.h"

#include <errno.h>
#include <signal.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

/* The kernel's set of signals: a bit for each, from 1 on. */
static uint64_t bit_of(int number)
{
    return UINT64_C(1) << (number - 1);
}

struct quiet_write quiet_write_begin(void)
{
    int saved_errno = errno;
    struct quiet_write quiet = {0, 0};
    uint64_t pending = 0, ours = bit_of(SIGXFSZ) | bit_of(SIGPIPE);
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    /* What waits already is the program's. */
    if (syscall(SYS_rt_sigprocmask, SIG_BLOCK, &ours, &quiet.mask, sizeof ours) == 0)
        quiet.taken = ours & ~pending;
    errno = saved_errno;
    return quiet;
}

void quiet_write_end(const struct quiet_write *quiet)
{
    int saved_errno = errno;
    static const struct timespec at_once = {0, 0};
    uint64_t pending = 0;
    syscall(SYS_rt_sigpending, &pending, sizeof pending);
    while (pending & quiet->taken &&
           syscall(SYS_rt_sigtimedwait, &quiet->taken, NULL, &at_once, sizeof pending) < 0 &&
           errno == EINTR)
        ;
    if (quiet->taken)
        syscall(SYS_rt_sigprocmask, SIG_SETMASK, &quiet->mask, NULL, sizeof quiet->mask);
    errno = saved_errno;
}

bool quiet_write_all(int file, const void *bytes, size_t size)
{
    struct quiet_write quiet = quiet_write_begin();
    size_t done = 0;
    while (done < size) {
        ssize_t written = write(file, (const char *)bytes + done, size - done);
        if (written < 0 && errno == EINTR)
            continue;
        if (written == 0)
            errno = ENOSPC;
        if (written <= 0)
            break;
        done += (size_t)written;
    }
    quiet_write_end(&quiet);
    return done == size;
}
