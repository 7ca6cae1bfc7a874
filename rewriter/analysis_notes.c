/* analysis_notes.c -- where the code of E_NOTELOCALS goes.  See analysis.h and notes.h.
 *
 * One walk over the function's statements collects the locals and the jumps; then each local is
 * placed.  Whatever cannot be noted is left out with a warning that names it: never does a
 * program fail to compile for its annotations.
 */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>

/* A local that is to be noted. */
struct candidate {
    char *name;
    CXCursor cursor;
    struct range block;      /* its scope */
    bool is_block_plain;     /* the scope's brace stands in the file: a note can be hoisted there */
    size_t position;         /* the note goes here */
    bool is_wrapped;         /* body of a for without braces: braces are inserted as well */
    size_t wrap_end;
};

struct label {
    char *name;
    size_t offset;
};

struct note_walk {
    struct analysis *analysis;
    const char *function;
    struct candidate *candidates;
    size_t candidate_count;
    struct label *labels;
    size_t label_count;
    struct label *gotos; /* a NULL name: a jump to any label */
    size_t goto_count;
    struct jump_list jumps;
};

/* What surrounds the statement that is being looked at. */
struct surroundings {
    struct note_walk *walk;
    const struct surroundings *outer;
    CXCursor cursor;
    struct range block;   /* innermost { } */
    bool is_block_plain;
    size_t switch_offset; /* innermost switch */
    bool is_expression;   /* inside ({ }) */
};

static char source_at(const struct analysis *analysis, size_t offset)
{
    return offset < analysis->source_length ? analysis->source[offset] : '\0';
}

/* ---- Jumps ----------------------------------------------------------------------------------- */

static size_t loose_offset(const struct analysis *analysis, CXCursor cursor)
{
    size_t offset;
    return offset_of(analysis, clang_getCursorLocation(cursor), &offset) ? offset : 0;
}

static void add_label(struct label **list, size_t *count, char *name, size_t offset)
{
    *list = reallocate(*list, (*count + 1) * sizeof **list);
    (*list)[(*count)++] = (struct label){name, offset};
}

static void add_jump(struct jump_list *jumps, size_t source, size_t target)
{
    jumps->items = reallocate(jumps->items, (jumps->count + 1) * sizeof *jumps->items);
    jumps->items[jumps->count++] = (struct jump){source, target};
}

static enum CXChildVisitResult find_label_name(CXCursor cursor, CXCursor parent,
                                               CXClientData data)
{
    (void)parent;
    if (clang_getCursorKind(cursor) != CXCursor_LabelRef)
        return CXChildVisit_Continue;
    char **name = data;
    *name = cursor_name(cursor);
    return CXChildVisit_Break;
}

static bool mentions_goto(const struct analysis *analysis, CXCursor cursor)
{
    struct range range = range_of(analysis, cursor);
    for (size_t i = range.start; i + 4 <= range.end && i + 4 <= analysis->source_length; i++)
        if (!memcmp(analysis->source + i, "goto", 4))
            return true;
    return false;
}

/* A goto, a label, a case: anything that lets control go elsewhere than to the next statement. */
static void collect_jump(struct surroundings *around, CXCursor cursor)
{
    struct note_walk *walk = around->walk;
    size_t offset = loose_offset(walk->analysis, cursor);
    char *name = NULL;
    switch (clang_getCursorKind(cursor)) {
    case CXCursor_LabelStmt:
        add_label(&walk->labels, &walk->label_count, cursor_name(cursor), offset);
        break;
    case CXCursor_GotoStmt:
        clang_visitChildren(cursor, find_label_name, &name);
        add_label(&walk->gotos, &walk->goto_count, name, offset);
        break;
    case CXCursor_IndirectGotoStmt:
        add_label(&walk->gotos, &walk->goto_count, NULL, offset);
        break;
    case CXCursor_GCCAsmStmt:
        if (mentions_goto(walk->analysis, cursor))
            add_label(&walk->gotos, &walk->goto_count, NULL, offset);
        break;
    case CXCursor_CaseStmt:
    case CXCursor_DefaultStmt:
        add_jump(&walk->jumps, around->switch_offset, offset);
        break;
    default:
        break;
    }
}

