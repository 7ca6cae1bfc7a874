/* clock.c -- time in whole seconds since shortly before the server started. */
#include "clock.h"

#define THIRTY_DAYS (60 * 60 * 24 * 30)

time_t clock_origin;

static uint32_t current_second;

void clock_start(void)
{
    clock_origin = time(NULL) - 2;
    clock_tick();
}

void clock_tick(void)
{
    __atomic_store_n(&current_second, (uint32_t)(time(NULL) - clock_origin), __ATOMIC_RELAXED);
}

uint32_t clock_now(void)
{
    return __atomic_load_n(&current_second, __ATOMIC_RELAXED);
}

uint32_t clock_expiry(int64_t time_to_live)
{
    if (time_to_live == 0)
        return EXPIRES_NEVER;
    if (time_to_live < 0)
        return EXPIRED_LONG_AGO;
    if (time_to_live <= THIRTY_DAYS)
        return clock_now() + (uint32_t)time_to_live;
    if (time_to_live <= clock_origin)
        return EXPIRED_LONG_AGO;
    if (time_to_live - clock_origin > UINT32_MAX)
        return EXPIRES_NEVER;
    return (uint32_t)(time_to_live - clock_origin);
}
