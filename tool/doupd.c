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
#include <sys/stat.h>
#include <unistd.h>

#include "command.h"
#include "control/configuration.h"
#include "common/message.h"
#include "common/quiet_write.h"
#include "process.h"
#include "files/trust.h"

/* The program's directory, which its user may have led anywhere: opened, and then it is his, or
 * it is root's and nobody else had a hand in the way there.  -1 with a message. */
static int open_directory(const struct process *process, char **message)
{
    uid_t user = 0;
    struct stat status;
    if (!trust_user_of(process->pid, &user))
        return -1;
    int directory = trust_open_directory(process->directory, user, message);
    if (directory < 0 || (fstat(directory, &status) == 0 && status.st_uid == user))
        return directory;
    close(directory);
    return trust_open_directory(process->directory, 0, message);
}

/* Root writes as the directory's owner, whom the file is to belong to. */
static bool become_owner(int directory)
{
    struct stat status;
    return fstat(directory, &status) == 0 &&
           (status.st_uid == geteuid() || seteuid(status.st_uid) == 0);
}

/* Written beside, then renamed, so that the program never reads half a path. */
static bool write_next_file(const struct process *process, const char *path)
{
    char *name = message_format("%d.next", (int)process->pid);
    char *temporary = message_format("%s.%d", name, (int)getpid());
    char *line = message_format("%s\n", path);
    size_t length = strlen(line);
    uid_t ourselves = geteuid();
    char *message = NULL;
    int directory = open_directory(process, &message), file = -1;
    if (directory >= 0 && become_owner(directory)) {
        unlinkat(directory, temporary, 0);
        file = openat(directory, temporary, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC,
                      0600);
    }
    bool written = file >= 0 && quiet_write_all(file, line, length);
    if (file >= 0 && close(file) != 0)
        written = false;
    written = written && renameat(directory, temporary, directory, name) == 0;
    if (!written)
        fprintf(stderr, "doupd: cannot write %s/%s: %s\n", process->directory, name,
                message ? message : strerror(errno));
    if (directory >= 0)
        close(directory);
    if (geteuid() != ourselves && seteuid(ourselves) != 0)
        written = false;
    free(message);
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

/* By the configuration that the program itself goes by; a mistake in it is its business, too. */
static bool allows_others_files(const struct process *process)
{
    struct configuration configuration;
    char *ignored;
    if (configuration_read(&configuration, fields_get(&process->status, "path"), &ignored) !=
        CONFIGURATION_READ) {
        free(ignored);
        return false;
    }
    bool is_allowed = configuration.allow_others_files;
    configuration_free(&configuration);
    return is_allowed;
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
    int status = STATUS_REFUSED;
    uid_t user = process_trusted_user(&process, allows_others_files(&process));
    message = process_cannot_be_updated(&process);
    if (!message && process_trusts_way(arguments[2], user, &message)) {
        status = hand_over(&process, path);
    } else {
        fprintf(stderr, "doupd: %s\n", message);
        free(message);
    }
    process_free(&process);
    free(path);
    return status;
}
