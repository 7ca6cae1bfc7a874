#!/bin/bash
# Pointers into things: members, elements, ends, statics; to pointers, to functions, to libraries.
. "$(dirname "$0")/../lib/harness.sh"

scene "into members, elements and flexible arrays of what changes" <<'END'
@v1
struct leaf { short a; int b; };
struct tree { struct leaf leaf; struct leaf leaves[100]; int plain[4]; int last; char name[8]; };
struct tail { int count; struct leaf leaves[] E_ARRAY(self.count); };
struct tree *tree, variable;
struct tail *tail;
struct leaf *first, *nested, *element, *of_variable, *of_tail, *end_of_leaves;
int *number, *last, *in_tail, *in_element, *first_number;
short *small;
char *text, *middle_of_text;
static void begin(void)
{
    tree = calloc(1, sizeof *tree);
    tree->leaf = (struct leaf){1, 2};
    for (int i = 0; i < 100; i++)
        tree->leaves[i] = (struct leaf){i, 1000 + i};
    strcpy(tree->name, "oak");
    tree->plain[2] = 30;
    tree->last = 40;
    variable = *tree;
    tail = malloc(sizeof *tail + 5 * sizeof(struct leaf));
    tail->count = 5;
    for (int i = 0; i < 5; i++)
        tail->leaves[i] = (struct leaf){i, 2000 + i};
    first = &tree->leaf;
    nested = &tree->leaves[0];
    element = &tree->leaves[99];
    of_variable = &variable.leaves[50];
    of_tail = &tail->leaves[3];
    end_of_leaves = tree->leaves + 100;
    number = &tree->plain[2];
    last = &tree->last;
    in_tail = &tail->leaves[4].b;
    in_element = &tree->leaves[98].b;
    first_number = &variable.leaf.b;
    small = &tree->leaves[7].a;
    text = tree->name;
    middle_of_text = tree->name + 1;
}
@v2
struct leaf { int b; long more; short a; };
struct tree { int plain[4]; int other; int last; char name[12]; struct leaf leaves[100]; struct leaf leaf; };
struct tail { long count; struct leaf leaves[] E_ARRAY(self.count); };
struct tree *tree, variable;
struct tail *tail;
struct leaf *first, *nested, *element, *of_variable, *of_tail, *end_of_leaves;
int *number, *last, *in_tail, *in_element, *first_number;
short *small;
char *text, *middle_of_text;
static void verify(void)
{
    EXPECT(first == &tree->leaf && first->a == 1 && nested == &tree->leaves[0]);
    EXPECT(element == &tree->leaves[99] && element->b == 1099);
    EXPECT(of_variable == &variable.leaves[50] && of_variable->a == 50);
    EXPECT(of_tail == &tail->leaves[3] && of_tail->b == 2003);
    EXPECT(end_of_leaves == tree->leaves + 100);
    EXPECT(number == &tree->plain[2] && *number == 30 && last == &tree->last && *last == 40);
    EXPECT(in_tail == &tail->leaves[4].b && *in_tail == 2004);
    EXPECT(in_element == &tree->leaves[98].b && *in_element == 1098);
    EXPECT(first_number == &variable.leaf.b);
    EXPECT(small == &tree->leaves[7].a && *small == 7);
    EXPECT(text == tree->name && middle_of_text == tree->name + 1 && strcmp(text, "oak") == 0);
}
END

