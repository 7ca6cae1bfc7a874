/* settings.h -- the configuration of the running program: configuration.h, read when it starts
 * and again for each request, so that a change needs no restart.
 *
 * What cannot be understood is not passed over: updates are refused, with that reason, until it
 * is put right.  A program that has given up its rights or changed its root since it started
 * cannot read the files any more; for it, what they said last holds.
 */
#ifndef KITSUNE_RUNTIME_SETTINGS_H
#define KITSUNE_RUNTIME_SETTINGS_H

#include "control/configuration.h"

/* At the start; a mistake is told to the log. */
void settings_start(void);
/* Reads again.  False with a message (malloc): no update until that is put right. */
bool settings_refresh(char **message);
/* As read last; of use when settings_refresh has said that all is well. */
const struct configuration *settings(void);

#endif
