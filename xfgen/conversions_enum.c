/* conversions_enum.c -- enums: their values go by their names.
 *
 * As long as every old name has kept its value nothing happens, and values without a name (flags
 * that were or-ed) stay what they are.  Otherwise each old name's value becomes its namesake's.
 * What cannot be known is asked: whether a name that is gone goes on under the name that has its
 * value now.  A value that is met at run time and has no namesake ends the update.
 */
#include "conversions.h"

#include <stdlib.h>
#include <string.h>

const struct enumerator *enumerator_named(const struct type *type, const char *name)
{
    size_t i;

    for (i = 0; i < type->enumerator_count; i++)
        if (strcmp(type->enumerators[i].name, name) == 0)
            return &type->enumerators[i];
    return NULL;
}

struct type *type_of_enumerator(const struct program *program, const char *name,
                                const struct enumerator **found)
{
    size_t i;

    for (i = 0; i < program->type_count; i++)
        if (program->types[i]->kind == TYPE_ENUM) {
            *found = enumerator_named(program->types[i], name);
            if (*found)
                return program->types[i];
        }
    return NULL;
}

static const struct enumerator *enumerator_of_value(const struct type *type, int64_t value)
{
    size_t i;

    for (i = 0; i < type->enumerator_count; i++)
        if (type->enumerators[i].value == value)
            return &type->enumerators[i];
    return NULL;
}

bool enumerators_keep_values(const struct type *old_type, const struct type *new_type)
{
    const struct enumerator *namesake;
    size_t i;

    for (i = 0; i < old_type->enumerator_count; i++) {
        namesake = enumerator_named(new_type, old_type->enumerators[i].name);
        if (!namesake || namesake->value != old_type->enumerators[i].value)
            return false;
    }
    return true;
}

bool is_single_bit(int64_t value)
{
    return value > 0 && (value & (value - 1)) == 0;
}

/* Values that are made to be or-ed: single bits and combinations of them, not 0, 1, 2, 3, ... */
bool is_flags_enum(const struct type *type)
{
    uint64_t bits = 0;
    int64_t highest = 0;
    size_t i, count = 0;

    for (i = 0; i < type->enumerator_count; i++)
        if (is_single_bit(type->enumerators[i].value)) {
            bits |= (uint64_t)type->enumerators[i].value;
            count++;
        }
    for (i = 0; i < type->enumerator_count; i++) {
        int64_t value = type->enumerators[i].value;

        if (value < 0 || (uint64_t)value & ~bits)
            return false;
        if (value > highest)
            highest = value;
    }
    return count > 1 && highest >= 4 && (uint64_t)highest >= type->enumerator_count;
}

static bool value_fits(int64_t value, struct view to)
{
    uint64_t bits = width_of(to);
    bool is_signed = number_class(to.type) == NUMBER_SIGNED;

    if (bits >= 64)
        return true;
    if (is_signed)
        return value >= -((int64_t)1 << (bits - 1)) && value < (int64_t)1 << (bits - 1);
    return value >= 0 && value < (int64_t)1 << bits;
}

/* Do all values that old names may stand for fit?  Those of flags may be or-ed. */
static bool values_fit(const struct type *old_type, struct view to)
{
    const struct enumerator *namesake;
    bool flags = is_flags_enum(old_type);
    int64_t all = 0;
    size_t i;

    for (i = 0; i < old_type->enumerator_count; i++) {
        namesake = enumerator_named(to.type, old_type->enumerators[i].name);
        if (namesake && !value_fits(namesake->value, to))
            return false;
        if (namesake)
            all |= namesake->value;
    }
    return !flags || value_fits(all, to);
}

/* ---- Names that are gone --------------------------------------------------------------------- */

/* A rule for the whole enum when it has a name that rules can use. */
static struct building about_enum(const struct building *at, const struct type *old_type,
                                  const struct type *new_type)
{
    const char *old_path = type_path(at->plan->old_program, old_type);
    const char *new_path = type_path(at->plan->new_program, new_type);
    struct building about = *at;

    if (old_path && new_path)
        about.subject = arena_format(at->plan->arena, "%s -> %s", old_path, new_path);
    return about;
}

/* "case $oldsym(A): $out = $newsym(A); break; " for all names as they are paired; `renamed` goes on
 * as `taker`. */
