/* test_calls.c -- the calls and constants that are found in machine code, for two compilers and all
 * that they do to a program. */
#include "check_calls.h"
#include "check_known.h"

#include <check.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct binary *binary;
static struct calls *calls;

/* With -fno-plt, as kitcc has it, and without. */
static const char *const compilers[] = {
    "gcc -O0 -fno-plt", "gcc -O1 -fno-plt", "gcc -O2 -fno-plt", "gcc -Os -fno-plt",
    "gcc -O3 -fplt", "gcc -O0 -fplt", "gcc -O2 -fno-plt -gdwarf-4",
    "gcc -O2 -fno-plt -fcf-protection=none -fno-stack-protector", "gcc -Og -fstack-protector-all",
    "gcc -O2 -gsplit-dwarf",
    "clang -O0 -fno-plt", "clang -O1 -fno-plt", "clang -O2 -fno-plt", "clang -Os -fplt",
    "clang -O2 -gdwarf-4", "clang -O0 -fplt -fomit-frame-pointer",
};
enum { COMPILER_COUNT = sizeof compilers / sizeof compilers[0] };

static void read_program(const char *compiler, const char *text)
{
    char path[128], command[1024], *message = NULL;
    FILE *stream;

    snprintf(path, sizeof path, "%s/code.c", folder);
    stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs("#include <stdlib.h>\n#include <signal.h>\n#include <string.h>\n"
          "void library(void (*f)(int), int n); void take(const void *p); void many(int n, ...);\n"
          "extern void (*hook)(int);\n"
          "#line 1\n", stream);
    fputs(text, stream);
    fclose(stream);
    snprintf(command, sizeof command,
             "cd %s && %s -g -w -shared -fPIC -fvisibility=hidden code.c -o code.so", folder,
             compiler);
    ck_assert_msg(system(command) == 0, "failed: %s", command);
    snprintf(path, sizeof path, "%s/code.so", folder);
    binary = binary_open(path, &message);
    ck_assert_msg(binary != NULL, "%s", message);
    calls = calls_read(binary);
    ck_assert(calls->is_readable);
}

static void begin(void)
{
    strcpy(folder, "/tmp/kitsune-calls.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
}

static void end(void)
{
    char command[128];

    calls_free(calls);
    binary_close(binary);
    calls = NULL;
    binary = NULL;
    snprintf(command, sizeof command, "rm -rf %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* The only call of that function, outside of clones and copies. */
static const struct call *need_call(const char *callee)
{
    const struct call *found = NULL;
    size_t i;

    for (i = 0; i < calls->count; i++)
        if (strcmp(calls->list[i].callee, callee) == 0 && !found)
            found = &calls->list[i];
    ck_assert_msg(found != NULL, "no call of %s", callee);
    return found;
}

static void check_function(const struct call *call, int argument, const char *name)
{
    const struct symbol *function = value_function(binary, call->arguments[argument]);

    ck_assert_msg(function != NULL, "argument %d of %s is no function", argument, call->callee);
    ck_assert_str_eq(function->name, name);
}

/* ---- Arguments ----------------------------------------------------------------------------- */

START_TEST(constants_are_arguments)
{
    const struct call *call;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "void start(void) {\n"
                 "    library(on_signal, 7);\n"
                 "    many(3, \"text\", &on_signal);\n"
                 "}\n");
    call = need_call("library");
    ck_assert(call->is_import);
    check_function(call, 0, "on_signal");
    ck_assert_int_eq(call->arguments[1].kind, VALUE_NUMBER);
    ck_assert_int_eq((int)call->arguments[1].number, 7);
    ck_assert_str_eq(call->place.file, "code.c");
    ck_assert_int_eq(call->place.line, 3);
    ck_assert_str_eq(call->function, "start");
    call = NULL;
    for (size_t i = 0; i < calls->count; i++)
        if (strcmp(calls->list[i].callee, "many") == 0 && calls->list[i].place.line == 4)
            call = &calls->list[i];
    ck_assert_ptr_nonnull(call);
    ck_assert_str_eq(value_text(binary, call->arguments[1]), "text");
    check_function(call, 2, "on_signal");
}
END_TEST

/* The second argument of the call is left over from the store, or from nothing. */
START_TEST(leftovers_are_no_arguments)
{
    size_t i;
    int k;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "struct item { void (*first)(int), (*second)(int); long number; };\n"
                 "void start(struct item *item, void *other) {\n"
                 "    item->number = 5;\n"
                 "    item->first = on_signal;\n"
                 "    item->second = on_signal;\n"
                 "    free(other);\n"
                 "    take(other);\n"
                 "}\n");
    for (i = 0; i < calls->count; i++)
        for (k = 0; k < ARGUMENT_COUNT; k++)
            ck_assert_msg(!value_function(binary, calls->list[i].arguments[k]),
                          "argument %d of %s", k, calls->list[i].callee);
}
END_TEST

START_TEST(constants_live_through_loops_and_branches)
{
    const struct call *call;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "int random_number(void);\n"
                 "void start(int count) {\n"
                 "    for (int i = 0; i < count; i++) {\n"
                 "        if (random_number()) take(\"x\");\n"
                 "        switch (random_number()) {\n"
                 "        case 1: many(1); break; case 2: many(2); break; case 3: many(3); break;\n"
                 "        case 4: many(4); break; case 5: many(5); break; case 6: take(0); break;\n"
                 "        case 7: library(on_signal, i); break;\n"
                 "        }\n"
                 "    }\n"
                 "}\n");
    call = need_call("library");
    check_function(call, 0, "on_signal");
    ck_assert_int_eq(call->place.line, 9);
}
END_TEST

