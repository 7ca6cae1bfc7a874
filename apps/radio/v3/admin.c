/* admin.c -- /admin/: titles of songs, who listens, and ending sources and listeners. */
#include "admin.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "connection.h"
#include "fallback.h"
#include "listener.h"
#include "mount.h"
#include "reply.h"
#include "request.h"
#include "settings.h"

/* As Icecast words it: there are clients that look for it. */
static void report(struct connection *connection, bool is_done, const char *text)
{
    struct buffer document = {0};

    buffer_print(&document,
                 "<?xml version=\"1.0\"?>\n<iceresponse><message>%s</message>"
                 "<return>%d</return></iceresponse>\n", text, is_done);
    reply_document(connection, "text/xml", buffer_data(&document), buffer_length(&document));
    buffer_release(&document);
}

static void set_metadata(struct connection *connection, const struct request *request,
                         const char *mount)
{
    char mode[16], song[1024];

    if (!request_parameter(request, "mode", mode, sizeof mode) || strcmp(mode, "updinfo") != 0)
        report(connection, false, "No such mode");
    else if (!request_parameter(request, "song", song, sizeof song))
        report(connection, false, "No song given");
    else if (mount_set_song(mount, song))
        report(connection, true, "Metadata update successful");
    else
        report(connection, false, "Source does not exist");
}

static void kill_source(struct connection *connection, const struct request *request,
                        const char *mount)
{
    (void)request;
    if (mount_kill_source(mount))
        report(connection, true, "Source Removed");
    else
        report(connection, false, "Source does not exist");
}

/* Who listens, how long, and with what. */
static void list_listeners(struct connection *connection, const struct request *request,
                           const char *path)
{
    struct buffer document = {0};
    struct mount *mount = mount_use(path);

    (void)request;
    if (!mount) {
        report(connection, false, "Source does not exist");
        return;
    }
    pthread_mutex_lock(&mount->lock);
    buffer_print(&document, "<?xml version=\"1.0\"?>\n<icestats><source mount=\"");
    buffer_append_escaped(&document, path);
    buffer_print(&document, "\"><Listeners>%d</Listeners>\n", mount->listener_count);
    for (struct listener *listener = mount->listeners; listener; listener = listener->next) {
        buffer_print(&document,
                     "<listener id=\"%d\"><ID>%d</ID><IP>%s</IP><Connected>%ld</Connected>"
                     "<Sent>%llu</Sent><UserAgent>",
                     listener->connection->id, listener->connection->id,
                     listener->connection->address, (long)(time(NULL) - listener->since),
                     listener->sent);
        buffer_append_escaped(&document, listener->user_agent ? listener->user_agent : "");
        buffer_print(&document, "</UserAgent></listener>\n");
    }
    buffer_print(&document, "</source></icestats>\n");
    pthread_mutex_unlock(&mount->lock);
    mount_release(mount);
    reply_document(connection, "text/xml", buffer_data(&document), buffer_length(&document));
    buffer_release(&document);
}

static void kill_listener(struct connection *connection, const struct request *request,
                          const char *mount)
{
    char id[16];

    if (!request_parameter(request, "id", id, sizeof id))
        report(connection, false, "No id given");
    else if (mount_kill_listener(mount, atoi(id)))
        report(connection, true, "Client removed");
    else
        report(connection, false, "Client does not exist");
}

static void set_fallback(struct connection *connection, const struct request *request,
                         const char *mount)
{
    char other[FALLBACK_PATH];

    if (!request_parameter(request, "fallback", other, sizeof other)) {
        report(connection, false, "No fallback given");
        return;
    }
    fallback_set(mount, other);
    report(connection, true, "Fallback configured");
}

static void move_listeners(struct connection *connection, const struct request *request,
                           const char *path)
{
    char destination[FALLBACK_PATH];
    struct mount *mount = NULL;

    if (request_parameter(request, "destination", destination, sizeof destination))
        mount = mount_use(destination);
    if (mount)
        mount_release(mount);
    if (!mount)
        report(connection, false, "Destination does not exist");
    else if (mount_move_listeners(path, destination))
        report(connection, true, "Clients moved");
    else
        report(connection, false, "Source does not exist");
}

static const struct command {
    const char *path;
    bool is_for_sources; /* whoever sends a stream may name its songs */
    void (*run)(struct connection *connection, const struct request *request, const char *mount);
} commands[] = {
    {"/admin/metadata", true, set_metadata},
    {"/admin/killsource", false, kill_source},
    {"/admin/listclients", false, list_listeners},
    {"/admin/killclient", false, kill_listener},
    {"/admin/fallbacks", false, set_fallback},
    {"/admin/moveclients", false, move_listeners},
};

void admin_answer(struct connection *connection, const struct request *request)
{
    const struct command *command = NULL;
    char mount[128];

    for (size_t i = 0; i < sizeof commands / sizeof *commands; i++)
        if (strcmp(commands[i].path, request->path) == 0)
            command = &commands[i];
    if (!command)
        reply_text(connection, 404, "there is no such command");
    else if (!request_is_from(request, settings.admin_user, settings.admin_password) &&
             !(command->is_for_sources &&
               request_is_from(request, "source", settings.source_password)))
        reply_unauthorized(connection);
    else if (!request_parameter(request, "mount", mount, sizeof mount))
        reply_text(connection, 400, "which mount?");
    else
        command->run(connection, request, mount);
}
