/* diff_skeleton.c -- an .xf file to begin with: what has to be decided, and the rules for it.
 *
 * A rule stands as it is when it cannot do wrong: it keeps every value, or refuses the update.  One
 * that is right under a condition stands behind //, below the condition.  So the file can always be
 * given to xfgen, which goes on asking for what has not been decided.
 */
#include "diff.h"

#include <string.h>

struct skeleton {
    struct diff *diff;
    FILE *stream;
    const char **rules; /* those that stand as they are: one rule may answer several questions */
    size_t rule_count, rule_capacity;
};

/* Text inside a comment must not end it. */
static const char *harmless(struct skeleton *skeleton, const char *text)
{
    char *copy = arena_copy_string(skeleton->diff->arena, text), *end;

    while ((end = strstr(copy, "*/")) != NULL)
        end[1] = '|';
    return copy;
}

static void comment(struct skeleton *skeleton, const char *prefix, const char *text)
{
    size_t width = 98, length;

    text = harmless(skeleton, text);
    for (; *text; text += length + (text[length] == ' '), prefix = " *    ") {
        size_t room = width - strlen(prefix);

        length = strlen(text);
        if (length > room) {
            for (length = room; length > 0 && text[length] != ' '; length--)
                ;
            if (length == 0)
                length = strcspn(text, " ");
        }
        fprintf(skeleton->stream, "%s%.*s\n", prefix, (int)length, text);
    }
}

/* ---- Rules ----------------------------------------------------------------------------------- */

static bool stands_already(struct skeleton *skeleton, const char *rule)
{
    size_t i;

    for (i = 0; i < skeleton->rule_count; i++)
        if (strcmp(skeleton->rules[i], rule) == 0)
            return true;
    *(const char **)diff_add(skeleton->diff, &skeleton->rules, &skeleton->rule_count,
                             &skeleton->rule_capacity, sizeof *skeleton->rules) = rule;
    return false;
}

static void write_safe_rule(struct skeleton *skeleton, const char *rule)
{
    if (stands_already(skeleton, rule))
        fputs("/* the rule for it stands above */\n", skeleton->stream);
    else
        write_rule(skeleton->stream, rule, "", 98);
}

static void write_rules(struct skeleton *skeleton, const struct message *message)
{
    const struct message_help *help;

    for (help = message->helps; help; help = help->next) {
        if (help->kind != HELP_RULE)
            continue;
        if (help->condition) {
            fprintf(skeleton->stream, "/* %s: */\n", harmless(skeleton, help->condition));
            write_rule(skeleton->stream, help->text, "// ", 98);
        } else {
            write_safe_rule(skeleton, help->text);
        }
    }
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void write_question(struct skeleton *skeleton, const struct question *question)
{
    const struct message *message = question->message;
    struct arena *arena = skeleton->diff->arena;
    const struct message_help *help;

    fputc('\n', skeleton->stream);
    comment(skeleton, "/* ", question->number
                ? arena_format(arena, "%d. %s", question->number, message->text) : message->text);
    if (message->file)
        comment(skeleton, " *    ", message->line
                    ? arena_format(arena, "(%s:%d)", message->file, message->line)
                    : arena_format(arena, "(%s)", message->file));
    if (question->old_text && !has_one_declaration(question))
        comment(skeleton, " *      old: ", question->old_text);
    if (question->new_text)
        comment(skeleton, has_one_declaration(question) ? " *      both: " : " *      new: ",
                question->new_text);
    for (help = message->helps; help; help = help->next)
        if (help->kind == HELP_TEXT)
            comment(skeleton, " *    ", help->text);
    fputs(" */\n", skeleton->stream);
    write_rules(skeleton, message);
}

/* ---- What is gone ---------------------------------------------------------------------------- */

static void write_dropped(struct skeleton *skeleton,
                          const char *(*rule_of)(const struct question *), const char *heading)
{
    const struct diff *diff = skeleton->diff;
    bool has_heading = false;
    size_t i;

    for (i = diff->decisions_needed; i < diff->question_count; i++) {
        const struct question *question = &diff->questions[i];
        const char *rule = rule_of(question);

        if (!rule)
            continue;
        if (!has_heading)
            fprintf(skeleton->stream, "\n/* Gone, and their values are dropped; %s: */\n", heading);
        has_heading = true;
        fprintf(skeleton->stream, "// %-48s /* was: %s */\n", rule,
                harmless(skeleton, question->old_text ? question->old_text : "?"));
    }
}

/* ---- What is new ----------------------------------------------------------------------------- */

static bool is_aggregate(struct type *type)
{
    type = type_strip(type);
    return type->kind == TYPE_STRUCT || type->kind == TYPE_UNION || type->kind == TYPE_ARRAY;
}

/* Some message proposes a rule that feeds it, or a member of it. */
static bool is_spoken_for(const struct diff *diff, const char *path)
{
    const struct message_help *help;
    size_t i, length = strlen(path);
    const char *arrow;

    for (i = 0; i < diff->question_count; i++)
        for (help = diff->questions[i].message->helps; help; help = help->next) {
            arrow = help->kind == HELP_RULE ? strstr(help->text, "-> ") : NULL;
            if (arrow && strncmp(arrow + 3, path, length) == 0 &&
                (!arrow[3 + length] || arrow[3 + length] == '.' || arrow[3 + length] == ':'))
                return true;
        }
    return false;
}

static void write_init(struct skeleton *skeleton, const char *path, const char *code,
                       bool *has_heading)
{
    if (is_spoken_for(skeleton->diff, path))
        return;
    if (!*has_heading)
        fputs("\n/* New.  Members are zero, variables have what their initialiser says, unless: */\n",
              skeleton->stream);
    *has_heading = true;
    fprintf(skeleton->stream, "// INIT %s: { %s }\n", path, code);
}

static void write_new_members(struct skeleton *skeleton, const struct type_change *type,
                              bool *has_heading)
{
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        const struct member_change *row = &type->members[i];

        if (row->decision.kind == DECISION_INITIAL && row->depth == 0 && row->new_member->name &&
            !row->new_member->bit_size)
            write_init(skeleton,
                       arena_format(skeleton->diff->arena, "%s.%s", type->new_name, row->new_name),
                       is_aggregate(row->new_member->type) ? "memset(&$out, 0, sizeof $out);"
                                                           : "$out = 0;", has_heading);
    }
}

