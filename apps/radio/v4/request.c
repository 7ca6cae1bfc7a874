/* request.c -- the head of an HTTP request. */
#include "request.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

size_t request_head_length(const char *bytes, size_t length)
{
    const char *end = length >= 4 ? memmem(bytes, length, "\r\n\r\n", 4) : NULL;
    if (end)
        return (size_t)(end - bytes) + 4;
    end = length >= 2 ? memmem(bytes, length, "\n\n", 2) : NULL;
    return end ? (size_t)(end - bytes) + 2 : 0;
}

static int hexadecimal(char digit)
{
    if (isdigit((unsigned char)digit))
        return digit - '0';
    if (isxdigit((unsigned char)digit))
        return tolower((unsigned char)digit) - 'a' + 10;
    return -1;
}

/* %41 is A, and in queries + is a space.  What does not fit is cut off. */
static void decode(char *out, size_t size, const char *in, size_t length, bool is_query)
{
    size_t used = 0;

    for (size_t i = 0; i < length && used + 1 < size; i++) {
        char byte = in[i];
        if (byte == '%' && i + 2 < length && hexadecimal(in[i + 1]) >= 0 &&
            hexadecimal(in[i + 2]) >= 0) {
            byte = (char)(hexadecimal(in[i + 1]) * 16 + hexadecimal(in[i + 2]));
            i += 2;
        } else if (byte == '+' && is_query) {
            byte = ' ';
        }
        if (byte != '\0')
            out[used++] = byte;
    }
    out[used] = '\0';
}

static void copy(char *out, size_t size, const char *in, size_t length)
{
    if (length >= size)
        length = size - 1;
    memcpy(out, in, length);
    out[length] = '\0';
}

/* METHOD SP target SP version.  A target may be absolute: http://host/path. */
bool request_parse(struct request *request, const char *head, size_t length)
{
    const char *end = memchr(head, '\n', length);
    if (!end)
        return false;
    size_t line_length = (size_t)(end - head);
    if (line_length > 0 && head[line_length - 1] == '\r')
        line_length--;
    request->fields = end + 1;
    request->end = head + length;
    copy(request->line, sizeof request->line, head, line_length);

    const char *target = memchr(head, ' ', line_length);
    if (!target || target == head || (size_t)(target - head) >= sizeof request->method)
        return false;
    copy(request->method, sizeof request->method, head, (size_t)(target - head));
    target++;
    const char *target_end = memchr(target, ' ', (size_t)(head + line_length - target));
    if (!target_end)
        return false;
    if (target_end - target > 7 && strncasecmp(target, "http://", 7) == 0) {
        target = memchr(target + 7, '/', (size_t)(target_end - target - 7));
        if (!target)
            return false;
    }
    const char *query = memchr(target, '?', (size_t)(target_end - target));
    const char *path_end = query ? query : target_end;
    if (*target != '/' || (size_t)(path_end - target) >= sizeof request->path)
        return false;
    decode(request->path, sizeof request->path, target, (size_t)(path_end - target), false);
    request->query[0] = '\0';
    if (query)
        copy(request->query, sizeof request->query, query + 1, (size_t)(target_end - query - 1));
    return true;
}

bool request_field(const struct request *request, const char *name, char *out, size_t size)
{
    size_t name_length = strlen(name);

    out[0] = '\0';
    for (const char *line = request->fields; line < request->end;) {
        const char *end = memchr(line, '\n', (size_t)(request->end - line));
        if (!end)
            break;
        size_t length = (size_t)(end - line);
        if (length > name_length && line[name_length] == ':' &&
            strncasecmp(line, name, name_length) == 0) {
            const char *value = line + name_length + 1, *last = end;
            while (value < last && isspace((unsigned char)*value))
                value++;
            while (last > value && isspace((unsigned char)last[-1]))
                last--;
            copy(out, size, value, (size_t)(last - value));
            return true;
        }
        line = end + 1;
    }
    return false;
}

bool request_parameter(const struct request *request, const char *name, char *out, size_t size)
{
    size_t name_length = strlen(name);

    out[0] = '\0';
    for (const char *part = request->query; *part;) {
        size_t length = strcspn(part, "&");
        if (length > name_length && part[name_length] == '=' &&
            strncmp(part, name, name_length) == 0) {
            decode(out, size, part + name_length + 1, length - name_length - 1, true);
            return true;
        }
        part += length + (part[length] == '&');
    }
    return false;
}

/* Base64; false when it is none, or does not fit. */
static bool decode_base64(char *out, size_t size, const char *in)
{
    static const char digits[] =
        "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    unsigned bits = 0, count = 0;
    size_t used = 0;

    for (; *in && *in != '='; in++) {
        const char *digit = strchr(digits, *in);
        if (!digit)
            return false;
        bits = (bits << 6 | (unsigned)(digit - digits)) & 0xffffff;
        count += 6;
        if (count >= 8) {
            if (used + 1 >= size)
                return false;
            count -= 8;
            out[used++] = (char)(bits >> count);
        }
    }
    out[used] = '\0';
    return true;
}

bool request_is_from(const struct request *request, const char *user, const char *password)
{
    char field[256], given[192], wanted[192];

    if (!password || !request_field(request, "authorization", field, sizeof field) ||
        strncasecmp(field, "basic ", 6) != 0 ||
        !decode_base64(given, sizeof given, field + 6 + strspn(field + 6, " ")))
        return false;
    snprintf(wanted, sizeof wanted, "%s:%s", user, password);
    return strcmp(given, wanted) == 0;
}
