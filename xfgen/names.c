/* names.c -- names in rules and their blocks that neither version has.
 *
 * All of them are found before anything is matched: what follows from a wrong name is not worth
 * reading.  Each is reported under the name itself, with the likeliest one that was meant: the same
 * name in its full form, the same name of another kind, one spelt nearly so, or the other
 * version's.
 */
#include "match.h"

#include <stdlib.h>
#include <string.h>

/* ---- What exists ----------------------------------------------------------------------------- */

static enum type_kind kind_of_root(enum path_root root)
{
    switch (root) {
    case ROOT_STRUCT: return TYPE_STRUCT;
    case ROOT_UNION: return TYPE_UNION;
    case ROOT_ENUM: return TYPE_ENUM;
    default: return TYPE_TYPEDEF;
    }
}

static struct type *root_type(const struct program *program, const struct path *path)
{
    const struct variable *variable;
    const struct local *local;

    if (path->root != ROOT_VARIABLE)
        return model_find_type(program, kind_of_root(path->root), path->name);
    variable = model_find_variable(program, path->name);
    if (variable)
        return variable->type;
    local = model_find_local(program, path->name);
    return local ? local->type : NULL;
}

static bool has_key(const struct program *program, const char *key)
{
    return model_find_variable(program, key) || model_find_function(program, key) ||
           model_find_local(program, key);
}

static bool has_root(const struct program *program, const struct path *path)
{
    return path->root == ROOT_VARIABLE ? has_key(program, path->name)
                                       : root_type(program, path) != NULL;
}

static struct type *find_member_type(struct type *type, const char *name)
{
    size_t i;
    struct type *found;

    for (i = 0; i < type->member_count; i++) {
        if (type->members[i].name && strcmp(type->members[i].name, name) == 0)
            return type->members[i].type;
        if (!type->members[i].name) {
            found = find_member_type(type_strip(type->members[i].type), name);
            if (found)
                return found;
        }
    }
    return NULL;
}

struct type *type_of_path(const struct program *program, const struct path *path)
{
    struct type *type = root_type(program, path);
    size_t i;

    for (i = 0; type && i < path->member_count; i++) {
        type = type_strip(type);
        type = type->kind == TYPE_STRUCT || type->kind == TYPE_UNION
                   ? find_member_type(type, path->members[i])
                   : NULL;
    }
    return type;
}

/* ---- What may have been meant ---------------------------------------------------------------- */

/* Names to choose from; `shown` is what is proposed when `names` at the same index is near. */
struct candidates {
    const char **names, **shown;
    size_t count, capacity;
};

static void add_candidate(struct candidates *candidates, const char *name, const char *shown)
{
    if (candidates->count == candidates->capacity) {
        candidates->capacity = candidates->capacity ? 2 * candidates->capacity : 256;
        candidates->names = realloc(candidates->names,
                                    candidates->capacity * sizeof *candidates->names);
        candidates->shown = realloc(candidates->shown,
                                    candidates->capacity * sizeof *candidates->shown);
        if (!candidates->names || !candidates->shown) {
            fputs("xfgen: error: out of memory\n", stderr);
            exit(EXIT_FAILURE);
        }
    }
    candidates->names[candidates->count] = name;
    candidates->shown[candidates->count++] = shown;
}

/* The one that is nearest, as it is to be written; NULL when none is near. */
static const char *choose(struct candidates *candidates, const char *name)
{
    const char *near = did_you_mean(name, candidates->names, candidates->count);
    const char *shown = NULL;
    size_t i;

    for (i = 0; near && !shown; i++)
        if (candidates->names[i] == near)
            shown = candidates->shown[i];
    free(candidates->names);
    free(candidates->shown);
    return shown;
}

/* "name" in "file.c/function#name". */
const char *own_name(const char *key)
{
    const char *slash = strrchr(key, '/');
    const char *hash = strchr(slash ? slash : key, '#');

    return hash ? hash + 1 : slash ? slash + 1 : key;
}

static void add_key(struct candidates *full, struct candidates *own, const char *key)
{
    add_candidate(full, key, key);
    add_candidate(own, own_name(key), key);
}

/* Variables, functions and locals: by their keys first, then by the last part alone. */
const char *likely_key(const struct program *program, const char *name)
{
    struct candidates full = {0}, own = {0};
    const char *near, *nearer;
    size_t i;

    for (i = 0; i < program->variable_count; i++)
        add_key(&full, &own, program->variables[i].key);
    for (i = 0; i < program->function_count; i++)
        add_key(&full, &own, program->functions[i].key);
    for (i = 0; i < program->local_count; i++)
        if (program->locals[i].is_noted)
            add_key(&full, &own, program->locals[i].key);
    nearer = choose(&own, own_name(name));
    near = choose(&full, name);
    /* The very name, in another file or function, is nearer than one that is spelt differently. */
    return near && !(nearer && strcmp(own_name(nearer), own_name(name)) == 0) ? near : nearer;
}

