/* analysis_main.c -- the program kitcc-analysis: parses one C file with libclang and prints what
 * its annotations say (findings.h).  Run by kitcc; by hand it shows what kitcc would see:
 *
 *      kitcc-analysis [--name=PATH] [--contents-from=FILE] SOURCE [clang options]
 *
 * --name: what to call the main file in keys; --contents-from: read the text there instead.
 */
#include "analysis.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

#include "include_scan.h"
#include "response_file.h"

enum { MOST_PROBLEMS_SHOWN = 5 };

static bool is_parse_problem(CXDiagnostic diagnostic)
{
    CXFile file;
    clang_getExpansionLocation(clang_getDiagnosticLocation(diagnostic), &file, NULL, NULL, NULL);
    return clang_getDiagnosticSeverity(diagnostic) >= CXDiagnostic_Error && file;
}

/* A place in the main file, and whether it is inside a function without annotations. */
struct harmless_search {
    const struct analysis *analysis;
    size_t offset;
    bool is_harmless;
};

static enum CXChildVisitResult visit_for_harmless(CXCursor cursor, CXCursor parent,
                                                  CXClientData data)
{
    (void)parent;
    struct harmless_search *search = data;
    if (clang_getCursorKind(cursor) != CXCursor_FunctionDecl ||
        !clang_isCursorDefinition(cursor))
        return CXChildVisit_Continue;
    struct range range = range_of(search->analysis, cursor);
    if (search->offset < range.start || search->offset >= range.end)
        return CXChildVisit_Continue;
    const char *text = search->analysis->source + range.start;
    size_t length = range.end - range.start;
    /* clang has found the function's end, so nothing behind it was lost. */
    search->is_harmless = text[length - 1] == '}' && !has_annotation_words(text, length);
    return CXChildVisit_Break;
}

static bool is_harmless_at(const struct analysis *analysis, size_t offset)
{
    struct harmless_search search = {analysis, offset, false};
    clang_visitChildren(clang_getTranslationUnitCursor(analysis->unit), visit_for_harmless,
                        &search);
    return search.is_harmless;
}

static void add_problem(struct analysis *analysis, CXDiagnostic diagnostic)
{
    CXSourceLocation location = clang_getDiagnosticLocation(diagnostic);
    size_t offset;
    if (offset_of(analysis, location, &offset)) {
        analysis->error_offsets = reallocate(analysis->error_offsets,
                                             (analysis->error_count + 1) * sizeof offset);
        analysis->error_offsets[analysis->error_count++] = offset;
        if (is_harmless_at(analysis, offset))
            return;
    }
    if (analysis->findings.problems.count >= MOST_PROBLEMS_SHOWN)
        return;
    CXString text = clang_getDiagnosticSpelling(diagnostic);
    warn_of_problem_at(analysis, location,
                       "annotations near here may be lost, for the analysis (clang) cannot parse "
                       "this: %s", clang_getCString(text));
    clang_disposeString(text);
}

static void collect_problems(struct analysis *analysis)
{
    for (unsigned i = 0; i < clang_getNumDiagnostics(analysis->unit); i++) {
        CXDiagnostic diagnostic = clang_getDiagnostic(analysis->unit, i);
        if (is_parse_problem(diagnostic))
            add_problem(analysis, diagnostic);
        clang_disposeDiagnostic(diagnostic);
    }
}

static enum CXChildVisitResult visit_top(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    visit_declaration(data, cursor, NULL);
    return CXChildVisit_Continue;
}

struct options {
    const char *name;
    const char *contents_path;
    const char *source;
    size_t first_clang_option;
};

static bool read_options(const struct string_list *words, struct options *options)
{
    size_t i = 1;
    for (; i < words->count && starts_with(words->items[i], "--"); i++) {
        if (starts_with(words->items[i], "--name="))
            options->name = words->items[i] + strlen("--name=");
        else if (starts_with(words->items[i], "--contents-from="))
            options->contents_path = words->items[i] + strlen("--contents-from=");
        else
            break;
    }
    if (i >= words->count)
        return false;
    options->source = words->items[i];
    options->first_clang_option = i + 1;
    if (!options->name)
        options->name = options->source;
    return true;
}

static enum CXErrorCode parse(struct analysis *analysis, CXIndex index,
                              const struct string_list *words, const struct options *options)
{
    struct CXUnsavedFile contents = {options->source, analysis->source,
                                     (unsigned long)analysis->source_length};
    unsigned flags = CXTranslationUnit_KeepGoing | CXTranslationUnit_IncludeAttributedTypes;
    return clang_parseTranslationUnit2(
        index, options->source,
        (const char *const *)words->items + options->first_clang_option,
        (int)(words->count - options->first_clang_option), &contents, 1, flags, &analysis->unit);
}

static void free_analysis(struct analysis *analysis)
{
    free_constants(analysis);
    free(analysis->error_offsets);
    findings_free(&analysis->findings);
}

int main(int count, char **given)
{
    struct options options = {0};
    struct string_list words = {0}; /* kitcc may have put a long command into a file */
    response_files_expand(count, given, &words);
    if (!read_options(&words, &options)) {
        fprintf(stderr, "usage: kitcc-analysis [--name=PATH] [--contents-from=FILE] SOURCE "
                        "[clang options]\n");
        return 2;
    }
    const char *path = options.contents_path ? options.contents_path : options.source;
    struct text source = {0};
    if (!text_read_file(&source, path)) {
        fprintf(stderr, "kitcc-analysis: cannot read %s: %s\n", path, strerror(errno));
        return 1;
    }
    struct analysis analysis = {.main_path = options.name, .main_name = base_name(options.name),
                                .source = source.bytes, .source_length = source.length};
    CXIndex index = clang_createIndex(0, 0);
    enum CXErrorCode result = parse(&analysis, index, &words, &options);
    if (result == CXError_Success) {
        analysis.main_file = clang_getFile(analysis.unit, options.source);
        collect_problems(&analysis);
        clang_visitChildren(clang_getTranslationUnitCursor(analysis.unit), visit_top, &analysis);
        clang_disposeTranslationUnit(analysis.unit);
    } else {
        list_take(&analysis.findings.problems,
                  format_string("%s: warning: kitcc: all annotations of this file are lost, for "
                                "the analysis (clang) cannot read it (error %d)",
                                options.name, (int)result));
    }
    clang_disposeIndex(index);
    findings_sort(&analysis.findings);
    findings_write(&analysis.findings, stdout);
    free_analysis(&analysis);
    text_free(&source);
    list_free(&words);
    return 0;
}