scene "into statics of functions and files, one past the end, to pointers" <<'END'
@v1
struct node { short v; struct node *next; };
static struct node pool[4];
static int counters[3];
struct node *free_list = pool, *pool_end = pool + 4;
int *counter = &counters[1], *counters_end = counters + 3;
static int *tick(void) { static int ticks = 3; ticks++; return &ticks; }
int *ticks;
struct node *head;
struct node **E_PTR link_to = &head;
struct node **E_PTR tail_link;
struct node **E_PTR *link_to_link = &link_to;
static void begin(void)
{
    for (int i = 0; i < 4; i++)
        pool[i] = (struct node){i, i < 3 ? &pool[i + 1] : NULL};
    free_list = &pool[2];
    counters[1] = 8;
    ticks = tick();
    head = malloc(sizeof *head);
    *head = (struct node){9, NULL};
    tail_link = &head->next;
}
@v2
struct node { struct node *next; long more; int v; };
static int counters[5];
static struct node pool[4];
struct node *free_list = pool, *pool_end = pool + 4;
int *counter = &counters[1], *counters_end = counters + 3;
static int *tick(void) { static int ticks = 3; ticks++; return &ticks; }
int *ticks;
struct node *head;
struct node **E_PTR link_to = &head;
struct node **E_PTR tail_link;
struct node **E_PTR *link_to_link = &link_to;
static void verify(void)
{
    EXPECT(free_list == &pool[2] && free_list->v == 2 && free_list->next == &pool[3]);
    EXPECT(pool_end == pool + 4);
    EXPECT(counter == &counters[1] && *counter == 8);
    EXPECT(tick() == ticks && *ticks == 5);
    EXPECT(link_to == &head && tail_link == &head->next && head->v == 9);
    EXPECT(link_to_link == &link_to && **link_to_link == head);
}
@xf
counters_end -> counters_end: {}
END

scene "to pointers on the heap, and to pointers to arrays" <<'END'
@v1
struct node { short v; };
struct node **E_PTR one;
struct node **E_PTR *E_PTR two;
struct node *E_PTRARRAY(3) *E_PTR list;
int (*rows)[4];
int (**E_PTR rows_pointer)[4];
typedef struct node *node_pointer;
node_pointer by_typedef;
typedef struct node *node_array[2];
node_array pair_of_nodes, *to_pair;
static struct node *node(int v) { struct node *n = malloc(3 * sizeof *n); n[0].v = n[1].v = n[2].v = v; return n; }
static struct node *single(int v) { struct node *n = malloc(sizeof *n); n->v = v; return n; }
static void begin(void)
{
    one = malloc(sizeof *one);
    *one = single(1);
    two = malloc(sizeof *two);
    *two = one;
    list = malloc(sizeof *list);
    *list = node(3);
    rows = calloc(1, sizeof *rows);
    rows[0][3] = 4;
    rows_pointer = &rows;
    by_typedef = *one;
    pair_of_nodes[1] = single(5);
    to_pair = &pair_of_nodes;
}
@v2
struct node { long more; int v; };
struct node **E_PTR one;
struct node **E_PTR *E_PTR two;
struct node *E_PTRARRAY(3) *E_PTR list;
int (*rows)[4];
int (**E_PTR rows_pointer)[4];
typedef struct node *node_pointer;
node_pointer by_typedef;
typedef struct node *node_array[2];
node_array pair_of_nodes, *to_pair;
static void verify(void)
{
    EXPECT((*one)->v == 1 && *two == one && by_typedef == *one);
    EXPECT((*list)[0].v == 3 && (*list)[2].v == 3);
    EXPECT(rows[0][3] == 4 && rows_pointer == &rows);
    EXPECT(pair_of_nodes[1]->v == 5 && to_pair == &pair_of_nodes);
}
END

scene "functions: renamed, static, of libraries, NULL, in tables, arrays and structs" <<'END'
@v1
#include <ctype.h>
typedef int (*operation)(int);
struct handler { const char *name; operation run; };
static int twice(int n) { return 2 * n; }
static int thrice(int n) { return 3 * n; }
int global_one(int n) { return n; }
static const struct handler table[] = {{"twice", twice}, {"upper", toupper}, {"none", NULL}};
const struct handler *current = &table[1];
operation choices[4], *E_PTR choice = &choices[2];
struct { struct { operation inside; } nested[2]; } deep;
operation (*chooser)(int);
static operation choose(int n) { return n ? twice : thrice; }
operation *E_PTRARRAY(2) heap_table;
static void begin(void)
{
    choices[0] = twice;
    choices[1] = toupper;
    choices[3] = global_one;
    choices[2] = thrice;
    deep.nested[1].inside = thrice;
    chooser = choose;
    heap_table = malloc(2 * sizeof *heap_table);
    heap_table[0] = global_one;
    heap_table[1] = chooser(1);
    EXPECT(current->run('a') == 'A');
}
@v2
#include <ctype.h>
typedef int (*operation)(int);
struct handler { operation run; long more; const char *name; };
int doubled(int n) { return 2 * n + 1000; }
static int thrice(int n) { return 3 * n + 1000; }
static int now_static(int n) { return n + 1000; }
static const struct handler table[] = {{doubled, 0, "twice"}, {toupper, 0, "upper"}, {NULL, 0, "none"}};
const struct handler *current = &table[1];
operation choices[4], *E_PTR choice = &choices[2];
struct { struct { operation inside; } nested[2]; } deep;
operation (*chooser)(int);
operation choose_again(int n) { return n ? doubled : now_static; }
operation *E_PTRARRAY(2) heap_table;
static void verify(void)
{
    EXPECT(current == &table[1] && current->run('a') == 'A');
    EXPECT(choices[0](1) == 1002 && choices[1] == toupper && choices[3](1) == 1001);
    EXPECT((*choice)(1) == 1003 && deep.nested[0].inside == NULL);
    EXPECT(deep.nested[1].inside == thrice && chooser == choose_again);
    EXPECT(heap_table[0] == now_static && heap_table[1] == doubled);
}
@xf
app.c/twice -> doubled
global_one -> app.c/now_static
app.c/choose -> choose_again
END

