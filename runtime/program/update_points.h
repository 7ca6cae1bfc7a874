/* update_points.h -- whether any of the code that is loaded has an update point.
 *
 * A program without one can never be updated, and asking it would do harm: a request interrupts the
 * calls in which its threads wait, and it knows nothing of that.
 */
#ifndef KITSUNE_RUNTIME_UPDATE_POINTS_H
#define KITSUNE_RUNTIME_UPDATE_POINTS_H

#include <stdbool.h>

/* By what the loaded objects, the program's libraries included, take from libkitsune. */
bool update_points_exist(void);

/* In the status file, when there is none. */
#define FIELD_UPDATE_POINTS "update_points"
#define UPDATE_POINTS_NONE "none"

#endif
