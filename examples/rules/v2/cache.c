static int hits = -1;
int cache_hits(void);
int cache_hits(void) { return hits; }
