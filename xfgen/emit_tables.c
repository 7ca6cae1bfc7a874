/* emit_tables.c -- the tables the runtime reads, and the note that names the pair of versions. */
#include "emit.h"

#include <kitsune/transform.h>
#include <stdlib.h>
#include <string.h>

/* Empty: the version that the transformer is linked into. */
static const char *new_build_id(const struct emitter *emitter)
{
    return emitter->linked_in ? "" : emitter->plan->new_program->build_id;
}

/* ---- Pairs ----------------------------------------------------------------------------------- */

static void emit_pair(struct emitter *emitter, const struct pair *pair)
{
    size_t members = emit_member_map(emitter, pair);
    unsigned alignment = type_strip(pair->new_view.type)->alignment;
    const char *separator = "    .flags = ";

    fprintf(emitter->out, "static struct kitsune_type_pair pair_%s = {\n    .name = \"%s\",\n"
            "    .old_size = %llu, .new_size = %llu,\n", pair->identifier, pair->name,
            (unsigned long long)type_strip(pair->old_view.type)->size,
            (unsigned long long)type_strip(pair->new_view.type)->size);
    if (pair->changes || (pair->layout_only && members)) {
        fprintf(emitter->out, "%sKITSUNE_PAIR_MOVES", separator);
        separator = " | ";
    }
    if (pair->embedded) {
        fprintf(emitter->out, "%sKITSUNE_PAIR_EMBEDDED", separator);
        separator = " | ";
    }
    if (!pair->changes && !pair->visits) {
        fprintf(emitter->out, "%sKITSUNE_PAIR_LEAF", separator);
        separator = " | ";
    }
    if (pair->says_single || pair->reached_array) {
        fprintf(emitter->out, "%sKITSUNE_PAIR_ROOMY", separator);
        separator = " | ";
    }
    if (separator[0] == ' ' && separator[1] == '|')
        fputs(",\n", emitter->out);
    if (alignment > 16)
        fprintf(emitter->out, "    .new_alignment = %u,\n", alignment);
    fprintf(emitter->out, "    .reached_by = \"%s\",\n", pair->reached_by);
    if (!pair->layout_only && (pair->changes || pair->visits))
        fprintf(emitter->out, "    .transform = %s_%s,\n", pair->changes ? "convert" : "visit",
                pair->identifier);
    emit_tail(emitter, pair);
    if (members)
        fprintf(emitter->out, "    .members = members_of_%s, .member_count = %zu,\n",
                pair->identifier, members);
    fputs("};\n\n", emitter->out);
}

/* ---- E_CUSTOM -------------------------------------------------------------------------------- */

static void emit_custom_function(struct emitter *emitter, const struct pair *pair,
                                 const char *slot, const char *name, size_t length,
                                 const struct program *program)
{
    char *key = arena_format(emitter->plan->arena, "%.*s", (int)length, name);
    const struct function *function = model_find_function(program, key);
    size_t i;

    for (i = 0; !function && i < program->function_count; i++)
        if (strcmp(program->functions[i].name, key) == 0)
            function = &program->functions[i];
    if (function && emitter->linked_in) {
        fprintf(emitter->out, "    pair_%s.%s = kitsune_xf_new_symbol(\"%s\");\n",
                pair->identifier, slot, function->key);
        return;
    }
    if (function) {
        fprintf(emitter->out, "    pair_%s.%s = (void *)(%s_base + 0x%llx); /* %s */\n",
                pair->identifier, slot,
                version_of(emitter, program) ? "kitsune_new" : "kitsune_old",
                (unsigned long long)function->address, key);
        return;
    }
    report_at(emitter->plan->messages, SEVERITY_ERROR, pair->custom->place.file,
              pair->custom->place.line, "E_CUSTOM(%s): %s has no function '%s'",
              pair->custom->argument, program->path, key);
    report_help(emitter->plan->messages, "if it is static, the compiler may have left no copy of "
                "it: mark it __attribute__((used))");
    emitter->failed = true;
}

static void emit_custom(struct emitter *emitter, const struct pair *pair)
{
    const char *argument = pair->custom->argument;
    const char *comma = strchr(argument, ',');
    const char *second = comma ? comma + 1 + strspn(comma + 1, " \t") : NULL;

    if (!second) {
        report_at(emitter->plan->messages, SEVERITY_ERROR, pair->custom->place.file,
                  pair->custom->place.line, "E_CUSTOM(%s): two functions are needed: "
                  "E_CUSTOM(malloc_fn, free_fn)", argument);
        emitter->failed = true;
        return;
    }
    emit_custom_function(emitter, pair, "allocate", argument,
                         strcspn(argument, ", \t"), emitter->plan->new_program);
    /* Old objects go back to the allocator whose state lives on: the new version's. */
    emit_custom_function(emitter, pair, "release", second, strcspn(second, ", \t"),
                         emitter->plan->new_program);
    emit_custom_function(emitter, pair, "discard", second, strcspn(second, ", \t"),
                         emitter->plan->new_program);
}

