/* body.c -- which bytes of a connection are data. */
#include "body.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

bool body_begin(struct body *body, const struct request *request)
{
    char value[64], *end;

    *body = (struct body){BODY_UNTIL_END, BODY_DATA, 0};
    if (request_field(request, "transfer-encoding", value, sizeof value)) {
        if (strcasecmp(value, "identity") == 0)
            return true;
        *body = (struct body){BODY_CHUNKED, BODY_SIZE, 0};
        return strcasecmp(value, "chunked") == 0;
    }
    if (request_field(request, "content-length", value, sizeof value)) {
        errno = 0;
        body->kind = BODY_OF_LENGTH;
        body->left = strtoull(value, &end, 10);
        return *value >= '0' && *value <= '9' && *end == '\0' && errno == 0;
    }
    return true;
}

/* The next line of the chunked form is taken out of `input`; NULL: it is not there yet. */
static const char *take_line(struct body *body, struct buffer *input)
{
    char *line = buffer_data(input);
    char *end = buffer_length(input) > 0 ? memchr(line, '\n', buffer_length(input)) : NULL;

    if (!end) {
        if (buffer_length(input) > 256)
            body->state = BODY_WRONG;
        return NULL;
    }
    *end = '\0';
    if (end > line && end[-1] == '\r')
        end[-1] = '\0';
    buffer_consume(input, (size_t)(end + 1 - line));
    return line;
}

static void take_size(struct body *body, struct buffer *input)
{
    const char *line = take_line(body, input);
    char *end;

    if (!line)
        return;
    errno = 0;
    body->left = strtoull(line, &end, 16);
    if (end == line || (*end != '\0' && *end != ';' && *end != ' ') || errno)
        body->state = BODY_WRONG;
    else
        body->state = body->left > 0 ? BODY_DATA : BODY_TRAILER;
}

static size_t chunked_data(struct body *body, struct buffer *input)
{
    enum body_state before;
    const char *line;

    do {
        before = body->state;
        switch (body->state) {
        case BODY_SIZE:
            take_size(body, input);
            break;
        case BODY_DATA:
            if (body->left > 0)
                return buffer_length(input) < body->left ? buffer_length(input)
                                                         : (size_t)body->left;
            body->state = BODY_DATA_END;
            break;
        case BODY_DATA_END:
            if ((line = take_line(body, input)))
                body->state = *line == '\0' ? BODY_SIZE : BODY_WRONG;
            break;
        case BODY_TRAILER:
            while ((line = take_line(body, input)))
                if (*line == '\0') {
                    body->state = BODY_COMPLETE;
                    break;
                }
            break;
        case BODY_COMPLETE:
        case BODY_WRONG:
            break;
        }
    } while (body->state != before);
    return 0;
}

size_t body_data(struct body *body, struct buffer *input)
{
    size_t length = buffer_length(input);

    switch (body->kind) {
    case BODY_UNTIL_END:
        return length;
    case BODY_CHUNKED:
        length = chunked_data(body, input);
        break;
    case BODY_OF_LENGTH:
        if (body->left == 0)
            body->state = BODY_COMPLETE;
        if (length > body->left)
            length = (size_t)body->left;
        break;
    }
    body->left -= length;
    return length;
}
