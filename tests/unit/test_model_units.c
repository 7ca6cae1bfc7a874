/* test_model_units.c -- programs of several units: definitions that are the same, that are not, and
 * units of one name. */
#include "test_model.h"

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

static void build(const char *name, const char *files)
{
    char *path = in_folder(name);

    run("gcc -g -w -O0 -fPIC -shared -Wl,--build-id -o %s %s", name, files);
    program = load_or_fail(path);
    free(path);
}

/* ---- The same definition ------------------------------------------------------------------- */

START_TEST(a_header_defines_each_type_once)
{
    struct type *tree;
    size_t i, trees = 0, forests = 0;

    begin(_i);
    tree = need_type(program, TYPE_STRUCT, "tree");
    ck_assert_ptr_eq(need_variable(program, "main_tree")->type->target, tree);
    ck_assert_ptr_eq(need_variable(program, "store_tree")->type->target, tree);
    ck_assert_ptr_eq(need_variable(program, "cache_tree")->type->target, tree);
    ck_assert_ptr_null(tree->same_name_next);
    for (i = 0; i < program->type_count; i++) {
        const char *name = program->types[i]->name;

        trees += name && program->types[i]->kind == TYPE_STRUCT && strcmp(name, "tree") == 0;
        forests += name && strcmp(name, "forest") == 0 && program->types[i]->kind == TYPE_STRUCT;
    }
    ck_assert_uint_eq(trees, 1);
    ck_assert_uint_eq(forests, 1);
}
END_TEST

START_TEST(the_same_text_in_two_files_is_one_type)
{
    begin(_i);
    ck_assert_ptr_eq(need_variable(program, "store_pair")->type,
                     need_variable(program, "cache_pair")->type);
    ck_assert_ptr_null(need_type(program, TYPE_STRUCT, "pair")->same_name_next);
}
END_TEST

/* ---- Different definitions of one name ----------------------------------------------------- */

START_TEST(a_tag_used_privately_by_two_files_is_two_types)
{
    struct type *first, *store, *cache;

    begin(_i);
    store = need_variable(program, "store_nodes")->type->target;
    cache = need_variable(program, "cache_nodes")->type->target;
    ck_assert_ptr_ne(store, cache);
    ck_assert_str_eq(store->name, "node");
    ck_assert_str_eq(cache->name, "node");
    first = need_type(program, TYPE_STRUCT, "node");
    ck_assert(first == store || first == cache);
    ck_assert_ptr_eq(first->same_name_next, first == store ? cache : store);
    ck_assert_ptr_null(first->same_name_next->same_name_next);
    ck_assert_uint_eq(store->size, 16);
    ck_assert_uint_eq(cache->size, 24);
    ck_assert_ptr_eq(need_member(cache, "left")->type->target, cache);
    ck_assert_ptr_eq(need_member(store, "next")->type->target, store);
    if (!settings[_i].merges_by_name) {
        ck_assert_str_eq(store->unit, "store.c");
        ck_assert_str_eq(cache->unit, "cache.c");
    }
}
END_TEST

START_TEST(a_shared_struct_that_leads_to_private_ones_is_two_types)
{
    struct type *store, *cache, *list;

    begin(_i);
    if (settings[_i].merges_by_name)
        return;
    store = need_variable(program, "store_list")->type;
    cache = need_variable(program, "cache_list")->type;
    list = need_variable(program, "main_list")->type;
    ck_assert_ptr_ne(store, cache);
    ck_assert(list == store || list == cache);
    ck_assert_ptr_eq(need_member(store, "head")->type,
                     need_variable(program, "store_nodes")->type);
    ck_assert_ptr_eq(need_member(cache, "head")->type,
                     need_variable(program, "cache_nodes")->type);
    ck_assert_ptr_eq(need_member(cache, "itself")->type->target, cache);
}
END_TEST

START_TEST(unnamed_structs_are_told_apart_by_place)
{
    struct type *store;

    begin(_i);
    if (settings[_i].merges_by_name)
        return;
    store = need_variable(program, "store_unnamed")->type;
    ck_assert_ptr_eq(need_variable(program, "store_unnamed_pointer")->type->target, store);
    ck_assert_ptr_ne(need_variable(program, "cache_unnamed")->type, store);
}
END_TEST

