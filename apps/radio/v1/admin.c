/* admin.c -- /admin/: titles of songs, and ending sources. */
#include "admin.h"

#include <stdbool.h>
#include <stddef.h>
#include <string.h>

#include "connection.h"
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

static const struct command {
    const char *path;
    bool is_for_sources; /* whoever sends a stream may name its songs */
    void (*run)(struct connection *connection, const struct request *request, const char *mount);
} commands[] = {
    {"/admin/metadata", true, set_metadata},
    {"/admin/killsource", false, kill_source},
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
