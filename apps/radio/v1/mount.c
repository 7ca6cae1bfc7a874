/* mount.c -- the places at which streams are to be had. */
#include "mount.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "memory.h"

pthread_mutex_t mounts_lock = PTHREAD_MUTEX_INITIALIZER;
struct mount *mounts;

/* ---- The list: under mounts_lock ------------------------------------------------------------- */

static struct mount *find(const char *path)
{
    struct mount *mount = mounts;

    while (mount && strcmp(mount->path, path) != 0)
        mount = mount->next;
    return mount;
}

static int count_sources(void)
{
    int count = 0;

    for (struct mount *mount = mounts; mount; mount = mount->next) {
        pthread_mutex_lock(&mount->lock);
        count += mount->has_source;
        pthread_mutex_unlock(&mount->lock);
    }
    return count;
}

static struct mount *add(const char *path)
{
    struct mount *mount = allocate_zeroed(sizeof *mount);

    snprintf(mount->path, sizeof mount->path, "%s", path);
    pthread_mutex_init(&mount->lock, NULL);
    pthread_cond_init(&mount->changed, NULL);
    mount->next_number = 1;
    mount->next = mounts;
    mounts = mount;
    return mount;
}

static void release_chunks(struct mount *mount)
{
    while (mount->first) {
        struct chunk *chunk = mount->first;
        mount->first = chunk->next;
        chunk_release(chunk);
    }
    mount->last = NULL;
    mount->queued = 0;
}

static void drop(struct mount *mount)
{
    struct mount **place = &mounts;

    while (*place != mount)
        place = &(*place)->next;
    *place = mount->next;
    release_chunks(mount);
    free(mount->header);
    pthread_cond_destroy(&mount->changed);
    pthread_mutex_destroy(&mount->lock);
    free(mount);
}

/* ---- Who uses a mount ------------------------------------------------------------------------ */

/* What an earlier source sent is for the listeners that still wait for it, and nobody else. */
static void begin_stream(struct mount *mount, const struct stream_description *description)
{
    mount->has_source = true;
    mount->is_killed = false;
    mount->description = *description;
    mount->source_since = time(NULL);
    mount->first_entry = mount->next_number;
    mount->song[0] = '\0';
    mount->song_number++;
    mount_forget_header(mount);
}

struct mount *mount_claim(const char *path, const struct stream_description *description,
                          const char **problem)
{
    struct mount *mount = NULL;

    pthread_mutex_lock(&mounts_lock);
    if (count_sources() >= settings.maximum_sources) {
        *problem = "too many sources are connected";
    } else {
        mount = find(path);
        if (!mount)
            mount = add(path);
        pthread_mutex_lock(&mount->lock);
        if (mount->has_source) {
            *problem = "another source is connected there";
            pthread_mutex_unlock(&mount->lock);
            mount = NULL;
        } else {
            begin_stream(mount, description);
            pthread_mutex_unlock(&mount->lock);
            mount->users++;
        }
    }
    pthread_mutex_unlock(&mounts_lock);
    return mount;
}

void mount_leave(struct mount *mount)
{
    pthread_mutex_lock(&mount->lock);
    mount->has_source = false;
    pthread_cond_broadcast(&mount->changed);
    pthread_mutex_unlock(&mount->lock);
    mount_release(mount);
}

struct mount *mount_use(const char *path)
{
    pthread_mutex_lock(&mounts_lock);
    struct mount *mount = find(path);
    if (mount) {
        pthread_mutex_lock(&mount->lock);
        bool has_source = mount->has_source;
        pthread_mutex_unlock(&mount->lock);
        if (has_source)
            mount->users++;
        else
            mount = NULL;
    }
    pthread_mutex_unlock(&mounts_lock);
    return mount;
}

void mount_release(struct mount *mount)
{
    pthread_mutex_lock(&mounts_lock);
    if (--mount->users == 0)
        drop(mount);
    pthread_mutex_unlock(&mounts_lock);
}

/* ---- The stream ------------------------------------------------------------------------------ */

static void trim(struct mount *mount)
{
    while (mount->first != mount->last && mount->queued > settings.queue_size) {
        struct chunk *chunk = mount->first;
        mount->first = chunk->next;
        mount->queued -= chunk->length;
        chunk_release(chunk);
    }
}

void mount_publish(struct mount *mount, struct chunk *chunk)
{
    pthread_mutex_lock(&mount->lock);
    chunk->number = mount->next_number++;
    if (mount->last)
        mount->last->next = chunk;
    else
        mount->first = chunk;
    mount->last = chunk;
    mount->queued += chunk->length;
    mount->received += (unsigned)chunk->length;
    trim(mount);
    pthread_cond_broadcast(&mount->changed);
    pthread_mutex_unlock(&mount->lock);
}

/* Under the mount's lock. */
void mount_forget_header(struct mount *mount)
{
    free(mount->header);
    mount->header = NULL;
    mount->header_length = 0;
    mount->first_entry = mount->next_number;
}

void mount_add_header(struct mount *mount, const char *bytes, size_t length)
{
    mount->header = reallocate(mount->header, (size_t)mount->header_length + length);
    memcpy(mount->header + mount->header_length, bytes, length);
    mount->header_length += (int)length;
}

/* The burst: so far back that the listener gets enough at once to begin playing. */
struct chunk *mount_entry(struct mount *mount)
{
    struct chunk *entry = NULL;
    int behind = mount->queued;

    for (struct chunk *chunk = mount->first; chunk; chunk = chunk->next) {
        if (chunk->is_entry && chunk->number >= mount->first_entry) {
            entry = chunk;
            if (behind <= settings.burst_size)
                break;
        }
        behind -= chunk->length;
    }
    if (entry)
        entry->references++;
    return entry;
}

/* ---- What is said of a mount ----------------------------------------------------------------- */

bool mount_set_song(const char *path, const char *song)
{
    bool is_set = false;

    pthread_mutex_lock(&mounts_lock);
    struct mount *mount = find(path);
    if (mount) {
        pthread_mutex_lock(&mount->lock);
        if (mount->has_source) {
            snprintf(mount->song, sizeof mount->song, "%s", song);
            mount->song_number++;
            is_set = true;
        }
        pthread_mutex_unlock(&mount->lock);
    }
    pthread_mutex_unlock(&mounts_lock);
    return is_set;
}

bool mount_kill_source(const char *path)
{
    bool is_there = false;

    pthread_mutex_lock(&mounts_lock);
    struct mount *mount = find(path);
    if (mount) {
        pthread_mutex_lock(&mount->lock);
        is_there = mount->has_source;
        mount->is_killed = true;
        pthread_mutex_unlock(&mount->lock);
    }
    pthread_mutex_unlock(&mounts_lock);
    return is_there;
}

void mounts_wake(void)
{
    pthread_mutex_lock(&mounts_lock);
    for (struct mount *mount = mounts; mount; mount = mount->next) {
        pthread_mutex_lock(&mount->lock);
        pthread_cond_broadcast(&mount->changed);
        pthread_mutex_unlock(&mount->lock);
    }
    pthread_mutex_unlock(&mounts_lock);
}
