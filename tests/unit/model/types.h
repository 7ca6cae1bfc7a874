/* types.h -- types of every shape, for the tests of the type model.  The sample program is built
 * with many compilers and options; the test program includes this header too, so that it knows
 * sizes and offsets without anyone having counted them. */
#ifndef MODEL_TYPES_H
#define MODEL_TYPES_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

struct opaque; /* defined nowhere */
struct node;   /* defined in store.c, and otherwise in cache.c */

struct list {
    struct node *head;
    struct list *itself;
    int length;
};

enum colour { RED = -1, GREEN, BLUE = 7 };
enum large { LARGE = 4000000000u };

struct bits {
    unsigned low : 3;
    int middle : 7;
    unsigned long wide : 40;
    bool flag : 1;
    unsigned char after;
    unsigned tail : 31;
};

struct packed {
    char tag;
    int number;
    short last;
} __attribute__((packed));

struct aligned {
    char c;
    double d __attribute__((aligned(32)));
};

struct flexible {
    int count;
    char bytes[];
};

struct zero {
    int count;
    int items[0];
};

union number {
    int i;
    double d;
    char text[3];
};

struct outer {
    int kind;
    union {
        int whole;
        struct {
            short high, low;
        };
    };
    struct {
        char *name;
        int *values;
    } inner[2];
    union number number;
};

struct forest;
struct tree {
    struct tree *left, *right;
    struct forest *forest;
    int key;
};
typedef struct tree tree_t;

struct forest {
    tree_t *trees[4];
    size_t count;
    struct forest *next;
};

typedef struct {
    int x, y;
} point;

typedef int (*callback)(const char *, void *, ...);
typedef float vector __attribute__((vector_size(16)));

struct declarators {
    int matrix[2][3];
    int (*row)[3];
    const char *const names[2];
    char *volatile moving;
    int (*compare)(const void *, const void *);
    int (*(*maker)(int))[3];
    void (*unprototyped)();
    void *anything;
    struct opaque *handle;
    const volatile struct tree *watched;
    unsigned long long u64;
    signed char s8;
    long double ld;
    _Bool b;
    __int128 wide;
    unsigned __int128 uwide;
    float _Complex fc;
    double _Complex dc;
    long double _Complex lc;
    vector v;
    _Atomic int atomic;
    FILE *stream;
    callback call;
    point points[2];
    va_list arguments;
    int *restrict only;
    struct list *lists;
};

/* Where things really are, told by the running code. */
struct whereabouts {
    const char *key;
    const void *address;
};

static int per_unit = 1;

static inline int count_calls(const void **where)
{
    static int calls;

    *where = &calls;
    return ++calls + per_unit++;
}

#endif
