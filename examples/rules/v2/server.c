static int port;
int server_port(void);
int server_port(void) { return port; }