static void emit_begin(struct emitter *emitter)
{
    const struct pair *pair;

    fputs("static void kitsune_begin(const struct kitsune_pair_context *context)\n{\n"
          "    kitsune_old_base = context->old_base;\n"
          "    kitsune_new_base = context->new_base;\n", emitter->out);
    for (pair = emitter->plan->pairs; pair; pair = pair->next)
        if (pair->custom && pair->changes)
            emit_custom(emitter, pair);
    emit_address_search(emitter);
    fputs("}\n\n", emitter->out);
}

/* ---- Variables, locals, functions ------------------------------------------------------------ */

static int compare_variables(const void *a, const void *b)
{
    const struct variable_plan *const *left = a, *const *right = b;
    const struct variable *x = (*left)->old_variable, *y = (*right)->old_variable;

    if (!x || !y)
        return !x - !y; /* those that only the new version has come last */
    if (x->address + (*left)->from_offset != y->address + (*right)->from_offset)
        return x->address + (*left)->from_offset < y->address + (*right)->from_offset ? -1 : 1;
    return 0;
}

/* Follows no pointer and runs no code of the user. */
static bool is_plain(const struct variable_plan *entry)
{
    const struct conversion *conversion = entry->conversion;

    return conversion && !conversion->visits &&
           (!conversion->changes || conversion->kind == CONVERT_NUMBER ||
            conversion->kind == CONVERT_ENUM);
}

static void emit_variable_flags(struct emitter *emitter, const struct variable_plan *entry,
                                const struct variable *old, const struct variable *new)
{
    bool constant = (old && old->is_constant && !entry->conversion) || (new && new->is_constant);
    const struct {
        bool holds;
        const char *name;
    } flags[] = {
        {entry->is_manual, "MANUAL"},
        {is_plain(entry), "PLAIN"},
        {entry->moved_into != NULL, "MOVED"},
        {entry->moved_from != NULL, "MEMBER"},
        {constant, "CONSTANT"},
        {old && old->is_thread_local, "OLD_THREAD_LOCAL"},
        {new && new->is_thread_local, "NEW_THREAD_LOCAL"},
    };
    const char *separator = "";
    size_t i;

    fputs(".flags = ", emitter->out);
    for (i = 0; i < sizeof flags / sizeof flags[0]; i++)
        if (flags[i].holds) {
            fprintf(emitter->out, "%sKITSUNE_VARIABLE_%s", separator, flags[i].name);
            separator = " | ";
        }
    if (!separator[0])
        fputc('0', emitter->out);
}

static void emit_variable(struct emitter *emitter, const struct variable_plan *entry)
{
    const struct variable *old = entry->old_variable, *new = entry->new_variable;

    if (old && !old->has_address)
        old = NULL;
    if (new && !new->has_address)
        new = NULL;
    if (!old && !new)
        return;
    if (old && entry->moved_into)
        new = entry->moved_into;
    fputs("    {", emitter->out);
    if (old)
        fprintf(emitter->out, ".old_key = \"%s\", .old_offset = 0x%llx, .old_size = %llu,\n     ",
                entry->moved_from ? entry->moved_from->text : old->key,
                (unsigned long long)((emitter->old_by_key ? 0 : old->address) +
                                     entry->from_offset),
                (unsigned long long)(entry->moved_into ? entry->moved_size
                                                       : type_strip(old->type)->size));
    if (new)
        fprintf(emitter->out, ".new_key = \"%s\", .new_offset = 0x%llx, .new_size = %llu,\n     ",
                entry->moved_into ? entry->moved_to->text : new->key,
                (unsigned long long)((emitter->linked_in ? 0 : new->address) +
                                     entry->moved_offset),
                (unsigned long long)(entry->moved_into ? entry->moved_new_size
                                                       : type_strip(new->type)->size));
    emit_variable_flags(emitter, entry, old, new);
    fprintf(emitter->out, ", .count = %llu",
            (unsigned long long)(entry->count ? entry->count : 1));
    if (entry->conversion && (new || !entry->new_variable))
        fprintf(emitter->out, ",\n     .migrate = %s", variable_function(emitter, entry));
    if (entry->layout && old && new)
        fprintf(emitter->out, ", .type = &pair_%s", entry->layout->identifier);
    fputs("},\n", emitter->out);
    note_search(emitter, old, new);
}

