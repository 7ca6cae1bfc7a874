/* dwarf_variables.c -- what the walk found, made into the program's sorted tables.
 */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum { BLOCK_LIMIT = 500 };

static const char *file_of(const struct unit *unit)
{
    return unit && unit->key_name ? unit->key_name : "?";
}

/* Several things that would have one key: the second becomes "key@2", in the order given. */
static const char *numbered_key(struct loader *loader, const char *key, size_t number)
{
    return number == 1 ? key : arena_format(loader->arena, "%s@%zu", key, number);
}

/* ---- Variables ----------------------------------------------------------------------------- */

/* The type stands at the definition or, for a definition that only adds to it, at an entry on the
 * way to the root. */
static struct type *type_of_variable(struct loader *loader, struct variable_record *record)
{
    struct die die = record->definition;
    struct facts facts;

    facts_read(loader, &die, &facts);
    while (!facts.type.form && facts.origin.form) {
        die = facts_follow(loader, &die, &facts.origin);
        facts_read(loader, &die, &facts);
    }
    return types_resolve_attribute(loader, &die, &facts);
}

/* gcc calls the symbol of a static local "name.1", clang "function.name". */
static const char *function_by_symbol(struct loader *loader, const struct variable_record *record)
{
    const struct image_symbol *symbol;
    size_t length = strlen(record->name), i;

    if (!record->has_address || record->is_thread_local)
        return NULL;
    for (i = 0; (symbol = image_symbol_at(&loader->image, record->address, i)); i++) {
        const char *dot = strchr(symbol->name, '.');

        if (dot && strncmp(dot + 1, record->name, length) == 0 &&
            (dot[1 + length] == '\0' || dot[1 + length] == '.'))
            return arena_format(loader->scratch, "%.*s", (int)(dot - symbol->name),
                                symbol->name);
    }
    return NULL;
}

/* clang puts the statics of a function that it inlined everywhere under a subprogram without a
 * name.  Functions do not nest, so the last one that begins before the variable is its own. */
static const char *function_by_place(struct loader *loader, const struct variable_record *record)
{
    const struct function_record *best = NULL;
    struct die root = record->root;
    struct facts facts;
    size_t i;

    const struct source_file *source;

    facts_read(loader, &root, &facts);
    source = source_of(&root, &facts);
    for (i = 0; i < loader->records.function_count; i++) {
        const struct function_record *function = loader->records.functions[i];

        if (function->name && function->unit == record->unit && function->source == source &&
            function->place.line <= (int)facts.decl_line &&
            (!best || function->place.line > best->place.line))
            best = function;
    }
    return best ? best->name : "?";
}

static const char *function_of_variable(struct loader *loader,
                                        const struct variable_record *record)
{
    const char *name = record->function->name;

    if (!name)
        name = function_by_symbol(loader, record);
    if (!name)
        name = function_by_place(loader, record);
    return arena_copy_string(loader->arena, name);
}

static void make_key(struct loader *loader, struct variable *variable)
{
    if (variable->function)
        variable->key = arena_format(loader->arena, "%s/%s#%s", variable->file,
                                     variable->function, variable->name);
    else if (variable->is_global)
        variable->key = variable->name;
    else
        variable->key = arena_format(loader->arena, "%s/%s", variable->file, variable->name);
}

static void fill_variable(struct loader *loader, struct variable *variable,
                          struct variable_record *record, const struct facts *root)
{
    struct source_file *source = source_of(&record->root, root);
    const struct image_section *section;

    variable->name = arena_copy_string(loader->arena, root->name);
    variable->file = file_of(record->unit);
    variable->function = record->function ? function_of_variable(loader, record) : NULL;
    variable->type = type_of_variable(loader, record);
    variable->address = record->address;
    variable->has_address = record->has_address;
    variable->is_thread_local = record->is_thread_local;
    variable->is_global = record->is_global && !record->function;
    variable->place.file = source ? source->shown : NULL;
    variable->place.line = (int)root->decl_line;
    section = record->has_address && !record->is_thread_local
                  ? image_section_at(&loader->image, record->address)
                  : NULL;
    variable->is_constant = section && section->is_constant;
    make_key(loader, variable);
}

