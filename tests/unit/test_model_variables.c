/* test_model_variables.c -- variables, functions and locals: keys, addresses, what they are.
 *
 * Addresses are checked against the running program: it is loaded and asked where its variables
 * are.
 */
#include "test_model.h"

#include "model/types.h"

#include <dlfcn.h>
#include <link.h>
#include <unistd.h>

static struct program *program;

static void begin(int setting)
{
    program = load_sample(setting);
}

static void end(void)
{
    model_free(program);
    program = NULL;
}

/* ---- Addresses ----------------------------------------------------------------------------- */

static void check_address(const struct whereabouts *real, const char *base, const char *tls_base)
{
    struct variable *variable = model_find_variable(program, real->key);
    struct function *function = model_find_function(program, real->key);

    ck_assert_msg(variable || function, "nothing is called %s", real->key);
    if (function) {
        ck_assert_msg(base + function->address == (const char *)real->address,
                      "wrong address for %s", real->key);
        return;
    }
    ck_assert_msg(variable->has_address, "%s has no address", real->key);
    ck_assert_msg((variable->is_thread_local ? tls_base : base) + variable->address ==
                      (const char *)real->address,
                  "wrong address for %s", real->key);
}

START_TEST(addresses_are_those_of_the_running_program)
{
    struct whereabouts *real;
    struct link_map *map;
    void *handle, *tls_base;
    void (*tell)(void);
    size_t count;

    begin(_i);
    handle = dlopen(sample_path(_i), RTLD_NOW | RTLD_LOCAL);
    ck_assert_msg(handle != NULL, "%s", handle ? "" : dlerror());
    ck_assert_int_eq(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    *(void **)&tell = dlsym(handle, "tell");
    ck_assert_ptr_nonnull(tell);
    tell();
    ck_assert_int_eq(dlinfo(handle, RTLD_DI_TLS_DATA, &tls_base), 0);
    real = dlsym(handle, "whereabouts");
    for (count = 0; real[count].key; count++)
        check_address(&real[count], (const char *)map->l_addr, tls_base);
    ck_assert_uint_eq(count, 23);
    dlclose(handle);
}
END_TEST

/* ---- Kinds --------------------------------------------------------------------------------- */

START_TEST(globals_and_statics_have_their_keys)
{
    struct variable *variable;

    begin(_i);
    variable = need_variable(program, "initialised");
    ck_assert(variable->is_global && !variable->function && !variable->is_thread_local);
    ck_assert_str_eq(variable->file, "main.c");
    ck_assert_str_eq(variable->name, "initialised");
    check_text(variable->type, variable->name, "int initialised");
    variable = need_variable(program, "main.c/file_static");
    ck_assert(!variable->is_global && !variable->function);
    ck_assert_str_eq(variable->file, "main.c");
    variable = need_variable(program, "main.c/add#total");
    ck_assert(!variable->is_global);
    ck_assert_str_eq(variable->function, "add");
    ck_assert_str_eq(variable->name, "total");
    ck_assert_str_eq(variable->place.file, "main.c");
    ck_assert_str_eq(need_variable(program, "elsewhere")->file, "store.c");
}
END_TEST

START_TEST(statics_of_a_header_are_one_in_each_unit)
{
    static const char *const keys[] = {"main.c/per_unit", "store.c/per_unit", "cache.c/per_unit",
                                       "main.c/count_calls#calls", "store.c/count_calls#calls",
                                       "cache.c/count_calls#calls"};
    size_t i, j;

    begin(_i);
    for (i = 0; i < 6; i++) {
        struct variable *variable = need_variable(program, keys[i]);

        ck_assert_str_eq(variable->place.file, "types.h");
        for (j = 0; j < i; j++)
            ck_assert_uint_ne(need_variable(program, keys[j])->address, variable->address);
    }
}
END_TEST

START_TEST(constants_are_known_by_their_section)
{
    begin(_i);
    ck_assert(need_variable(program, "constant_global")->is_constant);
    ck_assert(need_variable(program, "main.c/table")->is_constant);
    ck_assert(need_variable(program, "names")->is_constant); /* .data.rel.ro */
    ck_assert(!need_variable(program, "initialised")->is_constant);
    ck_assert(!need_variable(program, "zeroed")->is_constant);
    ck_assert(!need_variable(program, "thread_global")->is_constant);
}
END_TEST

START_TEST(thread_locals_are_told_apart)
{
    begin(_i);
    ck_assert(need_variable(program, "thread_global")->is_thread_local);
    ck_assert(need_variable(program, "main.c/thread_static")->is_thread_local);
    ck_assert(!need_variable(program, "main.c/thread_static")->is_global);
    ck_assert_uint_lt(need_variable(program, "thread_global")->address, 64);
    ck_assert(!need_variable(program, "zeroed")->is_thread_local);
}
END_TEST

START_TEST(declarations_are_no_variables)
{
    size_t i;

    begin(_i);
    ck_assert_ptr_null(model_find_variable(program, "defined_nowhere"));
    for (i = 1; i < program->variable_count; i++)
        ck_assert_str_lt(program->variables[i - 1].key, program->variables[i].key);
}
END_TEST

START_TEST(the_definition_completes_the_type_of_the_declaration)
{
    begin(_i);
    check_text(need_variable(program, "array")->type, "array", "int array[10]");
}
END_TEST

START_TEST(what_was_optimised_away_has_no_address)
{
    struct variable *variable;

    begin(_i);
    variable = model_find_variable(program, "main.c/write_only");
    if (strstr(settings[_i].command, "-flto-partition")) /* other partitions might read it */
        ck_assert(variable != NULL);
    else if (settings[_i].is_optimised)
        ck_assert(!variable || !variable->has_address);
    else
        ck_assert(variable && variable->has_address);
}
END_TEST

/* ---- Functions and locals ------------------------------------------------------------------ */

START_TEST(functions_have_keys_types_and_sizes)
{
    struct function *function;
    size_t i;

    begin(_i);
    function = model_find_function(program, "add");
    ck_assert_ptr_nonnull(function);
    ck_assert(function->is_global);
    ck_assert_uint_gt(function->size, 0);
    check_text(function->type, function->name, "int add(int)");
    ck_assert_str_eq(function->place.file, "main.c");
    function = model_find_function(program, "main.c/helper");
    ck_assert_ptr_nonnull(function);
    ck_assert(!function->is_global);
    ck_assert_str_eq(function->file, "main.c");
    ck_assert_ptr_null(model_find_function(program, "printf"));
    for (i = 1; i < program->function_count; i++)
        ck_assert_str_lt(program->functions[i - 1].key, program->functions[i].key);
}
END_TEST

START_TEST(locals_of_noted_functions_are_there_the_outermost_first)
{
    struct local *local;

    begin(_i);
    local = model_find_local(program, "main#pending");
    ck_assert_ptr_nonnull(local);
    ck_assert(local->is_noted);
    ck_assert_str_eq(local->function, "main");
    ck_assert_str_eq(local->file, "main.c");
    check_text(local->type, "pending", "long pending");
    ck_assert_ptr_nonnull(model_find_local(program, "main#argc"));
    ck_assert_ptr_nonnull(model_find_local(program, "main#argv"));
    ck_assert_ptr_nonnull(model_find_local(program, "main#i"));
    local = model_find_local(program, "main#root");
    ck_assert_ptr_nonnull(local);
    ck_assert_ptr_eq(local->type->target, need_type(program, TYPE_STRUCT, "tree"));
    ck_assert_ptr_null(model_find_local(program, "add#n"));
    if (!settings[_i].is_optimised)
        ck_assert_ptr_null(model_find_local(program, "main#starts")); /* a static */
}
END_TEST

/* ---- Particular cases ---------------------------------------------------------------------- */

START_TEST(a_function_that_notes_by_hand_has_its_locals)
{
    program = load_text("struct kitsune_frame { void *caller; };\n"
                        "void kitsune_enter_function(struct kitsune_frame *);\n"
                        "int serve(int socket) {\n"
                        "    struct kitsune_frame kitsune_frame_;\n"
                        "    long kept = socket;\n"
                        "    kitsune_enter_function(&kitsune_frame_);\n"
                        "    return kept;\n"
                        "}\n"
                        "int other(int n) { return n; }\n", "-O2");
    ck_assert_ptr_nonnull(model_find_local(program, "serve#socket"));
    ck_assert_ptr_nonnull(model_find_local(program, "serve#kept"));
    ck_assert(model_find_local(program, "serve#kept")->is_noted);
    ck_assert_ptr_null(model_find_local(program, "serve#kitsune_frame_"));
    ck_assert_ptr_null(model_find_local(program, "other#n"));
}
END_TEST

START_TEST(the_locals_of_main_are_there_but_not_noted)
{
    program = load_text("int main(int count, char **words) { return count; }\n", "-O2");
    ck_assert_ptr_nonnull(model_find_local(program, "main#count"));
    ck_assert(!model_find_local(program, "main#count")->is_noted);
}
END_TEST

START_TEST(locals_of_like_named_functions_say_the_file)
{
    char *path = in_folder("both.so"), *source;

    source = with_records("static int work(int a) { return a; }\n"
                          "int one(void) { return work(1); }\n",
                          RECORDS("function|one.c/work||0|NOTELOCALS||one.c:1",
                                  "function|two.c/work||0|NOTELOCALS||two.c:1"));
    write_in_folder("one.c", source);
    free(source);
    write_in_folder("two.c",
                    "static int work(long b) { return b; }\nint two(void) { return work(1); }\n");
    run("gcc -g -O0 -fPIC -shared -Wl,--build-id -o both.so one.c two.c");
    program = load_or_fail(path);
    ck_assert_ptr_nonnull(model_find_local(program, "one.c/work#a"));
    ck_assert_ptr_nonnull(model_find_local(program, "two.c/work#b"));
    ck_assert_ptr_null(model_find_local(program, "work#a"));
    free(path);
}
END_TEST

START_TEST(a_global_that_two_units_define_is_one_variable)
{
    char *path = in_folder("common.so");

    write_in_folder("one.c", "int shared; int one(void) { return shared; }\n");
    write_in_folder("two.c", "int shared; int two(void) { return shared; }\n");
    run("gcc -g -fcommon -fPIC -shared -Wl,--build-id -o common.so one.c two.c");
    program = load_or_fail(path);
    ck_assert_uint_eq(program->variable_count, 1);
    ck_assert(need_variable(program, "shared")->has_address);
    free(path);
}
END_TEST

/* Cold code is put elsewhere, which makes the function's address a list of ranges. */
START_TEST(the_address_of_a_split_function_is_its_entry)
{
    struct function *function;
    void *handle, *address;
    struct link_map *map;
    char *path = in_folder("file.so");

    program = load_text("void unlikely(int) __attribute__((cold, noinline));\n"
                        "volatile int sink;\n"
                        "void unlikely(int n) { sink = n; }\n"
                        "int split(int n) { if (n > 100) { unlikely(n); sink += 3; unlikely(2);"
                        " return sink * n; } return n + 1; }\n",
                        "-O2 -freorder-blocks-and-partition");
    function = model_find_function(program, "split");
    ck_assert_ptr_nonnull(function);
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(handle);
    ck_assert_int_eq(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    address = dlsym(handle, "split");
    ck_assert_ptr_eq((char *)map->l_addr + function->address, address);
    dlclose(handle);
    free(path);
}
END_TEST

/* gcc makes copies for particular arguments; none of them is what a pointer leads to. */
START_TEST(clones_do_not_count_as_the_function)
{
    struct function *function;
    void *handle, *(*address_of)(void);
    struct link_map *map;
    char *path = in_folder("file.so");

    program = load_text("volatile int sink;\n"
                        "__attribute__((noinline)) static int power(int n, int times) {\n"
                        "    int r = 1; for (int i = 0; i < times; i++) { r *= n; sink += r; }\n"
                        "    return r; }\n"
                        "int (*volatile indirect)(int, int) = power;\n"
                        "void *address_of(void) { return (void *)indirect; }\n"
                        "int a(int n) { return power(n, 3); }\n"
                        "int b(int n) { return power(n, 3) + power(n + 1, 3); }\n",
                        "-O3 -fipa-cp-clone");
    function = model_find_function(program, "file.c/power");
    ck_assert_ptr_nonnull(function);
    handle = dlopen(path, RTLD_NOW | RTLD_LOCAL);
    ck_assert_ptr_nonnull(handle);
    ck_assert_int_eq(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
    *(void **)&address_of = dlsym(handle, "address_of");
    ck_assert_ptr_eq((char *)map->l_addr + function->address, address_of());
    dlclose(handle);
    free(path);
}
END_TEST

START_TEST(variables_that_the_linker_dropped_have_no_address)
{
    program = load_text("__attribute__((visibility(\"hidden\"))) int dropped = 3;\n"
                        "int kept = 4;\n"
                        "__attribute__((visibility(\"hidden\"))) int unused(void)"
                        " { return dropped; }\n",
                        "-fdata-sections -ffunction-sections -Wl,--gc-sections");
    ck_assert(need_variable(program, "kept")->has_address);
    ck_assert(!need_variable(program, "dropped")->has_address);
    ck_assert_ptr_null(model_find_function(program, "unused"));
}
END_TEST

START_TEST(state_compiled_without_debug_information_is_warned_of)
{
    char *path = in_folder("partly.so");

    write_in_folder("one.c", "int seen = 1;\n");
    write_in_folder("two.c", "int unseen = 2; static int hidden_one = 3;"
                                   "int *two(void) { return &hidden_one; }\n");
    run("gcc -g -fPIC -c one.c && gcc -fPIC -c two.c && "
        "gcc -shared -Wl,--build-id -o partly.so one.o two.o");
    program = load_or_fail(path);
    ck_assert_uint_eq(program->warning_count, 1);
    ck_assert_ptr_nonnull(strstr(program->warnings[0], "2 variables"));
    ck_assert_ptr_nonnull(strstr(program->warnings[0], "add -g"));
    ck_assert_ptr_nonnull(strstr(program->warnings[0], path));
    free(path);
}
END_TEST

START_TEST(the_sample_gives_no_warnings)
{
    begin(_i);
    ck_assert_msg(program->warning_count == 0, "%s",
                  program->warning_count ? program->warnings[0] : "");
}
END_TEST

Suite *suite_variables(void)
{
    Suite *suite = suite_create("variables");
    TCase *everywhere = tcase_create("everywhere"), *particular = tcase_create("particular");

    tcase_set_timeout(everywhere, 60);
    tcase_add_checked_fixture(everywhere, NULL, end);
    tcase_add_loop_test(everywhere, addresses_are_those_of_the_running_program, 0, setting_count);
    tcase_add_loop_test(everywhere, globals_and_statics_have_their_keys, 0, setting_count);
    tcase_add_loop_test(everywhere, statics_of_a_header_are_one_in_each_unit, 0, setting_count);
    tcase_add_loop_test(everywhere, constants_are_known_by_their_section, 0, setting_count);
    tcase_add_loop_test(everywhere, thread_locals_are_told_apart, 0, setting_count);
    tcase_add_loop_test(everywhere, declarations_are_no_variables, 0, setting_count);
    tcase_add_loop_test(everywhere, the_definition_completes_the_type_of_the_declaration, 0,
                        setting_count);
    tcase_add_loop_test(everywhere, what_was_optimised_away_has_no_address, 0, setting_count);
    tcase_add_loop_test(everywhere, functions_have_keys_types_and_sizes, 0, setting_count);
    tcase_add_loop_test(everywhere, locals_of_noted_functions_are_there_the_outermost_first, 0,
                        setting_count);
    tcase_add_loop_test(everywhere, the_sample_gives_no_warnings, 0, setting_count);
    suite_add_tcase(suite, everywhere);

    tcase_set_timeout(particular, 60);
    tcase_add_checked_fixture(particular, NULL, end);
    tcase_add_test(particular, a_function_that_notes_by_hand_has_its_locals);
    tcase_add_test(particular, the_locals_of_main_are_there_but_not_noted);
    tcase_add_test(particular, locals_of_like_named_functions_say_the_file);
    tcase_add_test(particular, a_global_that_two_units_define_is_one_variable);
    tcase_add_test(particular, the_address_of_a_split_function_is_its_entry);
    tcase_add_test(particular, clones_do_not_count_as_the_function);
    tcase_add_test(particular, variables_that_the_linker_dropped_have_no_address);
    tcase_add_test(particular, state_compiled_without_debug_information_is_warned_of);
    suite_add_tcase(suite, particular);
    return suite;
}
