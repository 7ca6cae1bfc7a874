/* test_runtime_trust.c -- who could have written a file, and lines that sign one. */
#include "test_runtime.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/message.h"
#include "files/signature.h"
#include "files/trust.h"

static char *message;

/* folder/inner/file.so, fit to be loaded. */
static void make_files(void)
{
    mkdir(in_folder("inner"), 0755);
    chmod(in_folder("inner"), 0755);
    unlink(in_folder("inner/file.so"));
    write_file(in_folder("inner/file.so"), "x", 1);
    chmod(in_folder("inner/file.so"), 0644);
}

static bool opens(const char *path)
{
    int file = trust_open(path, geteuid(), &message);
    if (file < 0)
        return false;
    char byte;
    ck_assert_int_eq(read(file, &byte, 1), 1);
    close(file);
    ck_assert_ptr_null(message);
    return true;
}

static void refused_because(const char *path, const char *reason)
{
    ck_assert(!opens(path));
    assert_contains(message, reason);
    free(message);
}

START_TEST(what_only_we_can_write_is_opened)
{
    ck_assert(opens(in_folder("inner/file.so")));
    ck_assert(opens(in_folder("inner/../inner//./file.so")));
    ck_assert_int_eq(chdir(in_folder("inner")), 0);
    ck_assert(opens("file.so"));
    ck_assert(opens("./../inner/file.so"));
    ck_assert_int_eq(chmod(in_folder("inner"), 01777), 0);
    ck_assert(opens("file.so"));
}
END_TEST

START_TEST(what_everybody_can_write_is_not)
{
    chmod(in_folder("inner/file.so"), 0646);
    refused_because(in_folder("inner/file.so"), "it can be written to by everybody: chmod go-w");
    chmod(in_folder("inner/file.so"), 0644);
    chmod(in_folder("inner"), 0757);
    refused_because(in_folder("inner/file.so"), "/inner can be written to by everybody");
    /* It is not looked at where nobody asks. */
    int file = trust_open(in_folder("inner/file.so"), TRUST_EVERYBODY, &message);
    ck_assert_int_ge(file, 0);
    close(file);
}
END_TEST

START_TEST(links_are_followed_as_the_kernel_does)
{
    ck_assert_int_eq(symlink("file.so", in_folder("inner/near")), 0);
    ck_assert_int_eq(symlink("../inner", in_folder("inner/up")), 0);
    ck_assert_int_eq(symlink(in_folder("inner"), in_folder("far")), 0);
    ck_assert_int_eq(symlink("self", in_folder("inner/self")), 0);
    ck_assert_int_eq(symlink("nowhere", in_folder("inner/broken")), 0);
    ck_assert(opens(in_folder("inner/near")));
    ck_assert(opens(in_folder("inner/up/up/near")));
    ck_assert(opens(in_folder("far/near")));
    ck_assert(!opens(in_folder("inner/self")));
    ck_assert_int_eq(errno, ELOOP);
    ck_assert(!opens(in_folder("inner/broken")));
    ck_assert_int_eq(errno, ENOENT);
    ck_assert(!opens(in_folder("inner/file.so/more")));
    ck_assert_int_eq(errno, ENOTDIR);
    ck_assert_ptr_null(message);
    /* A place on the way over the link. */
    mkdir(in_folder("open"), 0777);
    chmod(in_folder("open"), 0777);
    ck_assert_int_eq(symlink("../inner/file.so", in_folder("open/link")), 0);
    refused_because(in_folder("open/link"), "/open can be written to by everybody");
}
END_TEST

START_TEST(what_belongs_to_others_is_not_opened)
{
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(chown(in_folder("inner/file.so"), 12345, 12345), 0);
    refused_because(in_folder("inner/file.so"), "it belongs to user 12345, not to root");
    int file = trust_open(in_folder("inner/file.so"), 12345, &message);
    ck_assert_int_ge(file, 0);
    close(file);
    ck_assert_int_eq(lchown(in_folder("inner"), 54321, 54321), 0);
    ck_assert_int_eq(trust_open(in_folder("inner/file.so"), 12345, &message), -1);
    assert_contains(message, "/inner belongs to user 54321, neither to root nor to user 12345");
    free(message);
    chown(in_folder("inner"), 0, 0);
}
END_TEST