START_TEST(a_header_read_under_two_configurations_gives_two_types)
{
    struct type *plain, *wide;

    write_in_folder("config.h", "struct config {\n#ifdef WIDE\nlong size;\n#else\nint size, unit;\n"
                                "#endif\n};\n");
    write_in_folder("one.c", "#include \"config.h\"\nstruct config plain;\n");
    write_in_folder("two.c", "#define WIDE\n#include \"config.h\"\nstruct config wide;\n");
    build("config.so", "one.c two.c");
    plain = need_variable(program, "plain")->type;
    wide = need_variable(program, "wide")->type;
    ck_assert_ptr_ne(plain, wide);
    ck_assert_uint_eq(plain->member_count, 2);
    ck_assert_uint_eq(wide->member_count, 1);
}
END_TEST

START_TEST(structs_that_differ_far_away_differ)
{
    write_in_folder("far.h", "struct a { struct b *b; }; struct b { struct c *c; };"
                             "struct c { struct d *d; };\n");
    write_in_folder("one.c", "#include \"far.h\"\nstruct d { int x; }; struct a one;\n");
    write_in_folder("two.c", "#include \"far.h\"\nstruct d { float x; }; struct a two;\n");
    write_in_folder("three.c", "#include \"far.h\"\nstruct d { int x; }; struct a three;\n");
    build("far.so", "one.c two.c three.c");
    ck_assert_ptr_ne(need_variable(program, "one")->type, need_variable(program, "two")->type);
    ck_assert_ptr_eq(need_variable(program, "one")->type, need_variable(program, "three")->type);
}
END_TEST

START_TEST(several_unnamed_structs_on_one_line_stay_apart)
{
    write_in_folder("line.h", "struct ends { struct { int *p; } a; struct { int *p; } b; };\n");
    write_in_folder("one.c", "#include \"line.h\"\nstruct ends one;\n");
    write_in_folder("two.c", "#include \"line.h\"\nstruct ends two;\n");
    build("line.so", "one.c two.c");
    ck_assert_ptr_eq(need_variable(program, "one")->type, need_variable(program, "two")->type);
    ck_assert_ptr_ne(need_member(need_variable(program, "one")->type, "a")->type,
                     need_member(need_variable(program, "one")->type, "b")->type);
}
END_TEST

/* ---- Declarations -------------------------------------------------------------------------- */

START_TEST(a_declaration_takes_the_definition_of_another_unit)
{
    struct type *hidden;

    write_in_folder("one.c", "struct hidden; struct hidden *one; enum later; enum later *early;\n");
    write_in_folder("two.c", "struct hidden { int x; struct hidden *next; } two;"
                             "enum later { NOW, THEN } when;\n");
    build("hidden.so", "one.c two.c");
    hidden = need_type(program, TYPE_STRUCT, "hidden");
    ck_assert(!hidden->incomplete);
    ck_assert_ptr_eq(need_variable(program, "one")->type->target, hidden);
    ck_assert_ptr_eq(need_variable(program, "two")->type, hidden);
    ck_assert_ptr_eq(need_variable(program, "early")->type->target,
                     need_variable(program, "when")->type);
}
END_TEST

START_TEST(a_unit_that_sees_only_a_declaration_shares_the_type)
{
    struct type *queue;

    write_in_folder("queue.h", "struct item; struct queue { struct item *first; };\n");
    write_in_folder("one.c", "#include \"queue.h\"\nstruct queue blind;\n");
    write_in_folder("two.c", "#include \"queue.h\"\nstruct item { int x; };"
                             "struct queue seeing;\n");
    build("queue.so", "one.c two.c");
    queue = need_variable(program, "seeing")->type;
    ck_assert_ptr_eq(need_variable(program, "blind")->type, queue);
    ck_assert(!need_member(queue, "first")->type->target->incomplete);
    end();
    build("queue.so", "two.c one.c"); /* whichever comes first */
    ck_assert_ptr_eq(need_variable(program, "blind")->type, need_variable(program, "seeing")->type);
}
END_TEST

/* Types that nothing static leads to are there for rules to mention. */
START_TEST(types_of_the_heap_are_found_by_name)
{
    write_in_folder("one.c", "#include <stdlib.h>\nstruct deep { int x; };\n"
                             "void *one(void) { struct deep *d = malloc(sizeof *d); d->x = 1;"
                             " return d; }\n");
    build("heap.so", "one.c");
    ck_assert_uint_eq(need_type(program, TYPE_STRUCT, "deep")->size, 4);
}
END_TEST

