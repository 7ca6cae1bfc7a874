/* late_addresses.c -- addresses that a transformer could not know when it was generated, by key.
 *
 * Without the old version's build ID nothing says that the running version is the one that the
 * transformer was made for; so the sizes of what is found are compared with what was expected.
 */
#include <stdlib.h>
#include <string.h>

#include <kitsune/transform.h>

#include "program/program.h"
#include "program/symbols.h"
#include "update/update.h"
#include "program/version.h"

KITSUNE_PUBLIC void *kitsune_xf_old_symbol(const char *key)
{
    return version_find_symbol(update_old_version(), key, NULL, NULL);
}

KITSUNE_PUBLIC void *kitsune_xf_new_symbol(const char *key)
{
    return version_find_symbol(update_new_version(), key, NULL, NULL);
}

/* ---- One variable ---------------------------------------------------------------------------- */

static void __attribute__((noreturn)) fail_missing(struct version *version, const char *key,
                                                   bool is_ambiguous)
{
    kitsune_xf_fail(__FILE__, __LINE__,
                    is_ambiguous ? "%s has several variables '%s' that its symbols do not tell "
                                   "apart: generate the transformer from the versions themselves"
                                 : "%s has no variable '%s' among its symbols: it is not the "
                                   "version that the transformer was made for, or was stripped of "
                                   "them",
                    version_path(version), key);
}

static const struct symbol *find_variable(struct version *version, const char *key,
                                          bool is_thread_local, bool is_required)
{
    bool is_ambiguous = false;
    const struct symbol *symbol = symbols_find(version_symbols(version), key, &is_ambiguous);
    if (symbol && symbol->kind != (is_thread_local ? SYMBOL_THREAD_LOCAL : SYMBOL_VARIABLE))
        symbol = NULL;
    if (!symbol && is_required)
        fail_missing(version, key, is_ambiguous);
    return symbol;
}

static void find_old(struct kitsune_variable *variable, const char *key)
{
    struct version *version = update_old_version();
    const struct symbol *symbol =
        find_variable(version, key, variable->flags & KITSUNE_VARIABLE_OLD_THREAD_LOCAL,
                      variable->migrate && variable->new_key);
    if (!symbol) {
        variable->old_key = NULL;
        return;
    }
    if (strcmp(key, variable->old_key) == 0 && symbol->size && symbol->size != variable->old_size)
        kitsune_xf_fail(__FILE__, __LINE__,
                        "the variable '%s' of %s has %llu bytes, not %llu: it is not the version "
                        "that the transformer was made for", key, version_path(version),
                        (unsigned long long)symbol->size, (unsigned long long)variable->old_size);
    variable->old_offset += symbol->address;
}

/* Of what is never written, only pointers to it suffer, and only if there are any. */
static void find_new(struct kitsune_variable *variable, const char *key)
{
    const struct symbol *symbol =
        find_variable(update_new_version(), key,
                      variable->flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL, variable->migrate);
    if (symbol)
        variable->new_offset += symbol->address;
    else
        variable->new_key = NULL;
}

/* ---- Functions ------------------------------------------------------------------------------- */

static uint64_t function_address(struct version *version, const char *key)
{
    const struct symbol *symbol = symbols_find(version_symbols(version), key, NULL);
    return symbol && symbol->kind == SYMBOL_FUNCTION ? symbol->address : 0;
}

static void find_function(struct kitsune_function *function, int which)
{
    if (which & KITSUNE_SEARCH_OLD)
        function->old_offset = function_address(update_old_version(), function->old_key);
    if (!(which & KITSUNE_SEARCH_NEW) || !function->new_key)
        return;
    function->new_offset = function_address(update_new_version(), function->new_key);
    if (!function->new_offset)
        function->new_key = NULL;
}

/* ---- All ------------------------------------------------------------------------------------- */

static int by_old_offset(const void *left, const void *right)
{
    const struct kitsune_variable *a = left, *b = right;
    if (!a->old_key || !b->old_key)
        return !a->old_key - !b->old_key;
    return a->old_offset < b->old_offset ? -1 : a->old_offset > b->old_offset;
}

static int by_old_code(const void *left, const void *right)
{
    const struct kitsune_function *a = left, *b = right;
    return a->old_offset < b->old_offset ? -1 : a->old_offset > b->old_offset;
}

KITSUNE_PUBLIC void kitsune_xf_find_addresses(struct kitsune_variable *variables,
                                              const struct kitsune_search *searches,
                                              size_t variable_count,
                                              struct kitsune_function *functions,
                                              size_t function_count, int which)
{
    for (size_t i = 0; i < variable_count; i++) {
        if (which & KITSUNE_SEARCH_OLD && searches[i].old_key)
            find_old(&variables[i], searches[i].old_key);
        if (which & KITSUNE_SEARCH_NEW && searches[i].new_key)
            find_new(&variables[i], searches[i].new_key);
    }
    for (size_t i = 0; i < function_count; i++)
        find_function(&functions[i], which);
    if (variable_count)
        qsort(variables, variable_count, sizeof *variables, by_old_offset);
    if (function_count)
        qsort(functions, function_count, sizeof *functions, by_old_code);
}
