/* directory.h -- where running programs leave word of themselves: a private directory per user.
 *
 *      PID.socket   requests are sent here
 *      PID.status   what runs, and how the last update went
 *      PID-STARTED.history   how its updates went; see history.h
 *      PID.progress how far an update has come; see progress.h
 *      PID.next     doupd's hand-over file: the path of the next version
 *
 * $KITSUNE_RUNTIME_DIR, else $XDG_RUNTIME_DIR/kitsune, else /run/kitsune for root,
 * /run/user/UID/kitsune, and at last /tmp/kitsune-UID.  Used by the runtime and by the tool.
 */
#ifndef KITSUNE_RUNTIME_DIRECTORY_H
#define KITSUNE_RUNTIME_DIRECTORY_H

#include <stdbool.h>
#include <sys/types.h>

/* This process's directory, made if need be; it belongs to us and nobody else can write to it.
 * malloc; NULL with a message (malloc). */
char *directory_own(char **message);

/* Where the files of process `pid` are: worked out from its user and its environment, the way it
 * did itself when it started.  malloc; NULL when there is no PID.status in any of these places. */
char *directory_of(pid_t pid);

/* "directory/PID.suffix".  malloc. */
char *directory_file(const char *directory, pid_t pid, const char *suffix);

/* Opens a file that a program has left, as open does: in another user's directory anything can
 * stand under its name, but only a regular file without a second name is opened.  -1 and errno. */
int directory_open_file(const char *path, int flags);

/* When the process started, in clock ticks since boot: with the PID it names one process for
 * good.  0: there is no such process (or it is a zombie). */
unsigned long long process_start_time(pid_t pid);

/* Removes the files of processes that are no more. */
void directory_remove_stale(const char *directory);

#endif
