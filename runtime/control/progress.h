/* progress.h -- how far an update has come, while it goes on: a page that the program shares with
 * whoever looks.
 *
 *      DIRECTORY/PID.progress
 *
 * Made when the program starts and mapped for good, so that an update does not pay for it; the heap
 * engine writes its counts once for every block of objects.  A forked child has a page of its own,
 * like its status.
 */
#ifndef KITSUNE_RUNTIME_PROGRESS_H
#define KITSUNE_RUNTIME_PROGRESS_H

#include <stdbool.h>
#include <stdint.h>

#include "control/report.h"

/* Each word is written and read by itself; together they may be of different moments. */
struct progress {
    char magic[8]; /* PROGRESS_MAGIC */
    _Atomic int64_t step;       /* enum step; STEP_NONE: no update is under way */
    _Atomic int64_t step_since; /* moment */
    _Atomic int64_t update_since;
    _Atomic uint64_t objects_done, objects_known; /* of those reached so far */
    _Atomic uint64_t bytes_done;
};

#define PROGRESS_MAGIC "kitsune1"

/* Makes the file and maps it: again, in a child.  False and errno. */
bool progress_open(const char *path);
/* In a forked child, which has none. */
void progress_forget(void);
/* The page; before progress_open one that nobody sees. */
struct progress *progress_page(void);

/* In the tool: false when there is no such file. */
bool progress_read(const char *path, struct progress *progress);

#endif
