/* status.c -- what is to be heard: a page, JSON, and playlists for players. */
#include "status.h"

#include <jansson.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "mount.h"
#include "reply.h"
#include "request.h"
#include "statistics.h"
#include "version.h"

/* Calls `describe` for each mount with a source, with the mount locked. */
static void for_each_stream(void (*describe)(const struct mount *mount, void *out), void *out)
{
    pthread_mutex_lock(&mounts_lock);
    for (struct mount *mount = NULL; (mount = mount_table_next(&mount_table, mount));) {
        pthread_mutex_lock(&mount->lock);
        if (mount->has_source)
            describe(mount, out);
        pthread_mutex_unlock(&mount->lock);
    }
    pthread_mutex_unlock(&mounts_lock);
}

static void format_time(time_t time, char out[32])
{
    struct tm parts;

    gmtime_r(&time, &parts);
    strftime(out, 32, "%Y-%m-%dT%H:%M:%S+0000", &parts);
}

/* Text that came from somewhere, and may not be UTF-8. */
static json_t *json_text(const char *text)
{
    json_t *result = json_string(text);
    return result ? result : json_string("?");
}

static void describe_as_json(const struct mount *mount, void *out)
{
    const struct stream_description *stream = &mount->description;
    json_t *source = json_object();
    char since[32];

    format_time(mount->source_since, since);
    json_object_set_new(source, "mount", json_text(mount->path));
    json_object_set_new(source, "server_type", json_text(stream->content_type));
    json_object_set_new(source, "server_name", json_text(stream->name));
    json_object_set_new(source, "server_description", json_text(stream->description));
    json_object_set_new(source, "genre", json_text(stream->genre));
    json_object_set_new(source, "bitrate", json_integer(atoi(stream->bitrate)));
    json_object_set_new(source, "title", json_text(mount_song(mount)));
    json_object_set_new(source, "listeners", json_integer(mount->pool.count));
    json_object_set_new(source, "listener_peak", json_integer(mount->pool.peak));
    json_object_set_new(source, "total_bytes_read", json_integer((json_int_t)mount->received));
    json_object_set_new(source, "stream_start_iso8601", json_string(since));
    json_array_append_new(out, source);
}

static void answer_as_json(struct client *client)
{
    struct statistics report = statistics_now();
    json_t *sources = json_array(), *server = json_object();
    char since[32];

    format_time(report.started_at, since);
    for_each_stream(describe_as_json, sources);
    json_object_set_new(server, "server_id", json_string("radio " RADIO_VERSION));
    json_object_set_new(server, "server_start_iso8601", json_string(since));
    json_object_set_new(server, "connections", json_integer(report.connections));
    json_object_set_new(server, "source_connections", json_integer(report.sources));
    json_object_set_new(server, "listener_connections", json_integer(report.listeners_ever));
    json_object_set_new(server, "listeners", json_integer(report.listeners));
    json_object_set_new(server, "slow_listeners", json_integer(report.slow_listeners));
    json_object_set_new(server, "listener_peak", json_integer(report.listener_peak));
    json_object_set_new(server, "moved_listeners", json_integer(report.moves));
    json_object_set_new(server, "bytes_received", json_integer((json_int_t)report.bytes_received));
    json_object_set_new(server, "bytes_sent", json_integer((json_int_t)report.bytes_sent));
    json_object_set_new(server, "outgoing_kbitrate", json_integer(report.outgoing_kilobits));
    json_object_set_new(server, "statistics_rounds", json_integer(report.rounds));
    json_object_set_new(server, "source", sources);
    json_t *whole = json_pack("{s:o}", "icestats", server);
    char *text = json_dumps(whole, JSON_INDENT(2));
    reply_document(client, "application/json; charset=utf-8", text, strlen(text));
    free(text);
    json_decref(whole);
}

static void describe_as_html(const struct mount *mount, void *out)
{
    const struct stream_description *stream = &mount->description;

    buffer_print(out, "<h2><a href=\"");
    buffer_append_escaped(out, mount->path);
    buffer_print(out, "\">");
    buffer_append_escaped(out, mount->path);
    buffer_print(out, "</a></h2>\n<p>");
    buffer_append_escaped(out, stream->name);
    buffer_print(out, " &middot; ");
    buffer_append_escaped(out, stream->content_type);
    buffer_print(out, " &middot; %d listening, %d at most</p>\n", mount->pool.count,
                 mount->pool.peak);
    if (mount->song) {
        buffer_print(out, "<p>Now: <em>");
        buffer_append_escaped(out, mount->song);
        buffer_print(out, "</em></p>\n");
    }
}

static void answer_as_html(struct client *client)
{
    struct statistics report = statistics_now();
    struct buffer page = {0};

    buffer_print(&page,
                 "<!DOCTYPE html>\n<html><head><meta charset=\"utf-8\"><title>radio</title></head>"
                 "<body>\n<h1>What is on</h1>\n");
    for_each_stream(describe_as_html, &page);
    buffer_print(&page,
                 "<hr><p>%d listening, %lld connections so far, %d kbit/s &middot; radio %s</p>\n"
                 "</body></html>\n",
                 report.listeners, report.connections, report.outgoing_kilobits, RADIO_VERSION);
    reply_document(client, "text/html; charset=utf-8", buffer_data(&page),
                   buffer_length(&page));
    buffer_release(&page);
}

/* /live.m3u is a list with /live in it. */
static bool answer_as_playlist(struct client *client, const struct request *request)
{
    size_t length = strlen(request->path);
    char path[128], host[128];

    if (length < 5 || strcmp(request->path + length - 4, ".m3u") != 0)
        return false;
    memcpy(path, request->path, length - 4);
    path[length - 4] = '\0';
    if (!request_field(request, "host", host, sizeof host))
        return false;
    struct mount *mount = mount_use(path);
    if (!mount)
        return false;
    mount_release(mount);
    struct buffer list = {0};
    buffer_print(&list, "http://%s%s\r\n", host, path);
    reply_document(client, "audio/x-mpegurl", buffer_data(&list), buffer_length(&list));
    buffer_release(&list);
    return true;
}

bool status_answer(struct client *client, const struct request *request)
{
    if (strcmp(request->path, "/") == 0 || strcmp(request->path, "/status.xsl") == 0)
        answer_as_html(client);
    else if (strcmp(request->path, "/status-json.xsl") == 0)
        answer_as_json(client);
    else
        return answer_as_playlist(client, request);
    return true;
}
