/* wish.h -- the program's own wish for an update, and the version it names.  Any thread may wish;
 * the one that looks is another. */
#ifndef KITSUNE_RUNTIME_WISH_H
#define KITSUNE_RUNTIME_WISH_H

#include <stdbool.h>

void wish_set(bool is_there);
/* True once for each wish. */
bool wish_take(void);
bool wish_is_there(void);
/* NULL: the program has named none; malloc. */
char *wish_path(void);
void wish_set_path(const char *path);

#endif
