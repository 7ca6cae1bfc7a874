/* test_spec_support.c -- see test_spec_support.h; and main() of the tests of the .xf front end.
 *
 * The tree as text, one line for each thing:
 *
 *      prologue { ... }
 *      rename old -> new
 *      convert old -> new { <out> = <in>; }     segments that are not text in angle brackets
 *      init new {}                               {}: an empty block
 *      check { ... }
 *
 * Paths are written with their parts apart: "file.c/name|member|member".
 */
#include "test_spec_support.h"

#include <stdlib.h>
#include <string.h>

static void print_path(FILE *stream, const struct path *path)
{
    static const char *const roots[] = {[ROOT_VARIABLE] = "", [ROOT_STRUCT] = "struct ",
                                        [ROOT_UNION] = "union ", [ROOT_ENUM] = "enum ",
                                        [ROOT_TYPEDEF] = "typedef "};
    size_t i;

    fprintf(stream, "%s%s", roots[path->root], path->name);
    for (i = 0; i < path->member_count; i++)
        fprintf(stream, "|%s", path->members[i]);
}

static void print_type(FILE *stream, const struct type_expression *type)
{
    char *text = type_expression_to_string(type);

    fputs(text, stream);
    free(text);
}

static void print_segments(FILE *stream, const struct segment *segment)
{
    static const char *const names[] = {
        [SEGMENT_IN] = "in",           [SEGMENT_OUT] = "out",         [SEGMENT_BASE] = "base",
        [SEGMENT_NEWBASE] = "newbase", [SEGMENT_OLDTYPE] = "oldtype", [SEGMENT_NEWTYPE] = "newtype",
        [SEGMENT_OLDSYM] = "oldsym",   [SEGMENT_NEWSYM] = "newsym",   [SEGMENT_XFORM] = "xform",
        [SEGMENT_FAIL] = "fail",
    };
    size_t i;

    for (; segment; segment = segment->next) {
        if (segment->kind == SEGMENT_TEXT) {
            fputs(segment->text, stream);
            continue;
        }
        fprintf(stream, "<%s", names[segment->kind]);
        for (i = 0; i < 2; i++)
            if (segment->types[i]) {
                fputs(i == 0 ? " " : ", ", stream);
                print_type(stream, segment->types[i]);
            }
        for (i = 0; i < segment->argument_count; i++) {
            fputs("; ", stream);
            print_type(stream, segment->arguments[i]);
        }
        if (segment->text)
            fprintf(stream, " %s", segment->text);
        if (segment->nested) {
            fputs(" = ", stream);
            print_segments(stream, segment->nested);
        }
        putc('>', stream);
    }
}

static void print_block(FILE *stream, const struct block *block)
{
    if (!block)
        return;
    if (block->is_empty) {
        fputs(" {}", stream);
        return;
    }
    fputs(" {", stream);
    print_segments(stream, block->segments);
    putc('}', stream);
}

static void print_rule(FILE *stream, const struct rule *rule)
{
    static const char *const kinds[] = {[RULE_RENAME] = "rename ", [RULE_CONVERT] = "convert ",
                                        [RULE_INIT] = "init ", [RULE_DROP] = "drop "};

    fputs(kinds[rule->kind], stream);
    if (rule->old_path) {
        print_path(stream, rule->old_path);
        fputs(rule->new_path ? " -> " : "", stream);
    }
    if (rule->new_path)
        print_path(stream, rule->new_path);
    print_block(stream, rule->block);
    putc('\n', stream);
}

static char *spec_to_text(const struct spec *spec)
{
    const struct rule *rule;
    const struct check *check;
    char *text;
    size_t length;
    FILE *stream = open_memstream(&text, &length);

    if (spec->prologue) {
        fputs("prologue", stream);
        print_block(stream, spec->prologue);
        putc('\n', stream);
    }
    for (rule = spec->rules; rule; rule = rule->next)
        print_rule(stream, rule);
    for (rule = spec->drops; rule; rule = rule->next)
        print_rule(stream, rule);
    for (check = spec->checks; check; check = check->next) {
        fputs("check", stream);
        print_block(stream, check->block);
        putc('\n', stream);
    }
    fclose(stream);
    return text;
}

/* ---- Readings ------------------------------------------------------------------------------- */

/* Exactly one of `bytes` and `path`; neither: no file at all. */
static struct reading read_any(const char *bytes, size_t length, const char *path)
{
    struct reading reading;
    size_t said_length;
    FILE *stream = open_memstream(&reading.said, &said_length);

    messages_init(&reading.messages, stream);
    reading.spec = bytes ? spec_parse_bytes("test.xf", bytes, length, &reading.messages)
                         : spec_parse_file(path, &reading.messages);
    fclose(stream);
    reading.messages.stream = NULL;
    reading.tree = spec_to_text(reading.spec);
    return reading;
}

struct reading read_text(const char *text)
{
    return read_any(text, strlen(text), NULL);
}

struct reading read_bytes(const char *bytes, size_t length)
{
    return read_any(bytes, length, NULL);
}

struct reading read_path(const char *path)
{
    return read_any(NULL, 0, path);
}

void reading_end(struct reading *reading)
{
    spec_free(reading->spec);
    free(reading->tree);
    free(reading->said);
}

void expect_tree(const char *text, const char *tree)
{
    struct reading reading = read_text(text);

    ck_assert_str_eq(reading.said, "");
    ck_assert_int_eq(reading.messages.error_count, 0);
    ck_assert_str_eq(reading.tree, tree);
    reading_end(&reading);
}

void expect_said(const char *text, const char *said)
{
    struct reading reading = read_text(text);

    ck_assert_str_eq(reading.said, said);
    reading_end(&reading);
}

void expect_errors(const char *text, const char *errors)
{
    struct reading reading = read_text(text);
    char *found = calloc(1, strlen(reading.said) + 1);
    const char *line = reading.said;
    int count = 0;

    ck_assert_ptr_nonnull(found);
    while (*line) {
        size_t length = strcspn(line, "\n") + 1;

        if (strncmp(line, "test.xf:", 8) == 0) {
            strncat(found, line + 8, length - 8);
            count++;
        }
        line += length;
    }
    ck_assert_str_eq(found, errors);
    ck_assert_int_eq(reading.messages.error_count, count);
    free(found);
    reading_end(&reading);
}

void expect_block(const char *text, const char *segments)
{
    char *rule, *tree;

    ck_assert_int_gt(asprintf(&rule, "a -> b: {%s}", text), 0);
    ck_assert_int_gt(asprintf(&tree, "convert a -> b {%s}\n", segments), 0);
    expect_tree(rule, tree);
    free(rule);
    free(tree);
}

int main(void)
{
    SRunner *runner = srunner_create(scanner_suite());
    int run, failed;

    srunner_add_suite(runner, grammar_suite());
    srunner_add_suite(runner, block_suite());
    srunner_add_suite(runner, type_suite());
    srunner_add_suite(runner, message_suite());
    srunner_add_suite(runner, held_suite());
    srunner_add_suite(runner, docs_suite());
    srunner_run_all(runner, CK_ENV);
    run = srunner_ntests_run(runner);
    failed = srunner_ntests_failed(runner);
    srunner_free(runner);
    printf("%d passed, %d failed\n", run - failed, failed);
    return failed != 0;
}
