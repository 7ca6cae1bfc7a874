/* model_annotations.c -- the records of the .kitsune section (docs/annotations-section.md), read
 * and hung on the types, members, variables, locals and functions that they speak of.
 *
 * A record that names something the program does not contain is no mistake: headers annotate more
 * than any one program uses, and optimisation removes variables.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum { FIELD_COUNT = 7 };

/* ---- Reading ------------------------------------------------------------------------------- */

static bool kind_by_name(const char *name, enum annotation_kind *kind)
{
    int i;

    for (i = ANNOTATION_PTR; i <= ANNOTATION_NOTELOCALS; i++)
        if (strcmp(annotation_kind_name(i) + 2, name) == 0) { /* without "E_" */
            *kind = i;
            return true;
        }
    return false;
}

static bool is_record_kind(const char *kind)
{
    return strcmp(kind, "type") == 0 || strcmp(kind, "variable") == 0 ||
           strcmp(kind, "local") == 0 || strcmp(kind, "function") == 0;
}

/* Cuts the text at its tabs, in place; the number of fields. */
static size_t cut_fields(char *text, char *fields[FIELD_COUNT])
{
    size_t count = 0;
    char *field;

    while ((field = strsep(&text, "\t"))) {
        if (count == FIELD_COUNT)
            return count + 1;
        fields[count++] = field;
    }
    return count;
}

static struct source_place place_of(char *text)
{
    struct source_place place = {text[0] ? text : NULL, 0};
    char *colon = strrchr(text, ':');

    if (colon) {
        *colon = '\0';
        place.line = atoi(colon + 1);
    }
    return place;
}

static void read_record(struct loader *loader, const char *text)
{
    char *fields[FIELD_COUNT], *copy = arena_copy_string(loader->arena, text);
    struct annotation_record *record;
    enum annotation_kind kind;

    if (cut_fields(copy, fields) != FIELD_COUNT) {
        load_warn(loader, "skipped a malformed annotation record: \"%.60s\"; build the program "
                  "again with this version's kitcc", text);
        return;
    }
    if (strcmp(fields[0], "point") == 0) {
        points_add(loader, fields[1], fields[4], fields[5], place_of(fields[6]));
        return;
    }
    if (!is_record_kind(fields[0]) || !kind_by_name(fields[4], &kind)) {
        load_warn(loader, "skipped an annotation that this xfgen does not know: %s %s on %s",
                  fields[0], fields[4], fields[1]);
        return;
    }
    record = grow(&loader->annotations, &loader->annotation_count, &loader->annotation_capacity,
                  sizeof *record);
    *record = (struct annotation_record){
        .kind = fields[0], .subject = fields[1], .path = fields[2], .level = atoi(fields[3]),
        .annotation = kind, .argument = fields[5], .place = place_of(fields[6])};
}

void annotations_read(struct loader *loader)
{
    GElf_Shdr header;
    Elf_Scn *section = elf_find_section(loader->image.elf, ".kitsune", &header);
    Elf_Data *data = section ? elf_getdata(section, NULL) : NULL;
    const char *text, *end;

    if (!section && loader->debug->elf != loader->image.elf) { /* eu-strip -f takes it along */
        section = elf_find_section(loader->debug->elf, ".kitsune", &header);
        data = section ? elf_getdata(section, NULL) : NULL;
    }
    if (!data || !data->d_buf)
        return;
    end = (const char *)data->d_buf + data->d_size;
    for (text = data->d_buf; text < end; text += strlen(text) + 1) {
        if (!memchr(text, '\0', (size_t)(end - text))) {
            load_warn(loader, "the last annotation record is cut off; build the program again");
            return;
        }
        if (text[0])
            read_record(loader, text);
    }
}

/* ---- Matching names ------------------------------------------------------------------------ */

/* Whether two spellings can be of the same path: the one ends in the other, leading ./ and ../
 * aside. */
