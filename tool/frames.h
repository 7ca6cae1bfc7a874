/* frames.h -- the backtrace of an update that failed, with source lines where debug information is
 * at hand. */
#ifndef KITSUNE_TOOL_FRAMES_H
#define KITSUNE_TOOL_FRAMES_H

#include <stdbool.h>
#include <stddef.h>

#include "common/fields.h"

struct frame {
    char *address;  /* "0x256b", the module's own */
    char *function; /* "convert_struct_item+0xb"; NULL: not known */
    char *module;   /* path */
    char *source;   /* "rules.xf:3"; NULL: not known */
};

struct backtrace {
    struct frame *frames;
    size_t count;
};

/* The fields PREFIXframe_N, innermost first, or, with `thread` (else ""), those of one of the
 * threads that kept the update from happening: PREFIXstack_0_frame_N for "stack_0_". */
struct backtrace backtrace_read(const struct fields *fields, const char *prefix,
                                const char *thread);
void backtrace_free(struct backtrace *backtrace);

/* The line of the rules in which it happened; NULL: in none. */
const char *backtrace_rule(const struct backtrace *backtrace);

#endif
