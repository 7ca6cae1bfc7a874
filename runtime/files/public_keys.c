/* public_keys.c -- the keys that the configuration trusts, and the files that they are in.
 *
 * They are read together with the configuration: a program that gives up its rights later, or
 * changes its root, keeps them as it does the rest.
 */
#include "control/configuration.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "files/signature.h"
#include "files/trust.h"

enum { LARGEST_FILE = 64 * 1024 };

static const char START[] = "kitsune-ed25519 ";

static void add_key(struct configuration *configuration, const unsigned char *key)
{
    size_t count = configuration->public_key_count++;
    configuration->public_keys = reallocate(configuration->public_keys,
                                            (count + 1) * sizeof *configuration->public_keys);
    memcpy(configuration->public_keys[count], key, PUBLIC_KEY_SIZE);
}

static bool is_end_of_word(char character)
{
    return strchr(" \t\r\n", character) != NULL; /* the NUL, too */
}

/* The digits of a key at the start of the text. */
static bool read_key(const char *text, unsigned char *key)
{
    return strlen(text) >= 2 * PUBLIC_KEY_SIZE &&
           signature_read_digits(text, key, PUBLIC_KEY_SIZE) &&
           is_end_of_word(text[2 * PUBLIC_KEY_SIZE]);
}

/* Lines `kitsune-ed25519 DIGITS NAME`, comments and empty lines. */
static bool add_lines(struct configuration *configuration, const char *path, const char *text,
                      char **message)
{
    int number = 1;
    for (const char *line = text; *line; number++) {
        unsigned char key[PUBLIC_KEY_SIZE];
        const char *start = line + strspn(line, " \t\r");
        line += strcspn(line, "\n");
        line += *line == '\n';
        if (*start == '\n' || *start == '#' || !*start)
            continue;
        if (strncmp(start, START, strlen(START)) != 0 || !read_key(start + strlen(START), key)) {
            *message = message_format("%s:%d: this is no public key of `kitsune keygen`%s", path,
                                      number, strncmp(start, "kitsune-ed25519-secret", 22) == 0
                                                  ? ", but the secret one: move it away from here"
                                                  : "");
            return false;
        }
        add_key(configuration, key);
    }
    return true;
}

static enum configuration_result add_file(struct configuration *configuration, const char *path,
                                          char **message)
{
    if (*path != '/') {
        *message = message_format("trusted-keys: '%s' is neither a key of %d digits nor the full "
                                  "path of a file of keys", path, 2 * PUBLIC_KEY_SIZE);
        return CONFIGURATION_WRONG;
    }
    struct stat status;
    int file = trust_open_settings(path, trust_own_user(), message);
    if (file < 0) {
        int error = errno;
        if (*message)
            return CONFIGURATION_WRONG;
        *message = message_format("trusted-keys: cannot read %s: %s", path, strerror(error));
        return error == EACCES ? CONFIGURATION_UNREADABLE : CONFIGURATION_WRONG;
    }
    char *text = allocate(LARGEST_FILE + 1);
    bool is_read = fstat(file, &status) == 0 && S_ISREG(status.st_mode) &&
                   read(file, text, LARGEST_FILE) == status.st_size;
    close(file);
    if (!is_read)
        *message = message_format("trusted-keys: %s is no file of keys", path);
    is_read = is_read && add_lines(configuration, path, text, message);
    free(text);
    return is_read ? CONFIGURATION_READ : CONFIGURATION_WRONG;
}

enum configuration_result configuration_read_keys(struct configuration *configuration,
                                                  char **message)
{
    for (size_t i = 0; i < configuration->trusted_keys.count; i++) {
        const char *item = configuration->trusted_keys.items[i];
        unsigned char key[PUBLIC_KEY_SIZE];
        if (read_key(item, key)) {
            add_key(configuration, key);
            continue;
        }
        enum configuration_result result = add_file(configuration, item, message);
        if (result != CONFIGURATION_READ)
            return result;
    }
    if (configuration->require_signature && !configuration->public_key_count) {
        *message = message_format("require-signature is set (%s), but no trusted-keys: nothing "
                                  "could be loaded", configuration->origins[KEY_REQUIRE_SIGNATURE]);
        return CONFIGURATION_WRONG;
    }
    return CONFIGURATION_READ;
}
