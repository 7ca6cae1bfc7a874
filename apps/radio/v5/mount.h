/* mount.h -- the places at which streams are to be had.
 *
 * A mount comes into being when a source claims it, and ends with the last of the source and the
 * listeners that use it.  The table of mounts and the counts of their users are under one lock,
 * everything else in a mount is under its own; who needs both takes that of the table first.
 */
#ifndef RADIO_MOUNT_H
#define RADIO_MOUNT_H

#include <kitsune.h>
#include <pthread.h>
#include <stdbool.h>
#include <time.h>

#include "block.h"
#include "mount_table.h"
#include "pool.h"
#include "settings.h"

/* What a source says of its stream. */
struct stream_description {
    char content_type[64];
    char name[128], description[256], genre[64], url[128], bitrate[16];
    bool is_public;
};

struct mount {
    struct mount *next_in_bucket; /* of the table */
    char path[128];
    int users; /* the source and the listeners */

    pthread_mutex_t lock;
    pthread_cond_t changed; /* new data, or the end of the source */
    bool has_source;
    bool is_killed; /* its source has to end */
    time_t source_since;
    struct stream_description description;

    struct ring queue;              /* never empty again once there is data */
    unsigned long long first_entry; /* blocks before this number belong to an earlier stream */
    unsigned long long received; /* bytes, in all */

    /* The pages that everybody has to have who begins in the middle of an Ogg stream. */
    char *header E_PTRARRAY(self.header_length);
    int header_length;

    char *E_SZ song; /* NULL: nobody said */
    unsigned song_number; /* how many there were */

    struct pool pool; /* who listens */
};

extern pthread_mutex_t mounts_lock;
extern struct mount_table mount_table;

/* Takes the place for a source; NULL with *problem when there is one, or are too many. */
struct mount *mount_claim(const char *path, const struct stream_description *description,
                          const char **problem);
/* The source ends; listeners get what is there. */
void mount_leave(struct mount *mount);
/* For a listener: NULL when nothing is to be had there. */
struct mount *mount_use(const char *path);
void mount_release(struct mount *mount);

/* How often a source has come, anywhere: who waits for one looks when this has changed. */
unsigned mounts_source_count(void);

/* From the source: a block that is full enough. */
void mount_publish(struct mount *mount, struct block *block);
/* A new Ogg stream begins, and more of its header. */
void mount_forget_header(struct mount *mount);
void mount_add_header(struct mount *mount, const char *bytes, size_t length);
/* Where a new listener begins, with a reference; NULL: nowhere yet.  Under the mount's lock. */
struct block *mount_entry(struct mount *mount);

/* "": nobody said.  Under the mount's lock. */
const char *mount_song(const struct mount *mount);
/* False: there is no such source. */
bool mount_set_song(const char *path, const char *song);
bool mount_kill_source(const char *path);
/* Ends the listener with this number; false: there is none. */
bool mount_kill_listener(const char *path, int id);
/* Sends all listeners elsewhere; false: there is no such mount. */
bool mount_move_listeners(const char *path, const char *destination);
/* All who wait at any mount look again. */
void mounts_wake(void);

#endif
