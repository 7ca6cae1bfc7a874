/* lru_thread.h -- the thread that moves items between the hot, warm and cold lists. */
#ifndef CACHE_LRU_THREAD_H
#define CACHE_LRU_THREAD_H

/* Unless it runs already: a release that knew nothing of it may have started the server. */
void lru_thread_start(void);
/* Ends it, and waits for that. */
void lru_thread_stop(void);

#endif
