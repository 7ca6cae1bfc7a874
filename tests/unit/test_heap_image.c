/* test_heap_image.c -- pointers into the old version's image and stack: variables, functions,
 * constants, locals. */
#include "test_heap_support.h"

#include <stdint.h>

/* ---- Variables and functions of both versions ------------------------------------------------ */

static void convert_pair_of_longs(void *in_, void *out_)
{
    long *in = in_, *out = out_;

    out[2] = in[0];
    out[0] = in[1];
}

/* Two longs change places, with a new one between them. */
static const struct kitsune_type_pair entry_pair = {
    .name = "struct entry",
    .old_size = 16,
    .new_size = 24,
    .flags = KITSUNE_PAIR_MOVES | KITSUNE_PAIR_EMBEDDED,
    .transform = convert_pair_of_longs,
    .members = (const struct kitsune_member_map[]){{0, 8, 16, 8, 0}, {8, 8, 0, 8, 0}},
    .member_count = 2,
};

static const struct kitsune_type_pair long_pair = {
    .name = "long",
    .old_size = 8,
    .new_size = 8,
    .flags = KITSUNE_PAIR_LEAF | KITSUNE_PAIR_EMBEDDED,
};

enum { TABLE = 64, TABLE_LENGTH = 4, BUFFER = 256, GONE = 512, UNTYPED = 600 };

static const struct kitsune_variable variables[] = {
    {.old_key = "version_name", .new_key = "version_name", .old_offset = CONSTANT_OFFSET(32),
     .new_offset = CONSTANT_OFFSET(96), .old_size = 8, .new_size = 8, .count = 8,
     .flags = KITSUNE_VARIABLE_CONSTANT},
    {.old_key = "number", .new_key = "number", .old_offset = DATA_OFFSET(TABLE - 8),
     .new_offset = DATA_OFFSET(0), .old_size = 8, .new_size = 8, .count = 1, .type = &long_pair},
    {.old_key = "table", .new_key = "table", .old_offset = DATA_OFFSET(TABLE),
     .new_offset = DATA_OFFSET(1024), .old_size = 16 * TABLE_LENGTH,
     .new_size = 24 * TABLE_LENGTH, .count = TABLE_LENGTH, .type = &entry_pair},
    {.old_key = "after", .new_key = "after", .old_offset = DATA_OFFSET(TABLE + 64),
     .new_offset = DATA_OFFSET(2048), .old_size = 8, .new_size = 8, .count = 1,
     .type = &long_pair},
    {.old_key = "buffer", .new_key = "buffer", .old_offset = DATA_OFFSET(BUFFER),
     .new_offset = DATA_OFFSET(3000), .old_size = 100, .new_size = 100, .count = 1},
    {.old_key = "gone", .old_offset = DATA_OFFSET(GONE), .old_size = 8, .count = 1},
    {.old_key = "resized", .new_key = "resized", .old_offset = DATA_OFFSET(UNTYPED),
     .new_offset = DATA_OFFSET(4000), .old_size = 32, .new_size = 16, .count = 1},
    {.old_key = "per_thread", .new_key = "per_thread", .old_offset = DATA_OFFSET(UNTYPED + 100),
     .new_offset = 0, .old_size = 4096, .new_size = 4096,
     .flags = KITSUNE_VARIABLE_OLD_THREAD_LOCAL},
    {.new_key = "fresh", .new_offset = DATA_OFFSET(5000), .new_size = 8, .count = 1},
};

static const struct kitsune_function functions[] = {
    {"main", "main", CONSTANT_OFFSET(2048), CONSTANT_OFFSET(3000)},
    {"retired", NULL, CONSTANT_OFFSET(2100), 0},
    {"alias_gone", NULL, CONSTANT_OFFSET(2200), 0},
    {"alias", "alias", CONSTANT_OFFSET(2200), CONSTANT_OFFSET(3100)},
    {"last", "last", CONSTANT_OFFSET(2300), CONSTANT_OFFSET(3200)},
};

static void begin(void)
{
    transformer.variables = variables;
    transformer.variable_count = sizeof variables / sizeof variables[0];
    transformer.functions = functions;
    transformer.function_count = sizeof functions / sizeof functions[0];
    begin_update();
}

static void end(void)
{
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 0);
}

START_TEST(a_pointer_to_a_variable_leads_to_its_namesake)
{
    begin();
    ck_assert_ptr_eq(convert_pointer(&long_pair, old_image.data + TABLE - 8, 1), new_image.data);
    ck_assert_ptr_eq(convert_pointer(&entry_pair, old_image.data + TABLE, 4),
                     new_image.data + 1024);
    ck_assert_ptr_eq(kitsune_xf_keep(old_image.data + BUFFER), new_image.data + 3000);
    ck_assert_ptr_eq(kitsune_xf_keep(old_image.constants + 32), new_image.constants + 96);
    end();
}
END_TEST

