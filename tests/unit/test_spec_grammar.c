/* test_spec_grammar.c -- rules and paths, and going on after a mistake. */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>

START_TEST(renames)
{
    expect_tree("counter -> total", "rename counter -> total\n");
    expect_tree("a -> b; c -> d;;\ne -> f", "rename a -> b\nrename c -> d\nrename e -> f\n");
    expect_tree("a -> b, c -> d", "rename a -> b\nrename c -> d\n");
    expect_tree("a -> b c -> d", "rename a -> b\nrename c -> d\n");
}
END_TEST

START_TEST(conversions)
{
    expect_tree("a -> b: { $out = $in; }\nc -> c : {x}",
                "convert a -> b { <out> = <in>; }\nconvert c -> c {x}\n");
    expect_tree("a -> b: {};", "convert a -> b {}\n");
}
END_TEST

START_TEST(pairs_share_a_block)
{
    struct reading reading = read_text("a -> b,\n  c -> d,\n  e -> f:\n{ x }\ng -> h: { x }");
    struct rule *rule = reading.spec->rules;

    ck_assert_str_eq(reading.tree, "convert a -> b { x }\nconvert c -> d { x }\n"
                                   "convert e -> f { x }\nconvert g -> h { x }\n");
    ck_assert_ptr_eq(rule->block, rule->next->block);
    ck_assert_ptr_eq(rule->block, rule->next->next->block);
    ck_assert_ptr_ne(rule->block, rule->next->next->next->block);
    ck_assert_int_eq(rule->block->line, 4);
    ck_assert_int_eq(reading.spec->source->text[rule->span.start], 'a');
    ck_assert_int_eq(reading.spec->source->text[rule->next->span.end - 1], 'd');
    reading_end(&reading);
}
END_TEST

START_TEST(inits)
{
    expect_tree("INIT a: { $out = 1; }", "init a { <out> = 1; }\n");
    expect_tree("INIT a, INIT struct S.m,\nINIT b: {x}",
                "init a {x}\ninit struct S|m {x}\ninit b {x}\n");
    expect_tree("INIT a, b, INIT c, d -> e: {x}",
                "init a {x}\ninit b {x}\ninit c {x}\nconvert d -> e {x}\n");
    expect_tree("a -> b, INIT c: {x}", "convert a -> b {x}\ninit c {x}\n");
}
END_TEST

START_TEST(drops)
{
    expect_tree("DROP a", "drop a\n");
    expect_tree("DROP a, DROP struct S.m, f.c/b;\na -> b",
                "rename a -> b\ndrop a\ndrop struct S|m\ndrop f.c/b\n");
    expect_tree("DROP a, b: { $in; }\nDROP c", "drop a { <in>; }\ndrop b { <in>; }\ndrop c\n");
    expect_tree("a -> b, DROP c", "rename a -> b\ndrop c\n");
    expect_errors("DROP a, b -> c: {}", "1:9: error: DROP does not share a block with other rules\n");
    expect_errors("DROP a {}", "1:8: error: expected ':' before the block\n");
    expect_errors("DROP { x }", "1:6: error: expected a path after 'DROP', found '{'\n");
}
END_TEST

START_TEST(checks)
{
    expect_tree("CHECK { total >= 0 }\nCHECK: { $newsym(f.c/x) != 0 };",
                "check { total >= 0 }\ncheck { <newsym f.c/x> != 0 }\n");
}
END_TEST

START_TEST(prologues)
{
    struct reading reading;

    expect_tree("{\n#include \"a.h\"\nstatic int f(void) { return 1; }\n}\na -> b",
                "prologue {\n#include \"a.h\"\nstatic int f(void) { return 1; }\n}\n"
                "rename a -> b\n");
    /* A later one is joined to the first, with its own place. */
    expect_tree("{x}\na -> b;\n{y}", "prologue {x\n#line 3 \"test.xf\"\ny}\nrename a -> b\n");
    expect_tree("a -> b: {z} {y}", "prologue {y}\nconvert a -> b {z}\n");
    reading = read_text("\n\n{ x }");
    ck_assert_int_eq(reading.spec->prologue->line, 3);
    reading_end(&reading);
}
END_TEST

