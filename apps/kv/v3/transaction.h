/* transaction.h -- MULTI: commands queued up until EXEC runs them all. */
#ifndef KV_TRANSACTION_H
#define KV_TRANSACTION_H

#include "client.h"

/* Takes the arguments (the array's elements become NULL). */
void transaction_queue(struct client *client, struct text **arguments, int count);
/* Forgets what is queued and closes the transaction. */
void transaction_discard(struct client *client);
/* Commands queued. */
size_t transaction_length(const struct client *client);

#endif
