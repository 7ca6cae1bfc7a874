/* defaults.h -- a header that the rules include. */
#define DEFAULT_NAME "nobody"
