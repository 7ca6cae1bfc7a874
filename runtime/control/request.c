/* request.c -- what asks for an update, on its way from the tool to a running program. */
#include "control/request.h"

#include <errno.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "control/directory.h"
#include "common/message.h"
#include "control/report.h"

#define LARGEST_REQUEST 16384
#define CONTROL_SIZE                                                                              \
    (CMSG_SPACE(sizeof(int) * MOST_DESCRIPTORS) + CMSG_SPACE(sizeof(struct ucred)))

/* Control data must be aligned like its headers. */
union control_buffer {
    struct cmsghdr alignment;
    char bytes[CONTROL_SIZE];
};

void request_free(struct request *request)
{
    free(request->old_build_id);
    free(request->next_path);
    free(request->transformer_path);
    free(request->reverse_path);
    free(request->rollback_build_id);
    free(request->cause);
    descriptor_close(&request->reply);
    descriptor_close(&request->next);
    descriptor_close(&request->transformer);
    descriptor_close(&request->reverse);
    *request = REQUEST_NONE;
}

/* ---- Sending --------------------------------------------------------------------------------- */

static void write_request(const struct request *request, struct text *text)
{
    text_add_field(text, "deadline", "%" PRId64, request->deadline);
    text_add_field(text, "process", "%d", (int)request->pid);
    text_add_field(text, "started", "%llu", request->started);
    if (request->old_build_id)
        text_add_field(text, "from", "%s", request->old_build_id);
    text_add_field(text, "sent", "%" PRId64, request->sent);
    text_add_field(text, "timeout", "%" PRId64, request->timeout);
    text_add_field(text, "prepare_ns", "%" PRId64, request->prepare_time);
    text_add_field(text, "next", "%s", request->next_path);
    if (request->transformer_path)
        text_add_field(text, "transformer", "%s", request->transformer_path);
    if (request->allow_written)
        text_add_field(text, "manual", "1");
    if (request->reverse_path)
        text_add_field(text, "reverse", "%s", request->reverse_path);
    if (request->forget_previous)
        text_add_field(text, "forget", "1");
    if (request->rollback_build_id)
        text_add_field(text, "rollback", "%s", request->rollback_build_id);
    if (request->probation)
        text_add_field(text, "probation", "%" PRId64, request->probation);
    if (request->cause)
        text_add_field(text, "cause", "%s", request->cause);
    if (request->allow_others_files)
        text_add_field(text, "allow_others_files", "1");
    if (request->rehearsal != REHEARSE_NEVER)
        text_add_field(text, "rehearse", "%s",
                       request->rehearsal == REHEARSE_ONLY ? "only" : "first");
    text_end_fields(text);
}

static enum rehearsal_wish parse_rehearsal(const char *word)
{
    return !word ? REHEARSE_NEVER : strcmp(word, "only") == 0 ? REHEARSE_ONLY : REHEARSE_FIRST;
}

/* The places of the descriptors that come along, in their order. */
static size_t list_descriptors(struct request *request, bool has_transformer,
                               struct descriptor **places)
{
    size_t count = 0;
    places[count++] = &request->reply;
    if (!request->rollback_build_id)
        places[count++] = &request->next;
    if (has_transformer)
        places[count++] = &request->transformer;
    if (request->reverse_path)
        places[count++] = &request->reverse;
    return count;
}

int request_send(int socket, const char *socket_path, const struct request *request)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    if (strlen(socket_path) >= sizeof address.sun_path)
        return ENAMETOOLONG;
    strcpy(address.sun_path, socket_path);
    struct text text = {0};
    write_request(request, &text);
    struct iovec part = {text.bytes, text.length};
    union control_buffer control = {0};
    struct request copy = *request;
    struct descriptor *places[MOST_DESCRIPTORS];
    size_t count = list_descriptors(&copy, request->transformer.number >= 0, places);
    int numbers[MOST_DESCRIPTORS];
    for (size_t i = 0; i < count; i++)
        numbers[i] = places[i]->number;
    struct msghdr message = {
        .msg_name = &address, .msg_namelen = sizeof address, .msg_iov = &part, .msg_iovlen = 1,
        .msg_control = control.bytes, .msg_controllen = CMSG_SPACE(sizeof(int) * count)};
    struct cmsghdr *header = CMSG_FIRSTHDR(&message);
    header->cmsg_level = SOL_SOCKET;
    header->cmsg_type = SCM_RIGHTS;
    header->cmsg_len = CMSG_LEN(sizeof(int) * count);
    memcpy(CMSG_DATA(header), numbers, sizeof(int) * count);
    ssize_t sent = sendmsg(socket, &message, MSG_DONTWAIT | MSG_NOSIGNAL);
    int error = sent < 0 ? errno : 0;
    text_free(&text);
    return error;
}

