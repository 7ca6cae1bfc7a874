/* kv_orders.c -- what the checking client is told on its standard input, line by line: see
 * kv_check.c. */
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "kv_check.h"

struct orders orders;

void orders_stop(void)
{
    orders.is_stopping = true;
    orders.reading++;
}

static void handle_line(char *line)
{
    line[strcspn(line, "\r\n")] = '\0';
    if (strncmp(line, "mark ", 5) == 0 && !window_is_open()) {
        window_begin(line + 5);
    } else if (strcmp(line, "end") == 0 && window_is_open()) {
        window_end();
    } else if (strncmp(line, "read ", 5) == 0) {
        snprintf(orders.reading_name, sizeof orders.reading_name, "%.60s", line + 5);
        orders.only_reads = true;
        orders.rests = false;
        orders.reading++;
    } else if (strcmp(line, "change") == 0) {
        orders.only_reads = orders.rests = false;
    } else if (strcmp(line, "rest") == 0) {
        orders.rests = true;
        orders.is_rest_told = false;
    } else if (strcmp(line, "stop") == 0) {
        orders_stop();
    } else {
        fprintf(stderr, "kv_check: not understood on standard input: %s\n", line);
    }
}

bool orders_read(void)
{
    static char line[256];
    static size_t length;
    char byte;

    for (;;) {
        struct pollfd input = {STDIN_FILENO, POLLIN, 0};
        if (poll(&input, 1, 0) <= 0)
            return true;
        if (read(STDIN_FILENO, &byte, 1) != 1) {
            orders_stop();
            return false;
        }
        if (length + 1 < sizeof line)
            line[length++] = byte;
        if (byte != '\n')
            continue;
        line[length] = '\0';
        length = 0;
        handle_line(line);
    }
}
