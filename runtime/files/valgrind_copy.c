/* valgrind_copy.c -- a version under valgrind: a file by a name. */
#include "files/valgrind_copy.h"

#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/log.h"
#include "common/message.h"
#include "common/quiet_write.h"
#include "files/under_valgrind.h"

/* valgrind of that time (3.19 is Debian 12's) ends the program over what clang writes in DWARF
 * 5; no names are better than no program. */
static bool is_readable(const struct image *image)
{
    return !elf_find_section(&image->elf, ".debug_str_offsets") &&
           !elf_find_section(&image->elf, ".debug_addr");
}

static bool write_bytes(const char *path, const struct image *image)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC | O_NOFOLLOW, 0600);
    if (file < 0)
        return false;
    bool written = quiet_write_all(file, image->bytes, image->size);
    int error = errno;
    if (close(file) == 0)
        errno = error;
    else
        written = false;
    return written;
}

struct valgrind_copy valgrind_copy_make(const struct image *image)
{
    struct valgrind_copy copy = {NULL, NULL};
    if (!runs_under_valgrind())
        return copy;
    if (!is_readable(image)) {
        log_info("valgrind shows no names in %s: compile with -gdwarf-4", image->path);
        return copy;
    }
    const char *slash = strrchr(image->path, '/');
    copy.folder = copy_string("/tmp/kitsune-valgrind.XXXXXX");
    if (!mkdtemp(copy.folder)) {
        free(copy.folder);
        copy.folder = NULL;
    } else {
        copy.path = message_format("%s/%s", copy.folder, slash ? slash + 1 : image->path);
    }
    if (copy.path && write_bytes(copy.path, image))
        return copy;
    log_info("no copy of %s for valgrind: %s: valgrind will show no names in it", image->path,
             strerror(errno));
    valgrind_copy_remove(&copy);
    return copy;
}

void valgrind_copy_remove(struct valgrind_copy *copy)
{
    if (copy->path)
        unlink(copy->path);
    if (copy->folder)
        rmdir(copy->folder);
    free(copy->path);
    free(copy->folder);
    *copy = (struct valgrind_copy){NULL, NULL};
}
