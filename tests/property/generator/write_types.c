/* write_types.c -- the C declarations of a version: typedefs, enums, structs, variables,
 * functions. */
#include "schema.h"

#include <string.h>

/* ---- Paths ----------------------------------------------------------------------------------- */

void access_path(char *text, size_t size, const struct record *record, const struct member *member)
{
    const char *group = member->group >= 0 ? record->groups[member->group].name : "";

    snprintf(text, size, "%s%s%s", group, group[0] ? "." : "", member->name);
}

void record_rule_name(char *text, size_t size, const struct record *record)
{
    snprintf(text, size, "%s %s", record->spelling == SPELLED_TYPEDEF ? "typedef" : "struct",
             record->name);
}

void rule_path(char *text, size_t size, const struct version *version, const struct record *record,
               const struct member *member)
{
    char path[100], name[60];

    access_path(path, sizeof path, record, member);
    record_rule_name(name, sizeof name, record);
    if (!is_root(version, record))
        snprintf(text, size, "%s.%s", name, path);
    else if (member->group >= 0 || member->storage == STORAGE_GLOBAL)
        snprintf(text, size, "%s", path);
    else if (member->storage == STORAGE_STATIC)
        snprintf(text, size, "app.c/%s", path);
    else
        snprintf(text, size, "app.c/place_of_%d#%s", member->id, path);
}

void lvalue(char *text, size_t size, const struct version *version, const struct record *record,
            const struct member *member)
{
    char path[100];

    access_path(path, sizeof path, record, member);
    if (!is_root(version, record))
        snprintf(text, size, "p->%s", path);
    else if (member->group < 0 && member->storage == STORAGE_FUNCTION)
        snprintf(text, size, "(*(__typeof__(((struct type_of_%d *)0)->%s) *)place_of_%d())",
                 member->id, path, member->id);
    else
        snprintf(text, size, "%s", path);
}

/* ---- Types ----------------------------------------------------------------------------------- */

void record_type(char *text, size_t size, const struct record *record)
{
    snprintf(text, size, "%s%s", record->spelling == SPELLED_TYPEDEF ? "" : "struct ",
             record->name);
}

/* Structs with both names are called by either. */
static void use_of_record(char *text, size_t size, const struct record *record, bool alias)
{
    if (record->spelling == SPELLED_BOTH && alias)
        snprintf(text, size, "%s_t", record->name);
    else
        record_type(text, size, record);
}

static void length_expression(char *text, size_t size, const struct version *version,
                              const struct record *record, const struct member *member)
{
    char path[100];
    const char *self = is_root(version, record) ? "" : "self.";
    const struct member *count = find_member(record, member->shape.length);

    access_path(path, sizeof path, record, count);
    switch (member->shape.form) {
    case LENGTH_PLAIN:
        snprintf(text, size, "%s%s", self, path);
        break;
    case LENGTH_PLUS_ONE:
        snprintf(text, size, "%s%s + 1", self, path);
        break;
    case LENGTH_TWICE:
        snprintf(text, size, "2 * %s%s", self, path);
        break;
    case LENGTH_CONSTANT:
        snprintf(text, size, "%d", member->shape.width);
        break;
    }
}

static void write_alternatives(FILE *out, const struct version *version,
                               const struct record *record, const struct member *member);

/* `TYPE before NAME after`, with the annotation in one of the places where it may stand. */
static void write_declarator(FILE *out, const char *type, const char *stars,
                             const char *annotation, const struct member *member,
                             const char *name)
{
    char dimensions[40] = "";

    if (member->shape.count)
        snprintf(dimensions, sizeof dimensions, "[%d]", member->shape.count);
    if (member->shape.inner_count)
        snprintf(dimensions + strlen(dimensions), 20, "[%d]", member->shape.inner_count);
    /* Behind an array's name an annotation would be about the array. */
    if (member->shape.late && !member->shape.count && annotation[0])
        fprintf(out, "%s %s%s%s %s", type, stars, name, dimensions, annotation);
    else
        fprintf(out, "%s %s%s%s%s%s", type, stars, annotation, annotation[0] ? " " : "", name,
                dimensions);
}

