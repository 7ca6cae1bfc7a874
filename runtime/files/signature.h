/* signature.h -- that a version or transformer is what somebody trusted has signed.
 *
 * A signature is one line of text (see man 1 kitsune-sign), in a file of its own beside the file:
 *
 *      kitsune-signature 1 version PUBLIC-KEY SIGNATURE      both in hexadecimal digits
 *
 * Ed25519ph of the kind ("version", "transformer") and of all bytes of the file.  When a file is
 * sealed, the line is put behind its bytes: so the signature goes wherever the copy goes, and what
 * is checked is the copy that is then loaded.
 *
 * libsodium does the arithmetic.  It is loaded only where signatures are asked for.
 */
#ifndef KITSUNE_RUNTIME_SIGNATURE_H
#define KITSUNE_RUNTIME_SIGNATURE_H

#include <stdbool.h>
#include <stddef.h>

#include "control/configuration.h"
#include "files/image.h"

enum { SIGNATURE_SIZE = 64, SIGNATURE_LINE_MAX = 256 };

enum signed_kind { SIGNED_VERSION, SIGNED_TRANSFORMER };

struct signature {
    enum signed_kind kind;
    unsigned char key[PUBLIC_KEY_SIZE];
    unsigned char bytes[SIGNATURE_SIZE];
};

const char *signed_kind_name(enum signed_kind kind); /* "version" */

/* The line; malloc. */
char *signature_format(const struct signature *signature);
/* The line at the very end of these bytes, and how many bytes precede it (and other such lines);
 * false: there is none. */
bool signature_find(const void *bytes, size_t size, struct signature *signature,
                    size_t *signed_size);

/* What is signed before the bytes of the file: "Kitsune signature 1 version"; with its NUL. */
const char *signature_preamble(enum signed_kind kind, size_t *size);

/* True when the configuration wants no signatures, or the image has one that it trusts, or is the
 * version before, to which the way back must not be barred.  Else a message (malloc). */
bool signature_check(struct image *image, enum signed_kind kind,
                     const struct configuration *configuration, char **message);
/* One that it trusts, wanted or not. */
bool signature_verify(const struct image *image, enum signed_kind kind,
                      const struct configuration *configuration, char **message);

/* Reads hexadecimal digits, exactly 2 * size of them. */
bool signature_read_digits(const char *text, unsigned char *bytes, size_t size);
void signature_write_digits(const unsigned char *bytes, size_t size, char *text);

#endif
