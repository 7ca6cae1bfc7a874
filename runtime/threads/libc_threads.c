/* libc_threads.c -- what libc forgets of the other threads when a program forks.
 *
 * fork leaves malloc, stdio and the loader in a state that the child can work with, so it is
 * libc's own that is called.  But it takes the other threads for gone: their stacks go to the
 * list of those that may be used again, their ids become 0, their thread-specific data is wiped.
 * That is put back.  Where in a thread's descriptor these are, libc tells debuggers
 * (libthread_db), and so it tells us.
 */
#include <dlfcn.h>
#include <linux/futex.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/message.h"
#include "threads/copies.h"

/* As libc links its descriptors. */
struct link {
    struct link *next, *previous;
};

enum { FIRST_LEVEL = 32 }; /* blocks of thread-specific data; the first is in the descriptor */

/* A block outside of the descriptor, and what was in it. */
struct outside_block {
    void *address;
    char *bytes;
};

/* The list of robust mutexes that the forking thread holds; before its head lies what leads
 * back. */
struct robust_mutexes {
    struct {
        void *previous;
        struct robust_list_head head;
    } *address, content;
};

static struct {
    /* Offsets in a descriptor, and sizes. */
    uint32_t size, id, list, specific, block_size;
    /* Heads of libc's lists: threads on its stacks, and on the program's. */
    struct link *used, *user;

    size_t count;
    char **descriptors; /* addresses */
    char *bytes;        /* their contents, `size` each */
    struct outside_block *blocks;
    size_t block_count;
    struct robust_mutexes robust;
} libc;

/* ---- Where things are ------------------------------------------------------------------------ */

/* What libc says of a field: its size in bits, how many there are, and its offset. */
static bool find_field(const char *name, uint32_t *offset)
{
    const uint32_t *field = dlsym(RTLD_DEFAULT, name);
    if (field)
        *offset = field[2];
    return field != NULL;
}

static bool find_size(const char *name, uint32_t *size)
{
    const uint32_t *found = dlsym(RTLD_DEFAULT, name);
    if (found)
        *size = *found;
    return found != NULL;
}

static bool find_list(const char *name, struct link **head)
{
    char *loader = dlsym(RTLD_DEFAULT, "_rtld_global");
    uint32_t offset;
    if (!loader || !find_field(name, &offset))
        return false;
    *head = (struct link *)(void *)(loader + offset);
    return true;
}

static bool find_all(void)
{
    return find_size("_thread_db_sizeof_pthread", &libc.size) &&
           find_size("_thread_db_sizeof_pthread_key_data_level2", &libc.block_size) &&
           find_field("_thread_db_pthread_tid", &libc.id) &&
           find_field("_thread_db_pthread_list", &libc.list) &&
           find_field("_thread_db_pthread_specific", &libc.specific) &&
           find_list("_thread_db_rtld_global__dl_stack_used", &libc.used) &&
           find_list("_thread_db_rtld_global__dl_stack_user", &libc.user);
}

static char *descriptor_of(pthread_t handle)
{
    return (char *)handle; /* pthread_self() is the thread pointer */
}

/* True of our own: then what libc tells is so. */
static bool is_right(void)
{
    return *libc_thread_id(pthread_self()) == gettid();
}

pid_t *libc_thread_id(pthread_t handle)
{
    return (pid_t *)(void *)(descriptor_of(handle) + libc.id);
}

static struct link *link_of(char *descriptor)
{
    return (struct link *)(void *)(descriptor + libc.list);
}

/* ---- Before the fork ------------------------------------------------------------------------- */

static void remember_blocks(char *descriptor)
{
    char **blocks = (char **)(void *)(descriptor + libc.specific);
    for (size_t i = 1; i < FIRST_LEVEL; i++) {
        if (!blocks[i])
            continue;
        libc.blocks = reallocate(libc.blocks, (libc.block_count + 1) * sizeof *libc.blocks);
        char *bytes = allocate(libc.block_size);
        libc.blocks[libc.block_count++] =
            (struct outside_block){blocks[i], memcpy(bytes, blocks[i], libc.block_size)};
    }
}

/* fork empties the list of the thread that calls it. */
static void remember_robust_list(void)
{
    struct robust_list_head *head = NULL;
    size_t size;
    libc.robust.address = NULL;
    if (syscall(SYS_get_robust_list, 0, &head, &size) == 0 && head && size == sizeof *head) {
        libc.robust.address = (void *)((char *)head - sizeof(void *));
        libc.robust.content = *libc.robust.address;
    }
}

bool libc_threads_remember(const pthread_t *handles, size_t count)
{
    if (!find_all() || !is_right())
        return false;
    libc.descriptors = allocate((count + 1) * sizeof *libc.descriptors);
    libc.bytes = allocate(count * libc.size + 1);
    libc.count = count;
    for (size_t i = 0; i < count; i++) {
        libc.descriptors[i] = descriptor_of(handles[i]);
        memcpy(libc.bytes + i * libc.size, libc.descriptors[i], libc.size);
        remember_blocks(libc.descriptors[i]);
    }
    remember_robust_list();
    return true;
}

void libc_threads_forget(void)
{
    for (size_t i = 0; i < libc.block_count; i++)
        free(libc.blocks[i].bytes);
    free(libc.blocks);
    free(libc.bytes);
    free(libc.descriptors);
    libc.blocks = NULL;
    libc.bytes = NULL;
    libc.descriptors = NULL;
    libc.count = libc.block_count = 0;
}

/* ---- After it, in the child ------------------------------------------------------------------ */

static void unlink_one(struct link *link)
{
    link->next->previous = link->previous;
    link->previous->next = link->next;
}

static void link_after(struct link *head, struct link *link)
{
    link->next = head->next;
    link->previous = head;
    head->next->previous = link;
    head->next = link;
}

/* fork has put those on libc's stacks among the free ones, and has dropped the list of the
 * others, whose links still lead to each other, and to its head.  All go to one list: libc looks
 * for threads in both. */
static void relink(void)
{
    struct link *self = link_of(descriptor_of(pthread_self()));
    bool is_user = libc.user->next == self;
    for (size_t i = 0; i < libc.count; i++)
        unlink_one(link_of(libc.descriptors[i]));
    *libc.user = (struct link){libc.user, libc.user};
    if (is_user)
        link_after(libc.user, self);
}

void libc_threads_restore(void)
{
    relink();
    for (size_t i = 0; i < libc.count; i++) {
        memcpy(libc.descriptors[i], libc.bytes + i * libc.size, libc.size);
        link_after(libc.used, link_of(libc.descriptors[i]));
    }
    for (size_t i = 0; i < libc.block_count; i++)
        memcpy(libc.blocks[i].address, libc.blocks[i].bytes, libc.block_size);
    if (libc.robust.address)
        *libc.robust.address = libc.robust.content;
}
