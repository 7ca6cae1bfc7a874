/* emit_enum.c -- the statements that map an enum by the names of its values. */
#include "conversions.h"
#include "emit_values.h"

#include <string.h>

static const char *name_of(struct emitter *emitter, const struct type *type)
{
    const char *name = type_path(emitter->plan->old_program, type);

    return name ? name : "the enum";
}

static void emit_fail(struct emitter *emitter, const struct conversion *conversion,
                      struct context at, const char *what)
{
    emit_indent(emitter, at.depth + 1);
    fprintf(emitter->out, "kitsune_xf_fail(__FILE__, __LINE__,\n");
    emit_indent(emitter, at.depth + 5);
    fprintf(emitter->out, "\"%s is %s (%%lld) of %s, which has no namesake in the %s; "
            "write a rule for the enum\",\n", conversion->path, what,
            name_of(emitter, conversion->old_view.type),
            emitter->plan->is_back ? "version to return to" : "new version");
    emit_indent(emitter, at.depth + 5);
    fprintf(emitter->out, "(long long)%s);\n", at.in);
}

static bool is_first_of_value(const struct type *type, size_t index)
{
    size_t i;

    for (i = 0; i < index; i++)
        if (type->enumerators[i].value == type->enumerators[index].value)
            return false;
    return true;
}

/* Of several names for one value, one that the new version has. */
static const struct enumerator *namesake_of(const struct type *old, const struct type *new,
                                            int64_t value)
{
    const struct enumerator *found = NULL;
    size_t i;

    for (i = 0; !found && i < old->enumerator_count; i++)
        if (old->enumerators[i].value == value)
            found = enumerator_named(new, old->enumerators[i].name);
    return found;
}

/* What is none of the named values: several flags at once. */
static void emit_flags(struct emitter *emitter, const struct conversion *conversion,
                       struct context at, const char *cast)
{
    const struct type *old = conversion->old_view.type, *new = conversion->new_view.type;
    size_t i;

    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "default: {\n");
    at.depth++;
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "unsigned long long rest = %s, flags = 0;\n\n", at.in);
    for (i = 0; i < old->enumerator_count; i++) {
        int64_t value = old->enumerators[i].value;
        const struct enumerator *namesake = namesake_of(old, new, value);

        if (!is_single_bit(value) || !is_first_of_value(old, i) || !namesake)
            continue;
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "if (rest & 0x%llxu)\n", (unsigned long long)value);
        emit_indent(emitter, at.depth + 1);
        fprintf(emitter->out, "flags |= 0x%llxu; /* %s */\n",
                (unsigned long long)namesake->value, namesake->name);
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "rest &= ~0x%llxull;\n", (unsigned long long)value);
    }
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "if (rest)\n");
    emit_fail(emitter, conversion, at, "a value");
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "%s = %sflags;\n", at.out, cast);
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "break;\n");
    emit_indent(emitter, at.depth - 1);
    fprintf(emitter->out, "}\n");
}

void emit_enum_switch(struct emitter *emitter, const struct conversion *conversion,
                      struct context at)
{
    const struct type *old = conversion->old_view.type, *new = conversion->new_view.type;
    const char *cast = arena_format(emitter->plan->arena, "(%s)",
                                    declare(emitter, conversion->new_view.program,
                                            conversion->new_view.type, ""));
    size_t i;

    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "switch ((long long)%s) {\n", at.in);
    for (i = 0; i < old->enumerator_count; i++) {
        const struct enumerator *namesake = namesake_of(old, new, old->enumerators[i].value);

        if (!is_first_of_value(old, i))
            continue;
        emit_indent(emitter, at.depth);
        if (namesake) {
            fprintf(emitter->out, "case %lld: %s = %s%lld; break; /* %s */\n",
                    (long long)old->enumerators[i].value, at.out, cast,
                    (long long)namesake->value, namesake->name);
        } else {
            fprintf(emitter->out, "case %lld:\n", (long long)old->enumerators[i].value);
            emit_fail(emitter, conversion, at, old->enumerators[i].name);
            emit_indent(emitter, at.depth + 1);
            fprintf(emitter->out, "break;\n");
        }
    }
    if (is_flags_enum(old)) {
        emit_flags(emitter, conversion, at, cast);
    } else {
        emit_indent(emitter, at.depth);
        fprintf(emitter->out, "default:\n");
        emit_fail(emitter, conversion, at, "a value");
    }
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "}\n");
}