static void emit_variables(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    const struct variable_plan **sorted = calloc(plan->variable_count + 1, sizeof *sorted);
    size_t i;

    if (!sorted)
        abort();
    for (i = 0; i < plan->variable_count; i++)
        sorted[i] = &plan->variables[i];
    qsort(sorted, plan->variable_count, sizeof *sorted, compare_variables);
    fprintf(emitter->out, "static %sstruct kitsune_variable kitsune_variables[] = {\n",
            is_by_key(emitter) ? "" : "const ");
    for (i = 0; i < plan->variable_count; i++)
        emit_variable(emitter, sorted[i]);
    fputs("    {.old_key = NULL},\n};\n\n", emitter->out);
    emit_searches(emitter);
    free(sorted);
}

static void emit_locals(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    size_t i;

    fputs("static const struct kitsune_local_pair kitsune_locals[] = {\n", emitter->out);
    for (i = 0; i < plan->local_count; i++) {
        const struct local_plan *entry = &plan->locals[i];

        if (!entry->conversion)
            continue;
        fputs("    {", emitter->out);
        if (entry->old_local)
            fprintf(emitter->out, ".old_key = \"%s\", .old_size = %llu, ", entry->old_local->key,
                    (unsigned long long)type_strip(entry->old_local->type)->size);
        fprintf(emitter->out, ".new_key = \"%s\", .new_size = %llu, .count = %llu,\n"
                "     .migrate = %s", entry->new_local->key,
                (unsigned long long)type_strip(entry->new_local->type)->size,
                (unsigned long long)(entry->count ? entry->count : 1),
                local_function(emitter, entry));
        if (entry->layout)
            fprintf(emitter->out, ", .type = &pair_%s", entry->layout->identifier);
        fputs("},\n", emitter->out);
    }
    fputs("    {.old_key = NULL},\n};\n\n", emitter->out);
}

static int compare_functions(const void *a, const void *b)
{
    const struct function_plan *left = a, *right = b;

    if (left->old_function->address != right->old_function->address)
        return left->old_function->address < right->old_function->address ? -1 : 1;
    return 0;
}

static void emit_functions(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    size_t i;

    qsort(plan->functions, plan->function_count, sizeof *plan->functions, compare_functions);
    fprintf(emitter->out, "static %sstruct kitsune_function kitsune_functions[] = {\n",
            is_by_key(emitter) ? "" : "const ");
    for (i = 0; i < plan->function_count; i++) {
        const struct function_plan *entry = &plan->functions[i];

        if (entry->new_function)
            fprintf(emitter->out, "    {\"%s\", \"%s\", 0x%llx, 0x%llx},\n",
                    entry->old_function->key, entry->new_function->key,
                    (unsigned long long)entry->old_function->address,
                    (unsigned long long)entry->new_function->address);
        else
            fprintf(emitter->out, "    {\"%s\", NULL, 0x%llx, 0},\n", entry->old_function->key,
                    (unsigned long long)entry->old_function->address);
    }
    fputs("    {NULL, NULL, 0, 0},\n};\n\n", emitter->out);
}

/* The check as it was written, on one line, as a C string. */
static void emit_check_text(struct emitter *emitter, const struct check *check)
{
    const struct source *source = emitter->plan->spec->source;
    size_t at = check->block->span.start, end = check->block->span.end, written = 0;
    bool space = false;

    fputc('"', emitter->out);
    for (; at < end && at < source->length && written < 100; at++) {
        char c = source->text[at];

        if (strchr(" \t\n\r", c)) {
            space = written > 0;
            continue;
        }
        if (space)
            fputc(' ', emitter->out);
        space = false;
        if (c == '"' || c == '\\')
            fputc('\\', emitter->out);
        fputc(c, emitter->out);
        written++;
    }
    fputs(at < end ? " ...\"" : "\"", emitter->out);
}

static size_t emit_check_table(struct emitter *emitter)
{
    const struct check *check;
    size_t count = 0;

    fputs("static const struct kitsune_check kitsune_checks[] = {\n", emitter->out);
    for (check = emitter->plan->spec->checks; check; check = check->next) {
        fprintf(emitter->out, "    {\"%s\", %d, kitsune_check_%zu, ",
                spec_path_quoted(emitter), check->block->line, ++count);
        emit_check_text(emitter, check);
        fputs("},\n", emitter->out);
    }
    fputs("    {NULL, 0, NULL, NULL},\n};\n\n", emitter->out);
    return count;
}