static void connect_gotos(struct note_walk *walk)
{
    for (size_t i = 0; i < walk->goto_count; i++)
        for (size_t k = 0; k < walk->label_count; k++)
            if (!walk->gotos[i].name || !strcmp(walk->gotos[i].name, walk->labels[k].name))
                add_jump(&walk->jumps, walk->gotos[i].offset, walk->labels[k].offset);
}

/* ---- Locals ---------------------------------------------------------------------------------- */

static bool has_variable_length(CXType type)
{
    while (type.kind == CXType_ConstantArray)
        type = clang_getArrayElementType(type);
    return type.kind == CXType_VariableArray;
}

/* Says why a local has no note. */
static void skip_local(struct note_walk *walk, CXCursor cursor, const char *reason)
{
    char *name = cursor_name(cursor);
    warn_at(walk->analysis, clang_getCursorLocation(cursor),
            "local '%s' of '%s' is not noted for the next version: %s", name, walk->function,
            reason);
    free(name);
}

/* True when the address of the variable can be taken and means its storage. */
static bool can_be_noted(struct note_walk *walk, CXCursor cursor)
{
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(cursor);
    if (storage == CX_SC_Static || storage == CX_SC_Extern)
        return false; /* known from the binary */
    if (storage == CX_SC_Register) {
        skip_local(walk, cursor, "it is declared register; remove the word");
        return false;
    }
    if (clang_getCursorKind(cursor) == CXCursor_VarDecl &&
        has_variable_length(clang_getCanonicalType(clang_getCursorType(cursor)))) {
        skip_local(walk, cursor, "it is an array of variable length");
        return false;
    }
    return true;
}

static void add_candidate(struct note_walk *walk, struct candidate candidate)
{
    candidate.name = cursor_name(candidate.cursor);
    if (!candidate.name[0]) {
        free(candidate.name);
        return;
    }
    walk->candidates = reallocate(walk->candidates,
                                  (walk->candidate_count + 1) * sizeof *walk->candidates);
    walk->candidates[walk->candidate_count++] = candidate;
}

/* The declaration whose variables are being collected, and where their notes go. */
struct declaration_visit {
    struct note_walk *walk;
    struct candidate pattern;
    const char *problem; /* not NULL: no note is possible, for this reason; "": say nothing */
};

static enum CXChildVisitResult collect_variable(CXCursor cursor, CXCursor parent,
                                                CXClientData data)
{
    (void)parent;
    struct declaration_visit *visit = data;
    if (clang_getCursorKind(cursor) != CXCursor_VarDecl)
        return CXChildVisit_Continue;
    if (visit->problem && !visit->problem[0])
        return CXChildVisit_Continue;
    if (!can_be_noted(visit->walk, cursor))
        return CXChildVisit_Continue;
    if (visit->problem) {
        skip_local(visit->walk, cursor, visit->problem);
        return CXChildVisit_Continue;
    }
    struct candidate candidate = visit->pattern;
    candidate.cursor = cursor;
    add_candidate(visit->walk, candidate);
    return CXChildVisit_Continue;
}

/* True when the statement list of a block may get more declarations right behind this one. */
static bool is_statement_of_block(const struct surroundings *around)
{
    enum CXCursorKind kind = clang_getCursorKind(around->cursor);
    if (kind == CXCursor_CompoundStmt)
        return true;
    bool is_label = kind == CXCursor_LabelStmt || kind == CXCursor_CaseStmt ||
                    kind == CXCursor_DefaultStmt;
    return is_label && around->outer && is_statement_of_block(around->outer);
}

static void collect_declaration(const struct surroundings *around, CXCursor statement)
{
    struct analysis *analysis = around->walk->analysis;
    struct declaration_visit visit = {.walk = around->walk};
    CXSourceRange extent = clang_getCursorExtent(statement);
    size_t end = 0;
    bool is_plain = plain_offset_of(analysis, clang_getRangeEnd(extent), &end) && end > 0 &&
                    source_at(analysis, end - 1) == ';';
    if (!is_plain)
        visit.problem = around->is_expression || !around->is_block_plain
                            ? "" /* a temporary of a macro's: block and all */
                            : "its declaration comes from a macro; use ENTER_FUNC() and "
                              "NOTE_LOCAL() in this function instead of E_NOTELOCALS";
    else if (!is_statement_of_block(around))
        visit.problem = "its declaration is not a statement of a block; put braces around it";
    visit.pattern.block = around->block;
    visit.pattern.is_block_plain = around->is_block_plain;
    visit.pattern.position = end;
    clang_visitChildren(statement, collect_variable, &visit);
}

