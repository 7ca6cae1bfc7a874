/* hash.c -- SipHash-1-3 (Aumasson and Bernstein), one compression and three final rounds. */
#include "hash.h"

#include <string.h>
#include <sys/random.h>
#include <time.h>

struct hash_secret hash_secret;

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
    if (getrandom(&hash_secret, sizeof hash_secret, 0) == (ssize_t)sizeof hash_secret)
        return;
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    hash_secret.first = (uint64_t)now.tv_sec;
    hash_secret.second = (uint64_t)now.tv_nsec;
}

uint64_t hash_bytes(const char *bytes, size_t length, struct hash_secret secret)
{
    struct state state = {
        secret.first ^ 0x736f6d6570736575ULL, secret.second ^ 0x646f72616e646f6dULL,
        secret.first ^ 0x6c7967656e657261ULL, secret.second ^ 0x7465646279746573ULL};
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