START_TEST(empty_blocks)
{
    expect_tree("a -> b: {}", "convert a -> b {}\n");
    expect_tree("a -> b: { \n\t}", "convert a -> b {}\n");
    expect_tree("a -> b: { /* as it is */ // really\n }", "convert a -> b {}\n");
    expect_tree("a -> b: { ; }", "convert a -> b { ; }\n");
    expect_tree("a -> b: { / }", "convert a -> b { / }\n");
}
END_TEST

START_TEST(variable_paths)
{
    expect_tree("global -> other", "rename global -> other\n");
    expect_tree("global.m -> global.m.n", "rename global|m -> global|m|n\n");
    expect_tree("file.c/static -> dir/file.c/static",
                "rename file.c/static -> dir/file.c/static\n");
    expect_tree("dir.d/my-file.x.c/s.m -> /abs/file.c/s.m.n",
                "rename dir.d/my-file.x.c/s|m -> /abs/file.c/s|m|n\n");
    expect_tree("func#local -> func#local.m.n", "rename func#local -> func#local|m|n\n");
    expect_tree("file.c/func#x.m -> a.b/c.d/func#x",
                "rename file.c/func#x|m -> a.b/c.d/func#x\n");
    expect_tree("a#b.c/x.m -> y", "rename a#b.c/x|m -> y\n");
}
END_TEST

START_TEST(type_paths)
{
    expect_tree("struct S -> struct T", "rename struct S -> struct T\n");
    expect_tree("struct S.m -> union U.m.n", "rename struct S|m -> union U|m|n\n");
    expect_tree("enum E -> enum F", "rename enum E -> enum F\n");
    expect_tree("typedef T.m -> typedef T", "rename typedef T|m -> typedef T\n");
    expect_tree("struct s -> struct s.m: {}", "convert struct s -> struct s|m {}\n");
}
END_TEST

START_TEST(a_path_knows_its_places)
{
    struct reading reading = read_text("x -> struct  list.head.next");
    const struct path *path = reading.spec->rules->new_path;

    ck_assert_str_eq(path->text, "struct list.head.next");
    ck_assert_int_eq(path->span.start, 5);
    ck_assert_int_eq(path->span.end, 27);
    ck_assert_int_eq(path->name_span.start, 13);
    ck_assert_int_eq(path->name_span.end, 17);
    reading_end(&reading);
}
END_TEST

START_TEST(wrong_paths)
{
    expect_errors("struct S. -> b", "1:9: error: a member's name is missing after '.'\n");
    expect_errors("a..b -> c", "1:2: error: a member's name is missing after '.'\n");
    expect_errors("a.1b -> c", "1:2: error: '1b' is not a C name\n");
    expect_errors("9x -> c", "1:1: error: '9x' is not a C name\n");
    expect_errors("a-b -> c", "1:1: error: 'a-b' is not a C name\n");
    expect_errors("/x -> c", "1:1: error: the file's name is missing before '/'\n");
    expect_errors("#x -> c", "1:1: error: the function's name is missing before '#'\n");
    expect_errors("f.c/#x -> c", "1:5: error: the function's name is missing before '#'\n");
    expect_errors("f# -> c", "1:3: error: a name is missing here\n");
    expect_errors("f#g#x -> c", "1:3: error: 'g#x' is not a C name\n");
    expect_errors("struct a/b -> c", "1:8: error: 'a/b' is not a C name\n");
    expect_errors("f.c/2#x -> c", "1:5: error: '2' is not a C name\n");
}
END_TEST

/* ---- Mistakes ------------------------------------------------------------------------------- */

