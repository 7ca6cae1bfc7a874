/* types_graph.c -- the graph of types on the heap, as the plan of an update follows it. */
#include "types_graph.h"

#include "conversions.h"
#include "diff.h"

#include <stdlib.h>

/* Deeper than any type is: a guard against a plan that failed half-way. */
enum { MOST_DEPTH = 64 };

static bool is_aggregate(const struct pair *pair)
{
    enum type_kind kind = type_strip(pair->new_view.type)->kind;

    return kind == TYPE_STRUCT || kind == TYPE_UNION;
}

static void add_port(struct graph *graph, size_t node, struct port port)
{
    struct node *of = &graph->nodes[node];

    *(struct port *)grow_in_arena(graph->plan->arena, &of->ports, &of->port_count,
                                  &of->port_capacity, sizeof port) = port;
}

static void add_unfollowed(struct graph *graph, size_t node, const struct conversion *conversion,
                           const char *name)
{
    struct type *type = conversion->new_view.type ? type_strip(conversion->new_view.type) : NULL;
    struct type *target = type && type->kind == TYPE_POINTER ? type_strip(type->target) : NULL;
    char *text;

    if (!target || (target->kind != TYPE_STRUCT && target->kind != TYPE_UNION &&
                    target->kind != TYPE_VOID))
        return;
    text = type_to_string(target, "");
    add_port(graph, node,
             (struct port){conversion->undecided ? PORT_UNDECIDED : PORT_OPAQUE, name, NULL,
                           arena_copy_string(graph->plan->arena, text ? text : ""), false});
    free(text);
}

static void add_pointer(struct graph *graph, size_t node, const struct conversion *conversion,
                        const char *name)
{
    struct arena *arena = graph->plan->arena;
    const struct conversion *at = conversion;
    bool is_array = false;
    int depth;

    for (depth = 0; depth < MOST_DEPTH && at && at->kind == CONVERT_POINTER; depth++) {
        is_array |= at->length != NULL;
        if (!at->pair || is_aggregate(at->pair))
            break;
        name = arena_format(arena, at->length ? "%s[]" : "*%s", name);
        at = at->pair->conversion;
    }
    if (!at || at->kind != CONVERT_POINTER || !at->pair)
        return; /* to scalars, text or code */
    if (at->length)
        name = arena_format(arena, "%s[]", name);
    add_port(graph, node, (struct port){at->undecided ? PORT_UNDECIDED
                                        : at->link ? PORT_CONTAINER
                                        : is_array ? PORT_ARRAY : PORT_POINTER,
                                        name, at->pair, NULL, is_followed(conversion)});
}

/* The code of a rule names what it converts. */
static void add_rule(struct graph *graph, size_t node, const struct conversion *conversion,
                     const char *name)
{
    const struct rule *rule = conversion->function ? conversion->function->rule : NULL;
    const struct segment *segment = rule && rule->block ? rule->block->segments : NULL;

    for (; segment && !graph->plan->failed; segment = segment->next) {
        const struct pair *pair = segment->kind == SEGMENT_XFORM ? xform_pair(graph->plan, segment)
                                                                 : NULL;

        if (pair && pair->conversion && is_aggregate(pair))
            add_port(graph, node, (struct port){PORT_RULE, name[0] ? name : "by rule", pair, NULL,
                                                true});
    }
}

static void add_ports(struct graph *graph, size_t node, const struct conversion *conversion,
                      const char *name, int depth)
{
    struct arena *arena = graph->plan->arena;
    size_t i;

    if (!conversion || depth > MOST_DEPTH)
        return;
    switch (conversion->kind) {
    case CONVERT_POINTER:
        add_pointer(graph, node, conversion, name);
        break;
    case CONVERT_PAIR:
        add_ports(graph, node, conversion->pair->conversion, name, depth + 1);
        break;
    case CONVERT_ARRAY:
        add_ports(graph, node, conversion->element, arena_format(arena, "%s[]", name), depth + 1);
        break;
    case CONVERT_RULE:
        add_rule(graph, node, conversion, name);
        break;
    case CONVERT_MEMBERS:
    case CONVERT_TAGGED:
        for (i = 0; i < conversion->member_count; i++) {
            const char *access = conversion->members[i].new_access;

            add_ports(graph, node, conversion->members[i].conversion,
                      !access || !access[0] ? name
                      : arena_format(arena, "%s%s%s", name, name[0] ? "." : "", access), depth + 1);
        }
        break;
    default:
        add_unfollowed(graph, node, conversion, name);
        break;
    }
}

static size_t add_node(struct graph *graph, struct node node)
{
    *(struct node *)grow_in_arena(graph->plan->arena, &graph->nodes, &graph->node_count,
                                  &graph->node_capacity, sizeof node) = node;
    add_ports(graph, graph->node_count - 1, node.conversion, "", 0);
    return graph->node_count - 1;
}

/* One without pointers leads nowhere, and is only counted. */
static void add_root(struct graph *graph, const struct variable *variable,
                     const struct local *local, const struct conversion *conversion)
{
    size_t index = add_node(graph, (struct node){.variable = variable, .local = local,
                                                 .conversion = conversion});

    if (!graph->nodes[index].port_count) {
        graph->node_count--;
        graph->roots_hidden++;
    }
}

size_t graph_find(const struct graph *graph, const struct pair *pair)
{
    size_t i;

    for (i = 0; i < graph->node_count; i++)
        if (graph->nodes[i].pair && graph->nodes[i].pair == pair)
            return i;
    return graph->node_count;
}

struct graph *graph_make(struct plan *plan)
{
    struct graph *graph = arena_allocate(plan->arena, sizeof *graph);
    size_t i, j;

    graph->plan = plan;
    for (i = 0; i < plan->variable_count; i++)
        if (plan->variables[i].new_variable && plan->variables[i].conversion &&
            !plan->variables[i].new_variable->is_constant)
            add_root(graph, plan->variables[i].new_variable, NULL, plan->variables[i].conversion);
    for (i = 0; i < plan->local_count; i++)
        if (plan->locals[i].conversion)
            add_root(graph, NULL, plan->locals[i].new_local, plan->locals[i].conversion);
    for (i = 0; i < graph->node_count; i++) /* nodes are added while it goes on */
        for (j = 0; j < graph->nodes[i].port_count; j++) {
            const struct pair *pair = graph->nodes[i].ports[j].pair;

            if (pair && graph_find(graph, pair) == graph->node_count)
                add_node(graph, (struct node){.pair = pair, .conversion = pair->conversion});
        }
    return graph;
}
