/* emit_checked.c -- the statements that fit a value into less room, as the way back has to (see
 * reverse.h), and end the update where it does not fit.
 */
#include "conversions.h"
#include "emit_values.h"

static const char *type_name(struct emitter *emitter, struct view view)
{
    return view_name(emitter->plan, view);
}

/* "in < 0 || (unsigned long long)in != out": is the value another one after `out = in`?  An
 * integer is compared as the wider of both, never with an unsigned one that it is only congruent
 * to. */
static const char *differs(struct emitter *emitter, const struct conversion *conversion,
                           const char *in, const char *out)
{
    struct arena *arena = emitter->plan->arena;
    enum number_class from = number_class(conversion->old_view.type);
    enum number_class to = number_class(conversion->new_view.type);
    bool from_signed = from == NUMBER_SIGNED, to_signed = to == NUMBER_SIGNED;

    if (from == NUMBER_FLOAT || to == NUMBER_FLOAT) /* NaN stays NaN */
        return arena_format(arena, "(long double)%s != (long double)%s && %s == %s", in, out, in,
                            in);
    if (from_signed && to_signed)
        return arena_format(arena, "(long long)%s != (long long)%s", in, out);
    return arena_format(arena, "%s%s%s(unsigned long long)%s != (unsigned long long)%s",
                        from_signed ? in : to_signed ? out : "",
                        from_signed || to_signed ? " < 0" : "",
                        from_signed || to_signed ? " || " : "",
                        in, out);
}

void emit_checked_number(struct emitter *emitter, const struct conversion *conversion,
                         struct context at)
{
    enum number_class from = number_class(conversion->old_view.type);
    const char *format = from == NUMBER_FLOAT ? "%Lg" : from == NUMBER_SIGNED ? "%lld" : "%llu";
    const char *cast = from == NUMBER_FLOAT ? "long double"
                       : from == NUMBER_SIGNED ? "long long" : "unsigned long long";

    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "%s = %s;\n", plain(emitter, at.out), plain(emitter, at.in));
    emit_indent(emitter, at.depth);
    fprintf(emitter->out, "if (%s)\n", differs(emitter, conversion, at.in, at.out));
    emit_indent(emitter, at.depth + 1);
    fprintf(emitter->out, "kitsune_xf_fail(__FILE__, __LINE__,\n");
    emit_indent(emitter, at.depth + 5);
    fprintf(emitter->out, "\"%s is %s, which does not fit '%s'", conversion->path, format,
            type_name(emitter, conversion->new_view));
    if (conversion->new_view.bit_size)
        fprintf(emitter->out, " : %u", conversion->new_view.bit_size);
    fprintf(emitter->out, "\", (%s)%s);\n", cast, at.in);
}

/* What a longer array has behind the shorter one's end must be nothing. */
void emit_checked_tail(struct emitter *emitter, const struct conversion *conversion,
                       struct context at, const char *length)
{
    const struct type *old = conversion->old_view.type;
    unsigned long long count = conversion->new_view.type->count;
    const char *index = arena_format(emitter->plan->arena, "tail%d", emitter->loop_depth);

    emit_indent(emitter, at.depth);
    if (length)
        fprintf(emitter->out, "if (%s > %llu)\n", length, count);
    else
        fprintf(emitter->out, "for (size_t %s = %llu * sizeof %s[0]; %s < sizeof %s; %s++)\n",
                index, count, at.in, index, at.in, index);
    if (!length) {
        emit_indent(emitter, at.depth + 1);
        fprintf(emitter->out, "if (((const char *)%s)[%s])\n", address_of(emitter, at.in), index);
    }
    emit_indent(emitter, at.depth + 2);
    fprintf(emitter->out, "kitsune_xf_fail(__FILE__, __LINE__,\n");
    emit_indent(emitter, at.depth + 6);
    fprintf(emitter->out, "\"%s holds something behind its first %llu elements, and there are not "
            "%llu in the version to return to\");\n", conversion->path, count,
            (unsigned long long)old->count);
}
