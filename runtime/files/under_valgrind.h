/* under_valgrind.h -- whether this process runs under valgrind, told by what that has preloaded
 * (its own header need not be there when this library is built). */
#ifndef KITSUNE_RUNTIME_UNDER_VALGRIND_H
#define KITSUNE_RUNTIME_UNDER_VALGRIND_H

#include <link.h>
#include <stdbool.h>
#include <string.h>

static inline int is_valgrind_tool(struct dl_phdr_info *object, size_t size, void *found)
{
    (void)size;
    if (object->dlpi_name && strstr(object->dlpi_name, "vgpreload_"))
        *(bool *)found = true;
    return *(bool *)found;
}

static inline bool runs_under_valgrind(void)
{
    bool is_there = false;
    dl_iterate_phdr(is_valgrind_tool, &is_there);
    return is_there;
}

#endif
