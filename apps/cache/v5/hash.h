/* hash.h -- the hash of a key. */
#ifndef CACHE_HASH_H
#define CACHE_HASH_H

#include <stddef.h>
#include <stdint.h>

uint32_t hash_bytes(const char *bytes, size_t length);

#endif
