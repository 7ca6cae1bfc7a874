/* signature.c -- that a version or transformer is what somebody trusted has signed. */
#include "files/signature.h"

#include <dlfcn.h>
#include <pthread.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "common/message.h"
#include "files/trust.h"

/* The interface of the header that we are compiled with. */
#define SODIUM "libsodium.so.23"

static const char START[] = "kitsune-signature 1 ";

/* ---- The line -------------------------------------------------------------------------------- */

const char *signed_kind_name(enum signed_kind kind)
{
    return kind == SIGNED_VERSION ? "version" : "transformer";
}

const char *signature_preamble(enum signed_kind kind, size_t *size)
{
    static const char *const preambles[] = {"Kitsune signature 1 version",
                                            "Kitsune signature 1 transformer"};
    *size = strlen(preambles[kind]) + 1;
    return preambles[kind];
}

void signature_write_digits(const unsigned char *bytes, size_t size, char *text)
{
    for (size_t i = 0; i < size; i++)
        sprintf(text + 2 * i, "%02x", bytes[i]);
}

static int digit_value(char digit)
{
    static const char digits[] = "0123456789abcdef";
    const char *at = digit ? strchr(digits, digit) : NULL;
    return at ? (int)(at - digits) : -1;
}

bool signature_read_digits(const char *text, unsigned char *bytes, size_t size)
{
    for (size_t i = 0; i < size; i++) {
        int high = digit_value(text[2 * i]), low = high < 0 ? -1 : digit_value(text[2 * i + 1]);
        if (low < 0)
            return false;
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return true;
}

char *signature_format(const struct signature *signature)
{
    char key[2 * PUBLIC_KEY_SIZE + 1], bytes[2 * SIGNATURE_SIZE + 1];
    signature_write_digits(signature->key, PUBLIC_KEY_SIZE, key);
    signature_write_digits(signature->bytes, SIGNATURE_SIZE, bytes);
    return message_format("%s%s %s %s\n", START, signed_kind_name(signature->kind), key, bytes);
}

/* Of this kind, at the end of the bytes. */
static bool find_kind(const char *bytes, size_t size, enum signed_kind kind,
                      struct signature *signature, size_t *signed_size)
{
    char line[SIGNATURE_LINE_MAX];
    size_t key_at = (size_t)snprintf(line, sizeof line, "%s%s ", START, signed_kind_name(kind));
    size_t signature_at = key_at + 2 * PUBLIC_KEY_SIZE + 1;
    size_t length = signature_at + 2 * SIGNATURE_SIZE + 1;
    if (size < length || memcmp(bytes + size - length, line, key_at) != 0)
        return false;
    memcpy(line, bytes + size - length, length);
    line[length] = '\0';
    signature->kind = kind;
    if (line[signature_at - 1] != ' ' || line[length - 1] != '\n' ||
        !signature_read_digits(line + key_at, signature->key, PUBLIC_KEY_SIZE) ||
        !signature_read_digits(line + signature_at, signature->bytes, SIGNATURE_SIZE))
        return false;
    *signed_size = size - length;
    return true;
}

static bool find_last(const void *bytes, size_t size, struct signature *signature,
                      size_t *signed_size)
{
    return find_kind(bytes, size, SIGNED_VERSION, signature, signed_size) ||
           find_kind(bytes, size, SIGNED_TRANSFORMER, signature, signed_size);
}

bool signature_find(const void *bytes, size_t size, struct signature *signature,
                    size_t *signed_size)
{
    struct signature earlier;
    if (!find_last(bytes, size, signature, signed_size))
        return false;
    while (find_last(bytes, *signed_size, &earlier, signed_size))
        ;
    return true;
}

/* ---- libsodium ------------------------------------------------------------------------------- */

static struct {
    typeof(&crypto_sign_init) begin;
    typeof(&crypto_sign_update) update;
    typeof(&crypto_sign_final_verify) verify;
    char problem[200];
} sodium;

static void load_sodium(void)
{
    void *handle = dlopen(SODIUM, RTLD_NOW | RTLD_LOCAL);
    typeof(&sodium_init) initialise = handle ? dlsym(handle, "sodium_init") : NULL;
    if (initialise) {
        sodium.begin = dlsym(handle, "crypto_sign_init");
        sodium.update = dlsym(handle, "crypto_sign_update");
        sodium.verify = dlsym(handle, "crypto_sign_final_verify");
    }
    if (!sodium.begin || !sodium.update || !sodium.verify)
        snprintf(sodium.problem, sizeof sodium.problem, "%s", dlerror());
    else if (initialise() < 0)
        snprintf(sodium.problem, sizeof sodium.problem, "it does not start");
}

static bool has_sodium(void)
{
    static pthread_once_t once = PTHREAD_ONCE_INIT;
    pthread_once(&once, load_sodium);
    return !sodium.problem[0];
}

static bool is_right(const struct image *image, size_t size, const struct signature *signature)
{
    crypto_sign_state state;
    size_t preamble_size;
    const char *preamble = signature_preamble(signature->kind, &preamble_size);
    sodium.begin(&state);
    sodium.update(&state, (const unsigned char *)preamble, preamble_size);
    sodium.update(&state, image->bytes, size);
    return sodium.verify(&state, signature->bytes, signature->key) == 0;
}

/* ---- What is trusted ------------------------------------------------------------------------- */

static bool is_trusted(const struct configuration *configuration, const unsigned char *key)
{
    for (size_t i = 0; i < configuration->public_key_count; i++)
        if (memcmp(configuration->public_keys[i], key, PUBLIC_KEY_SIZE) == 0)
            return true;
    return false;
}

static const char *origin_of(const struct configuration *configuration, enum configuration_key key)
{
    return configuration->origins[key] ? configuration->origins[key] : "not set";
}

static char *not_signed(const struct image *image, enum signed_kind kind)
{
    if (image->has_broken_signature)
        return message_format("%s.sig is not a signature of Kitsune's, or not a whole one: sign %s "
                              "again", image->path, image->path);
    return message_format("the %s %s is not signed: sign it with `kitsune sign --key NAME.key "
                          "%s`, as the last step of its making", signed_kind_name(kind),
                          image->path, image->path);
}

bool signature_verify(const struct image *image, enum signed_kind kind,
                      const struct configuration *configuration, char **message)
{
    struct signature signature;
    size_t size;
    char key[2 * PUBLIC_KEY_SIZE + 1];
    *message = NULL;
    if (!signature_find(image->bytes, image->size, &signature, &size)) {
        *message = not_signed(image, kind);
        return false;
    }
    signature_write_digits(signature.key, PUBLIC_KEY_SIZE, key);
    if (!is_trusted(configuration, signature.key))
        *message = message_format(
            "%s is signed with the key %s, which is not trusted (trusted-keys: %s): sign it with "
            "one that is, or add this one", image->path, key,
            origin_of(configuration, KEY_TRUSTED_KEYS));
    else if (!has_sodium())
        *message = message_format("cannot check the signature of %s without " SODIUM " (%s): "
                                  "install libsodium23", image->path, sodium.problem);
    else if (!is_right(image, size, &signature))
        *message = message_format(
            "%s is not what was signed with the key %s: it has been changed since (stripped, built "
            "again, damaged), or its signature has: look into that, and sign it again as the last "
            "step of its making", image->path, key);
    else if (signature.kind != kind)
        *message = message_format("%s has been signed as a %s, not as a %s", image->path,
                                  signed_kind_name(signature.kind), signed_kind_name(kind));
    return !*message;
}

bool signature_check(struct image *image, enum signed_kind kind,
                     const struct configuration *configuration, char **message)
{
    *message = NULL;
    if (!configuration->require_signature || image->has_run)
        return true;
    char *reason;
    if (signature_verify(image, kind, configuration, &reason)) {
        /* Libraries have no signatures: those that come along must be root's. */
        image->trusted_user = 0;
        image->is_signed = true;
        return true;
    }
    *message = message_format("%s (require-signature: %s)", reason,
                              origin_of(configuration, KEY_REQUIRE_SIGNATURE));
    free(reason);
    return false;
}
