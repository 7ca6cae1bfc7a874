/* snapshot.c -- SAVE, and the file it writes. */
#include "snapshot.h"

#include <errno.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "commands.h"
#include "database.h"
#include "options.h"
#include "reply.h"
#include "server.h"

static const char magic[8] = {'K', 'V', 'S', 'N', 'A', 'P', '0', '1'};

enum snapshot_type {
    SNAPSHOT_STRING = 0,
    SNAPSHOT_LIST = 1,
    SNAPSHOT_HASH = 2,
    SNAPSHOT_SET = 3,
    SNAPSHOT_SORTED_SET = 4,
    SNAPSHOT_END = 255,
};

/* A file being written or read, and the checksum of what has passed so far. */
struct snapshot {
    FILE *file;
    uint64_t checksum;
    bool failed;
};

static void update_checksum(struct snapshot *snapshot, const void *bytes, size_t size)
{
    const unsigned char *byte = bytes;
    uint64_t checksum = snapshot->checksum;

    while (size-- > 0)
        checksum = (checksum ^ *byte++) * 0x100000001b3ULL;
    snapshot->checksum = checksum;
}

/* ---- Writing --------------------------------------------------------------------------------- */

static void write_bytes(struct snapshot *snapshot, const void *bytes, size_t size)
{
    update_checksum(snapshot, bytes, size);
    if (fwrite(bytes, 1, size, snapshot->file) != size)
        snapshot->failed = true;
}

static void write_number(struct snapshot *snapshot, uint64_t number, size_t size)
{
    unsigned char bytes[8];
    for (size_t i = 0; i < size; i++)
        bytes[i] = (unsigned char)(number >> 8 * i);
    write_bytes(snapshot, bytes, size);
}

static void write_double(struct snapshot *snapshot, double value)
{
    uint64_t bits;
    memcpy(&bits, &value, sizeof bits);
    write_number(snapshot, bits, 8);
}

static void write_text(struct snapshot *snapshot, const struct text *text)
{
    write_number(snapshot, text->length, 4);
    write_bytes(snapshot, text->bytes, text->length);
}

static void write_integer(struct snapshot *snapshot, long long value)
{
    char digits[NUMBER_SPACE];
    size_t length = format_integer(digits, value);

    write_number(snapshot, length, 4);
    write_bytes(snapshot, digits, length);
}

static void write_element(const struct text *value, void *context)
{
    write_text(context, value);
}

static void write_dictionary(struct snapshot *snapshot, const struct dictionary *dictionary,
                             bool with_values)
{
    struct dictionary_iterator iterator = dictionary_iterate(dictionary);
    struct entry *entry;

    write_number(snapshot, dictionary->count, 4);
    while ((entry = dictionary_next(&iterator))) {
        write_text(snapshot, entry->key);
        if (with_values)
            write_text(snapshot, entry->value);
    }
}

static void write_sorted_set(struct snapshot *snapshot, const struct sorted_set *set)
{
    write_number(snapshot, sorted_set_count(set), 4);
    for (struct skip_node *node = sorted_set_at(set, 0); node; node = skip_node_next(node)) {
        write_text(snapshot, node->member);
        write_double(snapshot, node->score);
    }
}

static enum snapshot_type snapshot_type_of(const struct object *object)
{
    switch (object->type) {
    case OBJECT_STRING:
    case OBJECT_INTEGER:
        return SNAPSHOT_STRING;
    case OBJECT_LIST:
        return SNAPSHOT_LIST;
    case OBJECT_HASH:
        return SNAPSHOT_HASH;
    case OBJECT_SET:
        return SNAPSHOT_SET;
    case OBJECT_SORTED_SET:
        return SNAPSHOT_SORTED_SET;
    }
    return SNAPSHOT_END;
}

