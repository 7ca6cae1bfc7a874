/* test_runtime_main.c -- builds the sample version, runs the suites, cleans up. */
#include "test_runtime.h"

#include <ftw.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[] = "/tmp/kitsune-runtime-XXXXXX";

const char *in_folder(const char *name)
{
    static char paths[8][256];
    static unsigned next;
    char *path = paths[next++ % 8];
    snprintf(path, sizeof paths[0], "%s/%s", folder, name);
    return path;
}

struct contents read_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    ck_assert_msg(file != NULL, "cannot open %s", path);
    ck_assert_int_eq(fseek(file, 0, SEEK_END), 0);
    struct contents contents = {.size = (size_t)ftell(file)};
    rewind(file);
    contents.bytes = malloc(contents.size + 1);
    ck_assert_ptr_nonnull(contents.bytes);
    ck_assert_uint_eq(fread(contents.bytes, 1, contents.size, file), contents.size);
    fclose(file);
    return contents;
}

static bool store(const char *path, const void *bytes, size_t size)
{
    FILE *file = fopen(path, "wb");
    bool stored = file && fwrite(bytes, 1, size, file) == size;
    return file && fclose(file) == 0 && stored;
}

void write_file(const char *path, const void *bytes, size_t size)
{
    ck_assert_msg(store(path, bytes, size), "cannot write %s", path);
}

void run(const char *format, ...)
{
    char command[2000], whole[2100];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(command, sizeof command, format, arguments);
    va_end(arguments);
    snprintf(whole, sizeof whole, "cd %s && %s", folder, command);
    ck_assert_msg(system(whole) == 0, "failed: %s", whole);
}

void assert_contains(const char *text, const char *part)
{
    ck_assert_msg(text && strstr(text, part), "'%s' does not contain '%s'", text ? text : "(null)",
                  part);
}

static const char first_source[] =
    "int shared = 1;\n"
    "__attribute__((visibility(\"hidden\"))) int hidden_shared = 2;\n"
    "static int private_one = 3;\n"
    "const int fixed = 4;\n"
    "static __thread int per_thread = 5;\n"
    "int other(void);\n"
    "static int helper(int x) { static int calls; return calls++ + x + private_one + per_thread; }\n"
    "int main(int argc, char **argv) { (void)argv; return helper(argc) + other(); }\n";
static const char second_source[] =
    "static int private_one = 6;\n"
    "int twice(void) { static int calls; return calls += 2; }\n"
    "int other(void) { static int calls; return calls++ + private_one++; }\n";

static bool build_sample(void)
{
    if (!store(in_folder("first.c"), first_source, sizeof first_source - 1) ||
        !store(in_folder("second.c"), second_source, sizeof second_source - 1))
        return false;
    char command[1000];
    snprintf(command, sizeof command,
             "cd %s && gcc -O0 -g -fPIC -shared -Wl,--build-id first.c second.c %s -L%s -lkitsune "
             "-o " SAMPLE, folder, ENTRY_OBJECT, LIBRARY_FOLDER);
    return system(command) == 0;
}

static int remove_one(const char *path, const struct stat *status, int type, struct FTW *walk)
{
    (void)status;
    (void)type;
    (void)walk;
    return remove(path);
}

int main(void)
{
    if (!mkdtemp(folder) || !build_sample()) {
        printf("cannot build the sample\n0 passed, 1 failed\n");
        return EXIT_FAILURE;
    }
    SRunner *runner = srunner_create(suite_elf());
    srunner_add_suite(runner, suite_image());
    srunner_add_suite(runner, suite_key());
    srunner_add_suite(runner, suite_symbols());
    srunner_add_suite(runner, suite_fields());
    srunner_add_suite(runner, suite_request());
    srunner_add_suite(runner, suite_hostile());
    srunner_add_suite(runner, suite_directory());
    srunner_add_suite(runner, suite_descriptor());
    srunner_add_suite(runner, suite_open_descriptors());
    srunner_add_suite(runner, suite_inert());
    srunner_add_suite(runner, suite_waits());
    srunner_add_suite(runner, suite_trust());
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner), total = srunner_ntests_run(runner);
    srunner_free(runner);
    nftw(folder, remove_one, 16, FTW_DEPTH | FTW_PHYS);
    printf("%d passed, %d failed\n", total - failed, failed);
    return failed ? EXIT_FAILURE : EXIT_SUCCESS;
}