/* One value on one way and another on the other: unknown, rather than either. */
START_TEST(what_differs_is_unknown)
{
    read_program(compilers[_i],
                 "static void one(int n) { many(n); }\n"
                 "static void two(int n) { many(n, n); }\n"
                 "int random_number(void);\n"
                 "void start(int count) {\n"
                 "    void (*volatile f)(int) = one;\n"
                 "    while (random_number()) f = random_number() ? two : one;\n"
                 "    library(f, 0);\n"
                 "}\n");
    ck_assert_ptr_null(value_function(binary, need_call("library")->arguments[0]));
}
END_TEST

START_TEST(parameters_are_told_by_number)
{
    const struct call *call;

    read_program(compilers[_i],
                 "__attribute__((noinline)) void pass(int n, void (*f)(int)) {\n"
                 "    many(0);\n"
                 "    library(f, n);\n"
                 "    many(1);\n"
                 "}\n");
    call = need_call("library");
    ck_assert_int_eq(call->arguments[0].kind, VALUE_PARAMETER);
    ck_assert_int_eq((int)call->arguments[0].number, 1);
}
END_TEST

START_TEST(inlined_functions_keep_their_names)
{
    const struct call *call;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "static inline __attribute__((always_inline)) void inner(void) {\n"
                 "    library(on_signal, 1);\n"
                 "}\n"
                 "void outer(void) {\n"
                 "    inner();\n"
                 "}\n");
    call = need_call("library");
    ck_assert_str_eq(call->function, "inner");
    ck_assert_str_eq(call->caller->name, "outer");
    ck_assert_int_eq(call->place.line, 3);
}
END_TEST

/* ---- Structs ------------------------------------------------------------------------------- */

START_TEST(structs_on_the_stack_are_looked_into)
{
    const struct call *call;
    bool is_held = false;
    size_t i;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "static void other(int n) { many(n, n); }\n"
                 "void start(void) {\n"
                 "    struct { void (*a)(int); void (*b)(int); } pair = {other, on_signal};\n"
                 "    take(&pair);\n"
                 "}\n");
    call = need_call("take");
    ck_assert_int_eq(call->arguments[0].kind, VALUE_STACK);
    ck_assert_int_eq((int)call->extents[0], 16);
    for (i = 0; i < call->held_count; i++)
        if (call->held[i].offset == call->arguments[0].number + 8) {
            ck_assert_str_eq(value_function(binary, call->held[i].value)->name, "on_signal");
            is_held = true;
        }
    ck_assert(is_held);
}
END_TEST

START_TEST(constant_tables_are_known)
{
    const struct call *call;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "static const struct { int n; void (*f)(int); } table[] = {{1, on_signal}};\n"
                 "void start(void) { take(table); library(table[0].f, 0); }\n");
    call = need_call("take");
    ck_assert_int_eq(call->arguments[0].kind, VALUE_ADDRESS);
    ck_assert_str_eq(binary_symbol_around(binary, (uint64_t)call->arguments[0].number)->name,
                     "table");
    ck_assert_str_eq(binary_function_held(binary, (uint64_t)call->arguments[0].number, 16)->name,
                     "on_signal");
    check_function(need_call("library"), 0, "on_signal");
}
END_TEST