static bool same_path(const char *left, const char *right)
{
    size_t left_length, right_length;

    if (!left || !right)
        return false;
    while (strncmp(left, "./", 2) == 0 || strncmp(left, "../", 3) == 0)
        left = strchr(left, '/') + 1;
    while (strncmp(right, "./", 2) == 0 || strncmp(right, "../", 3) == 0)
        right = strchr(right, '/') + 1;
    left_length = strlen(left);
    right_length = strlen(right);
    if (left_length < right_length)
        return same_path(right, left);
    left += left_length - right_length;
    return strcmp(left, right) == 0 && (left_length == right_length || left[-1] == '/' ||
                                        right[0] == '/');
}

/* "file.c" for "folder/file.c" and "file.c(2)": as records name units. */
static bool is_unit_named(const char *unit, const char *file, size_t file_length)
{
    const char *slash = strrchr(unit, '/');
    const char *base = slash ? slash + 1 : unit;
    const char *rest = base + file_length;

    return strncmp(base, file, file_length) == 0 && (*rest == '\0' || *rest == '(');
}

/* The parts of "file.c/function#name", "file.c/name", "name"; absent ones are empty. */
struct subject {
    const char *file, *function, *name;
    size_t file_length, function_length;
};

static struct subject parse_subject(const char *text)
{
    struct subject subject = {.file = text, .function = text, .name = text};
    const char *slash = strrchr(text, '/'), *hash;

    if (slash) {
        subject.file_length = (size_t)(slash - text);
        subject.function = subject.name = slash + 1;
    }
    hash = strchr(subject.name, '#');
    if (hash) {
        subject.function_length = (size_t)(hash - subject.name);
        subject.name = hash + 1;
    }
    return subject;
}

static bool matches(const struct subject *subject, const char *file, const char *function,
                    const char *name)
{
    if (strcmp(subject->name, name) != 0)
        return false;
    if (subject->function_length != (function ? strlen(function) : 0) ||
        (function && strncmp(subject->function, function, subject->function_length) != 0))
        return false;
    return subject->file_length == 0 || is_unit_named(file, subject->file, subject->file_length);
}

bool annotations_note_locals(const struct loader *loader, const struct unit *unit,
                             const char *function)
{
    size_t i;

    for (i = 0; unit->key_name && i < loader->annotation_count; i++) {
        const struct annotation_record *record = &loader->annotations[i];
        struct subject subject;

        if (record->annotation != ANNOTATION_NOTELOCALS)
            continue;
        subject = parse_subject(record->subject);
        if (strcmp(subject.name, function) == 0 &&
            is_unit_named(unit->key_name, subject.file, subject.file_length) &&
            (!strchr(unit->key_name, '/') || same_path(record->place.file, unit->full)))
            return true;
    }
    return false;
}

bool annotations_on_locals(const struct loader *loader, const struct unit *unit,
                           const char *function)
{
    size_t i;

    for (i = 0; unit->key_name && i < loader->annotation_count; i++) {
        const struct annotation_record *record = &loader->annotations[i];
        struct subject subject;

        if (strcmp(record->kind, "local") != 0)
            continue;
        subject = parse_subject(record->subject);
        if (subject.function && subject.function_length == strlen(function) &&
            memcmp(subject.function, function, subject.function_length) == 0 &&
            is_unit_named(unit->key_name, subject.file, subject.file_length))
            return true;
    }
    return false;
}

/* ---- Attaching ----------------------------------------------------------------------------- */

static int order_of(const struct annotation *left, const struct annotation *right)
{
    if (left->level != right->level)
        return left->level - right->level;
    if (left->kind != right->kind)
        return (int)left->kind - (int)right->kind;
    return strcmp(left->argument, right->argument);
}

/* Sorted, since the linker may put the records in any order; one of each, since a declaration in a
 * header and the definition may say the same. */