static void write_record(struct snapshot *snapshot, int database, const struct text *key,
                         const struct object *object)
{
    write_number(snapshot, snapshot_type_of(object), 1);
    write_number(snapshot, (uint64_t)database, 1);
    write_number(snapshot, (uint64_t)object->expires_at, 8);
    write_text(snapshot, key);
    switch (object->type) {
    case OBJECT_STRING:
        write_text(snapshot, object->string);
        break;
    case OBJECT_INTEGER:
        write_integer(snapshot, object->integer);
        break;
    case OBJECT_LIST:
        write_number(snapshot, object->list->length, 4);
        list_visit(object->list, 0, object->list->length, write_element, snapshot);
        break;
    case OBJECT_HASH:
        write_dictionary(snapshot, object->hash, true);
        break;
    case OBJECT_SET:
        write_dictionary(snapshot, object->set, false);
        break;
    case OBJECT_SORTED_SET:
        write_sorted_set(snapshot, object->sorted_set);
        break;
    }
}

static void write_databases(struct snapshot *snapshot)
{
    write_bytes(snapshot, magic, sizeof magic);
    for (int i = 0; i < DATABASE_COUNT; i++) {
        struct dictionary_iterator iterator = dictionary_iterate(server.databases[i].keys);
        struct entry *entry;
        while ((entry = dictionary_next(&iterator)))
            write_record(snapshot, i, entry->key, entry->value);
    }
    write_number(snapshot, SNAPSHOT_END, 1);
    write_number(snapshot, snapshot->checksum, 8);
}

/* Written beside the old file and put in its place when it is complete and on the disk. */
bool snapshot_save(const char *path)
{
    char temporary[4096];
    struct snapshot snapshot = {0};

    if (snprintf(temporary, sizeof temporary, "%s.new", path) >= (int)sizeof temporary) {
        fprintf(stderr, "kv: cannot save: the file's name is too long\n");
        return false;
    }
    snapshot.file = fopen(temporary, "wb");
    if (!snapshot.file) {
        fprintf(stderr, "kv: cannot save to %s: %s\n", temporary, strerror(errno));
        return false;
    }
    write_databases(&snapshot);
    if (fflush(snapshot.file) != 0 || fsync(fileno(snapshot.file)) != 0)
        snapshot.failed = true;
    if (fclose(snapshot.file) != 0 || snapshot.failed || rename(temporary, path) != 0) {
        fprintf(stderr, "kv: cannot save to %s: %s\n", path, strerror(errno));
        unlink(temporary);
        return false;
    }
    return true;
}

/* ---- Reading --------------------------------------------------------------------------------- */

static void read_bytes(struct snapshot *snapshot, void *bytes, size_t size)
{
    if (fread(bytes, 1, size, snapshot->file) != size) {
        snapshot->failed = true;
        memset(bytes, 0, size);
    }
    update_checksum(snapshot, bytes, size);
}

static uint64_t read_number(struct snapshot *snapshot, size_t size)
{
    unsigned char bytes[8];
    uint64_t number = 0;

    read_bytes(snapshot, bytes, size);
    for (size_t i = size; i-- > 0;)
        number = number << 8 | bytes[i];
    return number;
}

static double read_double(struct snapshot *snapshot)
{
    uint64_t bits = read_number(snapshot, 8);
    double value;
    memcpy(&value, &bits, sizeof value);
    return value;
}

static struct text *read_text(struct snapshot *snapshot)
{
    uint64_t length = read_number(snapshot, 4);

    if (length > TEXT_LIMIT) {
        snapshot->failed = true;
        length = 0;
    }
    struct text *text = text_new_empty(length);
    read_bytes(snapshot, text->bytes, length);
    return text;
}

static void read_list(struct snapshot *snapshot, struct list *list)
{
    for (uint64_t left = read_number(snapshot, 4); left > 0 && !snapshot->failed; left--)
        list_append(list, read_text(snapshot));
}

