/* analysis_declare.c -- the annotations of types and variables.  See analysis.h.
 *
 * A struct or union that has a tag, or whose first typedef names it, is a subject of its own.
 * One without any name belongs to what it is the type of, and its members are recorded below that
 * with a path: member, typedef or variable.
 */
#include "analysis.h"

#include <stdlib.h>
#include <string.h>

#include "levels.h"
#include "record.h"

/* CXType_BTFTagAttributed of libclang 17 and later; version 14 has CXType_Attributed. */
enum { TYPE_WITH_TAG = 178 };

static const char tag_name[] = "btf_type_tag";
static const char annotation_prefix[] = "kitsune ";

/* What records are about: kind and subject, and the member path so far. */
struct subject {
    const char *kind;
    const char *name;
    const char *path;
};

/* ---- The annotations of one declaration ------------------------------------------------------ */

struct attribute {
    char *text; /* after "kitsune " */
    CXSourceLocation location;
    bool is_of_type; /* it has a tag in the type; else it is of the declaration, level 0 */
    bool is_behind;  /* behind the declared name */
};

struct attribute_list {
    struct analysis *analysis;
    CXCursor owner;
    struct attribute *items;
    size_t count;
};

static bool is_of_declaration(const char *text)
{
    static const char *const names[] = {"IGNORE", "CUSTOM", "GENERIC", "MANUAL_MIGRATE",
                                        "AUTO_MIGRATE", "NOTELOCALS"};
    size_t length = strcspn(text, " ");
    for (size_t i = 0; i < sizeof names / sizeof *names; i++)
        if (strlen(names[i]) == length && !memcmp(names[i], text, length))
            return true;
    return false;
}

/* clang hands the attributes of an earlier declaration on to later ones.  Those were recorded
 * already, and their tags are not in this declaration's type.  Only what has linkage and
 * typedefs are declared more than once; for other variables clang's range may begin behind the
 * attribute. */
static bool is_inherited(CXCursor owner, CXSourceLocation location)
{
    bool has_linkage = clang_getCursorKind(owner) == CXCursor_VarDecl &&
                       clang_getCursorLinkage(owner) != CXLinkage_NoLinkage;
    if (!has_linkage && clang_getCursorKind(owner) != CXCursor_TypedefDecl)
        return false;
    CXFile own_file, attribute_file;
    unsigned own_offset, attribute_offset;
    clang_getExpansionLocation(clang_getRangeStart(clang_getCursorExtent(owner)), &own_file, NULL,
                               NULL, &own_offset);
    clang_getExpansionLocation(location, &attribute_file, NULL, NULL, &attribute_offset);
    return !own_file || !attribute_file || !clang_File_isEqual(own_file, attribute_file) ||
           attribute_offset < own_offset;
}

static bool is_behind_name(CXCursor owner, CXSourceLocation location)
{
    unsigned name_offset, attribute_offset;
    clang_getExpansionLocation(clang_getCursorLocation(owner), NULL, NULL, NULL, &name_offset);
    clang_getExpansionLocation(location, NULL, NULL, NULL, &attribute_offset);
    return attribute_offset > name_offset;
}

static enum CXChildVisitResult collect_attribute(CXCursor cursor, CXCursor parent,
                                                 CXClientData data)
{
    (void)parent;
    struct attribute_list *list = data;
    if (clang_getCursorKind(cursor) != CXCursor_AnnotateAttr)
        return CXChildVisit_Continue;
    CXSourceLocation location = clang_getCursorLocation(cursor);
    char *text = cursor_name(cursor);
    if (starts_with(text, annotation_prefix) && !is_inherited(list->owner, location)) {
        list->items = reallocate(list->items, (list->count + 1) * sizeof *list->items);
        struct attribute *item = &list->items[list->count++];
        item->text = copy_string(text + strlen(annotation_prefix));
        item->location = location;
        item->is_of_type = !is_of_declaration(item->text);
        item->is_behind = is_behind_name(list->owner, location);
    }
    free(text);
    return CXChildVisit_Continue;
}

