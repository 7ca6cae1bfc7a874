/* test_runtime_symbols.c -- keys and addresses from the sample's symbol table. */
#include "test_runtime.h"

#include <stdlib.h>
#include <string.h>

#include "files/image.h"
#include "program/symbols.h"

static struct image *image;
static struct symbol_table *table;

static void read_from(const char *name)
{
    char *message;
    image = image_read(in_folder(name), &message);
    ck_assert_msg(image != NULL, "%s", message);
    table = symbols_read(&image->elf);
}

static void read_sample(void)
{
    read_from(SAMPLE);
}

static void forget(void)
{
    symbols_free(table);
    image_free(image);
}

static const struct symbol *find(const char *key)
{
    const struct symbol *symbol = symbols_find(table, key, NULL);
    ck_assert_msg(symbol != NULL, "%s is not found", key);
    return symbol;
}

START_TEST(globals_and_statics)
{
    ck_assert_int_eq(find("shared")->kind, SYMBOL_VARIABLE);
    ck_assert(find("shared")->is_writable);
    ck_assert_uint_eq(find("shared")->size, sizeof(int));
    ck_assert_str_eq(find("hidden_shared")->key, "hidden_shared");
    ck_assert(!find("fixed")->is_writable);
    ck_assert_int_eq(find("first.c/per_thread")->kind, SYMBOL_THREAD_LOCAL);
    ck_assert_int_eq(find("main")->kind, SYMBOL_FUNCTION);
    ck_assert_int_eq(find("first.c/helper")->kind, SYMBOL_FUNCTION);
    ck_assert_uint_ne(find("first.c/private_one")->address, find("second.c/private_one")->address);
    ck_assert_ptr_eq(find("src/second_c/private_one"), find("second.c/private_one"));
}
END_TEST

START_TEST(what_is_not_there)
{
    ck_assert_ptr_null(symbols_find(table, "private_one", NULL));
    ck_assert_ptr_null(symbols_find(table, "first.c/shared", NULL));
    ck_assert_ptr_null(symbols_find(table, "printf", NULL));
    ck_assert_ptr_null(symbols_find(table, "kitsune_entry", NULL));
    ck_assert_ptr_null(symbols_find(table, "first.c/main#argc", NULL));
}
END_TEST

START_TEST(statics_of_functions)
{
    bool ambiguous;
    const struct symbol *symbol = symbols_find(table, "first.c/helper#calls", &ambiguous);
    ck_assert_ptr_nonnull(symbol);
    ck_assert(!ambiguous);
    ck_assert(symbol->function_static);
    ck_assert_ptr_eq(find(symbol->key), symbol);
    ck_assert_ptr_null(symbols_find(table, "second.c/other#calls", &ambiguous));
    ck_assert(ambiguous);
}
END_TEST

START_TEST(addresses_lead_back)
{
    for (size_t i = 0; i < symbols_count(table); i++) {
        const struct symbol *symbol = symbols_at(table, i);
        if (i)
            ck_assert_uint_le(symbols_at(table, i - 1)->address, symbol->address);
        if (symbol->kind == SYMBOL_THREAD_LOCAL)
            continue;
        const struct symbol *found = symbols_find_address(table, symbol->address);
        ck_assert_ptr_nonnull(found);
        ck_assert_uint_eq(found->address, symbol->address);
    }
    uint64_t helper = find("first.c/helper")->address;
    ck_assert_ptr_null(symbols_find_address(table, helper + 5));
}
END_TEST

START_TEST(clang_names_the_function)
{
    forget();
    run("clang -O0 -fPIC -shared -Wl,--build-id first.c second.c -o clang.so");
    read_from("clang.so");
    bool ambiguous;
    const struct symbol *other = symbols_find(table, "second.c/other#calls", &ambiguous);
    const struct symbol *twice = symbols_find(table, "second.c/twice#calls", &ambiguous);
    ck_assert_ptr_nonnull(other);
    ck_assert_ptr_nonnull(twice);
    ck_assert_ptr_ne(other, twice);
}
END_TEST

START_TEST(a_stripped_version_knows_its_exports)
{
    forget();
    run("cp " SAMPLE " stripped.so && strip stripped.so");
    read_from("stripped.so");
    find("shared");
    ck_assert_ptr_null(symbols_find(table, "first.c/private_one", NULL));
}
END_TEST

Suite *suite_symbols(void)
{
    Suite *suite = suite_create("symbols");
    TCase *tests = tcase_create("symbols");
    tcase_set_timeout(tests, 60);
    tcase_add_checked_fixture(tests, read_sample, forget);
    tcase_add_test(tests, globals_and_statics);
    tcase_add_test(tests, what_is_not_there);
    tcase_add_test(tests, statics_of_functions);
    tcase_add_test(tests, addresses_lead_back);
    tcase_add_test(tests, clang_names_the_function);
    tcase_add_test(tests, a_stripped_version_knows_its_exports);
    suite_add_tcase(suite, tests);
    return suite;
}
