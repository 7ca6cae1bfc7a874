/* main.c -- the sample program's first unit: variables of every kind. */
#include "types.h"

#define RECORD(kind, subject, path, level, annotation, argument, place)                          \
    __asm__(".pushsection .kitsune,\"MS\",@progbits,1\n\t.asciz \"" kind "\\t" subject "\\t" path \
            "\\t" #level "\\t" annotation "\\t" argument "\\t" place "\"\n\t.popsection")

RECORD("function", "main.c/main", "", 0, "NOTELOCALS", "", "main.c:1");
RECORD("type", "struct outer", "inner.values", 0, "PTRARRAY", "3", "types.h:77");
RECORD("variable", "main.c/file_static", "", 0, "MANUAL_MIGRATE", "", "main.c:1");
RECORD("local", "main.c/main#pending", "", 0, "OPAQUE", "", "main.c:1");

struct declarators declarators;
struct outer outer;
struct bits bits;
struct packed packed;
struct aligned aligned;
struct flexible *flexible;
struct zero *zero;
union number number;
enum colour colour = BLUE;
enum large large = LARGE;
struct forest forest;
struct tree *main_tree;
struct list main_list;

int initialised = 5;
int zeroed;
static int file_static = 3;
static int write_only;
const int constant_global = 7;
static const int table[] = {1, 2, 3, 5, 8, 13, 21, 34};
const char *const names[] = {"one", "two"};
__thread int thread_global = 1;
static __thread int thread_static = 2;

extern int array[];
int array[10] = {1};
extern int elsewhere;
extern int defined_nowhere; /* used by no one */

#define EXPORTED __attribute__((visibility("default")))

EXPORTED struct whereabouts whereabouts[40];
static int known;

void know(const char *key, const void *address)
{
    whereabouts[known++] = (struct whereabouts){key, address};
}

void know_store(void);
void know_cache(void);

int add(int n)
{
    static int total;

    if (n == 0) {
        static int total = 1; /* another one, in a block of its own */

        know("main.c/add#total@2", &total);
    }
    know("main.c/add#total", &total);
    write_only = n;
    total += n * elsewhere + table[n & 7];
    return total;
}

__attribute__((noinline)) static int helper(int n)
{
    static int last = 4;

    know("main.c/helper#last", &last);
    last = last * n + file_static++;
    return last;
}

/* Fills in whereabouts; called by the tests. */
EXPORTED void tell(void)
{
    const void *calls;

    known = 0;
    know("initialised", &initialised);
    know("zeroed", &zeroed);
    know("main.c/file_static", &file_static);
    know("constant_global", &constant_global);
    know("main.c/table", &table);
    know("names", &names);
    know("thread_global", &thread_global);
    know("main.c/thread_static", &thread_static);
    know("array", &array);
    know("elsewhere", &elsewhere);
    know("main.c/per_unit", &per_unit);
    know("declarators", &declarators);
    know("add", add);
    know("main.c/helper", helper);
    know("tell", tell);
    add(0);
    helper(1);
    thread_static++;
    count_calls(&calls);
    know("main.c/count_calls#calls", calls);
    know_store();
    know_cache();
}

EXPORTED int main(int argc, char **argv)
{
    long pending = argc;
    struct tree *root = main_tree;
    static int starts;

    starts++;
    for (int i = 0; i < argc; i++) {
        char *pending = argv[i]; /* the outer one counts */

        if (pending && root)
            array[i & 7] += root->key + helper(i);
    }
    return add((int)pending) + thread_static + starts;
}
