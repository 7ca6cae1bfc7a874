/* source.c -- receiving a stream, and putting it into the blocks that listeners get. */
#include "source.h"

#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "client.h"
#include "log.h"
#include "memory.h"
#include "reply.h"
#include "statistics.h"

/* ---- The request ----------------------------------------------------------------------------- */

static void describe(struct stream_description *description, const struct request *request)
{
    char flag[8];

    request_field(request, "content-type", description->content_type,
                  sizeof description->content_type);
    request_field(request, "ice-name", description->name, sizeof description->name);
    request_field(request, "ice-description", description->description,
                  sizeof description->description);
    request_field(request, "ice-genre", description->genre, sizeof description->genre);
    request_field(request, "ice-url", description->url, sizeof description->url);
    request_field(request, "ice-bitrate", description->bitrate, sizeof description->bitrate);
    description->is_public = request_field(request, "ice-public", flag, sizeof flag) &&
                             strcmp(flag, "1") == 0;
    if (description->content_type[0] == '\0' && strcmp(request->method, "SOURCE") == 0)
        strcpy(description->content_type, "audio/mpeg");
}

static bool is_ogg(const char *content_type)
{
    return strcasecmp(content_type, "application/ogg") == 0 ||
           strcasecmp(content_type, "audio/ogg") == 0 || strcasecmp(content_type, "video/ogg") == 0;
}

/* A source that can tell where its stream ends is answered then; any other now. */
static void greet(struct client *client, const struct request *request, bool has_end)
{
    char expectation[32];

    if (request_field(request, "expect", expectation, sizeof expectation) &&
        strcasecmp(expectation, "100-continue") == 0)
        buffer_print(&client->output, "HTTP/1.1 100 Continue\r\n\r\n");
    if (!has_end)
        buffer_print(&client->output, "HTTP/1.0 200 OK\r\n\r\n");
}

void source_begin(struct client *client, const struct request *request)
{
    struct stream_description description = {0};
    struct body body;
    const char *problem = NULL;

    describe(&description, request);
    if (!request_is_from(request, "source", settings.source_password)) {
        reply_unauthorized(client);
    } else if (strncmp(request->path, "/admin/", 7) == 0 || request->path[1] == '\0') {
        reply_text(client, 403, "a stream cannot be sent there");
    } else if (description.content_type[0] == '\0') {
        reply_text(client, 403, "a Content-Type has to be given");
    } else if (!body_begin(&body, request)) {
        reply_text(client, 400, "where the stream ends is not understood");
    } else {
        struct mount *mount = mount_claim(request->path, &description, &problem);
        if (!mount) {
            reply_text(client, 403, problem);
            return;
        }
        struct source *source = allocate_zeroed(sizeof *source);
        source->mount = mount;
        source->body = body;
        source->is_ogg = is_ogg(description.content_type);
        source->last_data_at = time_now();
        client->source = source;
        client->status = 200;
        client->stage = STAGE_SOURCE;
        greet(client, request, body.kind != BODY_UNTIL_END);
        statistics_count_source();
        log_message("%s sends %s (%s)", client->address, mount->path,
                    description.content_type);
    }
}

/* ---- The stream ------------------------------------------------------------------------------ */

static void publish(struct source *source)
{
    if (source->filling)
        mount_publish(source->mount, source->filling);
    source->filling = NULL;
}

/* Into blocks that are not too small; the last one may stay open. */
static void fill(struct source *source, const char *bytes, size_t length)
{
    while (length > 0) {
        if (!source->filling)
            source->filling = block_new(BLOCK_LIMIT, true);
        size_t filled = block_fill(source->filling, bytes, length);
        bytes += filled;
        length -= filled;
        if (source->filling->length == source->filling->capacity)
            publish(source);
    }
}

static void take_page(struct source *source, const struct ogg_page *page)
{
    struct mount *mount = source->mount;

    if (page->is_header) {
        pthread_mutex_lock(&mount->lock);
        if (page->begins_header)
            mount_forget_header(mount);
        mount_add_header(mount, page->bytes, page->length);
        pthread_mutex_unlock(&mount->lock);
    }
    source->filling = block_new((int)page->length, !page->is_header);
    block_fill(source->filling, page->bytes, page->length);
    publish(source);
}

/* False: this is not what the source said it would send. */
static bool take_data(struct source *source, const char *bytes, size_t length)
{
    if (!source->is_ogg) {
        fill(source, bytes, length);
        return true;
    }
    while (length > 0) {
        struct ogg_page page;
        long taken = ogg_take(&source->ogg, bytes, length, &page);
        if (taken < 0)
            return false;
        if (page.bytes)
            take_page(source, &page);
        bytes += taken;
        length -= (size_t)taken;
    }
    return true;
}

/* ---- Its life -------------------------------------------------------------------------------- */

static void end(struct client *client, const char *reason)
{
    struct source *source = client->source;

    publish(source);
    log_message("%s ends: %s", source->mount->path, reason);
    if (source->body.kind != BODY_UNTIL_END && source->body.state == BODY_COMPLETE)
        reply_text(client, 200, "the stream has ended");
    else
        client->stage = STAGE_ENDED;
    source_free(source);
    client->source = NULL;
}

static bool is_killed(struct mount *mount)
{
    pthread_mutex_lock(&mount->lock);
    bool result = mount->is_killed;
    pthread_mutex_unlock(&mount->lock);
    return result;
}

/* What is there already is passed on.  False: the source has ended. */
static bool pass_on(struct client *client)
{
    struct source *source = client->source;
    struct buffer *input = &client->input;
    size_t length;

    while ((length = body_data(&source->body, input)) > 0) {
        bool is_right = take_data(source, buffer_data(input), length);
        buffer_consume(input, length);
        client->bytes += length;
        statistics_count_received(length);
        source->last_data_at = time_now();
        if (!is_right) {
            end(client, "what it sends is no Ogg stream");
            return false;
        }
    }
    if (source->filling && source->filling->length >= BLOCK_ENOUGH)
        publish(source);
    if (source->body.state == BODY_COMPLETE)
        end(client, "all has come");
    else if (source->body.state == BODY_WRONG)
        end(client, "what it sends is not in chunks");
    return client->source != NULL;
}

void source_step(struct client *client)
{
    struct source *source = client->source;

    if (buffer_length(&client->output) > 0) {
        client_send_output(client);
        return;
    }
    if (!pass_on(client))
        return;
    if (is_killed(source->mount)) {
        end(client, "by the administrator");
        return;
    }
    switch (client_receive(client, 4096)) {
    case RECEIVED_NOTHING:
        if (time_now() - source->last_data_at >= settings.source_timeout * 1000LL)
            end(client, "nothing comes any more");
        break;
    case RECEIVED_END:
        end(client, "the connection is closed");
        break;
    case RECEIVED_DATA:
        break;
    }
}

void source_free(struct source *source)
{
    if (source->filling)
        block_release(source->filling);
    buffer_release(&source->ogg.page);
    mount_leave(source->mount);
    free(source);
}
