/* prefix_map.c -- the user's -ffile-prefix-map and its relatives.  See prefix_map.h. */
#include "prefix_map.h"

#include <string.h>

/* As in gcc, the last one that fits counts, and only that. */
char *prefix_map_apply(const struct string_list *arguments, const char *option, const char *path)
{
    for (size_t i = arguments->count; i-- > 0;) {
        const char *word = arguments->items[i];
        if (!starts_with(word, option) && !starts_with(word, "-ffile-prefix-map="))
            continue;
        const char *from = strchr(word, '=') + 1;
        const char *to = strchr(from, '=');
        size_t length = to ? (size_t)(to - from) : 0;
        if (to && !strncmp(path, from, length))
            return format_string("%s%s", to + 1, path + length);
    }
    return copy_string(path);
}
