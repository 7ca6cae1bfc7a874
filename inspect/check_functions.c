/* check_functions.c -- functions that the new version does not have, and whose addresses are in
 * the program's data: where an update meets such a pointer it is given up. */
#include "readiness.h"

#include <stdlib.h>
#include <string.h>

/* Where in the program's data the address is: stored by code, or put there when it is loaded.
 * Constant tables are not state: the new version has its own. */
static bool find_use(const struct version *version, uint64_t address, const struct assignment **use)
{
    const struct binary *binary = version->binary;
    size_t i;

    *use = NULL;
    for (i = 0; i < version->calls->assignment_count; i++)
        if (!version->calls->assignments[i].variable &&
            (uint64_t)version->calls->assignments[i].value.number == address) {
            *use = &version->calls->assignments[i];
            return true;
        }
    for (i = 0; i < binary->pointer_count; i++) {
        const struct section *section =
            binary->pointers[i].target == address
                ? binary_section_at(binary, binary->pointers[i].address) : NULL;

        if (section && (strcmp(section->name, ".data") == 0 ||
                        strncmp(section->name, ".data.rel.local", 15) == 0))
            return true;
    }
    return false;
}

static const char *find_alike(const struct readiness *check, const char *name)
{
    const struct program *new = check->new->program;
    const char **names = calloc(new->function_count + 1, sizeof *names);
    const char *near = NULL;
    size_t i;

    for (i = 0; names && i < new->function_count; i++)
        names[i] = new->functions[i].key;
    if (names)
        near = did_you_mean(name, names, new->function_count);
    free(names);
    return near;
}

static void check_function(struct readiness *check, const struct function *function)
{
    const struct assignment *use;
    const char *near;

    if (!find_use(check->old, function->address, &use))
        return;
    near = find_alike(check, function->key);
    if (use && use->place.file)
        check_say(check, SUBJECT_DATA, SEVERITY_WARNING, check->old, function->place,
                  "'%s' is gone from the new version, but its address is stored in data (%s:%d): "
                  "an update that meets it there is given up", function->key, use->place.file,
                  use->place.line);
    else
        check_say(check, SUBJECT_DATA, SEVERITY_WARNING, check->old, function->place,
                  "'%s' is gone from the new version, but its address is in data: an update that "
                  "meets it there is given up", function->key);
    check_help(check, SUBJECT_DATA, "write which function takes its place: %s -> %s", function->key,
               near ? near : "NEW_NAME");
}

void check_functions(struct readiness *check)
{
    size_t i;

    for (i = 0; check->plan && i < check->plan->function_count; i++)
        if (!check->plan->functions[i].new_function &&
            check->plan->functions[i].old_function->address)
            check_function(check, check->plan->functions[i].old_function);
}
