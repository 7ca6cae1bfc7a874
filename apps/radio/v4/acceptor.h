/* acceptor.h -- the listening socket, and the thread that accepts connections. */
#ifndef RADIO_ACCEPTOR_H
#define RADIO_ACCEPTOR_H

void acceptor_start(void);
/* No more connections are accepted. */
void acceptor_stop(void);

#endif
