/* test_spec_block.c -- blocks of C, cut into segments. */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>

START_TEST(values)
{
    expect_block("$out=$in;", "<out>=<in>;");
    expect_block("$out.x = $in->y + $base.z; $newbase.w = 1;",
                 "<out>.x = <in>->y + <base>.z; <newbase>.w = 1;");
    expect_block("f(&$out, sizeof $out)", "f(&<out>, sizeof <out>)");
}
END_TEST

START_TEST(words_in_strings_and_comments_are_text)
{
    expect_block("\"$in $foo FAIL\" '$' /* $in $foo */ // $out\n",
                 "\"$in $foo FAIL\" '$' /* $in $foo */ // $out\n");
}
END_TEST

START_TEST(published_names_of_in_and_out)
{
    expect_block("(*local_out) = (*local_in);", "(<out>) = (<in>);");
    expect_block("( * local_out ).x", "(<out>).x");
    expect_block("sizeof(*local_out)", "sizeof(<out>)");
    expect_block("local_out->x = local_in->y;", "(&<out>)->x = (&<in>)->y;");
    expect_block("memcpy(local_out, local_in, 4)", "memcpy((&<out>), (&<in>), 4)");
    expect_block("x.local_in + y->local_out + local_inner + my_local_out",
                 "x.local_in + y->local_out + local_inner + my_local_out");
    /* In a prologue there is nothing they could mean. */
    expect_tree("{ int f(int local_in, int *local_out) { return (*local_out) = local_in; } }",
                "prologue { int f(int local_in, int *local_out) { return (*local_out) = local_in; "
                "} }\n");
}
END_TEST

START_TEST(published_names_of_types)
{
    expect_block("struct _kitsune_old_rename_list *p; union _kitsune_new_rename_u v;",
                 "<oldtype struct list> *p; <newtype union u> v;");
    expect_block("_kitsune_new_rename_item_t v;", "<newtype item_t> v;");
}
END_TEST

START_TEST(types_of_each_version)
{
    expect_block("$oldtype(struct list) *p = &$in; $newtype(item_t) q[2];",
                 "<oldtype struct list> *p = &<in>; <newtype item_t> q[2];");
    expect_block("$oldtype ( typedef T ) x;", "<oldtype T> x;");
    expect_block("sizeof($newtype(char *[4]))", "sizeof(<newtype char *[4]>)");
}
END_TEST

START_TEST(variables_of_each_version)
{
    expect_block("$oldsym(count) + $newsym(dir/my-file.c/func#x).m",
                 "<oldsym count> + <newsym dir/my-file.c/func#x>.m");
    expect_block("$oldsym( /* the old one */ count )", "<oldsym count>");
    expect_errors("a -> b: { $oldsym(config.port) }",
                  "1:25: error: only a whole variable can stand here\n");
    expect_errors("a -> b: { $oldsym() $newsym(a b) $oldsym(f.c/) }",
                  "1:19: error: expected a variable's name after '$oldsym(', found ')'\n"
                  "1:31: error: expected ')' after 'a', found 'b'\n"
                  "1:45: error: expected ')' after 'f.c', found '/'\n");
}
END_TEST

START_TEST(transformers_between_types)
{
    expect_block("XF_INVOKE($xform(struct a, struct b), &$in, &$out);",
                 "XF_INVOKE(<xform struct a, struct b>, &<in>, &<out>);");
    expect_block("XF_PTR($xform(struct l, struct l, int, [opaque], struct p<@t>))",
                 "XF_PTR(<xform struct l, struct l; int; [opaque]; struct p<@t>>)");
    expect_errors("a -> b: { $xform(int) }", "1:11: error: $xform needs two types\n");
}
END_TEST