static void read_dictionary(struct snapshot *snapshot, struct dictionary *dictionary,
                            bool with_values)
{
    for (uint64_t left = read_number(snapshot, 4); left > 0 && !snapshot->failed; left--) {
        struct text *key = read_text(snapshot);
        struct text *value = with_values ? read_text(snapshot) : NULL;
        if (dictionary_find(dictionary, key)) {
            snapshot->failed = true;
            text_free(key);
            text_free(value);
            return;
        }
        dictionary_add(dictionary, key, value);
    }
}

static void read_sorted_set(struct snapshot *snapshot, struct sorted_set *set)
{
    for (uint64_t left = read_number(snapshot, 4); left > 0 && !snapshot->failed; left--) {
        struct text *member = read_text(snapshot);
        double score = read_double(snapshot);
        sorted_set_put(set, member, score);
        text_free(member);
    }
}

static struct object *read_value(struct snapshot *snapshot, enum snapshot_type type)
{
    struct object *object = NULL;

    switch (type) {
    case SNAPSHOT_STRING:
        return object_new_string(read_text(snapshot));
    case SNAPSHOT_LIST:
        object = object_new(OBJECT_LIST);
        read_list(snapshot, object->list);
        break;
    case SNAPSHOT_HASH:
        object = object_new(OBJECT_HASH);
        read_dictionary(snapshot, object->hash, true);
        break;
    case SNAPSHOT_SET:
        object = object_new(OBJECT_SET);
        read_dictionary(snapshot, object->set, false);
        break;
    case SNAPSHOT_SORTED_SET:
        object = object_new(OBJECT_SORTED_SET);
        read_sorted_set(snapshot, object->sorted_set);
        break;
    case SNAPSHOT_END:
        break;
    }
    if (!object)
        snapshot->failed = true;
    return object;
}

static void read_record(struct snapshot *snapshot, enum snapshot_type type)
{
    uint64_t number = read_number(snapshot, 1);
    long long expires_at = (long long)read_number(snapshot, 8);
    struct text *key = read_text(snapshot);
    struct object *object = read_value(snapshot, type);

    if (number >= DATABASE_COUNT)
        snapshot->failed = true;
    if (snapshot->failed || (expires_at != 0 && expires_at <= time_now())) {
        if (object)
            object_free(object);
    } else {
        database_put(&server.databases[number], key, object);
        if (expires_at != 0)
            database_expire(&server.databases[number], object, expires_at);
    }
    text_free(key);
}

static void read_databases(struct snapshot *snapshot)
{
    char found[sizeof magic];

    read_bytes(snapshot, found, sizeof found);
    if (memcmp(found, magic, sizeof magic) != 0)
        snapshot->failed = true;
    while (!snapshot->failed) {
        enum snapshot_type type = (enum snapshot_type)read_number(snapshot, 1);
        if (type == SNAPSHOT_END) {
            uint64_t expected = snapshot->checksum;
            snapshot->failed |= read_number(snapshot, 8) != expected;
            return;
        }
        read_record(snapshot, type);
    }
}

bool snapshot_load(const char *path)
{
    struct snapshot snapshot = {.file = fopen(path, "rb")};

    if (!snapshot.file) {
        fprintf(stderr, "kv: cannot load %s: %s\n", path, strerror(errno));
        return false;
    }
    read_databases(&snapshot);
    fclose(snapshot.file);
    if (snapshot.failed)
        fprintf(stderr, "kv: cannot load %s: it is not a complete snapshot\n", path);
    return !snapshot.failed;
}

/* ---- The command ----------------------------------------------------------------------------- */

void command_save(struct client *client, struct text **arguments, int count)
{
    (void)arguments;
    (void)count;
    if (!options.save)
        reply_error(client, "ERR no file to save to: start the server with --save FILE");
    else if (!snapshot_save(options.save))
        reply_error(client, "ERR cannot save to %s: the server's error output says why",
                    options.save);
    else
        reply_ok(client);
}
