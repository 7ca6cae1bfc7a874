/* analysis_function.c -- what function definitions hold.  See analysis.h. */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>

#include "record.h"

struct function_visit {
    struct analysis *analysis;
    const char *name;
    bool is_marked;      /* E_NOTELOCALS */
    bool notes_by_hand;  /* ENTER_FUNC(), NOTE_LOCAL() */
    bool has_body;
    CXCursor body;
    CXSourceLocation mark;
};

/* Local declarations, and calls that note by hand, wherever they are in the body. */
static enum CXChildVisitResult visit_body(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct function_visit *visit = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_CallExpr) {
        char *callee = cursor_name(cursor);
        if (!strcmp(callee, "kitsune_enter_function") || !strcmp(callee, "kitsune_link_local"))
            visit->notes_by_hand = true;
        free(callee);
        if (is_update_point(cursor))
            record_update_point(visit->analysis, cursor, visit->name);
        return CXChildVisit_Recurse;
    }
    if (clang_isDeclaration(kind))
        visit_declaration(visit->analysis, cursor, visit->name);
    /* The inside of a type was visited just now; an initialiser still has to be. */
    bool is_type = kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl ||
                   kind == CXCursor_EnumDecl || kind == CXCursor_TypedefDecl;
    return is_type ? CXChildVisit_Continue : CXChildVisit_Recurse;
}

static enum CXChildVisitResult visit_part(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct function_visit *visit = data;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_AnnotateAttr) {
        char *text = cursor_name(cursor);
        if (!strcmp(text, "kitsune NOTELOCALS")) {
            visit->is_marked = true;
            visit->mark = clang_getCursorLocation(cursor);
        }
        free(text);
    } else if (kind == CXCursor_ParmDecl) {
        visit_local(visit->analysis, cursor, visit->name);
    } else if (kind == CXCursor_CompoundStmt) {
        visit->has_body = true;
        visit->body = cursor;
        clang_visitChildren(cursor, visit_body, visit);
    }
    return CXChildVisit_Continue;
}

/* Tells xfgen that the next version may ask for this function's locals. */
static void record_function(struct function_visit *visit, CXSourceLocation location)
{
    struct analysis *analysis = visit->analysis;
    char *file, *subject = format_string("%s/%s", analysis->main_name, visit->name);
    unsigned line, column;
    place_of(location, &file, &line, &column);
    struct record record = {"function", subject, "", 0, "NOTELOCALS", file, line};
    char *formatted = record_format(&record);
    findings_add_record(&analysis->findings, formatted);
    free(formatted);
    free(file);
    free(subject);
}

void visit_function(struct analysis *analysis, CXCursor cursor)
{
    CXSourceLocation location = clang_getCursorLocation(cursor);
    if (!clang_isCursorDefinition(cursor) || clang_Location_isInSystemHeader(location))
        return;
    char *name = cursor_name(cursor);
    struct function_visit visit = {.analysis = analysis, .name = name};
    clang_visitChildren(cursor, visit_part, &visit);

    if (visit.notes_by_hand) {
        record_function(&visit, visit.is_marked ? visit.mark : location);
        if (visit.is_marked)
            warn_at(analysis, visit.mark, "'%s' is marked E_NOTELOCALS and also notes by hand; "
                    "only what it notes by hand is known: remove one of the two", name);
    } else if (visit.is_marked && visit.has_body && analysis->has_frame_type) {
        if (note_locals_of(analysis, cursor, visit.body))
            record_function(&visit, visit.mark);
    }
    free(name);
}
