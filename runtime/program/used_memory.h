/* used_memory.h -- the memory in which the program may keep something: private, writable, touched.
 *
 * Memory that was reserved and never touched holds nothing; of that there may be terabytes.
 */
#ifndef KITSUNE_RUNTIME_USED_MEMORY_H
#define KITSUNE_RUNTIME_USED_MEMORY_H

#include <stdbool.h>
#include <stdint.h>

/* True: it has found what it looks for. */
typedef bool used_memory_visitor(uintptr_t start, uintptr_t end, void *argument);

/* The variables of the running version, the heap, stacks, and what malloc or the program has
 * mapped, piece by piece, until `visit` returns true.  What has been unmapped meanwhile may be
 * among it. Without malloc; async-signal-safe. */
bool used_memory_visit(used_memory_visitor *visit, void *argument);

#endif
