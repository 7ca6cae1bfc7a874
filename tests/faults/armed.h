/* armed.h -- a server under `inject` whose calls fail during an update that somebody asks for:
 * which, the file `fault` says, "KIND N first|all".
 *
 *      armed_begin(); kitsune_update("loop"); armed_end();
 *
 * How many such calls the update made comes into the file `fault.count`, and `fault` goes.  The
 * same static is in both versions: it may be the other one that comes back from the update
 * point.
 */
#ifndef KITSUNE_TESTS_ARMED_H
#define KITSUNE_TESTS_ARMED_H

#include <dlfcn.h>
#include <fcntl.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "faults.h"

static bool armed, armed_watches;

static inline void armed_watch(void)
{
    static const char *const names[] = {"malloc", "calloc", "realloc", "memalign", "posix_memalign"};
    enum { COUNT = sizeof names / sizeof *names };
    unsigned long addresses[COUNT];
    for (int i = 0; i < COUNT; i++)
        addresses[i] = (unsigned long)dlsym(RTLD_DEFAULT, names[i]);
    if (faults_watch(addresses, COUNT) != 0)
        abort(); /* not under inject */
    armed_watches = true;
}

static inline void armed_begin(void)
{
    char text[64] = "", which[16];
    int kind;
    long n;
    /* The new version comes by, on its way. */
    int file = armed ? -1 : open("fault", O_RDONLY | O_CLOEXEC);
    if (file < 0)
        return;
    ssize_t length = read(file, text, sizeof text - 1);
    close(file);
    if (length <= 0 || sscanf(text, "%d %ld %15s", &kind, &n, which) != 3)
        return;
    if (!armed_watches)
        armed_watch();
    armed = true;
    faults_arm((enum fault_kind)kind, n, strcmp(which, "all") == 0);
}

static inline void armed_end(void)
{
    if (!armed)
        return;
    armed = false;
    long count = faults_disarm();
    if (!count) /* nobody has asked yet */
        return;
    FILE *file = fopen("fault.count.new", "w");
    if (!file)
        abort();
    fprintf(file, "%ld\n", count);
    fclose(file);
    rename("fault.count.new", "fault.count");
    unlink("fault");
}

#endif
