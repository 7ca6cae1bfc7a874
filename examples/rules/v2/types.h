/* types.h -- the types that docs/xf-language.md changes, as they are now. */
#include <kitsune.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

struct config {
    long timeout; /* milliseconds */
    int colour;
};

struct position {
    int x, y;
};

struct connection {
    char address[40];
    struct connection *next;
};

struct buffer {
    int size;
    char *bytes E_PTRARRAY(self.size);
};

struct item {
    int id;
    int price; /* hundredths */
    long sold, bought;
    unsigned short count;
    char *tags;
    int rank;
    int size;
};

typedef pthread_mutex_t lock_t;

struct order {
    int number;
    int rank;
    lock_t lock;
};

struct source {
    int listeners;
    int peak;
};

struct user {
    char *name;
    char *first_name;
    char *full;
    int has_full;
};

enum state { IDLE, STARTING, BUSY };

struct time {
    long seconds;
    long nanoseconds;
};

struct entry {
    long more;
    int number;
};

struct table {
    int count, capacity;
    struct entry *entries E_PTRARRAY(self.count);
};

struct node {
    long value;
    struct node *next;
};

struct box {
    void *E_T(@key) key;
    void *E_T(@value) value;
} E_GENERIC(@key, @value);

struct record {
    void *nothing E_OPAQUE;
    long number;
    char bytes[3];
    int (*handler)(int);
    char *name;
    char **words;
    struct entry *up_to_zero;
    struct entry inside[2];
    struct entry *many;
    int count;
    struct entry *one;
};
