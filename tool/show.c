/* show.c -- status and outcome for people and for programs. */
#include "show.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static bool is_number(const char *name, const char *value)
{
    const char *end = strrchr(name, '_');
    if (end && end - name >= 5 && strcmp(name + strlen(name) - 8, "build_id") == 0)
        return false;
    size_t digits = strspn(value, "0123456789");
    return digits && digits < 19 && !value[digits] && (value[0] != '0' || digits == 1);
}

/* Framing of the status file, and how the tool reaches the program: of no use to others. */
static bool is_internal(const char *name)
{
    static const char *const names[] = {"sequence", "end", "started", "signal", "phase"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(names[i], name) == 0)
            return true;
    return false;
}

json_t *fields_to_json(const struct fields *fields)
{
    json_t *object = json_object();
    for (size_t i = 0; i < fields->count; i++) {
        const char *name = fields->list[i].name, *value = fields->list[i].value;
        if (is_internal(name))
            continue;
        json_t *converted = is_number(name, value) ? json_integer(atoll(value))
                                                   : json_string(value);
        /* A path need not be UTF-8. */
        json_object_set_new(object, name, converted ? converted : json_string_nocheck("?"));
    }
    return object;
}

void print_json(json_t *value)
{
    json_dumpf(value, stdout, JSON_INDENT(2));
    putchar('\n');
    json_decref(value);
}

char *format_duration(char *buffer, long long nanoseconds)
{
    if (nanoseconds < 100000)
        snprintf(buffer, DURATION_SIZE, "%.1f us", (double)nanoseconds / 1e3);
    else if (nanoseconds < 10000000000)
        snprintf(buffer, DURATION_SIZE, "%.3f ms", (double)nanoseconds / 1e6);
    else
        snprintf(buffer, DURATION_SIZE, "%.3f s", (double)nanoseconds / 1e9);
    return buffer;
}
