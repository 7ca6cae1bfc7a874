/* commands_object.c -- OBJECT: how a value is kept. */
#include "commands.h"
#include "reply.h"

void command_object(struct client *client, struct text **arguments, int count)
{
    bool asks_encoding = count == 3 && text_is(arguments[1], "encoding");
    bool asks_length = count == 3 && text_is(arguments[1], "length");

    if (!asks_encoding && !asks_length) {
        reply_error(client, "ERR only OBJECT ENCODING key and OBJECT LENGTH key are supported");
        return;
    }
    struct object *object = database_find(client->database, arguments[2]);
    if (!object)
        reply_null(client);
    else if (asks_encoding)
        reply_string(client, object_encoding_name(object->type));
    else
        reply_integer(client, (long long)object_length(object));
}
