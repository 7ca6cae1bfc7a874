/* steady.c -- a program that does nothing but stand ready for updates, and says which it is; for
 * tests of who may update what. */
#include "scene.h"
#include <unistd.h>
int main(void)
{
    kitsune_do_automigrate();
    for (int i = 0; i < 60000; i++) {
        kitsune_update("loop");
        if (i == 0) {
            printf("v%d runs\n", VERSION);
            fflush(stdout);
        }
        usleep(1000);
    }
    return 0;
}
