/* check_files.c -- the shared objects themselves: were they built for this, and what do loading
 * and unloading them do that no update can undo? */
#include "readiness.h"

#include <dwarf.h>
#include <elf.h>
#include <elfutils/libdwelf.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

/* ---- Saying it ----------------------------------------------------------------------------- */

static void say(struct readiness *check, enum severity severity, const struct version *version,
                const char *format, ...) __attribute__((format(printf, 4, 5)));

static void say(struct readiness *check, enum severity severity, const struct version *version,
                const char *format, ...)
{
    va_list arguments;
    char *text = NULL;

    va_start(arguments, format);
    if (vasprintf(&text, format, arguments) < 0)
        abort();
    va_end(arguments);
    check_say(check, SUBJECT_FILES, severity, version, (struct source_place){0}, "%s", text);
    free(text);
}

static void help(struct readiness *check, const char *text)
{
    check_help(check, SUBJECT_FILES, "%s", text);
}

/* ---- How it was built ---------------------------------------------------------------------- */

/* Of the program's own symbols; NULL: none is exported. */
static const char *first_export(const struct binary *binary)
{
    size_t i;

    for (i = 0; i < binary->export_count; i++)
        if (strncmp(binary->exports[i], "kitsune_", strlen("kitsune_")) != 0)
            return binary->exports[i];
    return NULL;
}

static void check_entry(struct readiness *check, const struct version *version)
{
    const struct binary *binary = version->binary;

    if (!binary->section_count)
        return; /* a damaged file, which has been said */
    if (!binary_exports(binary, "kitsune_entry")) {
        say(check, SEVERITY_ERROR, version, "not linked by kitcc: `kitsune run` cannot find its "
            "main");
        help(check, "link it with kitcc -shared");
        return;
    }
    if (!binary_function_named(binary, "main") && binary->has_symbol_table) {
        say(check, SEVERITY_ERROR, version, "it has no main");
        help(check, "link the object that defines main into it");
    }
    if (!(binary->flags & DF_SYMBOLIC) && first_export(binary)) {
        say(check, SEVERITY_WARNING, version, "linked without -Bsymbolic, which kitcc adds: what "
            "it exports, such as '%s', may be bound to that of another version or of a library",
            first_export(binary));
        help(check, "link it with kitcc, and do not take -Bsymbolic away");
    }
    if (!binary->has_symbol_table) {
        say(check, SEVERITY_WARNING, version, "stripped of its symbol table: functions have no "
            "names, so handlers and pointers to functions find no namesakes, and what is given to "
            "libraries cannot be told");
        help(check, "strip with strip -g, which keeps the symbol table");
    }
}

/* gcc writes its options down; clang does not, and has no such option. */
static void check_options(struct readiness *check, const struct version *version)
{
    static const char option[] = "-fno-ipa-reference-addressable";
    Dwarf_CU *cu = NULL;
    Dwarf_Die unit, sub_unit;
    Dwarf_Attribute attribute;
    uint8_t kind;
    size_t count = 0;
    const char *example = NULL;

    while (version->binary->dwarf &&
           dwarf_get_units(version->binary->dwarf, cu, &cu, NULL, &kind, &unit, &sub_unit) == 0) {
        const char *producer = dwarf_formstring(dwarf_attr(&unit, DW_AT_producer, &attribute));
        const char *name = dwarf_diename(&unit);

        if (!producer || !name || dwarf_tag(&unit) != DW_TAG_compile_unit ||
            strncmp(producer, "GNU C", 5) != 0 || strncmp(producer, "GNU C++", 7) == 0 ||
            strstr(producer, option) || !strstr(producer, " -O") || strstr(producer, " -O0"))
            continue;
        if (strstr(name, "runtime/entry/") || strstr(name, "kitsune"))
            continue; /* what kitcc itself links in */
        example = count++ ? example : name;
    }
    if (!count)
        return;
    say(check, SEVERITY_WARNING, version, "%s%s compiled by something else than kitcc: the "
        "compiler may have taken static variables that are never written for constants", example,
        count > 1 ? " and others were" : " was");
    help(check, "compile all C sources with kitcc: make CC=kitcc");
}

static bool is_sanitized(const struct version *version)
{
    return binary_imports(version->binary, "__asan_init") ||
           binary_imports(version->binary, "__asan_version_mismatch_check_v8");
}

