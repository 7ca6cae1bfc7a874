/* doupd -- `doupd PID NEXT.so`: hands the next version's path to a program and sends SIGUSR2.
 *
 * Does not wait; the program's log says how it went.  `kitsune update` waits.
 */
#include <errno.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "directory.h"
#include "message.h"
#include "process.h"

/* Written beside, then renamed, so that the program never reads half a path. */
static bool write_next_file(const struct process *process, const char *path)
{
    char *name = directory_file(process->directory, process->pid, "next");
    char *temporary = message_format("%s.%d", name, (int)getpid());
    char *line = message_format("%s\n", path);
    size_t length = strlen(line);
    unlink(temporary);
    int file = open(temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, 0600);
    bool written = file >= 0 && write(file, line, length) == (ssize_t)length;
    if (file >= 0 && close(file) != 0)
        written = false;
    written = written && rename(temporary, name) == 0;
    if (!written)
        fprintf(stderr, "doupd: cannot write %s: %s\n", name, strerror(errno));
    free(line);
    free(temporary);
    free(name);
    return written;
}

static int hand_over(const struct process *process, const char *path)
{
    if (!write_next_file(process, path))
        return STATUS_REFUSED;
    if (kill(process->pid, SIGUSR2) == 0)
        return STATUS_DONE;
    fprintf(stderr, "doupd: cannot signal process %d: %s\n", (int)process->pid, strerror(errno));
    return errno == ESRCH ? STATUS_NO_PROGRAM : STATUS_REFUSED;
}

int main(int argument_count, char **arguments)
{
    pid_t pid = argument_count == 3 ? parse_process_number(arguments[1]) : 0;
    if (!pid) {
        fprintf(stderr, "usage: doupd PID NEXT.so\n");
        return STATUS_USAGE;
    }
    char *path = realpath(arguments[2], NULL);
    if (!path) {
        fprintf(stderr, "doupd: cannot open %s: %s: check the path\n", arguments[2],
                strerror(errno));
        return STATUS_REFUSED;
    }
    struct process process;
    char *message;
    if (!process_find(pid, &process, &message)) {
        fprintf(stderr, "doupd: %s\n", message);
        free(message);
        free(path);
        return STATUS_NO_PROGRAM;
    }
    int status = hand_over(&process, path);
    process_free(&process);
    free(path);
    return status;
}
