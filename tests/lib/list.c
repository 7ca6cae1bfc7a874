/* list.c -- a program with a list of ITEMS items, whose struct gains a member in v2 and in v3. */
#include <kitsune.h>
#include <stdlib.h>
#include <unistd.h>

struct item {
#if VERSION > 1
    long weight;
#endif
#if VERSION > 2
    long height;
#endif
    int value;
    struct item *next;
};
struct item *items;

int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        for (int i = 0; i < ITEMS; i++) {
            struct item *item = calloc(1, sizeof *item);
            item->value = i;
            item->next = items;
            items = item;
        }
    for (;;) {
        kitsune_update("loop");
        usleep(20000);
    }
}
