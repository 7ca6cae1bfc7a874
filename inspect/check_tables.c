/* check_tables.c -- variables whose initialisers name other functions or texts in the new version.
 *
 * An update keeps what a variable holds.  That is right for state, and wrong for what belongs to
 * the program, such as a table of commands that is not const: the new version's entries would
 * never be found.  Nothing but the content tells the two apart, so only what code alone can have
 * written is compared, addresses of functions and of texts; a number with another initial value
 * is a default.
 */
#include "readiness.h"

#include <string.h>

/* Up to this many pointers of a table are compared: each with all of the other version's. */
enum { MOST_COMPARED = 4096 };

/* What a variable's initialiser leads to, in the order of addresses. */
struct content {
    const struct version *version;
    const struct pointer *first;
    size_t count;
};

static struct content content_of(const struct version *version, const struct variable *variable)
{
    const struct binary *binary = version->binary;
    struct content content = {.version = version};
    size_t i;

    for (i = 0; i < binary->pointer_count; i++) {
        if (binary->pointers[i].address - variable->address >= variable->type->size)
            continue;
        if (!content.count++)
            content.first = &binary->pointers[i];
    }
    return content;
}

/* A literal has no symbol; a constant object that has one is not read as text. */
static const char *text_of(const struct version *version, uint64_t target)
{
    return binary_symbol_around(version->binary, target)
               ? NULL : binary_text_at(version->binary, target);
}

static bool is_of_the_program(const struct version *version, uint64_t target)
{
    return binary_function_at(version->binary, target) || text_of(version, target);
}

static bool is_same(const struct readiness *check, uint64_t old_target, uint64_t new_target)
{
    const struct symbol *function = binary_function_at(check->old->binary, old_target);
    const char *old_text = text_of(check->old, old_target);
    const char *new_text = text_of(check->new, new_target);

    if (function) {
        const struct function *namesake = check_namesake(check, function);
        return namesake && namesake->address == new_target;
    }
    return old_text && new_text && strcmp(old_text, new_text) == 0;
}

/* Something in the one that the other has not; NULL: nothing. */
static const struct pointer *find_without_match(const struct readiness *check,
                                                const struct content *one,
                                                const struct content *other)
{
    size_t i, j;

    for (i = 0; i < one->count; i++) {
        bool is_matched = !is_of_the_program(one->version, one->first[i].target);

        for (j = 0; j < other->count && !is_matched; j++)
            is_matched = one->version == check->old
                             ? is_same(check, one->first[i].target, other->first[j].target)
                             : is_same(check, other->first[j].target, one->first[i].target);
        if (!is_matched)
            return &one->first[i];
    }
    return NULL;
}

static void say_kept(struct readiness *check, const struct variable_plan *plan,
                     const struct version *version, uint64_t target)
{
    const char *key = plan->new_variable->key;
    const struct symbol *function = binary_function_at(version->binary, target);
    const char *text = text_of(version, target), *quote = function ? "" : "\"";
    int shown = (int)strcspn(function ? function->name : text, "\n");

    check_say(check, SUBJECT_MIGRATION, SEVERITY_WARNING, check->new, plan->new_variable->place,
              "'%s' is initialised %s %s%.*s%s in the new version, but an update keeps what the "
              "old version has in it", key, version == check->new ? "with" : "without", quote,
              shown < 40 ? shown : 40, function ? function->name : text, quote);
    check_help(check, SUBJECT_MIGRATION, "if it belongs to the program, like a table of commands, "
               "mark it E_MANUAL_MIGRATE, or write: %s -> %s: {}", key, key);
    check_help(check, SUBJECT_MIGRATION, "if it is state, and goes on with the old content, write: "
               "%s -> %s", key, key);
}

static void check_variable(struct readiness *check, const struct variable_plan *plan)
{
    struct content old = content_of(check->old, plan->old_variable);
    struct content new = content_of(check->new, plan->new_variable);
    const struct pointer *found;

    if (!old.count || !new.count || old.count > MOST_COMPARED || new.count > MOST_COMPARED)
        return;
    if ((found = find_without_match(check, &new, &old)))
        say_kept(check, plan, check->new, found->target);
    else if ((found = find_without_match(check, &old, &new)))
        say_kept(check, plan, check->old, found->target);
}

void check_tables(struct readiness *check)
{
    size_t i;

    if (check_is_single(check) || !check->plan)
        return;
    for (i = 0; i < check->plan->variable_count; i++) {
        const struct variable_plan *plan = &check->plan->variables[i];
        const struct variable *old = plan->old_variable, *new = plan->new_variable;

        if (old && new && !plan->rule && !plan->is_manual && old->has_address &&
            new->has_address && !old->is_constant && !new->is_constant && !old->is_thread_local &&
            !new->is_thread_local)
            check_variable(check, plan);
    }
}
