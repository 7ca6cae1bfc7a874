/* notes.c -- the code that makes a function's locals known by name.  See notes.h. */
#include "notes.h"

static bool is_inside(size_t offset, size_t start, size_t end)
{
    return offset >= start && offset <= end;
}

enum note_place note_decide(const struct jump_list *jumps, struct range block, size_t position)
{
    bool is_jumped_over = false;
    for (size_t i = 0; i < jumps->count; i++) {
        const struct jump *jump = &jumps->items[i];
        if (is_inside(jump->target, position, block.end) &&
            !is_inside(jump->source, position, block.end))
            is_jumped_over = true;
    }
    if (!is_jumped_over)
        return NOTE_IN_PLACE;
    for (size_t i = 0; i < jumps->count; i++) {
        const struct jump *jump = &jumps->items[i];
        if (is_inside(jump->target, block.start, block.end) &&
            !is_inside(jump->source, block.start, block.end))
            return NOTE_IMPOSSIBLE;
    }
    return NOTE_HOISTED;
}

/* __extension__ keeps -pedantic quiet under old standards; (void *)(integer) drops const without
 * -Wcast-qual; sizeof a type does not mind array parameters. */
static void add_note_variable(struct text *code, unsigned number)
{
    text_add_format(code, " __extension__ struct kitsune_local kitsune_note_%u "
                          "__attribute__((__cleanup__(kitsune_forget_local), __unused__)) = ",
                    number);
}

static void add_note_value(struct text *code, const char *name)
{
    text_add_format(code, "{0, \"%s\", (void *)(__UINTPTR_TYPE__)&%s, sizeof(__typeof__(%s))}",
                    name, name, name);
}

void note_add_frame(struct text *code)
{
    text_add(code, " __extension__ struct kitsune_frame kitsune_frame_ "
                   "__attribute__((__cleanup__(kitsune_leave_function), __unused__)) = "
                   "{0, __func__, 0}; __extension__ char kitsune_entered_ "
                   "__attribute__((__unused__)) = "
                   "(kitsune_enter_function(&kitsune_frame_), (char)0);");
}

void note_add_local(struct text *code, const char *name, unsigned number)
{
    add_note_variable(code, number);
    add_note_value(code, name);
    text_add_format(code, "; __extension__ char kitsune_noted_%u __attribute__((__unused__)) = "
                          "(kitsune_link_local(&kitsune_frame_, &kitsune_note_%u), (char)0);",
                    number, number);
}

void note_add_empty(struct text *code, unsigned number)
{
    add_note_variable(code, number);
    text_add(code, "{0, 0, 0, 0};");
}

/* A jump back may come by again while the note is linked: hence the unlinking first. */
void note_add_link(struct text *code, const char *name, unsigned number)
{
    text_add_format(code, " __extension__ char kitsune_noted_%u __attribute__((__unused__)) = "
                          "(kitsune_forget_local(&kitsune_note_%u), "
                          "kitsune_note_%u = (struct kitsune_local)",
                    number, number, number);
    add_note_value(code, name);
    text_add_format(code, ", kitsune_link_local(&kitsune_frame_, &kitsune_note_%u), (char)0);",
                    number);
}
