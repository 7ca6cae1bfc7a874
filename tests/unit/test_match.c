/* test_match.c -- the matcher: what is paired with what, what changes, what must be visited.
 *
 * Each test compiles two versions of a few lines of C, makes the plan, and looks at it; the
 * generated transformer must compile without a warning.
 */
#include "../../xfgen/match.h"

#include <check.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

static char folder[64];

struct fixture {
    struct program *old_program, *new_program;
    struct spec *spec;
    struct messages messages;
    struct plan *plan;
    char *said;
    size_t said_length;
};

static void compile(const char *name, const char *text)
{
    char path[128], command[512];
    FILE *stream;

    snprintf(path, sizeof path, "%s/%s.c", folder, name);
    stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    fputs(text, stream);
    fclose(stream);
    snprintf(command, sizeof command,
             "cd %s && gcc -g -O1 -fPIC -shared -Wl,--build-id -w %s.c -o %s.so", folder, name,
             name);
    ck_assert_int_eq(system(command), 0);
}

static struct program *load(const char *name)
{
    char path[128], *message = NULL;
    struct program *program;

    snprintf(path, sizeof path, "%s/%s.so", folder, name);
    program = model_load(path, &message);
    ck_assert_msg(program != NULL, "%s", message ? message : "no message");
    return program;
}

static void plan(struct fixture *fixture, const char *old_text, const char *new_text,
                 const char *spec)
{
    FILE *stream;

    compile("old", old_text);
    compile("new", new_text);
    fixture->old_program = load("old");
    fixture->new_program = load("new");
    fixture->said = NULL;
    stream = open_memstream(&fixture->said, &fixture->said_length);
    messages_init(&fixture->messages, stream);
    fixture->spec = spec_parse_text("test.xf", spec, &fixture->messages);
    fixture->plan = plan_make(fixture->old_program, fixture->new_program, fixture->spec,
                              &fixture->messages);
    fflush(stream);
}

static void finish(struct fixture *fixture)
{
    plan_free(fixture->plan);
    spec_free(fixture->spec);
    fclose(fixture->messages.stream);
    model_free(fixture->old_program);
    model_free(fixture->new_program);
    free(fixture->said);
}

static struct pair *find_pair(struct fixture *fixture, const char *name)
{
    struct pair *pair;

    for (pair = fixture->plan->pairs; pair; pair = pair->next)
        if (strcmp(pair->name, name) == 0 && !pair->layout_only)
            return pair;
    return NULL;
}

static struct variable_plan *find_variable(struct fixture *fixture, const char *key)
{
    size_t i;

    for (i = 0; i < fixture->plan->variable_count; i++)
        if (fixture->plan->variables[i].new_variable &&
            strcmp(fixture->plan->variables[i].new_variable->key, key) == 0)
            return &fixture->plan->variables[i];
    ck_abort_msg("no plan for %s", key);
    return NULL;
}

/* Writes the transformer and compiles it as strictly as our own sources. */
static void generate(struct fixture *fixture)
{
    char path[128], command[512];
    FILE *stream;

    snprintf(path, sizeof path, "%s/transformer.c", folder);
    stream = fopen(path, "w");
    ck_assert_ptr_nonnull(stream);
    ck_assert(emit_transformer(fixture->plan, stream, path, false));
    fclose(stream);
    snprintf(command, sizeof command, "gcc -std=gnu11 -Wall -Wextra -Werror -Iinclude "
             "-Ibuild/include -fPIC -c %s -o %s/transformer.o", path, folder);
    ck_assert_int_eq(system(command), 0);
}

#define USE "int main(void) { return 0; }\n"

