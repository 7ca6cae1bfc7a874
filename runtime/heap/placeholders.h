/* placeholders.h -- addresses that stand for targets not known yet.
 *
 * Generated code stores what kitsune_xf_pointer returns, so it gets an address in a reserved range
 * that nothing else can have:
 *
 *      reserved range   | target 0      | target 1 | target 2            | ...
 *                       ^ units of 256 bytes, as many as the object needs and one byte more, so
 *                         that an address computed from a placeholder still tells its target
 *
 * After a conversion that drew placeholders its output is searched for them and the slots are
 * noted; when the targets are resolved the slots are patched.
 */
#ifndef KITSUNE_HEAP_PLACEHOLDERS_H
#define KITSUNE_HEAP_PLACEHOLDERS_H

#include "engine.h"

void placeholders_begin(void);
void placeholders_release(void);
/* For a target of deferred.h, with room for an object of this size. */
uintptr_t placeholder_make(uint32_t target, size_t object_size);
uint32_t placeholder_target(uintptr_t value);

#endif
