/* diff_text_variables.c -- variables, what is followed from them, and functions. */
#include "diff_text.h"

#include <string.h>

enum { NAME_COLUMN = 4, HOW_COLUMN = 52 };

/* Of what the pause consists of, unless everything is asked for. */
enum { MOST_ROOTS = 20, MOST_TYPES = 12 };

/* ---- Variables ------------------------------------------------------------------------------- */

static const char *names_of(const struct text *text, const struct variable_change *change)
{
    struct arena *arena = text->diff->arena;

    if (change->old_key && change->new_key && strcmp(change->old_key, change->new_key) != 0)
        return arena_format(arena, "%s -> %s", change->old_key, change->new_key);
    if (change->old_key && !change->new_key && change->origin)
        return arena_format(arena, "%s -> %s", change->old_key, change->origin);
    return change->new_key ? change->new_key : change->old_key;
}

static void write_line(const struct text *text, unsigned changes, const char *name, const char *how,
                       enum style how_style)
{
    enum style style = style_of(changes);
    int column = NAME_COLUMN + (int)strlen(name);

    fprintf(text->stream, "  %s%c %s%s", style_on(text, style), mark_of(changes), name,
            style_off(text, style));
    if (how[0]) {
        if (column + 2 > HOW_COLUMN)
            fprintf(text->stream, "\n%*s", HOW_COLUMN, "");
        else
            fprintf(text->stream, "%*s", HOW_COLUMN - column, "");
        fputs(style_on(text, how_style), text->stream);
        write_wrapped(text->stream, how, HOW_COLUMN, HOW_COLUMN, TEXT_WIDTH);
        fputs(style_off(text, how_style), text->stream);
    }
    fputc('\n', text->stream);
}

static void write_beside(const struct text *text, const char *old, const char *new)
{
    if (strlen(old) + strlen(new) + 10 < TEXT_WIDTH) {
        fprintf(text->stream, "      %s -> %s\n", old, new);
        return;
    }
    fputs("      ", text->stream);
    write_wrapped(text->stream, old, 6, 10, TEXT_WIDTH);
    fputs("\n        -> ", text->stream);
    write_wrapped(text->stream, new, 11, 15, TEXT_WIDTH);
    fputc('\n', text->stream);
}

static void write_variable(const struct text *text, const struct variable_change *change)
{
    const struct decision *decision = &change->decision;
    const char *origin = change->origin && change->changes & CHANGE_ADDED
                             ? arena_format(text->diff->arena, "from %s", change->origin) : NULL;
    const char *how = decision_words(text, decision, origin);
    const unsigned in_type = CHANGE_TYPE | CHANGE_SIZE | CHANGE_MEANING;

    if (!how[0] && change->is_constant)
        how = "constant, no state";
    write_line(text, change->changes, names_of(text, change), how,
               decision->kind == DECISION_NEEDED ? STYLE_NEEDED
               : decision->kind == DECISION_DROPPED ? STYLE_GONE : STYLE_PLAIN);
    if ((!change->old_text || !change->new_text) && !(change->changes & CHANGE_NAME))
        fprintf(text->stream, "      %s%s%s\n", style_on(text, STYLE_FAINT),
                change->new_text ? change->new_text : change->old_text,
                style_off(text, STYLE_FAINT));
    else if (change->new_text && change->changes & in_type &&
             strcmp(change->old_text, change->new_text) != 0)
        write_beside(text, change->old_text, change->new_text);
    if (change->changes & CHANGE_PLACE && change->old_file && change->new_file &&
        strcmp(change->old_key, change->new_key) == 0)
        write_beside(text, change->old_file, change->new_file);
    if (change->changes & CHANGE_STORAGE)
        write_beside(text, change->old_storage[0] ? change->old_storage : "in writable memory",
                     change->new_storage[0] ? change->new_storage : "in writable memory");
}

/* A size that changed because the type did is told with the type. */
static bool is_worth_a_line(const struct text *text, const struct variable_change *change)
{
    return text->options->shows_all || (change->changes & ~(unsigned)CHANGE_SIZE) ||
           change->decision.kind == DECISION_NEEDED || change->decision.kind == DECISION_RULE;
}

static void write_variables(const struct text *text, bool locals, const char *heading)
{
    const struct diff *diff = text->diff;
    bool has_heading = false;
    size_t i;

    for (i = 0; i < diff->variable_count; i++) {
        const struct variable_change *change = &diff->variables[i];

        if (change->is_local != locals || !is_worth_a_line(text, change) ||
            (change->is_constant && !text->options->shows_all))
            continue;
        if (!has_heading)
            text_heading(text, "%s", heading);
        has_heading = true;
        write_variable(text, change);
    }
}

/* ---- What the update looks at ---------------------------------------------------------------- */