START_TEST(groups_are_others_but_for_private_ones)
{
    if (geteuid() != 0)
        return;
    chmod(in_folder("inner/file.so"), 0664);
    ck_assert(opens(in_folder("inner/file.so"))); /* root's own group has no members */
    ck_assert_int_eq(chown(in_folder("inner/file.so"), 0, 12345), 0);
    refused_because(in_folder("inner/file.so"), "can be written to by group 12345: chmod g-w");
    /* A group without an account of its name. */
    ck_assert_int_eq(chown(in_folder("inner/file.so"), 12345, 12345), 0);
    ck_assert_int_eq(trust_open(in_folder("inner/file.so"), 12345, &message), -1);
    free(message);
}
END_TEST

START_TEST(this_process_has_one_user)
{
    uid_t user = 99;
    ck_assert(trust_user_of(getpid(), &user));
    ck_assert_uint_eq(user, trust_own_user());
    ck_assert(trust_is_user_of(getpid(), geteuid()));
    ck_assert(!trust_is_user_of(getpid(), 4242424));
    ck_assert(!trust_user_of(0x7ffffff, &user));
    if (geteuid() != 0)
        return;
    ck_assert_int_eq(seteuid(12345), 0);
    ck_assert_uint_eq(trust_own_user(), 0); /* it can become root again */
    ck_assert_int_eq(seteuid(0), 0);
}
END_TEST

/* ---- Signatures ------------------------------------------------------------------------------ */

static struct signature sample_signature(void)
{
    struct signature signature = {.kind = SIGNED_TRANSFORMER};
    for (unsigned i = 0; i < PUBLIC_KEY_SIZE; i++)
        signature.key[i] = (unsigned char)(i * 7);
    for (unsigned i = 0; i < SIGNATURE_SIZE; i++)
        signature.bytes[i] = (unsigned char)(255 - i);
    return signature;
}

START_TEST(a_line_is_found_behind_the_bytes)
{
    struct signature signature = sample_signature(), found;
    char *line = signature_format(&signature), *whole = message_format("some bytes%s", line);
    char *twice = message_format("%s%s", whole, line);
    size_t size;
    ck_assert(signature_find(whole, strlen(whole), &found, &size));
    ck_assert_uint_eq(size, strlen("some bytes"));
    ck_assert_int_eq(found.kind, SIGNED_TRANSFORMER);
    ck_assert_mem_eq(found.key, signature.key, PUBLIC_KEY_SIZE);
    ck_assert_mem_eq(found.bytes, signature.bytes, SIGNATURE_SIZE);
    ck_assert(signature_find(twice, strlen(twice), &found, &size));
    ck_assert_uint_eq(size, strlen("some bytes"));
    free(line);
    free(whole);
    free(twice);
}
END_TEST

START_TEST(a_damaged_line_is_none)
{
    struct signature signature = sample_signature(), found;
    char *line = signature_format(&signature);
    size_t length = strlen(line), size;
    for (size_t cut = 0; cut < length; cut++)
        ck_assert(!signature_find(line, cut, &found, &size));
    for (size_t at = 0; at < length; at++) {
        char was = line[at];
        line[at] = 'X';
        ck_assert_msg(!signature_find(line, length, &found, &size), "at %zu", at);
        line[at] = was;
    }
    ck_assert(signature_find(line, length, &found, &size));
    ck_assert_uint_eq(size, 0);
    free(line);
}
END_TEST

Suite *suite_trust(void)
{
    Suite *suite = suite_create("trust");
    TCase *tests = tcase_create("trust");
    tcase_add_checked_fixture(tests, make_files, NULL);
    tcase_add_test(tests, what_only_we_can_write_is_opened);
    tcase_add_test(tests, what_everybody_can_write_is_not);
    tcase_add_test(tests, links_are_followed_as_the_kernel_does);
    tcase_add_test(tests, what_belongs_to_others_is_not_opened);
    tcase_add_test(tests, groups_are_others_but_for_private_ones);
    tcase_add_test(tests, this_process_has_one_user);
    tcase_add_test(tests, a_line_is_found_behind_the_bytes);
    tcase_add_test(tests, a_damaged_line_is_none);
    suite_add_tcase(suite, tests);
    return suite;
}