/* Variables with a place in memory before those without; else in the order of the source. */
static int by_key(const void *left, const void *right)
{
    const struct variable *a = left, *b = right;
    int order = strcmp(a->key, b->key);

    if (order == 0)
        order = (int)b->has_address - (int)a->has_address;
    if (order == 0 && a->is_global != b->is_global)
        order = (int)b->is_global - (int)a->is_global;
    if (order == 0)
        order = a->place.line - b->place.line;
    return order ? order : a->address < b->address ? -1 : a->address > b->address;
}

/* A global that several units describe (-fcommon, tentative definitions) is one variable; statics
 * under one key are several. */
static void settle_keys(struct loader *loader)
{
    struct program *program = loader->program;
    struct variable *last = NULL;
    size_t i, kept = 0, number = 1;
    const char *key = NULL;

    for (i = 0; i < program->variable_count; i++) {
        struct variable variable = program->variables[i];
        bool same = key && strcmp(key, variable.key) == 0;

        if (same && (variable.is_global || !variable.has_address ||
                     variable.address == last->address))
            continue;
        key = variable.key;
        number = same ? number + 1 : 1;
        variable.key = numbered_key(loader, key, number);
        last = &program->variables[kept++];
        *last = variable;
    }
    program->variable_count = kept;
    qsort(program->variables, kept, sizeof *program->variables, by_key);
}

void variables_finish(struct loader *loader)
{
    struct program *program = loader->program;
    struct record_table *records = &loader->records;
    size_t i;

    program->variables = arena_allocate(loader->arena, (records->variable_count + 1) *
                                                           sizeof *program->variables);
    for (i = 0; i < records->variable_count; i++) {
        struct variable_record *record = records->variables[i];
        struct facts root;

        facts_read(loader, &record->root, &root);
        if (!root.name || root.is_artificial || !record->unit)
            continue;
        record->name = root.name;
        fill_variable(loader, &program->variables[program->variable_count++], record, &root);
    }
    qsort(program->variables, program->variable_count, sizeof *program->variables, by_key);
    settle_keys(loader);
}

/* ---- Functions ----------------------------------------------------------------------------- */

static int by_function_key(const void *left, const void *right)
{
    const struct function *a = left, *b = right;
    int order = strcmp(a->key, b->key);

    if (order == 0)
        order = a->place.line - b->place.line;
    return order ? order : a->address < b->address ? -1 : a->address > b->address;
}

/* GNU C's nested functions may share a key; a global function has one. */
static void settle_function_keys(struct loader *loader)
{
    struct program *program = loader->program;
    size_t i, kept = 0, number = 1;
    const char *key = NULL;

    for (i = 0; i < program->function_count; i++) {
        struct function function = program->functions[i];
        bool same = key && strcmp(key, function.key) == 0;

        if (same && function.is_global)
            continue;
        key = function.key;
        number = same ? number + 1 : 1;
        function.key = numbered_key(loader, key, number);
        program->functions[kept++] = function;
    }
    program->function_count = kept;
    qsort(program->functions, kept, sizeof *program->functions, by_function_key);
}

void functions_finish(struct loader *loader)
{
    struct program *program = loader->program;
    struct record_table *records = &loader->records;
    size_t i;

    program->functions = arena_allocate(loader->arena, (records->function_count + 1) *
                                                           sizeof *program->functions);
    for (i = 0; i < records->function_count; i++) {
        struct function_record *record = records->functions[i];
        struct function *function;
        struct facts facts;

        if (!record->name || record->fitness == 0)
            continue;
        facts_read(loader, &record->root, &facts);
        function = &program->functions[program->function_count++];
        function->name = arena_copy_string(loader->arena, record->name);
        function->file = file_of(record->unit);
        function->key = record->is_global ? function->name
                                          : arena_format(loader->arena, "%s/%s", function->file,
                                                         function->name);
        function->type = types_resolve_function(loader, &record->root, &facts);
        function->address = record->address;
        function->size = record->size;
        function->is_global = record->is_global;
        function->place = record->place;
    }
    qsort(program->functions, program->function_count, sizeof *program->functions,
          by_function_key);
    settle_function_keys(loader);
}

/* ---- Locals -------------------------------------------------------------------------------- */

/* The locals of one function, being gathered. */
struct gathering {
    const struct function_record *function;
    bool needs_file; /* another function of this name has locals too */
    size_t first;    /* where its locals begin in the table */
};

