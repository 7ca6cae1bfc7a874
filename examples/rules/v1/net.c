#include <string.h>
static char buffer[16];
void fill_buffer(void);
int twice(int number);
void fill_buffer(void) { strcpy(buffer, "half a line"); }
int twice(int number) { return 2 * number; }
