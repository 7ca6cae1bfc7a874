/* test_model_annotations.c -- the records of .kitsune, hung where they belong.
 *
 * The records are written with assembler here, as docs/annotations-section.md describes them, so
 * that these tests need no kitcc.
 */
#include "test_model.h"

static struct program *program;

static void end(void)
{
    model_free(program);
    program = NULL;
}

static void load_with(const char *text, const char *const *records)
{
    char *source = with_records(text, records);

    program = load_text(source, "");
    free(source);
}

static const struct annotation *only(const struct annotation *list, enum annotation_kind kind)
{
    ck_assert_ptr_nonnull(list);
    ck_assert_ptr_null(list->next);
    ck_assert_int_eq(list->kind, kind);
    return list;
}

/* ---- Where they go ------------------------------------------------------------------------- */

START_TEST(records_of_the_sample_are_attached)
{
    const struct annotation *annotation;
    struct type *inner;

    program = load_sample(_i);
    inner = need_member(need_type(program, TYPE_STRUCT, "outer"), "inner")->type->target;
    annotation = only(need_member(inner, "values")->annotations, ANNOTATION_PTRARRAY);
    ck_assert_str_eq(annotation->argument, "3");
    ck_assert_int_eq(annotation->level, 0);
    ck_assert_str_eq(annotation->place.file, "types.h");
    ck_assert_int_eq(annotation->place.line, 77);
    only(need_variable(program, "main.c/file_static")->annotations, ANNOTATION_MANUAL_MIGRATE);
    only(model_find_local(program, "main#pending")->annotations, ANNOTATION_OPAQUE);
    ck_assert_ptr_null(need_variable(program, "initialised")->annotations);
    ck_assert_uint_eq(program->warning_count, 0);
}
END_TEST

START_TEST(types_and_members_get_theirs)
{
    struct type *list;

    load_with("struct list { struct list *next; void **value; } *all;\n"
              "typedef struct { int *numbers; int count; } vector; vector v;\n"
              "union u { int i; char *s; } u;\n",
              RECORDS("type|struct list||0|GENERIC|@t|file.c:1",
                      "type|struct list|value|2|T|@t|file.c:1",
                      "type|struct list|value|0|PTRARRAY|7|file.c:1",
                      "type|struct list||0|CUSTOM|take, give|file.c:1",
                      "type|typedef vector|numbers|0|PTRARRAY|self.count|file.c:2",
                      "type|typedef vector||0|OPAQUE||file.c:2",
                      "type|union u|s|0|SZ||file.c:3"));
    list = need_type(program, TYPE_STRUCT, "list");
    ck_assert_str_eq(find_annotation(list->annotations, ANNOTATION_GENERIC)->argument, "@t");
    ck_assert_str_eq(find_annotation(list->annotations, ANNOTATION_CUSTOM)->argument,
                     "take, give");
    ck_assert_ptr_null(need_member(list, "next")->annotations);
    ck_assert_int_eq(need_member(list, "value")->annotations->kind, ANNOTATION_PTRARRAY);
    ck_assert_int_eq(need_member(list, "value")->annotations->level, 0);
    ck_assert_int_eq(find_annotation(need_member(list, "value")->annotations,
                                     ANNOTATION_T)->level, 2);
    only(need_type(program, TYPE_TYPEDEF, "vector")->annotations, ANNOTATION_OPAQUE);
    only(need_member(need_type(program, TYPE_TYPEDEF, "vector")->target, "numbers")->annotations,
         ANNOTATION_PTRARRAY);
    only(need_member(need_type(program, TYPE_UNION, "u"), "s")->annotations, ANNOTATION_SZ);
}
END_TEST

START_TEST(paths_lead_through_unnamed_structs)
{
    struct type *s, *unnamed;

    load_with("struct s { union { int a; char *text; }; struct { struct { char *deep; } in; } "
              "out[2]; struct { int *p; } *far; } s;\n"
              "static struct { char *name; int n; } lone; void *use(void) { return &lone; }\n",
              RECORDS("type|struct s|text|0|SZ||file.c:1",
                      "type|struct s|a^|0|TAGGED|self.n|file.c:1",
                      "type|struct s|out.in.deep|0|SZ||file.c:1",
                      "type|struct s|far.p|0|PTRARRAY|3|file.c:1",
                      "variable|file.c/lone|name|0|SZ||file.c:2"));
    s = need_type(program, TYPE_STRUCT, "s");
    unnamed = s->members[0].type;
    only(need_member(unnamed, "text")->annotations, ANNOTATION_SZ);
    only(s->members[0].annotations, ANNOTATION_TAGGED);
    only(need_member(need_member(need_member(s, "out")->type->target, "in")->type,
                     "deep")->annotations, ANNOTATION_SZ);
    only(need_member(need_member(s, "far")->type->target, "p")->annotations, ANNOTATION_PTRARRAY);
    only(need_member(need_variable(program, "file.c/lone")->type, "name")->annotations,
         ANNOTATION_SZ);
    ck_assert_uint_eq(program->warning_count, 0);
}
END_TEST

