/* drops.c -- DROP: what is gone from the new version, and meant to be.
 *
 * A DROP silences the warning about a variable or member whose value nothing takes over, and may
 * have code that runs on the old value.  One that is about something that is still there, or that
 * another rule takes over, is an error: it would drop nothing.
 */
#include "match.h"

#include <string.h>

/* ---- Names ----------------------------------------------------------------------------------- */

/* A rule that takes the old thing, or something of it or around it, to a new one. */
static const struct rule *rule_taking(const struct plan *plan, const struct path *path)
{
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->old_path && rule->old_path->member_count &&
            path_is(rule->old_path, path->root, path->name,
                    path_members((struct plan *)plan, path)))
            return rule;
        else if (rule->old_path && !rule->old_path->member_count && !path->member_count &&
                 path_is(rule->old_path, path->root, path->name, ""))
            return rule;
    return NULL;
}

/* The same path in the new version, where its root may have another name by now. */
static struct path in_new_version(const struct plan *plan, const struct path *path)
{
    struct path renamed = *path;
    const struct rule *rule;

    for (rule = plan->spec->rules; rule; rule = rule->next)
        if (rule->old_path && !rule->new_path->member_count && path->member_count &&
            path_is(rule->old_path, path->root, path->name, "")) {
            renamed.root = rule->new_path->root;
            renamed.name = rule->new_path->name;
        }
    return renamed;
}

static void check_drop(struct plan *plan, const struct rule *drop)
{
    struct messages *messages = plan->messages;
    const struct path *path = drop->old_path;
    const struct rule *taking = rule_taking(plan, path);
    struct path now = in_new_version(plan, path);

    if (path->root == ROOT_VARIABLE && !type_of_path(plan->old_program, path)) {
        report(messages, SEVERITY_ERROR, plan->spec->source, path->span,
               "'%s' is a function: it has no value to drop", path->text);
    } else if (path->root == ROOT_VARIABLE && model_find_local(plan->old_program, path->name) &&
               drop->block && !drop->block->is_empty) {
        /* Nobody knows of a local of the old version unless the new one asks for it. */
        report(messages, SEVERITY_ERROR, plan->spec->source, path->span,
               "'%s' is a local: it can be dropped, but no code can run on it", path->text);
        report_help(messages, "do it in the new version, before its update point: "
                    "kitsune_lookup_key_old(\"%s\") is its address", path->text);
    } else if (path->root != ROOT_VARIABLE && !path->member_count) {
        report(messages, SEVERITY_ERROR, plan->spec->source, path->span,
               "DROP is about variables and members: '%s' is a type", path->text);
    } else if (taking) {
        report(messages, SEVERITY_ERROR, plan->spec->source, path->span,
               "'%s' is not dropped: a rule takes it to '%s'", path->text,
               taking->new_path->text);
    } else if (type_of_path(plan->new_program, &now)) {
        report(messages, SEVERITY_ERROR, plan->spec->source, path->span,
               "'%s' is not gone: %s has it", path->text, plan->new_program->path);
        report_help(messages, "to begin with a new value, write: %s -> %s: { $out = ...; }",
                    path->text, path->text);
    }
}

void drops_check_names(struct plan *plan)
{
    struct rule *drop;

    for (drop = plan->spec->drops; drop; drop = drop->next) {
        int errors = plan->messages->error_count;

        rules_check_old_path(plan, drop->old_path);
        if (plan->messages->error_count == errors)
            check_drop(plan, drop);
        drop->is_wrong |= plan->messages->error_count > errors;
    }
}

/* ---- Finding the one that is meant ----------------------------------------------------------- */

struct rule *drop_of_variable(struct plan *plan, const char *key)
{
    struct rule *drop;

    for (drop = plan->spec->drops; drop; drop = drop->next)
        if (path_is(drop->old_path, ROOT_VARIABLE, key, "")) {
            drop->used = true;
            return drop;
        }
    return NULL;
}

/* The struct that the path's last member is in. */
static const struct type *struct_around(const struct program *program, const struct path *path)
{
    struct path outer = *path;
    struct type *type;

    outer.member_count--;
    type = type_of_path(program, &outer);
    return type ? type_strip(type) : NULL;
}

static bool has_code(const struct rule *drop)
{
    return drop->block && !drop->block->is_empty;
}

static bool names_variable(const struct place *places, const char *name)
{
    for (; places; places = places->next)
        if (places->root == ROOT_VARIABLE && strcmp(places->name, name) == 0)
            return true;
    return false;
}

struct rule *drop_of_member(struct plan *plan, const struct place *old_places,
                            const struct type *structure, const char *member)
{
    struct rule *drop;

    for (drop = plan->spec->drops; drop; drop = drop->next) {
        const struct path *path = drop->old_path;

        if (!path->member_count || strcmp(path->members[path->member_count - 1], member) != 0 ||
            struct_around(plan->old_program, path) != structure)
            continue;
        /* Code for a variable's member is not for others of the same type. */
        if (path->root == ROOT_VARIABLE && has_code(drop) &&
            !names_variable(old_places, path->name))
            continue;
        drop->used = true;
        return drop;
    }
    return NULL;
}

bool drops_have_code_for(const struct plan *plan, const struct place *old_places)
{
    const struct rule *drop;

    for (drop = plan->spec->drops; drop; drop = drop->next)
        if (drop->old_path->root == ROOT_VARIABLE && drop->old_path->member_count &&
            has_code(drop) && names_variable(old_places, drop->old_path->name))
            return true;
    return false;
}

struct conversion *conversion_from_drop(struct building *at, struct rule *drop,
                                        struct view old_view)
{
    return has_code(drop) ? conversion_from_rule(at, drop, old_view,
                                                 (struct view){.program = at->plan->new_program})
                          : NULL;
}

void drops_warn(struct plan *plan)
{
    const struct rule *drop;

    for (drop = plan->spec->drops; drop; drop = drop->next)
        if (!drop->used && !model_find_local(plan->old_program, drop->old_path->name))
            report(plan->messages, SEVERITY_WARNING, plan->spec->source, drop->span,
                   "this DROP has no effect: nothing that is migrated holds '%s'",
                   drop->old_path->text);
}
