/* admin.h -- /admin/: what needs a password. */
#ifndef RADIO_ADMIN_H
#define RADIO_ADMIN_H

struct client;
struct request;

void admin_answer(struct client *client, const struct request *request);

#endif
