/* whole_statics.c -- keeps clang from taking static variables to pieces.  See whole_statics.h. */
#include "whole_statics.h"

#include "record.h"
#include "source_copy.h"
#include "source_overlay.h"

static const char push[] =
    "#pragma clang attribute push(__attribute__((annotate(\"kitsune\"))), "
    "apply_to = variable(is_global))\n";
static const char pop[] = "#pragma clang attribute pop\n";

/* clang can be told to look for sources from another folder. */
static bool works_elsewhere(const struct command *command)
{
    for (size_t i = 0; i < command->arguments.count; i++)
        if (starts_with(command->arguments.items[i], "-working-directory"))
            return true;
    return false;
}

bool whole_statics_possible(const struct unit *unit, const struct command *command)
{
    return unit->was_read && (unit_is_standard_input(unit) ||
                              (source_overlay_can_name(unit->path) && !works_elsewhere(command)));
}

void whole_statics_begin(struct text *text)
{
    /* Sources in other languages of the same command are not changed. */
    text_add(text, "#if !defined __cplusplus && !defined __OBJC__ && !defined __ASSEMBLER__\n");
    text_add(text, push);
    text_add(text, "#endif\n");
}

void whole_statics_source(const struct unit *unit, struct text *text)
{
    if (unit->is_preprocessed) {
        text_add(text, "# 1 \"kitsune\" 1 3\n"); /* as of a header of the system: no warnings */
        text_add(text, push);
        text_add(text, "# 1 \"");
        add_escaped(text, unit_name(unit));
        text_add(text, "\" 2\n");
    }
    insertions_apply(&unit->findings, unit->contents.bytes, unit->contents.length, text);
    text_add(text, "\n\n"); /* the last line may lack its end, or go on */
    if (!unit->is_preprocessed)
        text_add(text, "#if !__INCLUDE_LEVEL__\n"); /* a source may include itself */
    text_add(text, pop);
    if (!unit->is_preprocessed)
        text_add(text, "#endif\n");
}
