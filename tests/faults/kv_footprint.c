/* Patched into apps/kv by tests/lib/kv_faults.sh: the commands `echo footprint-take` and `echo
 * footprint-compare SLACK` say whether the process has what it had. */
#define FOOTPRINT_MAPPINGS 6
#define FOOTPRINT_DATA 8192 /* malloc keeps what it was given back */
#include "footprint.h"

#include <kitsune.h>

static struct footprint *E_OPAQUE footprint_before, *E_OPAQUE footprint_now;

/* What clients' buffers hold of malloc's memory depends on what came at once. */
static void take_footprint(struct footprint *footprint)
{
    footprint_take(footprint);
    for (struct client *client = KV_CLIENTS; client; client = client->next)
        footprint->allocated -= (long)(malloc_usable_size(client->input.bytes) +
                                       malloc_usable_size(client->output.bytes));
}

/* What differs is in the reply: the log may be on a disk that is full. */
static void reply_comparison(struct client *client, long slack)
{
    char *text = NULL;
    size_t length = 0;
    FILE *log = stdout;
    take_footprint(footprint_now);
    stdout = open_memstream(&text, &length);
    int differing = footprint_compare(footprint_before, footprint_now, slack);
    fclose(stdout);
    stdout = log;
    for (size_t i = 0; i < length; i++)
        text[i] = text[i] == '\n' ? ';' : text[i];
    reply_status(client, differing ? text : "same");
    free(text);
}

static bool tell_footprint(struct client *client, struct text **arguments)
{
    long slack;
    if (strcmp(arguments[1]->bytes, "footprint-take") == 0) {
        if (!footprint_before)
            footprint_before = calloc(1, sizeof *footprint_before);
        if (!footprint_now)
            footprint_now = calloc(1, sizeof *footprint_now);
        take_footprint(footprint_before);
        reply_status(client, "taken");
        return true;
    }
    if (!footprint_now || sscanf(arguments[1]->bytes, "footprint-compare %ld", &slack) != 1)
        return false;
    reply_comparison(client, slack);
    return true;
}
