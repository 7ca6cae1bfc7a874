/* clock.c -- time in whole seconds since 1970. */
#include "clock.h"

#define THIRTY_DAYS (60 * 60 * 24 * 30)

time_t clock_started;

static int64_t current_second;

void clock_start(void)
{
    clock_started = time(NULL);
    clock_tick();
}

void clock_tick(void)
{
    __atomic_store_n(&current_second, (int64_t)time(NULL), __ATOMIC_RELAXED);
}

int64_t clock_now(void)
{
    return __atomic_load_n(&current_second, __ATOMIC_RELAXED);
}

int64_t clock_expiry(int64_t time_to_live)
{
    if (time_to_live == 0)
        return EXPIRES_NEVER;
    if (time_to_live < 0)
        return EXPIRED_LONG_AGO;
    return time_to_live <= THIRTY_DAYS ? clock_now() + time_to_live : time_to_live;
}
