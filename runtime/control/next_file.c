/* next_file.c -- the file in which doupd hands the next version's path over.  See next_file.h. */
#include "control/next_file.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "files/trust.h"

/* Written by root or by our user, and by nobody else. */
static bool is_handed_over(int file, const char *path)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return false;
    if (S_ISREG(status.st_mode) && status.st_nlink == 1 &&
        !(status.st_mode & (S_IWGRP | S_IWOTH)) &&
        (status.st_uid == 0 || status.st_uid == trust_own_user()))
        return true;
    log_error("ignored %s: neither doupd of this program's user nor root's has written it (it "
              "belongs to user %u, mode %o)", path, (unsigned)status.st_uid,
              (unsigned)status.st_mode & 07777);
    return false;
}

char *next_file_take(const char *path, const char *directory)
{
    char text[4200];
    ssize_t length = -1;
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK);
    if (file < 0 && errno == EACCES)
        log_error("cannot look for what doupd left in %s, since this program has changed its user: "
                  "use `kitsune update`", directory);
    if (file >= 0 && is_handed_over(file, path))
        length = read(file, text, sizeof text - 1);
    if (file >= 0)
        close(file);
    unlink(path);
    if (length <= 0)
        return NULL;
    text[length] = '\0';
    text[strcspn(text, "\n")] = '\0';
    return copy_string(text);
}