static void check_sanitizer(struct readiness *check)
{
    if (is_sanitized(check->old) == is_sanitized(check->new) || !check->old->binary->elf ||
        !check->new->binary->elf)
        return;
    say(check, SEVERITY_ERROR, check->new, "%s -fsanitize=address, and the old version %s: the two "
        "cannot share one heap", is_sanitized(check->new) ? "built with" : "built without",
        is_sanitized(check->old) ? "with it" : "without it");
    help(check, "build both with it, or both without");
}

/* ---- What loading it does ------------------------------------------------------------------ */

/* Those of the compiler's and the sanitizers' start-up code do no harm. */
static bool is_of_the_compiler(const char *name)
{
    static const char *const names[] = {
        "frame_dummy", "register_tm_clones", "__do_init", "_init",
    };
    size_t i;

    for (i = 0; i < sizeof names / sizeof names[0]; i++)
        if (strcmp(name, names[i]) == 0)
            return true;
    return strncmp(name, "asan.", 5) == 0 || strncmp(name, "_sub_I_", 7) == 0 ||
           strncmp(name, "__sanitizer", 11) == 0;
}

static struct source_place place_of(const struct version *version, uint64_t address)
{
    size_t i;

    for (i = 0; version->program && i < version->program->function_count; i++)
        if (version->program->functions[i].address == address)
            return version->program->functions[i].place;
    return (struct source_place){0};
}

/* NULL for one that does not count. */
static const char *own_constructor(const struct version *version, uint64_t address)
{
    const struct symbol *function = binary_function_at(version->binary, address);

    if (function && is_of_the_compiler(function->name))
        return NULL;
    return function ? function->name : "a function without a name";
}

static void check_constructors(struct readiness *check, const struct version *version)
{
    const struct binary *binary = version->binary;
    size_t i;

    for (i = 0; i < binary->constructor_count; i++) {
        const char *name = own_constructor(version, binary->constructors[i]);

        if (!name)
            continue;
        check_say(check, SUBJECT_FILES, SEVERITY_WARNING, version,
                  place_of(version, binary->constructors[i]), "'%s' is a constructor: it runs when "
                  "this version is loaded, before its variables are migrated, and what it does is "
                  "not undone when the update is given up", name);
        help(check, "call it from main, unless kitsune_is_updating()");
    }
}

static void check_unloading(struct readiness *check, const struct version *version)
{
    const struct binary *binary = version->binary;

    if (binary->flags_1 & DF_1_NODELETE) {
        say(check, SEVERITY_WARNING, version, "linked with -z nodelete: it stays in memory after "
            "the update, and each update adds another");
        help(check, "link it without -z nodelete");
    }
    if (binary->unique_count) {
        say(check, SEVERITY_WARNING, version, "'%s' is a unique symbol (STB_GNU_UNIQUE, as C++ "
            "templates make them): it cannot be unloaded, and other versions use this one's",
            binary->unique_symbols[0]);
        help(check, "compile the C++ sources with -fno-gnu-unique");
    }
    if (binary->flags & DF_STATIC_TLS) {
        say(check, SEVERITY_WARNING, version, "its thread-local variables are accessed by the "
            "static model (-ftls-model=initial-exec): room for them is small and set when the "
            "process starts, and a version that finds none left cannot be loaded");
        help(check, "compile without -ftls-model and without the attribute tls_model");
    }
}

/* ---- Libraries ----------------------------------------------------------------------------- */

/* The length of "libssl" in "libssl.so.3". */
static size_t stem_length(const char *name)
{
    const char *end = strstr(name, ".so");

    return end ? (size_t)(end - name) : strlen(name);
}

static bool needs(const struct binary *binary, const char *name)
{
    size_t i;

    for (i = 0; i < binary->needed_count; i++)
        if (strcmp(binary->needed[i], name) == 0)
            return true;
    return false;
}

/* The same library in another major version. */
static const char *other_version(const struct binary *binary, const char *name)
{
    size_t i, length = stem_length(name);

    for (i = 0; i < binary->needed_count; i++)
        if (stem_length(binary->needed[i]) == length &&
            strncmp(binary->needed[i], name, length) == 0)
            return binary->needed[i];
    return NULL;
}

