#!/bin/bash
# The example of all XF_ macros in docs/xf-language.md is not only of the language (which
# tests/unit/test_spec_docs.c sees to): an update by it does what the table says.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

blocks_of "$root/docs/xf-language.md" xf |
    awk '/^static void ten_times/ { print "{"; inside = 1 } inside
         inside && /^}$/ && ++ends == 2 { exit }' >example.xf
check "the example is found" grep -q XF_ASSERT_NULL example.xf

{
    cat <<'END_OF_C'
@common
#include <stdbool.h>
static int twice(int number) { return 2 * number; }
static bool is_twice(int (*function)(int)) { return function == twice; }
@v1
struct item { int number; };
struct record {
    struct item *one;
    int count;
    struct item *many;
    struct item inside[2];
    struct item *up_to_zero;
    char **words;
    char *name;
    int (*handler)(int);
    char bytes[3];
    int number;
    void *nothing;
};
static struct record record;
static struct item *items(int first, int count)
{
    struct item *items = calloc((size_t)count, sizeof *items);
    for (int i = 0; i < count; i++)
        items[i].number = first + i;
    return items;
}
static void begin(void)
{
    record = (struct record){.one = items(1, 1), .count = 2, .many = items(10, 2),
                             .inside = {{20}, {21}}, .up_to_zero = items(-2, 3),
                             .words = calloc(2, sizeof(char *)), .name = strdup("name"),
                             .handler = twice, .bytes = {1, 2, 3}, .number = 7};
    record.words[0] = strdup("first");
    record.words[1] = strdup("second");
    if (!is_twice(record.handler))
        abort();
}
@v2
struct item { long more; int number; };
struct record {
    void *nothing;
    long number;
    char bytes[3];
    int (*handler)(int);
    char *name;
    char **words;
    struct item *up_to_zero;
    struct item inside[2];
    struct item *many;
    int count;
    struct item *one;
};
static struct record record;
static void verify(void)
{
    EXPECT(record.one->number == 1 && record.one->more == 0);
    EXPECT(record.count == 2 && record.many[0].number == 10 && record.many[1].number == 11);
    EXPECT(record.inside[0].number == 20 && record.inside[1].number == 21);
    EXPECT(record.up_to_zero[0].number == -2 && record.up_to_zero[1].number == -1);
    EXPECT(record.up_to_zero[2].number == 0);
    EXPECT(strcmp(record.words[0], "first") == 0 && strcmp(record.words[1], "second") == 0);
    EXPECT(strcmp(record.name, "name") == 0);
    EXPECT(is_twice(record.handler));
    EXPECT(record.bytes[0] == 1 && record.bytes[2] == 3);
    EXPECT(record.number == 70);
    EXPECT(record.nothing == NULL);
}
@xf
END_OF_C
    cat example.xf
} >description
scene "every macro" <description

end_of_test
