/* driver.h -- what the driver program calls, and nobody else. */
#ifndef KITSUNE_RUNTIME_DRIVER_H
#define KITSUNE_RUNTIME_DRIVER_H

/* Runs the version arguments[0] with these arguments as its argv, and every later version of it.
 * Returns an exit status when it cannot be started; the program itself ends the process. */
int kitsune_drive(int argument_count, char **arguments);

#endif
