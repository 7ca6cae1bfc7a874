/* test_runtime_request.c -- requests on their way through a socket. */
#include "test_runtime.h"

#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/directory.h"
#include "control/report.h"
#include "control/request.h"

static int receiver, sender, reply[2], file;
static char *message;

static void open_sockets(void)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, in_folder("socket"), sizeof address.sun_path - 1);
    unlink(address.sun_path);
    int on = 1;
    receiver = socket(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0);
    ck_assert_int_eq(bind(receiver, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(setsockopt(receiver, SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
    sender = socket(AF_UNIX, SOCK_DGRAM, 0);
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_STREAM, 0, reply), 0);
    file = open("/dev/null", O_RDONLY);
}

static void close_sockets(void)
{
    close(receiver);
    close(sender);
    close(reply[0]);
    close(file);
}

static struct request sample_request(void)
{
    static char next[] = "/apps/next version.so";
    return (struct request){.pid = getpid(), .started = process_start_time(getpid()),
                            .next_path = next,
                            .deadline = monotonic_time() + 60000000000,
                            .sent = 12, .prepare_time = 34, .reply = {.number = reply[1]},
                            .next = {.number = file}, .transformer = DESCRIPTOR_NONE};
}

static void send_it(const struct request *request)
{
    ck_assert_int_eq(request_send(sender, in_folder("socket"), request), 0);
    close(reply[1]); /* the program has the only other end now, as after kitsune update */
}

START_TEST(a_request_arrives_whole)
{
    struct request sent = sample_request(), received;
    sent.allow_written = true;
    send_it(&sent);
    ck_assert_int_eq(request_peek_deadline(receiver), sent.deadline);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REQUEST);
    ck_assert_str_eq(received.next_path, sent.next_path);
    ck_assert_ptr_null(received.transformer_path);
    ck_assert(received.allow_written);
    ck_assert_int_eq(received.deadline, sent.deadline);
    ck_assert_int_eq(received.sent, 12);
    ck_assert_int_eq(received.prepare_time, 34);
    ck_assert(descriptor_is_ours(&received.reply));
    ck_assert(descriptor_is_ours(&received.next));
    ck_assert(!descriptor_is_ours(&received.transformer));
    ck_assert(!request_is_withdrawn(&received));
    request_free(&received);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_NOTHING);
}
END_TEST

START_TEST(a_way_back_comes_along)
{
    struct request sent = sample_request(), received;
    static char path[] = "/apps/a.xf.so", reverse[] = "/apps/back.xf.so";
    sent.transformer_path = path;
    sent.transformer.number = file;
    sent.reverse_path = reverse;
    sent.reverse.number = reply[0];
    sent.forget_previous = true;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REQUEST);
    ck_assert_str_eq(received.reverse_path, reverse);
    ck_assert(received.forget_previous);
    ck_assert_ptr_null(received.rollback_build_id);
    struct stat file_status;
    ck_assert_int_eq(fstat(received.reverse.number, &file_status), 0);
    ck_assert(S_ISSOCK(file_status.st_mode)); /* each descriptor in its place */
    ck_assert_int_eq(fstat(received.transformer.number, &file_status), 0);
    ck_assert(S_ISCHR(file_status.st_mode));
    request_free(&received);
}
END_TEST

START_TEST(a_rollback_brings_no_version)
{
    struct request sent = sample_request(), received;
    static char build_id[] = "c0ffee", cause[] = "because\nof this";
    sent.next = DESCRIPTOR_NONE;
    sent.rollback_build_id = build_id;
    sent.cause = cause;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REQUEST);
    ck_assert_str_eq(received.rollback_build_id, build_id);
    ck_assert_str_eq(received.cause, cause);
    ck_assert_int_eq(received.next.number, -1);
    ck_assert(descriptor_is_ours(&received.reply));
    request_free(&received);
}
END_TEST

START_TEST(the_answer_comes_back)
{
    struct request sent = sample_request(), received;
    static char path[] = "/apps/a.xf.so";
    sent.transformer_path = path;
    sent.transformer.number = file;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REQUEST);
    ck_assert_str_eq(received.transformer_path, path);
    ck_assert(descriptor_is_ours(&received.transformer));
    struct text text = {0};
    text_add_field(&text, "phase", "taken");
    text_end_fields(&text);
    request_answer(&received, &text);
    char answer[100] = "";
    ck_assert_int_eq(read(reply[0], answer, sizeof answer - 1), (ssize_t)text.length);
    ck_assert_str_eq(answer, text.bytes);
    text_free(&text);
    request_free(&received);
    ck_assert_int_eq(read(reply[0], answer, sizeof answer), 0);
}
END_TEST

START_TEST(who_hangs_up_withdraws)
{
    struct request sent = sample_request(), received;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REQUEST);
    shutdown(reply[0], SHUT_WR);
    ck_assert(request_is_withdrawn(&received));
    request_free(&received);
}
END_TEST