static void write_new(struct skeleton *skeleton)
{
    const struct diff *diff = skeleton->diff;
    bool has_heading = false;
    size_t i;

    for (i = 0; i < diff->type_count; i++)
        write_new_members(skeleton, &diff->types[i], &has_heading);
    for (i = 0; i < diff->variable_count; i++) {
        const struct variable_change *change = &diff->variables[i];
        const struct variable *variable;

        if (change->decision.kind != DECISION_INITIAL || change->is_local)
            continue;
        variable = model_find_variable(diff->plan->new_program, change->new_key);
        if (variable && variable->has_address && !variable->is_thread_local)
            write_init(skeleton, change->new_key, "/* as initialised; or: $out = ...; */",
                       &has_heading);
    }
}

/* ---- All ------------------------------------------------------------------------------------- */

static void write_head(struct skeleton *skeleton)
{
    const struct diff *diff = skeleton->diff;
    const struct program *old = diff->plan->old_program, *new = diff->plan->new_program;

    comment(skeleton, "/* ", arena_format(diff->arena, "From %s to %s: what has to be decided.",
                                          file_name(old->path), file_name(new->path)));
    fprintf(skeleton->stream,
            " *\n"
            " * Written by `kitsune diff --skeleton` for the builds %.8s and %.8s%s%s.\n"
            " * Rules that stand as they are keep every value, or refuse the update (FAIL) until\n"
            " * their code is written.  Take the // off those whose condition holds, delete the\n"
            " * others, and ask `kitsune diff --xf` again what is left. */\n",
            old->build_id, new->build_id, diff->spec_path ? ",\n * beside the rules of " : "",
            diff->spec_path ? harmless(skeleton, file_name(diff->spec_path)) : "");
}

void diff_write_skeleton(struct diff *diff, FILE *stream)
{
    struct skeleton skeleton = {.diff = diff, .stream = stream};
    size_t i;

    write_head(&skeleton);
    if (!diff->decisions_needed)
        fputs("\n/* Nothing needs a decision. */\n", stream);
    for (i = 0; i < diff->decisions_needed; i++)
        write_question(&skeleton, &diff->questions[i]);
    for (; i < diff->question_count; i++)
        if (!successor_rule(&diff->questions[i]) && !drop_rule(&diff->questions[i]))
            write_question(&skeleton, &diff->questions[i]);
    write_dropped(&skeleton, successor_rule,
                  "perhaps they moved or were renamed (if not, write DROP)");
    write_dropped(&skeleton, drop_rule, "where that is meant");
    write_new(&skeleton);
}
