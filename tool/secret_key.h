/* secret_key.h -- the key that versions are signed with, in a file that nobody else can read. */
#ifndef KITSUNE_TOOL_SECRET_KEY_H
#define KITSUNE_TOOL_SECRET_KEY_H

#include <stdbool.h>

/* Ed25519: the seed, then the public key.  In memory that is never written to disk
 * (sodium_malloc). */
struct secret_key {
    unsigned char *bytes;
};

/* False with a message (malloc). */
bool secret_key_read(const char *path, struct secret_key *key, char **message);
/* A new file, for its owner alone. */
bool secret_key_write(const char *path, const struct secret_key *key, char **message);
/* Wipes it. */
void secret_key_free(struct secret_key *key);

/* Writes a whole file that must not be there yet; false with errno, and then there is none. */
bool write_new_file(const char *path, unsigned mode, const char *text, size_t length);

#endif