/* ---- for (int i = 0; ...) -------------------------------------------------------------------- */

static enum CXChildVisitResult keep_last(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    *(CXCursor *)data = cursor;
    return CXChildVisit_Continue;
}

/* clang's range of a statement does not hold the semicolon that ends it. */
static bool find_statement_end(const struct analysis *analysis, CXCursor statement, size_t *end)
{
    if (!plain_offset_of(analysis, clang_getRangeEnd(clang_getCursorExtent(statement)), end) ||
        !*end)
        return false;
    size_t next = *end;
    while (strchr(" \t\r\n", source_at(analysis, next)) && next < analysis->source_length)
        next++;
    if (source_at(analysis, next) == ';') {
        *end = next + 1;
        return true;
    }
    char last = source_at(analysis, *end - 1);
    return last == ';' || last == '}';
}

/* The variables of a for live as long as the loop, but nothing can be put behind their
 * declaration: they are noted anew at the start of every round. */
static void collect_for_declaration(const struct surroundings *around, CXCursor statement)
{
    struct analysis *analysis = around->walk->analysis;
    struct declaration_visit visit = {.walk = around->walk};
    CXCursor body = clang_getNullCursor();
    clang_visitChildren(around->cursor, keep_last, &body);
    struct candidate *pattern = &visit.pattern;
    size_t start;
    bool is_plain = plain_offset_of(analysis, clang_getRangeStart(clang_getCursorExtent(body)),
                                    &start);
    pattern->block = range_of(analysis, body);
    if (is_plain && clang_getCursorKind(body) == CXCursor_CompoundStmt &&
        source_at(analysis, start) == '{') {
        pattern->position = start + 1;
    } else if (is_plain && clang_getCursorKind(body) != CXCursor_CompoundStmt &&
               find_statement_end(analysis, body, &pattern->wrap_end)) {
        pattern->is_wrapped = true;
        pattern->position = start;
        pattern->block.end = pattern->wrap_end;
    } else {
        visit.problem = "the body of its loop comes from a macro; put braces around it";
    }
    clang_visitChildren(statement, collect_variable, &visit);
}

/* ---- The walk -------------------------------------------------------------------------------- */

static enum CXChildVisitResult walk_statement(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct surroundings *around = data;
    struct analysis *analysis = around->walk->analysis;
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    struct surroundings inner = *around;
    inner.outer = around;
    inner.cursor = cursor;

    collect_jump(around, cursor);
    if (kind == CXCursor_DeclStmt && clang_getCursorKind(around->cursor) == CXCursor_ForStmt)
        collect_for_declaration(around, cursor);
    else if (kind == CXCursor_DeclStmt)
        collect_declaration(around, cursor);
    else if (kind == CXCursor_StmtExpr)
        inner.is_expression = true;
    else if (kind == CXCursor_SwitchStmt)
        inner.switch_offset = loose_offset(analysis, cursor);
    else if (kind == CXCursor_CompoundStmt) {
        size_t start;
        inner.block = range_of(analysis, cursor);
        inner.is_block_plain =
            plain_offset_of(analysis, clang_getRangeStart(clang_getCursorExtent(cursor)),
                            &start) && source_at(analysis, start) == '{';
    }
    clang_visitChildren(cursor, walk_statement, &inner);
    return CXChildVisit_Continue;
}

static enum CXChildVisitResult collect_parameter(CXCursor cursor, CXCursor parent,
                                                 CXClientData data)
{
    (void)parent;
    struct declaration_visit *visit = data;
    if (clang_getCursorKind(cursor) == CXCursor_ParmDecl && can_be_noted(visit->walk, cursor)) {
        struct candidate candidate = visit->pattern;
        candidate.cursor = cursor;
        add_candidate(visit->walk, candidate);
    }
    return CXChildVisit_Continue;
}

/* ---- Inserting ------------------------------------------------------------------------------- */

static void insert(struct analysis *analysis, size_t offset, struct text *code)
{
    findings_add_insertion(&analysis->findings, offset, code->bytes);
    text_clear(code);
}