static void add_annotation(struct loader *loader, struct annotation **list,
                           const struct annotation_record *record)
{
    struct annotation *annotation = arena_allocate(loader->arena, sizeof *annotation);

    annotation->kind = record->annotation;
    annotation->level = record->level;
    annotation->argument = record->argument;
    annotation->place = record->place;
    while (*list && order_of(*list, annotation) < 0)
        list = &(*list)->next;
    if (*list && order_of(*list, annotation) == 0)
        return;
    annotation->next = *list;
    *list = annotation;
}

/* The struct that a member's members are in, looking through pointers and arrays. */
static struct type *structure_below(struct type *type)
{
    while (type->kind == TYPE_TYPEDEF || type->kind == TYPE_QUALIFIED ||
           type->kind == TYPE_POINTER || type->kind == TYPE_ARRAY)
        type = type->target;
    return type;
}

/* Whether this search has been in the type: unnamed members may lead to one along many ways. */
static bool is_searched(struct loader *loader, const struct type *type)
{
    if (!loader->searched)
        loader->searched = arena_allocate(loader->scratch, loader->program->type_count *
                                                               sizeof *loader->searched);
    if (loader->searched[type->id] == loader->search)
        return true;
    loader->searched[type->id] = loader->search;
    return false;
}

static struct member *find_member(struct loader *loader, struct type *type, const char *name,
                                  size_t length)
{
    struct member *found;
    size_t i;

    if ((type->kind != TYPE_STRUCT && type->kind != TYPE_UNION) || is_searched(loader, type))
        return NULL;
    for (i = 0; i < type->member_count; i++) {
        struct member *member = &type->members[i];

        if (member->name && strlen(member->name) == length &&
            memcmp(member->name, name, length) == 0)
            return member;
        found = member->name ? NULL : find_member(loader, type_strip(member->type), name,
                                                   length);
        if (found)
            return found;
    }
    return NULL;
}

static const char *first_name(const struct type *type)
{
    while ((type->kind == TYPE_STRUCT || type->kind == TYPE_UNION) && type->member_count) {
        if (type->members[0].name)
            return type->members[0].name;
        type = type_strip(type->members[0].type);
    }
    return "";
}

/* "a^": the outermost unnamed member whose first named member is a.  E_TAGGED, the only annotation
 * that stands there, is one of unions. */
static struct member *find_unnamed_member(struct loader *loader, struct type *type,
                                          const char *name, size_t length)
{
    struct member *found = NULL;
    size_t i;

    if ((type->kind != TYPE_STRUCT && type->kind != TYPE_UNION) || is_searched(loader, type))
        return NULL;
    for (i = 0; i < type->member_count && !found; i++) {
        struct member *member = &type->members[i];
        struct type *inner = type_strip(member->type);

        if (member->name)
            continue;
        found = inner->kind == TYPE_UNION && strlen(first_name(inner)) == length &&
                        memcmp(first_name(inner), name, length) == 0
                    ? member
                    : find_unnamed_member(loader, inner, name, length);
    }
    return found;
}

/* The member at the end of a record's path: "m", "outer.inner", "outer.a^". */
static struct member *find_path(struct loader *loader, struct type *type, const char *path)
{
    struct member *member = NULL;

    while (*path) {
        size_t length = strcspn(path, ".");

        type = structure_below(type);
        loader->search++;
        member = path[length - (length > 0)] == '^'
                     ? find_unnamed_member(loader, type, path, length - 1)
                     : find_member(loader, type, path, length);
        if (!member)
            return NULL;
        type = member->type;
        path += length + (path[length] == '.');
    }
    return member;
}

static struct type *find_subject_type(const struct program *program, const char *subject)
{
    static const struct {
        const char *word;
        enum type_kind kind;
    } words[] = {{"struct ", TYPE_STRUCT}, {"union ", TYPE_UNION}, {"enum ", TYPE_ENUM},
                 {"typedef ", TYPE_TYPEDEF}};
    size_t i;

    for (i = 0; i < sizeof words / sizeof words[0]; i++) {
        size_t length = strlen(words[i].word);

        if (strncmp(subject, words[i].word, length) == 0)
            return model_find_type(program, words[i].kind, subject + length);
    }
    return NULL;
}

