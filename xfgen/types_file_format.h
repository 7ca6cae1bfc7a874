/* types_file_format.h -- the format of companion files; docs/types-file.md describes it. */
#ifndef XFGEN_TYPES_FILE_FORMAT_H
#define XFGEN_TYPES_FILE_FORMAT_H

#include "types_file.h"

/* Goes up with every change to what follows, or to the numbers of what is written by its number: a
 * reader knows one version. */
enum { TYPES_FILE_VERSION = 1 };

_Static_assert(TYPE_QUALIFIED == 9 && ANNOTATION_NOTELOCALS == 14 && QUALIFIER_ATOMIC == 8,
               "the numbers of kinds have changed: count TYPES_FILE_VERSION up");

_Static_assert(sizeof(void *) != 8 ||
                   (sizeof(struct program) == 168 && sizeof(struct type) == 144 &&
                    sizeof(struct member) == 56 && sizeof(struct variable) == 80 &&
                    sizeof(struct local) == 72 && sizeof(struct function) == 72 &&
                    sizeof(struct update_point) == 40 && sizeof(struct annotation) == 40),
               "the type model has changed: write what is new to companion files, read it there, "
               "and count TYPES_FILE_VERSION up");

/* Not text; damaged by whoever takes it for text. */
#define TYPES_FILE_MAGIC "\x89KTT\r\n\x1a\n"

/* The header, numbers with their little end first. */
enum {
    MAGIC_AT = 0,
    VERSION_AT = 8,   /* 4 bytes */
    CHECKSUM_AT = 12, /* 4 bytes: CRC-32 of the contents */
    LENGTH_AT = 16,   /* 8 bytes: of the contents */
    HEADER_SIZE = 24,
};

/* The contents: these sections, in this order, each as its tag, its length and its bytes. */
enum section {
    SECTION_STRINGS = 1,
    SECTION_PROGRAM,
    SECTION_FILES,
    SECTION_TYPES,
    SECTION_VARIABLES,
    SECTION_LOCALS,
    SECTION_FUNCTIONS,
    SECTION_UPDATE_POINTS,
    SECTION_WARNINGS,
    SECTION_END, /* one past the last */
};

enum program_flag { PROGRAM_HAS_ADDRESSES = 1 };
enum { PROGRAM_FLAGS = 1 };

/* What stands in a record, or is true of it; fields that are absent are zero or empty. */
enum type_flag {
    TYPE_HAS_NAME = 1,
    TYPE_HAS_SIZE = 2,
    TYPE_HAS_ALIGNMENT = 4, /* other than 1 */
    TYPE_HAS_PLACE = 8,
    TYPE_HAS_UNIT = 16,
    TYPE_HAS_ANNOTATIONS = 32,
    TYPE_HAS_SAME_NAME = 64,
    TYPE_IS_INCOMPLETE = 128,
    TYPE_IS_FROM_SYSTEM = 256,
    TYPE_IS_VARIADIC = 512,
    TYPE_IS_FLEXIBLE = 1024,
};
enum { TYPE_FLAGS = 2047 };

enum member_flag {
    MEMBER_HAS_NAME = 1,
    MEMBER_HAS_OFFSET = 2,
    MEMBER_HAS_BITS = 4,
    MEMBER_HAS_PLACE = 8,
    MEMBER_HAS_ANNOTATIONS = 16,
};
enum { MEMBER_FLAGS = 31 };

/* Variables, locals and functions. */
enum symbol_flag {
    SYMBOL_HAS_ADDRESS = 1,
    SYMBOL_IS_GLOBAL = 2,
    SYMBOL_IS_THREAD_LOCAL = 4,
    SYMBOL_IS_CONSTANT = 8,
    SYMBOL_IS_NOTED = 16,
    SYMBOL_IS_PARAMETER = 32,
    SYMBOL_HAS_FUNCTION = 32,
    SYMBOL_HAS_PLACE = 64,
    SYMBOL_HAS_ANNOTATIONS = 128,
};
enum { SYMBOL_FLAGS = 255 };

/* How a key is made of the other names; in most cases it need not be written out. */
enum key_form {
    KEY_WRITTEN,            /* as a string */
    KEY_NAME,               /* name */
    KEY_FILE_NAME,          /* file/name */
    KEY_FILE_FUNCTION_NAME, /* file/function#name */
    KEY_FUNCTION_NAME,      /* function#name */
    KEY_FORMS,
};

/* The least that one of each takes, by which counts are checked before anything is allocated. */
enum {
    LEAST_TYPE = 2,
    LEAST_MEMBER = 2,
    LEAST_ENUMERATOR = 2,
    LEAST_ANNOTATION = 5,
    LEAST_SYMBOL = 5,
    LEAST_UPDATE_POINT = 5,
    LEAST_FILE = 2,
    LEAST_STRING = 1,
};

/* An alternation of positive and negative numbers: 0, -1, 1, -2, ... as 0, 1, 2, 3, ... */
static inline uint64_t zigzag(int64_t value)
{
    return (uint64_t)value << 1 ^ (uint64_t)(value >> 63);
}

static inline int64_t unzigzag(uint64_t value)
{
    return (int64_t)(value >> 1) ^ -(int64_t)(value & 1);
}

/* ---- types_file_check.c -------------------------------------------------------------------- */

/* What is wrong with a program whose parts have been read one by one, or NULL.  Afterwards nothing
 * that follows types can run in circles or too deep. */
const char *types_file_check(const struct program *program);

#endif
