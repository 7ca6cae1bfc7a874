/* analysis_points.c -- where the program may be updated: calls of kitsune_update().
 *
 * Each becomes a record of the kind `point`, so that others know a version's update points however
 * it was compiled, and without reading its machine code.  See docs/annotations-section.md.
 */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"

bool is_update_point(CXCursor call)
{
    char *callee = cursor_name(call);
    bool result = !strcmp(callee, "kitsune_update") || !strcmp(callee, "kitsune_update_holding");
    free(callee);
    return result;
}

/* White space inside a record's field is collapsed, but a point's name must come back as it is. */
static char *escape_name(const char *name)
{
    struct text escaped = {0};
    text_add(&escaped, "");
    for (const unsigned char *p = (const unsigned char *)name; *p; p++) {
        bool is_inner_blank = *p == ' ' && p > (const unsigned char *)name && p[-1] != ' ' && p[1];
        if (*p == '\\' || *p < 0x20 || *p == 0x7f || (*p == ' ' && !is_inner_blank))
            text_add_format(&escaped, "\\%03o", *p);
        else
            text_add_bytes(&escaped, (const char *)p, 1);
    }
    return escaped.bytes;
}

void record_update_point(struct analysis *analysis, CXCursor call, const char *function)
{
    CXEvalResult value = clang_Cursor_getNumArguments(call) >= 1
                             ? clang_Cursor_Evaluate(clang_Cursor_getArgument(call, 0)) : NULL;
    bool is_known = value && clang_EvalResult_getKind(value) == CXEval_StrLiteral;
    char *name = escape_name(is_known ? clang_EvalResult_getAsStr(value) : "");
    char *annotation = format_string(is_known ? "POINT %s" : "UNKNOWN_POINT", name);
    char *file, *subject = format_string("%s/%s", analysis->main_name, function);
    unsigned line, column;
    place_of(clang_getCursorLocation(call), &file, &line, &column);
    struct record record = {"point", subject, "", 0, annotation, file, line};
    char *formatted = record_format(&record);
    findings_add_record(&analysis->findings, formatted);
    free(formatted);
    free(subject);
    free(file);
    free(annotation);
    free(name);
    if (value)
        clang_EvalResult_dispose(value);
}
