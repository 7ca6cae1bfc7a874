/* settings.c -- the command line: memcached's options, as far as they mean something here. */
#include "settings.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

struct settings settings = {
    .port = 11211,
    .worker_count = 4,
    .connection_limit = 1024,
    .memory_limit = 64u << 20,
    .item_size_limit = 1u << 20,
};

static void print_usage(FILE *stream)
{
    fprintf(stream,
            "usage: cache [options]\n"
            "  -p, --port PORT           listen at this port of 127.0.0.1; 0: any free one\n"
            "                            (default 11211)\n"
            "  -m, --memory-limit MB     memory for items (default 64)\n"
            "  -c, --conn-limit N        connections at a time (default 1024)\n"
            "  -t, --threads N           worker threads (default 4)\n"
            "  -I, --max-item-size SIZE  bytes of an item, k and m are understood (default 1m)\n"
            "  -v, --verbose             say more about what happens\n"
            "      --port-file FILE      write the port there when connections are accepted\n"
            "  -V, --version             print the version\n");
}

static size_t parse_number(const char *option, const char *word, size_t least, size_t most)
{
    char *end;
    errno = 0;
    unsigned long number = strtoul(word, &end, 10);

    if (option[1] == 'I' && (*end == 'k' || *end == 'K'))
        number <<= 10, end++;
    else if (option[1] == 'I' && (*end == 'm' || *end == 'M'))
        number <<= 20, end++;
    if (*word < '0' || *word > '9' || *end || errno || number < least || number > most) {
        fprintf(stderr, "cache: %s %s: not a number between %zu and %zu\n", option, word, least,
                most);
        exit(2);
    }
    return number;
}

void settings_parse(int argc, char **argv)
{
    enum { PORT_FILE = 256, HELP };
    static const struct option known[] = {
        {"port", required_argument, NULL, 'p'},
        {"memory-limit", required_argument, NULL, 'm'},
        {"conn-limit", required_argument, NULL, 'c'},
        {"threads", required_argument, NULL, 't'},
        {"max-item-size", required_argument, NULL, 'I'},
        {"verbose", no_argument, NULL, 'v'},
        {"port-file", required_argument, NULL, PORT_FILE},
        {"version", no_argument, NULL, 'V'},
        {"help", no_argument, NULL, HELP},
        {0}};
    int option;

    while ((option = getopt_long(argc, argv, "p:m:c:t:I:vV", known, NULL)) != -1) {
        switch (option) {
        case 'p':
            settings.port = (int)parse_number("-p", optarg, 0, 65535);
            break;
        case 'm':
            settings.memory_limit = parse_number("-m", optarg, 1, 1u << 20) << 20;
            break;
        case 'c':
            settings.connection_limit = (int)parse_number("-c", optarg, 1, 1000000);
            break;
        case 't':
            settings.worker_count = (int)parse_number("-t", optarg, 1, 256);
            break;
        case 'I':
            settings.item_size_limit = parse_number("-I", optarg, 1024, 128u << 20);
            break;
        case 'v':
            settings.verbosity++;
            break;
        case PORT_FILE:
            settings.port_file = optarg;
            break;
        case 'V':
            printf("cache %s\n", CACHE_VERSION);
            exit(0);
        case HELP:
            print_usage(stdout);
            exit(0);
        default:
            print_usage(stderr);
            exit(2);
        }
    }
    if (optind < argc) {
        fprintf(stderr, "cache: what is \"%s\"? Options begin with \"-\"; see cache --help\n",
                argv[optind]);
        exit(2);
    }
}

void settings_announce(int port)
{
    printf("cache %s listening at 127.0.0.1:%d\n", CACHE_VERSION, port);
    fflush(stdout);
    if (!settings.port_file)
        return;
    FILE *file = fopen(settings.port_file, "w");
    if (!file || fprintf(file, "%d\n", port) < 0 || fclose(file) != 0) {
        fprintf(stderr, "cache: cannot write the port to %s: %s\n", settings.port_file,
                strerror(errno));
        exit(1);
    }
}
