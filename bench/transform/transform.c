/* transform.c -- what converting the heap costs, beside a loop written by hand.
 *
 * For each shape of heap, in one run and in turn: the hand-written loop that frees each old object
 * at once; the same keeping the old objects until the end, so that it could still be given up; and
 * the engine, twice: as for an .xf file without code (old objects may be converted in their own
 * memory) and as for one with code.  Times are nanoseconds an object, from the first pointer to
 * the last free; of several rounds the best, because other work on the machine only adds.
 *
 *      bench-transform [OBJECTS [ROUNDS]]
 */
#include "shapes.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "../../runtime/heap/heap.h"

enum way { BY_HAND, BY_HAND_KEEPING, BY_ENGINE_PLAIN, BY_ENGINE_WITH_CODE, WAYS };

static uint64_t bookkeeping;

void update_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    fputs("bench-transform: the update failed: ", stderr);
    vfprintf(stderr, format, arguments);
    fputc('\n', stderr);
    exit(EXIT_FAILURE);
}

void update_fail_at(const char *file, int line, const char *text)
{
    update_fail("%s:%d: %s", file, line, text);
}

static double now(void)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void convert_by_engine(struct old_roots *in, struct new_roots *out, uint32_t flags)
{
    const struct kitsune_transformer transformer = {.abi = KITSUNE_TRANSFORMER_ABI,
                                                    .flags = flags};
    const struct heap_setup setup = {.transformer = &transformer};
    struct heap_statistics statistics;

    heap_begin(&setup);
    heap_migrate(convert_roots, in, out, sizeof *out);
    heap_drain();
    heap_finish();
    heap_commit();
    heap_read_statistics(&statistics);
    bookkeeping = statistics.bookkeeping_bytes;
}

static double run_once(const struct shape *shape, enum way way, long count)
{
    static struct old_roots in;
    static struct new_roots out;
    double start, end;

    in = (struct old_roots){0};
    out = (struct new_roots){0};
    shape->build(&in, count);
    start = now();
    switch (way) {
    case BY_HAND:
        shape->convert(&in, &out);
        break;
    case BY_HAND_KEEPING:
        shape->convert_keeping(&in, &out);
        break;
    case BY_ENGINE_PLAIN:
        convert_by_engine(&in, &out, KITSUNE_TRANSFORMER_SELF_CONTAINED |
                                         KITSUNE_TRANSFORMER_NO_INNER_STRINGS);
        break;
    default:
        convert_by_engine(&in, &out, 0);
        break;
    }
    end = now();
    if (!shape->check(&out, count)) {
        fprintf(stderr, "bench-transform: %s came out wrong\n", shape->name);
        exit(EXIT_FAILURE);
    }
    shape->destroy(&out);
    return (end - start) / (double)count;
}

static void measure(const struct shape *shape, long count, long rounds)
{
    double best[WAYS], bytes = 0;
    long round;
    int way;

    for (way = 0; way < WAYS; way++)
        best[way] = 1e18;
    for (round = 0; round < rounds; round++)
        for (way = 0; way < WAYS; way++) {
            double time = run_once(shape, way, count);

            if (time < best[way])
                best[way] = time;
            if (way == BY_ENGINE_PLAIN)
                bytes = (double)bookkeeping / (double)count;
        }
    printf("%-26s %8ld %8.1f %8.1f %8.1f %8.1f %7.2f %7.2f %6.0f\n", shape->name, count,
           best[BY_HAND], best[BY_HAND_KEEPING], best[BY_ENGINE_PLAIN],
           best[BY_ENGINE_WITH_CODE], best[BY_ENGINE_PLAIN] / best[BY_HAND],
           best[BY_ENGINE_WITH_CODE] / best[BY_HAND], bytes);
    fflush(stdout);
}

int main(int argc, char **argv)
{
    long count = argc > 1 ? atol(argv[1]) : 1000000, rounds = argc > 2 ? atol(argv[2]) : 7;
    int i;

    if (count < 1 || rounds < 1) {
        fputs("usage: bench-transform [OBJECTS [ROUNDS]]\n", stderr);
        return 2;
    }
    puts("Transformation, ns an object (best of several rounds; commit included)\n"
         "  by hand: each old object freed at once; keeping: freed at the end, as an update must\n"
         "  no code: .xf without code, old memory reused where it fits; code: .xf with rules\n");
    printf("%-26s %8s %8s %8s %8s %8s %7s %7s %6s\n", "", "objects", "by hand", "keeping",
           "no code", "code", "ratio", "ratio", "bytes");
    printf("%-26s %8s %8s %8s %8s %8s %7s %7s %6s\n", "", "", "", "", "", "", "no code", "code",
           "/obj");
    for (i = 0; i < shape_count; i++)
        measure(&shapes[i], count, rounds);
    measure(&shapes[0], count / 100 ? count / 100 : 1, 20 * rounds);
    return 0;
}
