/* keys.c -- destructors of the program's pthread keys, across updates.
 *
 * libc keeps a key's destructor and cannot be told another one.  So it gets one of ours, a
 * different one for each key because a destructor is not told for which key it is called, and
 * ours calls the program's: at each update that becomes its namesake.  One without a namesake is
 * called no more.
 */
#include <errno.h>
#include <limits.h>
#include <stdbool.h>

#include <kitsune/entry.h>

#include "common/log.h"
#include "program/namesake.h"
#include "program/program.h"
#include "keys.h"

enum { STUB_SIZE = 16 };

static struct {
    bool is_used;
    pthread_key_t key;
    void (*destructor)(void *);
    void (*namesake)(void *); /* at the end of an update: what it becomes */
    unsigned long born;       /* in which update; 0: outside */
} keys[PTHREAD_KEYS_MAX];

static pthread_mutex_t keys_lock = PTHREAD_MUTEX_INITIALIZER;
static unsigned long update_number; /* not 0 while the new version is on its way */

/* Called by the stubs with the value and the stub's number. */
__attribute__((used, visibility("hidden")))
void kitsune_destroy_value(void *value, unsigned number);

void kitsune_destroy_value(void *value, unsigned number)
{
    pthread_mutex_lock(&keys_lock);
    void (*destructor)(void *) = keys[number].is_used ? keys[number].destructor : NULL;
    pthread_mutex_unlock(&keys_lock);
    if (destructor)
        destructor(value);
}

/* One small function for each key: mov $number, %esi; jmp kitsune_destroy_value. */
_Static_assert(PTHREAD_KEYS_MAX == 1024, "as many as there are stubs below");
__asm__(".pushsection .text\n"
        ".balign 16\n"
        ".hidden kitsune_key_stubs\n"
        "kitsune_key_stubs:\n"
        ".set kitsune_key_number, 0\n"
        ".rept 1024\n"
        "    .balign 16\n"
        "    endbr64\n"
        "    movl $kitsune_key_number, %esi\n"
        "    jmp kitsune_destroy_value\n"
        "    .set kitsune_key_number, kitsune_key_number + 1\n"
        ".endr\n"
        ".popsection");

extern const char kitsune_key_stubs[] __attribute__((visibility("hidden")));

static void (*stub(unsigned number))(void *)
{
    return (void (*)(void *))(kitsune_key_stubs + (size_t)number * STUB_SIZE);
}

static int take_free(void (*destructor)(void *))
{
    for (int number = 0; number < PTHREAD_KEYS_MAX; number++)
        if (!keys[number].is_used) {
            keys[number].is_used = true;
            keys[number].destructor = destructor;
            keys[number].born = update_number;
            return number;
        }
    return -1;
}

KITSUNE_PUBLIC int kitsune_key_create(pthread_key_t *key, void (*destructor)(void *))
{
    if (!program.is_driven || !destructor)
        return pthread_key_create(key, destructor);
    pthread_mutex_lock(&keys_lock);
    int number = take_free(destructor);
    int error = number < 0 ? EAGAIN : pthread_key_create(key, stub((unsigned)number));
    if (number >= 0 && error)
        keys[number].is_used = false;
    else if (!error)
        keys[number].key = *key;
    pthread_mutex_unlock(&keys_lock);
    return error;
}

KITSUNE_PUBLIC int kitsune_key_delete(pthread_key_t key)
{
    pthread_mutex_lock(&keys_lock);
    for (int number = 0; number < PTHREAD_KEYS_MAX; number++)
        if (keys[number].is_used && keys[number].key == key)
            keys[number].is_used = false;
    pthread_mutex_unlock(&keys_lock);
    return pthread_key_delete(key);
}

/* ---- Across updates -------------------------------------------------------------------------- */

void keys_leave(void)
{
    static unsigned long updates;
    update_number = ++updates;
}

void keys_carry_over(void)
{
    for (int number = 0; number < PTHREAD_KEYS_MAX; number++) {
        void (*destructor)(void *) = keys[number].destructor;
        keys[number].namesake = destructor;
        if (!keys[number].is_used || !namesake_is_old((void *)destructor))
            continue;
        keys[number].namesake = (void (*)(void *))namesake_of_function((void *)destructor);
        if (!keys[number].namesake)
            log_info("the destructor %s of a pthread key is not in the new version and will not be "
                     "called", namesake_old_name((void *)destructor));
    }
}

void keys_commit(void)
{
    pthread_mutex_lock(&keys_lock);
    for (int number = 0; number < PTHREAD_KEYS_MAX; number++)
        keys[number].destructor = keys[number].namesake;
    update_number = 0;
    pthread_mutex_unlock(&keys_lock);
}

/* Keys that the new version made go with it. */
void keys_restore(void)
{
    pthread_mutex_lock(&keys_lock);
    for (int number = 0; update_number && number < PTHREAD_KEYS_MAX; number++)
        if (keys[number].is_used && keys[number].born == update_number) {
            pthread_key_delete(keys[number].key);
            keys[number].is_used = false;
        }
    update_number = 0;
    pthread_mutex_unlock(&keys_lock);
}
