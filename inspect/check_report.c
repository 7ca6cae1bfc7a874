/* check_report.c -- what `kitsune check` prints: the messages of each subject under a heading, the
 * subjects with errors first, and a verdict.  The same as JSON for programs. */
#include "readiness.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>

static const struct {
    const char *heading, *name; /* name: in JSON */
} subjects[SUBJECT_COUNT] = {
    [SUBJECT_FILES] = {"The files", "files"},
    [SUBJECT_POINTS] = {"Update points", "update_points"},
    [SUBJECT_MIGRATION] = {"What the new version takes over", "migration"},
    [SUBJECT_DATA] = {"Variables and types", "data"},
    [SUBJECT_KEPT] = {"What libraries remember of the program", "kept"},
    [SUBJECT_THREADS] = {"Threads and jumps", "threads"},
};

static const char *const severity_words[] = {"error", "warning", "note"};

/* ---- The verdict --------------------------------------------------------------------------- */

struct verdict report_verdict(const struct readiness *check, bool is_strict)
{
    struct verdict verdict = {0};
    int i;

    for (i = 0; i < SUBJECT_COUNT; i++) {
        verdict.errors += check->messages[i].error_count;
        verdict.warnings += check->messages[i].warning_count;
    }
    verdict.is_ready = !verdict.errors && !(is_strict && verdict.warnings);
    return verdict;
}

static const char *plural(int count)
{
    return count == 1 ? "" : "s";
}

static void print_verdict(const struct readiness *check, struct verdict verdict, FILE *stream)
{
    const char *what = check_is_single(check) ? "to be updated" : "for this update";

    if (verdict.is_ready && !verdict.warnings)
        fprintf(stream, "ready: nothing found that stands against it\n");
    else if (verdict.is_ready)
        fprintf(stream, "ready, with %d warning%s\n", verdict.warnings, plural(verdict.warnings));
    else if (!verdict.errors)
        fprintf(stream, "not ready %s: %d warning%s, which count (--strict)\n", what,
                verdict.warnings, plural(verdict.warnings));
    else if (verdict.warnings)
        fprintf(stream, "not ready %s: %d problem%s and %d warning%s\n", what, verdict.errors,
                plural(verdict.errors), verdict.warnings, plural(verdict.warnings));
    else
        fprintf(stream, "not ready %s: %d problem%s\n", what, verdict.errors,
                plural(verdict.errors));
}

/* ---- Text ---------------------------------------------------------------------------------- */

static enum severity worst_of(const struct messages *messages)
{
    return messages->error_count ? SEVERITY_ERROR
           : messages->warning_count ? SEVERITY_WARNING : SEVERITY_NOTE;
}

static bool has_same_help(const struct message *left, const struct message *right)
{
    const struct message_help *a = left->helps, *b = right ? right->helps : NULL;

    while (a && b && a->kind == b->kind && strcmp(a->text, b->text) == 0) {
        a = a->next;
        b = b->next;
    }
    return !a && !b;
}

/* Advice that was given just before is not repeated. */
static void print_message(struct messages *output, const struct message *message,
                          const struct message *before)
{
    const struct message_help *help;

    report_at(output, message->severity, message->file ? message->file : "kitsune check",
              message->line, "%s", message->text);
    if (has_same_help(message, before))
        return;
    for (help = message->helps; help; help = help->next)
        if (help->kind == HELP_RULE)
            report_rule(output, "%s", help->text);
        else if (strncmp(help->text, "try: ", strlen("try: ")) == 0)
            report_help(output, "try: %s", help->text + strlen("try: "));
        else
            report_help(output, "%s", help->text);
}

static void print_subject(const struct readiness *check, int subject, FILE *stream)
{
    struct messages output;
    int severity;

    messages_init(&output, stream);
    fprintf(stream, "%s:\n", subjects[subject].heading);
    for (severity = SEVERITY_ERROR; severity <= SEVERITY_NOTE; severity++) {
        const struct message *message, *before = NULL;

        for (message = check->messages[subject].first; message; message = message->next)
            if ((int)message->severity == severity) {
                print_message(&output, message, before);
                before = message;
            }
    }
    fputc('\n', stream);
}