START_TEST(an_unchanged_list_is_not_walked)
{
    struct fixture fixture;
    const char *text = "struct node { int value; struct node *next; };\n"
                       "struct node *list; struct node *get(void) { return list; }\n" USE;

    plan(&fixture, text, text, "");
    ck_assert_str_eq(fixture.said, "");
    ck_assert(!find_pair(&fixture, "struct node")->changes);
    ck_assert(!find_pair(&fixture, "struct node")->visits);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_static_node_makes_the_list_worth_walking)
{
    struct fixture fixture;
    const char *text = "struct node { int value; struct node *next; };\n"
                       "struct node first = {1, 0}; struct node *list = &first;\n" USE;

    plan(&fixture, text, text, "");
    ck_assert(!find_pair(&fixture, "struct node")->changes);
    ck_assert(find_pair(&fixture, "struct node")->visits);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_wider_member_changes_the_struct)
{
    struct fixture fixture;

    plan(&fixture, "struct node { int value; struct node *next; }; struct node *list;\n" USE,
         "struct node { long value; struct node *next; int more; }; struct node *list;\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    ck_assert(find_pair(&fixture, "struct node")->changes);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_holder_of_a_changed_type_is_visited_in_place)
{
    struct fixture fixture;
    const char *holder = "struct holder { struct node *node; int count; }; struct holder *top;\n";
    char old_text[512], new_text[512];

    snprintf(old_text, sizeof old_text, "struct node { int value; };\n%s" USE, holder);
    snprintf(new_text, sizeof new_text, "struct node { int value, more; };\n%s" USE, holder);
    plan(&fixture, old_text, new_text, "");
    ck_assert(find_pair(&fixture, "struct node")->changes);
    ck_assert(!find_pair(&fixture, "struct holder")->changes);
    ck_assert(find_pair(&fixture, "struct holder")->visits);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_narrower_member_asks_for_a_rule)
{
    struct fixture fixture;

    plan(&fixture, "struct s { long n; }; struct s *head;\n" USE,
         "struct s { short n; }; struct s *head;\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "'head->n' changes from 'long' to 'short'"));
    ck_assert_ptr_nonnull(strstr(fixture.said, "new.c:1"));
    finish(&fixture);
}
END_TEST

START_TEST(a_rule_decides_a_narrower_member)
{
    struct fixture fixture;

    plan(&fixture, "struct s { long n; }; struct s *head;\n" USE,
         "struct s { short n; }; struct s *head;\n" USE,
         "struct s.n -> struct s.n: { if ($in > 32767) FAIL \"too big\"; $out = (short)$in; }\n");
    ck_assert_str_eq(fixture.said, "");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_void_pointer_names_its_path)
{
    struct fixture fixture;
    const char *text = "struct s { struct s *next; void *what; }; struct s *head;\n" USE;

    plan(&fixture, text, text, "");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "'head->what' is a void *"));
    ck_assert_ptr_nonnull(strstr(fixture.said, "E_OPAQUE"));
    finish(&fixture);
}
END_TEST

START_TEST(an_enum_is_mapped_by_name)
{
    struct fixture fixture;

    plan(&fixture, "enum colour { RED, GREEN }; enum colour now;\n" USE,
         "enum colour { BLUE, RED, GREEN }; enum colour now;\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    ck_assert_int_eq(find_variable(&fixture, "now")->conversion->kind, CONVERT_ENUM);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(renames_pair_variables_types_and_functions)
{
    struct fixture fixture;
    const char *spec = "hits -> requests\nold.c/secret -> new.c/hidden\n"
                       "struct item -> struct entry\nstruct item.n -> struct entry.count\n"
                       "handle -> serve\n";

    plan(&fixture,
         "struct item { int n; struct item *next; }; struct item *all; int hits = 1;\n"
         "static int secret = 2; int handle(void) { return secret++; }\n" USE,
         "struct entry { long count; struct entry *next; }; struct entry *all; int requests = 1;\n"
         "static int hidden = 2; int serve(void) { return hidden++; }\n" USE, spec);
    ck_assert_str_eq(fixture.said, "");
    ck_assert_str_eq(find_variable(&fixture, "requests")->old_variable->key, "hits");
    ck_assert_str_eq(find_variable(&fixture, "new.c/hidden")->old_variable->key, "old.c/secret");
    ck_assert(find_pair(&fixture, "struct item")->changes);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_misspelt_name_is_told)
{
    struct fixture fixture;

    plan(&fixture, "int counter;\n" USE, "int counter;\n" USE, "conter -> counter\n");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "test.xf:1:1: error"));
    ck_assert_ptr_nonnull(strstr(fixture.said, "did you mean 'counter'?"));
    finish(&fixture);
}
END_TEST

START_TEST(a_rule_that_nothing_reaches_is_warned_of)
{
    struct fixture fixture;
    const char *text = "struct s { int n; }; int f(struct s *s) { return s->n; } int x;\n" USE;

    plan(&fixture, text, text, "struct s.n -> struct s.n: { $out = $in; }\n");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    ck_assert_int_eq(fixture.messages.warning_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "never used"));
    finish(&fixture);
}
END_TEST

