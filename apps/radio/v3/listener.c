/* listener.c -- sending a stream: at each step one piece of one thing, so that the thread is never
 * long away from its update point. */
#include "listener.h"

#include <stdlib.h>
#include <string.h>

#include "connection.h"
#include "fallback.h"
#include "log.h"
#include "memory.h"
#include "reply.h"
#include "statistics.h"

/* ---- The request ----------------------------------------------------------------------------- */

static void greet(struct connection *connection, const struct stream_description *stream,
                  int metadata_interval)
{
    struct buffer *output = &connection->output;

    reply_head(output, 200, stream->content_type);
    buffer_print(output, "icy-name: %s\r\nicy-pub: %d\r\n", stream->name, stream->is_public);
    if (stream->genre[0])
        buffer_print(output, "icy-genre: %s\r\n", stream->genre);
    if (stream->bitrate[0])
        buffer_print(output, "icy-br: %s\r\n", stream->bitrate);
    if (stream->description[0])
        buffer_print(output, "icy-description: %s\r\n", stream->description);
    if (stream->url[0])
        buffer_print(output, "icy-url: %s\r\n", stream->url);
    if (metadata_interval > 0)
        buffer_print(output, "icy-metaint: %d\r\n", metadata_interval);
    buffer_print(output, "\r\n");
}

static void link_to(struct listener *listener, struct mount *mount)
{
    listener->mount = mount;
    listener->previous = NULL;
    listener->next = mount->listeners;
    if (listener->next)
        listener->next->previous = listener;
    mount->listeners = listener;
    if (++mount->listener_count > mount->listener_peak)
        mount->listener_peak = mount->listener_count;
}

static void unlink_from(struct listener *listener, struct mount *mount)
{
    block_release(listener->block);
    listener->block = NULL;
    listener->offset = 0;
    if (listener->previous)
        listener->previous->next = listener->next;
    else
        mount->listeners = listener->next;
    if (listener->next)
        listener->next->previous = listener->previous;
    mount->listener_count--;
}

static struct listener *add(struct mount *mount, struct connection *connection,
                            const char *user_agent)
{
    struct listener *listener = allocate_zeroed(sizeof *listener);

    listener->since = time(NULL);
    listener->user_agent = user_agent[0] ? duplicate(user_agent) : NULL;
    listener->connection = connection;
    link_to(listener, mount);
    return listener;
}

void listener_begin(struct connection *connection, const struct request *request)
{
    char wish[8], user_agent[256];
    struct mount *mount = mount_use(request->path);

    if (!mount) {
        reply_text(connection, 404, "nothing is to be heard there");
        return;
    }
    if (!statistics_admit_listener(settings.maximum_listeners)) {
        mount_release(mount);
        reply_text(connection, 503, "too many are listening");
        return;
    }
    bool wants_metadata = request_field(request, "icy-metadata", wish, sizeof wish) &&
                          strcmp(wish, "1") == 0;
    request_field(request, "user-agent", user_agent, sizeof user_agent);
    pthread_mutex_lock(&mount->lock);
    struct listener *listener = add(mount, connection, user_agent);
    if (wants_metadata && !strstr(mount->description.content_type, "ogg"))
        listener->metadata.interval = listener->metadata.left = settings.metadata_interval;
    greet(connection, &mount->description, listener->metadata.interval);
    pthread_mutex_unlock(&mount->lock);
    connection->listener = listener;
    connection->status = 200;
    connection->stage = STAGE_LISTENER;
}

/* ---- Where it stands: under the mount's lock ------------------------------------------------- */

enum standing { HAS_DATA, HAS_TO_WAIT, IS_TOO_SLOW, HAS_ALL };

static bool enter(struct listener *listener, struct buffer *output)
{
    struct mount *mount = listener->mount;

    listener->block = mount_entry(mount);
    listener->offset = 0;
    if (listener->block)
        buffer_append(output, mount->header, (size_t)mount->header_length);
    return listener->block != NULL;
}