void report_as_text(const struct readiness *check, struct verdict verdict, FILE *stream)
{
    int severity, subject;

    for (severity = SEVERITY_ERROR; severity <= SEVERITY_NOTE; severity++)
        for (subject = 0; subject < SUBJECT_COUNT; subject++)
            if (check->messages[subject].first &&
                (int)worst_of(&check->messages[subject]) == severity)
                print_subject(check, subject, stream);
    print_verdict(check, verdict, stream);
}

static void print_point(const struct update_point *point, FILE *stream)
{
    if (point->place.file)
        fprintf(stream, "%s:%d: ", point->place.file, point->place.line);
    if (point->name)
        fprintf(stream, "\"%s\" in %s\n", point->name, point->function);
    else
        fprintf(stream, "a name that is not a string literal, in %s\n", point->function);
}

void report_points(const struct version *version, FILE *stream)
{
    size_t i;

    for (i = 0; version->program && i < version->program->update_point_count; i++)
        print_point(&version->program->update_points[i], stream);
}

/* ---- JSON ---------------------------------------------------------------------------------- */

/* Names in a program need not be UTF-8, and jansson takes nothing else. */
static json_t *text_value(const char *text)
{
    json_t *value = text ? json_string(text) : json_null();
    char *readable;

    if (value || !(readable = strdup(text)))
        return value;
    for (char *p = readable; *p; p++)
        if ((unsigned char)*p >= 0x80)
            *p = '?';
    value = json_string(readable);
    free(readable);
    return value;
}

static json_t *message_value(int subject, const struct message *message)
{
    json_t *value = json_object(), *helps = json_array();
    const struct message_help *help;

    for (help = message->helps; help; help = help->next)
        json_array_append_new(helps, text_value(help->text));
    json_object_set_new(value, "subject", json_string(subjects[subject].name));
    json_object_set_new(value, "severity", json_string(severity_words[message->severity]));
    json_object_set_new(value, "file", text_value(message->file));
    json_object_set_new(value, "line",
                        message->line > 0 ? json_integer(message->line) : json_null());
    json_object_set_new(value, "text", text_value(message->text));
    json_object_set_new(value, "help", helps);
    return value;
}

static json_t *points_value(const struct version *version)
{
    json_t *list = json_array();
    size_t i;

    for (i = 0; version->program && i < version->program->update_point_count; i++) {
        const struct update_point *point = &version->program->update_points[i];
        json_t *value = json_object();

        json_object_set_new(value, "name", text_value(point->name));
        json_object_set_new(value, "function", text_value(point->function));
        json_object_set_new(value, "file", text_value(point->place.file));
        json_object_set_new(value, "line", json_integer(point->place.line));
        json_array_append_new(list, value);
    }
    return list;
}

static json_t *version_value(const struct version *version)
{
    json_t *value = json_object();

    json_object_set_new(value, "path", text_value(version->path));
    json_object_set_new(value, "build_id",
                        text_value(version->program ? version->program->build_id : NULL));
    json_object_set_new(value, "update_points", points_value(version));
    return value;
}

static bool write_json(json_t *value, FILE *stream)
{
    bool is_written = value && json_dumpf(value, stream, JSON_INDENT(2)) == 0 &&
                      fputc('\n', stream) != EOF;

    json_decref(value);
    return is_written;
}

bool report_as_json(const struct readiness *check, struct verdict verdict, FILE *stream)
{
    json_t *value = json_object(), *findings = json_array();
    int subject;

    for (subject = 0; subject < SUBJECT_COUNT; subject++) {
        const struct message *message;

        for (message = check->messages[subject].first; message; message = message->next)
            json_array_append_new(findings, message_value(subject, message));
    }
    json_object_set_new(value, "ready", json_boolean(verdict.is_ready));
    json_object_set_new(value, "errors", json_integer(verdict.errors));
    json_object_set_new(value, "warnings", json_integer(verdict.warnings));
    if (!check_is_single(check))
        json_object_set_new(value, "old", version_value(check->old));
    json_object_set_new(value, check_is_single(check) ? "version" : "new",
                        version_value(check->new));
    json_object_set_new(value, "findings", findings);
    return write_json(value, stream);
}

bool report_points_as_json(const struct version *version, FILE *stream)
{
    return write_json(points_value(version), stream);
}