static void write_member(FILE *out, const struct version *version, const struct record *record,
                         const struct member *member)
{
    const struct shape *shape = &member->shape;
    const char *name = member->name;
    char type[80] = "", length[120] = "", annotation[240] = "";

    switch (shape->kind) {
    case SHAPE_INTEGER:
    case SHAPE_FLOATING:
    case SHAPE_COUNT:
    case SHAPE_MARK:
        write_declarator(out, number_types[shape->type].name, "", "", member, name);
        break;
    case SHAPE_BITS:
        fprintf(out, "%s %s : %d", number_types[shape->type].name, name, shape->width);
        break;
    case SHAPE_NUMBER:
        write_declarator(out, version->classes[shape->type].name, "", "", member, name);
        break;
    case SHAPE_ENUM:
        snprintf(type, sizeof type, "enum %s", version->enumerations[shape->type].name);
        write_declarator(out, type, "", "", member, name);
        break;
    case SHAPE_TEXT:
        write_declarator(out, "char", "", "", member, name);
        break;
    case SHAPE_STRING:
        write_declarator(out, "char", "*", member->id % 2 ? "E_SZ" : "", member, name);
        break;
    case SHAPE_FUNCTION:
        write_declarator(out, "operation", "", "", member, name);
        break;
    case SHAPE_OPAQUE:
        write_declarator(out, "void", "*", "E_OPAQUE", member, name);
        break;
    case SHAPE_IGNORED:
        fprintf(out, "int %s E_IGNORE", name);
        break;
    case SHAPE_POINTER:
    case SHAPE_CURSOR:
        use_of_record(type, sizeof type, &version->records[shape->type], shape->late);
        write_declarator(out, type, "*", member->id % 3 ? "" : "E_PTR", member, name);
        break;
    case SHAPE_TYPED_POINTER:
        /* A typedef that only annotations use is not in the debug information. */
        record_type(type, sizeof type, &version->records[shape->type]);
        snprintf(annotation, sizeof annotation, "void E_T(%s)", type);
        write_declarator(out, annotation, "*", "", member, name);
        break;
    case SHAPE_NUMBER_POINTER:
        write_declarator(out, version->classes[shape->type].name, "*",
                         member->id % 3 ? "" : "E_PTR", member, name);
        break;
    case SHAPE_VECTOR:
    case SHAPE_POINTER_VECTOR:
        use_of_record(type, sizeof type, &version->records[shape->type], shape->late);
        length_expression(length, sizeof length, version, record, member);
        snprintf(annotation, sizeof annotation, "E_PTRARRAY(%s)", length);
        write_declarator(out, type, shape->kind == SHAPE_VECTOR ? "*" : "**", annotation, member,
                         name);
        break;
    case SHAPE_NUMBER_VECTOR:
        length_expression(length, sizeof length, version, record, member);
        snprintf(annotation, sizeof annotation, "E_PTRARRAY(%s)", length);
        write_declarator(out, version->classes[shape->type].name, "*", annotation, member, name);
        break;
    case SHAPE_RECORD:
        use_of_record(type, sizeof type, &version->records[shape->type], shape->late);
        write_declarator(out, type, "", "", member, name);
        break;
    case SHAPE_UNION:
        write_alternatives(out, version, record, member);
        break;
    case SHAPE_NUMBER_TAIL:
        length_expression(length, sizeof length, version, record, member);
        fprintf(out, "%s %s[]", version->classes[shape->type].name, name);
        if (shape->late)
            fprintf(out, " E_ARRAY(%s)", length);
        break;
    case SHAPE_RECORD_TAIL:
        use_of_record(type, sizeof type, &version->records[shape->type], shape->late);
        length_expression(length, sizeof length, version, record, member);
        fprintf(out, "%s %s[] E_ARRAY(%s)", type, name, length);
        break;
    }
}

static void write_alternatives(FILE *out, const struct version *version,
                               const struct record *record, const struct member *member)
{
    const struct alternatives *alternatives = &version->unions[member->shape.type];
    char length[120];

    length_expression(length, sizeof length, version, record, member);
    fprintf(out, "union { ");
    for (int i = 0; i < alternatives->count; i++) {
        write_member(out, version, record, &alternatives->members[i]);
        fprintf(out, "; ");
    }
    fprintf(out, "} %s E_TAGGED(%s)", member->name, length);
}

/* All members of a group stand where its first one does. */
static bool is_first_of_group(const struct record *record, int index)
{
    for (int i = 0; i < index; i++)
        if (record->members[i].group == record->members[index].group)
            return false;
    return true;
}

static void write_group(FILE *out, const struct version *version, const struct record *record,
                        int group, const char *margin)
{
    fprintf(out, "struct {\n");
    for (int i = 0; i < record->member_count; i++) {
        if (record->members[i].group != group)
            continue;
        fprintf(out, "%s    ", margin);
        write_member(out, version, record, &record->members[i]);
        fprintf(out, ";\n");
    }
    fprintf(out, "%s} %s;\n", margin, record->groups[group].name);
}

static void write_record(FILE *out, const struct version *version, const struct record *record)
{
    if (record->spelling == SPELLED_TYPEDEF)
        fprintf(out, "typedef struct {\n");
    else
        fprintf(out, "struct %s {\n", record->name);
    for (int i = 0; i < record->member_count; i++) {
        const struct member *member = &record->members[i];

        if (member->group >= 0 && !is_first_of_group(record, i))
            continue;
        fprintf(out, "    ");
        if (member->group >= 0) {
            write_group(out, version, record, member->group, "    ");
            continue;
        }
        write_member(out, version, record, member);
        fprintf(out, ";\n");
    }
    fprintf(out, "}%s%s%s;\n\n", record->is_custom ? " E_CUSTOM(take_block, give_block)" : "",
            record->spelling == SPELLED_TYPEDEF ? " " : "",
            record->spelling == SPELLED_TYPEDEF ? record->name : "");
}

