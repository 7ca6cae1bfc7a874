/* conversions.h -- the builders of conversion trees, shared by the conversions_*.c files. */
#ifndef XFGEN_CONVERSIONS_H
#define XFGEN_CONVERSIONS_H

#include "match.h"

/* The plan cannot be carried out; a message has said why. */
struct conversion *undecided(struct building *at, struct view old_view, struct view new_view);
/* The letters and digits of a text, the rest as underscores. */
const char *identifier_from(struct plan *plan, const char *text);
/* At any depth, by value. */
bool has_pointer(struct type *type);
bool names_agree(const struct type *old_type, const struct type *new_type);

/* conversions_scalar.c */
struct conversion *convert_number(struct building *at, struct view old_view, struct view new_view,
                                  struct view old_seen, struct view new_seen,
                                  struct source_place where);
bool is_character(const struct type *type);
enum number_class { NUMBER_BOOL, NUMBER_SIGNED, NUMBER_UNSIGNED, NUMBER_FLOAT, NUMBER_COMPLEX,
                    NUMBER_OTHER };
enum number_class number_class(const struct type *type);

/* The bits that an integer's value has, its sign among them. */
uint64_t width_of(struct view view);

/* conversions_enum.c */
struct conversion *convert_enum(struct building *at, struct view old_view, struct view new_view,
                                struct source_place where);
const struct enumerator *enumerator_named(const struct type *type, const char *name);
/* Every old name is there with the same value. */
bool enumerators_keep_values(const struct type *old_type, const struct type *new_type);
/* Or-ed values are mapped bit by bit. */
bool is_flags_enum(const struct type *type);
bool is_single_bit(int64_t value);

/* conversions_pointer.c */
struct conversion *convert_pointer(struct building *at, struct view old_view, struct view new_view,
                                   struct source_place where);

/* conversions_link.c: NULL when the pointer leads to no middle of anything, as far as is known */
struct conversion *convert_link(struct building *at, struct view old_view, struct view new_view,
                                struct source_place where);
/* Reports an annotation E_CONTAINER on a value (resolved) that is no link and no head. */
bool container_makes_sense(struct building *at, struct view view);
/* analysis.c: equal apart from typedefs and qualifiers; named by one version */
bool same_type(struct type *a, struct type *b);
/* analysis_links.c */
void links_settle_heads(struct plan *plan);
/* Reports a link, or head, by value that nothing is said about. */
void check_link(struct plan *plan, struct conversion *conversion);
void check_invoked_link(struct plan *plan, const struct pair *pair);

/* members.c */
/* At any depth of unnamed structs and unions. */
const struct member *member_named(const struct type *type, const char *name);

/* self_members.c */
/* Reports the members that the annotations of `member`, which is in the struct, name in vain. */
void check_self_members(struct plan *plan, const struct type *structure,
                        const struct member *member);

/* conversions.c */
struct conversion *convert_union(struct building *at, struct view old_view, struct view new_view,
                                 const struct place *old_places, const struct place *new_places,
                                 struct source_place where);
struct conversion *opaque_copy(struct building *at, struct view old_view, struct view new_view,
                               struct source_place where);

/* advice.c: below the message that the value cannot be converted */
void advise_number(const struct building *at, const struct type *old_type,
                   const struct type *new_type);
void advise_bits(const struct building *at, const struct type *old_type,
                 const struct type *new_type, unsigned bits);
void advise_shorter_array(const struct building *at, struct type *old_type, struct type *new_type);
void advise_pointer_array(const struct building *at, struct view old_pointee,
                          struct view new_pointee, const char *length);
void advise_single_pointer(struct plan *plan, const struct conversion *conversion);
void advise_many_pointers(struct plan *plan, const struct conversion *conversion);

#endif
