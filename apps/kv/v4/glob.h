/* glob.h -- patterns as KEYS and SCAN take them: * ? [a-z] [^a-z] and a backslash. */
#ifndef KV_GLOB_H
#define KV_GLOB_H

#include <stdbool.h>

#include "text.h"

bool glob_match(const struct text *pattern, const struct text *text);

#endif
