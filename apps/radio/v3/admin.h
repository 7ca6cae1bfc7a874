/* admin.h -- /admin/: what needs a password. */
#ifndef RADIO_ADMIN_H
#define RADIO_ADMIN_H

struct connection;
struct request;

void admin_answer(struct connection *connection, const struct request *request);

#endif
