/* emit_code.c -- the functions of the transformer.
 *
 * For each pair that changes, a function that fills the new object from the old one; for each that
 * stays where it is but must be looked at, a function that visits it in place; for each variable
 * and noted local, one that migrates it.
 */
#include "conversions.h"
#include "emit_values.h"

#include <stdlib.h>
#include <string.h>

static bool is_written(const struct pair *pair)
{
    return !pair->layout_only && (pair->changes || pair->visits);
}

/* ---- Functions ------------------------------------------------------------------------------- */

/* A function of two pointers, `in_` and `out_`.  Its statements are written first, so that only
 * what they speak of is declared. */
struct c_function {
    const char *in, *out; /* declarations: "struct old_entry *in"; `in` NULL: there is nothing */
    FILE *outer;          /* where the function goes in the end */
    char *body;
    size_t length;
};

static void begin_statements(struct emitter *emitter, struct c_function *function)
{
    function->outer = emitter->out;
    emitter->out = open_memstream(&function->body, &function->length);
    if (!emitter->out)
        abort();
}

static bool speaks_of(const char *body, const char *word)
{
    size_t length = strlen(word);
    const char *at;

    for (at = body; (at = strstr(at, word)); at += length)
        if ((at == body || !is_name_byte(at[-1])) && !is_name_byte(at[length]))
            return true;
    return false;
}

static void end_statements(struct emitter *emitter, struct c_function *function)
{
    bool needs_in, needs_out;

    if (fclose(emitter->out) != 0)
        abort();
    emitter->out = function->outer;
    needs_in = function->in && speaks_of(function->body, "in");
    needs_out = speaks_of(function->body, "out");
    fputs("{\n", emitter->out);
    if (needs_in)
        fprintf(emitter->out, "    %s = in_;\n", function->in);
    if (needs_out)
        fprintf(emitter->out, "    %s = out_;\n", function->out);
    if (needs_in || needs_out)
        fputc('\n', emitter->out);
    if (!needs_in)
        fputs("    (void)in_;\n", emitter->out);
    if (!needs_out)
        fputs("    (void)out_;\n", emitter->out);
    fprintf(emitter->out, "%s}\n\n", function->body);
    free(function->body);
}

static void emit_pair_function(struct emitter *emitter, const struct pair *pair)
{
    struct context at = {"(*in)", "(*out)", "(*in)", "(*out)", NULL, NULL, 1, "(*in)", NULL};
    bool in_place = !pair->changes;
    struct c_function function = {
        .in = pointer_to(emitter, pair->old_view, "in"),
        .out = pointer_to(emitter, pair->new_view, "out")};

    fprintf(emitter->out, "/* %s, reached by %s: %llu -> %llu bytes%s */\n", pair->name,
            pair->reached_by, (unsigned long long)type_strip(pair->old_view.type)->size,
            (unsigned long long)type_strip(pair->new_view.type)->size,
            in_place ? ", in place" : "");
    fprintf(emitter->out, "static void %s_%s(void *in_, void *out_)\n",
            in_place ? "visit" : "convert", pair->identifier);
    begin_statements(emitter, &function);
    if (in_place) {
        at.in = at.out;
        at.root_in = at.out;
        emit_visit(emitter, pair->conversion, at);
    } else {
        emit_value(emitter, pair->conversion, at);
    }
    end_statements(emitter, &function);
}

static void emit_root_comment(struct emitter *emitter, const char *old_key, const char *new_key)
{
    if (!old_key)
        fprintf(emitter->out, "/* %s: new */\n", new_key);
    else if (strcmp(old_key, new_key) == 0)
        fprintf(emitter->out, "/* %s */\n", new_key);
    else
        fprintf(emitter->out, "/* %s -> %s */\n", old_key, new_key);
}

static void emit_root_function(struct emitter *emitter, const char *name, const char *old_key,
                               const char *new_key, struct view old_view, struct view new_view,
                               const struct conversion *conversion)
{
    struct context at = {"(*in)", "(*out)", "(*in)", "(*out)", NULL, NULL, 1, "(*in)", NULL};
    struct c_function function = {.out = pointer_to(emitter, new_view, "out")};

    if (old_view.type)
        function.in = pointer_to(emitter, old_view, "in");
    else
        at.in = at.root_in = NULL;
    emit_root_comment(emitter, old_key, new_key);
    fprintf(emitter->out, "static void %s(void *in_, void *out_)\n", name);
    begin_statements(emitter, &function);
    if (conversion->changes || !old_view.type || !is_aggregate(conversion)) {
        emit_value(emitter, conversion, at);
    } else if (conversion->kind != CONVERT_NOTHING) {
        fprintf(emitter->out, "    memcpy(out, in, sizeof *in);\n");
        emit_visit(emitter, conversion, at);
    }
    end_statements(emitter, &function);
}

