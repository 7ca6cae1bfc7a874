/* hash.c -- the hash of a key: FNV-1a in 64 bits, folded, so that all bits of 32 are good. */
#include "hash.h"

uint32_t hash_bytes(const char *bytes, size_t length)
{
    uint64_t hash = 0xcbf29ce484222325ULL;

    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (unsigned char)bytes[i]) * 0x100000001b3ULL;
    hash ^= hash >> 32;
    hash *= 0x9e3779b97f4a7c15ULL;
    return (uint32_t)(hash >> 32);
}