START_TEST(a_pointer_into_a_variable_leads_to_the_same_place)
{
    begin();
    ck_assert_ptr_eq(convert_pointer(&entry_pair, old_image.data + TABLE + 32, 1),
                     new_image.data + 1024 + 48);
    ck_assert_ptr_eq(convert_pointer(&long_pair, old_image.data + TABLE + 32, 1),
                     new_image.data + 1024 + 48 + 16);
    ck_assert_ptr_eq(convert_pointer(&long_pair, old_image.data + TABLE + 40, 1),
                     new_image.data + 1024 + 48);
    ck_assert_ptr_eq(kitsune_xf_keep(old_image.data + BUFFER + 17), new_image.data + 3000 + 17);
    ck_assert_ptr_eq(kitsune_xf_string(old_image.data + BUFFER + 17),
                     new_image.data + 3000 + 17);
    end();
}
END_TEST

START_TEST(behind_an_array_is_its_end_or_the_next_variable)
{
    char *behind = old_image.data + TABLE + 16 * TABLE_LENGTH;

    begin();
    ck_assert_ptr_eq(convert_pointer(&entry_pair, behind, 1),
                     new_image.data + 1024 + 24 * TABLE_LENGTH);
    ck_assert_ptr_eq(convert_pointer(&long_pair, behind, 1), new_image.data + 2048);
    ck_assert_ptr_eq(kitsune_xf_keep(behind), new_image.data + 2048);
    ck_assert_ptr_eq(kitsune_xf_string(old_image.data + BUFFER + 100), new_image.data + 3100);
    end();
}
END_TEST

START_TEST(a_variable_that_is_gone_fails_with_the_rule_to_write)
{
    begin();
    EXPECT_FAILURE("gone -> NEWNAME", convert_pointer(&long_pair, old_image.data + GONE, 1));
}
END_TEST

START_TEST(a_place_in_a_resized_variable_without_a_type_fails)
{
    begin();
    ck_assert_ptr_eq(kitsune_xf_keep(old_image.data + UNTYPED), new_image.data + 4000);
    EXPECT_FAILURE("byte 8 of the old variable resized",
                   kitsune_xf_keep(old_image.data + UNTYPED + 8));
}
END_TEST

START_TEST(addresses_of_the_new_version_and_of_nobody_stay)
{
    int elsewhere;

    begin();
    ck_assert_ptr_eq(convert_pointer(&entry_pair, new_image.data + 77, 1), new_image.data + 77);
    ck_assert_ptr_eq(kitsune_xf_keep(&elsewhere), &elsewhere);
    ck_assert_ptr_null(kitsune_xf_keep(NULL));
    ck_assert_ptr_null(kitsune_xf_string(NULL));
    ck_assert_ptr_null(kitsune_xf_function(NULL));
    ck_assert_ptr_eq(kitsune_xf_function((void *)(uintptr_t)strlen), (void *)(uintptr_t)strlen);
    end();
}
END_TEST

/* ---- Functions ------------------------------------------------------------------------------- */

START_TEST(a_function_leads_to_its_namesake)
{
    begin();
    ck_assert_ptr_eq(kitsune_xf_function(old_image.constants + 2048), new_image.constants + 3000);
    ck_assert_ptr_eq(kitsune_xf_function(old_image.constants + 2200), new_image.constants + 3100);
    ck_assert_ptr_eq(kitsune_xf_function(old_image.constants + 2300), new_image.constants + 3200);
    ck_assert_ptr_eq(kitsune_xf_keep(old_image.constants + 2048), new_image.constants + 3000);
    ck_assert_ptr_eq(convert_pointer(&long_pair, old_image.constants + 2048, 1),
                     new_image.constants + 3000);
    end();
}
END_TEST

START_TEST(a_function_that_is_gone_fails_with_the_rule_to_write)
{
    begin();
    EXPECT_FAILURE("retired -> NEWNAME", kitsune_xf_function(old_image.constants + 2100));
}
END_TEST

START_TEST(the_middle_of_a_function_is_no_function)
{
    begin();
    EXPECT_FAILURE("where no function starts", kitsune_xf_function(old_image.constants + 2049));
}
END_TEST

/* ---- Constants without a name ---------------------------------------------------------------- */

