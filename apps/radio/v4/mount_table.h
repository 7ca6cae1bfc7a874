/* mount_table.h -- all mounts, found by their paths: a hash table whose buckets are lists.
 * Under mounts_lock. */
#ifndef RADIO_MOUNT_TABLE_H
#define RADIO_MOUNT_TABLE_H

struct mount;

#define MOUNT_BUCKETS 64

struct mount_table {
    struct mount *buckets[MOUNT_BUCKETS];
    int count;
};

struct mount *mount_table_find(const struct mount_table *table, const char *path);
void mount_table_add(struct mount_table *table, struct mount *mount);
void mount_table_remove(struct mount_table *table, struct mount *mount);
/* One after the other; NULL gives the first, and the last one gives NULL. */
struct mount *mount_table_next(const struct mount_table *table, const struct mount *mount);

#endif
