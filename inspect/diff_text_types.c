/* diff_text_types.c -- the types that changed, members beside each other:
 *
 *      ~ struct visitor  48 -> 56 bytes, rebuilt
 *            reached by *visitors
 *                0      32  char name[32]                             copied
 *        ~      32     4>8  int visits -> long count                  widened, 1-2.xf:6
 *        +     >40       8  time_t last_seen                          1-2.xf:9
 *        ~   40>48       8  struct visitor *next                      followed and rebuilt
 *
 * Offset and size, old>new where they differ.  Runs of members that did not change, or only moved
 * together, are one line unless everything is asked for.
 */
#include "diff_text.h"

#include <string.h>

enum { NUMBER_WIDTH = 7, ENUMERATOR_COLUMN = 20, HOW_COLUMN = 65 };

struct columns {
    int offset, size; /* their widths */
};

/* ---- Members --------------------------------------------------------------------------------- */

static const char *offset_text(struct diff *diff, uint64_t bit, bool is_bit_field)
{
    return is_bit_field ? arena_format(diff->arena, "%llu.%llu", (unsigned long long)bit / 8,
                                       (unsigned long long)bit % 8)
                        : arena_format(diff->arena, "%llu", (unsigned long long)bit / 8);
}

static const char *size_text(struct diff *diff, uint64_t bits, bool is_bit_field)
{
    return is_bit_field ? arena_format(diff->arena, "%llub", (unsigned long long)bits)
                        : arena_format(diff->arena, "%llu", (unsigned long long)bits / 8);
}

/* "8", "8>16", ">16", "8>". */
static const char *beside(struct diff *diff, const char *old, const char *new)
{
    if (old && new && strcmp(old, new) == 0)
        return old;
    return arena_format(diff->arena, "%s>%s", old ? old : "", new ? new : "");
}

static void write_how(const struct text *text, const char *how, enum style style, int column)
{
    if (!how[0])
        return;
    if (column >= HOW_COLUMN)
        fprintf(text->stream, "\n%*s", HOW_COLUMN, "");
    else
        fprintf(text->stream, "%*s", HOW_COLUMN - column, "");
    fputs(style_on(text, style), text->stream);
    write_wrapped(text->stream, how, HOW_COLUMN, HOW_COLUMN, TEXT_WIDTH);
    fputs(style_off(text, style), text->stream);
}

static enum style style_of_decision(const struct decision *decision)
{
    return decision->kind == DECISION_NEEDED ? STYLE_NEEDED
           : decision->kind == DECISION_DROPPED ? STYLE_GONE : STYLE_PLAIN;
}

static const char *offsets_of(struct diff *diff, const struct member_change *row)
{
    const struct member *old = row->old_member, *new = row->new_member;

    return beside(diff, old ? offset_text(diff, row->old_bit, old->bit_size) : NULL,
                  new ? offset_text(diff, row->new_bit, new->bit_size) : NULL);
}

static const char *sizes_of(struct diff *diff, const struct member_change *row)
{
    const struct member *old = row->old_member, *new = row->new_member;
    const char *old_size = old ? size_text(diff, row->old_bits, old->bit_size) : NULL;
    const char *new_size = new ? size_text(diff, row->new_bits, new->bit_size) : NULL;

    return beside(diff, old_size ? old_size : new_size, new_size ? new_size : old_size);
}

/* Where the declarations of a type's members begin. */
static struct columns columns_of(const struct text *text, const struct type_change *change)
{
    struct columns columns = {NUMBER_WIDTH, NUMBER_WIDTH};
    size_t i;

    for (i = 0; i < change->member_count; i++) {
        int offset = (int)strlen(offsets_of(text->diff, &change->members[i]));
        int size = (int)strlen(sizes_of(text->diff, &change->members[i]));

        columns.offset = offset > columns.offset ? offset : columns.offset;
        columns.size = size > columns.size ? size : columns.size;
    }
    return columns;
}

static int declaration_column(struct columns columns)
{
    return 2 + 2 + columns.offset + 1 + columns.size + 2;
}

/* The column after the text. */
static int write_declaration(const struct text *text, const char *declaration, int column)
{
    write_wrapped(text->stream, declaration, (size_t)column, (size_t)column + 4, TEXT_WIDTH);
    return column + (int)strlen(declaration);
}