static struct attribute_list collect_attributes(struct analysis *analysis, CXCursor owner)
{
    struct attribute_list list = {analysis, owner, NULL, 0};
    if (clang_Cursor_hasAttrs(owner))
        clang_visitChildren(owner, collect_attribute, &list);
    return list;
}

static void free_attributes(struct attribute_list *list)
{
    for (size_t i = 0; i < list->count; i++)
        free(list->items[i].text);
    free(list->items);
}

static void add_record(struct analysis *analysis, const struct subject *subject, int level,
                       const struct attribute *attribute)
{
    char *file;
    unsigned line, column;
    place_of(attribute->location, &file, &line, &column);
    char *resolved = resolve_enumerators(analysis, attribute->text);
    struct record record = {subject->kind, subject->name, subject->path, level, resolved,
                            file, line};
    char *formatted = record_format(&record);
    findings_add_record(&analysis->findings, formatted);
    free(formatted);
    free(resolved);
    free(file);
}

/* ---- Levels ---------------------------------------------------------------------------------- */

static int count_tags(CXType type)
{
    char *name = type_name(type);
    int count = 0;
    for (const char *p = name; (p = strstr(p, tag_name)); p += strlen(tag_name))
        count++;
    free(name);
    return count;
}

static bool is_array(enum CXTypeKind kind)
{
    return kind == CXType_ConstantArray || kind == CXType_IncompleteArray ||
           kind == CXType_VariableArray || kind == CXType_DependentSizedArray;
}

/* Takes the type apart down to what the declaration is based on. */
static void read_levels(CXType type, struct type_levels *levels)
{
    *levels = (struct type_levels){.base = 0};
    for (;;) {
        int kind = (int)type.kind;
        if (kind == CXType_Attributed || kind == TYPE_WITH_TAG) {
            CXType inner = clang_Type_getModifiedType(type);
            levels->tags[levels->base] += count_tags(type) - count_tags(inner);
            type = inner;
        } else if (kind == CXType_FunctionProto || kind == CXType_FunctionNoProto) {
            type = clang_getResultType(type);
        } else if (levels->base < DEEPEST_TYPE && is_array(type.kind)) {
            levels->is_array[levels->base++] = true;
            type = clang_getArrayElementType(type);
        } else if (levels->base < DEEPEST_TYPE && kind == CXType_Pointer) {
            levels->base++;
            type = clang_getPointeeType(type);
        } else if (kind == CXType_Atomic) {
            type = clang_Type_getValueType(type);
        } else {
            return;
        }
    }
}

/* When counting failed (a type written in a way that hides its tags): where each kind of
 * annotation usually is. */
static int usual_level(const struct type_levels *type, const char *text)
{
    return starts_with(text, "T ") || starts_with(text, "G ") ? type->base : 0;
}

static void record_attributes(struct analysis *analysis, CXCursor cursor, CXType type,
                              const struct subject *subject)
{
    struct attribute_list list = collect_attributes(analysis, cursor);
    if (!list.count)
        return;
    struct type_levels levels;
    read_levels(type, &levels);
    bool *is_behind = allocate(list.count * sizeof *is_behind);
    int *level_of = allocate(list.count * sizeof *level_of);
    size_t typed = 0;
    for (size_t i = 0; i < list.count; i++)
        if (list.items[i].is_of_type)
            is_behind[typed++] = list.items[i].is_behind;
    bool is_certain = levels_assign(&levels, is_behind, typed, level_of);

    size_t next = 0;
    for (size_t i = 0; i < list.count; i++) {
        const struct attribute *attribute = &list.items[i];
        int level = 0;
        if (attribute->is_of_type) {
            level = is_certain ? level_of[next] : usual_level(&levels, attribute->text);
            next++;
            if (!is_certain && levels.base > 0)
                warn_at(analysis, attribute->location,
                        "cannot tell which pointer the annotation '%s' belongs to; taking "
                        "level %d: write the type out without typeof", attribute->text, level);
        }
        add_record(analysis, subject, level, attribute);
    }
    free(is_behind);
    free(level_of);
    free_attributes(&list);
}

/* ---- Structs and unions ---------------------------------------------------------------------- */

static void visit_members(struct analysis *analysis, CXCursor record,
                          const struct subject *subject);

