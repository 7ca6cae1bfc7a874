/* mount_table.c -- all mounts, found by their paths. */
#include "mount_table.h"

#include <string.h>

#include "mount.h"

/* FNV-1a. */
static unsigned bucket_of(const char *path)
{
    unsigned hash = 2166136261u;

    for (; *path; path++)
        hash = (hash ^ (unsigned char)*path) * 16777619u;
    return hash % MOUNT_BUCKETS;
}

struct mount *mount_table_find(const struct mount_table *table, const char *path)
{
    struct mount *mount = table->buckets[bucket_of(path)];

    while (mount && strcmp(mount->path, path) != 0)
        mount = mount->next_in_bucket;
    return mount;
}

void mount_table_add(struct mount_table *table, struct mount *mount)
{
    struct mount **bucket = &table->buckets[bucket_of(mount->path)];

    mount->next_in_bucket = *bucket;
    *bucket = mount;
    table->count++;
}

void mount_table_remove(struct mount_table *table, struct mount *mount)
{
    struct mount **place = &table->buckets[bucket_of(mount->path)];

    while (*place != mount)
        place = &(*place)->next_in_bucket;
    *place = mount->next_in_bucket;
    table->count--;
}

struct mount *mount_table_next(const struct mount_table *table, const struct mount *mount)
{
    unsigned bucket = 0;

    if (mount && mount->next_in_bucket)
        return mount->next_in_bucket;
    if (mount)
        bucket = bucket_of(mount->path) + 1;
    for (; bucket < MOUNT_BUCKETS; bucket++)
        if (table->buckets[bucket])
            return table->buckets[bucket];
    return NULL;
}