/* A type's name with the word that goes before it in rules, or in C. */
static const char *type_text(struct plan *plan, const struct type *type, bool in_rules)
{
    switch (type->kind) {
    case TYPE_STRUCT: return arena_format(plan->arena, "struct %s", type->name);
    case TYPE_UNION: return arena_format(plan->arena, "union %s", type->name);
    case TYPE_ENUM: return arena_format(plan->arena, "enum %s", type->name);
    case TYPE_TYPEDEF:
        if (in_rules)
            return arena_format(plan->arena, "typedef %s", type->name);
        /* fall through */
    default: return type->name;
    }
}

const char *likely_type(struct plan *plan, const struct program *program, const char *name,
                        bool in_rules)
{
    struct candidates candidates = {0};
    size_t i;

    for (i = 0; i < program->named_type_count; i++) {
        const struct type *type = program->named_types[i];

        if (type->name && !(in_rules && type->kind == TYPE_BASE) &&
            !(type->from_system && type->name[0] == '_'))
            add_candidate(&candidates, type->name, type_text(plan, type, in_rules));
    }
    return choose(&candidates, name);
}

static const char *likely_member(const struct type *structure, const char *name)
{
    struct candidates candidates = {0};
    size_t i;

    for (i = 0; i < structure->member_count; i++)
        if (structure->members[i].name)
            add_candidate(&candidates, structure->members[i].name, structure->members[i].name);
    return choose(&candidates, name);
}

/* ---- Paths ----------------------------------------------------------------------------------- */

static void help_with_root(struct plan *plan, const struct program *program,
                           const struct path *path)
{
    bool is_old = program == plan->old_program;
    const struct program *other = is_old ? plan->new_program : plan->old_program;
    const char *near = path->root == ROOT_VARIABLE ? likely_key(program, path->name) : NULL;
    const char *type = likely_type(plan, program, path->name, true);
    bool is_exact = type && strcmp(strchr(type, ' ') + 1, path->name) == 0;

    if (path->root != ROOT_VARIABLE ||
        (is_exact && !(near && strcmp(own_name(near), path->name) == 0)))
        near = type;
    if (path->root != ROOT_VARIABLE && !is_exact && has_key(program, path->name))
        near = path->name;
    if (near)
        report_help(plan->messages, "did you mean '%s'?", near);
    else if (has_root(other, path) && is_old)
        report_help(plan->messages, "only the new version has it; to give it a value, write: "
                    "INIT %s: { $out = ...; }", path->text);
    else if (has_root(other, path))
        report_help(plan->messages, "only the old version has it; a rule says on its right side "
                    "what it becomes");
    else if (path->root == ROOT_VARIABLE)
        report_help(plan->messages, "file statics are written file.c/name, locals of noted "
                    "functions function#name, static locals file.c/function#name");
}

static void help_with_member(struct plan *plan, struct type *structure, const char *name)
{
    struct type *target = structure->kind == TYPE_POINTER ? type_strip(structure->target) : NULL;
    const char *near = likely_member(structure, name);

    if (near)
        report_help(plan->messages, "did you mean '%s'?", near);
    else if (target && target->name && (target->kind == TYPE_STRUCT || target->kind == TYPE_UNION))
        report_help(plan->messages, "what a pointer leads to is named by its type: '%s.%s'",
                    type_text(plan, target, true), name);
}

/* What has no such member: "a pointer has no members". */
static const char *memberless(struct plan *plan, const struct type *structure)
{
    switch (structure->kind) {
    case TYPE_STRUCT:
    case TYPE_UNION:
    case TYPE_ENUM:
        return structure->name ? arena_format(plan->arena, "'%s'", type_text(plan, structure, true))
                               : "this struct";
    case TYPE_POINTER: return "a pointer";
    case TYPE_ARRAY: return "an array";
    default: return structure->name ? arena_format(plan->arena, "'%s'", structure->name)
                                    : "this";
    }
}

static void check_members(struct plan *plan, const struct program *program,
                          const struct path *path, struct type *type)
{
    struct span place = path->name_span;
    size_t i;

    for (i = 0; type && i < path->member_count; i++) {
        struct type *structure = type_strip(type);

        place.start = place.end + 1; /* behind the dot */
        place.end = place.start + strlen(path->members[i]);
        type = structure->kind == TYPE_STRUCT || structure->kind == TYPE_UNION
                   ? find_member_type(structure, path->members[i])
                   : NULL;
        if (type)
            continue;
        report(plan->messages, SEVERITY_ERROR, plan->spec->source, place,
               "%s has no member '%s' in %s", memberless(plan, structure), path->members[i],
               program->path);
        help_with_member(plan, structure, path->members[i]);
    }
}