static bool is_record(CXCursor cursor)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    return kind == CXCursor_StructDecl || kind == CXCursor_UnionDecl;
}

/* "struct S", "union U", "typedef T"; NULL for one without any name. */
static char *record_subject(CXCursor record)
{
    char *name = type_name(clang_getCursorType(record));
    char *subject;
    if (strstr(name, "(unnamed") || strstr(name, "(anonymous"))
        subject = NULL;
    else if (starts_with(name, "struct ") || starts_with(name, "union "))
        subject = copy_string(name);
    else
        subject = format_string("typedef %s", name);
    free(name);
    return subject;
}

/* The unnamed struct or union at the end of the pointers and arrays of a type; `level` is their
 * number. */
static bool find_unnamed_record(CXType type, CXCursor *record, int *level)
{
    for (*level = 0;;) {
        int kind = (int)type.kind;
        if (kind == CXType_Attributed || kind == TYPE_WITH_TAG) {
            type = clang_Type_getModifiedType(type);
        } else if (is_array(type.kind)) {
            type = clang_getArrayElementType(type);
            ++*level;
        } else if (kind == CXType_Pointer) {
            type = clang_getPointeeType(type);
            ++*level;
        } else if (kind == CXType_Elaborated) {
            type = clang_Type_getNamedType(type);
        } else {
            break;
        }
    }
    if (type.kind != CXType_Record)
        return false;
    *record = clang_getTypeDeclaration(type);
    char *subject = record_subject(*record);
    free(subject);
    return subject == NULL;
}

/* Annotations of the struct or union itself: behind its closing brace. */
static void record_own_attributes(struct analysis *analysis, CXCursor record,
                                  const struct subject *subject, int level)
{
    struct attribute_list list = collect_attributes(analysis, record);
    for (size_t i = 0; i < list.count; i++)
        add_record(analysis, subject, level, &list.items[i]);
    free_attributes(&list);
}

struct first_member_search {
    char *name;
};

static enum CXChildVisitResult find_first_member(CXCursor cursor, CXCursor parent,
                                                 CXClientData data)
{
    (void)parent;
    struct first_member_search *search = data;
    if (clang_getCursorKind(cursor) == CXCursor_FieldDecl) {
        search->name = cursor_name(cursor);
        if (search->name[0])
            return CXChildVisit_Break;
        free(search->name);
        search->name = NULL;
    } else if (is_record(cursor) && clang_Cursor_isAnonymousRecordDecl(cursor)) {
        clang_visitChildren(cursor, find_first_member, data);
        if (search->name)
            return CXChildVisit_Break;
    }
    return CXChildVisit_Continue;
}

/* An unnamed member adds nothing to the path of its members; the record of the unnamed union
 * itself (E_TAGGED) is told by its first member: "first^". */
static void visit_unnamed_member(struct analysis *analysis, CXCursor record,
                                 const struct subject *subject)
{
    struct first_member_search search = {NULL};
    clang_visitChildren(record, find_first_member, &search);
    if (search.name) {
        char *path = format_string("%s%s%s^", subject->path, subject->path[0] ? "." : "",
                                   search.name);
        struct subject own = {subject->kind, subject->name, path};
        record_own_attributes(analysis, record, &own, 0);
        free(path);
        free(search.name);
    }
    visit_members(analysis, record, subject);
}

/* What is the type of a member, typedef or variable and has no name of its own. */
static void visit_unnamed_type(struct analysis *analysis, CXType type,
                               const struct subject *subject)
{
    CXCursor record;
    int level;
    if (!find_unnamed_record(type, &record, &level))
        return;
    record_own_attributes(analysis, record, subject, level);
    visit_members(analysis, record, subject);
}

static void visit_named_record(struct analysis *analysis, CXCursor record)
{
    char *name = record_subject(record);
    if (!name)
        return; /* visited by way of what it is the type of */
    struct subject subject = {"type", name, ""};
    if (!strcmp(name, "struct kitsune_frame"))
        analysis->has_frame_type = true;
    record_own_attributes(analysis, record, &subject, 0);
    visit_members(analysis, record, &subject);
    free(name);
}