START_TEST(literals_are_copied_once_and_for_good)
{
    static char kept[16];
    char *one, *two, *tail;
    int i;

    for (i = 0; i < 50; i++) {
        strcpy(old_image.constants + 100, "hello");
        strcpy(old_image.constants + 200, "hello");
        begin();
        one = kitsune_xf_string(old_image.constants + 100);
        two = kitsune_xf_string(old_image.constants + 200);
        tail = kitsune_xf_string(old_image.constants + 202);
        ck_assert_ptr_eq(one, two);
        ck_assert_str_eq(one, "hello");
        ck_assert_str_eq(tail, "llo");
        ck_assert(one < (char *)&old_image || one >= (char *)(&old_image + 1));
        ck_assert_ptr_eq(kitsune_xf_keep(old_image.constants + 200), one);
        ck_assert_ptr_eq(kitsune_xf_string(one), one);
        if (i == 0)
            memcpy(kept, &one, sizeof one);
        ck_assert_int_eq(memcmp(kept, &one, sizeof one), 0);
        end();
        memset(old_image.constants, 'x', 300); /* unloaded */
        ck_assert_str_eq(one, "hello");
    }
}
END_TEST

START_TEST(many_literals_stay_apart)
{
    enum { COUNT = 5000 };
    static char *copies[COUNT];
    char text[64];
    int i, round;

    for (round = 0; round < 2; round++) {
        begin();
        for (i = 0; i < COUNT; i++) {
            char *copy;

            snprintf(old_image.constants + 1000, 100, "literal %d %.*s", i, i % 70,
                     "a longer text behind it that makes the lengths differ, to and fro and so on");
            copy = kitsune_xf_string(old_image.constants + 1000);
            ck_assert_str_eq(copy, old_image.constants + 1000);
            ck_assert(!round || copy == copies[i]);
            copies[i] = copy;
        }
        end();
    }
    for (i = 0; i < COUNT; i++) {
        snprintf(text, sizeof text, "literal %d ", i);
        ck_assert_int_eq(strncmp(copies[i], text, strlen(text)), 0);
    }
}
END_TEST

START_TEST(a_constant_array_without_a_name_is_copied)
{
    long *copy;

    begin();
    memcpy(old_image.constants + 400, (long[]){1, 2, 3}, 3 * sizeof(long));
    copy = convert_pointer(&long_pair, old_image.constants + 400, 3);
    ck_assert_int_eq(copy[0] + copy[1] + copy[2], 6);
    ck_assert_ptr_eq(convert_pointer(&long_pair, old_image.constants + 400, 3), copy);
    end();
    ck_assert_int_eq(copy[2], 3);
}
END_TEST

START_TEST(an_object_without_a_name_moves_to_the_heap)
{
    long *entry;

    /* A compound literal at file scope: in the data, unknown to the debugger. */
    begin();
    memcpy(old_image.data + 6000, (long[]){5, 6}, 2 * sizeof(long));
    entry = convert_pointer(&entry_pair, old_image.data + 6000, 1);
    ck_assert_int_eq(entry[2], 5);
    ck_assert_int_eq(entry[1], 0);
    ck_assert_int_eq(entry[0], 6);
    ck_assert_ptr_eq(convert_pointer(&entry_pair, old_image.data + 6000, 1), entry);
    finish_and_commit();
    ck_assert_int_eq(live_allocations, 1);
    free(entry);
}
END_TEST