static bool has_read(const struct listener *listener)
{
    return listener->offset == listener->block->length;
}

/* The queue has let go of what it needs next. */
static bool is_too_slow(const struct listener *listener)
{
    return listener->block && listener->block->number + has_read(listener) <
                                  ring_first_number(&listener->mount->queue);
}

static enum standing look(struct listener *listener, struct buffer *output)
{
    struct mount *mount = listener->mount;

    if (listener->is_killed)
        return HAS_ALL;
    if (!listener->block) {
        if (enter(listener, output))
            return HAS_DATA;
        return mount->has_source ? HAS_TO_WAIT : HAS_ALL;
    }
    if (is_too_slow(listener))
        return IS_TOO_SLOW;
    if (!has_read(listener))
        return HAS_DATA;
    struct block *next = ring_find(&mount->queue, listener->block->number + 1);
    if (next) {
        next->references++;
        block_release(listener->block);
        listener->block = next;
        listener->offset = 0;
        return HAS_DATA;
    }
    return mount->has_source ? HAS_TO_WAIT : HAS_ALL;
}

/* It goes on with what a new listener would get, or ends.  No Ogg stream can be entered twice. */
static void skip(struct listener *listener, struct connection *connection)
{
    struct mount *mount = listener->mount;

    if (settings.slow_policy == SLOW_DROP || mount->header_length > 0) {
        statistics_count_slow();
        log_message("%s is too slow for %s", connection->address, mount->path);
        connection->stage = STAGE_ENDED;
        return;
    }
    block_release(listener->block);
    enter(listener, &connection->output);
    listener->skips++;
}

/* ---- Going elsewhere ------------------------------------------------------------------------- */

/* Between two blocks.  False, and it stays: nothing of its kind is to be heard there. */
static bool move(struct listener *listener, const char *path)
{
    struct mount *old = listener->mount, *new = mount_use(path);

    if (!new)
        return false;
    pthread_mutex_lock(&old->lock);
    struct stream_description stream = old->description;
    pthread_mutex_unlock(&old->lock);
    pthread_mutex_lock(&new->lock);
    bool is_alike = strcmp(new->description.content_type, stream.content_type) == 0;
    pthread_mutex_unlock(&new->lock);
    if (new == old || !is_alike) {
        mount_release(new);
        return false;
    }
    pthread_mutex_lock(&old->lock);
    unlink_from(listener, old);
    pthread_mutex_unlock(&old->lock);
    pthread_mutex_lock(&new->lock);
    link_to(listener, new);
    pthread_mutex_unlock(&new->lock);
    log_message("%s goes from %s to %s", listener->connection->address, old->path, path);
    mount_release(old);
    listener->metadata.song_number = 0;
    statistics_count_move();
    return true;
}

/* When the source has ended: to the fallback of its mount, and to that one's, and so on. */
static bool fall_back(struct listener *listener)
{
    char path[FALLBACK_PATH], other[FALLBACK_PATH];
    bool is_temporary, comes_back = true;

    strcpy(path, listener->mount->path);
    for (int steps = 0; steps < 8 && fallback_of(path, other, &is_temporary); steps++) {
        comes_back = comes_back && is_temporary;
        char *home = duplicate(listener->mount->path);
        if (move(listener, other)) {
            if (!listener->home && comes_back) {
                listener->home = home;
                listener->sources_seen = mounts_source_count();
            } else {
                free(home);
            }
            return true;
        }
        free(home);
        strcpy(path, other);
    }
    return false;
}

/* To where it was sent, or home when there is a source again.  Only between two blocks: there a
 * page of Ogg ends, too. */
static void move_if_asked(struct listener *listener)
{
    struct mount *mount = listener->mount;
    char *destination = NULL;

    if (listener->block && !has_read(listener))
        return;
    pthread_mutex_lock(&mount->lock);
    destination = listener->destination;
    listener->destination = NULL;
    pthread_mutex_unlock(&mount->lock);
    if (destination && move(listener, destination)) {
        free(listener->home);
        listener->home = NULL;
    }
    free(destination);
    if (listener->home && listener->sources_seen != mounts_source_count()) {
        listener->sources_seen = mounts_source_count();
        if (move(listener, listener->home)) {
            free(listener->home);
            listener->home = NULL;
        }
    }
}