static void write_member(const struct text *text, const struct member_change *row,
                         struct columns columns)
{
    struct diff *diff = text->diff;
    bool has_both = row->old_member && row->new_member;
    const char *declaration = row->new_member ? row->new_text : row->old_text;
    const char *old = has_both && strcmp(row->old_text, row->new_text) != 0 ? row->old_text : NULL;
    const char *origin = NULL;
    enum style style = style_of(row->changes);
    int indent = 2 * row->depth, start = declaration_column(columns) + indent, column;

    fprintf(text->stream, "  %s%c %*s %*s  %*s", style_on(text, style), mark_of(row->changes),
            columns.offset, offsets_of(diff, row), columns.size, sizes_of(diff, row), indent, "");
    if (old && start + (int)(strlen(old) + strlen(declaration)) + 4 < HOW_COLUMN) {
        column = write_declaration(text, arena_format(diff->arena, "%s -> %s", old, declaration),
                                   start);
    } else if (old) {
        write_declaration(text, old, start);
        fprintf(text->stream, "\n%*s-> ", start, "");
        column = write_declaration(text, declaration, start + 3);
    } else {
        column = write_declaration(text, declaration, start);
    }
    fputs(style_off(text, style), text->stream);
    if (row->origin)
        origin = arena_format(diff->arena, "%s %s", row->new_member ? "from" : "to", row->origin);
    write_how(text, decision_words(text, &row->decision, origin), style_of_decision(&row->decision),
              column);
    fputc('\n', text->stream);
}

/* Nothing to say about it: it is the same, or just moved with its neighbours. */
static bool is_dull(const struct member_change *row)
{
    return (row->changes & ~(unsigned)CHANGE_PLACE) == 0 &&
           (row->decision.kind == DECISION_AUTOMATIC || row->decision.kind == DECISION_NONE);
}

static bool moved_alike(const struct member_change *left, const struct member_change *right)
{
    return left->new_bit - left->old_bit == right->new_bit - right->old_bit &&
           left->depth == right->depth;
}

/* How many rows from `first` on can be one line. */
static size_t dull_run(const struct type_change *change, size_t first)
{
    size_t i;

    for (i = first; i < change->member_count && is_dull(&change->members[i]) &&
                    moved_alike(&change->members[first], &change->members[i]); i++)
        ;
    return i - first;
}

static void write_run(const struct text *text, const struct member_change *first, size_t count,
                      struct columns columns)
{
    long long delta = ((long long)first->new_bit - (long long)first->old_bit) / 8;

    fprintf(text->stream, "    %s%*s%zu members", style_on(text, STYLE_FAINT),
            declaration_column(columns) - 4, "", count);
    if (delta)
        fprintf(text->stream, " moved by %+lld", delta);
    else
        fputs(" as before", text->stream);
    fprintf(text->stream, "%s\n", style_off(text, STYLE_FAINT));
}

static void write_members(const struct text *text, const struct type_change *change)
{
    struct columns columns = columns_of(text, change);
    size_t i, run;

    for (i = 0; i < change->member_count; i++) {
        run = text->options->shows_all ? 0 : dull_run(change, i);
        if (run > 1) {
            write_run(text, &change->members[i], run, columns);
            i += run - 1;
        } else {
            write_member(text, &change->members[i], columns);
        }
    }
}

/* ---- Enumerators ----------------------------------------------------------------------------- */

static void write_enumerator(const struct text *text, const struct type_change *change,
                             const struct enumerator_change *row)
{
    const struct enumerator *old = row->old_enumerator, *new = row->new_enumerator;
    enum style style = style_of(row->changes);
    char values[64];

    if (old && new && old->value != new->value)
        snprintf(values, sizeof values, "%lld -> %lld", (long long)old->value,
                 (long long)new->value);
    else
        snprintf(values, sizeof values, "%lld", (long long)(new ? new : old)->value);
    fprintf(text->stream, "  %s%c %*s%s = %s%s", style_on(text, style), mark_of(row->changes),
            ENUMERATOR_COLUMN - 4, "", (new ? new : old)->name, values, style_off(text, style));
    if (old && !new && change->decision.kind == DECISION_AUTOMATIC)
        fputs("   where it is met, the update is refused", text->stream);
    fputc('\n', text->stream);
}

static void write_enumerators(const struct text *text, const struct type_change *change)
{
    size_t i, same = 0;

    for (i = 0; i < change->enumerator_count; i++) {
        if (change->enumerators[i].changes || text->options->shows_all)
            write_enumerator(text, change, &change->enumerators[i]);
        else
            same++;
    }
    if (same)
        fprintf(text->stream, "    %s%*s%zu value%s as before%s\n", style_on(text, STYLE_FAINT),
                ENUMERATOR_COLUMN - 4, "", same, same == 1 ? "" : "s",
                style_off(text, STYLE_FAINT));
}

