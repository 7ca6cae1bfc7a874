/* rules.c -- finding the rule that speaks about a thing.
 *
 * A new member can be named from several roots: the variable it lives in, the struct's tag, any
 * typedef of it.  Places (match.h) collect those roots while the conversion builder walks down,
 * and rules are looked up by comparing paths with them.
 */
#include "match.h"

#include <string.h>

const struct place *place_add(struct plan *plan, enum path_root root, const char *name,
                              const struct place *next)
{
    struct place *place = arena_allocate(plan->arena, sizeof *place);

    *place = (struct place){root, name, "", next};
    return place;
}

const struct place *place_descend(struct plan *plan, const struct place *places,
                                  const char *member)
{
    const struct place *result = NULL, **tail = &result;

    if (!member)
        return places; /* an unnamed struct adds nothing to the path */
    for (; places; places = places->next) {
        struct place *deeper = arena_allocate(plan->arena, sizeof *deeper);

        *deeper = *places;
        deeper->members = places->members[0]
                              ? arena_format(plan->arena, "%s.%s", places->members, member)
                              : member;
        deeper->next = NULL;
        *tail = deeper;
        tail = &deeper->next;
    }
    return result;
}

const struct place *places_of_type(struct plan *plan, const struct type *type,
                                   const struct place *next)
{
    while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED) {
        if (type->kind == TYPE_TYPEDEF)
            next = place_add(plan, ROOT_TYPEDEF, type->name, next);
        type = type->target;
    }
    if (type->name && type->kind == TYPE_STRUCT)
        next = place_add(plan, ROOT_STRUCT, type->name, next);
    else if (type->name && type->kind == TYPE_UNION)
        next = place_add(plan, ROOT_UNION, type->name, next);
    else if (type->name && type->kind == TYPE_ENUM)
        next = place_add(plan, ROOT_ENUM, type->name, next);
    return next;
}

/* "u.x" for the members of a path. */
const char *path_members(struct plan *plan, const struct path *path)
{
    const char *text = "";
    size_t i;

    for (i = 0; i < path->member_count; i++)
        text = arena_format(plan->arena, "%s%s%s", text, i ? "." : "", path->members[i]);
    return text;
}

bool path_is(const struct path *path, enum path_root root, const char *name, const char *members)
{
    size_t i, length;

    if (path->root != root || strcmp(path->name, name) != 0)
        return false;
    for (i = 0; i < path->member_count; i++) {
        length = strlen(path->members[i]);
        if (strncmp(members, path->members[i], length) != 0)
            return false;
        members += length;
        if (*members == '.' && i + 1 < path->member_count)
            members++;
        else if (*members == '.')
            return false;
    }
    return *members == '\0';
}

/* Does the old side of a rule speak of the struct we come from?  A variable named by an old path
 * may also feed a member of a variable: "a global moved into a struct". */
static bool old_side_fits(const struct rule *rule, const struct place *old_places,
                          const struct place *new_place)
{
    const struct place *place;

    if (rule->kind == RULE_INIT)
        return true;
    for (place = old_places; place; place = place->next)
        if (rule->old_path->root == place->root && strcmp(rule->old_path->name, place->name) == 0)
            return true;
    return rule->old_path->root == ROOT_VARIABLE && new_place->root == ROOT_VARIABLE;
}

static const char *join(struct plan *plan, const char *members, const char *member)
{
    return members[0] ? arena_format(plan->arena, "%s.%s", members, member) : member;
}

struct rule *rule_for_member(struct plan *plan, const struct place *old_places,
                             const struct place *new_places, const char *member)
{
    struct rule *rule;
    const struct place *place;

    for (place = new_places; place; place = place->next)
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (path_is(rule->new_path, place->root, place->name,
                        join(plan, place->members, member)) &&
                old_side_fits(rule, old_places, place)) {
                rule->used = true;
                return rule;
            }
    return NULL;
}

bool rule_below(struct plan *plan, const struct place *new_places, const char *member)
{
    const struct rule *rule;
    const struct place *place;

    for (place = new_places; place; place = place->next) {
        const char *prefix = join(plan, place->members, member);
        size_t length = strlen(prefix);

        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->new_path->root == place->root &&
                strcmp(rule->new_path->name, place->name) == 0) {
                const char *members = path_members(plan, rule->new_path);

                if (strncmp(members, prefix, length) == 0 && members[length] == '.')
                    return true;
            }
    }
    return false;
}

bool rule_takes(struct plan *plan, const struct place *old_places, const char *member)
{
    const struct rule *rule;
    const struct place *place;

    for (place = old_places; place; place = place->next)
        for (rule = plan->spec->rules; rule; rule = rule->next)
            if (rule->kind == RULE_RENAME &&
                path_is(rule->old_path, place->root, place->name,
                        join(plan, place->members, member)))
                return true;
    return false;
}

