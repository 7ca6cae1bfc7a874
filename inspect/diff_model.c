/* diff_model.c -- building the model of what changed, and the words that its parts share. */
#include "diff.h"

#include <stdlib.h>
#include <string.h>

void *diff_add(struct diff *diff, void *array_pointer, size_t *count, size_t *capacity, size_t size)
{
    void **array = array_pointer, *grown;

    if (*count == *capacity) {
        *capacity = *capacity ? 2 * *capacity : 8;
        grown = arena_allocate(diff->arena, *capacity * size);
        if (*count)
            memcpy(grown, *array, *count * size);
        *array = grown;
    }
    return (char *)*array + (*count)++ * size;
}

/* ---- Declarations ---------------------------------------------------------------------------- */

const char *declaration_text(struct diff *diff, const struct type *type, const char *name,
                             const struct annotation *annotation)
{
    char *text = type ? type_to_string(type, name) : strdup("");
    const char *whole = arena_copy_string(diff->arena, text ? text : "");

    free(text);
    for (; annotation; annotation = annotation->next)
        whole = arena_format(diff->arena, "%s%s%s%s%s%s", whole, whole[0] ? " " : "",
                             annotation_kind_name(annotation->kind),
                             annotation->argument[0] ? "(" : "", annotation->argument,
                             annotation->argument[0] ? ")" : "");
    return whole;
}

static bool has_file(const struct program *program, const char *file)
{
    size_t i;

    for (i = 0; i < program->function_count; i++)
        if (strcmp(program->functions[i].file, file) == 0)
            return true;
    for (i = 0; i < program->variable_count; i++)
        if (strcmp(program->variables[i].file, file) == 0)
            return true;
    return false;
}

bool same_file(struct diff *diff, const char *old_file, const char *new_file)
{
    if (strcmp(old_file, new_file) == 0)
        return true;
    if (!diff->last_files.old_file || strcmp(diff->last_files.old_file, old_file) != 0 ||
        strcmp(diff->last_files.new_file, new_file) != 0) {
        diff->last_files.old_file = old_file;
        diff->last_files.new_file = new_file;
        diff->last_files.is_same = !has_file(diff->plan->new_program, old_file) &&
                                   !has_file(diff->plan->old_program, new_file);
    }
    return diff->last_files.is_same;
}

bool same_annotations(const struct annotation *left, const struct annotation *right)
{
    for (; left && right; left = left->next, right = right->next)
        if (left->kind != right->kind || left->level != right->level ||
            strcmp(left->argument, right->argument) != 0)
            return false;
    return !left && !right;
}

bool same_type_text(struct diff *diff, const struct type *left, const struct type *right)
{
    return strcmp(declaration_text(diff, left, "", NULL),
                  declaration_text(diff, right, "", NULL)) == 0;
}

const char *file_name(const char *path)
{
    const char *slash = strrchr(path, '/');

    return slash ? slash + 1 : path;
}

int rule_line(const struct diff *diff, const struct rule *rule)
{
    int line, column;

    source_position(diff->plan->spec->source, rule->span.start, &line, &column);
    return line;
}

const struct question *question_about(const struct diff *diff, const struct message *message)
{
    size_t i;

    for (i = 0; message && i < diff->question_count; i++)
        if (diff->questions[i].message == message)
            return &diff->questions[i];
    return NULL;
}

bool has_one_declaration(const struct question *question)
{
    return question->old_text && question->new_text &&
           strcmp(question->old_text, question->new_text) == 0;
}

const char *successor_rule(const struct question *question)
{
    const struct message_help *help = question->message->helps;

    return question->is_dropped && question->name && help && help->kind == HELP_RULE &&
                   strncmp(help->text, "DROP ", 5) != 0 ? help->text : NULL;
}

const char *drop_rule(const struct question *question)
{
    const struct message_help *help;

    if (question->is_dropped && question->name && !successor_rule(question))
        for (help = question->message->helps; help; help = help->next)
            if (help->kind == HELP_RULE && strncmp(help->text, "DROP ", 5) == 0)
                return help->text;
    return NULL;
}

/* ---- Questions ------------------------------------------------------------------------------- */

static void add_questions(struct diff *diff, enum severity severity)
{
    const struct message *message;

    for (message = diff->plan->messages->first; message; message = message->next)
        if (message->severity == severity) {
            struct question *question = &diff->questions[diff->question_count++];

            question->message = message;
            if (severity == SEVERITY_ERROR)
                question->number = (int)++diff->decisions_needed;
        }
}

static void collect_questions(struct diff *diff)
{
    const struct message *message;
    size_t count = 0;

    for (message = diff->plan->messages->first; message; message = message->next)
        count++;
    diff->questions = arena_allocate(diff->arena, (count + 1) * sizeof *diff->questions);
    add_questions(diff, SEVERITY_ERROR);
    add_questions(diff, SEVERITY_WARNING);
}

static void describe_question(struct diff *diff, const struct decision *decision, const char *name,
                              const char *old_text, const char *new_text)
{
    struct question *question = (struct question *)question_about(diff, decision->message);

    if (!question || question->name)
        return;
    question->name = name;
    question->old_text = old_text;
    question->new_text = new_text;
    question->is_dropped = decision->kind == DECISION_DROPPED;
}

static const char *member_name(struct diff *diff, const struct type_change *type,
                               const struct member_change *row)
{
    return row->new_member ? arena_format(diff->arena, "%s.%s", type->new_name, row->new_name)
                           : arena_format(diff->arena, "%s.%s", type->old_name, row->old_name);
}

/* What each question is about: the smallest thing that carries its message. */
static void describe_questions(struct diff *diff)
{
    size_t i, j;

    for (i = 0; i < diff->type_count; i++) {
        const struct type_change *type = &diff->types[i];

        describe_question(diff, &type->decision, type->new_name, type->old_name, type->new_name);
    }
    for (i = 0; i < diff->type_count; i++)
        for (j = 0; j < diff->types[i].member_count; j++) {
            const struct member_change *row = &diff->types[i].members[j];

            describe_question(diff, &row->decision, member_name(diff, &diff->types[i], row),
                              row->old_text, row->new_text);
        }
    for (i = 0; i < diff->variable_count; i++) {
        const struct variable_change *variable = &diff->variables[i];

        describe_question(diff, &variable->decision,
                          variable->new_key ? variable->new_key : variable->old_key,
                          variable->old_text, variable->new_text);
    }
}

struct diff *diff_make(struct plan *plan, const char *spec_path)
{
    struct diff *diff = arena_allocate(plan->arena, sizeof *diff);

    diff->plan = plan;
    diff->arena = plan->arena;
    diff->spec_path = spec_path;
    diff_types(diff);
    diff_variables(diff);
    diff_functions(diff);
    collect_questions(diff);
    describe_questions(diff);
    return diff;
}
