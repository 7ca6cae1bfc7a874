/* reply.c -- answers to requests. */
#include "reply.h"

#include <string.h>

#include "client.h"
#include "version.h"

static const char *reason(int status)
{
    switch (status) {
    case 200: return "OK";
    case 400: return "Bad Request";
    case 401: return "Unauthorized";
    case 403: return "Forbidden";
    case 404: return "Not Found";
    case 405: return "Method Not Allowed";
    case 408: return "Request Timeout";
    case 503: return "Service Unavailable";
    default: return "Error";
    }
}

void reply_head(struct buffer *output, int status, const char *content_type)
{
    buffer_print(output,
                 "HTTP/1.0 %d %s\r\nServer: radio/%s\r\nConnection: close\r\n"
                 "Cache-Control: no-cache, no-store\r\nContent-Type: %s\r\n",
                 status, reason(status), RADIO_VERSION, content_type);
}

static void begin(struct client *client, int status, const char *content_type)
{
    client->status = status;
    client->stage = STAGE_ANSWERING;
    reply_head(&client->output, status, content_type);
}

void reply_document(struct client *client, const char *content_type, const char *bytes,
                    size_t length)
{
    begin(client, 200, content_type);
    buffer_print(&client->output, "Content-Length: %zu\r\n\r\n", length);
    buffer_append(&client->output, bytes, length);
}

void reply_text(struct client *client, int status, const char *text)
{
    begin(client, status, "text/plain");
    buffer_print(&client->output, "Content-Length: %zu\r\n\r\n%s\n", strlen(text) + 1, text);
}

void reply_unauthorized(struct client *client)
{
    static const char text[] = "a password is needed\n";

    begin(client, 401, "text/plain");
    buffer_print(&client->output,
                 "WWW-Authenticate: Basic realm=\"radio\"\r\nContent-Length: %zu\r\n\r\n%s",
                 sizeof text - 1, text);
}
