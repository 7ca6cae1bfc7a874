/* test_runtime_image.c -- sealed copies, and the pair that a transformer is for. */
#include "test_runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "files/image.h"
#include "files/preparation.h"

static char *message;

static struct image *read_or_fail(const char *name)
{
    struct image *image = image_read(in_folder(name), &message);
    ck_assert_msg(image != NULL, "%s", message);
    return image;
}

static void refused_because(const char *name, const char *reason)
{
    ck_assert_ptr_null(image_read(in_folder(name), &message));
    assert_contains(message, in_folder(name));
    assert_contains(message, reason);
    free(message);
}

START_TEST(the_copy_is_sealed_and_stays_when_the_file_changes)
{
    run("cp " SAMPLE " copied.so");
    struct contents before = read_file(in_folder("copied.so"));
    struct image *image = read_or_fail("copied.so");
    run("echo overwritten > copied.so");
    ck_assert_uint_eq(image->size, before.size);
    ck_assert_mem_eq(image->bytes, before.bytes, before.size);
    ck_assert_int_lt(write(image->descriptor.number, "x", 1), 0);
    ck_assert_int_ne(ftruncate(image->descriptor.number, 10), 0);
    ck_assert_int_ne(fcntl(image->descriptor.number, F_GETFD) & FD_CLOEXEC, 0);
    ck_assert_int_ge(image->descriptor.number, 100);
    image_free(image);
    free(before.bytes);
}
END_TEST

START_TEST(what_is_no_file)
{
    refused_because("missing.so", "No such file");
    ck_assert_int_eq(mkdir(in_folder("folder.so"), 0700), 0);
    refused_because("folder.so", "is a directory");
    ck_assert_int_eq(mkfifo(in_folder("fifo.so"), 0600), 0);
    refused_because("fifo.so", "is not a regular file");
}
END_TEST

START_TEST(no_permission)
{
    run("cp " SAMPLE " secret.so && chmod 000 secret.so && chmod 711 .");
    if (geteuid() == 0)
        ck_assert_int_eq(seteuid(65534), 0);
    refused_because("secret.so", "Permission denied");
}
END_TEST

