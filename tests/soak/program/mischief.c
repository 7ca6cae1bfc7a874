/* mischief.c -- what goes wrong in a version, when it is told to. */
#include "soak.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

bool is_mischief(const char *word)
{
    char name[64];
    snprintf(name, sizeof name, "mischief.%s", word);
    return access(name, F_OK) == 0;
}

static int *volatile nowhere;

void crash(void)
{
    *nowhere = 1;
}

__attribute__((constructor)) static void construct(void)
{
    if (is_mischief("constructor-crash"))
        *nowhere = 1;
    if (is_mischief("constructor-exit"))
        exit(5);
}