static void compare_libraries(struct readiness *check)
{
    const struct binary *old = check->old->binary, *new = check->new->binary;
    size_t i;

    if (!old->elf || !new->elf)
        return;
    for (i = 0; i < new->needed_count; i++) {
        const char *name = new->needed[i], *other = other_version(old, name);

        if (needs(old, name))
            continue;
        if (other) {
            say(check, SEVERITY_WARNING, check->new, "it needs %s, the old version %s: both will "
                "be in the process, each with its own state and types", name, other);
            help(check, "make the new version's own objects of the library, by a rule or by an "
                 "INIT rule; the old library's must not be given to the new one");
        } else {
            say(check, SEVERITY_NOTE, check->new, "it brings in %s", name);
        }
    }
    for (i = 0; i < old->needed_count; i++)
        if (!needs(new, old->needed[i]) && !other_version(new, old->needed[i]))
            say(check, SEVERITY_NOTE, check->new, "it no longer needs %s, which stays in the "
                "process with all that it has made", old->needed[i]);
}

/* Without a build ID on either side nobody can tell. */
static bool is_other_build(const struct binary *left, const struct binary *right)
{
    const void *left_bits, *right_bits;
    ssize_t left_length = dwelf_elf_gnu_build_id(left->elf, &left_bits);
    ssize_t right_length = dwelf_elf_gnu_build_id(right->elf, &right_bits);

    return left_length > 0 && right_length > 0 &&
           (left_length != right_length || memcmp(left_bits, right_bits, (size_t)left_length) != 0);
}

/* Of one name, found in different places: libraries that the program brings along. */
static void compare_builds(struct readiness *check)
{
    const struct libraries *old = check->old->libraries, *new = check->new->libraries;
    size_t i, k;

    for (i = 0; i < new->count; i++)
        for (k = 0; k < old->count; k++) {
            if (strcmp(new->list[i].name, old->list[k].name) != 0 || !new->list[i].binary ||
                !old->list[k].binary || !is_other_build(new->list[i].binary, old->list[k].binary))
                continue;
            say(check, SEVERITY_ERROR, check->new, "it comes with another build of %s (%s) than "
                "the old version (%s): libraries stay when a program is updated, so the update is "
                "refused", new->list[i].name, new->list[i].binary->path,
                old->list[k].binary->path);
            help(check, "link it into the version statically, or leave it as it was");
        }
}

static void check_missing_libraries(struct readiness *check, const struct version *version)
{
    size_t i;

    for (i = 0; i < version->binary->needed_count; i++)
        if (i < version->libraries->count && !version->libraries->list[i].binary)
            say(check, SEVERITY_NOTE, version, "%s was not found on this machine: what the "
                "program gives to it is named without it", version->libraries->list[i].name);
}

/* A library that is loaded along with a version finds symbols of that version. */
static void check_exports(struct readiness *check, const struct version *version)
{
    const struct binary *binary = version->binary;
    size_t i, k;

    for (i = 0; i < version->libraries->count; i++) {
        const struct library *library = &version->libraries->list[i];

        for (k = 0; library->binary && k < library->binary->import_count; k++) {
            const char *name = library->binary->imports[k];

            if (!binary_exports(binary, name) || strcmp(name, "kitsune_entry") == 0)
                continue;
            say(check, SEVERITY_WARNING, version, "%s may use '%s' of this version, which is "
                "exported: after an update it would still use this one, which is gone",
                library->name, name);
            help(check, "do not export it: compile with -fvisibility=hidden, which kitcc does "
                 "unless told otherwise, or give it a name that the library does not use");
        }
    }
}

/* ---- All of it ----------------------------------------------------------------------------- */

static void check_version(struct readiness *check, const struct version *version)
{
    if (!version->binary->elf) {
        say(check, SEVERITY_NOTE, version, "a companion file alone: what the program is linked "
            "with, and what its code gives to libraries, is not known");
        return;
    }
    check_entry(check, version);
    check_options(check, version);
    check_unloading(check, version);
    check_missing_libraries(check, version);
}

void check_files(struct readiness *check)
{
    check_version(check, check->new);
    if (!check_is_single(check)) {
        check_version(check, check->old);
        check_sanitizer(check);
        compare_libraries(check);
        compare_builds(check);
        check_providers(check);
    }
    check_displaced(check);
    check_constructors(check, check->new);
    check_exports(check, check->old);
}
