/* options.c -- the command line. */
#include "options.h"

#include <errno.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "version.h"

struct options options = {.port = 6399, .bind = "127.0.0.1"};

static void print_usage(FILE *stream)
{
    fprintf(stream,
            "usage: kv [options]\n"
            "  --port PORT       listen at this port; 0: any free one (default 6399)\n"
            "  --bind ADDRESS    listen at this IPv4 address (default 127.0.0.1)\n"
            "  --load FILE       begin with what was saved there\n"
            "  --save FILE       SAVE, and ending the server, write there\n"
            "  --port-file FILE  write the port there when connections are accepted\n"
            "  --version         print the version\n");
}

static int parse_port(const char *word)
{
    char *end;
    long port = strtol(word, &end, 10);

    if (*word == '\0' || *end != '\0' || port < 0 || port > 65535) {
        fprintf(stderr, "kv: --port %s: not a number between 0 and 65535\n", word);
        exit(2);
    }
    return (int)port;
}

void options_parse(int argc, char **argv)
{
    enum { PORT = 1, BIND, LOAD, SAVE, PORT_FILE, VERSION, HELP };
    static const struct option known[] = {
        {"port", required_argument, NULL, PORT}, {"bind", required_argument, NULL, BIND},
        {"load", required_argument, NULL, LOAD}, {"save", required_argument, NULL, SAVE},
        {"port-file", required_argument, NULL, PORT_FILE},
        {"version", no_argument, NULL, VERSION}, {"help", no_argument, NULL, HELP}, {0}};
    int option;

    while ((option = getopt_long(argc, argv, "", known, NULL)) != -1) {
        switch (option) {
        case PORT:
            options.port = parse_port(optarg);
            break;
        case BIND:
            options.bind = optarg;
            break;
        case LOAD:
            options.load = optarg;
            break;
        case SAVE:
            options.save = optarg;
            break;
        case PORT_FILE:
            options.port_file = optarg;
            break;
        case VERSION:
            printf("kv %s\n", KV_VERSION);
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
        fprintf(stderr, "kv: what is \"%s\"? Options begin with \"--\"; see kv --help\n",
                argv[optind]);
        exit(2);
    }
}

void options_announce(int port)
{
    printf("kv %s listening at %s:%d\n", KV_VERSION, options.bind, port);
    fflush(stdout);
    if (!options.port_file)
        return;
    FILE *file = fopen(options.port_file, "w");
    if (!file || fprintf(file, "%d\n", port) < 0 || fclose(file) != 0) {
        fprintf(stderr, "kv: cannot write the port to %s: %s\n", options.port_file,
                strerror(errno));
        exit(1);
    }
}
