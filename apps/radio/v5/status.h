/* status.h -- what is to be heard, for people and for programs. */
#ifndef RADIO_STATUS_H
#define RADIO_STATUS_H

#include <stdbool.h>

struct client;
struct request;

/* False: the request is about something else. */
bool status_answer(struct client *client, const struct request *request);

#endif