static const char *cases_of_names(const struct building *at, const struct type *old_type,
                                  const struct type *new_type, const struct enumerator *renamed,
                                  const struct enumerator *taker, bool *moved)
{
    struct arena *arena = at->plan->arena;
    const char *cases = "";
    size_t i;

    *moved = false;
    for (i = 0; i < old_type->enumerator_count; i++) {
        const struct enumerator *old = &old_type->enumerators[i];
        const struct enumerator *new = old == renamed ? taker
                                                      : enumerator_named(new_type, old->name);

        if (new)
            cases = arena_format(arena, "%scase $oldsym(%s): $out = $newsym(%s); break; ", cases,
                                 old->name, new->name);
        *moved |= new && new->value != old->value;
    }
    return cases;
}

static void advise_renamed(const struct building *at, const struct type *old_type,
                           const struct type *new_type, const struct enumerator *renamed,
                           const struct enumerator *taker)
{
    bool moved;
    const char *cases = cases_of_names(at, old_type, new_type, renamed, taker, &moved);

    if (moved)
        advise_rule(at, "when it is the same under a new name",
                    "switch ($in) { %sdefault: FAIL(\"no such value: %%d\", (int)$in); }", cases);
    else
        advise_rule(at, "when it is the same under a new name", "$out = $in;");
}

static void advise_gone(const struct building *at, const struct type *old_type,
                        const struct type *new_type, const struct enumerator *gone)
{
    bool moved;
    const char *cases = cases_of_names(at, old_type, new_type, NULL, NULL, &moved);

    advise_rule(at, "to map it to another", "switch ($in) { %scase $oldsym(%s): "
                "FAIL \"" UNDECIDED_REASON "\"; /* $out = $newsym(...); */ break; "
                "default: FAIL(\"no such value: %%d\", (int)$in); }", cases, gone->name);
}

/* Says what became of the names that are gone.  False when that has to be decided. */
static bool explain_gone(const struct building *at, const struct type *old_type,
                         const struct type *new_type)
{
    struct building about = about_enum(at, old_type, new_type);
    struct messages *messages = at->plan->messages;
    const char *name = type_path(at->plan->old_program, old_type);
    bool is_clear = true;
    size_t i;

    for (i = 0; i < old_type->enumerator_count; i++) {
        const struct enumerator *gone = &old_type->enumerators[i];
        const struct enumerator *taker = enumerator_of_value(new_type, gone->value);

        if (enumerator_named(new_type, gone->name))
            continue;
        if (taker && !enumerator_named(old_type, taker->name)) {
            report_at(messages, SEVERITY_ERROR, new_type->place.file, new_type->place.line,
                      "%s: '%s' is gone, and its value %lld is '%s' now", name ? name : at->path,
                      gone->name, (long long)gone->value, taker->name);
            advise_renamed(&about, old_type, new_type, gone, taker);
            is_clear = false;
            continue;
        }
        if (at->plan->is_back)
            continue; /* the update added it */
        report_at(messages, SEVERITY_WARNING, new_type->place.file, new_type->place.line,
                  "%s: '%s' is gone: the update is refused when something has this value",
                  name ? name : at->path, gone->name);
        if (about.subject)
            advise_gone(&about, old_type, new_type, gone);
    }
    return is_clear;
}

struct conversion *convert_enum(struct building *at, struct view old_view, struct view new_view,
                                struct source_place where)
{
    struct type *old_type = old_view.type, *new_type = new_view.type;
    bool keeps = enumerators_keep_values(old_type, new_type);
    struct conversion *conversion = conversion_new(at->plan, CONVERT_COPY, old_view, new_view);

    if (keeps && width_of(old_view) == width_of(new_view) && old_type->size == new_type->size)
        return conversion;
    conversion->changes = true;
    conversion->kind = keeps ? CONVERT_NUMBER : CONVERT_ENUM;
    conversion->is_checked = keeps && at->plan->is_back && width_of(new_view) < width_of(old_view);
    conversion->path = at->path;
    if (!values_fit(old_type, new_view)) {
        report_at(at->plan->messages, SEVERITY_ERROR, where.file, where.line,
                  "'%s' does not hold every value of '%s' in its %u bits", at->path,
                  view_name(at->plan, old_view), (unsigned)width_of(new_view));
        advise_stub(at);
        return undecided(at, old_view, new_view);
    }
    if (!keeps && !explain_gone(at, old_type, new_type))
        return undecided(at, old_view, new_view);
    return conversion;
}
