/* reverse.h -- the way back: the spec by which the new version's state becomes the old one's again.
 *
 *      the update's spec   struct user.name -> struct user.nick          turned round
 *                          INIT struct user.age: { ... }                 dropped on the way back
 *                          struct user.id -> struct user.key: { ... } does not run backwards
 *      the user's own      struct user.key -> struct user.id: { ... }    says what nothing else can
 *              |
 *              v
 *      one spec: the user's rules first, then those turned round that his say nothing about
 *
 * A plan for the way back (plan_make_back) is stricter than others in one respect and more willing
 * in another.  What the update dropped is no new thing there that may begin with zero, but
 * something lost: an error until a rule says what it is to be.  And what the update has only made
 * wider goes back by itself, value by value: a number that does not fit any more, or an array whose
 * tail is in use, ends the update when it is met.
 */
#ifndef XFGEN_REVERSE_H
#define XFGEN_REVERSE_H

#include "match.h"

struct reversal {
    struct spec *spec;
    size_t written; /* the user's part of its text; rules behind it were turned round */
    char **asked;   /* what the user was asked about: old paths, in `spec`'s terms new ones */
    size_t asked_count;
};

/* `forward` is the update's spec, with all its names checked; `back_path` the file of the user's
 * rules for the way back, or NULL.  Reports the rules that cannot be turned round. */
struct reversal reversal_make(const struct program *old_program, const struct program *new_program,
                              const struct spec *forward, const char *back_path,
                              struct messages *messages);
/* Its spec, too. */
void reversal_free(struct reversal *reversal);

#endif
