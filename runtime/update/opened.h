/* opened.h -- descriptors and streams that were open before the update; part of surroundings.c. */
#ifndef KITSUNE_RUNTIME_OPENED_H
#define KITSUNE_RUNTIME_OPENED_H

#include <stdbool.h>

void opened_remember(void);
/* The runtime closes this one itself, whatever becomes of the update. */
void opened_disregard(int number);
/* Closes what has been opened since; without `descriptors` only streams, and the rest is told. */
void opened_close(bool descriptors);
void opened_forget(void);

#endif
