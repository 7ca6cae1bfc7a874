/* keygen.c -- `kitsune keygen NAME`: a pair of keys, NAME.key (secret) and NAME.pub. */
#include <errno.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "command.h"
#include "common/message.h"
#include "given.h"
#include "secret_key.h"
#include "files/signature.h"
#include "show.h"

static const struct argp grammar = {
    .options = given_options,
    .parser = given_parse,
    .args_doc = "NAME",
    .doc = "Makes a pair of keys: NAME.key, which signs (keep it away from where programs run, and "
           "from everybody), and NAME.pub, which checks signatures: what trusted-keys in "
           "kitsune.conf names.\v"
           "Files that are there already are never overwritten.\n\n"
           "Example: keys for releases\n\n"
           "  kitsune keygen release\n\n"
           "Exit status: 0 done; 1 not; 2 usage.",
};

static bool write_public_key(const char *path, const char *name, const unsigned char *key,
                             char **message)
{
    char digits[2 * crypto_sign_PUBLICKEYBYTES + 1];
    const char *slash = strrchr(name, '/');
    signature_write_digits(key, crypto_sign_PUBLICKEYBYTES, digits);
    char *line = message_format("kitsune-ed25519 %s %s\n", digits, slash ? slash + 1 : name);
    bool success = write_new_file(path, 0644, line, strlen(line));
    if (!success)
        *message = message_format("cannot write %s: %s", path, strerror(errno));
    free(line);
    return success;
}

static bool make_keys(const char *name, const char *secret_path, const char *public_path,
                      char **message)
{
    unsigned char public_key[crypto_sign_PUBLICKEYBYTES];
    struct secret_key secret = {sodium_malloc(crypto_sign_SECRETKEYBYTES)};
    if (!secret.bytes) {
        *message = copy_string("no memory that can be locked: raise `ulimit -l`");
        return false;
    }
    crypto_sign_keypair(public_key, secret.bytes);
    bool success = secret_key_write(secret_path, &secret, message);
    if (success && !write_public_key(public_path, name, public_key, message)) {
        unlink(secret_path);
        success = false;
    }
    secret_key_free(&secret);
    return success;
}

static void tell_keys(const char *secret_path, const char *public_path, bool as_json)
{
    char *whole = realpath(public_path, NULL);
    if (as_json)
        print_json(json_pack("{s:s, s:s}", "secret_key", secret_path, "public_key",
                             whole ? whole : public_path));
    else
        printf("%s signs: keep it secret, and away from where programs run\n"
               "%s checks: in kitsune.conf, trusted-keys = %s\n", secret_path, public_path,
               whole ? whole : public_path);
    free(whole);
}

int keygen_command(int argument_count, char **arguments)
{
    struct given given = {.least = 1, .most = 1, .missing = "name the pair of keys"};
    argp_parse(&grammar, argument_count, arguments, 0, NULL, &given);
    char *secret_path = message_format("%s.key", given.names[0]);
    char *public_path = message_format("%s.pub", given.names[0]), *message = NULL;
    bool success = false;
    if (sodium_init() < 0)
        message = copy_string("libsodium does not start");
    else
        success = make_keys(given.names[0], secret_path, public_path, &message);
    if (success)
        tell_keys(secret_path, public_path, given.as_json);
    else
        fprintf(stderr, "kitsune keygen: %s\n", message);
    free(message);
    free(secret_path);
    free(public_path);
    return success ? STATUS_DONE : STATUS_REFUSED;
}
