/* fuzz_spec.c -- any bytes at all as an .xf file, and as a type expression.
 *
 * A libFuzzer target: `make fuzz-spec` builds and runs it.  Besides what the sanitizers find, it
 * checks what the rest of xfgen relies on: spans lie in the text, a rule has the paths and the
 * block of its kind, segments have what their kind promises, and text that was rejected was
 * complained about.
 */
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "spec.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void require(int condition, const char *what)
{
    if (!condition) {
        fprintf(stderr, "broken: %s\n", what);
        abort();
    }
}

static void check_span(const struct spec *spec, struct span span)
{
    require(span.start <= span.end && span.end <= spec->source->length, "a span is in the text");
}

static void check_type(const struct spec *spec, const struct type_expression *type)
{
    char *text;

    require(type != NULL, "a type is there");
    check_span(spec, type->span);
    text = type_expression_to_string(type);
    require(*text != '\0', "a type can be written");
    free(text);
}

static void check_segments(const struct spec *spec, const struct segment *segment)
{
    size_t i;

    for (; segment; segment = segment->next) {
        check_span(spec, segment->span);
        switch (segment->kind) {
        case SEGMENT_XFORM:
            check_type(spec, segment->types[1]);
            for (i = 0; i < segment->argument_count; i++)
                check_type(spec, segment->arguments[i]);
            /* fall through */
        case SEGMENT_OLDTYPE:
        case SEGMENT_NEWTYPE:
            check_type(spec, segment->types[0]);
            break;
        case SEGMENT_TEXT:
        case SEGMENT_OLDSYM:
        case SEGMENT_NEWSYM:
        case SEGMENT_FAIL:
            require(segment->text != NULL, "a segment has its text");
            check_segments(spec, segment->nested);
            break;
        default:
            break;
        }
    }
}

static void check_block(const struct spec *spec, const struct block *block)
{
    require(block != NULL, "a block is there");
    check_span(spec, block->span);
    require(block->line >= 1, "a block has a line");
    check_segments(spec, block->segments);
}

static void check_path(const struct spec *spec, const struct path *path)
{
    size_t i;

    require(path != NULL, "a path is there");
    check_span(spec, path->span);
    check_span(spec, path->name_span);
    require(path->name && path->text, "a path has a name and a text");
    for (i = 0; i < path->member_count; i++)
        require(path->members[i] != NULL, "a member has a name");
}

static void check_spec(const struct spec *spec)
{
    const struct rule *rule;
    const struct check *check;

    if (spec->prologue)
        check_block(spec, spec->prologue);
    for (rule = spec->rules; rule; rule = rule->next) {
        check_span(spec, rule->span);
        check_path(spec, rule->new_path);
        if (rule->kind == RULE_INIT)
            require(rule->old_path == NULL, "INIT has no old path");
        else
            check_path(spec, rule->old_path);
        if (rule->kind == RULE_RENAME)
            require(rule->block == NULL, "a rename has no block");
        else
            check_block(spec, rule->block);
    }
    for (check = spec->checks; check; check = check->next)
        check_block(spec, check->block);
}

static void read_as_spec(const uint8_t *data, size_t size)
{
    struct messages messages;
    char *said;
    size_t length;
    FILE *stream = open_memstream(&said, &length);
    struct spec *spec;

    messages_init(&messages, stream);
    spec = spec_parse_bytes("fuzz.xf", (const char *)data, size, &messages);
    fclose(stream);
    require((messages.error_count > 0) == (strstr(said, "error: ") != NULL),
            "errors are counted and told");
    check_spec(spec);
    spec_free(spec);
    free(said);
}

static void read_as_types(const uint8_t *data, size_t size)
{
    char *text = malloc(size + 1);
    struct type_expression **list, *type;
    int count, i;

    memcpy(text, data, size);
    text[size] = '\0';
    count = type_expression_parse_list(text, &list);
    for (i = 0; i < count; i++) {
        char *written = type_expression_to_string(list[i]);
        char *again;

        /* What is written can be read, and is the same. */
        type = type_expression_parse(written);
        require(type != NULL, "a written type can be read");
        again = type_expression_to_string(type);
        require(strcmp(written, again) == 0, "a written type is the same");
        free(again);
        free(written);
        type_expression_free(type);
        type_expression_free(list[i]);
    }
    free(list);
    base_type_name(text);
    free(text);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    read_as_spec(data, size);
    read_as_types(data, size);
    return 0;
}