static void check_path(struct plan *plan, const struct program *program, const struct path *path)
{
    struct type *type = root_type(program, path);

    if (type) {
        check_members(plan, program, path, type);
    } else if (path->root == ROOT_VARIABLE && model_find_function(program, path->name)) {
        if (path->member_count)
            report(plan->messages, SEVERITY_ERROR, plan->spec->source, path->span,
                   "'%s' is a function, which has no members", path->name);
    } else {
        report(plan->messages, SEVERITY_ERROR, plan->spec->source, path->name_span,
               "%s has no %s '%s'", program->path, root_word(path->root), path->name);
        help_with_root(plan, program, path);
    }
}

/* ---- Blocks ---------------------------------------------------------------------------------- */

/* Where the text stands within the segment's span: the last place, behind the word and '('. */
static struct span find_within(const struct source *source, struct span span, const char *text)
{
    size_t length = strlen(text), i;

    for (i = span.end; length && i >= span.start + length; i--)
        if (memcmp(source->text + i - length, text, length) == 0)
            return (struct span){i - length, i};
    return span;
}

static void check_key(struct plan *plan, const struct program *program,
                      const struct segment *segment)
{
    const struct source *source = plan->spec->source;
    const struct enumerator *enumerator;
    const char *near;

    if (has_key(program, segment->text) ||
        type_of_enumerator(program, segment->text, &enumerator))
        return;
    report(plan->messages, SEVERITY_ERROR, source,
           find_within(source, segment->span, segment->text), "%s has no variable or function '%s'",
           program->path, segment->text);
    near = likely_key(program, segment->text);
    if (near)
        report_help(plan->messages, "did you mean '%s'?", near);
}

static void check_type(struct plan *plan, const struct program *program,
                       const struct type_expression *type)
{
    const char *near;
    size_t i;

    if (!type)
        return;
    check_type(plan, program, type->target);
    for (i = 0; i < type->argument_count; i++)
        check_type(plan, program, type->arguments[i]);
    if (type->kind != EXPRESSION_NAMED || !type->name || strcmp(type->name, "void") == 0 ||
        type_named_by(program, type))
        return;
    report(plan->messages, SEVERITY_ERROR, plan->spec->source, type->span, "%s has no type '%s'",
           program->path, type->name);
    near = likely_type(plan, program, type->name, false);
    if (near)
        report_help(plan->messages, "did you mean '%s'?", near);
    else
        report_help(plan->messages, "a type that nothing in a version uses is not in its debug "
                    "information");
}

static void check_segments(struct plan *plan, const struct segment *segment)
{
    for (; segment; segment = segment->next) {
        bool is_old = segment->kind == SEGMENT_OLDTYPE || segment->kind == SEGMENT_OLDSYM;
        const struct program *program = is_old ? plan->old_program : plan->new_program;

        switch (segment->kind) {
        case SEGMENT_OLDTYPE:
        case SEGMENT_NEWTYPE:
            check_type(plan, program, segment->types[0]);
            break;
        case SEGMENT_OLDSYM:
        case SEGMENT_NEWSYM:
            check_key(plan, program, segment);
            break;
        case SEGMENT_XFORM:
            check_type(plan, plan->old_program, segment->types[0]);
            check_type(plan, plan->new_program, segment->types[1]);
            break;
        case SEGMENT_FAIL:
            check_segments(plan, segment->nested);
            break;
        default:
            break;
        }
    }
}

void rules_check_old_path(struct plan *plan, const struct path *path)
{
    check_path(plan, plan->old_program, path);
}

void rules_check_names(struct plan *plan)
{
    const struct block *last_block = NULL;
    bool block_is_wrong = false; /* the last one, which may belong to several rules */
    struct rule *rule;
    const struct check *check;

    for (rule = plan->spec->rules; rule; rule = rule->next) {
        int errors = plan->messages->error_count;

        if (rule->block != last_block) {
            if (rule->block) {
                check_segments(plan, rule->block->segments);
                check_macros(plan, rule->block->segments);
            }
            block_is_wrong = plan->messages->error_count > errors;
            last_block = rule->block;
        }
        if (rule->old_path)
            check_path(plan, plan->old_program, rule->old_path);
        check_path(plan, plan->new_program, rule->new_path);
        rule->is_wrong = block_is_wrong || plan->messages->error_count > errors;
    }
    last_block = NULL;
    block_is_wrong = false;
    for (rule = plan->spec->drops; rule; rule = rule->next) {
        int errors = plan->messages->error_count;

        if (rule->block && rule->block != last_block) {
            check_segments(plan, rule->block->segments);
            block_is_wrong = plan->messages->error_count > errors;
            last_block = rule->block;
        }
        rule->is_wrong = rule->block && block_is_wrong;
    }
    drops_check_names(plan);
    for (check = plan->spec->checks; check; check = check->next)
        check_segments(plan, check->block->segments);
    if (plan->spec->prologue)
        check_segments(plan, plan->spec->prologue->segments);
}
