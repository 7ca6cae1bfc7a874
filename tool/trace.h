/* trace.h -- the history of updates as a trace, for viewers of such: `kitsune log --trace`.
 *
 * The format is that of Chrome's trace events (JSON), which Perfetto reads as well.  A process is a
 * process there.  Its first track holds its updates:
 *
 *      update to server-2.so
 *        prepare | quiescence | the program stands
 *                             |   load | link | migration | entry | arrival | commit
 *
 * and each further thread has a track with when it was asked, stood, and entered the new version.
 */
#ifndef KITSUNE_TOOL_TRACE_H
#define KITSUNE_TOOL_TRACE_H

#include <jansson.h>

#include "records.h"

/* The newest `most` of the records.  Every time is relative to the earliest. */
json_t *trace_of_records(const struct records *records, size_t most);

#endif
