/* test_model_types.c -- types as the binary tells them: the same from every compiler and option. */
#include "test_model.h"

#include "model/types.h"

#include <dwarf.h>

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

#define CHECK_LAYOUT(kind, tag, word)                                                             \
    do {                                                                                          \
        type = need_type(program, kind, #tag);                                                    \
        ck_assert_uint_eq(type->size, sizeof(word tag));                                          \
        ck_assert_uint_eq(type->alignment, _Alignof(word tag));                                   \
    } while (0)
#define CHECK_MEMBER(tag, name) \
    ck_assert_uint_eq(need_member(type, #name)->offset, offsetof(struct tag, name))

START_TEST(structs_have_the_layout_of_the_compiler)
{
    struct type *type;

    begin(_i);
    CHECK_LAYOUT(TYPE_STRUCT, list, struct);
    CHECK_MEMBER(list, head);
    CHECK_MEMBER(list, length);
    CHECK_LAYOUT(TYPE_STRUCT, packed, struct);
    CHECK_MEMBER(packed, number);
    CHECK_MEMBER(packed, last);
    CHECK_LAYOUT(TYPE_STRUCT, outer, struct);
    CHECK_MEMBER(outer, kind);
    CHECK_MEMBER(outer, inner);
    CHECK_MEMBER(outer, number);
    CHECK_LAYOUT(TYPE_STRUCT, declarators, struct);
    CHECK_MEMBER(declarators, wide);
    CHECK_MEMBER(declarators, ld);
    CHECK_MEMBER(declarators, v);
    CHECK_MEMBER(declarators, only);
    CHECK_LAYOUT(TYPE_STRUCT, flexible, struct);
    CHECK_LAYOUT(TYPE_STRUCT, zero, struct);
    CHECK_LAYOUT(TYPE_UNION, number, union);
    CHECK_LAYOUT(TYPE_ENUM, colour, enum);
    type = need_type(program, TYPE_STRUCT, "aligned");
    ck_assert_uint_eq(type->size, sizeof(struct aligned));
    if (settings[_i].has_alignment)
        ck_assert_uint_eq(type->alignment, _Alignof(struct aligned));
}
END_TEST

START_TEST(bit_fields_are_counted_from_the_low_end)
{
    static const struct {
        const char *name;
        unsigned offset, size;
    } fields[] = {{"low", 0, 3}, {"middle", 3, 7}, {"wide", 10, 40}, {"flag", 50, 1},
                  {"after", 0, 0}, {"tail", 64, 31}};
    struct type *type;
    size_t i;

    begin(_i);
    CHECK_LAYOUT(TYPE_STRUCT, bits, struct);
    ck_assert_uint_eq(type->member_count, 6);
    for (i = 0; i < 6; i++) {
        struct member *member = need_member(type, fields[i].name);

        ck_assert_ptr_eq(member, &type->members[i]);
        ck_assert_uint_eq(member->bit_offset, fields[i].offset);
        ck_assert_uint_eq(member->bit_size, fields[i].size);
    }
    CHECK_MEMBER(bits, after);
}
END_TEST

START_TEST(declarators_read_as_in_c)
{
    static const struct {
        const char *name, *text;
    } expected[] = {
        {"matrix", "int matrix[2][3]"},
        {"row", "int (*row)[3]"},
        {"names", "const char *const names[2]"},
        {"moving", "char *volatile moving"},
        {"compare", "int (*compare)(const void *, const void *)"},
        {"maker", "int (*(*maker)(int))[3]"},
        {"unprototyped", "void (*unprototyped)()"},
        {"anything", "void *anything"},
        {"handle", "struct opaque *handle"},
        {"watched", "const volatile struct tree *watched"},
        {"u64", "unsigned long long u64"},
        {"s8", "signed char s8"},
        {"ld", "long double ld"},
        {"b", "_Bool b"},
        {"wide", "__int128 wide"},
        {"uwide", "unsigned __int128 uwide"},
        {"fc", "_Complex float fc"},
        {"dc", "_Complex double dc"},
        {"lc", "_Complex long double lc"},
        {"v", "vector v"},
        {"stream", "FILE *stream"},
        {"call", "callback call"},
        {"points", "point points[2]"},
        {"arguments", "va_list arguments"},
        {"only", "int *restrict only"},
        {"lists", "struct list *lists"},
    };
    struct type *type;
    size_t i;

    begin(_i);
    type = need_type(program, TYPE_STRUCT, "declarators");
    for (i = 0; i < sizeof expected / sizeof expected[0]; i++)
        check_text(need_member(type, expected[i].name)->type, expected[i].name, expected[i].text);
    check_text(need_member(type, "atomic")->type, "atomic",
               settings[_i].has_atomic ? "_Atomic int atomic" : "int atomic");
    check_text(type_strip(need_member(type, "call")->type), "",
               "int (*)(const char *, void *, ...)");
    check_text(type_strip(need_member(type, "v")->type), "",
               "float __attribute__((vector_size(16)))");
}
END_TEST

START_TEST(arrays_of_arrays_are_nested_outermost_first)
{
    struct type *type;

    begin(_i);
    type = need_member(need_type(program, TYPE_STRUCT, "declarators"), "matrix")->type;
    ck_assert_int_eq(type->kind, TYPE_ARRAY);
    ck_assert_uint_eq(type->count, 2);
    ck_assert_uint_eq(type->size, 24);
    type = type->target;
    ck_assert_int_eq(type->kind, TYPE_ARRAY);
    ck_assert_uint_eq(type->count, 3);
    ck_assert_uint_eq(type->size, 12);
    ck_assert_int_eq(type->target->kind, TYPE_BASE);
    ck_assert(!type->is_flexible);
}
END_TEST

START_TEST(arrays_without_a_length_are_flexible)
{
    struct type *type;

    begin(_i);
    type = need_member(need_type(program, TYPE_STRUCT, "flexible"), "bytes")->type;
    ck_assert(type->is_flexible);
    ck_assert_uint_eq(type->count, 0);
    ck_assert_uint_eq(type->size, 0);
    type = need_member(need_type(program, TYPE_STRUCT, "zero"), "items")->type;
    ck_assert(type->is_flexible);
    ck_assert_uint_eq(type->count, 0);
}
END_TEST

START_TEST(anonymous_members_have_no_name)
{
    struct type *outer, *inner;
    struct member *member;

    begin(_i);
    outer = need_type(program, TYPE_STRUCT, "outer");
    ck_assert_uint_eq(outer->member_count, 4);
    member = &outer->members[1];
    ck_assert_ptr_null(member->name);
    ck_assert_uint_eq(member->offset, offsetof(struct outer, whole));
    inner = member->type;
    ck_assert_int_eq(inner->kind, TYPE_UNION);
    ck_assert_ptr_null(inner->name);
    ck_assert_uint_eq(inner->member_count, 2);
    ck_assert_str_eq(inner->members[0].name, "whole");
    ck_assert_ptr_null(inner->members[1].name);
    ck_assert_str_eq(inner->members[1].type->members[1].name, "low");
    ck_assert_uint_eq(inner->members[1].type->members[1].offset, 2);
    member = need_member(outer, "inner");
    ck_assert_uint_eq(member->type->count, 2);
    ck_assert_ptr_null(member->type->target->name);
    ck_assert_str_eq(member->type->target->members[0].name, "name");
}
END_TEST

START_TEST(enums_have_values_and_a_sign)
{
    struct type *colour, *large;

    begin(_i);
    colour = need_type(program, TYPE_ENUM, "colour");
    ck_assert_uint_eq(colour->enumerator_count, 3);
    ck_assert_str_eq(colour->enumerators[0].name, "RED");
    ck_assert_int_eq(colour->enumerators[0].value, -1);
    ck_assert_int_eq(colour->enumerators[1].value, 0);
    ck_assert_int_eq(colour->enumerators[2].value, 7);
    ck_assert_uint_eq(colour->encoding, DW_ATE_signed);
    large = need_type(program, TYPE_ENUM, "large");
    ck_assert_int_eq(large->enumerators[0].value, 4000000000);
    ck_assert_uint_eq(large->encoding, DW_ATE_unsigned);
}
END_TEST

START_TEST(recursive_types_lead_back_to_themselves)
{
    struct type *tree, *forest, *alias;

    begin(_i);
    tree = need_type(program, TYPE_STRUCT, "tree");
    forest = need_type(program, TYPE_STRUCT, "forest");
    alias = need_type(program, TYPE_TYPEDEF, "tree_t");
    ck_assert_ptr_eq(need_member(tree, "left")->type->target, tree);
    ck_assert_ptr_eq(need_member(tree, "left")->type, need_member(tree, "right")->type);
    ck_assert_ptr_eq(need_member(tree, "forest")->type->target, forest);
    ck_assert_ptr_eq(need_member(forest, "trees")->type->target->target, alias);
    ck_assert_ptr_eq(alias->target, tree);
    ck_assert_uint_eq(alias->size, tree->size);
    ck_assert_ptr_eq(type_strip(alias), tree);
    ck_assert_ptr_eq(need_member(forest, "next")->type->target, forest);
}
END_TEST

START_TEST(base_types_have_one_name_whoever_compiled_them)
{
    static const struct {
        const char *asked, *name;
        unsigned size, encoding;
    } expected[] = {{"int", "int", 4, DW_ATE_signed},
                    {"long unsigned int", "unsigned long", 8, DW_ATE_unsigned},
                    {"unsigned long", "unsigned long", 8, DW_ATE_unsigned},
                    {"char", "char", 1, DW_ATE_signed_char},
                    {"_Bool", "_Bool", 1, DW_ATE_boolean},
                    {"double", "double", 8, DW_ATE_float},
                    {"complex double", "_Complex double", 16, DW_ATE_complex_float},
                    {"signed char", "signed char", 1, DW_ATE_signed_char}};
    size_t i;

    begin(_i);
    for (i = 0; i < sizeof expected / sizeof expected[0]; i++) {
        struct type *type = model_find_type(program, TYPE_BASE, expected[i].asked);

        ck_assert_msg(type != NULL, "no %s", expected[i].asked);
        ck_assert_str_eq(type->name, expected[i].name);
        ck_assert_uint_eq(type->size, expected[i].size);
        ck_assert_uint_eq(type->encoding, expected[i].encoding);
    }
    ck_assert_ptr_null(model_find_type(program, TYPE_BASE, "nothing"));
    ck_assert_ptr_null(model_find_type(program, TYPE_STRUCT, "int"));
}
END_TEST

START_TEST(library_types_are_known_as_such)
{
    begin(_i);
    ck_assert(need_type(program, TYPE_STRUCT, "_IO_FILE")->from_system);
    ck_assert(need_type(program, TYPE_TYPEDEF, "FILE")->from_system);
    ck_assert(need_type(program, TYPE_TYPEDEF, "size_t")->from_system);
    ck_assert(need_type(program, TYPE_STRUCT, "__va_list_tag")->from_system);
    ck_assert(!need_type(program, TYPE_STRUCT, "tree")->from_system);
    ck_assert(!need_type(program, TYPE_TYPEDEF, "tree_t")->from_system);
    ck_assert_str_eq(need_type(program, TYPE_STRUCT, "tree")->place.file, "types.h");
    ck_assert_int_eq(need_type(program, TYPE_STRUCT, "list")->place.line, 16);
}
END_TEST

START_TEST(what_is_never_defined_is_incomplete)
{
    struct type *type;

    begin(_i);
    type = need_type(program, TYPE_STRUCT, "opaque");
    ck_assert(type->incomplete);
    ck_assert_uint_eq(type->size, 0);
    ck_assert(!need_type(program, TYPE_STRUCT, "node")->incomplete);
}
END_TEST

START_TEST(void_is_a_type_and_ids_are_dense)
{
    struct type *pointer;
    size_t i;

    begin(_i);
    pointer = need_member(need_type(program, TYPE_STRUCT, "declarators"), "anything")->type;
    ck_assert_int_eq(pointer->kind, TYPE_POINTER);
    ck_assert_int_eq(pointer->target->kind, TYPE_VOID);
    for (i = 0; i < program->type_count; i++) {
        const struct type *type = program->types[i];

        ck_assert_int_eq(type->id, (int)i);
        ck_assert_uint_ge(type->alignment, 1);
        if (type->kind == TYPE_POINTER || type->kind == TYPE_TYPEDEF || type->kind == TYPE_ARRAY ||
            type->kind == TYPE_QUALIFIED || type->kind == TYPE_FUNCTION)
            ck_assert_ptr_nonnull(type->target);
    }
}
END_TEST

START_TEST(derived_types_are_the_same_when_made_alike)
{
    struct type *outer, *list;

    begin(_i);
    outer = need_type(program, TYPE_STRUCT, "outer");
    list = need_type(program, TYPE_STRUCT, "list");
    ck_assert_ptr_eq(need_member(list, "length")->type,
                     need_member(outer, "kind")->type);
    ck_assert_ptr_eq(
        type_strip(need_member(need_type(program, TYPE_STRUCT, "declarators"), "only")->type),
        need_member(need_member(outer, "inner")->type->target, "values")->type);
}
END_TEST

Suite *suite_types(void)
{
    Suite *suite = suite_create("types");
    TCase *layout = tcase_create("layout");

    tcase_set_timeout(layout, 60);
    tcase_add_checked_fixture(layout, NULL, end);
    tcase_add_loop_test(layout, structs_have_the_layout_of_the_compiler, 0, setting_count);
    tcase_add_loop_test(layout, bit_fields_are_counted_from_the_low_end, 0, setting_count);
    tcase_add_loop_test(layout, declarators_read_as_in_c, 0, setting_count);
    tcase_add_loop_test(layout, arrays_of_arrays_are_nested_outermost_first, 0, setting_count);
    tcase_add_loop_test(layout, arrays_without_a_length_are_flexible, 0, setting_count);
    tcase_add_loop_test(layout, anonymous_members_have_no_name, 0, setting_count);
    tcase_add_loop_test(layout, enums_have_values_and_a_sign, 0, setting_count);
    tcase_add_loop_test(layout, recursive_types_lead_back_to_themselves, 0, setting_count);
    tcase_add_loop_test(layout, base_types_have_one_name_whoever_compiled_them, 0, setting_count);
    tcase_add_loop_test(layout, library_types_are_known_as_such, 0, setting_count);
    tcase_add_loop_test(layout, what_is_never_defined_is_incomplete, 0, setting_count);
    tcase_add_loop_test(layout, void_is_a_type_and_ids_are_dense, 0, setting_count);
    tcase_add_loop_test(layout, derived_types_are_the_same_when_made_alike, 0, setting_count);
    suite_add_tcase(suite, layout);
    return suite;
}