static void place_candidate(struct note_walk *walk, const struct candidate *candidate)
{
    struct analysis *analysis = walk->analysis;
    struct text code = {0};
    enum note_place place = note_decide(&walk->jumps, candidate->block, candidate->position);
    if (candidate->is_wrapped && place != NOTE_IN_PLACE)
        place = NOTE_IMPOSSIBLE;
    if (place == NOTE_HOISTED && !candidate->is_block_plain)
        place = NOTE_IMPOSSIBLE;

    unsigned number = ++analysis->note_count;
    if (place == NOTE_IMPOSSIBLE) {
        skip_local(walk, candidate->cursor, "a switch or goto enters its scope behind its "
                                            "declaration; declare it in an outer block");
    } else if (place == NOTE_HOISTED) {
        note_add_empty(&code, number);
        insert(analysis, candidate->block.start + 1, &code);
        note_add_link(&code, candidate->name, number);
        insert(analysis, candidate->position, &code);
    } else {
        if (candidate->is_wrapped)
            text_add(&code, "{");
        note_add_local(&code, candidate->name, number);
        if (candidate->is_wrapped)
            text_add(&code, " ");
        insert(analysis, candidate->position, &code);
        if (candidate->is_wrapped) {
            text_add(&code, " }");
            insert(analysis, candidate->wrap_end, &code);
        }
    }
    text_free(&code);
}

static void free_walk(struct note_walk *walk)
{
    for (size_t i = 0; i < walk->candidate_count; i++)
        free(walk->candidates[i].name);
    for (size_t i = 0; i < walk->label_count; i++)
        free(walk->labels[i].name);
    for (size_t i = 0; i < walk->goto_count; i++)
        free(walk->gotos[i].name);
    free(walk->candidates);
    free(walk->labels);
    free(walk->gotos);
    free(walk->jumps.items);
}

static bool has_error_inside(const struct analysis *analysis, struct range range)
{
    for (size_t i = 0; i < analysis->error_count; i++)
        if (analysis->error_offsets[i] >= range.start && analysis->error_offsets[i] <= range.end)
            return true;
    return false;
}

/* True when code can be put behind the function's opening brace; else says why not. */
static bool can_insert(struct analysis *analysis, CXCursor function, CXCursor body,
                       const char *name, size_t *brace)
{
    CXSourceLocation location = clang_getCursorLocation(function);
    CXSourceLocation start = clang_getRangeStart(clang_getCursorExtent(body));
    if (!offset_of(analysis, start, brace)) {
        warn_at(analysis, location, "the locals of '%s' are not noted: E_NOTELOCALS works for "
                "functions in the source file that is compiled; move the definition from this "
                "header into the .c file", name);
    } else if (!plain_offset_of(analysis, start, brace) || source_at(analysis, *brace) != '{') {
        warn_at(analysis, location, "the locals of '%s' are not noted: its opening brace comes "
                "from a macro; write the brace out", name);
    } else if (has_error_inside(analysis, range_of(analysis, function))) {
        warn_of_problem_at(analysis, location, "the locals of '%s' are not noted: the analysis "
                           "cannot parse this function; use ENTER_FUNC() and NOTE_LOCAL()", name);
    } else {
        return true;
    }
    return false;
}

bool note_locals_of(struct analysis *analysis, CXCursor function, CXCursor body)
{
    char *name = cursor_name(function);
    size_t brace;
    if (!can_insert(analysis, function, body, name, &brace)) {
        free(name);
        return false;
    }
    struct note_walk walk = {.analysis = analysis, .function = name};
    struct range block = range_of(analysis, body);
    struct declaration_visit parameters = {
        .walk = &walk,
        .pattern = {.block = block, .is_block_plain = true, .position = brace + 1},
    };
    clang_visitChildren(function, collect_parameter, &parameters);
    struct surroundings around = {.walk = &walk, .cursor = body, .block = block,
                                  .is_block_plain = true};
    clang_visitChildren(body, walk_statement, &around);
    connect_gotos(&walk);

    struct text code = {0};
    note_add_frame(&code);
    insert(analysis, brace + 1, &code);
    text_free(&code);
    for (size_t i = 0; i < walk.candidate_count; i++)
        place_candidate(&walk, &walk.candidates[i]);
    free_walk(&walk);
    free(name);
    return true;
}