START_TEST(a_deadline_that_has_passed_withdraws)
{
    struct request sent = sample_request(), received;
    sent.deadline = monotonic_time() - 1;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REQUEST);
    ck_assert(request_is_withdrawn(&received));
    request_free(&received);
}
END_TEST

START_TEST(strangers_are_refused)
{
    if (geteuid() == 0) {
        ck_assert_int_eq(chmod(in_folder("socket"), 0666), 0);
        ck_assert_int_eq(chmod(in_folder(""), 0711), 0);
        ck_assert_int_eq(setuid(65534), 0);
    }
    struct request sent = sample_request(), received;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, 12345, &received, &message), RECEIVE_REJECTED);
    assert_contains(message, "ignored a request from user");
    free(message);
}
END_TEST

static const char *const nonsense[] = {
    "",
    "hello",
    "\n",
    "deadline 1\n\n",
    "next /x\n\n",          /* without descriptors */
    "next\n",
    "deadline 99999999999999999999999999999999\nnext /x\n\n",
};

START_TEST(nonsense_is_refused)
{
    struct request received;
    int before = dup(0), after;
    close(before);
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, in_folder("socket"), sizeof address.sun_path - 1);
    ck_assert_int_ge(sendto(sender, nonsense[_i], strlen(nonsense[_i]), 0,
                            (struct sockaddr *)&address, sizeof address), 0);
    request_peek_deadline(receiver);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REJECTED);
    assert_contains(message, "malformed");
    free(message);
    after = dup(0);
    close(after);
    ck_assert_int_eq(before, after);
}
END_TEST

START_TEST(more_than_fits_is_refused)
{
    char *large = malloc(100000);
    memset(large, 'x', 99999);
    large[99999] = '\0';
    struct request sent = sample_request(), received;
    sent.next_path = large;
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REJECTED);
    free(message);
    free(large);
    /* What came with it is closed. */
    char byte;
    ck_assert_int_eq(read(reply[0], &byte, 1), 0);
}
END_TEST

START_TEST(what_is_meant_for_another_process_is_refused)
{
    struct request sent = sample_request(), received;
    if (_i == 0)
        sent.pid = getppid();
    else
        sent.started--; /* one that had our number before */
    send_it(&sent);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REJECTED);
    assert_contains(message, "meant for another process");
    free(message);
    char byte;
    ck_assert_int_eq(read(reply[0], &byte, 1), 0);
}
END_TEST

/* Fields of a request that is fine, with `count` descriptors. */
static void send_descriptors(size_t count)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    strncpy(address.sun_path, in_folder("socket"), sizeof address.sun_path - 1);
    static char text[] = "deadline 0\nprocess 1\nnext /x\ntransformer /y\n\n";
    union {
        struct cmsghdr alignment;
        char bytes[CMSG_SPACE(sizeof(int) * 16)];
    } control = {0};
    struct iovec part = {text, sizeof text - 1};
    struct msghdr parts = {.msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part,
                           .msg_iovlen = 1, .msg_control = control.bytes,
                           .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&parts);
    *header = (struct cmsghdr){CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS};
    for (size_t i = 0; i < count; i++)
        memcpy(CMSG_DATA(header) + i * sizeof file, &file, sizeof file);
    ck_assert_int_gt(sendmsg(sender, &parts, 0), 0);
}

START_TEST(too_many_descriptors_are_refused)
{
    struct request received;
    int before = dup(0);
    close(before);
    send_descriptors((size_t)_i);
    ck_assert_int_eq(request_receive(receiver, geteuid(), &received, &message), RECEIVE_REJECTED);
    assert_contains(message, "malformed");
    free(message);
    int after = dup(0);
    close(after);
    ck_assert_int_eq(before, after);
}
END_TEST

Suite *suite_request(void)
{
    Suite *suite = suite_create("request");
    TCase *tests = tcase_create("request");
    tcase_add_checked_fixture(tests, open_sockets, close_sockets);
    tcase_add_test(tests, a_request_arrives_whole);
    tcase_add_test(tests, a_way_back_comes_along);
    tcase_add_test(tests, a_rollback_brings_no_version);
    tcase_add_test(tests, the_answer_comes_back);
    tcase_add_test(tests, who_hangs_up_withdraws);
    tcase_add_test(tests, a_deadline_that_has_passed_withdraws);
    tcase_add_test(tests, strangers_are_refused);
    tcase_add_loop_test(tests, nonsense_is_refused, 0, sizeof nonsense / sizeof nonsense[0]);
    tcase_add_test(tests, more_than_fits_is_refused);
    tcase_add_loop_test(tests, what_is_meant_for_another_process_is_refused, 0, 2);
    tcase_add_loop_test(tests, too_many_descriptors_are_refused, 4, 16);
    suite_add_tcase(suite, tests);
    return suite;
}
