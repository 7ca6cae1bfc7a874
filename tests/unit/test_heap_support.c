/* test_heap_support.c -- see test_heap_support.h.  Linked with --wrap for malloc, calloc, free and
 * mmap. */
#include "test_heap_support.h"

#include <errno.h>
#include <stdarg.h>
#include <stdint.h>
#include <sys/mman.h>
#include <unistd.h>

struct fake_image old_image __attribute__((aligned(4096)));
struct fake_image new_image __attribute__((aligned(4096)));
char old_stack[4096] __attribute__((aligned(16)));
struct kitsune_transformer transformer;
bool old_is_read;

/* ---- Failures -------------------------------------------------------------------------------- */

jmp_buf failure_return;
bool failure_expected;
char failure_message[1024];

void update_fail(const char *format, ...)
{
    va_list arguments;

    va_start(arguments, format);
    vsnprintf(failure_message, sizeof failure_message, format, arguments);
    va_end(arguments);
    if (!failure_expected) {
        fprintf(stderr, "unexpected failure: %s\n", failure_message);
        abort();
    }
    longjmp(failure_return, 1);
}

void update_fail_at(const char *file, int line, const char *text)
{
    update_fail("%s:%d: %s", file, line, text);
}

/* ---- Memory ---------------------------------------------------------------------------------- */

long live_allocations;
long failing_allocation;

void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__wrap_calloc(size_t count, size_t size);
void __real_free(void *memory);
void *__real_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);
void *__wrap_malloc(size_t size);
void __wrap_free(void *memory);
void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset);

/* The allocations that are live, open addressing; 1 marks a slot that was left. */
static uintptr_t *live;
static size_t live_capacity, live_used;

static void live_put(uintptr_t *table, size_t capacity, uintptr_t address)
{
    size_t i = (address >> 4) & (capacity - 1);

    while (table[i] > 1)
        i = (i + 1) & (capacity - 1);
    table[i] = address;
}

static uintptr_t *live_find(uintptr_t address)
{
    size_t i = (address >> 4) & (live_capacity - 1);

    while (live_capacity && live[i]) {
        if (live[i] == address)
            return &live[i];
        i = (i + 1) & (live_capacity - 1);
    }
    return NULL;
}

