/* check_points.c -- update points: an update leaves from a point of the old version, and is
 * committed at the point of the same name in the new one. */
#include "readiness.h"

#include <string.h>

static const char ENTRANCE[] = "kitsune_reach_update_point"; /* imported by who has points */

static struct messages *output(struct readiness *check)
{
    return &check->messages[SUBJECT_POINTS];
}

/* Compiled by something else than kitcc, or by a kitcc that did not record them. */
static bool has_unrecorded_points(const struct version *version)
{
    return version->program && !version->program->update_point_count &&
           binary_imports(version->binary, ENTRANCE);
}

static bool has_unknown_name(const struct program *program)
{
    return program->update_point_count && !program->update_points[0].name;
}

static void report_unknown_names(struct readiness *check, const struct version *version)
{
    const struct program *program = version->program;
    size_t i;

    for (i = 0; i < program->update_point_count && !program->update_points[i].name; i++) {
        const struct update_point *point = &program->update_points[i];

        report_at(output(check), SEVERITY_WARNING, point->place.file, point->place.line,
                  "the update point in '%s' has a name that is not a string literal: whether both "
                  "versions have it cannot be told", point->function);
        report_help(output(check), "write the name as a literal: kitsune_update(\"serving\")");
    }
}

/* Says why a version without known points has none.  False when it has some. */
static bool report_missing(struct readiness *check, const struct version *version)
{
    if (!version->program || version->program->update_point_count)
        return false;
    if (has_unrecorded_points(version)) {
        report_at(output(check), SEVERITY_WARNING, version->path, 0,
                  "its update points are not known: the sources that call kitsune_update were not "
                  "compiled with this version's kitcc");
        report_help(output(check), "compile all C sources with kitcc");
        return true;
    }
    report_at(output(check), SEVERITY_ERROR, version->path, 0,
              "no update point: %s", version == check->old
                  ? "this version can never be updated"
                  : "an update to this version can never be committed");
    report_help(output(check), "call kitsune_update(\"name\") where the program holds nothing half "
                "done, such as at the top of its main loop");
    return true;
}

static const struct update_point *find_alike(const struct program *program, const char *name)
{
    const char *names[64];
    const char *near;
    size_t i, count = 0;

    for (i = 0; i < program->update_point_count && count < sizeof names / sizeof names[0]; i++)
        if (program->update_points[i].name)
            names[count++] = program->update_points[i].name;
    near = did_you_mean(name, names, count);
    return near ? model_find_update_point(program, near) : NULL;
}

static void report_lost_point(struct readiness *check, const struct update_point *point)
{
    const struct program *new = check->new->program;
    const struct update_point *alike = find_alike(new, point->name);
    bool may_be_there = has_unknown_name(new);

    report_at(output(check), may_be_there ? SEVERITY_WARNING : SEVERITY_ERROR, point->place.file,
              point->place.line, "the new version has no update point \"%s\"%s: an update that "
              "leaves from here, in '%s', can never be committed", point->name,
              may_be_there ? " by a name that is written out" : "", point->function);
    if (alike)
        report_help(output(check), "%s:%d has \"%s\": give both the same name", alike->place.file,
                    alike->place.line, alike->name);
    else
        report_help(output(check), "call kitsune_update(\"%s\") in the new version, at the place "
                    "where it can carry on from there", point->name);
}

/* Harmless: an update passes through points of other names. */
static void note_new_point(struct readiness *check, const struct update_point *point)
{
    report_at(output(check), SEVERITY_NOTE, point->place.file, point->place.line,
              "the update point \"%s\" is new: updates from the old version pass through it",
              point->name);
}

static void compare_points(struct readiness *check)
{
    const struct program *old = check->old->program, *new = check->new->program;
    const char *last = NULL;
    size_t i;

    for (i = 0; i < old->update_point_count; i++) {
        const struct update_point *point = &old->update_points[i];

        if (point->name && !model_find_update_point(new, point->name))
            report_lost_point(check, point);
    }
    for (i = 0; i < new->update_point_count; i++) {
        const struct update_point *point = &new->update_points[i];

        if (point->name && !(last && strcmp(last, point->name) == 0) &&
            !model_find_update_point(old, point->name) && !has_unknown_name(old))
            note_new_point(check, point);
        last = point->name;
    }
}

void check_points(struct readiness *check)
{
    bool are_missing = report_missing(check, check->new);

    if (!check_is_single(check)) {
        are_missing |= report_missing(check, check->old);
        if (check->old->program)
            report_unknown_names(check, check->old);
    }
    if (check->new->program)
        report_unknown_names(check, check->new);
    if (!check_is_single(check) && !are_missing && check->old->program && check->new->program)
        compare_points(check);
}
