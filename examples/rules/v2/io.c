static char buffer[16];
char *io_buffer(void);
int twice(int number);
char *io_buffer(void) { return buffer; }
int twice(int number) { return 2 * number; }
