/* view.h -- a type as seen from one declaration: with the annotations that stand there, the generic
 * arguments in force, and what its pointers lead into (E_CONTAINER). */
#ifndef XFGEN_VIEW_H
#define XFGEN_VIEW_H

#include "model.h"
#include "spec.h"

struct plan;
struct view;

/* Generic parameters bound to what the use says. */
struct bindings {
    const char *name; /* "@t" */
    const struct view *value;
    const struct bindings *next;
};

/* The annotations of one declaration, while we are `level` derivations below its name.  Arguments
 * in them (E_G, E_T) are resolved in the bindings of the place where they are written. */
struct frame {
    const struct annotation *annotations;
    int level;
    const struct bindings *bindings;
    const struct frame *next;
};

struct view {
    const struct program *program;
    struct type *type;
    const struct frame *frames;      /* newest first */
    const struct bindings *bindings; /* in force inside the type */
    bool is_opaque;                  /* the generic argument [opaque] */
    uint32_t bit_size;               /* of a bit-field; 0: it is none */
    bool is_head;                    /* with container: where a list begins, not an item's link */
    const struct container *container; /* what the pointers in it lead to (E_CONTAINER) */
    const struct member *declared;   /* the member that this is the type of, and the struct */
    struct type *holder;             /* that it is in; NULL: a variable, or behind a pointer */
};

/* What E_CONTAINER(type, member) names in one version. */
struct container {
    const struct program *program;
    struct view item;             /* resolved; type NULL: there is no such thing */
    const struct member *member;  /* in an item; the last of a path io.link */
    uint64_t offset;              /* from the start of the item */
    const struct annotation *annotation; /* NULL: queue.h's names say so */
    const struct bindings *bindings;     /* where the annotation stands */
    const char *wrong;            /* why there is no such thing */
    bool is_reported;
    struct container *next;
};

/* ---- views.c, view_expressions.c ------------------------------------------------------------- */

struct view view_of_variable(const struct program *program, const struct variable *variable);
struct view view_of_local(const struct program *program, const struct local *local);
struct view view_of_type(const struct program *program, struct type *type);
/* `structure` must be resolved. */
struct view view_of_member(struct plan *plan, struct view structure, const struct member *member);
/* Pointee or element. */
struct view view_target(struct plan *plan, struct view view);
/* Below typedefs and qualifiers, generics bound, void with E_T replaced. */
struct view view_resolve(struct plan *plan, struct view view);
const struct annotation *view_annotation(struct view view, enum annotation_kind kind);
/* The pointee of a resolved pointer view, resolved; honours E_T in either position. */
struct view view_pointee(struct plan *plan, struct view pointer);
/* An annotation on the type's own definition. */
const struct annotation *annotation_of_type(const struct type *type, enum annotation_kind kind);
struct view view_opaque(const struct program *program);
/* `next` itself when there are no annotations. */
const struct frame *frame_new(struct plan *plan, const struct annotation *annotations, int level,
                              const struct bindings *bindings, const struct frame *next);
/* A name that is equal for equal views and for no others. */
const char *view_identity(struct plan *plan, struct view view);
/* For people: "struct list<int>". */
const char *view_name(struct plan *plan, struct view view);
/* A type expression of a rule or annotation.  Reports and returns false when unknown. */
bool view_of_expression(struct plan *plan, const struct program *program,
                        const struct type_expression *expression,
                        const struct bindings *bindings, struct view *result,
                        const char **unknown);
/* What an expression of kind EXPRESSION_NAMED names; NULL when there is none. */
struct type *type_named_by(const struct program *program,
                           const struct type_expression *expression);
struct bindings *bind(struct plan *plan, const char *name, struct view value,
                      const struct bindings *next);

/* ---- containers.c ---------------------------------------------------------------------------- */

/* Finds what the annotations of both versions name, so that a link is known for one when only the
 * head says so. */
void containers_collect(struct plan *plan);
/* What the annotation names; a message says when there is no such thing. */
const struct container *container_of(struct plan *plan, const struct program *program,
                                     const struct annotation *annotation,
                                     const struct bindings *bindings);
/* What an annotation of the other version would name in this one, where nothing is said. */
const struct container *container_like(struct plan *plan, const struct program *program,
                                       const struct annotation *annotation, const char **wrong);
/* What the pointers in a resolved struct lead to: by an annotation on it, by the container that it
 * is the link of, by its members' names if they are those of queue.h. */
struct view container_enter(struct plan *plan, struct view structure);
/* An annotation on a pointer that is about the list heads which that leads to; or NULL. */
const struct container *container_beyond(struct plan *plan, struct view pointer);
/* A pointer to one pointer, by the names of queue.h. */
bool is_queue_pointer(struct view pointer);
/* The offset of a member at any depth, by value.  False when it is not there, or there twice. */
bool offset_of_member(struct type *type, const struct member *member, uint64_t *offset);
/* With the bindings that its arguments are to be resolved in. */
const struct annotation *view_annotation_with(struct view view, enum annotation_kind kind,
                                              const struct bindings **bindings);

#endif
