/* keys.h -- destructors of the program's pthread keys, across updates; see keys.c. */
#ifndef KITSUNE_RUNTIME_KEYS_H
#define KITSUNE_RUNTIME_KEYS_H

/* What is made from here on is the new version's. */
void keys_leave(void);
/* Finds the namesakes; changes nothing yet. */
void keys_carry_over(void);
void keys_commit(void);
/* Forgets what the new version made. */
void keys_restore(void);

#endif