/* ---- Receiving ------------------------------------------------------------------------------- */

/* Of receiving one, when that fails. */
enum { TRIES = 5 };

struct received {
    char text[LARGEST_REQUEST];
    size_t length;
    bool is_truncated;
    bool lacks_descriptors; /* they came along, and there was no room for them */
    struct ucred sender;
    int numbers[MOST_DESCRIPTORS];
    size_t count;
};

/* Alignment leaves room for more of them than a request has. */
static void take_descriptors(const struct cmsghdr *header, struct received *received)
{
    size_t count = (header->cmsg_len - CMSG_LEN(0)) / sizeof(int);
    for (size_t i = 0; i < count; i++) {
        int number;
        memcpy(&number, CMSG_DATA(header) + i * sizeof number, sizeof number);
        if (received->count < MOST_DESCRIPTORS)
            received->numbers[received->count++] = number;
        else
            close(number);
        received->is_truncated = received->is_truncated || i >= MOST_DESCRIPTORS;
    }
}

static void read_control(struct msghdr *message, struct received *received)
{
    for (struct cmsghdr *header = CMSG_FIRSTHDR(message); header;
         header = CMSG_NXTHDR(message, header)) {
        if (header->cmsg_level != SOL_SOCKET)
            continue;
        if (header->cmsg_type == SCM_CREDENTIALS) {
            memcpy(&received->sender, CMSG_DATA(header), sizeof received->sender);
        } else if (header->cmsg_type == SCM_RIGHTS) {
            take_descriptors(header, received);
        }
    }
}

/* False when there is none, with *problem (malloc) when there may be. */
static bool receive(int socket, struct received *received, char **problem)
{
    struct iovec part = {received->text, sizeof received->text};
    union control_buffer control;
    struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.bytes,
                             .msg_controllen = sizeof control.bytes};
    ssize_t length = -1;
    /* The kernel may be short of memory at times; a request that stays would wait for the next
     * one. */
    for (int tries = 0; length < 0 && tries < TRIES; tries++)
        if ((length = recvmsg(socket, &message, MSG_DONTWAIT | MSG_CMSG_CLOEXEC)) < 0 &&
            (errno == EAGAIN || errno == EWOULDBLOCK))
            return false;
    if (length < 0) {
        *problem = message_format("cannot receive a request: %s", strerror(errno));
        return false;
    }
    received->length = (size_t)length;
    received->is_truncated = message.msg_flags & (MSG_TRUNC | MSG_CTRUNC);
    received->sender = (struct ucred){.uid = (uid_t)-1};
    received->count = 0;
    read_control(&message, received);
    received->lacks_descriptors =
        message.msg_flags & MSG_CTRUNC && received->count < MOST_DESCRIPTORS;
    return true;
}

static char *copy_field(const struct fields *fields, const char *name)
{
    const char *value = fields_get(fields, name);
    return value ? copy_string(value) : NULL;
}

/* Each descriptor to its place; without a reply socket nobody could be answered. */
static bool place_descriptors(const struct received *received, struct request *request)
{
    struct descriptor *places[MOST_DESCRIPTORS];
    if (received->count != list_descriptors(request, request->transformer_path != NULL, places))
        return false;
    for (size_t i = 0; i < received->count; i++)
        *places[i] = descriptor_keep(received->numbers[i]);
    return true;
}