/* The code of a DROP, on a variable that is gone. */
static void emit_drop_function(struct emitter *emitter, const struct variable_plan *entry)
{
    fprintf(emitter->out, "/* DROP %s */\nstatic void %s(void *in, void *out)\n{\n    (void)out;\n"
            "    %s(in, NULL, NULL, NULL);\n}\n\n", entry->old_variable->key,
            variable_function(emitter, entry), entry->conversion->function->name);
}

const char *variable_function(struct emitter *emitter, const struct variable_plan *entry)
{
    return arena_format(emitter->plan->arena, "%s_%s_%td",
                        entry->new_variable ? "migrate" : "drop",
                        identifier_from(emitter->plan, entry->new_variable
                                                           ? entry->new_variable->key
                                                           : entry->old_variable->key),
                        entry - emitter->plan->variables);
}

const char *local_function(struct emitter *emitter, const struct local_plan *entry)
{
    return arena_format(emitter->plan->arena, "migrate_local_%s_%td",
                        identifier_from(emitter->plan, entry->new_local->key),
                        entry - emitter->plan->locals);
}

static void emit_link(struct emitter *emitter, const struct link_plan *link)
{
    const char *separator = "";

    fprintf(emitter->out, "static const struct kitsune_link link_%d __attribute__((unused)) = {\n"
            "    .item = &pair_%s, .place = &pair_%s,\n"
            "    .old_offset = %llu, .new_offset = %llu,\n    .flags = ", link->number,
            link->item->identifier, link->place->identifier, (unsigned long long)link->old_offset,
            (unsigned long long)link->new_offset);
    if (link->is_head) {
        fputs("KITSUNE_LINK_OF_HEAD", emitter->out);
        separator = " | ";
    }
    if (link->heads_on_heap) {
        fprintf(emitter->out, "%sKITSUNE_LINK_HEADS_ON_HEAP", separator);
        separator = " | ";
    }
    if (link->announces)
        fprintf(emitter->out, "%sKITSUNE_LINK_ANNOUNCES,\n    .old_lead = %llu, .new_lead = %llu, "
                ".back_offset = %llu", separator, (unsigned long long)link->old_lead,
                (unsigned long long)link->new_lead, (unsigned long long)link->back_offset);
    fprintf(emitter->out, "%s,\n};\n", link->is_head || link->heads_on_heap ? "" : "0");
}

static void emit_declarations(struct emitter *emitter)
{
    const struct link_plan *link;
    const struct pair *pair;

    for (pair = emitter->plan->pairs; pair; pair = pair->next)
        fprintf(emitter->out, "static struct kitsune_type_pair pair_%s __attribute__((unused));\n",
                pair->identifier);
    fputc('\n', emitter->out);
    for (pair = emitter->plan->pairs; pair; pair = pair->next)
        if (is_written(pair))
            fprintf(emitter->out, "static void %s_%s(void *in_, void *out_);\n",
                    pair->changes ? "convert" : "visit", pair->identifier);
    for (link = emitter->plan->links; link; link = link->next)
        emit_link(emitter, link);
    for (pair = emitter->plan->pairs; pair; pair = pair->next)
        if (pair->is_invoked)
            fprintf(emitter->out, "static const struct kitsune_xform xform_%s =\n"
                    "    {.kind = KITSUNE_XFORM_PAIR, .pair = &pair_%s};\n", pair->identifier,
                    pair->identifier);
    fputc('\n', emitter->out);
}

void emit_conversions(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    const struct pair *pair;
    size_t i;

    fputs("/* ---- What is defined below ---- */\n\n", emitter->out);
    emit_declarations(emitter);
    declare_rule_functions(emitter);
    fputs("/* ---- Objects ---- */\n\n", emitter->out);
    for (pair = plan->pairs; pair; pair = pair->next)
        if (is_written(pair)) {
            emit_pair_function(emitter, pair);
            emit_tail_function(emitter, pair);
        }
    fputs("/* ---- Variables ---- */\n\n", emitter->out);
    for (i = 0; i < plan->variable_count; i++) {
        const struct variable_plan *entry = &plan->variables[i];
        struct view old_view = {.program = plan->old_program};

        if (!entry->conversion)
            continue;
        if (!entry->new_variable) {
            emit_drop_function(emitter, entry);
            continue;
        }
        if (entry->old_variable)
            old_view = view_of_variable(plan->old_program, entry->old_variable);
        emit_root_function(emitter, variable_function(emitter, entry),
                           entry->old_variable ? entry->old_variable->key : NULL,
                           entry->new_variable->key, old_view,
                           view_of_variable(plan->new_program, entry->new_variable),
                           entry->conversion);
    }
    for (i = 0; i < plan->local_count; i++) {
        const struct local_plan *entry = &plan->locals[i];
        struct view old_view = {.program = plan->old_program};

        if (!entry->conversion)
            continue;
        if (entry->old_local)
            old_view = view_of_local(plan->old_program, entry->old_local);
        emit_root_function(emitter, local_function(emitter, entry),
                           entry->old_local ? entry->old_local->key : NULL, entry->new_local->key,
                           old_view, view_of_local(plan->new_program, entry->new_local),
                           entry->conversion);
    }
}