/* The types of the objects that are rebuilt, or those that are only looked at. */
static const char *walked_names(const struct text *text, const struct variable_change *change,
                                bool rebuilt)
{
    struct arena *arena = text->diff->arena;
    const char *words = "";
    size_t i, count = 0;

    for (i = 0; i < change->walked_count; i++) {
        const struct pair *pair = change->walked[i];

        if (pair->changes != rebuilt || pair->new_view.type->kind == TYPE_POINTER)
            continue;
        if (text->options->shows_all || ++count <= MOST_TYPES)
            words = arena_format(arena, "%s%s%s", words, words[0] ? ", " : "", pair->name);
    }
    return count > MOST_TYPES ? arena_format(arena, "%s and %zu more types", words,
                                             count - MOST_TYPES) : words;
}

static bool is_root(const struct variable_change *change)
{
    return change->new_key && (change->is_rewritten || change->walk == WALK_FOLLOWED);
}

static void write_root(const struct text *text, const struct variable_change *change)
{
    const char *rebuilt = walked_names(text, change, true);
    const char *visited = walked_names(text, change, false);
    const char *words = change->is_rewritten ? "itself" : "";

    if (rebuilt[0])
        words = arena_format(text->diff->arena, "%s%s%s", words,
                             words[0] ? ", " : "", rebuilt);
    if (words[0])
        words = arena_format(text->diff->arena, "converts %s", words);
    if (visited[0])
        words = arena_format(text->diff->arena, "%s%slooks through %s", words,
                             words[0] ? "; " : "", visited);
    fprintf(text->stream, "    %s%s%s\n      ", style_on(text, STYLE_HEADING), change->new_key,
            style_off(text, STYLE_HEADING));
    write_wrapped(text->stream, words[0] ? words : "looks at its pointers", 6, 6, TEXT_WIDTH);
    fputc('\n', text->stream);
}

static void write_never_walked(const struct text *text)
{
    const struct diff *diff = text->diff;
    const char *names = "";
    size_t i, count = 0;

    for (i = 0; i < diff->variable_count; i++) {
        const struct variable_change *change = &diff->variables[i];

        if (change->new_key && change->walk == WALK_NEVER && !is_root(change) &&
            (++count <= MOST_ROOTS || text->options->shows_all))
            names = arena_format(diff->arena, "%s%s%s", names, names[0] ? ", " : "",
                                 change->new_key);
    }
    if (!names[0])
        return;
    if (count > MOST_ROOTS && !text->options->shows_all)
        names = arena_format(diff->arena, "%s and %zu more", names, count - MOST_ROOTS);
    fputs("    never walked, since nothing reachable from them changed:\n      ", text->stream);
    write_wrapped(text->stream, names, 6, 6, TEXT_WIDTH);
    fputc('\n', text->stream);
}

static void write_walks(const struct text *text)
{
    const struct diff *diff = text->diff;
    bool any = false;
    size_t i, roots = 0;

    for (i = 0; i < diff->variable_count; i++)
        any |= is_root(&diff->variables[i]) || diff->variables[i].walk == WALK_NEVER;
    if (!any)
        return;
    text_heading(text, "WHAT THE PAUSE CONSISTS OF");
    if (diff->decisions_needed)
        fprintf(text->stream, "    %sas far as it is decided%s\n", style_on(text, STYLE_FAINT),
                style_off(text, STYLE_FAINT));
    for (i = 0; i < diff->variable_count; i++)
        if (is_root(&diff->variables[i]) && (++roots <= MOST_ROOTS || text->options->shows_all))
            write_root(text, &diff->variables[i]);
    if (roots > MOST_ROOTS && !text->options->shows_all)
        fprintf(text->stream, "    and %zu more variables; --all shows them\n", roots - MOST_ROOTS);
    write_never_walked(text);
}

void text_variables(const struct text *text)
{
    write_variables(text, false, "VARIABLES");
    write_variables(text, true, "NOTED LOCALS");
    write_walks(text);
}

/* ---- Functions ------------------------------------------------------------------------------- */

static void write_function(const struct text *text, const struct function_change *change)
{
    const char *old = change->old_function ? change->old_function->key : NULL;
    const char *new = change->new_function ? change->new_function->key : NULL;
    const char *name = old && new && strcmp(old, new) != 0
                           ? arena_format(text->diff->arena, "%s -> %s", old, new)
                           : new ? new : old;
    unsigned seen = change->changes & ~(unsigned)CHANGE_SIZE;
    const char *how = "";

    if (old && new && change->old_function->size != change->new_function->size)
        how = arena_format(text->diff->arena, "%llu -> %llu bytes of code",
                           (unsigned long long)change->old_function->size,
                           (unsigned long long)change->new_function->size);
    write_line(text, seen, name, how, STYLE_FAINT);
    if (change->changes & CHANGE_TYPE)
        write_beside(text, change->old_text, change->new_text);
}

void text_functions(const struct text *text)
{
    const struct diff *diff = text->diff;
    size_t i;

    if (!text->options->shows_functions && !diff->signatures_changed)
        return;
    text_heading(text,
                 text->options->shows_functions ? "FUNCTIONS" : "FUNCTIONS WHOSE TYPE CHANGED");
    for (i = 0; i < diff->function_count; i++) {
        unsigned changes = diff->functions[i].changes;

        if (text->options->shows_all || changes & CHANGE_TYPE ||
            (text->options->shows_functions && changes))
            write_function(text, &diff->functions[i]);
    }
}
