/* numbers.c -- numbers as clients write them. */
#include "numbers.h"

bool number_unsigned(const char *text, size_t length, uint64_t *number)
{
    uint64_t value = 0;

    if (length == 0)
        return false;
    for (size_t i = 0; i < length; i++)
        if (text[i] < '0' || text[i] > '9' || __builtin_mul_overflow(value, 10, &value) ||
            __builtin_add_overflow(value, (uint64_t)(text[i] - '0'), &value))
            return false;
    *number = value;
    return true;
}

bool number_unsigned_32(const char *text, size_t length, uint32_t *number)
{
    uint64_t value;

    if (!number_unsigned(text, length, &value) || value > UINT32_MAX)
        return false;
    *number = (uint32_t)value;
    return true;
}

bool number_signed(const char *text, size_t length, int64_t *number)
{
    bool is_negative = length > 0 && text[0] == '-';
    uint64_t value;

    if (!number_unsigned(text + is_negative, length - is_negative, &value) || value > INT64_MAX)
        return false;
    *number = is_negative ? -(int64_t)value : (int64_t)value;
    return true;
}

bool number_in_value(const char *value, size_t length, uint64_t *number)
{
    while (length > 0 && value[length - 1] == ' ')
        length--;
    return length <= 20 && number_unsigned(value, length, number);
}