START_TEST(failures)
{
    /* Each has one ';', written or not, so that it stands well before an else. */
    expect_block("if (x) FAIL \"bad\"; else y;", "if (x) <fail \"bad\">; else y;");
    expect_block("FAIL \"a\" \"b\" x", "<fail \"a\" \"b\">; x");
    expect_block("FAIL(\"%d\", f(1, 2)); y;", "<fail (\"%d\", f(1, 2)) = \"%d\", f(1, 2)>; y;");
    expect_block("FAIL (\"%d %s\", $in.x, \")\")",
                 "<fail (\"%d %s\", $in.x, \")\") = \"%d %s\", <in>.x, \")\">;");
    expect_block("FAIL(\"x\", $oldsym(a), (*local_in)) ;",
                 "<fail (\"x\", $oldsym(a), (*local_in)) = \"x\", <oldsym a>, (<in>)>;");
    expect_block("FAILURE x.FAIL; int FAIL = 1;", "FAILURE x.FAIL; int FAIL = 1;");
    expect_errors("a -> b: { if (x) FAIL; }", "1:18: error: FAIL does not say why\n");
    expect_errors("a -> b: { FAIL( /* later */ ); }", "1:11: error: FAIL does not say why\n");
    expect_errors("a -> b: { FAIL(\"%d\", 3; }\nc -> d",
                  "1:11: error: the '(' of FAIL is never closed\n");
}
END_TEST

START_TEST(unknown_words)
{
    expect_said("a -> b: { $inn }", "test.xf:1:11: error: unknown word '$inn'\n"
                                    "a -> b: { $inn }\n"
                                    "          ^~~~\n"
                                    "    help: did you mean '$in'?\n");
    expect_said("a -> b: {\n\t$odltype(x) }", "test.xf:2:2: error: unknown word '$odltype'\n"
                                               "\t$odltype(x) }\n"
                                               "\t^~~~~~~~\n"
                                               "    help: did you mean '$oldtype'?\n");
    expect_errors("a -> b: { $out1 $ $5 $xform }",
                  "1:11: error: unknown word '$out1'\n"
                  "1:17: error: '$' without a word\n"
                  "1:19: error: unknown word '$5'\n"
                  "1:22: error: '$xform' needs parentheses: "
                  "$xform(old, new)\n");
}
END_TEST

START_TEST(mistakes_in_lists_do_not_end_the_block)
{
    struct reading reading = read_text("a -> b: { $oldtype(struct); $newtype(int + 2); "
                                       "$oldtype($newtype(int)); $out = $in; }\nc -> d");

    ck_assert_int_eq(reading.messages.error_count, 3);
    ck_assert_str_eq(reading.tree, "convert a -> b { ; ; ; <out> = <in>; }\nrename c -> d\n");
    reading_end(&reading);
    expect_errors("a -> b: { $oldtype(struct s; }\nc -> d",
                  "1:11: error: the '(' of $oldtype is never closed\n");
    expect_errors("a -> b: { $oldtype(unsigned float) $newtype(f.c) }",
                  "1:20: error: 'unsigned float' is not a type\n"
                  "1:46: error: expected ')' after 'f', found '.'\n");
}
END_TEST

START_TEST(segments_know_their_places)
{
    static const char text[] = "a -> b: {\n  $out = $in; FAIL \"x\"; }";
    struct reading reading = read_text(text);
    const struct segment *segment = reading.spec->rules->block->segments;

    ck_assert_int_eq(segment->span.start, 9); /* behind the brace */
    ck_assert_int_eq(segment->span.end, 12);
    segment = segment->next;
    ck_assert_int_eq(segment->kind, SEGMENT_OUT);
    ck_assert_int_eq(segment->span.start, 12);
    ck_assert_int_eq(segment->span.end, 16);
    segment = segment->next->next->next->next;
    ck_assert_int_eq(segment->kind, SEGMENT_FAIL);
    ck_assert_int_eq(segment->span.start, 24);
    ck_assert_int_eq(segment->span.end, 33);
    reading_end(&reading);
}
END_TEST

Suite *block_suite(void)
{
    Suite *suite = suite_create("block");
    TCase *cases = tcase_create("block");

    tcase_add_test(cases, values);
    tcase_add_test(cases, words_in_strings_and_comments_are_text);
    tcase_add_test(cases, published_names_of_in_and_out);
    tcase_add_test(cases, published_names_of_types);
    tcase_add_test(cases, types_of_each_version);
    tcase_add_test(cases, variables_of_each_version);
    tcase_add_test(cases, transformers_between_types);
    tcase_add_test(cases, failures);
    tcase_add_test(cases, unknown_words);
    tcase_add_test(cases, mistakes_in_lists_do_not_end_the_block);
    tcase_add_test(cases, segments_know_their_places);
    suite_add_tcase(suite, cases);
    return suite;
}
