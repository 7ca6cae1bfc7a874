static int limit;
int configured_limit(void);
int configured_limit(void) { return limit; }