/* ---- Types ----------------------------------------------------------------------------------- */

static void write_sizes(const struct text *text, const struct type_change *change)
{
    const struct type *old = change->old_type, *new = change->new_type;

    if (old && new && old->size != new->size)
        fprintf(text->stream, "  %llu -> %llu bytes", (unsigned long long)old->size,
                (unsigned long long)new->size);
    else
        fprintf(text->stream, "  %llu byte%s", (unsigned long long)(new ? new : old)->size,
                (new ? new : old)->size == 1 ? "" : "s");
}

static void write_texts(const struct text *text, const struct type_change *change)
{
    if (change->old_text && change->new_text && strcmp(change->old_text, change->new_text) != 0)
        fprintf(text->stream, "      %s -> %s\n",
                change->old_text[0] ? change->old_text : "not annotated",
                change->new_text[0] ? change->new_text : "not annotated");
    else if ((change->new_text ? change->new_text : change->old_text)[0])
        fprintf(text->stream, "      %s\n", change->new_text ? change->new_text : change->old_text);
}

/* Both ends of a long path say most. */
static const char *shortened(const struct text *text, const char *path, size_t room)
{
    size_t length = strlen(path), half = room / 2 - 2;

    if (length <= room)
        return path;
    return arena_format(text->diff->arena, "%.*s ... %s", (int)half, path, path + length - half);
}

static void write_type(const struct text *text, const struct type_change *change)
{
    const char *how = decision_words(text, &change->decision, NULL);
    enum style style = style_of(change->changes);

    fprintf(text->stream, "\n%s%c %s", style_on(text, style), mark_of(change->changes),
            change->old_name ? change->old_name : change->new_name);
    if (change->changes & CHANGE_NAME)
        fprintf(text->stream, " -> %s", change->new_name);
    fputs(style_off(text, style), text->stream);
    write_sizes(text, change);
    if (how[0])
        fprintf(text->stream, ", %s%s%s", style_on(text, style_of_decision(&change->decision)), how,
                style_off(text, style_of_decision(&change->decision)));
    fprintf(text->stream, "\n      %s", style_on(text, STYLE_FAINT));
    if (change->reached_by)
        fprintf(text->stream, "reached by %s", shortened(text, change->reached_by, 80));
    else
        fputs("nothing that is migrated holds one", text->stream);
    fprintf(text->stream, "%s\n", style_off(text, STYLE_FAINT));
    write_texts(text, change);
    write_members(text, change);
    write_enumerators(text, change);
}

/* "added   struct a, struct b" */
static void write_names(const struct text *text, unsigned changes, const char *word)
{
    const char *names = "";
    size_t i;

    for (i = 0; i < text->diff->type_count; i++) {
        const struct type_change *change = &text->diff->types[i];

        if (change->changes == changes)
            names = arena_format(text->diff->arena, "%s%s%s", names, names[0] ? ", " : "",
                                 change->new_name ? change->new_name : change->old_name);
    }
    if (!names[0])
        return;
    fprintf(text->stream, "\n%s%s%s ", style_on(text, style_of(changes)), word,
            style_off(text, style_of(changes)));
    write_wrapped(text->stream, names, strlen(word) + 1, 8, TEXT_WIDTH);
    fputc('\n', text->stream);
}

void text_types(const struct text *text)
{
    const struct diff *diff = text->diff;
    const struct tally *tally = &diff->type_tally;
    size_t i, same = tally->total - tally->changed - tally->added;

    if (!tally->changed && !tally->added && !tally->gone && !text->options->shows_all)
        return;
    text_heading(text, "TYPES");
    for (i = 0; i < diff->type_count; i++) {
        unsigned changes = diff->types[i].changes;

        if (text->options->shows_all ||
            (changes && !(changes & (CHANGE_ADDED | CHANGE_GONE))))
            write_type(text, &diff->types[i]);
    }
    if (text->options->shows_all)
        return;
    write_names(text, CHANGE_ADDED, "+ added");
    write_names(text, CHANGE_GONE, "- gone");
    if (same)
        fprintf(text->stream, "\n  %s%zu as before%s\n", style_on(text, STYLE_FAINT), same,
                style_off(text, STYLE_FAINT));
}
