/* main.c -- the second release: says, once it has been updated to, what it has got. */
#include "types.h"

struct {
    long hits, requests;
} statistics;
int total, problems, listener, table_size;
struct config config;
struct position *corner;
struct connection *conns;
struct item *items E_PTRARRAY(2);
struct order *order;
struct source *source;
struct user *user;
enum state state;
struct {
    int count;
} connections;
struct table table;
struct node *nodes;
struct box E_G(int, [opaque]) box;
struct record record;
long start_time;
void (*handler)(void);
int index_of_table;

static long started;
static struct time boot;

int twice(int number);
int configured_limit(void), cache_hits(void), rotate(void), server_port(void);
char *io_buffer(void);

void default_handler(void);
void default_handler(void)
{
}

void rebuild_index(struct table *of);
void rebuild_index(struct table *of)
{
    index_of_table = of->entries[0].number;
}

static void say_rules(void)
{
    printf("first look: %ld %d %ld %d\n", statistics.hits, configured_limit(), config.timeout,
           config.colour);
    printf("rename: %d '%s' %d,%d\n", total, io_buffer(), corner->x, corner->y);
    for (struct connection *conn = conns; conn; conn = conn->next)
        printf("connection %s\n", conn->address);
    printf("convert: %d %ld %ld %ld %d %d\n", items[1].price, items[1].sold, items[1].bought, started,
           source->peak, rotate());
    printf("INIT: %d %s %d %d %d\n", cache_hits(), items[0].tags ? items[0].tags : "none",
           items[0].rank, order->rank, pthread_mutex_trylock(&order->lock));
    printf("DROP: %d %d\n", problems, items[1].size);
    printf("prologue: %d\n", index_of_table);
    printf("kinds: %ld %d %d %ld\n", statistics.requests, table_size, server_port(), boot.seconds);
    printf("values: %s %s %d\n", user->name, user->full, user->has_full);
    printf("versions: %d %ld %d %d\n", connections.count, start_time, handler == default_handler,
           state == BUSY);
    printf("transformers: %d %d %ld %ld %d\n", table.entries[0].number, table.entries[1].number,
           nodes->value, nodes->next->next->value, *(int *)box.key);
    printf("FAIL: %d\n", items[1].count);
}

static void say_macros(void)
{
    printf("pointers: %d %d %d\n", record.one->number, record.many[0].number, record.many[1].number);
    printf("arrays: %d %d %d %d %d\n", record.inside[0].number, record.inside[1].number,
           record.up_to_zero[0].number, record.up_to_zero[1].number, record.up_to_zero[2].number);
    printf("strings: %s %s %s\n", record.words[0], record.words[1], record.name);
    printf("others: %d %d %d %ld %d\n", record.handler == twice, record.bytes[0], record.bytes[2],
           record.number, record.nothing == NULL);
}

int main(void)
{
    int is_new = kitsune_is_updating();

    kitsune_do_automigrate();
    for (;;) {
        kitsune_update("loop");
        if (is_new) {
            say_rules();
            say_macros();
            fflush(stdout);
            is_new = 0;
        }
        usleep(10000);
    }
}
