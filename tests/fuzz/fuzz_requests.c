/* fuzz_requests.c -- any bytes at all as a request on the control socket, and as the answer to one.
 *
 * The first byte says how many descriptors come along, and whether the rest stands behind what
 * every request to this process says; what is not for us is refused otherwise, however well
 * formed.
 */
#include "control/request.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "control/directory.h"

enum { MOST_SENT = 6, FOR_US = 0x80, LARGEST = 32768 };

/* Entry points that libFuzzer looks for by name. */
int LLVMFuzzerInitialize(int *count, char ***arguments);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static int sockets[2], nothing;
static char introduction[80];

static void require(bool condition, const char *what)
{
    if (condition)
        return;
    fprintf(stderr, "%s\n", what);
    abort();
}

int LLVMFuzzerInitialize(int *count, char ***arguments)
{
    int on = 1;
    (void)count;
    (void)arguments;
    require(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0, sockets) == 0, "no sockets");
    require(setsockopt(sockets[0], SOL_SOCKET, SO_PASSCRED, &on, sizeof on) == 0, "no credentials");
    nothing = open("/dev/null", O_RDONLY | O_CLOEXEC);
    require(nothing >= 0, "no /dev/null");
    return 0;
}

/* A process forked by libFuzzer has another number. */
static void introduce(void)
{
    snprintf(introduction, sizeof introduction, "process %d\nstarted %llu\n", (int)getpid(),
             process_start_time(getpid()));
}

/* All descriptors that are open, as far as they are next to each other. */
static int first_free_descriptor(void)
{
    int number = fcntl(nothing, F_DUPFD, 0);
    close(number);
    return number;
}

static void send_bytes(const char *text, size_t length, size_t count)
{
    _Alignas(struct cmsghdr) char control[CMSG_SPACE(sizeof(int) * MOST_SENT)] = {0};
    struct iovec part = {(void *)(uintptr_t)text, length};
    struct msghdr parts = {.msg_iov = &part, .msg_iovlen = 1};
    if (count) {
        parts.msg_control = control;
        parts.msg_controllen = CMSG_SPACE(sizeof(int) * count);
        struct cmsghdr *header = CMSG_FIRSTHDR(&parts);
        *header = (struct cmsghdr){CMSG_LEN(sizeof(int) * count), SOL_SOCKET, SCM_RIGHTS};
        for (size_t i = 0; i < count; i++)
            memcpy(CMSG_DATA(header) + i * sizeof nothing, &nothing, sizeof nothing);
    }
    require(sendmsg(sockets[1], &parts, MSG_NOSIGNAL) >= 0, "it cannot be sent");
}

static void check_request(const char *text, size_t length, size_t descriptors)
{
    int before = first_free_descriptor();
    struct request request;
    char *message;
    send_bytes(text, length, descriptors);
    request_peek_deadline(sockets[0]); /* as the signal handler does */
    switch (request_receive(sockets[0], getuid(), &request, &message)) {
    case RECEIVE_REQUEST:
        require(request.next_path && request.reply.number >= 0 && request.pid == getpid(),
                "a request that is taken has a version, somebody to answer to, and is for us");
        request_is_withdrawn(&request);
        request_free(&request);
        break;
    case RECEIVE_REJECTED:
        require(message && *message, "what is refused is told");
        free(message);
        break;
    case RECEIVE_NOTHING:
        require(false, "what was sent has arrived");
    }
    require(first_free_descriptor() == before, "no descriptor is left over");
}

static void check_answer(const char *text, size_t length)
{
    struct fields fields;
    size_t used = 0;
    if (!fields_parse(&fields, text, length, &used))
        return;
    require(used <= length, "no more is read than there is");
    fields_make_printable(&fields);
    fields_free(&fields);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    static char text[LARGEST];
    if (size < 1 || size > sizeof text - sizeof introduction)
        return 0;
    introduce();
    size_t length = data[0] & FOR_US ? strlen(introduction) : 0;
    memcpy(text, introduction, length);
    memcpy(text + length, data + 1, size - 1);
    check_request(text, length + size - 1, (data[0] & ~FOR_US) % (MOST_SENT + 1));
    check_answer((const char *)data + 1, size - 1);
    return 0;
}
