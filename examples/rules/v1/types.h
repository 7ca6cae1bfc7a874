/* types.h -- the types that docs/xf-language.md changes, as they were. */
#include <kitsune.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    int timeout; /* seconds */
};

struct point {
    int x, y;
};

struct conn {
    char addr[16];
    struct conn *next;
};

struct buffer {
    int size;
    char *bytes E_PTRARRAY(self.size);
};

struct item {
    int id;
    int price; /* whole units */
    int sold, bought;
    int count;
    int colour, weight;
    struct buffer *buffer;
};

struct order {
    int number;
};

struct source {
    int listeners;
};

struct user {
    const char *name;
    char *first_name;
    char *full;
};

enum state { STOPPED, RUNNING };

typedef struct {
    long seconds;
} stamp;

struct entry {
    int number;
};

struct table {
    int count, capacity;
    struct entry *entries E_PTRARRAY(self.count);
};

struct node {
    int value;
    struct node *next;
};

struct box {
    void *E_T(@key) key;
    void *E_T(@value) value;
} E_GENERIC(@key, @value);

struct record {
    struct entry *one;
    int count;
    struct entry *many;
    struct entry inside[2];
    struct entry *up_to_zero;
    char **words;
    char *name;
    int (*handler)(int);
    char bytes[3];
    int number;
    void *nothing E_OPAQUE;
};
