/* test_runtime_hostile.c -- whatever may come by the control socket: damaged requests, and
 * descriptors of everything but sealed copies of versions. */
#include "test_runtime.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/directory.h"
#include "files/image.h"
#include "control/request.h"

enum { REQUESTS = 20000, MOST_SENT = 6, HIGHEST = 1100 };

static int count_open(void)
{
    int count = 0;
    for (int number = 0; number < HIGHEST; number++)
        count += fcntl(number, F_GETFD) >= 0;
    return count;
}

/* ---- Damaged requests
 * ---------------------------------------------------------------------------- */

static unsigned long long state = 88172645463325252ull; /* the same ones each time */

static unsigned below(unsigned limit)
{
    state ^= state << 13;
    state ^= state >> 7;
    state ^= state << 17;
    return (unsigned)(state >> 11) % limit;
}

static size_t compose(char *text, size_t size)
{
    static const char *const lines[] = {
        "deadline 99999999999999999\n", "deadline x\n", "next /apps/next.so\n", "next\n", "next \\q\n",
        "transformer /apps/xf.so\n", "reverse /apps/back.so\n", "manual 1\n", "sent -5\n",
        "rollback 0123456789abcdef\n", "rehearse only\n", "rehearse sometimes\n", "process 1\n",
        "started 18446744073709551615\n", "timeout 1\n", "probation 9223372036854775807\n",
        "from 00\n", "forget 1\n", "cause a\\nb\n", "\n", "\n\n", "next /a\nnext /b\n", "\\n\n"};
    size_t length = (size_t)snprintf(text, size, "process %d\nstarted %llu\nnext /apps/next.so\n",
                                     (int)getpid(), process_start_time(getpid()));
    for (unsigned i = below(8); i > 0; i--)
        length += (size_t)snprintf(text + length, size - length, "%s",
                                   lines[below(sizeof lines / sizeof *lines)]);
    if (below(4))
        text[length++] = '\n';
    for (unsigned i = below(3) ? 0 : 1 + below(4); i > 0; i--)
        text[below((unsigned)length)] = (char)below(256);
    return below(8) ? length : below((unsigned)length + 1);
}

static void send_text(int to, const char *text, size_t length, int file)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST_SENT)] = {0};
    struct iovec part = {(void *)(uintptr_t)text, length};
    struct msghdr parts = {.msg_iov = &part, .msg_iovlen = 1};
    size_t count = below(MOST_SENT + 1);
    if (count) {
        parts.msg_control = control;
        parts.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&parts);
        *header = (struct cmsghdr){CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS};
        for (size_t i = 0; i < count; i++)
            memcpy(CMSG_DATA(header) + i * sizeof file, &file, sizeof file);
    }
    ck_assert_int_ge(sendmsg(to, &parts, 0), 0);
}

START_TEST(damaged_requests_lose_nothing)
{
    int sockets[2], on = 1, taken = 0, refused = 0;
    ck_assert_int_eq(socketpair(AF_UNIX, SOCK_DGRAM, 0, sockets), 0);
    ck_assert_int_eq(setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on), 0);
    int file = open("/dev/null", O_RDONLY), before = count_open();
    for (int i = 0; i < REQUESTS; i++) {
        char text[1024], *message = NULL;
        struct request request;
        send_text(sockets[1], text, compose(text, sizeof text), file);
        request_peek_deadline(sockets[0]);
        switch (request_receive(sockets[0], geteuid(), &request, &message)) {
        case RECEIVE_REQUEST:
            taken++;
            request_free(&request);
            break;
        case RECEIVE_REJECTED:
            refused++;
            ck_assert_ptr_nonnull(message);
            break;
        default:
            ck_abort_msg("request %d has not arrived", i);
        }
        free(message);
    }
    ck_assert_int_eq(count_open(), before);
    ck_assert_int_gt(taken, REQUESTS / 100);
    ck_assert_int_gt(refused, REQUESTS / 10);
    close(sockets[0]);
    close(sockets[1]);
    close(file);
}
END_TEST

/* ---- Odd copies
 * ---------------------------------------------------------------------------------- */

static int memory_file(const char *bytes, size_t size, off_t length, bool sealed)
{
    int file = memfd_create("odd", MFD_CLOEXEC | MFD_ALLOW_SEALING);
    ck_assert_int_eq(write(file, bytes, size), (ssize_t)size);
    ck_assert_int_eq(ftruncate(file, length), 0);
    if (sealed)
        fcntl(file, F_ADD_SEALS, F_SEAL_SHRINK | F_SEAL_GROW | F_SEAL_WRITE | F_SEAL_SEAL);
    return file;
}

static int odd_descriptor(int which)
{
    static const char elf[64] = "\177ELF\2\1\1";
    int ends[2];
    switch (which) {
    case 0:
        return -1;
    case 1:
        return open("/", O_RDONLY | O_DIRECTORY);
    case 2:
        return open("/dev/zero", O_RDONLY);
    case 3:
        ck_assert_int_eq(pipe(ends), 0);
        close(ends[1]);
        return ends[0];
    case 4:
        return socket(AF_UNIX, SOCK_STREAM, 0);
    case 5:
        return memory_file("", 0, 0, true);
    case 6:
        return memory_file("no version\n", 11, 11, true);
    case 7:
        return memory_file(elf, sizeof elf, sizeof elf, false);
    case 8:
        return memory_file(elf, sizeof elf, 20, true);
    case 9:
        return memory_file(elf, sizeof elf, sizeof elf, true);
    default:
        return memory_file(elf, sizeof elf, (off_t)1 << 40, true); /* a hole of a terabyte */
    }
}

START_TEST(odd_copies_are_refused)
{
    int before = count_open();
    char *message = NULL;
    ck_assert_ptr_null(image_adopt(odd_descriptor(_i), "/apps/odd.so", &message));
    assert_contains(message, "/apps/odd.so");
    free(message);
    ck_assert_int_eq(count_open(), before);
}
END_TEST

Suite *suite_hostile(void)
{
    Suite *suite = suite_create("hostile");
    TCase *tests = tcase_create("hostile");
    tcase_set_timeout(tests, 60);
    tcase_add_test(tests, damaged_requests_lose_nothing);
    tcase_add_loop_test(tests, odd_copies_are_refused, 0, 11);
    suite_add_tcase(suite, tests);
    return suite;
}
