/* symbols.c -- `kitsune symbols PID FOLDER`: what the program has mapped, as a tree of files.
 *
 * Versions run from sealed copies in memory.  Tools that look for symbols later and by file
 * name, as perf does, and gdb with a core file, find them in this tree:
 *
 *      FOLDER/memfd:server-2.so (deleted)    a copy, by the name that the kernel shows (perf)
 *      FOLDER/proc/4711/fd/965               the same, by the name that the loader knows (gdb)
 *      FOLDER/usr/lib/.../libc.so.6          links to everything else that is mapped
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"
#include "common/quiet_write.h"
#include "given.h"
#include "process.h"

static const struct argp grammar = {
    .parser = given_parse,
    .args_doc = "PID FOLDER",
    .doc = "Saves the files that a running program was loaded from, for tools that look for their "
           "symbols later: perf, and gdb with a core file.\v"
           "Example: where does the running version spend its time?\n\n"
           "  perf record -p 4711 sleep 10\n"
           "  kitsune symbols 4711 symbols\n"
           "  perf report --symfs symbols\n\n"
           "Exit status: 0 done; 1 something could not be read or written; 2 usage; 3 there is no "
           "such process, or it is not run by Kitsune.",
};

/* ---- Files ----------------------------------------------------------------------------------- */

static bool make_folders(const char *path, char **message)
{
    char *copy = copy_string(path);
    for (char *slash = strchr(copy + 1, '/'); slash && !*message; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        if (mkdir(copy, 0777) != 0 && errno != EEXIST)
            *message = message_format("cannot make the folder %s: %s", copy, strerror(errno));
        *slash = '/';
    }
    free(copy);
    return !*message;
}

static bool copy_bytes(int from, int to)
{
    char buffer[65536];
    for (off_t at = 0;;) {
        ssize_t got = pread(from, buffer, sizeof buffer, at);
        if (got < 0 && errno == EINTR)
            continue;
        if (got <= 0)
            return got == 0;
        if (!quiet_write_all(to, buffer, (size_t)got))
            return false;
        at += got;
    }
}

static bool copy_to(int file, const char *path, char **message)
{
    if (!make_folders(path, message))
        return false;
    unlink(path);
    int copy = open(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0666);
    if (copy < 0 || !copy_bytes(file, copy) || close(copy) != 0)
        *message = message_format("cannot write %s: %s", path, strerror(errno));
    return !*message;
}

/* ---- What is mapped -------------------------------------------------------------------------- */

struct mapping {
    unsigned long device_major, device_minor, inode;
    char path[4096];
};

/* False unless it is code from a file. */
static bool parse_mapping(const char *line, struct mapping *mapping)
{
    char rights[8];
    return sscanf(line, "%*x-%*x %7s %*x %lx:%lx %lu %4095[^\n]", rights,
                  &mapping->device_major, &mapping->device_minor, &mapping->inode,
                  mapping->path) == 5 &&
           strchr(rights, 'x') && mapping->path[0] == '/';
}

/* The program's own descriptor of a mapped memory file; -1: it has none. */
static int find_descriptor(pid_t pid, const struct mapping *mapping)
{
    int found = -1;
    char *folder = message_format("/proc/%d/fd", (int)pid);
    DIR *list = opendir(folder);
    for (struct dirent *entry; list && found < 0 && (entry = readdir(list)) != NULL;) {
        struct stat status;
        if (fstatat(dirfd(list), entry->d_name, &status, 0) == 0 && S_ISREG(status.st_mode) &&
            status.st_ino == mapping->inode && major(status.st_dev) == mapping->device_major &&
            minor(status.st_dev) == mapping->device_minor)
            found = (int)strtol(entry->d_name, NULL, 10);
    }
    if (list)
        closedir(list);
    free(folder);
    return found;
}

static bool save_memory_file(const struct given *given, const struct mapping *mapping,
                             char **message)
{
    int number = find_descriptor(given->pid, mapping);
    if (number < 0)
        return true; /* memory of the program's own, not something that was loaded */
    char *by_loader = message_format("/proc/%d/fd/%d", (int)given->pid, number);
    char *for_gdb = message_format("%s%s", given->names[1], by_loader);
    char *for_perf = message_format("%s%s", given->names[1], mapping->path);
    int file = open(by_loader, O_RDONLY | O_CLOEXEC);
    if (file < 0)
        *message = message_format("cannot read %s: %s", by_loader, strerror(errno));
    else if (copy_to(file, for_gdb, message) && copy_to(file, for_perf, message))
        printf("%s\n", for_perf);
    if (file >= 0)
        close(file);
    free(by_loader);
    free(for_gdb);
    free(for_perf);
    return !*message;
}

static bool link_file(const struct given *given, const char *path, char **message)
{
    char *link = message_format("%s%s", given->names[1], path);
    if (make_folders(link, message) && symlink(path, link) != 0 && errno != EEXIST)
        *message = message_format("cannot make the link %s: %s", link, strerror(errno));
    free(link);
    return !*message;
}

static bool save_mapped(const struct given *given, FILE *maps, char **message)
{
    char line[8192];
    struct mapping mapping;
    while (!*message && fgets(line, sizeof line, maps)) {
        if (!parse_mapping(line, &mapping))
            continue;
        if (strncmp(mapping.path, "/memfd:", 7) == 0)
            save_memory_file(given, &mapping, message);
        else if (access(mapping.path, F_OK) == 0)
            link_file(given, mapping.path, message);
    }
    return !*message;
}

int symbols_command(int argument_count, char **arguments)
{
    struct given given = {.least = 2, .most = 2, .begins_with_process = true,
                          .missing = "name the process, and a folder for its files"};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &given);
    struct process process;
    char *message = NULL;
    if (!process_find(given.pid, &process, &message)) {
        fprintf(stderr, "kitsune symbols: %s\n", message);
        free(message);
        return STATUS_NO_PROGRAM;
    }
    process_free(&process);
    char *path = message_format("/proc/%d/maps", (int)given.pid);
    FILE *maps = fopen(path, "re");
    if (!maps)
        message = message_format("cannot read %s: %s", path, strerror(errno));
    else
        save_mapped(&given, maps, &message);
    if (maps)
        fclose(maps);
    free(path);
    if (!message)
        return STATUS_DONE;
    fprintf(stderr, "kitsune symbols: %s\n", message);
    free(message);
    return STATUS_REFUSED;
}
