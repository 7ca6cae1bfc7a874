/* admin.c -- /admin/: titles of songs, who listens, and ending sources and listeners. */
#include "admin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "client.h"
#include "fallback.h"
#include "listener.h"
#include "mount.h"
#include "reply.h"
#include "request.h"
#include "settings.h"

/* As Icecast words it: there are clients that look for it. */
static void report(struct client *client, bool is_done, const char *text)
{
    struct buffer document = {0};

    buffer_print(&document,
                 "<?xml version=\"1.0\"?>\n<iceresponse><message>%s</message>"
                 "<return>%d</return></iceresponse>\n", text, is_done);
    reply_document(client, "text/xml", buffer_data(&document), buffer_length(&document));
    buffer_release(&document);
}

static void set_metadata(struct client *client, const struct request *request,
                         const char *mount)
{
    char mode[16], song[1024];

    if (!request_parameter(request, "mode", mode, sizeof mode) || strcmp(mode, "updinfo") != 0)
        report(client, false, "No such mode");
    else if (!request_parameter(request, "song", song, sizeof song))
        report(client, false, "No song given");
    else if (mount_set_song(mount, song))
        report(client, true, "Metadata update successful");
    else
        report(client, false, "Source does not exist");
}

static void kill_source(struct client *client, const struct request *request,
                        const char *mount)
{
    (void)request;
    if (mount_kill_source(mount))
        report(client, true, "Source Removed");
    else
        report(client, false, "Source does not exist");
}

/* Who listens, how long, and with what. */
static void list_listeners(struct client *client, const struct request *request,
                           const char *path)
{
    struct buffer document = {0};
    struct mount *mount = mount_use(path);

    (void)request;
    if (!mount) {
        report(client, false, "Source does not exist");
        return;
    }
    pthread_mutex_lock(&mount->lock);
    buffer_print(&document, "<?xml version=\"1.0\"?>\n<icestats><source mount=\"");
    buffer_append_escaped(&document, path);
    buffer_print(&document, "\"><Listeners>%d</Listeners>\n", mount->pool.count);
    for (int i = 0; i < mount->pool.count; i++) {
        const struct listener *listener = mount->pool.listeners[i];
        buffer_print(&document,
                     "<listener id=\"%d\"><ID>%d</ID><IP>%s</IP><Connected>%ld</Connected>"
                     "<Sent>%llu</Sent><UserAgent>",
                     listener->client->id, listener->client->id,
                     listener->client->address, (long)(time(NULL) - listener->since),
                     listener->sent);
        buffer_append_escaped(&document, listener->user_agent ? listener->user_agent : "");
        buffer_print(&document, "</UserAgent></listener>\n");
    }
    buffer_print(&document, "</source></icestats>\n");
    pthread_mutex_unlock(&mount->lock);
    mount_release(mount);
    reply_document(client, "text/xml", buffer_data(&document), buffer_length(&document));
    buffer_release(&document);
}

static void kill_listener(struct client *client, const struct request *request,
                          const char *mount)
{
    char id[16];

    if (!request_parameter(request, "id", id, sizeof id))
        report(client, false, "No id given");
    else if (mount_kill_listener(mount, atoi(id)))
        report(client, true, "Client removed");
    else
        report(client, false, "Client does not exist");
}

static void set_fallback(struct client *client, const struct request *request,
                         const char *mount)
{
    char other[FALLBACK_PATH];

    if (!request_parameter(request, "fallback", other, sizeof other)) {
        report(client, false, "No fallback given");
        return;
    }
    fallback_set(mount, other);
    report(client, true, "Fallback configured");
}

static void move_listeners(struct client *client, const struct request *request,
                           const char *path)
{
    char destination[FALLBACK_PATH];
    struct mount *mount = NULL;

    if (request_parameter(request, "destination", destination, sizeof destination))
        mount = mount_use(destination);
    if (mount)
        mount_release(mount);
    if (!mount)
        report(client, false, "Destination does not exist");
    else if (mount_move_listeners(path, destination))
        report(client, true, "Clients moved");
    else
        report(client, false, "Source does not exist");
}

/* Also those without a source, where listeners still get what was sent. */
static void list_mounts(struct client *client, const struct request *request, const char *path)
{
    struct buffer document = {0};

    (void)request;
    (void)path;
    buffer_print(&document, "<?xml version=\"1.0\"?>\n<icestats>\n");
    pthread_mutex_lock(&mounts_lock);
    for (struct mount *mount = NULL; (mount = mount_table_next(&mount_table, mount));) {
        pthread_mutex_lock(&mount->lock);
        buffer_print(&document, "<source mount=\"");
        buffer_append_escaped(&document, mount->path);
        buffer_print(&document, "\"><listeners>%d</listeners><queued>%ld</queued>",
                     mount->pool.count, mount->queue.bytes);
        buffer_print(&document, "<connected>%d</connected></source>\n", mount->has_source);
        pthread_mutex_unlock(&mount->lock);
    }
    pthread_mutex_unlock(&mounts_lock);
    buffer_print(&document, "</icestats>\n");
    reply_document(client, "text/xml", buffer_data(&document), buffer_length(&document));
    buffer_release(&document);
}

static const struct command {
    const char *path;
    bool is_for_all;     /* mounts: none has to be named */
    bool is_for_sources; /* whoever sends a stream may name its songs */
    void (*run)(struct client *client, const struct request *request, const char *mount);
} commands[] = {
    {"/admin/metadata", false, true, set_metadata},
    {"/admin/killsource", false, false, kill_source},
    {"/admin/listclients", false, false, list_listeners},
    {"/admin/killclient", false, false, kill_listener},
    {"/admin/listmounts", true, false, list_mounts},
    {"/admin/fallbacks", false, false, set_fallback},
    {"/admin/moveclients", false, false, move_listeners},
};

void admin_answer(struct client *client, const struct request *request)
{
    const struct command *command = NULL;
    char mount[128];

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].path, request->path) == 0)
            command = &commands[i];
    if (!command)
        reply_text(client, 404, "there is no such command");
    else if (!request_is_from(request, settings.admin_user, settings.admin_password) &&
             !(command->is_for_sources &&
               request_is_from(request, "source", settings.source_password)))
        reply_unauthorized(client);
    else if (!request_parameter(request, "mount", mount, sizeof mount) && !command->is_for_all)
        reply_text(client, 400, "which mount?");
    else
        command->run(client, request, mount);
}