/* A type that stays but leads to one that moves. */
START_TEST(a_staying_object_without_a_name_moves_all_the_same)
{
    struct holder *copy, before;
    struct old_node *node = make_node(8, NULL, NULL);

    begin();
    before = (struct holder){3, node, (struct holder *)(void *)(old_image.data + 6000)};
    memcpy(old_image.data + 6000, &before, sizeof before);
    copy = convert_pointer(&holder_pair, old_image.data + 6000, 1);
    ck_assert_int_eq(copy->number, 3);
    ck_assert_int_eq(copy->node->value, 8);
    ck_assert_ptr_eq(copy->next, copy);
    ck_assert_int_eq(memcmp(old_image.data + 6000, &before, sizeof before), 0);
    finish_and_commit();
    free(copy->node);
    free(copy);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(characters_without_a_name_in_the_data_are_copied)
{
    char *copy;

    begin();
    strcpy(old_image.data + 6100, "writable");
    copy = kitsune_xf_string(old_image.data + 6100);
    ck_assert_str_eq(copy, "writable");
    ck_assert(is_live(copy));
    finish_and_commit();
    free(copy);
    ck_assert_int_eq(live_allocations, 0);
}
END_TEST

START_TEST(an_object_larger_than_the_place_for_it_is_refused)
{
    begin();
    EXPECT_FAILURE("no variable has that address",
                   convert_pointer(&entry_pair, old_image.data + 8000, 1000));
}
END_TEST

START_TEST(opaque_memory_without_a_name_is_copied_to_the_next_variable)
{
    static const unsigned char bytes[] = {1, 0, 2, 0, 255, 3};
    unsigned char *copy;

    begin();
    memcpy(old_image.constants + 500, bytes, sizeof bytes);
    copy = kitsune_xf_keep(old_image.constants + 500);
    ck_assert_int_eq(memcmp(copy, bytes, sizeof bytes), 0);
    end();
}
END_TEST

START_TEST(without_a_transformer_nothing_has_a_name)
{
    struct heap_setup setup = {
        .old_base = (uintptr_t)&old_image,
        .old_start = (uintptr_t)&old_image,
        .old_end = (uintptr_t)&old_image.behind,
        .old_writable_start = (uintptr_t)old_image.data,
        .old_writable_end = (uintptr_t)old_image.behind,
    };

    heap_begin(&setup);
    strcpy(old_image.constants + 100, "text");
    ck_assert_str_eq(kitsune_xf_string(old_image.constants + 100), "text");
    EXPECT_FAILURE("where no function starts", kitsune_xf_function(old_image.constants + 2048));
}
END_TEST

/* ---- Locals ---------------------------------------------------------------------------------- */

START_TEST(a_pointer_to_a_local_met_before_its_migration)
{
    long new_local[3] = {0};
    void **entry, **member;

    begin();
    entry = migrate_pointer(&entry_pair, old_stack + 64, 1);
    member = migrate_pointer(&long_pair, old_stack + 72, 1);
    heap_drain();
    ck_assert_ptr_ne(*entry, old_stack + 64);
    heap_local_migrated(old_stack + 64, 16, new_local, 24, &entry_pair, 1);
    ck_assert_ptr_eq(*entry, new_local);
    ck_assert_ptr_eq(*member, &new_local[0]);
    end();
}
END_TEST

START_TEST(a_pointer_to_a_local_met_after_its_migration)
{
    char new_buffer[100];

    begin();
    heap_local_migrated(old_stack + 200, 100, new_buffer, 100, NULL, 1);
    ck_assert_ptr_eq(convert_pointer(&long_pair, old_stack + 208, 1), new_buffer + 8);
    ck_assert_ptr_eq(kitsune_xf_string(old_stack + 299), new_buffer + 99);
    ck_assert_ptr_eq(kitsune_xf_keep(old_stack + 200), new_buffer);
    end();
}
END_TEST

START_TEST(a_heap_object_that_points_to_a_local)
{
    struct holder *holder = malloc(sizeof *holder), new_local;

    *holder = (struct holder){1, NULL, (struct holder *)(void *)(old_stack + 512)};
    begin();
    convert_pointer(&holder_pair, holder, 1);
    heap_local_migrated(old_stack + 512, sizeof new_local, &new_local, sizeof new_local,
                        &holder_pair, 1);
    ck_assert_ptr_eq(holder->next, &new_local);
    heap_abort();
    ck_assert_ptr_eq(holder->next, old_stack + 512);
    free(holder);
}
END_TEST

START_TEST(a_local_that_nobody_migrates_fails_the_update)
{
    begin();
    migrate_pointer(&entry_pair, old_stack + 64, 1);
    heap_drain();
    EXPECT_FAILURE("to a local that no function of the new version has migrated", heap_finish());
}
END_TEST

static void keep_pointer(void *in, void *out)
{
    *(void **)out = kitsune_xf_keep(*(void **)in);
}

START_TEST(an_opaque_pointer_to_the_old_stack_may_stay)
{
    void *in = old_stack + 96, *out = NULL;

    begin();
    heap_migrate(keep_pointer, &in, &out, sizeof out);
    heap_drain();
    heap_finish();
    ck_assert_ptr_eq(out, old_stack + 96);
    heap_commit();
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        a_pointer_to_a_variable_leads_to_its_namesake,
        a_pointer_into_a_variable_leads_to_the_same_place,
        behind_an_array_is_its_end_or_the_next_variable,
        a_variable_that_is_gone_fails_with_the_rule_to_write,
        a_place_in_a_resized_variable_without_a_type_fails,
        addresses_of_the_new_version_and_of_nobody_stay,
        a_function_leads_to_its_namesake,
        a_function_that_is_gone_fails_with_the_rule_to_write,
        the_middle_of_a_function_is_no_function,
        literals_are_copied_once_and_for_good,
        many_literals_stay_apart,
        a_constant_array_without_a_name_is_copied,
        an_object_without_a_name_moves_to_the_heap,
        a_staying_object_without_a_name_moves_all_the_same,
        characters_without_a_name_in_the_data_are_copied,
        an_object_larger_than_the_place_for_it_is_refused,
        opaque_memory_without_a_name_is_copied_to_the_next_variable,
        without_a_transformer_nothing_has_a_name,
        a_pointer_to_a_local_met_before_its_migration,
        a_pointer_to_a_local_met_after_its_migration,
        a_heap_object_that_points_to_a_local,
        a_local_that_nobody_migrates_fails_the_update,
        an_opaque_pointer_to_the_old_stack_may_stay,
    };

    return RUN_TESTS("heap image", tests);
}
