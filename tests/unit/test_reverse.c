/* test_reverse.c -- the way back: which rules of an update are turned round, which have to be
 * written.
 *
 * The rules that were turned round stand in the text of the spec, behind the user's own.
 */
#include "../../xfgen/reverse.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

static char folder[64];
static struct program *old_program, *new_program;
static struct messages messages;
static char *said;
static size_t said_length;

static void write_file(const char *name, const char *text)
{
    char path[128];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s", folder, name);
    stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
}

static struct program *load(const char *name, const char *text)
{
    char path[128], command[512], *message = NULL;
    struct program *program;

    snprintf(path, sizeof path, "%s.c", name);
    write_file(path, text);
    snprintf(command, sizeof command, "cd %s && gcc -g -fPIC -shared -Wl,--build-id -w %s.c -o "
                                      "%s.so",
             folder, name, name);
    ck_assert_int_eq(system(command), 0);
    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    program = model_load(path, &message);
    ck_assert_msg(program != NULL, "%s", message ? message : "no message");
    return program;
}

static void set_up(void)
{
    strcpy(folder, "/tmp/test_reverse.XXXXXX");
    ck_assert_ptr_nonnull(mkdtemp(folder));
    messages_init(&messages, open_memstream(&said, &said_length));
    messages.colour = false;
    old_program = load("old", "struct s { int a, b, c; }; struct s s; int x, y, gone; void f(void) "
                              "{}");
    new_program = load("new", "struct i { int a, b; }; struct t { int p, q, c; struct i i; };"
                              "struct t s; int z, w, x; struct t all; void g(void) {}");
}

static void tear_down(void)
{
    char command[128];

    fclose(messages.stream);
    messages_free(&messages);
    free(said);
    model_free(old_program);
    model_free(new_program);
    snprintf(command, sizeof command, "rm -r %s", folder);
    ck_assert_int_eq(system(command), 0);
}

/* What is turned round; the caller frees it. */
static char *turned(const char *forward_text, const char *back_text)
{
    char path[128];
    struct spec *forward = spec_parse_text("f.xf", forward_text, &messages);
    struct reversal reversal;
    char *text;

    ck_assert_int_eq(messages.error_count, 0);
    if (back_text)
        write_file("back.xf", back_text);
    snprintf(path, sizeof path, "%s/back.xf", folder);
    reversal = reversal_make(old_program, new_program, forward, back_text ? path : NULL, &messages);
    text = strdup(reversal.spec->source->text + reversal.written);
    reversal_free(&reversal);
    spec_free(forward);
    fflush(messages.stream);
    return text;
}

static void check_turned(const char *forward, const char *back, const char *expected)
{
    char *text = turned(forward, back);

    ck_assert_str_eq(text, expected);
    ck_assert_msg(messages.error_count == 0, "%s", said);
    free(text);
}

static void check_refused(const char *forward, const char *back, const char *message)
{
    free(turned(forward, back));
    ck_assert_int_eq(messages.error_count, 1);
    ck_assert_msg(strstr(said, message) != NULL, "%s", said);
}

START_TEST(renames_are_turned_round)
{
    check_turned("struct s -> struct t struct s.a -> struct t.p y -> z f -> g", NULL,
                 "\nstruct t -> struct s\nstruct t.p -> struct s.a\nz -> y\ng -> f\n");
}
END_TEST

START_TEST(moves_are_turned_round)
{
    check_turned("y -> all.p s.a -> w", NULL, "\nall.p -> y\nw -> s.a\n");
}
END_TEST

START_TEST(a_whole_comes_back_member_by_member)
{
    check_turned("struct s -> struct t.i", NULL,
                 "\nstruct t.i.a -> struct s.a\nstruct t.i.b -> struct s.b\n");
}
END_TEST

START_TEST(what_is_new_is_dropped_without_a_rule)
{
    check_turned("INIT w: { $out = 1; } INIT struct t.q: {} DROP gone CHECK { 1 }", NULL, "\n");
}
END_TEST

START_TEST(what_is_left_alone_is_left_alone_on_the_way_back)
{
    check_turned("x -> x: {} struct s.b -> struct s.b: { /* the program's own */ } s.a -> s.a: {}",
                 NULL, "\nx -> x: {}\nstruct s.b -> struct s.b: {}\ns.a -> s.a: {}\n");
    check_turned("x -> x: {}", "x -> x: { $out = 1; }", "\n");
}
END_TEST

START_TEST(the_users_rules_come_first)
{
    check_turned("y -> z struct s -> struct t", "z -> y: { $out = $in; }", "\nstruct t -> struct "
                                                                           "s\n");
    check_turned("y -> z", "DROP z INIT y: {}", "\n");
    check_turned("struct s.a -> struct t.p struct s -> struct t",
                 "struct t -> struct s: { $out.a = 1; }", "\n");
}
END_TEST

START_TEST(code_has_to_be_written)
{
    check_refused("y -> z: { $out = -$in; }", NULL,
                  "write: z -> y: { FAIL \"not decided yet\"; /* $out = ... $in ...; */ }");
}
END_TEST

START_TEST(code_that_is_written_counts)
{
    check_turned("y -> z: { $out = -$in; }", "z -> y: { $out = -$in; }", "\n");
    check_turned("struct s.a -> struct t.p: { $out = -$in; } struct s -> struct t",
                 "struct t -> struct s: { $out.a = 1; }", "\n");
}
END_TEST

START_TEST(code_beside_the_thing_itself_does_no_harm)
{
    check_turned("x -> z: { $out = -$in; }", NULL, "\n"); /* x is still there */
    check_turned("y -> w y -> z: { $out = -$in; }", NULL, "\nw -> y\n");
}
END_TEST

START_TEST(code_that_feeds_two_is_asked_about_once)
{
    check_refused("y -> z, y -> w: { $out = -$in; }", NULL, "'y'");
}
END_TEST

START_TEST(an_init_that_replaces_is_asked_about)
{
    check_refused("INIT x: { $out = 5; }", NULL, "write: x -> x");
}
END_TEST

START_TEST(mistakes_in_the_users_rules_are_told_once)
{
    check_refused("y -> z", "z => y", "back.xf:1:3: error: expected '->'");
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("reverse");
    TCase *tests = tcase_create("turning round");

    tcase_add_checked_fixture(tests, set_up, tear_down);
    tcase_set_timeout(tests, 30);
    tcase_add_test(tests, renames_are_turned_round);
    tcase_add_test(tests, moves_are_turned_round);
    tcase_add_test(tests, a_whole_comes_back_member_by_member);
    tcase_add_test(tests, what_is_new_is_dropped_without_a_rule);
    tcase_add_test(tests, what_is_left_alone_is_left_alone_on_the_way_back);
    tcase_add_test(tests, the_users_rules_come_first);
    tcase_add_test(tests, code_has_to_be_written);
    tcase_add_test(tests, code_that_is_written_counts);
    tcase_add_test(tests, code_beside_the_thing_itself_does_no_harm);
    tcase_add_test(tests, code_that_feeds_two_is_asked_about_once);
    tcase_add_test(tests, an_init_that_replaces_is_asked_about);
    tcase_add_test(tests, mistakes_in_the_users_rules_are_told_once);
    suite_add_tcase(suite, tests);
    SRunner *runner = srunner_create(suite);
    srunner_run_all(runner, CK_NORMAL);
    int failed = srunner_ntests_failed(runner), run = srunner_ntests_run(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed != 0;
}
