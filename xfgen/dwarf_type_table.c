/* dwarf_type_table.c -- the table of a program's types while it is being loaded. */
#include "dwarf_reader.h"

#include <stdlib.h>
#include <string.h>

enum type_kind type_kind_of_tag(int tag)
{
    switch (tag) {
    case DW_TAG_union_type:
        return TYPE_UNION;
    case DW_TAG_enumeration_type:
        return TYPE_ENUM;
    case DW_TAG_typedef:
        return TYPE_TYPEDEF;
    case DW_TAG_base_type:
        return TYPE_BASE;
    default:
        return TYPE_STRUCT;
    }
}

uint64_t types_name_hash(enum type_kind kind, const char *name)
{
    return hash_mix(hash_text(name), kind);
}

static void enlarge_buckets(struct type_table *table)
{
    size_t count = table->bucket_count ? 2 * table->bucket_count : 1024, i;
    struct loaded_type **buckets = calloc(count, sizeof *buckets), **tail;

    if (!buckets) {
        fprintf(stderr, "xfgen: error: out of memory\n");
        exit(EXIT_FAILURE);
    }
    for (i = 0; i < table->bucket_count; i++) {
        struct loaded_type *type, *next;

        for (type = table->buckets[i]; type; type = next) {
            next = type->bucket_next;
            type->bucket_next = NULL;
            tail = &buckets[type->hash & (count - 1)];
            while (*tail)
                tail = &(*tail)->bucket_next;
            *tail = type;
        }
    }
    free(table->buckets);
    table->buckets = buckets;
    table->bucket_count = count;
}

struct loaded_type *types_in_bucket(const struct type_table *table, uint64_t hash)
{
    return table->bucket_count ? table->buckets[hash & (table->bucket_count - 1)] : NULL;
}

/* A new type at the end of its bucket, so that candidates come in the order they were met. */
struct loaded_type *types_add(struct loader *loader, enum type_kind kind, uint64_t hash)
{
    struct type_table *table = &loader->types;
    struct program *program = loader->program;
    struct loaded_type *loaded = arena_allocate(loader->arena, sizeof *loaded), **tail;

    if (table->count >= table->bucket_count)
        enlarge_buckets(table);
    loaded->hash = hash;
    loaded->type.kind = kind;
    loaded->type.id = (int)program->type_count;
    tail = &table->buckets[hash & (table->bucket_count - 1)];
    while (*tail)
        tail = &(*tail)->bucket_next;
    *tail = loaded;
    table->count++;
    *(struct type **)grow(&program->types, &program->type_count, &table->capacity,
                          sizeof *program->types) = &loaded->type;
    return loaded;
}

struct type *types_find_named(struct loader *loader, enum type_kind kind, const char *name)
{
    uint64_t hash = types_name_hash(kind, name);
    struct loaded_type *type;

    for (type = types_in_bucket(&loader->types, hash); type; type = type->bucket_next)
        if (type->hash == hash && type->type.kind == kind && type->type.name &&
            strcmp(type->type.name, name) == 0)
            return &type->type;
    return NULL;
}

void types_set_place(struct loaded_type *loaded, struct die *die,
                      const struct facts *facts)
{
    struct type *type = &loaded->type;
    const struct unit *unit = die->unit;

    loaded->source = source_of(die, facts);
    type->place.file = loaded->source ? loaded->source->shown : NULL;
    type->place.line = type->place.file ? (int)facts->decl_line : 0;
    /* The compiler's own __va_list_tag and __builtin_va_list have no file. */
    type->from_system = loaded->source ? loaded->source->is_system
                                       : type->name && strncmp(type->name, "__", 2) == 0;
    type->unit = unit->key_name;
}

/* Another definition under a name goes to the end of the list that starts with the first. */
void types_link_same_name(struct loader *loader, struct type *type)
{
    struct type *first = type->name ? types_find_named(loader, type->kind, type->name) : NULL;

    if (!first || first == type)
        return;
    while (first->same_name_next)
        first = first->same_name_next;
    first->same_name_next = type;
}
