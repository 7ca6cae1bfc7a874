/* progress.c -- how far an update has come, while it goes on. */
#include "control/progress.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/quiet_write.h"

static struct progress unseen;
static struct progress *page = &unseen;

bool progress_open(const char *path)
{
    unlink(path);
    int file = directory_open_file(path, O_RDWR | O_CREAT | O_EXCL);
    if (file < 0)
        return false;
    struct progress *mapped = MAP_FAILED;
    /* With its block: to write into a page that a full disk has no room for is SIGBUS. */
    struct quiet_write quiet = quiet_write_begin();
    int error = posix_fallocate(file, 0, sizeof *mapped);
    quiet_write_end(&quiet);
    if (!error)
        mapped = mmap(NULL, sizeof *mapped, PROT_READ | PROT_WRITE, MAP_SHARED, file, 0);
    close(file);
    if (mapped == MAP_FAILED) {
        unlink(path);
        errno = error ? error : errno;
        return false;
    }
    page = mapped;
    memcpy(page->magic, PROGRESS_MAGIC, sizeof page->magic);
    return true;
}

void progress_forget(void)
{
    if (page != &unseen)
        munmap(page, sizeof *page);
    page = &unseen;
}

struct progress *progress_page(void)
{
    return page;
}

bool progress_read(const char *path, struct progress *progress)
{
    int file = directory_open_file(path, O_RDONLY);
    ssize_t length = file < 0 ? -1 : pread(file, progress, sizeof *progress, 0);
    if (file >= 0)
        close(file);
    return length == (ssize_t)sizeof *progress &&
           memcmp(progress->magic, PROGRESS_MAGIC, sizeof progress->magic) == 0 &&
           progress->step >= STEP_NONE && progress->step < STEP_COUNT;
}
