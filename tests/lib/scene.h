/* scene.h -- what the small programs of the end-to-end tests begin with; see harness.sh. */
#include <kitsune.h>

#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* Checks a condition and says so in a line that the harness counts. */
#define EXPECT(...) expect(!!(__VA_ARGS__), #__VA_ARGS__, __LINE__)

static inline void expect(int holds, const char *condition, int line)
{
    printf("%s: %s (v%d, line %d)\n", holds ? "pass" : "FAIL", condition, VERSION, line);
    fflush(stdout);
}
