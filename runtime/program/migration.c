/* migration.c -- the new version takes over the old one's variables. */
#include "program/migration.h"

#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#include <kitsune.h>

#include "program/frames.h"
#include "heap/heap.h"
#include "program/key.h"
#include "common/log.h"
#include "program/manual_keys.h"
#include "common/message.h"
#include "program/program.h"
#include "update/update.h"
#include "program/written.h"

static struct {
    uintptr_t *addresses; /* new addresses of migrated variables: open addressing, 0 is empty */
    size_t count, capacity;
    char **keys; /* made for calls that may end the update instead of returning */
    size_t key_count;
    bool main_update_done;
    bool is_asked_for; /* the new version has made some migration call */
    bool is_automatic; /* and one was kitsune_do_automigrate */
} migration;

/* ---- Each variable once ---------------------------------------------------------------------- */

static bool insert(uintptr_t *table, size_t capacity, uintptr_t address)
{
    size_t at = (size_t)((address >> 2) * 0x9e3779b97f4a7c15u) & (capacity - 1);
    while (table[at] && table[at] != address)
        at = (at + 1) & (capacity - 1);
    bool is_new = !table[at];
    table[at] = address;
    return is_new;
}

/* False when it has been done before. */
static bool mark_migrated(const void *address)
{
    if (2 * migration.count >= migration.capacity) {
        size_t capacity = migration.capacity ? 2 * migration.capacity : 256;
        uintptr_t *addresses = allocate(capacity * sizeof *addresses);
        for (size_t i = 0; i < migration.capacity; i++)
            if (migration.addresses[i])
                insert(addresses, capacity, migration.addresses[i]);
        free(migration.addresses);
        migration.addresses = addresses;
        migration.capacity = capacity;
    }
    bool is_new = insert(migration.addresses, migration.capacity, (uintptr_t)address);
    migration.count += is_new;
    return is_new;
}

/* ---- Begin and end --------------------------------------------------------------------------- */

void migration_begin(void)
{
    written_collect(update_new_version());
    const struct kitsune_transformer *transformer = update_transformer();
    if (transformer && transformer->begin)
        transformer->begin(&(struct kitsune_pair_context){
            .old_base = update_old_version()->object->base,
            .new_base = update_new_version()->object->base});
}

static void *variable_address(const struct version *version, uint64_t offset, bool is_thread_local)
{
    if (!is_thread_local)
        return (void *)(version->object->base + offset);
    return (void *)(loader_tls_block(version->object) + offset);
}

/* Code of the transformer for variables that are gone: it may add to others, which are there
 * now. */
static void run_drops(const struct kitsune_transformer *transformer)
{
    for (size_t i = 0; i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        if (variable->new_key || !variable->migrate)
            continue;
        heap_migrate(variable->migrate,
                     variable_address(update_old_version(), variable->old_offset,
                                      variable->flags & KITSUNE_VARIABLE_OLD_THREAD_LOCAL),
                     NULL, 0);
    }
    heap_drain();
}

static void run_main_update(void)
{
    if (migration.main_update_done)
        return;
    migration.main_update_done = true;
    const struct kitsune_transformer *transformer = update_transformer();
    if (transformer)
        run_drops(transformer);
    void (*written)(void) = (void (*)(void))written_find_function("_kitsune_mainupdate_xform");
    if (written)
        written();
    else if (transformer && transformer->main_update)
        transformer->main_update();
    heap_drain();
}

void migration_by_hand(void)
{
    migration.is_asked_for = true;
}

/* A version that forgets to ask for its state would start anew, and nobody would notice until it
 * answers wrongly. */
static void require_asking(void)
{
    const struct kitsune_transformer *transformer = update_transformer();
    size_t waiting = 0;
    for (size_t i = 0; transformer && i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        waiting += variable->old_key && variable->migrate &&
                   !(variable->flags & KITSUNE_VARIABLE_MANUAL);
    }
    if (waiting && !migration.is_asked_for)
        update_fail("the new version took over none of its %zu variables: its main must call "
                    "kitsune_do_automigrate(), or migrate one by one (MIGRATE_GLOBAL and its "
                    "like); what shall not be taken over is marked E_MANUAL_MIGRATE", waiting);
}

void migration_finish(void)
{
    require_asking();
    run_main_update();
}

/* Freed when the update ends. */
static const char *make_key(const char *file, const char *function, const char *name)
{
    migration.keys = reallocate(migration.keys,
                                (migration.key_count + 1) * sizeof *migration.keys);
    return migration.keys[migration.key_count++] = key_compose(file, function, name);
}

void migration_end(void)
{
    free(migration.addresses);
    for (size_t i = 0; i < migration.key_count; i++)
        free(migration.keys[i]);
    free(migration.keys);
    memset(&migration, 0, sizeof migration);
    written_forget();
    manual_keys_forget();
}