static bool is_static_local(struct loader *loader, struct die *die, const struct facts *facts)
{
    const struct variable_record *record =
        pointer_map_get(&loader->records.variable_by_root, die->addr);
    bool is_thread_local;
    uint64_t address;

    return (record && record->has_address) ||
           location_is_static(die->unit, &facts->location, &address, &is_thread_local);
}

static bool is_gathered(const struct record_table *records, size_t first, const char *name)
{
    size_t i;

    for (i = first; i < records->local_count; i++)
        if (strcmp(records->locals[i].name, name) == 0)
            return true;
    return false;
}

static void gather_local(struct loader *loader, struct gathering *gathering, struct die *die,
                         const struct facts *facts)
{
    const struct function_record *function = gathering->function;
    struct record_table *records = &loader->records;
    struct source_file *source;
    struct local *local;

    if (!facts->name || facts->is_artificial || facts->is_declaration || facts->is_external ||
        strncmp(facts->name, "kitsune_", 8) == 0 || is_static_local(loader, die, facts) ||
        is_gathered(records, gathering->first, facts->name))
        return;
    local = grow(&records->locals, &records->local_count, &records->local_capacity,
                 sizeof *local);
    source = source_of(die, facts);
    local->name = arena_copy_string(loader->arena, facts->name);
    local->file = file_of(function->unit);
    local->function = arena_copy_string(loader->arena, function->name);
    local->key = arena_format(loader->arena, "%s%s%s#%s",
                              gathering->needs_file ? local->file : "",
                              gathering->needs_file ? "/" : "", function->name, local->name);
    local->type = types_resolve_attribute(loader, die, facts);
    local->is_noted = function->is_noted || function->notes_by_hand;
    local->is_parameter = facts->tag == DW_TAG_formal_parameter;
    local->place.file = source ? source->shown : NULL;
    local->place.line = (int)facts->decl_line;
}

/* Parameters and outer blocks come before inner blocks in DWARF, save that an inner block may stand
 * before a later declaration of the outer one: so blocks are visited after everything else. */
static void gather_block(struct loader *loader, struct gathering *gathering, struct die *parent,
                         int depth)
{
    struct children children;
    struct facts facts;
    bool more;

    if (depth > BLOCK_LIMIT)
        load_corrupt(loader, NULL, "blocks nested too deep");
    facts_read(loader, parent, &facts);
    for (more = children_first(loader, parent, &facts, &children); more;
         more = children_next(loader, &children))
        if (children.facts.tag == DW_TAG_variable ||
            children.facts.tag == DW_TAG_formal_parameter)
            gather_local(loader, gathering, &children.die, &children.facts);
    for (more = children_first(loader, parent, &facts, &children); more;
         more = children_next(loader, &children))
        if (children.facts.tag == DW_TAG_lexical_block)
            gather_block(loader, gathering, &children.die, depth + 1);
}

static int by_local_key(const void *left, const void *right)
{
    return strcmp(((const struct local *)left)->key, ((const struct local *)right)->key);
}

/* main's locals are always of interest: a version may migrate them before it notes any.  A
 * parameter with an annotation may be what threads are started with. */
static bool wants_locals(const struct loader *loader, const struct function_record *function)
{
    return function->name && (function->is_noted || function->notes_by_hand ||
                              (function->is_global && strcmp(function->name, "main") == 0) ||
                              annotations_on_locals(loader, function->unit, function->name));
}

void locals_finish(struct loader *loader)
{
    struct program *program = loader->program;
    struct record_table *records = &loader->records;
    struct gathering gathering = {0};
    size_t i, j;

    for (i = 0; i < records->function_count; i++) {
        gathering.function = records->functions[i];
        if (!wants_locals(loader, gathering.function))
            continue;
        gathering.first = records->local_count;
        gathering.needs_file = false;
        for (j = 0; j < records->function_count; j++)
            gathering.needs_file |= j != i && wants_locals(loader, records->functions[j]) &&
                                    strcmp(records->functions[j]->name,
                                           gathering.function->name) == 0;
        gather_block(loader, &gathering, &records->functions[i]->root, 0);
    }
    program->local_count = records->local_count;
    program->locals = arena_allocate(loader->arena, (records->local_count + 1) *
                                                        sizeof *program->locals);
    if (records->local_count) {
        memcpy(program->locals, records->locals, records->local_count * sizeof *records->locals);
        qsort(program->locals, program->local_count, sizeof *program->locals, by_local_key);
    }
}