START_TEST(descriptors_do_not_leak)
{
    int before = dup(0);
    close(before);
    for (int i = 0; i < 50; i++) {
        image_free(read_or_fail(SAMPLE));
        ck_assert_ptr_null(image_read(in_folder("first.c"), &message));
        free(message);
    }
    int after = dup(0);
    close(after);
    ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(a_copy_that_is_not_sealed_is_not_taken)
{
    int number = memfd_create("unsealed", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ck_assert_ptr_null(image_adopt(number, "sent.so", &message));
    assert_contains(message, "not sealed");
    ck_assert_int_eq(fcntl(number, F_GETFD), -1);
    free(message);
}
END_TEST

START_TEST(notes_of_pairs)
{
    char old_id[BUILD_ID_TEXT_MAX], new_id[BUILD_ID_TEXT_MAX];
#define PARSE(text) image_parse_pair((const unsigned char *)(text), sizeof(text) - 1, old_id, new_id)
    ck_assert(PARSE("abc123\0def456\0"));
    ck_assert_str_eq(old_id, "abc123");
    ck_assert_str_eq(new_id, "def456");
    ck_assert(PARSE("abc123\0\0"));
    ck_assert_str_eq(new_id, "");
    ck_assert(!PARSE("abc123\0def456")); /* no end */
    ck_assert(!PARSE("abc123\0"));
    ck_assert(!PARSE(""));
    ck_assert(!PARSE("ABC\0def\0")); /* upper case */
    ck_assert(!PARSE("../x\0def\0"));
#undef PARSE
    char longer[300];
    memset(longer, 'a', sizeof longer);
    longer[200] = longer[299] = '\0';
    ck_assert(!image_parse_pair((unsigned char *)longer, sizeof longer, old_id, new_id));
}
END_TEST

/* A transformer for the pair old -> new; an empty new ID stands for one that is linked in. */
static void build_transformer(const char *name, const char *old_id, const char *new_id,
                              const char *more)
{
    char source[2000];
    int length = snprintf(
        source, sizeof source,
        "const int kitsune_transformer = 1;\n"
        "static const struct { unsigned n, d, t; char name[8]; char ids[%zu]; } note\n"
        "__attribute__((section(\".note.kitsune.transformer,\\\"a\\\",@note#\"), used, aligned(4)))"
        " = {8, sizeof note.ids, 0x4b54, \"Kitsune\", \"%s\" \"\\0\" \"%s\"};\n",
        strlen(old_id) + strlen(new_id) + 2, old_id, new_id);
    write_file(in_folder("transformer.c"), source, (size_t)length);
    run("gcc -w -shared -fPIC -Wl,--build-id transformer.c %s %s -L%s -lkitsune -o %s", more,
        ENTRY_OBJECT, LIBRARY_FOLDER, name);
}

static struct wanted_update wanted(const char *next, const char *transformer)
{
    static char next_path[256];
    snprintf(next_path, sizeof next_path, "%s", in_folder(next));
    return (struct wanted_update){.next_path = next_path,
                                  .transformer_path = transformer ? in_folder(transformer) : NULL,
                                  .trusted_user = geteuid(),
                                  .old_path = "/old/app.so",
                                  .old_build_id = "0123abcd"};
}

static void prepared(const struct wanted_update *update, enum transformer_kind kind)
{
    struct preparation preparation;
    ck_assert_msg(preparation_read(&preparation, update, &message), "%s", message);
    ck_assert_int_eq(preparation.kind, kind);
    ck_assert_ptr_nonnull(preparation.next);
    ck_assert_int_eq(preparation.transformer != NULL, kind == TRANSFORMER_FILE);
    preparation_free(&preparation);
}

static void not_prepared(const struct wanted_update *update, const char *reason)
{
    struct preparation preparation;
    ck_assert(!preparation_read(&preparation, update, &message));
    assert_contains(message, reason);
    ck_assert_ptr_null(preparation.next);
    free(message);
}

START_TEST(the_transformer_must_be_for_the_pair)
{
    struct image *sample = read_or_fail(SAMPLE);
    build_transformer("right.xf.so", "0123abcd", sample->elf.build_id, "");
    build_transformer("wrong-old.xf.so", "9999", sample->elf.build_id, "");
    build_transformer("wrong-new.xf.so", "0123abcd", "8888", "");
    struct wanted_update update = wanted(SAMPLE, "right.xf.so");
    prepared(&update, TRANSFORMER_FILE);
    update = wanted(SAMPLE, "wrong-old.xf.so");
    not_prepared(&update, "from build 9999");
    not_prepared(&update, "/old/app.so is build 0123abcd");
    update = wanted(SAMPLE, "wrong-new.xf.so");
    not_prepared(&update, "to build 8888");
    update = wanted(SAMPLE, SAMPLE);
    not_prepared(&update, "is not a transformer");
    update = wanted("right.xf.so", NULL);
    not_prepared(&update, "is a transformer");
    image_free(sample);
}
END_TEST

START_TEST(an_installed_transformer_is_found)
{
    struct image *sample = read_or_fail(SAMPLE);
    struct wanted_update update = wanted(SAMPLE, NULL);
    not_prepared(&update, "no transformer from 0123abcd");
    not_prepared(&update, "xfgen /old/app.so");
    build_transformer("made.xf.so", "0123abcd", sample->elf.build_id, "");
    run("mkdir " SAMPLE ".d && cp made.xf.so " SAMPLE ".d/0123abcd.so");
    prepared(&update, TRANSFORMER_FILE);
    run("cp first.c rules.xf");
    update = wanted(SAMPLE, "rules.xf");
    not_prepared(&update, "is not an ELF file but rules: xfgen makes C of them");
    update = wanted(SAMPLE, NULL);
    run("cp first.c " SAMPLE ".d/0123abcd.so");
    not_prepared(&update, "is not an ELF file");
    run("rm -r " SAMPLE ".d");
    image_free(sample);
}
END_TEST

START_TEST(a_linked_transformer)
{
    build_transformer("linked.so", "0123abcd", "", "first.c second.c");
    struct wanted_update update = wanted("linked.so", NULL);
    prepared(&update, TRANSFORMER_LINKED);
    build_transformer("linked-wrong.so", "7777", "", "first.c second.c");
    update = wanted("linked-wrong.so", NULL);
    not_prepared(&update, "for another pair");
    update.allow_written = true;
    not_prepared(&update, "for another pair");
}
END_TEST

START_TEST(by_hand)
{
    struct wanted_update update = wanted(SAMPLE, NULL);
    update.allow_written = true;
    prepared(&update, TRANSFORMER_WRITTEN);
    static const char source[] = "__attribute__((visibility(\"hidden\")))\n"
                                 "int _kitsune_transform_shared(void *p) { return p != 0; }\n";
    write_file(in_folder("written.c"), source, sizeof source - 1);
    run("gcc -shared -fPIC -Wl,--build-id first.c second.c written.c %s -L%s -lkitsune -o "
        "written.so",
        ENTRY_OBJECT, LIBRARY_FOLDER);
    update = wanted("written.so", NULL);
    prepared(&update, TRANSFORMER_WRITTEN);
}
END_TEST

START_TEST(not_built_by_kitcc)
{
    run("gcc -shared -fPIC -Wl,--build-id first.c second.c -o foreign.so");
    struct wanted_update update = wanted("foreign.so", NULL);
    not_prepared(&update, "was not built by kitcc");
}
END_TEST

Suite *suite_image(void)
{
    Suite *suite = suite_create("image");
    TCase *tests = tcase_create("image");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, the_copy_is_sealed_and_stays_when_the_file_changes);
    tcase_add_test(tests, what_is_no_file);
    tcase_add_test(tests, no_permission);
    tcase_add_test(tests, descriptors_do_not_leak);
    tcase_add_test(tests, a_copy_that_is_not_sealed_is_not_taken);
    tcase_add_test(tests, notes_of_pairs);
    tcase_add_test(tests, the_transformer_must_be_for_the_pair);
    tcase_add_test(tests, an_installed_transformer_is_found);
    tcase_add_test(tests, a_linked_transformer);
    tcase_add_test(tests, by_hand);
    tcase_add_test(tests, not_built_by_kitcc);
    suite_add_tcase(suite, tests);
    return suite;
}