/* ---- With a generated transformer ------------------------------------------------------------ */

/* False when there is nothing to take over. */
static bool migrate_generated(const struct kitsune_variable *variable)
{
    if (!variable->new_key ||
        (variable->flags & (KITSUNE_VARIABLE_CONSTANT | KITSUNE_VARIABLE_MOVED)))
        return false;
    void *out = variable_address(update_new_version(), variable->new_offset,
                                 variable->flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL);
    xform_fn_t written = written_find(variable->new_key);
    if ((!written && !variable->migrate) || !mark_migrated(out))
        return false;
    if (written) {
        written(out);
        return true;
    }
    void *in = variable->old_key ? variable_address(update_old_version(), variable->old_offset,
                                                    variable->flags &
                                                        KITSUNE_VARIABLE_OLD_THREAD_LOCAL)
                                 : NULL;
    heap_migrate(variable->migrate, in, out, variable->new_size);
    return true;
}

static void automigrate_generated(const struct kitsune_transformer *transformer)
{
    const uint32_t choice = KITSUNE_VARIABLE_MANUAL | KITSUNE_VARIABLE_PLAIN;
    for (size_t i = 0; i < transformer->variable_count; i++)
        if ((transformer->variables[i].flags & choice) == KITSUNE_VARIABLE_PLAIN)
            migrate_generated(&transformer->variables[i]);
    for (size_t i = 0; i < transformer->variable_count; i++)
        if ((transformer->variables[i].flags & choice) == 0)
            migrate_generated(&transformer->variables[i]);
}

static const struct kitsune_variable *
find_variable(const struct kitsune_transformer *transformer, const void *address)
{
    for (size_t i = 0; i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        if (variable->new_key && !(variable->flags & KITSUNE_VARIABLE_MOVED) &&
            variable_address(update_new_version(), variable->new_offset,
                             variable->flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL) == address)
            return variable;
    }
    return NULL;
}

/* ---- Without one ----------------------------------------------------------------------------- */

static bool copy_variable(const char *key, void *address, size_t size)
{
    size_t old_size = 0;
    bool ambiguous;
    void *old_address = version_find(update_old_version(), key, &old_size, &ambiguous);
    if (ambiguous)
        update_fail("the old version has several statics that %s could mean: note them with "
                    "NOTE_LOCAL_STATIC, or let xfgen generate a transformer", key);
    if (!old_address)
        return false;
    if (old_size != size)
        update_fail("%s has %zu bytes in the old version and %zu in the new one: write a "
                    "transformer for it (GLOBAL_XFORM and its like), or let xfgen generate one",
                    key, old_size, size);
    if (mark_migrated(address))
        memcpy(address, old_address, size);
    return true;
}

static bool migrate_by_hand(const char *key, void *address, size_t size)
{
    xform_fn_t written = written_find(key);
    if (!written)
        return copy_variable(key, address, size);
    if (mark_migrated(address))
        written(address);
    return true;
}

/* A static of a function has a number in its symbol: paired only when no other static of the file
 * has the name, in either version, because the number says nothing about the function. */
static bool is_only_of_its_name(struct version *version, const char *key)
{
    const char *dot = strrchr(key, '.');
    size_t file_length;
    const char *name = key_name(key, &file_length);
    char *general = message_format("%.*s#%.*s", (int)file_length + 1, key, (int)(dot - name), name);
    bool ambiguous;
    symbols_find(version_symbols(version), general, &ambiguous);
    free(general);
    return !ambiguous;
}

static void automigrate_symbol(const struct symbol *symbol)
{
    struct version *new_version = update_new_version();
    if (symbol->kind == SYMBOL_FUNCTION || !symbol->is_writable || !symbol->size)
        return;
    void *address = variable_address(new_version, symbol->address,
                                     symbol->kind == SYMBOL_THREAD_LOCAL);
    const char *key = symbol->key;
    if (symbol->function_static) {
        const char *noted = version_key(new_version, address);
        if (noted)
            key = noted;
    }
    if (manual_keys_contain(new_version, key))
        return;
    if (key == symbol->key && symbol->function_static &&
        (!is_only_of_its_name(new_version, key) || !is_only_of_its_name(update_old_version(), key)))
        update_fail("several functions of one file have a static like %s: note them with "
                    "NOTE_LOCAL_STATIC, or let xfgen generate a transformer", key);
    migrate_by_hand(key, address, symbol->size);
}

static void automigrate_by_hand(void)
{
    struct symbol_table *symbols = version_symbols(update_new_version());
    for (size_t i = 0; i < symbols_count(symbols); i++)
        automigrate_symbol(symbols_at(symbols, i));
}

