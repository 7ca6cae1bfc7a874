/* emit_symbols.c -- variables and functions of either version, as the generated code reaches them.
 *
 * In the user's blocks each has a macro for a name, so that the blocks stay readable, and as long
 * as they were written: $oldsym(server) becomes oldsym_server.
 */
#include "conversions.h"
#include "emit.h"

#include <string.h>

/* $oldsym(BUSY): a constant of the version's enum type. */
static const char *enumerator_value(struct emitter *emitter, const struct program *program,
                                    const char *name)
{
    const struct enumerator *found;
    struct type *type = type_of_enumerator(program, name, &found);

    return type ? arena_format(emitter->plan->arena, "((%s)%lld)",
                               declare(emitter, program, type, ""), (long long)found->value)
                : NULL;
}

const char *symbol_lvalue(struct emitter *emitter, const struct program *program, const char *key,
                          const char **reason)
{
    struct plan *plan = emitter->plan;
    const struct variable *variable = model_find_variable(program, key);
    const struct function *function = model_find_function(program, key);
    const struct local *local = model_find_local(program, key);
    bool is_new = version_of(emitter, program);
    bool by_key = is_new ? emitter->linked_in : emitter->old_by_key;
    const char *base = is_new ? "kitsune_new_base" : "kitsune_old_base";

    if (variable && !variable->has_address) {
        *reason = arena_format(plan->arena, "'%s' was optimised out of %s", key, program->path);
        return NULL;
    }
    if (variable && variable->is_thread_local) /* the updating thread's */
        return arena_format(plan->arena, "(*(%s)kitsune_lookup_key_%s(\"%s\"))",
                            pointer_to(emitter, view_of_type(program, variable->type), ""),
                            is_new ? "new" : "old", key);
    if (by_key && (variable || function))
        return arena_format(plan->arena, "(*(%s)kitsune_xf_%s_symbol(\"%s\"))",
                            variable ? pointer_to(emitter,
                                                  view_of_type(program, variable->type), "")
                                     : declare(emitter, program, function->type, "(*)"),
                            is_new ? "new" : "old", key);
    if (variable)
        return arena_format(plan->arena, "(*(%s)(%s + 0x%llx))",
                            pointer_to(emitter, view_of_type(program, variable->type), ""), base,
                            (unsigned long long)variable->address);
    if (function)
        return arena_format(plan->arena, "(*(%s)(%s + 0x%llx))",
                            declare(emitter, program, function->type, "(*)"), base,
                            (unsigned long long)function->address);
    if (local)
        return arena_format(plan->arena, "(*(%s)kitsune_lookup_key_%s(\"%s\"))",
                            pointer_to(emitter, view_of_type(program, local->type), ""),
                            is_new ? "new" : "old", key);
    base = enumerator_value(emitter, program, key);
    if (base)
        return base;
    *reason = arena_format(plan->arena, "%s has no variable or function '%s'", program->path, key);
    return NULL;
}

/* "oldsym_server_c_hidden"; another key of the same letters gets a number. */
static const char *macro_name(struct emitter *emitter, const struct program *program,
                              const char *key)
{
    const char *name = arena_format(emitter->plan->arena, "%ssym_%s",
                                    version_of(emitter, program) ? "new" : "old",
                                    identifier_from(emitter->plan, key));
    const struct symbol_macro *macro;

    for (macro = emitter->symbols; macro; macro = macro->next)
        if (strcmp(macro->name, name) == 0)
            return arena_format(emitter->plan->arena, "%s_%d", name, emitter->plan->serial++);
    return name;
}

const char *symbol_macro(const struct emitter *emitter, const struct program *program,
                         const char *key)
{
    const struct symbol_macro *macro;

    for (macro = emitter->symbols; macro; macro = macro->next)
        if (macro->program == program && strcmp(macro->key, key) == 0)
            return macro->name;
    return NULL;
}

static void add_symbol(struct emitter *emitter, const struct program *program, const char *key)
{
    const char *reason = NULL, *lvalue;
    struct symbol_macro *macro;

    if (symbol_macro(emitter, program, key))
        return;
    lvalue = symbol_lvalue(emitter, program, key, &reason);
    if (!lvalue)
        return; /* said where it is used */
    if (!emitter->symbols)
        fputs("/* Variables and functions that rules speak of. */\n", emitter->out);
    macro = arena_allocate(emitter->plan->arena, sizeof *macro);
    *macro = (struct symbol_macro){program, key, macro_name(emitter, program, key),
                                   emitter->symbols};
    emitter->symbols = macro;
    fprintf(emitter->out, "#define %s %s\n", macro->name, lvalue);
}

static void add_symbols(struct emitter *emitter, const struct segment *segment)
{
    for (; segment; segment = segment->next) {
        if (segment->kind == SEGMENT_OLDSYM)
            add_symbol(emitter, emitter->plan->old_program, segment->text);
        else if (segment->kind == SEGMENT_NEWSYM)
            add_symbol(emitter, emitter->plan->new_program, segment->text);
        add_symbols(emitter, segment->nested);
    }
}

void emit_symbols(struct emitter *emitter)
{
    const struct spec *spec = emitter->plan->spec;
    const struct rule *rule;
    const struct check *check;

    if (spec->prologue)
        add_symbols(emitter, spec->prologue->segments);
    for (rule = spec->rules; rule; rule = rule->next)
        if (rule->block && rule->used)
            add_symbols(emitter, rule->block->segments);
    for (rule = spec->drops; rule; rule = rule->next)
        if (rule->block && rule->used)
            add_symbols(emitter, rule->block->segments);
    for (check = spec->checks; check; check = check->next)
        add_symbols(emitter, check->block->segments);
    if (emitter->symbols)
        fputc('\n', emitter->out);
}
