/* open_descriptors.h -- which descriptors are open, one after the other.
 *
 *      struct open_descriptors look;
 *      open_descriptors_begin(&look);
 *      for (int number; (number = open_descriptors_next(&look)) >= 0;)
 *          ...                     may close `number`
 *      open_descriptors_end(&look);
 *
 * The kernel is asked for each number in turn, which is what costs least where one descriptor
 * follows the other; where there is a hole (the runtime's own are far above a program's few),
 * /proc tells what comes behind it.  Needs no memory.
 */
#ifndef KITSUNE_RUNTIME_OPEN_DESCRIPTORS_H
#define KITSUNE_RUNTIME_OPEN_DESCRIPTORS_H

struct open_descriptors {
    int folder; /* /proc/self/fd, which is not told of; -1: holes are walked through */
    int next;   /* to be looked at */
    /* Nothing is told of this number and those above.  INT_MAX, but without /proc. */
    int known_below;
};

void open_descriptors_begin(struct open_descriptors *look);
/* In ascending order; -1: no more. */
int open_descriptors_next(struct open_descriptors *look);
void open_descriptors_end(struct open_descriptors *look);

#endif
