/* secret_key.c -- the file of a secret key: `kitsune-ed25519-secret DIGITS`. */
#include <errno.h>
#include <fcntl.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "secret_key.h"
#include "common/message.h"
#include "common/quiet_write.h"
#include "files/signature.h"
#include "files/trust.h"

static const char START[] = "kitsune-ed25519-secret ";

enum {
    DIGITS = 2 * crypto_sign_SECRETKEYBYTES,
    LINE_LENGTH = sizeof START - 1 + DIGITS + 1,
};

bool write_new_file(const char *path, unsigned mode, const char *text, size_t length)
{
    int file = open(path, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);
    if (file < 0)
        return false;
    bool success = quiet_write_all(file, text, length) && fsync(file) == 0;
    int error = errno;
    if (close(file) != 0 && success) {
        success = false;
        error = errno;
    }
    if (!success) {
        unlink(path);
        errno = error;
    }
    return success;
}

bool secret_key_write(const char *path, const struct secret_key *key, char **message)
{
    char *line = sodium_malloc(LINE_LENGTH + 1);
    if (!line) {
        *message = copy_string("no memory that can be locked: raise `ulimit -l`");
        return false;
    }
    strcpy(line, START);
    signature_write_digits(key->bytes, crypto_sign_SECRETKEYBYTES, line + strlen(START));
    strcat(line, "\n");
    bool success = write_new_file(path, 0600, line, LINE_LENGTH);
    if (!success)
        *message = message_format("cannot write %s: %s", path, strerror(errno));
    sodium_free(line);
    return success;
}

static char *check_file(const char *path, int file)
{
    struct stat status;
    if (fstat(file, &status) != 0)
        return message_format("cannot read %s: %s", path, strerror(errno));
    if (!S_ISREG(status.st_mode))
        return message_format("%s is not a file", path);
    if (status.st_uid != geteuid() && status.st_uid != 0)
        return message_format("the secret key %s belongs to user %u, not to you: whoever owns it "
                              "can sign as you: sign with a key of your own", path,
                              (unsigned)status.st_uid);
    if (status.st_mode & 077)
        return message_format("others can read the secret key %s (mode %o): it may be known to "
                              "them: chmod 600 it, if you are sure that it is not, or make a new "
                              "one",
                              path, (unsigned)status.st_mode & 07777);
    return NULL;
}

static bool parse_line(const char *line, size_t length, struct secret_key *key)
{
    unsigned char seed[crypto_sign_SEEDBYTES], public_key[crypto_sign_PUBLICKEYBYTES];
    bool is_key = length == LINE_LENGTH && memcmp(line, START, strlen(START)) == 0 &&
                  line[LINE_LENGTH - 1] == '\n' &&
                  signature_read_digits(line + strlen(START), key->bytes,
                                        crypto_sign_SECRETKEYBYTES);
    if (is_key) {
        /* Its two halves belong together, or signatures would tell the seed. */
        unsigned char *again = sodium_malloc(crypto_sign_SECRETKEYBYTES);
        crypto_sign_ed25519_sk_to_seed(seed, key->bytes);
        is_key = again && crypto_sign_seed_keypair(public_key, again, seed) == 0 &&
                 sodium_memcmp(again, key->bytes, crypto_sign_SECRETKEYBYTES) == 0;
        sodium_free(again);
        sodium_memzero(seed, sizeof seed);
    }
    return is_key;
}

bool secret_key_read(const char *path, struct secret_key *key, char **message)
{
    *key = (struct secret_key){NULL};
    int file = open(path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOCTTY);
    if (file < 0) {
        *message = message_format("cannot open the secret key %s: %s: `kitsune keygen NAME` makes "
                                  "one", path, strerror(errno));
        return false;
    }
    *message = check_file(path, file);
    char *line = sodium_malloc(LINE_LENGTH + 1);
    key->bytes = sodium_malloc(crypto_sign_SECRETKEYBYTES);
    if (!*message && (!line || !key->bytes))
        *message = copy_string("no memory that can be locked: raise `ulimit -l`");
    if (!*message) {
        ssize_t length = read(file, line, LINE_LENGTH + 1);
        if (length < 0 || !parse_line(line, (size_t)length, key))
            *message = message_format("%s is not a secret key that `kitsune keygen` made, or not a "
                                      "whole one", path);
    }
    sodium_free(line);
    close(file);
    if (*message)
        secret_key_free(key);
    return !*message;
}

void secret_key_free(struct secret_key *key)
{
    sodium_free(key->bytes); /* which wipes it */
    key->bytes = NULL;
}
