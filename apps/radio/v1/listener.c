/* listener.c -- sending a stream: at each step one piece of one thing, so that the thread is never
 * long away from its update point. */
#include "listener.h"

#include <stdlib.h>
#include <string.h>

#include "connection.h"
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

static struct listener *add(struct mount *mount, struct connection *connection)
{
    struct listener *listener = allocate_zeroed(sizeof *listener);

    listener->mount = mount;
    listener->connection = connection;
    listener->next = mount->listeners;
    if (listener->next)
        listener->next->previous = listener;
    mount->listeners = listener;
    if (++mount->listener_count > mount->listener_peak)
        mount->listener_peak = mount->listener_count;
    return listener;
}

void listener_begin(struct connection *connection, const struct request *request)
{
    char wish[8];
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
    pthread_mutex_lock(&mount->lock);
    struct listener *listener = add(mount, connection);
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

    listener->chunk = mount_entry(mount);
    listener->offset = 0;
    if (listener->chunk)
        buffer_append(output, mount->header, (size_t)mount->header_length);
    return listener->chunk != NULL;
}

static void move_on(struct listener *listener)
{
    struct chunk *next = listener->chunk->next;

    next->references++;
    chunk_release(listener->chunk);
    listener->chunk = next;
    listener->offset = 0;
}

static bool has_read(const struct listener *listener)
{
    return listener->offset == listener->chunk->length;
}

/* The queue has let go of what it needs next. */
static bool is_too_slow(const struct listener *listener)
{
    return listener->chunk &&
           listener->chunk->number + has_read(listener) < listener->mount->first->number;
}

static enum standing look(struct listener *listener, struct buffer *output)
{
    struct mount *mount = listener->mount;

    if (!listener->chunk) {
        if (enter(listener, output))
            return HAS_DATA;
        return mount->has_source ? HAS_TO_WAIT : HAS_ALL;
    }
    if (is_too_slow(listener))
        return IS_TOO_SLOW;
    if (!has_read(listener))
        return HAS_DATA;
    if (listener->chunk != mount->last) {
        move_on(listener);
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
    chunk_release(listener->chunk);
    enter(listener, &connection->output);
    listener->skipped++;
}

/* Waits, if need be.  False: there is nothing to send now. */
static bool find_data(struct listener *listener, struct connection *connection)
{
    struct mount *mount = listener->mount;
    bool has_data = false;

    pthread_mutex_lock(&mount->lock);
    switch (look(listener, &connection->output)) {
    case HAS_DATA:
        has_data = true;
        break;
    case HAS_TO_WAIT:
        /* Once: an update wakes it, and has to find it at its update point. */
        pthread_cond_wait(&mount->changed, &mount->lock);
        break;
    case IS_TOO_SLOW:
        skip(listener, connection);
        break;
    case HAS_ALL:
        connection->stage = STAGE_ENDED;
        break;
    }
    pthread_mutex_unlock(&mount->lock);
    return has_data;
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
        icy_announce(&listener->metadata, mount->song, mount->song_number);
    pthread_mutex_unlock(&mount->lock);
}

/* The listener's reference keeps the chunk, and nobody else changes the offset. */
static void send_data(struct listener *listener, struct connection *connection)
{
    struct icy *icy = &listener->metadata;
    int length = listener->chunk->length - listener->offset;

    if (icy->interval > 0 && length > icy->left)
        length = icy->left;
    size_t sent = connection_send(connection, listener->chunk->data + listener->offset,
                                  (size_t)length);
    if (sent == 0)
        return;
    if (icy->interval > 0)
        icy->left -= (int)sent;
    pthread_mutex_lock(&listener->mount->lock);
    listener->offset += (int)sent;
    listener->sent += (unsigned)sent;
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
    } else if (find_data(listener, connection) && buffer_length(&connection->output) == 0) {
        send_data(listener, connection);
    }
}

void listener_free(struct listener *listener)
{
    struct mount *mount = listener->mount;

    pthread_mutex_lock(&mount->lock);
    chunk_release(listener->chunk);
    if (listener->previous)
        listener->previous->next = listener->next;
    else
        mount->listeners = listener->next;
    if (listener->next)
        listener->next->previous = listener->previous;
    mount->listener_count--;
    pthread_mutex_unlock(&mount->lock);
    mount_release(mount);
    statistics_forget_listener();
    free(listener);
}
