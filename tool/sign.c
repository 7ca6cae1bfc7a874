/* sign.c -- `kitsune sign --key NAME.key FILE.so...`: writes FILE.so.sig. */
#include <argp.h>
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"
#include "secret_key.h"
#include "files/signature.h"
#include "show.h"

struct options {
    const char *key_path;
    char **files; /* NULL at the end */
    json_t *answers; /* with --json: one for each file */
};

enum { OPTION_JSON = 256 };

static const struct argp_option option_list[] = {
    {"key", 'k', "NAME.key", 0, "the secret key", 0},
    {"json", OPTION_JSON, NULL, 0, "print an array of JSON objects, one for each file", 0},
    {0},
};

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'k':
        options->key_path = argument;
        return 0;
    case OPTION_JSON:
        if (!options->answers)
            options->answers = json_array();
        return 0;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        return 0;
    case ARGP_KEY_END:
        if (!options->key_path || !options->files)
            argp_error(state, "name the key (--key NAME.key) and what to sign");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE.so...",
    .doc = "Signs versions and transformers: beside each it writes FILE.so.sig, which has to go "
           "wherever the file goes.  Sign last: what is stripped or built again afterwards has to "
           "be signed again.\v"
           "Libraries that a version brings along are not signed; where signatures are required "
           "they must be root's.\n\n"
           "Example: a version, and the transformers beside it\n\n"
           "  kitsune sign --key release.key server-2.so server-2.so.d/*.so\n\n"
           "Exit status: 0 done; 1 not all could be signed; 2 usage.",
};

static bool find_kind(const struct image *image, enum signed_kind *kind, char **message)
{
    char *not_a_transformer = NULL;
    *kind = SIGNED_VERSION;
    if (image_check_version(image, message))
        return true;
    *kind = SIGNED_TRANSFORMER;
    bool is_transformer = image_check_transformer(image, &not_a_transformer);
    free(not_a_transformer);
    if (is_transformer) {
        free(*message);
        *message = NULL;
    }
    return is_transformer;
}

/* In the place of an older one, all at once. */
static bool write_signature(const char *path, const struct signature *signature, char **message)
{
    char *name = message_format("%s.sig", path);
    char *temporary = message_format("%s.%d", name, (int)getpid());
    char *line = signature_format(signature);
    unlink(temporary);
    bool success = write_new_file(temporary, 0644, line, strlen(line)) &&
                   rename(temporary, name) == 0;
    if (!success) {
        *message = message_format("cannot write %s: %s", name, strerror(errno));
        unlink(temporary);
    }
    free(line);
    free(temporary);
    free(name);
    return success;
}

/* How many of its bytes are the file, without a signature that was there before. */
static size_t unsigned_size(const struct image *image)
{
    struct signature before;
    size_t size;
    return signature_find(image->bytes, image->size, &before, &size) ? size : image->size;
}

static void tell_signed(const char *path, enum signed_kind kind, json_t *answers)
{
    char *name = message_format("%s.sig", path);
    if (answers)
        json_array_append_new(answers,
                              json_pack("{s:s, s:s, s:s}", "path", path, "signature", name,
                                        "kind", signed_kind_name(kind)));
    else
        printf("%s: signed as a %s\n", name, signed_kind_name(kind));
    free(name);
}

static void tell_unsigned(const char *path, const char *reason, json_t *answers)
{
    if (answers)
        json_array_append_new(answers,
                              json_pack("{s:s, s:s}", "path", path, "reason", reason));
    else
        fprintf(stderr, "kitsune sign: %s\n", reason);
}

static bool sign_file(const char *path, const struct secret_key *key, json_t *answers,
                      char **message)
{
    struct image *image = image_read(path, message);
    if (!image)
        return false;
    struct signature signature;
    bool success = find_kind(image, &signature.kind, message);
    if (success) {
        crypto_sign_state state;
        size_t preamble_size;
        const char *preamble = signature_preamble(signature.kind, &preamble_size);
        crypto_sign_ed25519_sk_to_pk(signature.key, key->bytes);
        crypto_sign_init(&state);
        crypto_sign_update(&state, (const unsigned char *)preamble, preamble_size);
        crypto_sign_update(&state, image->bytes, unsigned_size(image));
        crypto_sign_final_create(&state, signature.bytes, NULL, key->bytes);
        success = write_signature(path, &signature, message);
    }
    if (success)
        tell_signed(path, signature.kind, answers);
    image_free(image);
    return success;
}

int sign_command(int argument_count, char **arguments)
{
    struct options options = {0};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &options);
    char *message = NULL;
    struct secret_key key;
    if (sodium_init() < 0 || !secret_key_read(options.key_path, &key, &message)) {
        fprintf(stderr, "kitsune sign: %s\n", message ? message : "libsodium does not start");
        free(message);
        return STATUS_REFUSED;
    }
    int status = STATUS_DONE;
    for (char **file = options.files; *file; file++)
        if (!sign_file(*file, &key, options.answers, &message)) {
            tell_unsigned(*file, message, options.answers);
            free(message);
            message = NULL;
            status = STATUS_REFUSED;
        }
    secret_key_free(&key);
    if (options.answers)
        print_json(options.answers);
    return status;
}