/* ---- Variables and functions ----------------------------------------------------------------- */

bool has_plain_initial_value(const struct member *member)
{
    return !member->shape.count && member->group < 0 &&
           (member->shape.kind == SHAPE_INTEGER || member->shape.kind == SHAPE_FLOATING ||
            member->shape.kind == SHAPE_NUMBER);
}

static void write_variable(FILE *out, const struct version *version, const struct member *member)
{
    bool in_function = member->storage == STORAGE_FUNCTION;

    if (in_function) {
        fprintf(out, "struct type_of_%d {\n    ", member->id);
        write_member(out, version, &version->root, member);
        fprintf(out, ";\n};\nstatic void *place_of_%d(void)\n{\n    ", member->id);
    }
    if (member->storage != STORAGE_GLOBAL)
        fprintf(out, "static ");
    write_member(out, version, &version->root, member);
    if (has_plain_initial_value(member))
        fprintf(out, " = %d",
                number_types[member->shape.type].is_bool && member->shape.kind == SHAPE_INTEGER
                    ? member->initial % 2 : member->initial);
    fprintf(out, ";\n");
    if (in_function)
        fprintf(out, "    return &%s;\n}\n", member->name);
}

static void write_variables(FILE *out, const struct version *version)
{
    const struct record *root = &version->root;

    /* What annotations say of lengths comes first. */
    for (int i = 0; i < root->member_count; i++)
        if (root->members[i].shape.kind == SHAPE_COUNT)
            write_variable(out, version, &root->members[i]);
    for (int i = 0; i < root->member_count; i++) {
        if (root->members[i].shape.kind == SHAPE_COUNT)
            continue;
        if (root->members[i].group < 0)
            write_variable(out, version, &root->members[i]);
        else if (is_first_of_group(root, i))
            write_group(out, version, root, root->members[i].group, "");
    }
    fprintf(out, "\n");
}

static void write_functions(FILE *out, const struct version *version)
{
    for (int i = 0; i < version->function_count; i++)
        fprintf(out, "%sint %s(int n);\n%sint %s(int n)\n{\n    return n * %d;\n}\n\n", i % 2 ? "__attribute__((used)) static " : "",
                version->functions[i], i % 2 ? "static " : "", version->functions[i], i + 2);
    fprintf(out, "static int function_index(operation function)\n{\n"
                 "    return !function ? -1");
    for (int i = 0; i < version->function_count; i++)
        fprintf(out, "\n           : function == %s ? %d", version->functions[i], i);
    fprintf(out, " : -2;\n}\n\n");
}

static void write_enumeration(FILE *out, const struct version *version, int index)
{
    const struct enumeration *enumeration = &version->enumerations[index];

    fprintf(out, "enum %s {\n", enumeration->name);
    for (int i = 0; i < enumeration->count; i++)
        fprintf(out, "    E%d_%d = %d,\n", index, enumeration->order[i],
                enumeration->values[enumeration->order[i]]);
    fprintf(out, "};\n\n__attribute__((used)) static int index_of_%d(enum %s value)\n{\n    switch ((int)value) {\n",
            index, enumeration->name);
    for (int i = 0; i < enumeration->count; i++)
        fprintf(out, "    case E%d_%d: return %d;\n", index, i, i);
    fprintf(out, "    default: return 10000 + (int)value;\n    }\n}\n\n");
}

/* An allocator has to be the program's own. */
static void write_allocator(FILE *out)
{
    fprintf(out, "void *take_block(size_t size)\n{\n"
                 "    return property_custom_allocate(size);\n}\n\n"
                 "void give_block(void *block)\n{\n    property_custom_free(block);\n}\n\n");
}

void write_declarations(FILE *out, const struct version *version)
{
    write_allocator(out);
    fprintf(out, "typedef int (*operation)(int);\n");
    for (int i = 0; i < version->class_count; i++)
        fprintf(out, "typedef %s %s;\n", number_types[version->classes[i].type].name,
                version->classes[i].name);
    for (int i = 0; i < version->enumeration_count; i++)
        write_enumeration(out, version, i);
    for (int i = 0; i < version->record_count; i++) {
        const struct record *record = &version->records[i];

        if (record->spelling != SPELLED_TYPEDEF)
            fprintf(out, "struct %s;\n", record->name);
        if (record->spelling == SPELLED_BOTH)
            fprintf(out, "typedef struct %s %s_t;\n", record->name, record->name);
    }
    fprintf(out, "\n");
    for (int i = 0; i < version->record_count; i++)
        write_record(out, version, &version->records[i]);
    write_functions(out, version);
    write_variables(out, version);
}