refused_scene "a function that is gone" \
    "function pointer leads to the old function app\.c/gone, which the new version does not have; name the function that takes its place: app\.c/gone -> NEWNAME" <<'END'
@v1
static int gone(int n) { return n + 1; }
int (*run)(int) = gone;
static void begin(void) { }
static void unharmed(void) { EXPECT(run(1) == 2); }
@v2
int (*run)(int);
static void verify(void) { }
END

refused_scene "a variable that is gone, pointed to" \
    "pointer leads to the old variable total, which the new version does not have; if it was renamed, add the rule: total -> NEWNAME" <<'END'
@v1
int total = 3;
int *watched = &total;
static void begin(void) { total++; }
static void unharmed(void) { EXPECT(watched == &total && total == 4); }
@v2
int *watched;
static void verify(void) { }
END

scene "what libraries own is copied and never walked" <<'END'
@v1
#include <dirent.h>
#include <pthread.h>
#include <time.h>
#include <sys/stat.h>
#include <regex.h>
struct worker {
    short id;
    FILE *log;
    DIR *directory;
    pthread_mutex_t lock;
    struct timespec since;
    struct stat status;
    struct tm *local;
    regex_t pattern;
    struct worker *next;
} *worker;
pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;
FILE *out;
static void begin(void)
{
    worker = calloc(1, sizeof *worker);
    worker->id = 7;
    worker->log = tmpfile();
    fputs("written by the old version;", worker->log);
    worker->directory = opendir("/");
    pthread_mutex_init(&worker->lock, NULL);
    pthread_mutex_lock(&worker->lock);
    worker->since.tv_nsec = 5;
    stat("/", &worker->status);
    worker->local = malloc(sizeof *worker->local);
    worker->local->tm_year = 99;
    regcomp(&worker->pattern, "^a+b$", REG_EXTENDED);
    pthread_mutex_lock(&global_lock);
    out = stdout;
}
@v2
#include <dirent.h>
#include <pthread.h>
#include <time.h>
#include <sys/stat.h>
#include <regex.h>
struct worker {
    struct worker *next;
    regex_t pattern;
    struct tm *local;
    struct stat status;
    struct timespec since;
    pthread_mutex_t lock;
    DIR *directory;
    FILE *log;
    int id;
} *worker;
pthread_mutex_t global_lock = PTHREAD_MUTEX_INITIALIZER;
FILE *out;
static void verify(void)
{
    char line[64] = "";

    fputs("continued by the new\n", worker->log);
    rewind(worker->log);
    EXPECT(fgets(line, sizeof line, worker->log) != NULL);
    EXPECT(strcmp(line, "written by the old version;continued by the new\n") == 0);
    EXPECT(readdir(worker->directory) != NULL && worker->id == 7);
    EXPECT(pthread_mutex_trylock(&worker->lock) != 0 && pthread_mutex_unlock(&worker->lock) == 0);
    EXPECT(worker->since.tv_nsec == 5 && S_ISDIR(worker->status.st_mode));
    EXPECT(worker->local->tm_year == 99);
    EXPECT(regexec(&worker->pattern, "aab", 0, NULL, 0) == 0);
    EXPECT(regexec(&worker->pattern, "ba", 0, NULL, 0) != 0);
    EXPECT(pthread_mutex_trylock(&global_lock) != 0 && out == stdout);
}
END