static bool names_root(const struct path *path, const struct place *places)
{
    for (; places; places = places->next)
        if (path_is(path, places->root, places->name, ""))
            return true;
    return false;
}

struct rule *rule_between(struct plan *plan, const struct place *old_places,
                          const struct place *new_places, bool with_code)
{
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if ((rule->kind == RULE_CONVERT || (rule->kind == RULE_RENAME && !with_code)) &&
            names_root(rule->new_path, new_places) && names_root(rule->old_path, old_places)) {
            rule->used = true;
            return rule;
        }
    return NULL;
}

struct rule *rule_for_type(struct plan *plan, const struct type *old_type,
                           const struct type *new_type)
{
    return rule_between(plan, places_of_type(plan, old_type, NULL),
                        places_of_type(plan, new_type, NULL), false);
}

struct rule *rule_init_type(struct plan *plan, const struct type *new_type)
{
    const struct place *places = places_of_type(plan, new_type, NULL);
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->kind == RULE_INIT && names_root(rule->new_path, places)) {
            rule->used = true;
            return rule;
        }
    return NULL;
}

/* ---- Names that do not exist ----------------------------------------------------------------- */

const char *root_word(enum path_root root)
{
    static const char *const words[] = {"variable", "struct", "union", "enum", "typedef"};

    return words[root];
}

static enum type_kind kind_of_root(enum path_root root)
{
    switch (root) {
    case ROOT_STRUCT: return TYPE_STRUCT;
    case ROOT_UNION: return TYPE_UNION;
    case ROOT_ENUM: return TYPE_ENUM;
    default: return TYPE_TYPEDEF;
    }
}

static size_t collect_candidates(const struct program *program, enum path_root root,
                                 const char **names, size_t room)
{
    size_t i, count = 0;

    if (root == ROOT_VARIABLE) {
        for (i = 0; i < program->variable_count && count < room; i++)
            names[count++] = program->variables[i].key;
        for (i = 0; i < program->function_count && count < room; i++)
            names[count++] = program->functions[i].key;
        for (i = 0; i < program->local_count && count < room; i++)
            names[count++] = program->locals[i].key;
        return count;
    }
    for (i = 0; i < program->type_count && count < room; i++)
        if (program->types[i]->kind == kind_of_root(root) && program->types[i]->name)
            names[count++] = program->types[i]->name;
    return count;
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

static void check_path(struct plan *plan, const struct program *program, const struct path *path)
{
    struct type *type = root_type(program, path);
    const char **names;
    const char *near;
    size_t count, i;

    if (!type && !(path->root == ROOT_VARIABLE && !path->member_count &&
                   model_find_function(program, path->name))) {
        names = arena_allocate(plan->arena, 100000 * sizeof *names);
        count = collect_candidates(program, path->root, names, 100000);
        near = did_you_mean(path->name, names, count);
        report(plan->messages, SEVERITY_ERROR, plan->spec->source, path->name_span,
               "%s has no %s '%s'", program->path, root_word(path->root), path->name);
        if (near)
            report_help(plan->messages, "did you mean '%s'?", near);
        else if (path->root == ROOT_VARIABLE)
            report_help(plan->messages, "file statics are written file.c/name, locals of noted "
                        "functions function#name, static locals file.c/function#name");
        return;
    }
    for (i = 0; type && i < path->member_count; i++) {
        struct type *structure = type_strip(type);

        type = structure->kind == TYPE_STRUCT || structure->kind == TYPE_UNION
                   ? find_member_type(structure, path->members[i])
                   : NULL;
        if (!type) {
            size_t j;

            names = arena_allocate(plan->arena, (structure->member_count + 1) * sizeof *names);
            for (j = count = 0; j < structure->member_count; j++)
                if (structure->members[j].name)
                    names[count++] = structure->members[j].name;
            near = did_you_mean(path->members[i], names, count);
            report(plan->messages, SEVERITY_ERROR, plan->spec->source, path->span,
                   "'%s': no member '%s' in %s", path->text, path->members[i], program->path);
            if (near)
                report_help(plan->messages, "did you mean '%s'?", near);
        }
    }
}

void rules_check_names(struct plan *plan)
{
    int errors = plan->messages->error_count;
    struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next) {
        if (rule->old_path)
            check_path(plan, plan->old_program, rule->old_path);
        check_path(plan, plan->new_program, rule->new_path);
        rule->is_wrong = plan->messages->error_count > errors;
        errors = plan->messages->error_count;
    }
}

void rules_warn_unused(struct plan *plan)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (!rule->used)
            report(plan->messages, SEVERITY_WARNING, plan->spec->source, rule->span,
                   "this rule is never used: nothing that is migrated reaches '%s'",
                   rule->new_path->text);
}
