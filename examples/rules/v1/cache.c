static int limit, misses = 4;
void set_limit(int to);
int missed(void);
void set_limit(int to) { limit = to; }
int missed(void) { return misses++ < limit; }
