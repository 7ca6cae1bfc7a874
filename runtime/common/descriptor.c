/* descriptor.c -- file descriptors that the runtime keeps while the program runs. */
#include "common/descriptor.h"

#include <fcntl.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* Below 1024, so that the kernel's table of descriptors stays small and select() still works for
 * whoever inherits one by mistake. */
#define HIGHEST_BASE (1024 - 64)

static int lowest_kept_number(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) != 0 || limit.rlim_cur > HIGHEST_BASE + 64)
        return HIGHEST_BASE;
    return limit.rlim_cur > 128 ? (int)limit.rlim_cur - 64 : (int)limit.rlim_cur / 2;
}

struct descriptor descriptor_keep(int number)
{
    if (number < 0)
        return DESCRIPTOR_NONE;
    int base = lowest_kept_number();
    if (number < base) {
        int moved = fcntl(number, F_DUPFD_CLOEXEC, base);
        if (moved >= 0) {
            close(number);
            number = moved;
        } else {
            fcntl(number, F_SETFD, FD_CLOEXEC);
        }
    }
    struct stat status;
    if (fstat(number, &status) != 0)
        return DESCRIPTOR_NONE;
    return (struct descriptor){number, status.st_dev, status.st_ino};
}

bool descriptor_is_ours(const struct descriptor *descriptor)
{
    struct stat status;
    return descriptor->number >= 0 && fstat(descriptor->number, &status) == 0 &&
           status.st_dev == descriptor->device && status.st_ino == descriptor->inode;
}

void descriptor_close(struct descriptor *descriptor)
{
    if (descriptor_is_ours(descriptor))
        close(descriptor->number);
    *descriptor = DESCRIPTOR_NONE;
}
