/* emit_values.h -- writing conversions of single values, shared by six files:
 *
 *      emit_expressions.c   lvalues; length and tag expressions of annotations
 *      emit_values.c        the statements for one conversion
 *      emit_enum.c          and for one of an enum
 *      emit_union.c         and for one of a tagged union
 *      emit_checked.c       and for one that may not fit
 *      emit_code.c          the functions around them
 *
 * A conversion is written in one of two styles:
 *
 *      convert   in and out are different memory: every member is assigned
 *      visit     the bits are there already: only pointers are looked at, and written when they
 *                lead elsewhere now
 */
#ifndef XFGEN_EMIT_VALUES_H
#define XFGEN_EMIT_VALUES_H

#include "emit.h"

/* Where the generated code stands: lvalues of both sides. */
struct context {
    const char *in, *out;           /* the value being converted */
    const char *root_in, *root_out; /* the outermost struct of this function */
    const char *self;               /* the struct that `self` means in length expressions */
    const char *old_parent;         /* lvalue of the struct the value is a member of, or NULL */
    int depth;
    const char *origin;             /* visiting: the value where, and as, the old version has it */
    const struct member_plan *unnamed; /* in and out are what this unnamed union is in; or NULL */
};

/* (*in) and member m: in->m. */
const char *field(struct emitter *emitter, const char *lvalue, const char *access);
/* &(*in) is in. */
const char *address_of(struct emitter *emitter, const char *lvalue);
/* (*in) without its parentheses, where a statement or argument needs none. */
const char *plain(struct emitter *emitter, const char *lvalue);
/* The annotation's expression in the terms of the generated code. */
const char *translate(struct emitter *emitter, const struct annotation *annotation,
                      const struct context *at);

void emit_indent(struct emitter *emitter, int depth);
/* The bytes of an unnamed union, as an lvalue: it has no name to say. */
const char *bytes_at(struct emitter *emitter, const char *lvalue, uint64_t offset, uint64_t size);
/* Where the code for a member stands, when that for what it is in stands at `at`. */
struct context member_context(struct emitter *emitter, const struct member_plan *member,
                              struct context at);
/* The same when it is visited: annotations are about the object as the old version has it. */
struct context visited_member_context(struct emitter *emitter, const struct member_plan *member,
                                      struct context at);
/* Bit-fields, which have no address, included. */
void emit_member_value(struct emitter *emitter, const struct conversion *conversion,
                       struct context at);
/* The code of a DROP, on the old member. */
void emit_drop(struct emitter *emitter, const struct dropped_member *dropped, struct context at);
void emit_tagged(struct emitter *emitter, const struct conversion *conversion, struct context at,
                 bool visit);
void emit_enum_switch(struct emitter *emitter, const struct conversion *conversion,
                      struct context at);
/* emit_checked.c: into less room, where it fits */
void emit_checked_number(struct emitter *emitter, const struct conversion *conversion,
                         struct context at);
/* `length`: how many elements are in use, where an annotation says so; or NULL. */
void emit_checked_tail(struct emitter *emitter, const struct conversion *conversion,
                       struct context at, const char *length);
bool is_aggregate(const struct conversion *conversion);
void emit_value(struct emitter *emitter, const struct conversion *conversion, struct context at);
void emit_visit(struct emitter *emitter, const struct conversion *conversion, struct context at);

/* Is it one at all?  (expression_form.c) */
bool has_form_of_expression(const char *text);
/* Does an expression look at more than the struct and variables: at another object, by a pointer or
 * a call? */
bool leads_elsewhere(const char *text);
/* Does an annotation's expression need the struct around it? */
bool mentions_self(const struct annotation *annotation);

#endif
