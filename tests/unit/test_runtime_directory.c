/* test_runtime_directory.c -- the private directory, and what is left in it. */
#include "test_runtime.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "control/directory.h"

static char *message;

static void use(const char *name)
{
    setenv("KITSUNE_RUNTIME_DIR", in_folder(name), 1);
    message = NULL;
}

static void refused_because(const char *reason)
{
    ck_assert_ptr_null(directory_own(&message));
    assert_contains(message, reason);
    free(message);
}

START_TEST(it_is_made_private)
{
    use("private");
    char *path = directory_own(&message);
    ck_assert_msg(path != NULL, "%s", message);
    struct stat status;
    ck_assert_int_eq(stat(path, &status), 0);
    ck_assert_uint_eq(status.st_mode & 0777, 0700);
    free(path);
    path = directory_own(&message); /* a second time */
    ck_assert_ptr_nonnull(path);
    free(path);
}
END_TEST

START_TEST(what_is_not_trusted)
{
    use("link");
    ck_assert_int_eq(symlink("/tmp", in_folder("link")), 0);
    refused_because("is not a directory");
    use("plain");
    write_file(in_folder("plain"), "x", 1);
    refused_because("is not a directory");
    use("open");
    ck_assert_int_eq(mkdir(in_folder("open"), 0700), 0);
    ck_assert_int_eq(chmod(in_folder("open"), 0777), 0);
    refused_because("others can write");
    use("no/such/parent");
    refused_because("cannot make");
    if (geteuid() == 0) {
        use("foreign");
        ck_assert_int_eq(mkdir(in_folder("foreign"), 0700), 0);
        ck_assert_int_eq(chown(in_folder("foreign"), 12345, 12345), 0);
        refused_because("belongs to user 12345");
    }
}
END_TEST

START_TEST(start_times_tell_processes_apart)
{
    ck_assert_uint_gt(process_start_time(getpid()), 0);
    ck_assert_uint_eq(process_start_time(getpid()), process_start_time(getpid()));
    pid_t child = fork();
    if (child == 0)
        _exit(0);
    siginfo_t information;
    waitid(P_PID, (id_t)child, &information, WEXITED | WNOWAIT);
    ck_assert_uint_eq(process_start_time(child), 0); /* a zombie is no running process */
    waitpid(child, NULL, 0);
    ck_assert_uint_eq(process_start_time(child), 0);
}
END_TEST

static void leave_files(pid_t pid, unsigned long long started)
{
    static const char *const suffixes[] = {"socket", "status", "next"};
    for (size_t i = 0; i < 3; i++) {
        char *path = directory_file(in_folder("stale"), pid, suffixes[i]);
        char text[200];
        int length = snprintf(text, sizeof text, "sequence 1\nstarted %llu\nend 1\n\n", started);
        write_file(path, text, (size_t)length);
        free(path);
    }
}

static bool has_files(pid_t pid)
{
    char *status = directory_file(in_folder("stale"), pid, "status");
    char *socket = directory_file(in_folder("stale"), pid, "socket");
    bool has_status = access(status, F_OK) == 0, has_socket = access(socket, F_OK) == 0;
    free(status);
    free(socket);
    ck_assert_int_eq(has_status, has_socket);
    return has_status;
}

START_TEST(files_of_the_dead_are_removed)
{
    ck_assert_int_eq(mkdir(in_folder("stale"), 0700), 0);
    pid_t dead = fork();
    if (dead == 0)
        _exit(0);
    waitpid(dead, NULL, 0);
    leave_files(dead, 1);
    leave_files(getpid(), process_start_time(getpid()));
    leave_files(getppid(), 1); /* another process had the number before */
    write_file(in_folder("stale/notes.txt"), "x", 1);
    directory_remove_stale(in_folder("stale"));
    ck_assert(!has_files(dead));
    ck_assert(!has_files(getppid()));
    ck_assert(has_files(getpid()));
    ck_assert_int_eq(access(in_folder("stale/notes.txt"), F_OK), 0);
}
END_TEST

Suite *suite_directory(void)
{
    Suite *suite = suite_create("directory");
    TCase *tests = tcase_create("directory");
    tcase_add_test(tests, it_is_made_private);
    tcase_add_test(tests, what_is_not_trusted);
    tcase_add_test(tests, start_times_tell_processes_apart);
    tcase_add_test(tests, files_of_the_dead_are_removed);
    suite_add_tcase(suite, tests);
    return suite;
}
