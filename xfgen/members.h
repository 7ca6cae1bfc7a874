/* members.h -- pairing the members of two structs: where each new one's value comes from
 * (members.c), and which old ones nothing takes over (members_dropped.c). */
#ifndef XFGEN_MEMBERS_H
#define XFGEN_MEMBERS_H

#include "conversions.h"
#include "flat_members.h"

struct pairing {
    struct building *at;
    struct view old_view, new_view;
    const struct place *old_places, *new_places;
    struct flat_list old_members, new_members;
};

/* A member as rules write it. */
const char *member_text(struct plan *plan, const struct place *places, struct view view,
                        const char *name);
/* Finds the old members that nothing takes over, and warns of those that no DROP is about. */
void note_dropped_members(const struct pairing *pairing, struct conversion *conversion);

#endif