static void live_add(uintptr_t address)
{
    if (2 * live_used >= live_capacity) {
        size_t capacity = live_capacity ? live_capacity : 4096, i;
        uintptr_t *table;

        while (capacity < 4 * (size_t)live_allocations)
            capacity *= 2; /* else only the slots that were left are dropped */
        table = __real_mmap(NULL, capacity * sizeof *table, PROT_READ | PROT_WRITE,
                            MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

        if (table == MAP_FAILED)
            abort();
        live_used = 0;
        for (i = 0; i < live_capacity; i++)
            if (live[i] > 1) {
                live_put(table, capacity, live[i]);
                live_used++;
            }
        if (live)
            munmap(live, live_capacity * sizeof *live);
        live = table;
        live_capacity = capacity;
    }
    live_put(live, live_capacity, address);
    live_used++;
    live_allocations++;
}

bool is_live(const void *address)
{
    return live_find((uintptr_t)address) != NULL;
}

static bool shall_fail(void)
{
    return failing_allocation && --failing_allocation == 0;
}

void *__wrap_malloc(size_t size)
{
    void *memory;

    if (shall_fail()) {
        errno = ENOMEM;
        return NULL;
    }
    memory = __real_malloc(size);
    if (memory)
        live_add((uintptr_t)memory);
    return memory;
}

void __wrap_free(void *memory)
{
    uintptr_t *slot = live_find((uintptr_t)memory);

    if (memory && !slot) {
        fprintf(stderr, "%p is freed and was not allocated\n", memory);
        abort();
    }
    if (slot) {
        *slot = 1;
        live_allocations--;
    }
    __real_free(memory);
}

void *__wrap_mmap(void *address, size_t size, int protection, int flags, int file, off_t offset)
{
    if (shall_fail()) {
        errno = ENOMEM;
        return MAP_FAILED;
    }
    return __real_mmap(address, size, protection, flags, file, offset);
}

void *__wrap_calloc(size_t count, size_t size)
{
    void *memory = shall_fail() ? NULL : __real_calloc(count, size);

    if (memory)
        live_add((uintptr_t)memory);
    return memory;
}

/* ---- Two versions ---------------------------------------------------------------------------- */

void begin_update(void)
{
    struct heap_setup setup = {
        .transformer = &transformer,
        .old_base = (uintptr_t)&old_image,
        .old_start = (uintptr_t)&old_image,
        .old_end = (uintptr_t)&old_image.behind,
        .old_writable_start = (uintptr_t)old_image.data,
        .old_writable_end = (uintptr_t)old_image.behind,
        .new_base = (uintptr_t)&new_image,
        .new_start = (uintptr_t)&new_image,
        .new_end = (uintptr_t)&new_image.behind,
        .stacks = &(struct heap_stack){(uintptr_t)old_stack,
                                       (uintptr_t)old_stack + sizeof old_stack},
        .stack_count = 1,
        .old_is_read = old_is_read,
    };

    heap_begin(&setup);
}

void finish_and_commit(void)
{
    heap_finish();
    heap_commit();
}

static const struct kitsune_type_pair *migrated_pair;
static size_t migrated_count;

static void migrate_variable(void *in, void *out)
{
    void *old;

    memcpy(&old, in, sizeof old);
    old = kitsune_xf_pointer(migrated_pair, old, migrated_count);
    memcpy(out, &old, sizeof old);
}

void **migrate_pointer(const struct kitsune_type_pair *pair, const void *old, size_t count)
{
    static void *variables[64];
    static size_t next;
    void **variable = &variables[next++ % 64];

    migrated_pair = pair;
    migrated_count = count;
    heap_migrate(migrate_variable, &old, variable, sizeof *variable);
    return variable;
}

void *convert_pointer(const struct kitsune_type_pair *pair, const void *old, size_t count)
{
    void **variable = migrate_pointer(pair, old, count);

    heap_drain();
    return *variable;
}

/* ---- Types ----------------------------------------------------------------------------------- */

static void convert_node(void *in_, void *out_)
{
    struct old_node *in = in_;
    struct new_node *out = out_;

    out->value = in->value;
    out->next = kitsune_xf_pointer(&node_pair, in->next, 1);
    out->other = kitsune_xf_pointer(&node_pair, in->other, 1);
}

const struct kitsune_type_pair node_pair = {
    .name = "struct node",
    .old_size = sizeof(struct old_node),
    .new_size = sizeof(struct new_node),
    .flags = KITSUNE_PAIR_MOVES,
    .transform = convert_node,
};

struct old_node *make_node(long value, struct old_node *next, struct old_node *other)
{
    struct old_node *node = malloc(sizeof *node);

    *node = (struct old_node){value, next, other};
    return node;
}

static void visit_holder(void *in, void *out)
{
    struct holder *holder = out;

    (void)in;
    KITSUNE_XF_UPDATE(holder->node, kitsune_xf_pointer(&node_pair, holder->node, 1));
    KITSUNE_XF_UPDATE(holder->next, kitsune_xf_pointer(&holder_pair, holder->next, 1));
}

const struct kitsune_type_pair holder_pair = {
    .name = "struct holder",
    .old_size = sizeof(struct holder),
    .new_size = sizeof(struct holder),
    .transform = visit_holder,
};

/* ---- Running --------------------------------------------------------------------------------- */

static void clear_stage(void)
{
    memset(&old_image, 0, sizeof old_image);
    memset(&new_image, 0, sizeof new_image);
    memset(&transformer, 0, sizeof transformer);
    old_is_read = false;
    live_allocations = 0;
    failing_allocation = 0;
    failure_expected = false;
}

int run_tests(const char *name, const TTest *const *tests, size_t count)
{
    Suite *suite = suite_create(name);
    TCase *test_case = tcase_create(name);
    SRunner *runner;
    int run, failed;
    size_t i;

    tcase_add_checked_fixture(test_case, clear_stage, NULL);
    tcase_set_timeout(test_case, 120);
    for (i = 0; i < count; i++)
        tcase_add_test(test_case, tests[i]);
    suite_add_tcase(suite, test_case);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    run = srunner_ntests_run(runner);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

static void convert_element_of_array(void *in, void *out)
{
    ((struct new_element *)out)->number = ((struct old_element *)in)->number;
}

const struct kitsune_type_pair element_pair = {
    .name = "struct element",
    .old_size = sizeof(struct old_element),
    .new_size = sizeof(struct new_element),
    .flags = KITSUNE_PAIR_MOVES | KITSUNE_PAIR_LEAF,
    .transform = convert_element_of_array,
};