START_TEST(other_arrows_are_named_and_understood)
{
    struct reading reading = read_text("a => b\nc --> d\ne = f\ng <- h\ni > j\nk \xe2\x86\x92 l\n");

    ck_assert_int_eq(reading.messages.error_count, 6);
    ck_assert_str_eq(reading.tree, "rename a -> b\nrename c -> d\nrename e -> f\nrename g -> h\n"
                                   "rename i -> j\nrename k -> l\n");
    reading_end(&reading);
    expect_said("a => b", "test.xf:1:3: error: expected '->' after a path, found '=>'\n"
                          "a => b\n"
                          "  ^~\n"
                          "    help: write `old -> new`\n");
}
END_TEST

START_TEST(a_forgotten_colon_is_understood)
{
    struct reading reading = read_text("a -> b { $out = $in; }\nINIT c { x }\n");

    ck_assert_int_eq(reading.messages.error_count, 2);
    ck_assert_str_eq(reading.tree, "convert a -> b { <out> = <in>; }\ninit c { x }\n");
    reading_end(&reading);
    expect_errors("a -> b {}", "1:8: error: expected ':' before the block\n");
}
END_TEST

START_TEST(init_needs_a_block)
{
    expect_said("INIT struct S.m\na -> b", "test.xf:1:1: error: INIT without a block\n"
                                           "INIT struct S.m\n"
                                           "^~~~~~~~~~~~~~~\n"
                                           "    help: write `INIT struct S.m: { $out = ...; }`\n");
}
END_TEST

START_TEST(an_empty_check_is_an_error)
{
    expect_errors("CHECK { /* later */ }", "1:7: error: an empty CHECK checks nothing\n");
}
END_TEST

START_TEST(tokens_out_of_order)
{
    expect_errors("a b", "1:3: error: expected '->' after 'a', found 'b'\n");
    expect_errors("a", "1:2: error: expected '->' after 'a', found the end of the file\n");
    expect_errors("a ->", "1:5: error: expected a path after '->', found the end of the file\n");
    expect_errors("a -> b:", "1:8: error: expected '{' after ':', found the end of the file\n");
    expect_errors("a -> b,", "1:8: error: expected a path after ',', found the end of the file\n");
    expect_errors("a -> -> b", "1:6: error: expected a path after '->', found '->'\n");
    expect_errors("a -> b -> c",
                  "1:8: error: expected ':', ',' or a new rule after 'b', found '->'\n");
    expect_errors("a, b -> c", "1:2: error: expected '->' after 'a', found ','\n");
    expect_errors("a -> b, c: {}", "1:9: error: expected '->' after 'c'\n");
    expect_errors(": {}", "1:1: error: expected a rule, found ':'\n");
    expect_errors("INIT { x }", "1:6: error: expected a path after 'INIT', found '{'\n");
    expect_errors("INIT a -> b: {}",
                  "1:8: error: expected ':', ',' or a new rule after 'a', found '->'\n");
    expect_errors("struct -> b", "1:8: error: expected a name after 'struct', found '->'\n");
    expect_errors("CHECK x", "1:7: error: expected ':' or '{' after 'CHECK', found 'x'\n");
    expect_errors("a: { x }", "1:2: error: expected '->' after 'a', found ':'\n");
}
END_TEST

START_TEST(misspelt_keywords_are_recognised)
{
    expect_said("init x: { $out = 1; }\n",
                "test.xf:1:1: error: expected a rule, found 'init'\n"
                "init x: { $out = 1; }\n"
                "^~~~\n"
                "    help: did you mean 'INIT'?\n");
    expect_said("strcut s.x -> struct s.y\n",
                "test.xf:1:1: error: expected a rule, found 'strcut'\n"
                "strcut s.x -> struct s.y\n"
                "^~~~~~\n"
                "    help: did you mean 'struct'?\n");
}
END_TEST