START_TEST(variables_and_locals_get_theirs)
{
    load_with("char *global; static int *numbers; int count(int *given) { static int *kept;"
              " int *made = given; kept = numbers = made; return *kept; }\n",
              RECORDS("variable|global||0|SZ||file.c:1",
                      "variable|file.c/numbers||0|PTRARRAY|9|file.c:1",
                      "variable|file.c/count#kept||0|PTR||file.c:1",
                      "function|file.c/count||0|NOTELOCALS||file.c:1",
                      "local|file.c/count#made||0|PTRARRAY|2|file.c:1"));
    only(need_variable(program, "global")->annotations, ANNOTATION_SZ);
    ck_assert_str_eq(only(need_variable(program, "file.c/numbers")->annotations,
                          ANNOTATION_PTRARRAY)->argument, "9");
    only(need_variable(program, "file.c/count#kept")->annotations, ANNOTATION_PTR);
    only(model_find_local(program, "count#made")->annotations, ANNOTATION_PTRARRAY);
    ck_assert_ptr_null(model_find_local(program, "count#given")->annotations);
}
END_TEST

START_TEST(equal_records_are_attached_once_and_in_order)
{
    const struct annotation *list;

    load_with("void **p;\n", RECORDS("variable|p||1|T|@t|file.h:1", "variable|p||1|T|@t|file.c:1",
                                     "variable|p||0|PTRARRAY|2|file.c:1"));
    list = need_variable(program, "p")->annotations;
    ck_assert_int_eq(list->kind, ANNOTATION_PTRARRAY);
    ck_assert_int_eq(list->next->kind, ANNOTATION_T);
    ck_assert_ptr_null(list->next->next);
}
END_TEST

START_TEST(private_types_of_one_name_get_their_own)
{
    char *path = in_folder("two.so"), *source;

    source = with_records("struct node { int *a; } one;\n",
                          RECORDS("type|struct node|a|0|PTRARRAY|1|one.c:1"));
    write_in_folder("one.c", source);
    free(source);
    source = with_records("struct node { int *a; long b; } two;\n",
                          RECORDS("type|struct node|a|0|PTRARRAY|2|./two.c:1"));
    write_in_folder("two.c", source);
    free(source);
    run("gcc -g -w -fPIC -shared -Wl,--build-id -o two.so one.c two.c");
    program = load_or_fail(path);
    ck_assert_str_eq(only(need_member(need_variable(program, "one")->type, "a")->annotations,
                          ANNOTATION_PTRARRAY)->argument, "1");
    ck_assert_str_eq(only(need_member(need_variable(program, "two")->type, "a")->annotations,
                          ANNOTATION_PTRARRAY)->argument, "2");
    free(path);
}
END_TEST

START_TEST(like_named_files_are_told_apart_by_the_place)
{
    char *path = in_folder("like.so"), *source;

    run("mkdir -p p q");
    source = with_records("static int *v; int *p(int *n) { int *l = n; return v = l; }\n",
                          RECORDS("variable|f.c/v||0|PTRARRAY|1|p/f.c:1",
                                  "function|f.c/p||0|NOTELOCALS||p/f.c:1",
                                  "local|f.c/p#l||0|PTRARRAY|5|p/f.c:1"));
    write_in_folder("p/f.c", source);
    free(source);
    source = with_records("static int *v; int *q(void) { return v; }\n",
                          RECORDS("variable|f.c/v||0|PTRARRAY|2|q/f.c:1"));
    write_in_folder("q/f.c", source);
    free(source);
    run("gcc -g -w -fPIC -shared -Wl,--build-id -o like.so p/f.c q/f.c");
    program = load_or_fail(path);
    ck_assert_str_eq(only(need_variable(program, "p/f.c/v")->annotations,
                          ANNOTATION_PTRARRAY)->argument, "1");
    ck_assert_str_eq(only(need_variable(program, "q/f.c/v")->annotations,
                          ANNOTATION_PTRARRAY)->argument, "2");
    only(model_find_local(program, "p#l")->annotations, ANNOTATION_PTRARRAY);
    free(path);
}
END_TEST

