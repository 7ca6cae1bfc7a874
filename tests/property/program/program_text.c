/* program_text.c -- describing a state in words that do not depend on where things are.
 *
 * Everything that a pointer may lead to, whole objects as well as members, has an identity: its
 * address and what kind of thing is meant (an object and its first member share an address).  Each
 * gets a number when it is met first, by a pointer or as a part of something, and is described
 * once.  Two states whose texts are equal have the same shape, the same sharing and the same
 * values.
 */
#include "program_own.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum {
    SLOTS = 1 << 22, /* a power of two */
    MOST_ENTITIES = 1 << 21,
    MOST_TEXT = 1 << 28,
    THING_BLOCK = -1, /* of memory, to be freed once */
};

struct entity {
    const void *address;
    int thing;
    uint32_t number;
    bool described;
    void (*describe)(void *object);
};

struct slot {
    uint32_t round; /* in use when this is the current one */
    uint32_t entity;
};

struct owned {
    void *address;
    void (*release)(void *block);
};

static struct slot *slots;
static struct entity *entities;
static uint32_t *queue;
static struct owned *owned;
static uint32_t round_number, entity_count, number_count, queue_first, queue_count, owned_count;
static struct property_description *description;

/* ---- Text ------------------------------------------------------------------------------------ */

static void put(const char *text, size_t length)
{
    if (description->length + length > MOST_TEXT)
        abort();
    memcpy(description->text + description->length, text, length);
    description->length += length;
}

void property_text(const char *text)
{
    put(" ", 1);
    put(text, strlen(text));
}

static void put_decimal(uint64_t value)
{
    char digits[24];
    size_t at = sizeof digits;

    do
        digits[--at] = (char)('0' + value % 10);
    while (value /= 10);
    put(digits + at, sizeof digits - at);
}

void property_label(int id)
{
    put(" .", 2);
    put_decimal((uint64_t)id);
    put("=", 1);
}

void property_number(uint64_t value)
{
    if ((int64_t)value < 0) {
        put("-", 1);
        value = -value;
    }
    put_decimal(value);
    put(",", 1);
}

void property_real(long double value)
{
    char text[64];

    put(text, (size_t)snprintf(text, sizeof text, "%La,", value));
}

/* ---- Identity -------------------------------------------------------------------------------- */

static struct entity *find(const void *address, int thing)
{
    uint64_t hash = ((uint64_t)(uintptr_t)address + (uint64_t)thing * 0x9e3779b97f4a7c15u);
    struct slot *slot;

    hash = (hash ^ (hash >> 31)) * 0xbf58476d1ce4e5b9u;
    for (hash >>= 30;; hash++) {
        slot = &slots[hash & (SLOTS - 1)];
        if (slot->round != round_number)
            break;
        if (entities[slot->entity].address == address && entities[slot->entity].thing == thing)
            return &entities[slot->entity];
    }
    if (entity_count == MOST_ENTITIES)
        abort();
    *slot = (struct slot){round_number, entity_count};
    entities[entity_count] = (struct entity){.address = address, .thing = thing};
    return &entities[entity_count++];
}

static struct entity *find_numbered(const void *address, int thing)
{
    struct entity *entity = find(address, thing);

    if (!entity->number)
        entity->number = ++number_count;
    put(" #", 2);
    put_decimal(entity->number);
    put(" ", 1);
    return entity;
}

void property_pointer(const void *address, int thing, void (*describe)(void *object))
{
    struct entity *entity;

    if (!address) {
        property_text("NULL");
        return;
    }
    put("->", 2);
    entity = find_numbered(address, thing);
    if (!entity->described && !entity->describe) {
        entity->describe = describe;
        queue[queue_count++] = (uint32_t)(entity - entities);
    }
}

bool property_meet(const void *address, int thing)
{
    struct entity *entity = find_numbered(address, thing);
    bool is_new = !entity->described;

    entity->described = true;
    return is_new;
}

void property_fresh(void)
{
    put(" #", 2);
    put_decimal(++number_count);
    put(" ", 1);
}

void property_string(const char *string)
{
    if (!string) {
        property_text("NULL");
        return;
    }
    if (string[0] == 'h')
        property_owned((void *)string, NULL);
    property_inner_text(string);
}

void property_inner_text(const char *text)
{
    find_numbered(text, THING_STRING);
    put("'", 1);
    put(text, strlen(text));
    put("'", 1);
}

void property_empty(void)
{
    put("''", 2);
}

/* ---- The whole ------------------------------------------------------------------------------- */

void property_owned(void *address, void (*release)(void *block))
{
    struct entity *entity = find(address, THING_BLOCK);

    if (entity->described)
        return;
    entity->described = true;
    owned[owned_count++] = (struct owned){address, release ? release : property_give};
}

size_t property_owned_count(void)
{
    return owned_count;
}

void property_release_owned(void)
{
    for (uint32_t i = 0; i < owned_count; i++)
        owned[i].release(owned[i].address);
    owned_count = 0;
}

static void prepare(void)
{
    if (!slots) {
        slots = property_reserve(SLOTS * sizeof *slots);
        entities = property_reserve(MOST_ENTITIES * sizeof *entities);
        queue = property_reserve(MOST_ENTITIES * sizeof *queue);
        owned = property_reserve(MOST_ENTITIES * sizeof *owned);
    }
    if (!description->text)
        description->text = property_reserve(MOST_TEXT);
    round_number++;
    entity_count = number_count = queue_first = queue_count = owned_count = 0;
    description->length = 0;
}

void property_describe(struct property_description *into, void (*describe_root)(void))
{
    description = into;
    prepare();
    put("variables:", 10);
    describe_root();
    while (queue_first < queue_count) {
        struct entity *entity = &entities[queue[queue_first++]];

        if (entity->described)
            continue;
        entity->described = true;
        put("\n#", 2);
        put_decimal(entity->number);
        put(":", 1);
        entity->describe((void *)entity->address);
    }
    put("\n", 1);
}
