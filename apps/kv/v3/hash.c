/* hash.c -- SipHash-1-3 (Aumasson and Bernstein), one compression and three final rounds. */
#include "hash.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

uint64_t hash_secret[2];

struct state {
    uint64_t a, b, c, d;
};

static inline uint64_t rotate(uint64_t value, int bits)
{
    return value << bits | value >> (64 - bits);
}

static inline void mix(struct state *state)
{
    state->a += state->b;
    state->c += state->d;
    state->b = rotate(state->b, 13) ^ state->a;
    state->d = rotate(state->d, 16) ^ state->c;
    state->a = rotate(state->a, 32) + state->d;
    state->c += state->b;
    state->d = rotate(state->d, 21) ^ state->a;
    state->b = rotate(state->b, 17) ^ state->c;
    state->c = rotate(state->c, 32);
}

static inline void absorb(struct state *state, uint64_t word)
{
    state->d ^= word;
    mix(state);
    state->a ^= word;
}

void hash_choose_secret(void)
{
    if (getrandom(hash_secret, sizeof hash_secret, 0) == (ssize_t)sizeof hash_secret)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    hash_secret[0] = (uint64_t)now.tv_sec;
    hash_secret[1] = (uint64_t)now.tv_nsec;
}

uint64_t hash_bytes(const char *bytes, size_t length, const uint64_t secret[2])
{
    struct state state = {
        secret[0] ^ 0x736f6d6570736575ULL, secret[1] ^ 0x646f72616e646f6dULL,
        secret[0] ^ 0x6c7967656e657261ULL, secret[1] ^ 0x7465646279746573ULL};
    size_t position = 0;
    uint64_t word;

    for (; position + sizeof word <= length; position += sizeof word) {
        memcpy(&word, bytes + position, sizeof word);
        absorb(&state, word);
    }
    /* The last word holds what is left, and the length in its top byte. */
    word = 0;
    memcpy(&word, bytes + position, length - position);
    absorb(&state, word | (uint64_t)length << 56);
    state.c ^= 0xff;
    for (int round = 0; round < 3; round++)
        mix(&state);
    return state.a ^ state.b ^ state.c ^ state.d;
}
