/* meta.c -- what the meta commands have in common. */
#include "meta.h"

#include <inttypes.h>
#include <limits.h>
#include <string.h>

#include "clock.h"
#include "connection.h"
#include "numbers.h"

#define OPAQUE_LIMIT 32
#define BAD_TOKEN "CLIENT_ERROR bad token in command line format"

/* ---- Keys in base64 -------------------------------------------------------------------------- */

static int digit_of(char letter)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    const char *found = letter ? strchr(digits, letter) : NULL;

    return found ? (int)(found - digits) : -1;
}

static bool decode(struct word text, char *bytes, size_t *length)
{
    size_t padding = 0;

    *length = 0;
    if (text.length == 0 || text.length % 4 != 0)
        return false;
    while (padding < 2 && text.text[text.length - 1 - padding] == '=')
        padding++;
    for (size_t i = 0; i < text.length; i += 4) {
        bool is_last = i + 4 == text.length;
        uint32_t group = 0;
        for (size_t j = 0; j < 4; j++) {
            bool is_padding = is_last && j >= 4 - padding;
            int digit = is_padding ? 0 : digit_of(text.text[i + j]);
            if (digit < 0)
                return false;
            group = group << 6 | (uint32_t)digit;
        }
        for (size_t j = 0; j < (is_last ? 3 - padding : 3); j++)
            bytes[(*length)++] = (char)(group >> (16 - 8 * j));
    }
    return *length > 0;
}

/* ---- Flags ----------------------------------------------------------------------------------- */

static bool mark(struct meta_request *request, char flag)
{
    unsigned letter = (unsigned char)flag;
    uint64_t bit = (uint64_t)1 << (letter & 63);

    if (letter > 127 || request->seen[letter >> 6] & bit)
        return false;
    request->seen[letter >> 6] |= bit;
    return true;
}

bool meta_has(const struct meta_request *request, char flag)
{
    return request->seen[(unsigned char)flag >> 6] >> (flag & 63) & 1;
}

static bool take_expiry(struct word token, int64_t *expires_at)
{
    int64_t time_to_live;

    if (!number_signed(token.text, token.length, &time_to_live))
        return false;
    *expires_at = clock_expiry(time_to_live);
    return true;
}

static const char *take_token(struct meta_request *request, char flag, struct word token)
{
    bool is_right = true;

    switch (flag) {
    case 'T':
        is_right = take_expiry(token, &request->time_to_live_at);
        break;
    case 'N':
        is_right = take_expiry(token, &request->vivify_at);
        break;
    case 'R':
        is_right = number_unsigned_32(token.text, token.length, &request->recache);
        break;
    case 'F':
        is_right = number_unsigned_32(token.text, token.length, &request->client_flags);
        break;
    case 'C':
        is_right = number_unsigned(token.text, token.length, &request->version);
        break;
    case 'D':
        is_right = number_unsigned(token.text, token.length, &request->delta);
        break;
    case 'J':
        is_right = number_unsigned(token.text, token.length, &request->initial);
        break;
    case 'M':
        if (token.length != 1)
            return "CLIENT_ERROR incorrect length for M token";
        request->mode = token.text[0];
        if (request->mode >= 'a' && request->mode <= 'z')
            request->mode = (char)(request->mode - 'a' + 'A');
        break;
    case 'O':
        if (token.length > OPAQUE_LIMIT)
            return "CLIENT_ERROR opaque token too long";
        break;
    default:
        break;
    }
    return is_right ? NULL : BAD_TOKEN;
}

static const char *take_flags(struct words words, const char *known, struct meta_request *request)
{
    struct word flag;

    while (words_take(&words, &flag)) {
        char letter = flag.text[0];
        if (request->flag_count == META_FLAG_LIMIT)
            return "CLIENT_ERROR options flags are too long";
        if (!letter || !strchr(known, letter))
            return "CLIENT_ERROR invalid flag";
        if (!mark(request, letter))
            return "CLIENT_ERROR duplicate flag";
        const char *error =
            take_token(request, letter, (struct word){flag.text + 1, flag.length - 1});
        if (error)
            return error;
        request->flags[request->flag_count++] = flag;
    }
    return NULL;
}

static const char *take_key(struct meta_request *request)
{
    size_t length;

    request->key = (struct key){request->written_key.text, request->written_key.length};
    if (!meta_has(request, 'b'))
        return NULL;
    if (!decode(request->written_key, request->decoded_key, &length))
        return "CLIENT_ERROR error decoding key";
    request->key = (struct key){request->decoded_key, length};
    return NULL;
}

const char *meta_parse(struct words words, const char *known, int64_t *length,
                       struct meta_request *request)
{
    struct word word;
    const char *error = NULL;

    memset(request, 0, sizeof *request);
    request->delta = 1;
    if (!words_take(&words, &request->written_key))
        return NO_SUCH_COMMAND;
    if (request->written_key.length > KEY_LENGTH_LIMIT)
        error = BAD_FORMAT;
    if (length) {
        if (!words_take(&words, &word) || !number_signed(word.text, word.length, length))
            return BAD_FORMAT;
        if (*length < 0 || *length > INT_MAX - 2) {
            *length = -1;
            return BAD_FORMAT;
        }
    }
    if (!error)
        error = take_flags(words, known, request);
    return error ? error : take_key(request);
}

/* ---- Answers --------------------------------------------------------------------------------- */

bool meta_repeat(struct connection *connection, const struct meta_request *request,
                 struct word flag)
{
    if (flag.text[0] == 'O' || flag.text[0] == 'b') {
        reply_bytes(connection, " ", 1);
        reply_bytes(connection, flag.text, flag.length);
    } else if (flag.text[0] == 'k') {
        reply_bytes(connection, " k", 2);
        reply_bytes(connection, request->written_key.text, request->written_key.length);
    } else {
        return false;
    }
    return true;
}

void meta_answer(struct connection *connection, const struct meta_request *request,
                 const char *code)
{
    reply_bytes(connection, code, strlen(code));
    for (size_t i = 0; i < request->flag_count; i++)
        meta_repeat(connection, request, request->flags[i]);
    reply_bytes(connection, "\r\n", 2);
}

void meta_show_time_to_live(struct connection *connection, const struct item *item)
{
    if (item->expires_at == EXPIRES_NEVER)
        reply_format(connection, " t-1");
    else
        reply_format(connection, " t%" PRId64, item->expires_at - clock_now());
}