static void warn_of_missing_member(struct loader *loader, const struct annotation_record *record)
{
    load_warn(loader, "%s:%d: %s is on %s of %s, which has no such member; build the program again",
              record->place.file ? record->place.file : "?", record->place.line,
              annotation_kind_name(record->annotation), record->path, record->subject);
}

/* Attaches to one of the types of a name; false when it was not this one's record. */
static bool attach_to_type(struct loader *loader, struct type *type,
                           const struct annotation_record *record, bool only_in_place)
{
    struct member *member = NULL;
    const struct source_place *place = &type->place;

    if (record->path[0]) {
        member = find_path(loader, type_strip(type), record->path);
        if (!member)
            return false;
        place = &member->place;
    }
    if (only_in_place && !same_path(place->file, record->place.file))
        return false;
    add_annotation(loader, member ? &member->annotations : &type->annotations, record);
    return true;
}

/* Several definitions of one name are told apart by the file; if that does not work out, the record
 * goes to all of them. */
static void attach_type_record(struct loader *loader, const struct annotation_record *record)
{
    struct type *first = find_subject_type(loader->program, record->subject), *type;
    bool done = false;

    if (!first || type_strip(first)->incomplete)
        return;
    if (first->same_name_next)
        for (type = first; type; type = type->same_name_next)
            done |= attach_to_type(loader, type, record, true);
    if (!done)
        for (type = first; type; type = type->same_name_next)
            done |= attach_to_type(loader, type, record, false);
    if (!done)
        warn_of_missing_member(loader, record);
}

/* On the declaration itself or, for one whose struct has no name of its own, on the member that the
 * record's path leads to. */
static void attach_to_declaration(struct loader *loader, struct type *type,
                                  struct annotation **annotations,
                                  const struct annotation_record *record)
{
    struct member *member = record->path[0] ? find_path(loader, type, record->path) : NULL;

    if (!record->path[0])
        add_annotation(loader, annotations, record);
    else if (member)
        add_annotation(loader, &member->annotations, record);
    else
        warn_of_missing_member(loader, record);
}

static void attach_variable_record(struct loader *loader, const struct annotation_record *record)
{
    struct program *program = loader->program;
    struct variable *exact = model_find_variable(program, record->subject);
    struct subject subject = parse_subject(record->subject);
    bool done = false;
    size_t i, round;

    if (exact)
        attach_to_declaration(loader, exact->type, &exact->annotations, record);
    if (subject.file_length == 0 || (exact && !loader->has_like_named_units))
        return;
    for (round = 0; round < 2 && !done; round++)
        for (i = 0; i < program->variable_count; i++) {
            struct variable *variable = &program->variables[i];

            if (variable == exact ||
                !matches(&subject, variable->file, variable->function, variable->name) ||
                (round == 0 && !same_path(variable->place.file, record->place.file)))
                continue;
            attach_to_declaration(loader, variable->type, &variable->annotations, record);
            done = true;
        }
}

static void attach_local_record(struct loader *loader, const struct annotation_record *record)
{
    struct program *program = loader->program;
    struct subject subject = parse_subject(record->subject);
    bool done = false;
    size_t i, round;

    for (round = 0; round < 2 && !done; round++)
        for (i = 0; i < program->local_count; i++) {
            struct local *local = &program->locals[i];

            if (!matches(&subject, local->file, local->function, local->name) ||
                (round == 0 && !same_path(local->place.file, record->place.file)))
                continue;
            attach_to_declaration(loader, local->type, &local->annotations, record);
            done = true;
        }
}

void annotations_attach(struct loader *loader)
{
    size_t i;

    for (i = 0; i < loader->annotation_count; i++) {
        const struct annotation_record *record = &loader->annotations[i];

        if (strcmp(record->kind, "type") == 0)
            attach_type_record(loader, record);
        else if (strcmp(record->kind, "variable") == 0)
            attach_variable_record(loader, record);
        else if (strcmp(record->kind, "local") == 0)
            attach_local_record(loader, record);
    }
}
