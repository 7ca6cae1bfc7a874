/* prefix_map.h -- the user's -ffile-prefix-map and its relatives, applied by us where the compiler
 * cannot. */
#ifndef REWRITER_PREFIX_MAP_H
#define REWRITER_PREFIX_MAP_H

#include "text.h"

/* What the arguments' `option` ("-fdebug-prefix-map=") and -ffile-prefix-map= make of a path. */
char *prefix_map_apply(const struct string_list *arguments, const char *option, const char *path);

#endif
