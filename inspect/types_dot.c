/* types_dot.c -- the graph of types on the heap, in Graphviz's language.
 *
 * Nodes are tables: a heading, then a row for each pointer, where its edge begins.  A file of the
 * program is a cluster.
 */
#include "types_dot.h"

#include "diff.h"
#include "html.h"
#include "types_graph.h"

#include <string.h>

enum fate { FATE_SHAPE, FATE_REBUILT, FATE_WALKED, FATE_PRUNED }; /* SHAPE: no update is shown */

static const struct { const char *fill, *line, *text; } colours[] = {
    [FATE_SHAPE] = {"#eef1f5", "#4b5563", "#111827"},
    [FATE_REBUILT] = {"#ffdfb0", "#b45309", "#111827"},
    [FATE_WALKED] = {"#d8ecff", "#1d5fa8", "#111827"},
    [FATE_PRUNED] = {"#f4f4f4", "#b3b3b3", "#8a8a8a"},
};

struct drawing {
    const struct graph *graph;
    FILE *stream;
    bool is_update;
};

static enum fate fate_of(const struct drawing *drawing, const struct node *node)
{
    const struct conversion *conversion = node->conversion;
    bool changes = node->pair ? node->pair->changes : conversion && conversion->changes;
    bool visits = node->pair ? node->pair->visits : conversion && conversion->visits;

    return !drawing->is_update ? FATE_SHAPE : changes ? FATE_REBUILT : visits ? FATE_WALKED
                                                                              : FATE_PRUNED;
}

/* ---- Nodes ----------------------------------------------------------------------------------- */

static const char *sizes_of(const struct drawing *drawing, const struct node *node)
{
    struct arena *arena = drawing->graph->plan->arena;
    uint64_t old = type_strip(node->pair->old_view.type)->size;
    uint64_t new = type_strip(node->pair->new_view.type)->size;

    if (old != new)
        return arena_format(arena, "%llu \xe2\x86\x92 %llu bytes", (unsigned long long)old,
                            (unsigned long long)new);
    return arena_format(arena, "%llu byte%s", (unsigned long long)new, new == 1 ? "" : "s");
}

static void write_heading(const struct drawing *drawing, const struct node *node)
{
    const char *name = node->variable ? node->variable->key
                       : node->local ? node->local->key : node->pair->name;

    html_print(drawing->stream, "<b>%s</b>", name);
    if (node->pair)
        html_print(drawing->stream, "<br/><font point-size=\"9\">%s%s</font>",
                   sizes_of(drawing, node),
                   node->pair->conversion && node->pair->conversion->kind == CONVERT_RULE
                       ? ", by a rule" : "");
}

/* From a type to itself: a sign in its row says so without a line across it. */
static bool is_to_itself(const struct node *node, const struct port *port)
{
    return node->pair && port->pair == node->pair;
}

static void write_node(const struct drawing *drawing, size_t index)
{
    const struct node *node = &drawing->graph->nodes[index];
    enum fate fate = fate_of(drawing, node);
    size_t i;

    html_print(drawing->stream, "    n%zu [label=<<table border=\"%d\" cellborder=\"%d\" "
               "cellspacing=\"0\" cellpadding=\"4\" color=\"%s\" style=\"%s\"><tr><td port=\"t\" "
               "bgcolor=\"%s\"><font color=\"%s\">", index, !node->pair, !!node->pair,
               colours[fate].line, node->pair ? "solid" : "rounded", colours[fate].fill,
               colours[fate].text);
    write_heading(drawing, node);
    fputs("</font></td></tr>", drawing->stream);
    for (i = 0; i < node->port_count; i++)
        if (node->ports[i].name[0])
            html_print(drawing->stream, "<tr><td port=\"p%zu\" align=\"left\"><font color=\"%s\" "
                       "point-size=\"10\">%s%s</font></td></tr>", i, colours[fate].text,
                       node->ports[i].name,
                       is_to_itself(node, &node->ports[i]) ? " \xe2\x86\xba" : "");
    fputs("</table>>];\n", drawing->stream);
}

static const char *file_of(const struct node *node)
{
    const struct type *type = node->pair ? type_strip(node->pair->new_view.type) : NULL;
    const char *file = node->variable ? node->variable->file
                       : node->local ? node->local->file : type->place.file;

    return file ? file_name(file) : "";
}

static void write_cluster(const struct drawing *drawing, size_t first)
{
    const char *file = file_of(&drawing->graph->nodes[first]);
    size_t i;

    if (file[0])
        html_print(drawing->stream, "  subgraph cluster_%zu {\n    label=<<i>%s</i>>;\n", first,
                   file);
    for (i = first; i < drawing->graph->node_count; i++)
        if (strcmp(file_of(&drawing->graph->nodes[i]), file) == 0)
            write_node(drawing, i);
    if (file[0])
        fputs("  }\n", drawing->stream);
}

static bool is_first_of_file(const struct graph *graph, size_t index)
{
    size_t i;

    for (i = 0; i < index; i++)
        if (strcmp(file_of(&graph->nodes[i]), file_of(&graph->nodes[index])) == 0)
            return false;
    return true;
}

/* ---- Edges ----------------------------------------------------------------------------------- */