/* Every rule that has no mistake is there, every mistake is told once. */
START_TEST(reading_goes_on_after_mistakes)
{
    struct reading reading = read_text("ok1 -> ok2\n"
                                       "foo bar -> baz\n"
                                       "ok3 -> ok4: { $out = $in; }\n"
                                       "foo\n"
                                       "struct ok5 -> struct ok6\n"
                                       "a -> b: c\n"
                                       "  : { { } $unknown }\n"
                                       "INIT ok7: { x }\n"
                                       "a b,\n"
                                       "c d,\n"
                                       "e f: { x }\n"
                                       "ok8 -> ok9;\n"
                                       "->; ok10 -> ok11\n"
                                       "CHECK { ok12 }\n"
                                       "x y");

    ck_assert_str_eq(reading.tree, "rename ok1 -> ok2\n"
                                   "convert ok3 -> ok4 { <out> = <in>; }\n"
                                   "rename struct ok5 -> struct ok6\n"
                                   "init ok7 { x }\n"
                                   "rename ok8 -> ok9\n"
                                   "rename ok10 -> ok11\n"
                                   "check { ok12 }\n");
    ck_assert_int_eq(reading.messages.error_count, 7);
    reading_end(&reading);
    expect_errors("foo bar -> baz\nfoo\nstruct ok5 -> struct ok6\na -> b: c\n"
                  "  : { { } $unknown }\n->; x y\n",
                  "1:5: error: expected '->' after 'foo', found 'bar'\n"
                  "2:4: error: expected '->' after 'foo', found the end of the line\n"
                  "4:9: error: expected '{' after ':', found 'c'\n"
                  "5:11: error: unknown word '$unknown'\n"
                  "6:1: error: expected a rule, found '->'\n"
                  "6:7: error: expected '->' after 'x', found 'y'\n");
}
END_TEST

START_TEST(deep_nesting_is_no_crash)
{
    enum { DEPTH = 200000 };
    char *text = malloc(DEPTH * 3 + 100), *end = text;
    struct reading reading;
    int i;

    ck_assert_ptr_nonnull(text);
    end += sprintf(end, "a -> b: { $oldtype(");
    for (i = 0; i < DEPTH; i++)
        end += sprintf(end, "l<");
    sprintf(end, "int) }\nc -> d");
    reading = read_text(text);
    ck_assert_ptr_nonnull(strstr(reading.said, "error: nested too deeply"));
    reading_end(&reading);

    /* Braces and stars may be as many as they like. */
    end = text + sprintf(text, "a -> b: {");
    for (i = 0; i < DEPTH; i++)
        end += sprintf(end, "{");
    for (i = 0; i <= DEPTH; i++)
        end += sprintf(end, "}");
    reading = read_text(text);
    ck_assert_int_eq(reading.messages.error_count, 0);
    reading_end(&reading);
    free(text);
}
END_TEST

Suite *grammar_suite(void)
{
    Suite *suite = suite_create("grammar");
    TCase *cases = tcase_create("grammar");

    tcase_add_test(cases, renames);
    tcase_add_test(cases, conversions);
    tcase_add_test(cases, pairs_share_a_block);
    tcase_add_test(cases, inits);
    tcase_add_test(cases, drops);
    tcase_add_test(cases, checks);
    tcase_add_test(cases, prologues);
    tcase_add_test(cases, empty_blocks);
    tcase_add_test(cases, variable_paths);
    tcase_add_test(cases, type_paths);
    tcase_add_test(cases, a_path_knows_its_places);
    tcase_add_test(cases, wrong_paths);
    tcase_add_test(cases, other_arrows_are_named_and_understood);
    tcase_add_test(cases, a_forgotten_colon_is_understood);
    tcase_add_test(cases, init_needs_a_block);
    tcase_add_test(cases, an_empty_check_is_an_error);
    tcase_add_test(cases, tokens_out_of_order);
    tcase_add_test(cases, misspelt_keywords_are_recognised);
    tcase_add_test(cases, reading_goes_on_after_mistakes);
    tcase_add_test(cases, deep_nesting_is_no_crash);
    suite_add_tcase(suite, cases);
    return suite;
}
