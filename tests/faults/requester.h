/* requester.h -- a program that lets itself be updated by `kitsune update`, which a shell runs
 * for it: faults_requester in faults.sh.
 *
 * By calls that never are made to fail: what it writes and reads meanwhile is no part of the
 * update.
 */
#ifndef KITSUNE_TESTS_REQUESTER_H
#define KITSUNE_TESTS_REQUESTER_H

#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/uio.h>
#include <unistd.h>

static int requester_questions, requester_answers;
static bool requester_is_asked;

static inline void requester_open(void)
{
    requester_questions = open("questions", O_RDWR | O_CLOEXEC);
    requester_answers = open("answers", O_RDWR | O_CLOEXEC | O_NONBLOCK);
    if (requester_questions < 0 || requester_answers < 0)
        abort();
}

/* For an update to that version. */
static inline void requester_ask(const char *next)
{
    char line[200];
    int length = snprintf(line, sizeof line, "%d %s\n", (int)getpid(), next);
    requester_is_asked = true;
    if (writev(requester_questions, &(struct iovec){line, (size_t)length}, 1) != length)
        abort();
}

/* The tool has ended, whatever has become of it. */
static inline bool requester_has_answered(void)
{
    char byte;
    if (readv(requester_answers, &(struct iovec){&byte, 1}, 1) != 1)
        return false;
    requester_is_asked = false;
    return true;
}

#endif