static const char *look_of(enum port_kind kind)
{
    static const char *const looks[] = {
        [PORT_POINTER] = "arrowhead=normal", [PORT_ARRAY] = "arrowhead=normalnormal",
        [PORT_CONTAINER] = "arrowhead=odotnormal", [PORT_OPAQUE] = "arrowhead=normal, style=dashed",
        [PORT_RULE] = "arrowhead=normal, style=dotted",
        [PORT_UNDECIDED] = "arrowhead=normal, style=dashed, penwidth=2",
    };

    return looks[kind];
}

static const char *colour_of(const struct drawing *drawing, const struct port *port)
{
    size_t target = graph_find(drawing->graph, port->pair);

    if (port->kind == PORT_UNDECIDED)
        return "#d0102f";
    if (!drawing->is_update)
        return colours[FATE_SHAPE].line;
    if (!port->is_followed || target == drawing->graph->node_count)
        return colours[FATE_PRUNED].line;
    return colours[fate_of(drawing, &drawing->graph->nodes[target])].line;
}

/* Opaque targets are small words of their own, so that nothing seems to meet in `void`. */
static void write_edge(const struct drawing *drawing, size_t from, size_t index)
{
    const struct port *port = &drawing->graph->nodes[from].ports[index];
    const char *colour = colour_of(drawing, port);
    const char *at = port->name[0] ? arena_format(drawing->graph->plan->arena, "p%zu:e", index)
                                   : "t:e";

    if (!port->pair) {
        html_print(drawing->stream, "  x%zu_%zu [shape=plain, fontsize=9, fontcolor=\"%s\", "
                   "label=<%s>];\n  n%zu:%s -> x%zu_%zu [color=\"%s\", ", from, index, colour,
                   port->target_name, from, at, from, index, colour);
    } else {
        html_print(drawing->stream, "  n%zu:%s -> n%zu:t [color=\"%s\", ", from, at,
                   graph_find(drawing->graph, port->pair), colour);
    }
    fprintf(drawing->stream, "%s];\n", look_of(port->kind));
}

/* ---- The legend ------------------------------------------------------------------------------ */

static void write_fate(const struct drawing *drawing, enum fate fate, const char *words)
{
    html_print(drawing->stream, "<tr><td bgcolor=\"%s\" border=\"1\" color=\"%s\">   </td>"
               "<td align=\"left\">%s</td></tr>", colours[fate].fill, colours[fate].line, words);
}

static void write_line(const struct drawing *drawing, const char *line, const char *words)
{
    html_print(drawing->stream, "<tr><td>%s</td><td align=\"left\">%s</td></tr>", line, words);
}

static void write_legend(const struct drawing *drawing)
{
    const struct graph *graph = drawing->graph;

    fputs("  legend [label=<<table border=\"1\" cellborder=\"0\" cellspacing=\"2\" "
          "color=\"#9ca3af\">", drawing->stream);
    if (drawing->is_update) {
        write_fate(drawing, FATE_REBUILT, "transformed: its objects are converted");
        write_fate(drawing, FATE_WALKED, "walked: stays, and what it points to is looked at");
        write_fate(drawing, FATE_PRUNED, "pruned: never looked at");
    }
    write_line(drawing, "\xe2\x94\x80\xe2\x96\xb6", "pointer to one");
    write_line(drawing, "\xe2\x94\x80\xe2\x96\xb6\xe2\x96\xb6", "pointer to several (E_PTRARRAY)");
    write_line(drawing, "\xe2\x94\x80\xe2\x97\x8b\xe2\x96\xb6",
               "into the middle, or to a list's head (E_CONTAINER)");
    write_line(drawing, "\xe2\x86\xba", "to another of the same type");
    write_line(drawing, "- -\xe2\x96\xb6", "kept and not followed (opaque); red: to be decided");
    write_line(drawing, "\xc2\xb7\xc2\xb7\xe2\x96\xb6", "by a rule's code");
    html_print(drawing->stream, "<tr><td colspan=\"2\" align=\"left\">rounded: variables; %zu "
               "without pointers are not shown</td></tr></table>>, fontsize=10];\n",
               graph->roots_hidden);
}

/* ---- All ------------------------------------------------------------------------------------- */

void types_write_dot(struct plan *plan, bool is_update, FILE *stream)
{
    const struct graph *graph = graph_make(plan);
    const struct drawing drawing = {graph, stream, is_update};
    size_t i, j;

    fputs("digraph types {\n  rankdir=LR; ranksep=0.9; nodesep=0.25; fontname=\"Helvetica\"; "
          "fontsize=11; fontcolor=\"#6b7280\"; color=\"#d1d5db\";\n"
          "  node [shape=plain, fontname=\"Helvetica\", fontsize=12];\n"
          "  edge [arrowsize=0.7];\n", stream);
    html_print(stream, "  labelloc=t; label=<<font point-size=\"16\" color=\"#111827\">%s%s%s"
               "</font>>;\n", file_name(plan->old_program->path), is_update ? " \xe2\x86\x92 " : "",
               is_update ? file_name(plan->new_program->path) : "");
    for (i = 0; i < graph->node_count; i++)
        if (is_first_of_file(graph, i))
            write_cluster(&drawing, i);
    for (i = 0; i < graph->node_count; i++)
        for (j = 0; j < graph->nodes[i].port_count; j++)
            if (!is_to_itself(&graph->nodes[i], &graph->nodes[i].ports[j]))
                write_edge(&drawing, i, j);
    write_legend(&drawing);
    fputs("}\n", stream);
}
