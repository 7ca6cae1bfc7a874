/* numbers.h -- numbers as clients write them. */
#ifndef CACHE_NUMBERS_H
#define CACHE_NUMBERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* False: it is no such number, or does not fit. */
bool number_unsigned(const char *text, size_t length, uint64_t *number);
bool number_unsigned_32(const char *text, size_t length, uint32_t *number);
bool number_signed(const char *text, size_t length, int64_t *number);
/* A cached value that is to be incremented: digits, and blanks behind them. */
bool number_in_value(const char *value, size_t length, uint64_t *number);

#endif
