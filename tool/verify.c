/* verify.c -- `kitsune verify FILE.so...`: whether a program would accept these signatures. */
#include <argp.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "command.h"
#include "common/message.h"
#include "files/signature.h"
#include "show.h"

struct options {
    char *keys; /* separated by blanks; NULL: those of the configuration */
    char **files;
    json_t *answers; /* with --json: one for each file */
};

enum { OPTION_JSON = 256 };

static const struct argp_option option_list[] = {
    {"key", 'k', "NAME.pub", 0,
     "a public key to trust, or its digits, instead of the trusted-keys of kitsune.conf; can be "
     "given again", 0},
    {"json", OPTION_JSON, NULL, 0, "print an array of JSON objects, one for each file", 0},
    {0},
};

static void add_key(struct options *options, const char *argument, struct argp_state *state)
{
    bool is_digits = strlen(argument) == 2 * PUBLIC_KEY_SIZE && !strchr(argument, '.');
    char *path = is_digits ? copy_string(argument) : realpath(argument, NULL);
    if (!path)
        argp_failure(state, STATUS_REFUSED, 0, "cannot find the key %s", argument);
    char *keys = message_format("%s %s", options->keys ? options->keys : "", path);
    free(options->keys);
    free(path);
    options->keys = keys;
}

static error_t parse(int key, char *argument, struct argp_state *state)
{
    struct options *options = state->input;
    switch (key) {
    case 'k':
        add_key(options, argument, state);
        return 0;
    case OPTION_JSON:
        if (!options->answers)
            options->answers = json_array();
        return 0;
    case ARGP_KEY_ARGS:
        options->files = state->argv + state->next;
        return 0;
    case ARGP_KEY_END:
        if (!options->files)
            argp_error(state, "name what to check");
        return 0;
    default:
        return ARGP_ERR_UNKNOWN;
    }
}

static const struct argp grammar = {
    .options = option_list,
    .parser = parse,
    .args_doc = "FILE.so...",
    .doc = "Says of versions and transformers whether they are signed with a trusted key and have "
           "not been changed since.\v"
           "Example: is this what we have released?\n\n"
           "  kitsune verify --key release.pub server-2.so\n\n"
           "Exit status: 0 all are; 1 not all; 2 usage.",
};

static bool read_keys(const struct options *options, struct configuration *configuration,
                      char **message)
{
    if (!options->keys)
        return configuration_read(configuration, NULL, message) == CONFIGURATION_READ &&
               (configuration->require_signature ||
                configuration_read_keys(configuration, message) == CONFIGURATION_READ);
    *configuration = (struct configuration){0};
    return configuration_set(configuration, KEY_TRUSTED_KEYS, options->keys, "--key", message) &&
           configuration_read_keys(configuration, message) == CONFIGURATION_READ;
}

static void tell_right(const char *path, const struct signature *signature, json_t *answers)
{
    char key[2 * PUBLIC_KEY_SIZE + 1];
    const char *kind = signed_kind_name(signature->kind);
    signature_write_digits(signature->key, PUBLIC_KEY_SIZE, key);
    if (answers)
        json_array_append_new(answers, json_pack("{s:s, s:b, s:s, s:s}", "path", path, "valid", 1,
                                                 "kind", kind, "key", key));
    else
        printf("%s: a %s, signed with %s\n", path, kind, key);
}

static void tell_wrong(const char *path, const char *reason, json_t *answers)
{
    if (answers)
        json_array_append_new(answers, json_pack("{s:s, s:b, s:s}", "path", path, "valid", 0,
                                                 "reason", reason));
    else
        fprintf(stderr, "kitsune verify: %s\n", reason);
}

static bool verify_file(const char *path, const struct configuration *configuration,
                        json_t *answers)
{
    char *message;
    struct image *image = image_read(path, &message);
    struct signature signature;
    size_t size;
    enum signed_kind kind = SIGNED_VERSION;
    /* Which of the two it has to be is asked for when it is loaded. */
    if (image && signature_find(image->bytes, image->size, &signature, &size))
        kind = signature.kind;
    bool is_right = image && signature_verify(image, kind, configuration, &message);
    if (is_right) {
        tell_right(path, &signature, answers);
    } else {
        tell_wrong(path, message, answers);
        free(message);
    }
    image_free(image);
    return is_right;
}

int verify_command(int argument_count, char **arguments)
{
    struct options options = {0};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &options);
    struct configuration configuration;
    char *message;
    int status = STATUS_REFUSED;
    if (read_keys(&options, &configuration, &message)) {
        status = STATUS_DONE;
        for (char **file = options.files; *file; file++)
            if (!verify_file(*file, &configuration, options.answers))
                status = STATUS_REFUSED;
        configuration_free(&configuration);
        if (options.answers)
            print_json(json_incref(options.answers));
    } else {
        fprintf(stderr, "kitsune verify: %s\n", message);
        free(message);
    }
    json_decref(options.answers);
    free(options.keys);
    return status;
}
