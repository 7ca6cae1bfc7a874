/* trust.h -- whether somebody else could have changed a file.
 *
 * What a program loads becomes the program.  So nobody but its user and root may be able to
 * write to the file, or to put another in its place: the file, each directory on the way to it,
 * and each symbolic link followed must
 *
 *      belong to root or to the program's user,
 *      not be writable by everybody (a directory may when it is sticky, as /tmp is: what is in it
 *        and belongs to one of the two is safe there),
 *      and be writable by a group only if that is its owner's own group, in which nobody else is
 *        (with umask 002, as many systems have it).
 *
 * The path is walked here, name by name, each relative to the descriptor of the directory before,
 * and the file that is opened at its end is what was checked: renaming things meanwhile changes
 * nothing.  Users and groups are looked up in /etc/passwd and /etc/group themselves: asking the
 * name services would load their modules into the program.
 */
#ifndef KITSUNE_RUNTIME_TRUST_H
#define KITSUNE_RUNTIME_TRUST_H

#include <stdbool.h>
#include <sys/types.h>

/* Checks nothing; for allow-others-files, and for what is run as a shell runs it. */
#define TRUST_EVERYBODY ((uid_t)-1)

/* The user that a process is through and through.  One that is only partly another (setuid, or one
 * that becomes root again when it needs to) is root to us: what it loads could use both. */
uid_t trust_own_user(void);
/* The same of another process; false: there is none. */
bool trust_user_of(pid_t pid, uid_t *user);

/* The user may be the process's: its real, effective or saved one. */
bool trust_is_user_of(pid_t pid, uid_t user);

/* Opens a file or directory for reading if only root and `user` could have changed it.  -1 with
 * a message (malloc) that tells what is wrong and what to do; *message NULL: with errno. */
int trust_open(const char *path, uid_t user, char **message);

/* The same for a file that says what a program may load. */
int trust_open_settings(const char *path, uid_t user, char **message);

/* The same for a directory in which a program leaves its files. */
int trust_open_directory(const char *path, uid_t user, char **message);

#endif
