/* diff_json.c -- the whole model for tools; the fields are described in kitsune-diff(1). */
#include "diff.h"

#include <jansson.h>
#include <stdlib.h>

static json_t *text_or_null(const char *text)
{
    return text ? json_string(text) : json_null();
}

static json_t *number(uint64_t value)
{
    return json_integer((json_int_t)value);
}

static void set(json_t *object, const char *name, json_t *value)
{
    if (json_object_set_new(object, name, value) != 0) {
        fputs("kitsune diff: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
}

static void add(json_t *array, json_t *value)
{
    if (json_array_append_new(array, value) != 0) {
        fputs("kitsune diff: out of memory\n", stderr);
        exit(EXIT_FAILURE);
    }
}

static json_t *changes_json(unsigned changes)
{
    static const char *const names[] = {"added", "gone", "name", "place", "type", "size", "meaning",
                                        "storage"};
    json_t *array = json_array();
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (changes & 1u << i)
            add(array, json_string(names[i]));
    return array;
}

static json_t *place_json(const struct source_place *place)
{
    json_t *object;

    if (!place->file)
        return json_null();
    object = json_object();
    set(object, "file", json_string(place->file));
    set(object, "line", json_integer(place->line));
    return object;
}

static json_t *rule_json(const struct diff *diff, const struct rule *rule)
{
    json_t *object;

    if (!rule)
        return json_null();
    object = json_object();
    set(object, "file", json_string(diff->plan->spec->source->path));
    set(object, "line", json_integer(rule_line(diff, rule)));
    return object;
}

static json_t *decision_json(const struct diff *diff, const struct decision *decision)
{
    static const char *const kinds[] = {"none",
                                        "automatic", "rule", "initial", "dropped", "needed"};
    const struct question *question = question_about(diff, decision->message);
    json_t *object = json_object();

    set(object, "kind", json_string(kinds[decision->kind]));
    set(object, "how", json_string(decision->how ? decision->how : ""));
    set(object, "rule", rule_json(diff, decision->rule));
    set(object, "question", question ? json_integer(question - diff->questions) : json_null());
    return object;
}

/* ---- Questions ------------------------------------------------------------------------------- */

static json_t *helps_json(const struct message *message)
{
    json_t *array = json_array(), *object;
    const struct message_help *help;

    for (help = message->helps; help; help = help->next) {
        object = json_object();
        set(object, "kind", json_string(help->kind == HELP_RULE ? "rule" : "text"));
        set(object, "text", json_string(help->text));
        set(object, "condition", text_or_null(help->condition));
        add(array, object);
    }
    return array;
}

static json_t *question_json(const struct question *question)
{
    const struct message *message = question->message;
    json_t *object = json_object();

    set(object, "severity", json_string(question->number ? "error" : "warning"));
    set(object, "number", question->number ? json_integer(question->number) : json_null());
    set(object, "text", json_string(message->text));
    set(object, "file", text_or_null(message->file));
    set(object, "line", message->line ? json_integer(message->line) : json_null());
    set(object, "about", text_or_null(question->name));
    set(object, "old", text_or_null(question->old_text));
    set(object, "new", text_or_null(question->new_text));
    set(object, "helps", helps_json(message));
    return object;
}

/* ---- Types ----------------------------------------------------------------------------------- */

static json_t *member_side_json(const struct member *member, const char *name, const char *text,
                                uint64_t bit, uint64_t bits)
{
    json_t *object;

    if (!member)
        return json_null();
    object = json_object();
    set(object, "name", json_string(name));
    set(object, "declaration", json_string(text));
    set(object, "bit_offset", number(bit));
    set(object, "bit_size", number(bits));
    set(object, "is_bit_field", json_boolean(member->bit_size));
    return object;
}

static json_t *members_json(const struct diff *diff, const struct type_change *type)
{
    json_t *array = json_array();
    size_t i;

    for (i = 0; i < type->member_count; i++) {
        const struct member_change *row = &type->members[i];
        json_t *object = json_object();

        set(object, "changes", changes_json(row->changes));
        set(object, "depth", json_integer(row->depth));
        set(object, "old", member_side_json(row->old_member, row->old_name, row->old_text,
                                            row->old_bit, row->old_bits));
        set(object, "new", member_side_json(row->new_member, row->new_name, row->new_text,
                                            row->new_bit, row->new_bits));
        set(object, "origin", text_or_null(row->origin));
        set(object, "decision", decision_json(diff, &row->decision));
        add(array, object);
    }
    return array;
}

static json_t *enumerators_json(const struct type_change *type)
{
    json_t *array = json_array();
    size_t i;

    for (i = 0; i < type->enumerator_count; i++) {
        const struct enumerator_change *row = &type->enumerators[i];
        const struct enumerator *either = row->new_enumerator ? row->new_enumerator
                                                              : row->old_enumerator;
        json_t *object = json_object();

        set(object, "changes", changes_json(row->changes));
        set(object, "name", json_string(either->name));
        set(object, "old", row->old_enumerator ? json_integer(row->old_enumerator->value)
                                               : json_null());
        set(object, "new", row->new_enumerator ? json_integer(row->new_enumerator->value)
                                               : json_null());
        add(array, object);
    }
    return array;
}

static json_t *type_side_json(const struct type *type, const char *name, const char *text)
{
    json_t *object;

    if (!type)
        return json_null();
    object = json_object();
    set(object, "name", json_string(name));
    set(object, type->kind == TYPE_TYPEDEF ? "is" : "annotations", json_string(text));
    set(object, "size", number(type->size));
    set(object, "place", place_json(&type->place));
    return object;
}

static json_t *type_json(const struct diff *diff, const struct type_change *type)
{
    json_t *object = json_object();

    set(object, "changes", changes_json(type->changes));
    set(object, "old", type_side_json(type->old_type, type->old_name, type->old_text));
    set(object, "new", type_side_json(type->new_type, type->new_name, type->new_text));
    set(object, "reached_by", text_or_null(type->reached_by));
    set(object, "rebuilt", json_boolean(type->is_rebuilt));
    set(object, "visited", json_boolean(type->is_visited));
    set(object, "decision", decision_json(diff, &type->decision));
    set(object, "members", members_json(diff, type));
    set(object, "enumerators", enumerators_json(type));
    return object;
}

/* ---- Variables and functions ----------------------------------------------------------------- */

static json_t *variable_side_json(const char *key, const char *text, const char *storage,
                                  const struct source_place *place)
{
    json_t *object;

    if (!key)
        return json_null();
    object = json_object();
    set(object, "key", json_string(key));
    set(object, "declaration", json_string(text));
    set(object, "storage", json_string(storage ? storage : ""));
    set(object, "place", place_json(place));
    return object;
}

static json_t *variable_json(const struct diff *diff, const struct variable_change *variable)
{
    static const char *const walks[] = {"nothing to follow", "never", "followed"};
    json_t *object = json_object(), *walked = json_array();
    size_t i;

    for (i = 0; i < variable->walked_count; i++) {
        json_t *type = json_object();

        set(type, "type", json_string(variable->walked[i]->name));
        set(type, "rebuilt", json_boolean(variable->walked[i]->changes));
        add(walked, type);
    }
    set(object, "changes", changes_json(variable->changes));
    set(object, "local", json_boolean(variable->is_local));
    set(object, "constant", json_boolean(variable->is_constant));
    set(object, "old", variable_side_json(variable->old_key, variable->old_text,
                                          variable->old_storage, &variable->old_place));
    set(object, "new", variable_side_json(variable->new_key, variable->new_text,
                                          variable->new_storage, &variable->new_place));
    set(object, "origin", text_or_null(variable->origin));
    set(object, "rewritten", json_boolean(variable->is_rewritten));
    set(object, "walk", json_string(walks[variable->walk]));
    set(object, "walked", walked);
    set(object, "decision", decision_json(diff, &variable->decision));
    return object;
}

static json_t *function_side_json(const struct function *function, const char *text)
{
    json_t *object;

    if (!function)
        return json_null();
    object = json_object();
    set(object, "key", json_string(function->key));
    set(object, "declaration", json_string(text));
    set(object, "code_size", number(function->size));
    set(object, "place", place_json(&function->place));
    return object;
}

static json_t *function_json(const struct function_change *function)
{
    json_t *object = json_object();

    set(object, "changes", changes_json(function->changes));
    set(object, "old", function_side_json(function->old_function, function->old_text));
    set(object, "new", function_side_json(function->new_function, function->new_text));
    return object;
}

/* ---- All ------------------------------------------------------------------------------------- */

static json_t *tally_json(const struct tally *tally)
{
    json_t *object = json_object();

    set(object, "total", number(tally->total));
    set(object, "changed", number(tally->changed));
    set(object, "added", number(tally->added));
    set(object, "gone", number(tally->gone));
    return object;
}

static json_t *summary_json(const struct diff *diff)
{
    json_t *object = json_object();

    set(object, "types", tally_json(&diff->type_tally));
    set(object, "variables", tally_json(&diff->variable_tally));
    set(object, "constants", tally_json(&diff->constant_tally));
    set(object, "noted_locals", tally_json(&diff->local_tally));
    set(object, "functions", tally_json(&diff->function_tally));
    set(object, "decisions_needed", number(diff->decisions_needed));
    set(object, "spec_errors", number(diff->spec_errors));
    return object;
}

static json_t *version_json(const struct program *program)
{
    json_t *object = json_object();

    set(object, "path", json_string(program->path));
    set(object, "build_id", text_or_null(program->build_id));
    return object;
}

void diff_write_json(struct diff *diff, FILE *stream)
{
    json_t *object = json_object(), *questions = json_array(), *types = json_array();
    json_t *variables = json_array(), *functions = json_array();
    size_t i;

    for (i = 0; i < diff->question_count; i++)
        add(questions, question_json(&diff->questions[i]));
    for (i = 0; i < diff->type_count; i++)
        add(types, type_json(diff, &diff->types[i]));
    for (i = 0; i < diff->variable_count; i++)
        add(variables, variable_json(diff, &diff->variables[i]));
    for (i = 0; i < diff->function_count; i++)
        add(functions, function_json(&diff->functions[i]));
    set(object, "old", version_json(diff->plan->old_program));
    set(object, "new", version_json(diff->plan->new_program));
    set(object, "spec", text_or_null(diff->spec_path));
    set(object, "summary", summary_json(diff));
    set(object, "questions", questions);
    set(object, "types", types);
    set(object, "variables", variables);
    set(object, "functions", functions);
    json_dumpf(object, stream, JSON_INDENT(2));
    fputc('\n', stream);
    json_decref(object);
}
