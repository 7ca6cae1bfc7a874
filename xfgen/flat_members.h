/* flat_members.h -- the members of a struct as C and rules name them: unnamed structs add nothing
 * to a name, so they are looked through. */
#ifndef XFGEN_FLAT_MEMBERS_H
#define XFGEN_FLAT_MEMBERS_H

#include "match.h"

/* One member as seen through unnamed structs. */
struct flat_member {
    const struct member *member;
    uint64_t offset;
    uint64_t bit_offset;
};

struct flat_list {
    struct flat_member *members;
    size_t count;
};

struct flat_list flatten(struct plan *plan, struct type *type);
const struct flat_member *find_flat(const struct flat_list *list, const char *name);
/* The position among unnamed unions, and the unnamed union at a position. */
size_t unnamed_position(const struct flat_list *list, size_t index);
const struct flat_member *find_unnamed(const struct flat_list *list, size_t position);

#endif
