/* kitsune.h -- live update of running C programs: everything an application uses.
 *
 * A version of a program is a shared object with an ordinary main(), run by `kitsune run`.  The
 * program marks the places where it may be updated with kitsune_update("name").  When the next
 * version arrives, the old main is left where it stands, the new version's main() is entered,
 * calls kitsune_do_automigrate() (or migrates variable by variable), and finds its way to the
 * update point of the same name: there the update is committed.
 *
 *      int main(int argc, char **argv)
 *      {
 *          kitsune_do_automigrate();          // takes over the old version's variables
 *          if (!kitsune_is_updating())
 *              open_sockets();                // only in a fresh start
 *          for (;;) {
 *              kitsune_update("loop");        // here the program may become its next version
 *              serve_one_event();
 *          }
 *      }
 *
 * Compiled without kitcc the header works just as well: annotations are then nothing at all.
 * With KITSUNE_OFF defined before it is included, every call compiles to nothing.
 */
#ifndef KITSUNE_H
#define KITSUNE_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* ---- Control --------------------------------------------------------------------------------- */

#ifndef KITSUNE_OFF

/* Non-zero while an update waits for an update point or a new version is on its way to one.
 * Internal: read by kitsune_update(), written by the runtime. */
extern int kitsune_pending;

/* Internal: the slow path of kitsune_update(). */
void kitsune_reach_update_point(const char *point);

/* An update point.  Returns at once when no update is asked for: one relaxed load and a branch
 * that is predicted right.  When the program is arriving after an update that left from the
 * point of this name, the update ends here (commit).  Arriving at another point passes through.
 * `point` must be a NUL-terminated string; it is compared by content. */
static __inline__ void kitsune_update(const char *point)
{
    if (__builtin_expect(__atomic_load_n(&kitsune_pending, __ATOMIC_RELAXED), 0))
        kitsune_reach_update_point(point);
}

/* True in a new version (in this thread) until its update point is reached. */
int kitsune_is_updating(void);

/* True in a new version until its update point is reached, when the update left from `point`. */
int kitsune_is_updating_from(const char *point);

/* Asks for an update from within the program: the next update point takes it.  The version to
 * load is the one named by kitsune_set_next_version(). */
void kitsune_signal_update(void);

/* The path the next update loads.  The string is copied. */
void kitsune_set_next_version(char *path);

/* Withdraws a request that has not been taken yet. */
void kitsune_clear_request(void);

/* ---- Migration ------------------------------------------------------------------------------- */

/* Migrates every variable of static storage duration that is not marked E_MANUAL_MIGRATE.  Does
 * nothing unless updating. */
void kitsune_do_automigrate(void);

/* Internal: the functions behind the macros below.  `function` and `file` may be NULL. */
int kitsune_migrate_variable(const char *name, const char *function, const char *file,
                             void *address, size_t size);
int kitsune_migrate_local(const char *name, const char *function, void *address, size_t size);
void kitsune_note_variable(const char *name, const char *function, const char *file,
                           void *address, size_t size);

/* Each migrates one variable; the value is true when it was migrated, false when not updating or
 * when the old version has no such variable. */