START_TEST(a_long_chain_of_types_needs_no_deep_stack)
{
    char *text = NULL;
    size_t length;
    FILE *stream = open_memstream(&text, &length);
    int i;

    for (i = 20000; i > 0; i--)
        fprintf(stream, "struct s%d; struct s%d { struct s%d *next; };\n", i, i - 1, i);
    fprintf(stream, "struct s20000 { int end; }; struct s0 start;\n");
    fclose(stream);
    write_in_folder("one.c", text);
    write_in_folder("two.c", text);
    run("sed -i s/start/other/ two.c");
    free(text);
    build("chain.so", "one.c two.c");
    ck_assert_ptr_eq(need_variable(program, "start")->type, need_variable(program, "other")->type);
    ck_assert_uint_eq(need_type(program, TYPE_STRUCT, "s20000")->size, 4);
}
END_TEST

/* ---- Names of units ------------------------------------------------------------------------ */

START_TEST(like_named_files_say_their_folder)
{
    run("mkdir -p a/x b/x c");
    write_in_folder("a/x/util.c", "static int here; int *a(void) { return &here; }\n");
    write_in_folder("b/x/util.c", "static int here; int *b(void) { return &here; }\n");
    write_in_folder("c/util.c", "static int here; int *c(void) { static int once; once++;"
                                " return &here; }\n");
    write_in_folder("alone.c", "static int here; int *alone(void) { return &here; }\n");
    build("like.so", "a/x/util.c ./b/../b/x/util.c c/util.c alone.c");
    need_variable(program, "a/x/util.c/here");
    need_variable(program, "b/x/util.c/here");
    need_variable(program, "c/util.c/here");
    need_variable(program, "c/util.c/c#once");
    need_variable(program, "alone.c/here");
    ck_assert_ptr_null(model_find_variable(program, "util.c/here"));
    ck_assert_str_eq(need_variable(program, "a/x/util.c/here")->file, "a/x/util.c");
}
END_TEST

START_TEST(a_file_compiled_twice_is_numbered)
{
    write_in_folder("twice.c", "static int here; int *NAME(void) { return &here; }\n");
    run("gcc -g -fPIC -DNAME=one -c twice.c -o one.o && "
        "gcc -g -fPIC -DNAME=two -c twice.c -o two.o");
    build("twice.so", "one.o two.o");
    ck_assert_uint_ne(need_variable(program, "twice.c/here")->address,
                      need_variable(program, "twice.c(2)/here")->address);
}
END_TEST

Suite *suite_units(void)
{
    Suite *suite = suite_create("units");
    TCase *everywhere = tcase_create("units-everywhere"), *built = tcase_create("units-built");

    tcase_set_timeout(everywhere, 60);
    tcase_add_checked_fixture(everywhere, NULL, end);
    tcase_add_loop_test(everywhere, a_header_defines_each_type_once, 0, setting_count);
    tcase_add_loop_test(everywhere, the_same_text_in_two_files_is_one_type, 0, setting_count);
    tcase_add_loop_test(everywhere, a_tag_used_privately_by_two_files_is_two_types, 0,
                        setting_count);
    tcase_add_loop_test(everywhere, a_shared_struct_that_leads_to_private_ones_is_two_types, 0,
                        setting_count);
    tcase_add_loop_test(everywhere, unnamed_structs_are_told_apart_by_place, 0, setting_count);
    suite_add_tcase(suite, everywhere);

    tcase_set_timeout(built, 120);
    tcase_add_checked_fixture(built, NULL, end);
    tcase_add_test(built, a_header_read_under_two_configurations_gives_two_types);
    tcase_add_test(built, structs_that_differ_far_away_differ);
    tcase_add_test(built, several_unnamed_structs_on_one_line_stay_apart);
    tcase_add_test(built, a_declaration_takes_the_definition_of_another_unit);
    tcase_add_test(built, a_unit_that_sees_only_a_declaration_shares_the_type);
    tcase_add_test(built, types_of_the_heap_are_found_by_name);
    tcase_add_test(built, a_long_chain_of_types_needs_no_deep_stack);
    tcase_add_test(built, like_named_files_say_their_folder);
    tcase_add_test(built, a_file_compiled_twice_is_numbered);
    suite_add_tcase(suite, built);
    return suite;
}