scene "unnamed objects of the old version's image" <<'END'
@v1
struct node { int v; struct node *next; };
struct node *list = &(struct node){1, &(struct node){2, NULL}};
int *numbers E_PTRARRAY(3) = (int[]){3, 4, 5};
const char *const *names E_PTRARRAY(2) = (const char *const[]){"six", "seven"};
static void begin(void)
{
    list->v = 10;
    numbers[0] = 30;
}
@v2
struct node { int v; struct node *next; };
struct node *list;
int *numbers E_PTRARRAY(3);
const char *const *names E_PTRARRAY(2);
static void verify(void)
{
    EXPECT(list->v == 10 && list->next->v == 2 && list->next->next == NULL);
    EXPECT(numbers[0] == 30);
}
END

scene "pointers to void that say what they lead to" <<'END'
@v1
struct item { short v; };
void E_T(struct item) *typed;
void *E_T(struct item) behind;
struct holder { void E_T(struct item) *items E_PTRARRAY(self.n); int n; void *E_T(int *) pointer; } *holder;
static void begin(void)
{
    typed = malloc(sizeof(struct item));
    ((struct item *)typed)->v = 3;
    behind = typed;
    holder = calloc(1, sizeof *holder);
    holder->n = 3;
    struct item *items = calloc(3, sizeof *items);
    items[2].v = 5;
    holder->items = items;
}
@v2
struct item { long more; int v; };
void E_T(struct item) *typed;
void *E_T(struct item) behind;
struct holder { void *E_T(int *) pointer; void E_T(struct item) *items E_PTRARRAY(self.n); long n; } *holder;
static void verify(void)
{
    EXPECT(((struct item *)typed)->v == 3 && behind == typed);
    EXPECT(((struct item *)holder->items)[2].v == 5 && holder->n == 3);
}
END

scene "into tables of constants and structs with a flexible end; one variable's own rules" <<'END'
@v1
struct message { int length; char text[]; };
struct config { int a, b; struct { int x, y; } deep; } one, two, *heap;
static struct message greeting = {5, "hello"};
struct message *to_greeting = &greeting;
struct entry { const char *name; int value; };
static const struct entry table[] = {{"a", 1}, {"b", 2}, {"c", 3}};
const struct entry *current = &table[1];
const int *value = &table[2].value;
const char *const *name = &table[2].name;
static void begin(void)
{
    one = (struct config){1, 2, {3, 4}};
    two = one;
    heap = malloc(sizeof *heap);
    *heap = one;
    greeting.text[0] = 'H';
}
@v2
struct message { int length; char text[]; };
struct config { int b, a; struct { long y, x; } deep; } one, two, *heap;
static struct message greeting = {5, "other"};
struct message *to_greeting;
struct entry { int value; long more; const char *name; };
static const struct entry table[] = {{1, 0, "a"}, {2, 0, "b"}, {3, 0, "c"}};
const struct entry *current;
const int *value;
const char *const *name;
static void verify(void)
{
    EXPECT(one.a == 100 && one.b == 2 && one.deep.x == 300 && one.deep.y == 4);
    EXPECT(two.a == 1 && two.deep.x == 3 && heap->a == 1 && heap->deep.x == 3);
    EXPECT(to_greeting == &greeting && greeting.length == 5);
    EXPECT(current == &table[1] && value == &table[2].value && name == &table[2].name);
}
@xf
one.a -> one.a, one.deep.x -> one.deep.x: { $out = 100 * $in; }
END

scene "a pointer to the start of an array behind a struct of two pointers" <<'END'
@v1
struct item { int value; };
struct two { struct item *a, *b; };
struct table { struct two first; struct item *slots[3]; };
struct table *table;
struct item **cursor E_PTR;
static void begin(void)
{
    table = calloc(1, sizeof *table);
    table->slots[0] = calloc(1, sizeof *table->slots[0]);
    cursor = &table->slots[0];
}
@v2
struct item { int value; };
struct two { struct item *a, *b; };
struct table { struct item *slots[3]; long more; struct two first; };
struct table *table;
struct item **cursor E_PTR;
static void verify(void)
{
    EXPECT(cursor == &table->slots[0]);
}
END

end_of_test
