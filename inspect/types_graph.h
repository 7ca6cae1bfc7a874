/* types_graph.h -- the graph of types on the heap, as the plan of an update follows it.
 *
 *      variable --pointer member--> type --pointer member--> type
 *
 * A node is a variable, or a struct or union that a pointer leads to.  It has the pointers in it as
 * ports, those in structs by value and in arrays included; a pointer to a pointer is one port with
 * stars.  Scalars and text are left out.  What is followed is the plan's answer alone; without a
 * new version the plan is that from a version to itself, and only its shape is shown.
 */
#ifndef KITSUNE_INSPECT_TYPES_GRAPH_H
#define KITSUNE_INSPECT_TYPES_GRAPH_H

#include "match.h"

enum port_kind {
    PORT_POINTER,
    PORT_ARRAY,     /* to several of them */
    PORT_CONTAINER, /* into the middle, or to a list's head */
    PORT_OPAQUE,    /* kept, never followed */
    PORT_RULE,      /* a rule converts what it names in $xform */
    PORT_UNDECIDED,
};

struct port {
    enum port_kind kind;
    const char *name;        /* "next", "io.link", "slots[]" */
    const struct pair *pair; /* where it leads; NULL: OPAQUE, UNDECIDED */
    const char *target_name; /* OPAQUE, UNDECIDED: "void" */
    bool is_followed;
};

struct node {
    const struct variable *variable; /* a variable; */
    const struct local *local;       /* a noted local; */
    const struct pair *pair;         /* or a type */
    const struct conversion *conversion;
    struct port *ports;
    size_t port_count, port_capacity;
};

struct graph {
    struct plan *plan;
    struct node *nodes; /* variables and locals first */
    size_t node_count, node_capacity;
    size_t roots_hidden; /* variables without a pointer */
};

/* In the plan's arena. */
struct graph *graph_make(struct plan *plan);
/* Its index; node_count when the type is no node. */
size_t graph_find(const struct graph *graph, const struct pair *pair);

#endif
