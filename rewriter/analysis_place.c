/* analysis_place.c -- places in the source.  See analysis.h. */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>

static char *take_string(CXString string)
{
    const char *bytes = clang_getCString(string);
    char *copy = copy_string(bytes ? bytes : "");
    clang_disposeString(string);
    return copy;
}

char *cursor_name(CXCursor cursor)
{
    return take_string(clang_getCursorSpelling(cursor));
}

char *type_name(CXType type)
{
    return take_string(clang_getTypeSpelling(type));
}

void place_of(CXSourceLocation location, char **file, unsigned *line, unsigned *column)
{
    CXString name;
    clang_getPresumedLocation(location, &name, line, column);
    char *path = take_string(name);
    /* clang says "./header.h" where gcc says "header.h". */
    char *shown = path;
    while (starts_with(shown, "./") && shown[2])
        shown += 2;
    *file = copy_string(shown);
    free(path);
}

bool offset_of(const struct analysis *analysis, CXSourceLocation location, size_t *offset)
{
    CXFile file;
    unsigned value;
    clang_getExpansionLocation(location, &file, NULL, NULL, &value);
    *offset = value;
    return file && clang_File_isEqual(file, analysis->main_file);
}

bool plain_offset_of(const struct analysis *analysis, CXSourceLocation location, size_t *offset)
{
    CXFile file;
    unsigned value;
    if (!offset_of(analysis, location, offset))
        return false;
    clang_getFileLocation(location, &file, NULL, NULL, &value);
    return file && clang_File_isEqual(file, analysis->main_file) && value == *offset;
}

struct range range_of(const struct analysis *analysis, CXCursor cursor)
{
    CXSourceRange extent = clang_getCursorExtent(cursor);
    struct range range = {0, 0};
    if (!offset_of(analysis, clang_getRangeStart(extent), &range.start) ||
        !offset_of(analysis, clang_getRangeEnd(extent), &range.end))
        range.start = range.end = 0;
    return range;
}

static char *message_at(CXSourceLocation location, const char *format, va_list arguments)
{
    char *file, *text;
    unsigned line, column;
    place_of(location, &file, &line, &column);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    char *message = format_string("%s:%u:%u: warning: kitcc: %s", file, line, column, text);
    free(text);
    free(file);
    return message;
}

void warn_at(struct analysis *analysis, CXSourceLocation location, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    list_take(&analysis->findings.warnings, message_at(location, format, arguments));
    va_end(arguments);
}

void warn_of_problem_at(struct analysis *analysis, CXSourceLocation location, const char *format,
                        ...)
{
    va_list arguments;
    va_start(arguments, format);
    list_take(&analysis->findings.problems, message_at(location, format, arguments));
    va_end(arguments);
}