/* ---- What programs call ---------------------------------------------------------------------- */

KITSUNE_PUBLIC void kitsune_do_automigrate(void)
{
    if (!update_is_migrating())
        return;
    migration.is_asked_for = migration.is_automatic = true;
    update_migration_starts();
    const struct kitsune_transformer *transformer = update_transformer();
    if (transformer)
        automigrate_generated(transformer);
    else
        automigrate_by_hand();
    heap_drain_all();
    run_main_update();
    update_migration_ends();
}

static bool is_automatic_thread_local(const struct kitsune_variable *variable)
{
    return (variable->flags & (KITSUNE_VARIABLE_NEW_THREAD_LOCAL | KITSUNE_VARIABLE_MANUAL)) ==
           KITSUNE_VARIABLE_NEW_THREAD_LOCAL;
}

bool migration_has_thread_locals(void)
{
    const struct kitsune_transformer *transformer = update_transformer();
    bool found = migration.is_automatic && !transformer; /* its symbols say so, at length */
    for (size_t i = 0; migration.is_automatic && transformer && i < transformer->variable_count;
         i++)
        found = found || is_automatic_thread_local(&transformer->variables[i]);
    return found;
}

void migration_thread_locals(void)
{
    const struct kitsune_transformer *transformer = update_transformer();
    for (size_t i = 0; transformer && i < transformer->variable_count; i++)
        if (is_automatic_thread_local(&transformer->variables[i]))
            migrate_generated(&transformer->variables[i]);
    struct symbol_table *symbols = version_symbols(update_new_version());
    for (size_t i = 0; !transformer && i < symbols_count(symbols); i++)
        if (symbols_at(symbols, i)->kind == SYMBOL_THREAD_LOCAL)
            automigrate_symbol(symbols_at(symbols, i));
    heap_drain();
}

static bool migrate_one(const char *name, const char *function, const char *file, void *address,
                        size_t size)
{
    const struct kitsune_transformer *transformer = update_transformer();
    const struct kitsune_variable *variable =
        transformer ? find_variable(transformer, address) : NULL;
    if (variable)
        return migrate_generated(variable);
    if (transformer) {
        /* xfgen found no state in it, or nothing to pair it with. */
        log_debug("the transformer does not know %s", name);
        return false;
    }
    return migrate_by_hand(make_key(file, function, name), address, size);
}

KITSUNE_PUBLIC int kitsune_migrate_variable(const char *name, const char *function,
                                            const char *file, void *address, size_t size)
{
    if (!update_is_migrating())
        return 0;
    migration.is_asked_for = true;
    update_migration_starts();
    bool migrated = migrate_one(name, function, file, address, size);
    heap_drain();
    update_migration_ends();
    return migrated;
}

/* ---- Locals ---------------------------------------------------------------------------------- */

static const struct kitsune_local_pair *find_local_pair(const char *key)
{
    const struct kitsune_transformer *transformer = update_transformer();
    size_t ignored;
    for (size_t i = 0; transformer && i < transformer->local_count; i++)
        if (transformer->locals[i].new_key &&
            strcmp(key_name(transformer->locals[i].new_key, &ignored), key) == 0)
            return &transformer->locals[i];
    return NULL;
}

static bool migrate_found_local(const char *key, const struct kitsune_local_pair *pair,
                                const struct kitsune_local *old, void *address, size_t size)
{
    xform_fn_t written = written_find(key);
    if (pair && pair->migrate)
        heap_migrate(pair->migrate, old ? old->address : NULL, address, size);
    else if (written)
        written(address);
    else if (!old)
        return false;
    else if (old->size == size)
        memcpy(address, old->address, size);
    else
        update_fail("the local %s has %zu bytes in the old version and %zu in the new one: write a "
                    "rule or a LOCAL_XFORM for it", key, old->size, size);
    if (old)
        heap_local_migrated(old->address, old->size, address, size, pair ? pair->type : NULL,
                            pair ? pair->count : 1);
    heap_drain();
    return true;
}

KITSUNE_PUBLIC int kitsune_migrate_local(const char *name, const char *function, void *address,
                                         size_t size)
{
    if (!update_is_migrating())
        return 0;
    migration.is_asked_for = true;
    update_migration_starts();
    const char *key = make_key(NULL, function, name);
    const struct kitsune_local_pair *pair = find_local_pair(key);
    const struct kitsune_local *old = NULL;
    bool migrated = false;
    if (!pair || pair->old_key)
        old = frames_find_old(pair ? pair->old_key : key);
    /* A pair whose old local is not on the old stack (its function was not running) has nothing
     * to convert; one without an old key is an INIT rule. */
    if (!pair || !pair->old_key || old)
        migrated = migrate_found_local(key, pair, old, address, size);
    update_migration_ends();
    return migrated;
}