START_TEST(stores_to_library_variables_are_told)
{
    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "void start(void) { hook = on_signal; }\n");
    ck_assert_uint_eq(calls->assignment_count, 1);
    ck_assert_str_eq(calls->assignments[0].variable, "hook");
    ck_assert_str_eq(value_function(binary, calls->assignments[0].value)->name, "on_signal");
}
END_TEST

START_TEST(stores_to_the_heap_are_told)
{
    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "void start(void (**place)(int)) { *place = on_signal; }\n");
    ck_assert_uint_eq(calls->assignment_count, 1);
    ck_assert_ptr_null(calls->assignments[0].variable);
}
END_TEST

START_TEST(tail_calls_are_calls)
{
    const struct call *call;

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "__attribute__((noinline)) void own(void (*f)(int), int n) { library(f, n); }\n"
                 "void start(void) { own(on_signal, 2); }\n");
    call = need_call("own");
    ck_assert(!call->is_import);
    ck_assert_str_eq(binary_function_at(binary, call->target)->name, "own");
    check_function(call, 0, "on_signal");
    /* clang's debug information does not say what a library's function takes, and what was in the
     * register all along may be a leftover. */
    if (strncmp(compilers[_i], "clang", 5) != 0 || strstr(compilers[_i], "-O0"))
        ck_assert_int_eq(need_call("library")->arguments[0].kind, VALUE_PARAMETER);
}
END_TEST

/* ---- Files without this or that ------------------------------------------------------------ */

START_TEST(without_debug_information_there_are_calls_still)
{
    char command[256];

    read_program(compilers[_i],
                 "static void on_signal(int n) { many(n); }\n"
                 "void start(void) { library(on_signal, 7); }\n");
    calls_free(calls);
    binary_close(binary);
    snprintf(command, sizeof command, "cd %s && strip -g code.so -o bare.so", folder);
    ck_assert_int_eq(system(command), 0);
    snprintf(command, sizeof command, "%s/bare.so", folder);
    binary = binary_open(command, NULL);
    ck_assert_ptr_nonnull(binary);
    ck_assert_ptr_null(binary->dwarf);
    calls = calls_read(binary);
    check_function(need_call("library"), 0, "on_signal");
    ck_assert_ptr_null(need_call("library")->place.file);
    ck_assert_str_eq(need_call("library")->function, "start");
}
END_TEST

START_TEST(what_is_no_shared_object_is_refused)
{
    char path[128], *message = NULL;

    ck_assert_ptr_null(binary_open(folder, &message));
    ck_assert_ptr_nonnull(strstr(message, "not a regular file"));
    free(message);
    snprintf(path, sizeof path, "%s/nothing", folder);
    ck_assert_ptr_null(binary_open(path, &message));
    ck_assert_ptr_nonnull(strstr(message, "No such file"));
    free(message);
}
END_TEST

START_TEST(habits_are_found_by_pattern)
{
    ck_assert_int_eq(known_function("qsort")->habit, HABIT_HARMLESS);
    ck_assert_int_eq(known_function("__snprintf_chk")->habit, HABIT_HARMLESS);
    ck_assert_int_eq(known_function("SSL_CTX_set_verify")->habit, HABIT_KEEPS);
    ck_assert_ptr_null(known_function("qsorted"));
    ck_assert_ptr_null(known_function("SSL_CTX_new"));
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("calls");
    TCase *each = tcase_create("each compiler"), *once = tcase_create("once");
    SRunner *runner;
    int failures;

    tcase_set_timeout(each, 120);
    tcase_add_checked_fixture(each, begin, end);
    tcase_add_loop_test(each, constants_are_arguments, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, leftovers_are_no_arguments, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, constants_live_through_loops_and_branches, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, what_differs_is_unknown, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, parameters_are_told_by_number, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, inlined_functions_keep_their_names, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, structs_on_the_stack_are_looked_into, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, constant_tables_are_known, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, stores_to_library_variables_are_told, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, stores_to_the_heap_are_told, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, tail_calls_are_calls, 0, COMPILER_COUNT);
    tcase_add_loop_test(each, without_debug_information_there_are_calls_still, 0, COMPILER_COUNT);
    suite_add_tcase(suite, each);
    tcase_add_checked_fixture(once, begin, end);
    tcase_add_test(once, what_is_no_shared_object_is_refused);
    tcase_add_test(once, habits_are_found_by_pattern);
    suite_add_tcase(suite, once);
    runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    failures = srunner_ntests_failed(runner);
    printf("%d passed, %d failed\n", srunner_ntests_run(runner) - failures, failures);
    srunner_free(runner);
    return failures ? EXIT_FAILURE : EXIT_SUCCESS;
}
