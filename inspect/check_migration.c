/* check_migration.c -- what the new version takes over: all variables, some, none; and locals.
 *
 * A local is state when the program takes it over itself: its own MIGRATE_LOCAL says so.  Other
 * noted locals come and go without harm.
 */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

static const char AUTOMIGRATE[] = "kitsune_do_automigrate";
static const char MIGRATE_VARIABLE[] = "kitsune_migrate_variable";
static const char MIGRATE_LOCAL[] = "kitsune_migrate_local";

/* ---- Variables ----------------------------------------------------------------------------- */

static bool has_annotation(const struct annotation *annotation, enum annotation_kind kind)
{
    for (; annotation; annotation = annotation->next)
        if (annotation->kind == kind)
            return true;
    return false;
}

/* Something that an update should carry over, unless the program says otherwise. */
static bool is_state(const struct variable *variable)
{
    return variable->has_address && !variable->is_constant &&
           !has_annotation(variable->annotations, ANNOTATION_MANUAL_MIGRATE);
}

/* True when a call whose arguments are known migrates it, or one whose arguments are not known
 * may. */
static bool is_migrated_by_hand(const struct version *version, const struct variable *variable)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++) {
        const struct call *call = &version->calls->list[i];
        const char *name;

        if (strcmp(call->callee, MIGRATE_VARIABLE) != 0)
            continue;
        name = value_text(version->binary, call->arguments[0]);
        if (!name || strcmp(name, variable->name) == 0)
            return true;
    }
    return false;
}

static void say_nothing_migrates(struct readiness *check, const struct version *version)
{
    check_say(check, SUBJECT_MIGRATION, SEVERITY_ERROR, version, (struct source_place){0},
              "this version takes over no variables: it starts with what the compiler put there");
    check_help(check, SUBJECT_MIGRATION,
               "call kitsune_do_automigrate() at the start of main");
}

/* The variables that are in both versions and stay behind, in one message. */
static void say_left_out(struct readiness *check, const struct version *version)
{
    enum { MOST_NAMED = 6 };
    const struct program *program = version->program;
    char *names = NULL;
    size_t i, length, count = 0;
    FILE *stream = open_memstream(&names, &length);
    struct source_place place = {0};

    for (i = 0; stream && i < program->variable_count; i++) {
        const struct variable *variable = &program->variables[i];
        const struct variable *old =
            model_find_variable(check->old->program, variable->key);

        if (!is_state(variable) || !old || !is_state(old) || is_migrated_by_hand(version, variable))
            continue;
        if (++count == 1)
            place = variable->place;
        if (count <= MOST_NAMED)
            fprintf(stream, "%s'%s'", count > 1 ? ", " : "", variable->key);
    }
    if (stream)
        fclose(stream);
    if (count) {
        check_say(check, SUBJECT_MIGRATION, SEVERITY_WARNING, version, place,
                  "not taken over by an update: %s%s", names,
                  count > MOST_NAMED ? " and others" : "");
        check_help(check, SUBJECT_MIGRATION, "MIGRATE_GLOBAL or MIGRATE_STATIC takes over one, "
                   "kitsune_do_automigrate() all; E_MANUAL_MIGRATE says that it shall stay behind");
    }
    free(names);
}

static void check_variables(struct readiness *check, const struct version *version)
{
    const struct binary *binary = version->binary;
    bool has_state = false;
    size_t i;

    if (!binary->elf || binary_imports(binary, AUTOMIGRATE))
        return;
    for (i = 0; version->program && i < version->program->variable_count; i++)
        has_state |= is_state(&version->program->variables[i]);
    if (binary_imports(binary, MIGRATE_VARIABLE)) {
        if (check->old->program && check->new->program && version->calls->is_readable)
            say_left_out(check, version);
    } else if (has_state) {
        say_nothing_migrates(check, version);
    }
}

/* ---- Locals -------------------------------------------------------------------------------- */

/* "main#listener" for a call of MIGRATE_LOCAL; NULL when it is not one, or not plain. */
static const char *local_key(const struct version *version, const struct call *call,
                             struct arena *arena)
{
    const char *name, *function;

    if (strcmp(call->callee, MIGRATE_LOCAL) != 0)
        return NULL;
    name = value_text(version->binary, call->arguments[0]);
    function = value_text(version->binary, call->arguments[1]);
    return name && function ? arena_format(arena, "%s#%s", function, name) : NULL;
}

static bool takes_over_local(const struct version *version, const char *key, struct arena *arena)
{
    size_t i;

    for (i = 0; i < version->calls->count; i++) {
        const char *other = local_key(version, &version->calls->list[i], arena);

        if (other && strcmp(other, key) == 0)
            return true;
    }
    return false;
}

/* A rule takes the old local somewhere, or gives the new one a value. */
static bool is_in_rules(const struct spec *spec, const char *key, bool is_old)
{
    const struct rule *rule;

    for (rule = spec ? spec->rules : NULL; rule; rule = rule->next) {
        const struct path *path = is_old ? rule->old_path : rule->new_path;

        if (path && path->root == ROOT_VARIABLE && strcmp(path->name, key) == 0)
            return true;
    }
    return false;
}

static bool is_noted(const struct program *program, const char *key)
{
    const struct local *local = model_find_local(program, key);

    return local && local->is_noted;
}

/* What the old version would take over, and the new one does not. */
static void check_lost_local(struct readiness *check, const struct call *call, const char *key,
                             struct arena *arena)
{
    const char *function = arena_format(arena, "%.*s", (int)strcspn(key, "#"), key);
    bool has_function = binary_function_named(check->new->binary, function) != NULL;

    if (takes_over_local(check->new, key, arena) || is_in_rules(check->spec, key, true))
        return;
    check_say(check, SUBJECT_MIGRATION, SEVERITY_WARNING, check->old, call->place,
              "the local '%s' is taken over by the old version, but not by the new one%s: its "
              "value is lost", key, has_function ? "" : ", which has no such function");
    check_help(check, SUBJECT_MIGRATION, "if it lives on under another name, write: %s -> NEW_NAME",
               key);
}

/* What the new version wants, and the old one cannot give. */
static void check_wanted_local(struct readiness *check, const struct call *call, const char *key)
{
    if (is_noted(check->old->program, key) || is_in_rules(check->spec, key, false))
        return;
    check_say(check, SUBJECT_MIGRATION, SEVERITY_WARNING, check->new, call->place,
              "MIGRATE_LOCAL finds no '%s' in the old version: %s", key,
              model_find_local(check->old->program, key)
                  ? "its function does not note its locals (E_NOTELOCALS)"
                  : "there is no such local");
    check_help(check, SUBJECT_MIGRATION, "if it had another name, write: OLD_NAME -> %s; if not, "
               "see to it that a false result of MIGRATE_LOCAL leaves it with a value", key);
}

static void check_locals(struct readiness *check)
{
    struct arena *arena = arena_new();
    const struct calls *old = check->old->calls, *new = check->new->calls;
    const char *key;
    size_t i;

    for (i = 0; i < old->count; i++)
        if ((key = local_key(check->old, &old->list[i], arena)))
            check_lost_local(check, &old->list[i], key, arena);
    for (i = 0; i < new->count; i++)
        if ((key = local_key(check->new, &new->list[i], arena)))
            check_wanted_local(check, &new->list[i], key);
    arena_free(arena);
}

void check_migration(struct readiness *check)
{
    check_variables(check, check->new);
    if (check->old->program && check->new->program)
        check_locals(check);
}