/* Waits, if need be.  False: there is nothing to send now. */
static bool find_data(struct listener *listener, struct connection *connection)
{
    struct mount *mount = listener->mount;

    pthread_mutex_lock(&mount->lock);
    enum standing standing = look(listener, &connection->output);
    if (standing == HAS_TO_WAIT) /* Once: an update wakes it, and has to find it at its point. */
        pthread_cond_wait(&mount->changed, &mount->lock);
    if (standing == IS_TOO_SLOW)
        skip(listener, connection);
    bool is_killed = listener->is_killed;
    pthread_mutex_unlock(&mount->lock);
    if (standing == HAS_ALL && (is_killed || !fall_back(listener)))
        connection->stage = STAGE_ENDED;
    return standing == HAS_DATA;
}

/* ---- Sending --------------------------------------------------------------------------------- */

static void send_metadata(struct listener *listener, struct connection *connection)
{
    struct icy *icy = &listener->metadata;
    size_t sent = connection_send(connection, icy->block + icy->sent,
                                  (size_t)(icy->length - icy->sent));

    icy->sent += (int)sent;
    if (icy->sent == icy->length) {
        icy->length = icy->sent = 0;
        icy->left = icy->interval;
    }
}

/* One that takes nothing is not looked at by find_data. */
static void judge(struct listener *listener, struct connection *connection)
{
    pthread_mutex_lock(&listener->mount->lock);
    if (is_too_slow(listener))
        skip(listener, connection);
    pthread_mutex_unlock(&listener->mount->lock);
}

static void begin_metadata(struct listener *listener)
{
    struct mount *mount = listener->mount;

    pthread_mutex_lock(&mount->lock);
    if (listener->metadata.song_number == mount->song_number)
        icy_repeat(&listener->metadata);
    else
        icy_announce(&listener->metadata, mount_song(mount), mount->song_number);
    pthread_mutex_unlock(&mount->lock);
}

/* The listener's reference keeps the block, and nobody else changes the offset. */
static void send_data(struct listener *listener, struct connection *connection)
{
    struct icy *icy = &listener->metadata;
    int length = listener->block->length - listener->offset;

    if (icy->interval > 0 && length > icy->left)
        length = icy->left;
    size_t sent = connection_send(connection, listener->block->bytes + listener->offset,
                                  (size_t)length);
    if (sent == 0)
        return;
    if (icy->interval > 0)
        icy->left -= (int)sent;
    pthread_mutex_lock(&listener->mount->lock);
    listener->offset += (int)sent;
    listener->sent += sent;
    pthread_mutex_unlock(&listener->mount->lock);
    statistics_count_sent(sent);
}

void listener_step(struct connection *connection)
{
    struct listener *listener = connection->listener;
    struct icy *icy = &listener->metadata;

    if (buffer_length(&connection->output) > 0) {
        connection_send_output(connection);
        judge(listener, connection);
    } else if (icy->length > 0) {
        send_metadata(listener, connection);
        judge(listener, connection);
    } else if (icy->interval > 0 && icy->left == 0) {
        begin_metadata(listener);
    } else {
        move_if_asked(listener);
        if (find_data(listener, connection) && buffer_length(&connection->output) == 0)
            send_data(listener, connection);
    }
}

void listener_free(struct listener *listener)
{
    struct mount *mount = listener->mount;

    pthread_mutex_lock(&mount->lock);
    unlink_from(listener, mount);
    pthread_mutex_unlock(&mount->lock);
    mount_release(mount);
    statistics_forget_listener();
    free(listener->user_agent);
    free(listener->destination);
    free(listener->home);
    free(listener);
}
