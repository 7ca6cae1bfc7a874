/* quiet_write.h -- writing that fails with an error, and never with a signal.
 *
 * A write beyond the file-size limit (ulimit -f, LimitFSIZE=) raises SIGXFSZ, and one to a pipe
 * that nobody reads any more SIGPIPE; either ends a program that has not asked for it, and one
 * that has would be told of a write that is not its own.  The kernel sends both to the thread
 * that writes. Async-signal-safe.
 */
#ifndef KITSUNE_RUNTIME_QUIET_WRITE_H
#define KITSUNE_RUNTIME_QUIET_WRITE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct quiet_write {
    uint64_t mask;  /* of this thread, before */
    uint64_t taken; /* signals that are ours when they come now */
};

/* Around any call that makes a file larger or writes to a pipe.  errno stays as the call leaves
 * it. */
struct quiet_write quiet_write_begin(void);
void quiet_write_end(const struct quiet_write *quiet);

/* All of it, at the file's offset.  False: errno says why, and some of it may be written. */
bool quiet_write_all(int file, const void *bytes, size_t size);

#endif