static bool parse(const struct received *received, struct request *request)
{
    struct fields fields;
    if (received->is_truncated || !fields_parse(&fields, received->text, received->length, NULL))
        return false;
    request->old_build_id = copy_field(&fields, "from");
    request->next_path = copy_field(&fields, "next");
    request->transformer_path = copy_field(&fields, "transformer");
    request->reverse_path = copy_field(&fields, "reverse");
    request->rollback_build_id = copy_field(&fields, "rollback");
    request->cause = copy_field(&fields, "cause");
    request->allow_written = fields_number(&fields, "manual", 0) == 1;
    request->allow_others_files = fields_number(&fields, "allow_others_files", 0) == 1;
    request->probation = fields_number(&fields, "probation", 0);
    request->forget_previous = fields_number(&fields, "forget", 0) == 1;
    request->pid = (pid_t)fields_number(&fields, "process", 0);
    request->started = (unsigned long long)fields_number(&fields, "started", 0);
    request->deadline = fields_number(&fields, "deadline", 0);
    request->rehearsal = parse_rehearsal(fields_get(&fields, "rehearse"));
    request->timeout = fields_number(&fields, "timeout", 0);
    request->sent = fields_number(&fields, "sent", 0);
    request->prepare_time = fields_number(&fields, "prepare_ns", 0);
    fields_free(&fields);
    return request->next_path && place_descriptors(received, request);
}

static void close_all(const struct received *received)
{
    for (size_t i = 0; i < received->count; i++)
        close(received->numbers[i]);
}

/* Root's tool is led to our socket by files of the program's user: it must not be a request for a
 * program of his that reaches us.  Without /proc (in a chroot) we do not know when we started. */
static bool is_for_us(const struct request *request)
{
    static pid_t known; /* the process, perhaps forked, that `started` is of */
    static unsigned long long started;
    if (known != getpid()) {
        started = process_start_time(getpid());
        known = started ? getpid() : 0;
    }
    return request->pid == getpid() && (!started || request->started == started);
}

enum receive_result request_receive(int socket, uid_t owner, struct request *request,
                                    char **message)
{
    struct received *received = allocate(sizeof *received);
    *request = REQUEST_NONE;
    *message = NULL;
    if (!receive(socket, received, message)) {
        free(received);
        return RECEIVE_NOTHING;
    }
    if (received->sender.uid != owner && received->sender.uid != 0)
        *message = message_format("ignored a request from user %u (process %d): only user %u and "
                                  "root may ask for updates", (unsigned)received->sender.uid,
                                  (int)received->sender.pid, (unsigned)owner);
    else if (received->lacks_descriptors)
        *message = message_format("dropped a request from process %d, because no descriptors are "
                                  "free for it: raise the limit of open files (ulimit -n)",
                                  (int)received->sender.pid);
    else if (!parse(received, request))
        *message = message_format("ignored a malformed request from process %d: use this "
                                  "Kitsune's own tool", (int)received->sender.pid);
    else if (!is_for_us(request))
        *message = message_format("ignored a request from process %d that is meant for another "
                                  "process, %d", (int)received->sender.pid, (int)request->pid);
    if (*message && request->reply.number < 0)
        close_all(received);
    free(received);
    if (!*message)
        return RECEIVE_REQUEST;
    request_free(request);
    return RECEIVE_REJECTED;
}

int64_t request_peek_deadline(int socket)
{
    static const char word[] = "deadline ";
    char text[64];
    ssize_t length = recv(socket, text, sizeof text, MSG_PEEK | MSG_DONTWAIT);
    if (length < (ssize_t)sizeof word || memcmp(text, word, sizeof word - 1) != 0)
        return 0;
    int64_t deadline = 0;
    for (ssize_t i = sizeof word - 1; i < length && text[i] >= '0' && text[i] <= '9'; i++)
        if (deadline < INT64_MAX / 20)
            deadline = deadline * 10 + (text[i] - '0');
    return deadline;
}

bool request_is_gone(const struct request *request)
{
    if (request->is_firm)
        return false;
    char byte;
    return request->reply.number >= 0 &&
           recv(request->reply.number, &byte, 1, MSG_PEEK | MSG_DONTWAIT) == 0;
}

bool request_is_withdrawn(const struct request *request)
{
    return (request->deadline && monotonic_time() > request->deadline) || request_is_gone(request);
}

bool request_answer(const struct request *request, const struct text *text)
{
    return !descriptor_is_ours(&request->reply) ||
           send(request->reply.number, text->bytes, text->length,
                MSG_DONTWAIT | MSG_NOSIGNAL) >= 0 ||
           (errno != EPERM && errno != EACCES && errno != ENOSYS);
}
