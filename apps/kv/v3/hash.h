/* hash.h -- the hash function of all dictionaries: SipHash-1-3, keyed with a secret chosen at the
 * start so that nobody can send keys that all fall into one bucket. */
#ifndef KV_HASH_H
#define KV_HASH_H

#include <stddef.h>
#include <stdint.h>

extern uint64_t hash_secret[2];

/* Chooses the secret.  Before the first dictionary is made, and never again: entries lie where
 * the secret put them. */
void hash_choose_secret(void);

uint64_t hash_bytes(const char *bytes, size_t length, const uint64_t secret[2]);

#endif
