/* test_model_text.c -- types as text, the dump, the arena. */
#include "test_model.h"

static struct type int_type = {.kind = TYPE_BASE, .name = "int", .size = 4};
static struct type void_type = {.kind = TYPE_VOID};

static struct type pointer_to(struct type *target)
{
    return (struct type){.kind = TYPE_POINTER, .target = target, .size = 8};
}

static struct type qualified(struct type *target, enum type_qualifier qualifier)
{
    return (struct type){.kind = TYPE_QUALIFIED, .target = target, .qualifiers = qualifier};
}

static struct type array_of(struct type *target, uint64_t count)
{
    return (struct type){.kind = TYPE_ARRAY, .target = target, .count = count,
                         .is_flexible = count == 0};
}

START_TEST(qualifiers_stand_where_they_belong)
{
    struct type constant = qualified(&int_type, QUALIFIER_CONST);
    struct type both = qualified(&constant, QUALIFIER_VOLATILE);
    struct type pointer = pointer_to(&constant);
    struct type fixed = qualified(&pointer, QUALIFIER_CONST);
    struct type array = array_of(&fixed, 3);
    struct type constant_array = qualified(&array, QUALIFIER_CONST);
    struct type to_array = pointer_to(&array);

    check_text(&constant, "", "const int");
    check_text(&both, "x", "const volatile int x");
    check_text(&pointer, "p", "const int *p");
    check_text(&pointer, "", "const int *");
    check_text(&fixed, "p", "const int *const p");
    check_text(&fixed, "", "const int *const");
    check_text(&array, "a", "const int *const a[3]");
    check_text(&constant_array, "a", "const int *const a[3]");
    check_text(&to_array, "", "const int *const (*)[3]");
}
END_TEST

START_TEST(functions_and_arrays_bind_tighter_than_pointers)
{
    struct type pointer = pointer_to(&int_type), anything = pointer_to(&void_type);
    struct member parameters[2] = {{.type = &pointer}, {.type = &anything}};
    struct type function = {.kind = TYPE_FUNCTION, .target = &pointer, .members = parameters,
                            .member_count = 2};
    struct type to_function = pointer_to(&function), handlers = array_of(&to_function, 4);
    struct type to_handlers = pointer_to(&handlers), flexible = array_of(&to_function, 0);
    struct type no_parameters = {.kind = TYPE_FUNCTION, .target = &void_type};

    check_text(&function, "f", "int *f(int *, void *)");
    check_text(&to_function, "f", "int *(*f)(int *, void *)");
    check_text(&handlers, "h", "int *(*h[4])(int *, void *)");
    check_text(&to_handlers, "", "int *(*(*)[4])(int *, void *)");
    check_text(&flexible, "h", "int *(*h[])(int *, void *)");
    check_text(&no_parameters, "g", "void g(void)");
    function.is_variadic = true;
    check_text(&function, "f", "int *f(int *, void *, ...)");
    no_parameters.is_variadic = true;
    check_text(&no_parameters, "g", "void g()");
}
END_TEST

START_TEST(unnamed_types_are_shown_as_such)
{
    struct type structure = {.kind = TYPE_STRUCT}, pointer = pointer_to(&structure);

    check_text(&structure, "s", "struct {...} s");
    check_text(&pointer, "s", "struct {...} *s");
}
END_TEST

START_TEST(annotations_have_the_names_of_their_macros)
{
    ck_assert_str_eq(annotation_kind_name(ANNOTATION_PTR), "E_PTR");
    ck_assert_str_eq(annotation_kind_name(ANNOTATION_PTRARRAY), "E_PTRARRAY");
    ck_assert_str_eq(annotation_kind_name(ANNOTATION_G), "E_G");
    ck_assert_str_eq(annotation_kind_name(ANNOTATION_NOTELOCALS), "E_NOTELOCALS");
}
END_TEST

START_TEST(the_dump_shows_what_is_there)
{
    static const char *const lines[] = {
        "struct bits  #", "      0 bits 3: unsigned int low\n", "    64 bits 31: unsigned int tail",
        "    RED = -1\n", "constant_global  0x", "thread_global  tls+0x", "main.c/helper  0x",
        "int *values  E_PTRARRAY(3)@0\n", "E_MANUAL_MIGRATE@0\n",
        "main#pending  noted: long pending", "struct opaque  #", ", incomplete",
        "at types.h:16\n", ", also #"};
    struct program *program = load_sample(0);
    char *text;
    size_t length, i;
    FILE *stream = open_memstream(&text, &length);

    model_print(program, stream);
    fclose(stream);
    for (i = 0; i < sizeof lines / sizeof lines[0]; i++)
        ck_assert_msg(strstr(text, lines[i]) != NULL, "\"%s\" is not in:\n%s", lines[i], text);
    free(text);
    model_free(program);
}
END_TEST

START_TEST(the_build_id_is_that_of_the_file)
{
    struct program *program = load_sample(0);
    char *path = in_folder("expected");

    run("file %s | grep -q 'BuildID.*=%s' || readelf -n %s | grep -q %s", sample_path(0),
        program->build_id, sample_path(0), program->build_id);
    ck_assert_uint_ge(strlen(program->build_id), 16);
    ck_assert_str_eq(program->path, sample_path(0));
    model_free(program);
    free(path);
}
END_TEST

START_TEST(the_arena_hands_out_zeroed_aligned_memory)
{
    struct arena *arena = arena_new();
    char *pieces[200];
    size_t i, j;

    for (i = 0; i < 200; i++) {
        size_t size = i * i * 7 % 9000 + 1;

        pieces[i] = arena_allocate(arena, size);
        ck_assert_uint_eq((uintptr_t)pieces[i] % 16, 0);
        for (j = 0; j < size; j++)
            ck_assert_int_eq(pieces[i][j], 0);
        memset(pieces[i], (int)i, size);
    }
    for (i = 0; i < 200; i++)
        ck_assert_int_eq(pieces[i][0], (char)i);
    ck_assert_ptr_nonnull(arena_allocate(arena, 1000000));
    ck_assert_str_eq(arena_format(arena, "%s#%d", "key", 7), "key#7");
    ck_assert_str_eq(arena_copy_string(arena, "text"), "text");
    arena_free(arena);
    arena_free(NULL);
}
END_TEST

Suite *suite_text(void)
{
    Suite *suite = suite_create("text");
    TCase *test_case = tcase_create("text");

    tcase_set_timeout(test_case, 60);
    tcase_add_test(test_case, qualifiers_stand_where_they_belong);
    tcase_add_test(test_case, functions_and_arrays_bind_tighter_than_pointers);
    tcase_add_test(test_case, unnamed_types_are_shown_as_such);
    tcase_add_test(test_case, annotations_have_the_names_of_their_macros);
    tcase_add_test(test_case, the_dump_shows_what_is_there);
    tcase_add_test(test_case, the_build_id_is_that_of_the_file);
    tcase_add_test(test_case, the_arena_hands_out_zeroed_aligned_memory);
    suite_add_tcase(suite, test_case);
    return suite;
}
