/* fuzz_types_file.c -- any bytes at all as a companion file (docs/types-file.md).
 *
 * Each input is read as it is, and once more with the length and the checksum in its header made
 * right, since no mutation would get those right by itself.
 *
 * The mutator knows the sections: it changes the bytes of one of them and corrects its length, so
 * that what comes behind it is still found.
 */
#include "checks.h"

#include "types_file_format.h"

#include <stdlib.h>
#include <string.h>

static void read_as_companion(const uint8_t *data, size_t size)
{
    char *message;
    struct program *program = types_file_read(data, size, "folder/fuzz.ktt", NULL, &message);

    check_program(program, message);
    model_free(program);
    free(message);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    /* One byte at least: malloc(0) may give NULL, and memcpy() does not want that. */
    unsigned char *sealed = malloc(size + 1);

    read_as_companion(data, size);
    memcpy(sealed, data, size);
    types_file_seal(sealed, size);
    read_as_companion(sealed, size);
    free(sealed);
    return 0;
}

/* ---- The mutator --------------------------------------------------------------------------- */

/* A section's bytes, and where its length stands. */
struct section_bytes {
    size_t length_at, start, end;
};

static bool take_number(const uint8_t *data, size_t size, size_t *at, uint64_t *value)
{
    unsigned shift;

    *value = 0;
    for (shift = 0; shift < 63 && *at < size; shift += 7) {
        uint8_t byte = data[(*at)++];

        *value |= (uint64_t)(byte & 0x7f) << shift;
        if (!(byte & 0x80))
            return true;
    }
    return false;
}

static bool find_section(const uint8_t *data, size_t size, unsigned number,
                         struct section_bytes *found)
{
    size_t at = HEADER_SIZE;
    uint64_t tag, length;

    do {
        if (!take_number(data, size, &at, &tag))
            return false;
        found->length_at = at;
        if (!take_number(data, size, &at, &length) || length > size - at)
            return false;
        found->start = at;
        found->end = at += length;
    } while (number-- > 0);
    return true;
}

static size_t put_number(uint8_t *bytes, uint64_t value)
{
    size_t count = 0;

    do {
        bytes[count++] = (uint8_t)((value & 0x7f) | (value > 0x7f ? 0x80 : 0));
        value >>= 7;
    } while (value);
    return count;
}

enum { LONGEST_NUMBER = 10 };

size_t LLVMFuzzerCustomMutator(uint8_t *data, size_t size, size_t most, unsigned seed)
{
    struct section_bytes section;
    uint8_t *contents, length_bytes[LONGEST_NUMBER];
    size_t length, most_length, length_size, rest;

    /* Now and then the file as a whole, header, tags, lengths and all. */
    if (seed % 16 == 0 || !find_section(data, size, seed / 16 % (SECTION_END - 1), &section) ||
        size + LONGEST_NUMBER >= most)
        return LLVMFuzzerMutate(data, size, most);
    length = section.end - section.start;
    most_length = length + (most - size - LONGEST_NUMBER);
    contents = malloc(most_length);
    memcpy(contents, data + section.start, length);
    length = LLVMFuzzerMutate(contents, length, most_length);
    length_size = put_number(length_bytes, length);
    rest = size - section.end;
    memmove(data + section.length_at + length_size + length, data + section.end, rest);
    memcpy(data + section.length_at, length_bytes, length_size);
    memcpy(data + section.length_at + length_size, contents, length);
    free(contents);
    return section.length_at + length_size + length + rest;
}