/* ---- Records that do not fit --------------------------------------------------------------- */

static void check_one_warning(const char *part)
{
    ck_assert_uint_eq(program->warning_count, 1);
    ck_assert_msg(strstr(program->warnings[0], part) != NULL, "%s", program->warnings[0]);
}

START_TEST(unknown_annotations_are_skipped_with_a_warning)
{
    load_with("int *p;\n", RECORDS("variable|p||0|FROBNICATE||file.c:1",
                                   "variable|p||0|PTR||file.c:1"));
    check_one_warning("skipped an annotation that this xfgen does not know: variable FROBNICATE");
    only(need_variable(program, "p")->annotations, ANNOTATION_PTR);
}
END_TEST

START_TEST(unknown_record_kinds_are_skipped_with_a_warning)
{
    load_with("int *p;\n", RECORDS("macro|p||0|PTR||file.c:1"));
    check_one_warning("macro PTR on p");
    ck_assert_ptr_null(need_variable(program, "p")->annotations);
}
END_TEST

START_TEST(malformed_records_are_skipped_with_a_warning)
{
    load_with("int *p;\n", RECORDS("variable|p||0|PTR"));
    check_one_warning("malformed annotation record");
    end();
    load_with("int *p;\n", RECORDS("variable|p||0|PTR||file.c:1|more"));
    check_one_warning("malformed annotation record");
}
END_TEST

START_TEST(a_member_that_is_missing_is_warned_of)
{
    load_with("struct s { int *a; } s;\n", RECORDS("type|struct s|b|0|PTR||file.c:4"));
    check_one_warning("file.c:4: E_PTR is on b of struct s, which has no such member");
}
END_TEST

START_TEST(what_the_program_does_not_use_is_no_mistake)
{
    load_with("int *p;\n", RECORDS("type|struct unused|b|0|PTR||file.c:4",
                                   "variable|dropped||0|PTR||file.c:4",
                                   "local|file.c/f#x||0|PTR||file.c:4"));
    ck_assert_uint_eq(program->warning_count, 0);
}
END_TEST

/* ---- Update points ------------------------------------------------------------------------- */

START_TEST(update_points_are_listed)
{
    const struct update_point *points;

    load_with("int main(void) { return 0; }\n",
              RECORDS("point|file.c/main||0|POINT|serving|file.c:9",
                      "point|file.c/main||0|UNKNOWN_POINT||file.c:5",
                      "point|file.c/idle||0|POINT|a\\\\\\\\040 b|head.h:3",
                      "point|other.c/idle||0|POINT|a\\\\\\\\040 b|head.h:3"));
    ck_assert_uint_eq(program->warning_count, 0);
    ck_assert_uint_eq(program->update_point_count, 3);
    points = program->update_points;
    ck_assert_ptr_null(points[0].name);
    ck_assert_int_eq(points[0].place.line, 5);
    ck_assert_str_eq(points[1].name, "a  b");
    ck_assert_str_eq(points[1].function, "idle");
    ck_assert_str_eq(points[1].place.file, "head.h");
    ck_assert_str_eq(points[2].file, "file.c");
    ck_assert_ptr_eq(model_find_update_point(program, "serving"), &points[2]);
    ck_assert_ptr_null(model_find_update_point(program, "a b"));
}
END_TEST

Suite *suite_annotations(void)
{
    Suite *suite = suite_create("annotations");
    TCase *test_case = tcase_create("annotations");

    tcase_set_timeout(test_case, 60);
    tcase_add_checked_fixture(test_case, NULL, end);
    tcase_add_loop_test(test_case, records_of_the_sample_are_attached, 0, setting_count);
    tcase_add_test(test_case, types_and_members_get_theirs);
    tcase_add_test(test_case, paths_lead_through_unnamed_structs);
    tcase_add_test(test_case, variables_and_locals_get_theirs);
    tcase_add_test(test_case, equal_records_are_attached_once_and_in_order);
    tcase_add_test(test_case, private_types_of_one_name_get_their_own);
    tcase_add_test(test_case, like_named_files_are_told_apart_by_the_place);
    tcase_add_test(test_case, unknown_annotations_are_skipped_with_a_warning);
    tcase_add_test(test_case, unknown_record_kinds_are_skipped_with_a_warning);
    tcase_add_test(test_case, malformed_records_are_skipped_with_a_warning);
    tcase_add_test(test_case, a_member_that_is_missing_is_warned_of);
    tcase_add_test(test_case, what_the_program_does_not_use_is_no_mistake);
    tcase_add_test(test_case, update_points_are_listed);
    suite_add_tcase(suite, test_case);
    return suite;
}