struct member_visit {
    struct analysis *analysis;
    const struct subject *subject;
};

static void visit_field(struct member_visit *visit, CXCursor field)
{
    char *name = cursor_name(field);
    if (name[0]) { /* else padding: an unnamed bit-field */
        const struct subject *outer = visit->subject;
        char *path = format_string("%s%s%s", outer->path, outer->path[0] ? "." : "", name);
        struct subject subject = {outer->kind, outer->name, path};
        CXType type = clang_getCursorType(field);
        record_attributes(visit->analysis, field, type, &subject);
        visit_unnamed_type(visit->analysis, type, &subject);
        free(path);
    }
    free(name);
}

static enum CXChildVisitResult visit_member(CXCursor cursor, CXCursor parent, CXClientData data)
{
    (void)parent;
    struct member_visit *visit = data;
    if (clang_getCursorKind(cursor) == CXCursor_FieldDecl)
        visit_field(visit, cursor);
    else if (is_record(cursor) && clang_Cursor_isAnonymousRecordDecl(cursor))
        visit_unnamed_member(visit->analysis, cursor, visit->subject);
    else if (is_record(cursor) && clang_isCursorDefinition(cursor))
        visit_named_record(visit->analysis, cursor);
    return CXChildVisit_Continue;
}

static void visit_members(struct analysis *analysis, CXCursor record,
                          const struct subject *subject)
{
    struct member_visit visit = {analysis, subject};
    clang_visitChildren(record, visit_member, &visit);
}

/* ---- Typedefs, variables, locals ------------------------------------------------------------- */

static void visit_typedef(struct analysis *analysis, CXCursor cursor)
{
    char *name = cursor_name(cursor);
    char *subject_name = format_string("typedef %s", name);
    struct subject subject = {"type", subject_name, ""};
    CXType type = clang_getTypedefDeclUnderlyingType(cursor);
    record_attributes(analysis, cursor, type, &subject);
    visit_unnamed_type(analysis, type, &subject);
    free(subject_name);
    free(name);
}

static void visit_with_key(struct analysis *analysis, CXCursor cursor, const char *kind,
                           const char *key)
{
    struct subject subject = {kind, key, ""};
    CXType type = clang_getCursorType(cursor);
    record_attributes(analysis, cursor, type, &subject);
    visit_unnamed_type(analysis, type, &subject);
}

static char *local_key(const struct analysis *analysis, const char *function, const char *name)
{
    return format_string("%s/%s#%s", analysis->main_name, function, name);
}

static void visit_variable(struct analysis *analysis, CXCursor cursor, const char *function)
{
    char *name = cursor_name(cursor);
    char *key;
    if (clang_getCursorLinkage(cursor) == CXLinkage_External)
        key = copy_string(name);
    else if (function)
        key = local_key(analysis, function, name);
    else
        key = format_string("%s/%s", analysis->main_name, name);
    visit_with_key(analysis, cursor, "variable", key);
    free(key);
    free(name);
}

void visit_local(struct analysis *analysis, CXCursor cursor, const char *function)
{
    char *name = cursor_name(cursor);
    if (name[0]) {
        char *key = local_key(analysis, function, name);
        visit_with_key(analysis, cursor, "local", key);
        free(key);
    }
    free(name);
}

static bool is_automatic(CXCursor cursor)
{
    enum CX_StorageClass storage = clang_Cursor_getStorageClass(cursor);
    return storage != CX_SC_Static && storage != CX_SC_Extern;
}

void visit_declaration(struct analysis *analysis, CXCursor cursor, const char *function)
{
    enum CXCursorKind kind = clang_getCursorKind(cursor);
    if (kind == CXCursor_TypedefDecl)
        visit_typedef(analysis, cursor);
    else if (is_record(cursor) && clang_isCursorDefinition(cursor))
        visit_named_record(analysis, cursor);
    else if (kind == CXCursor_VarDecl && function && is_automatic(cursor))
        visit_local(analysis, cursor, function);
    else if (kind == CXCursor_VarDecl)
        visit_variable(analysis, cursor, function);
    else if (kind == CXCursor_FunctionDecl)
        visit_function(analysis, cursor);
}
