/* chance.c -- the generator's random numbers: the same for the same seed, on any machine. */
#include "schema.h"

static uint64_t state;

static uint64_t mix(uint64_t x)
{
    x = (x ^ (x >> 30)) * 0xbf58476d1ce4e5b9u;
    x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
    return x ^ (x >> 31);
}

void chance_begin(uint64_t seed)
{
    state = seed;
}

int below(int limit)
{
    state += 0x9e3779b97f4a7c15u;
    return limit > 0 ? (int)(mix(state) % (uint64_t)limit) : 0;
}

bool percent(int chance)
{
    return below(100) < chance;
}

int decided(const struct schema *schema, int from, int to, int id, int limit)
{
    uint64_t x = mix(schema->seed + 1);

    x = mix(x + (uint64_t)from * 131 + (uint64_t)to);
    x = mix(x + (uint64_t)id);
    return limit > 0 ? (int)(x % (uint64_t)limit) : 0;
}