START_TEST(globals_move_into_a_struct)
{
    struct fixture fixture;

    plan(&fixture, "int port = 1; struct c { int n; struct c *next; } *clients;\n" USE,
         "struct c { long n; struct c *next; };\n"
         "struct server { int spare; int port; struct c *clients; } server;\n" USE,
         "port -> server.port\nclients -> server.clients\n");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    ck_assert_ptr_nonnull(find_variable(&fixture, "server")->conversion);
    ck_assert(find_pair(&fixture, "struct c")->changes);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_global_that_moves_into_a_struct_is_found)
{
    const char *old = "struct item { int n; }; struct table { struct item *items; } table;\n"
                      "struct server { int port; long hits; } server; int port;\n" USE;
    const char *new = "struct item { int n; }; struct table { struct item *items; };\n"
                      "struct server { int port; struct table table; long hits; } server;\n" USE;
    struct fixture fixture;

    plan(&fixture, old, new, "");
    ck_assert_ptr_nonnull(strstr(fixture.said, "table -> server.table"));
    ck_assert_ptr_null(strstr(fixture.said, "port -> server.port")); /* which has its own value */
    finish(&fixture);
}
END_TEST

START_TEST(a_member_moves_out_to_a_global)
{
    struct fixture fixture;

    plan(&fixture, "struct config { int port; int depth; } config;\n" USE,
         "struct config { int depth; } config; int port;\n" USE, "config.port -> port\n");
    ck_assert_str_eq(fixture.said, "");
    ck_assert_ptr_nonnull(find_variable(&fixture, "port")->conversion);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(bit_fields_packed_and_flexible_layouts_compile)
{
    struct fixture fixture;

    plan(&fixture,
         "struct b { unsigned a : 3, b : 7; char c; } __attribute__((packed)); struct b *b;\n"
         "struct t { int n; char text[]; }; struct t *t;\n"
         "struct { union { int i; float f; }; struct { int x, y; } at; } u;\n" USE,
         "struct b { unsigned a : 4, b : 9; char c; } __attribute__((packed)); struct b *b;\n"
         "struct t { long n; char text[]; }; struct t *t;\n"
         "struct { long more; union { int i; float f; }; struct { int x, y; } at; } u;\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_pointer_to_an_embedded_struct_is_told_apart)
{
    struct fixture fixture;

    plan(&fixture,
         "struct in { int a; }; struct big { int n; struct in in; }; struct big *big;\n"
         "struct in *inner;\n" USE,
         "struct in { int a; }; struct big { long n; struct in in; }; struct big *big;\n"
         "struct in *inner;\n" USE, "");
    ck_assert(find_pair(&fixture, "struct in")->embedded);
    generate(&fixture);
    finish(&fixture);
}
END_TEST

START_TEST(a_shrinking_array_asks)
{
    struct fixture fixture;

    plan(&fixture, "int table[8];\n" USE, "int table[4];\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "'table' shrinks from 8 to 4 elements"));
    finish(&fixture);
}
END_TEST

START_TEST(a_dropped_variable_with_a_namesake_asks)
{
    struct fixture fixture;

    plan(&fixture, "static int total = 1; int f(void) { return total++; }\n" USE,
         "int total = 1;\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "old.c/total -> total"));
    finish(&fixture);
}
END_TEST

START_TEST(a_dropped_member_is_warned_of_with_its_rule)
{
    struct fixture fixture;

    plan(&fixture, "struct s { int visits; int kept; }; struct s *head;\n" USE,
         "struct s { long count; int kept; }; struct s *head;\n" USE, "");
    ck_assert_int_eq(fixture.messages.error_count, 0);
    ck_assert_int_eq(fixture.messages.warning_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "struct s.visits -> struct s.count"));
    finish(&fixture);
}
END_TEST

START_TEST(an_array_of_pointers_must_be_told_from_one)
{
    struct fixture fixture;
    const char *table = "struct table { int size; struct item **buckets; }; struct table *table;\n";
    char old_text[512], new_text[512];

    snprintf(old_text, sizeof old_text, "struct item { int n; };\n%s" USE, table);
    snprintf(new_text, sizeof new_text, "struct item { int n, more; };\n%s" USE, table);
    plan(&fixture, old_text, new_text, "");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "'table->buckets' leads to one pointer or to many"));
    finish(&fixture);
    plan(&fixture, old_text, old_text, "");
    ck_assert_str_eq(fixture.said, "");
    finish(&fixture);
}
END_TEST

START_TEST(a_flexible_array_of_pointers_must_say_its_length)
{
    struct fixture fixture;
    const char *row = "struct row { int count; struct item *items[]; }; struct row *row;\n";
    char old_text[512], new_text[512];

    snprintf(old_text, sizeof old_text, "struct item { int n; };\n%s" USE, row);
    snprintf(new_text, sizeof new_text, "struct item { int n, more; };\n%s" USE, row);
    plan(&fixture, old_text, new_text, "");
    ck_assert_int_eq(fixture.messages.error_count, 1);
    ck_assert_ptr_nonnull(strstr(fixture.said, "'row->items' holds pointers"));
    ck_assert_ptr_nonnull(strstr(fixture.said, "E_ARRAY"));
    finish(&fixture);
}
END_TEST

int main(void)
{
    Suite *suite = suite_create("match");
    TCase *tests = tcase_create("plan");
    SRunner *runner = srunner_create(suite);
    int failed, run;
    char command[128];

    strcpy(folder, "/tmp/kitsune-match-XXXXXX");
    if (!mkdtemp(folder))
        return 1;
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, an_unchanged_list_is_not_walked);
    tcase_add_test(tests, a_static_node_makes_the_list_worth_walking);
    tcase_add_test(tests, a_wider_member_changes_the_struct);
    tcase_add_test(tests, a_holder_of_a_changed_type_is_visited_in_place);
    tcase_add_test(tests, a_narrower_member_asks_for_a_rule);
    tcase_add_test(tests, a_rule_decides_a_narrower_member);
    tcase_add_test(tests, a_void_pointer_names_its_path);
    tcase_add_test(tests, an_enum_is_mapped_by_name);
    tcase_add_test(tests, renames_pair_variables_types_and_functions);
    tcase_add_test(tests, a_misspelt_name_is_told);
    tcase_add_test(tests, a_rule_that_nothing_reaches_is_warned_of);
    tcase_add_test(tests, globals_move_into_a_struct);
    tcase_add_test(tests, a_global_that_moves_into_a_struct_is_found);
    tcase_add_test(tests, a_member_moves_out_to_a_global);
    tcase_add_test(tests, bit_fields_packed_and_flexible_layouts_compile);
    tcase_add_test(tests, a_pointer_to_an_embedded_struct_is_told_apart);
    tcase_add_test(tests, a_shrinking_array_asks);
    tcase_add_test(tests, a_dropped_variable_with_a_namesake_asks);
    tcase_add_test(tests, a_dropped_member_is_warned_of_with_its_rule);
    tcase_add_test(tests, an_array_of_pointers_must_be_told_from_one);
    tcase_add_test(tests, a_flexible_array_of_pointers_must_say_its_length);
    suite_add_tcase(suite, tests);
    srunner_run_all(runner, CK_NORMAL);
    failed = srunner_ntests_failed(runner);
    run = srunner_ntests_run(runner);
    srunner_free(runner);
    snprintf(command, sizeof command, "rm -rf %s", folder);
    if (system(command) != 0)
        return 1;
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed != 0;
}