static bool defines_main_update(const struct spec *spec)
{
    const struct segment *segment;

    if (spec->prologue)
        for (segment = spec->prologue->segments; segment; segment = segment->next)
            if (segment->kind == SEGMENT_TEXT &&
                strstr(segment->text, "_kitsune_mainupdate_xform"))
                return true;
    return false;
}

/* What spares the runtime work; see enum kitsune_transformer_flags. */
static const char *transformer_flags(const struct emitter *emitter)
{
    const struct plan *plan = emitter->plan;
    bool self_contained = !plan->rule_functions && !plan->spec->checks && !plan->spec->prologue &&
                          !emitter->looks_at_allocations;

    if (self_contained)
        return plan->characters_move
                   ? "KITSUNE_TRANSFORMER_SELF_CONTAINED"
                   : "KITSUNE_TRANSFORMER_SELF_CONTAINED | KITSUNE_TRANSFORMER_NO_INNER_STRINGS";
    return plan->characters_move ? "0" : "KITSUNE_TRANSFORMER_NO_INNER_STRINGS";
}

/* The user may have made it static or not. */
void emit_main_update(struct emitter *emitter)
{
    if (defines_main_update(emitter->plan->spec))
        fputs("static void kitsune_run_main_update(void)\n{\n    _kitsune_mainupdate_xform();\n}\n",
              emitter->out);
}

static void declare_what_follows(struct emitter *emitter)
{
    const struct check *check;
    int number = 0;

    for (check = emitter->plan->spec->checks; check; check = check->next)
        fprintf(emitter->out, "static int kitsune_check_%d(void);\n", ++number);
    if (defines_main_update(emitter->plan->spec))
        fputs("static void kitsune_run_main_update(void);\n", emitter->out);
}

void emit_tables(struct emitter *emitter)
{
    struct plan *plan = emitter->plan;
    const struct pair *pair;
    size_t checks;

    fputs("/* ---- Tables ---- */\n\n", emitter->out);
    for (pair = plan->pairs; pair; pair = pair->next)
        emit_pair(emitter, pair);
    emit_variables(emitter);
    emit_locals(emitter);
    emit_functions(emitter);
    emit_starts(emitter);
    declare_what_follows(emitter);
    checks = emit_check_table(emitter);
    emit_begin(emitter);
    fprintf(emitter->out,
            "extern const struct kitsune_transformer kitsune_transformer\n"
            "    __attribute__((visibility(\"default\")));\n"
            "const struct kitsune_transformer kitsune_transformer = {\n"
            "    .abi = KITSUNE_TRANSFORMER_ABI,\n"
            "    .old_build_id = \"%s\",\n    .new_build_id = \"%s\",\n"
            "    .old_path = \"%s\",\n    .new_path = \"%s\",\n"
            "    .variables = kitsune_variables,\n"
            "    .variable_count = sizeof kitsune_variables / sizeof kitsune_variables[0] - 1,\n"
            "    .locals = kitsune_locals,\n    .local_count = sizeof kitsune_locals / sizeof kitsune_locals[0] - 1,\n"
            "    .functions = kitsune_functions,\n    .function_count = %zu,\n"
            "    .checks = kitsune_checks,\n    .check_count = %zu,\n"
            "    .begin = kitsune_begin,\n    .main_update = %s,\n    .flags = %s,\n"
            "    .starts = kitsune_starts,\n"
            "    .start_count = sizeof kitsune_starts / sizeof kitsune_starts[0] - 1,\n};\n",
            plan->old_program->build_id, new_build_id(emitter), plan->old_program->path,
            plan->new_program->path, plan->function_count, checks,
            defines_main_update(plan->spec) ? "kitsune_run_main_update" : "NULL",
            transformer_flags(emitter));
}

void emit_note(struct emitter *emitter)
{
    const char *old_id = emitter->plan->old_program->build_id;
    const char *new_id = new_build_id(emitter);

    fprintf(emitter->out,
            "/* The pair this transformer is for; the runtime refuses any other. */\n"
            "__asm__(\".pushsection .note.kitsune.transformer,\\\"a\\\",@note\\n\"\n"
            "        \".balign 4\\n.long 8, %zu, 0x%x\\n.string \\\"Kitsune\\\"\\n\"\n"
            "        \".string \\\"%s\\\"\\n\"\n"
            "        \".string \\\"%s\\\"\\n\"\n"
            "        \".balign 4\\n.popsection\");\n\n",
            strlen(old_id) + strlen(new_id) + 2, KITSUNE_NOTE_TRANSFORMER, old_id, new_id);
}
