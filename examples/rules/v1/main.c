/* main.c -- a program without a purpose, that has one of everything that docs/xf-language.md has a
 * rule for.  This release makes it, and waits.
 */
#include "types.h"

int hits = 5, requests = 6, counter = 7, errors = 8, warnings = 9, listener = 3;
struct config config = {.timeout = 30};
struct point *corner;
struct conn *conns;
struct item *items E_PTRARRAY(2);
struct order *order;
struct source *source;
struct user *user;
enum state state = RUNNING;
struct {
    int size;
} old_table = {16};
struct {
    struct conn *first;
} connections;
struct table table;
struct node *nodes;
struct box E_G(int, [opaque]) box;
struct record record;

static int started;
static stamp boot;

int twice(int number);
void set_limit(int limit), fill_buffer(void), rotate(void);

static struct entry *entries(int first, int count)
{
    struct entry *entries = calloc((size_t)count, sizeof *entries);

    for (int i = 0; i < count; i++)
        entries[i].number = first + i;
    return entries;
}

static void make_record(void)
{
    record = (struct record){.one = entries(1, 1), .count = 2, .many = entries(10, 2),
                             .inside = {{20}, {21}}, .up_to_zero = entries(-2, 3),
                             .words = calloc(2, sizeof(char *)), .name = strdup("name"),
                             .handler = twice, .bytes = {1, 2, 3}, .number = 7};
    record.words[0] = strdup("first");
    record.words[1] = strdup("second");
}

static void make_everything(int count)
{
    started += 10;
    boot.seconds += 1234;
    corner = malloc(sizeof *corner);
    *corner = (struct point){1, 2};
    for (int i = 0; i < 3; i++) {
        struct conn *conn = calloc(1, sizeof *conn);
        snprintf(conn->addr, sizeof conn->addr, "10.0.0.%d", i);
        conn->next = conns;
        conns = conn;
        struct node *node = calloc(1, sizeof *node);
        *node = (struct node){i, nodes};
        nodes = node;
    }
    connections.first = conns;
    items = calloc(2, sizeof *items);
    for (int i = 0; i < 2; i++) {
        items[i] = (struct item){.id = i, .price = 3, .sold = 4, .bought = 5, .count = count};
        items[i].buffer = malloc(sizeof *items[i].buffer);
        *items[i].buffer = (struct buffer){11, calloc(1, 11)};
    }
    order = calloc(1, sizeof *order);
    order->number = 21;
    source = calloc(1, sizeof *source);
    source->listeners = 17;
    user = calloc(1, sizeof *user);
    user->first_name = strdup("Ann");
    user->full = strdup("Ann Other");
    table = (struct table){2, 4, entries(30, 4)};
    box.key = malloc(sizeof(int));
    *(int *)box.key = 42;
    box.value = &hits;
    make_record();
    set_limit(99);
    fill_buffer();
    rotate();
}

int main(int argc, char **argv) E_NOTELOCALS;
int main(int argc, char **argv)
{
    /* The update is given up when there are too many of an item, or the listener is none. */
    int port = argc > 1 ? atoi(argv[1]) : 7070;

    make_everything(argc > 2 ? atoi(argv[2]) : 6);
    if (argc > 3)
        listener = atoi(argv[3]);
    for (;;) {
        kitsune_update("loop");
        usleep(started * 1000 + port + (int)boot.seconds);
    }
}