#define MIGRATE_GLOBAL(v) (kitsune_migrate_variable(#v, NULL, NULL, (void *)&(v), sizeof(v)))
#define MIGRATE_STATIC(v) (kitsune_migrate_variable(#v, NULL, __FILE__, (void *)&(v), sizeof(v)))
#define MIGRATE_LOCAL_STATIC(func, v)                                                             \
    (kitsune_migrate_variable(#v, #func, __FILE__, (void *)&(v), sizeof(v)))
#define MIGRATE_LOCAL(v) (kitsune_migrate_local(#v, __func__, (void *)&(v), sizeof(v)))

/* Noting by hand.  Variables of static storage duration are known from the binary itself; noting
 * them is needed only in programs stripped of their symbols. */
#define NOTE_STATIC(v) (kitsune_note_variable(#v, NULL, __FILE__, (void *)&(v), sizeof(v)))
#define NOTE_LOCAL_STATIC(v) (kitsune_note_variable(#v, __func__, __FILE__, (void *)&(v), sizeof(v)))
#define NOTE_AND_MIGRATE_STATIC(v) (NOTE_STATIC(v), MIGRATE_STATIC(v))
#define NOTE_AND_MIGRATE_LOCAL_STATIC(func, v) (NOTE_LOCAL_STATIC(v), MIGRATE_LOCAL_STATIC(func, v))

/* One noted local, kept in its function's own stack frame. */
struct kitsune_local {
    struct kitsune_local *next;
    const char *name;
    void *address;
    size_t size;
};

/* A function whose locals the next version may ask for: a record on the stack, linked to the
 * record of the nearest such function that called it.  It unlinks itself when the function is
 * left, whichever way (return, goto out of the scope). */
struct kitsune_frame {
    struct kitsune_frame *caller;
    const char *function;
    struct kitsune_local *locals;
};

void kitsune_enter_function(struct kitsune_frame *frame);
void kitsune_leave_function(struct kitsune_frame *frame);
/* Links `local` into the frame; kitsune_forget_local unlinks it (end of the variable's scope). */
void kitsune_link_local(struct kitsune_frame *frame, struct kitsune_local *local);
void kitsune_forget_local(struct kitsune_local *local);
struct kitsune_local *kitsune_find_local(struct kitsune_frame *frame, const char *name,
                                         void *address);

/* At the start of a function, by hand; kitcc inserts the same for E_NOTELOCALS. */
#define ENTER_FUNC()                                                                              \
    struct kitsune_frame kitsune_frame_ __attribute__((cleanup(kitsune_leave_function), unused)) = \
        {NULL, __func__, NULL};                                                                   \
    kitsune_enter_function(&kitsune_frame_)
/* Leaving is automatic; the published spelling is kept. */
#define EXIT_FUNC() kitsune_leave_function(&kitsune_frame_)

/* Notes a local of this function until the function is left.  An expression. */
#define NOTE_LOCAL(v)                                                                             \
    (__extension__({                                                                              \
        if (!kitsune_find_local(&kitsune_frame_, #v, (void *)&(v))) {                             \
            struct kitsune_local *kitsune_l_ = __builtin_alloca(sizeof *kitsune_l_);              \
            *kitsune_l_ = (struct kitsune_local){NULL, #v, (void *)&(v), sizeof(v)};              \
            kitsune_link_local(&kitsune_frame_, kitsune_l_);                                      \
        }                                                                                         \
        (void)0;                                                                                  \
    }))
#define NOTE_AND_MIGRATE_LOCAL(v) (NOTE_LOCAL(v), MIGRATE_LOCAL(v))

/* ---- Addresses and keys of both versions ------------------------------------------------------
 * Keys: "global", "file.c/static", "func#local", "file.c/func#static_local".  Functions too.
 * NULL when there is none.  "old" is the version being left, "new" the one being entered; outside
 * an update both are the running version. */
void *kitsune_lookup_key_old(const char *key);
void *kitsune_lookup_key_new(const char *key);
/* The key of the variable or function that starts at `address`, owned by the runtime. */
const char *kitsune_lookup_addr_old(void *address);
const char *kitsune_lookup_addr_new(void *address);

#define GET_OLD_GLOBAL(n) (kitsune_lookup_key_old(#n))
#define GET_OLD_LOCAL(f, n) (kitsune_lookup_key_old(#f "#" #n))
#define GET_OLD_STATIC(file, n) (kitsune_lookup_key_old(#file "/" #n))
#define GET_OLD_LOCAL_STATIC(file, f, n) (kitsune_lookup_key_old(#file "/" #f "#" #n))
#define GET_NEW_GLOBAL(n) (kitsune_lookup_key_new(#n))
#define GET_NEW_LOCAL(f, n) (kitsune_lookup_key_new(#f "#" #n))
#define GET_NEW_STATIC(file, n) (kitsune_lookup_key_new(#file "/" #n))
#define GET_NEW_LOCAL_STATIC(file, f, n) (kitsune_lookup_key_new(#file "/" #f "#" #n))

/* ---- Hand-written transformers -----------------------------------------------------------------
 * Define a function of this name in the new version; migration calls it with the address of the
 * new variable, and it returns true when it has done its work. */
typedef int (*xform_fn_t)(void *);
#define KITSUNE_PASTE_(a, b) a##b
#define KITSUNE_PASTE(a, b) KITSUNE_PASTE_(a, b)
/* Declared first so that the function is visible to the runtime whatever -fvisibility says. */
#define KITSUNE_XFORM_NAME(n) KITSUNE_PASTE(_kitsune_transform_, n)
#define GLOBAL_XFORM(name) KITSUNE_XFORM_NAME(name)
#define LOCAL_XFORM(func, name)                                                                   \
    KITSUNE_XFORM_NAME(KITSUNE_PASTE(KITSUNE_PASTE(func, ___func___), name))
#define STATIC_XFORM(file, name)                                                                  \
    KITSUNE_XFORM_NAME(KITSUNE_PASTE(KITSUNE_PASTE(file, ___file___), name))
#define LOCAL_STATIC_XFORM(file, func, name)                                                      \
    KITSUNE_XFORM_NAME(KITSUNE_PASTE(                                                             \
        KITSUNE_PASTE(KITSUNE_PASTE(file, ___file___), KITSUNE_PASTE(func, ___func___)), name))

/* ---- Threads -----------------------------------------------------------------------------------
 * A thread that a program built by kitcc starts with pthread_create takes part in updates: it
 * comes to an update point of its own, keeps its pthread, and goes on in the new version's start
 * function of the same name, where kitsune_is_updating() holds until it has come to its point.
 *
 * libc's types are not named here, so that this header includes none of libc's and may come first
 * in a file: a mutex is a pthread_mutex_t *, a condition a pthread_cond_t *, and so on. */
struct timespec;

/* pthread_create under another name, for programs not built by kitcc. */
int kitsune_pthread_create(unsigned long *thread, const void *attributes,
                           void *(*start)(void *), void *argument);

/* Internal: the slow path of kitsune_update_holding(). */
void kitsune_reach_update_point_holding(const char *point, void *mutex);

/* An update point where this thread holds a mutex, which other threads may want on the way to
 * theirs: while the thread stands here the mutex is free, as in pthread_cond_wait; it is held
 * again when the call returns, in whichever version.  The new version's thread has to hold its
 * `mutex` when it comes here, too. */
static __inline__ void kitsune_update_holding(const char *point, void *mutex)
{
    if (__builtin_expect(__atomic_load_n(&kitsune_pending, __ATOMIC_RELAXED), 0))
        kitsune_reach_update_point_holding(point, mutex);
}

/* As pthread_cond_wait and pthread_cond_timedwait, which in a program built by kitcc return early,
 * as if woken, when an update is asked for, too. */
int ktthreads_pthread_cond_wait(void *condition, void *mutex);
int ktthreads_pthread_cond_timedwait(void *condition, void *mutex, const struct timespec *until);
/* Sleeps; less when an update is asked for. */
void ktthreads_ms_sleep(int milliseconds);
/* `callback` is called, in a thread of the runtime's, to wake the calling thread when an update is
 * asked for; for waits that neither signals nor wake-ups of conditions end.  NULL: no more. */
void ktthreads_update_callback(void (*callback)(void *), void *argument);

/* One thread, as a transformer sees it: what it will run in the new version. */
typedef struct ktthread_info {
    void *arg;
    void *(*start_fun)(void *); /* NULL: the new version has no such function */
    const char *update_pt;      /* where it has to arrive */
    void *attr; /* pthread_attr_t * */
} ktthread_info;

/* In _kitsune_mainupdate_xform: the threads one after the other.  What is changed in the
 * information is what will happen. */
void kitsune_threads_reset(void);
ktthread_info *kitsune_threads_next(void); /* NULL: no more */
/* Ends the thread that kitsune_threads_next gave last, at the commit. */
void kitsune_thread_remove(void);
/* Adds a thread, which begins at the commit.  0 or an error number. */
int kitsune_thread_add(void *argument, void *(*start)(void *), const char *point,
                       const void *attributes);

/* ---- Memory that only a library knows -----------------------------------------------------------
 * A list of addresses that is itself migrated: a place for what the program handed to a library
 * and keeps no pointer to. */
typedef struct kitsune_heaplist kitsune_heaplist;
kitsune_heaplist *kitsune_heaplist_new(void);
void kitsune_heaplist_add(kitsune_heaplist *list, void *address);
/* True when the address was in the list. */
int kitsune_heaplist_del(kitsune_heaplist *list, void *address);
void kitsune_heaplist_free(kitsune_heaplist *list);
#define NOTE_HEAP(list, addr) (kitsune_heaplist_add((list), (addr)))
#define UNNOTE_HEAP(list, addr) (kitsune_heaplist_del((list), (addr)))

/* ---- Memory of an update that may be given up ---------------------------------------------------
 * Memory from malloc that a rule, an allocator named by E_CUSTOM, or the new version on its way to
 * its update point has made: freed when the update is given up, and kept when it is committed.
 * Outside of an update: nothing.  Give each block once, and do not free or realloc it before the
 * update has ended. */
void kitsune_provisional(void *memory);

#else /* KITSUNE_OFF */

#define kitsune_update(point) ((void)0)
#define kitsune_is_updating() (0)
#define kitsune_is_updating_from(point) (0)
#define kitsune_signal_update() ((void)0)
#define kitsune_set_next_version(path) ((void)0)
#define kitsune_clear_request() ((void)0)
#define kitsune_do_automigrate() ((void)0)
#define MIGRATE_GLOBAL(v) (0)
#define MIGRATE_STATIC(v) (0)
#define MIGRATE_LOCAL_STATIC(func, v) (0)
#define MIGRATE_LOCAL(v) (0)
#define NOTE_STATIC(v) ((void)0)
#define NOTE_LOCAL_STATIC(v) ((void)0)
#define NOTE_AND_MIGRATE_STATIC(v) (0)
#define NOTE_AND_MIGRATE_LOCAL_STATIC(func, v) (0)
#define ENTER_FUNC() ((void)0)
#define EXIT_FUNC() ((void)0)
#define NOTE_LOCAL(v) ((void)0)
#define NOTE_AND_MIGRATE_LOCAL(v) (0)
#define kitsune_update_holding(point, mutex) ((void)0)
#define kitsune_pthread_create pthread_create
#define ktthreads_pthread_cond_wait pthread_cond_wait
#define ktthreads_pthread_cond_timedwait pthread_cond_timedwait
#define ktthreads_ms_sleep(milliseconds) ((void)usleep(1000u * (unsigned)(milliseconds)))
#define kitsune_provisional(memory) ((void)(memory))
#define ktthreads_update_callback(callback, argument) ((void)(callback), (void)(argument))

#endif /* KITSUNE_OFF */

/* ---- Annotations on types ----------------------------------------------------------------------
 * The compiler sees nothing; kitcc's analysis (which defines KITSUNE_ANALYSIS) sees attributes and
 * stores them in the object's .kitsune section.
 *
 * An annotation becomes two attributes: `annotate` carries its text, but the compiler attaches it
 * to the whole declaration; `btf_type_tag` is an attribute of types, so it stays at exactly the
 * pointer or array that it was written behind.  The word __attribute__ comes from a macro of its
 * own because clang hides a type attribute that is the whole of one macro's expansion. */
#ifdef KITSUNE_ANALYSIS
#define KITSUNE_ATTRIBUTE_ __attribute__
#define KITSUNE_ANNOTATE_TYPE_(...)                                                               \
    KITSUNE_ATTRIBUTE_((__annotate__(__VA_ARGS__), btf_type_tag("kitsune")))
#define KITSUNE_ANNOTATE_(...) KITSUNE_ATTRIBUTE_((__annotate__(__VA_ARGS__)))
#else
#define KITSUNE_ANNOTATE_TYPE_(...)
#define KITSUNE_ANNOTATE_(...)
#endif
#define KITSUNE_TEXT_(...) #__VA_ARGS__
#define KITSUNE_TEXT(...) KITSUNE_TEXT_(__VA_ARGS__)

#define E_PTR KITSUNE_ANNOTATE_TYPE_("kitsune PTR")
#define E_PTRARRAY(...) KITSUNE_ANNOTATE_TYPE_("kitsune PTRARRAY " KITSUNE_TEXT(__VA_ARGS__))
#define E_ARRAY(...) KITSUNE_ANNOTATE_TYPE_("kitsune ARRAY " KITSUNE_TEXT(__VA_ARGS__))
#define E_SZ KITSUNE_ANNOTATE_TYPE_("kitsune SZ")
#define E_OPAQUE KITSUNE_ANNOTATE_TYPE_("kitsune OPAQUE")
#define E_IGNORE KITSUNE_ANNOTATE_("kitsune IGNORE")
#define E_CUSTOM(...) KITSUNE_ANNOTATE_("kitsune CUSTOM " KITSUNE_TEXT(__VA_ARGS__))
#define E_GENERIC(...) KITSUNE_ANNOTATE_("kitsune GENERIC " KITSUNE_TEXT(__VA_ARGS__))
#define E_T(...) KITSUNE_ANNOTATE_TYPE_("kitsune T " KITSUNE_TEXT(__VA_ARGS__))
#define E_G(...) KITSUNE_ANNOTATE_TYPE_("kitsune G " KITSUNE_TEXT(__VA_ARGS__))
#define E_CONTAINER(...) KITSUNE_ANNOTATE_TYPE_("kitsune CONTAINER " KITSUNE_TEXT(__VA_ARGS__))
#define E_TAGGED(...) KITSUNE_ANNOTATE_TYPE_("kitsune TAGGED " KITSUNE_TEXT(__VA_ARGS__))
#define E_MANUAL_MIGRATE KITSUNE_ANNOTATE_("kitsune MANUAL_MIGRATE")
#define E_AUTO_MIGRATE KITSUNE_ANNOTATE_("kitsune AUTO_MIGRATE")
#define E_NOTELOCALS KITSUNE_ANNOTATE_("kitsune NOTELOCALS")

#ifdef __cplusplus
}
#endif
#endif
