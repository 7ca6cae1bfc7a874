/* history.h -- what was played when: a line for each song, in a file.  A thread of its own writes
 * it, so that nobody who names a song waits for the disk. */
#ifndef RADIO_HISTORY_H
#define RADIO_HISTORY_H

/* Starts the thread unless there is one. */
void history_start(void);
void history_note(const char *mount, const char *song);
/* Writes what is left. */
void history_stop(void);

#endif
