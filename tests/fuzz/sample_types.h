/* sample_types.h -- types of every kind, for the programs that the fuzz targets start from. */
#include <stddef.h>

typedef unsigned long number;
typedef int (*compare_function)(const void *, const void *);
typedef struct {
    char *text;
    size_t length;
} string;

enum colour { RED = -1, GREEN, BLUE = 1 << 20 };

struct node {
    struct node *next, **owner;
    const char *name;
    unsigned low : 3, high : 29;
    union {
        number value;
        double real;
        struct {
            short x, y;
        };
    };
    struct {
        string strings[2][3];
    } inner;
    enum colour colour;
};

struct table {
    compare_function compare;
    volatile _Bool is_open;
    long double ratio;
    struct unknown *unknown;
    _Alignas(64) char line[64];
    size_t count;
    struct node *nodes[];
};
