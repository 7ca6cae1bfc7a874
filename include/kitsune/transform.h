/* kitsune/transform.h -- what a state transformer and the runtime say to each other.
 *
 * A state transformer is a shared object made for one pair of versions (old build ID, new build
 * ID).  xfgen writes its C; this header is all that C needs.  A transformer exports one symbol,
 * `kitsune_transformer`, that describes everything the runtime has to know:
 *
 *      variables[]   each old variable beside its new namesake, with the code that converts it
 *      locals[]      the same for the noted locals of functions
 *      functions[]   old code addresses beside new ones, for function pointers found in memory
 *      checks[]      invariants evaluated on the new state before commit
 *
 * Generated code never allocates, never remembers where an object went and never recurses along
 * a pointer: it asks the runtime by kitsune_xf_pointer(), which returns the new address at once
 * and completes the object later, from a queue.  So the C stack stays flat however long a list
 * is, and sharing and cycles are preserved.
 *
 * Everything here is called on the thread that performs the update, while the program is
 * quiescent.  A function that cannot do what it is asked aborts the update (it does not return).
 */
#ifndef KITSUNE_TRANSFORM_H
#define KITSUNE_TRANSFORM_H

#include <stddef.h>
#include <stdint.h>
#include <string.h>

#ifdef __cplusplus
extern "C" {
#endif

#define KITSUNE_TRANSFORMER_ABI 1u

/* The ELF note (section .note.kitsune, name "Kitsune", this type) that names the pair.  Its
 * descriptor is two NUL-terminated lower-case hex strings: old build ID, new build ID.  An empty
 * new build ID means "the version this note is linked into"; an empty old build ID, in such a note
 * only, that the old version is known by its object files: what is found by key has to fit. */
#define KITSUNE_NOTE_TRANSFORMER 0x4b54

/* Where a leaf (or an embedded struct) of the old layout went in the new one.  Used to carry a
 * pointer into the middle of an object over to the same member of the new object.  Sorted by
 * old_offset, outer before inner; leaves that the new layout does not have are absent.  What is
 * within something of the same layout needs no entries of its own; in something whose parts changed
 * (is_split) every part has one. */
struct kitsune_member_map {
    uint32_t old_offset;
    uint32_t old_size;
    uint32_t new_offset;
    uint32_t new_size;
    uint32_t is_split; /* enum kitsune_member_parts */
};

enum kitsune_member_parts {
    KITSUNE_MEMBER_WHOLE,    /* or what its parts have entries for need not be told apart */
    KITSUNE_MEMBER_MEMBERS,  /* a struct or union whose members have entries */
    KITSUNE_MEMBER_ELEMENTS, /* an array whose elements have */
};

enum kitsune_pair_flags {
    /* The new representation needs new memory.  Without this flag an object stays where it is
     * and `transform` is called with in == out. */
    KITSUNE_PAIR_MOVES = 1u << 0,
    /* Objects of this type also occur inside others (as members, as array elements, as
     * variables), so a pointer to one may be a pointer into something bigger: resolved only
     * after every object that could contain it has been found. */
    KITSUNE_PAIR_EMBEDDED = 1u << 1,
    /* Nothing below the object needs a visit: only its own place matters. `transform` may be
     * NULL for a pair that does not move. */
    KITSUNE_PAIR_LEAF = 1u << 2,
    /* An allocation much larger than one object is meant to be: a pointer to it is marked E_PTR, or
     * is one to an array, which may have spare room. */
    KITSUNE_PAIR_ROOMY = 1u << 3,
};

/* One old type beside its new form: enough to move an object of it. */
struct kitsune_type_pair {
    const char *name; /* for messages: "struct entry" */
    uint32_t old_size;
    uint32_t new_size;
    uint32_t flags;
    /* A flexible array member's place and element sizes; zero element sizes: none.  The bytes or
     * elements behind the fixed part are counted by tail_count(in), or, when that is NULL, by the
     * size of the allocation. */
    uint32_t old_tail_offset, new_tail_offset;
    uint32_t old_tail_element, new_tail_element;
    size_t (*tail_count)(const void *in);
    /* Converts one object.  `out` is zeroed new memory of the right size, or equals `in`.  The
     * tail, if any, is converted by it too: it may use kitsune_xf_tail_count(in). */
    void (*transform)(void *in, void *out);
    /* From E_CUSTOM; NULL: malloc and free.  Addresses are in the new and old version: the
     * generated kitsune_transformer.begin fills them in. */
    void *(*allocate)(size_t size);
    void (*release)(void *object);
    const struct kitsune_member_map *members;
    uint32_t member_count;
    /* The new version's way to free what `allocate` made, for an update that is aborted.  NULL
     * with `allocate` given: such objects are left to the new version, which goes anyway. */
    void (*discard)(void *object);
    uint32_t new_alignment; /* when more than malloc's 16 bytes are needed; else 0 */
    const char *reached_by; /* a path to such an object from a variable, for messages; or NULL */
};

enum kitsune_variable_flags {
    KITSUNE_VARIABLE_MANUAL = 1u << 0,       /* E_MANUAL_MIGRATE: not by automigration */
    KITSUNE_VARIABLE_CONSTANT = 1u << 1,     /* lives in read-only memory: paired, never written */
    KITSUNE_VARIABLE_OLD_THREAD_LOCAL = 1u << 2, /* old_offset is into the module's TLS block */
    /* Its conversion follows no pointer and runs no rule.  Automigration does these first, so that
     * functions of the new version (allocators, what rules call) find their state. */
    KITSUNE_VARIABLE_PLAIN = 1u << 3,
    /* Became a member of another variable, which migrates it: only tells where pointers to it
     * lead; new_key is "server.port". */
    KITSUNE_VARIABLE_MOVED = 1u << 4,
    KITSUNE_VARIABLE_NEW_THREAD_LOCAL = 1u << 5, /* and new_offset */
    /* With MOVED: a member of an old variable, old_key is "old.port", that lies within the entry of
     * that variable. */
    KITSUNE_VARIABLE_MEMBER = 1u << 6,
};

/* A variable of both versions, or of one of them.  A NULL old_key: only the new version has it
 * (then `migrate`, if any, is its INIT rule and gets in == NULL).  A NULL new_key: it is gone (then
 * `migrate`, if any, is run on it when all others are migrated, and gets out == NULL). */
struct kitsune_variable {
    const char *old_key;
    const char *new_key;
    uint64_t old_offset; /* link-time addresses; add the version's load bias */
    uint64_t new_offset;
    uint64_t old_size;
    uint64_t new_size;
    uint32_t flags;
    uint32_t count; /* array elements of `type` in the old variable; 1 for a single object */
    /* Converts the whole variable; `out` already holds the new version's initial value. */
    void (*migrate)(void *in, void *out);
    const struct kitsune_type_pair *type; /* for pointers into it; NULL: start address only */
};

/* A noted local (function#name) of both versions.  Offsets do not apply: the runtime knows each
 * frame.  Same rules for NULL keys. */
struct kitsune_local_pair {
    const char *old_key;
    const char *new_key;
    uint64_t old_size;
    uint64_t new_size;
    void (*migrate)(void *in, void *out);
    const struct kitsune_type_pair *type;
    uint32_t count;
};

struct kitsune_function {
    const char *old_key;
    const char *new_key;   /* NULL: the new version has no such function */
    uint64_t old_offset;   /* sorted by this */
    uint64_t new_offset;
};

/* A function that threads are started with, whose argument has a type that is known. */
struct kitsune_thread_start {
    uint64_t old_offset; /* of the function */
    void (*migrate_argument)(void *in, void *out); /* from a pointer to a pointer */
};

struct kitsune_check {
    const char *file; /* the .xf file and line, for the report */
    int line;
    int (*holds)(void);
    const char *text;
};

/* Load biases and the like, given to generated code before it runs. */
struct kitsune_pair_context {
    uintptr_t old_base;
    uintptr_t new_base;
};

/* What xfgen knows about the whole transformer.  Zero is always right, only slower. */
enum kitsune_transformer_flags {
    /* No code written by a person runs (rule blocks, checks that read the old version), array
     * lengths depend only on the object itself and on variables, and no conversion keeps or passes
     * on an address inside its `in` or `out` (but for the `out` of kitsune_xf_link).  Then nobody
     * looks at an old object after its own conversion, and where the new form fits into the old
     * allocation the runtime keeps the old bytes aside for an abort and puts the new form in the
     * same place: `in` is then a copy. */
    KITSUNE_TRANSFORMER_SELF_CONTAINED = 1u << 0,
    /* No type that moves holds characters (char arrays, single chars), so that a char * never
     * leads into the middle of an object that moves. */
    KITSUNE_TRANSFORMER_NO_INNER_STRINGS = 1u << 1,
};

/* A pointer that leads into the middle of what it links together, as in an intrusive list or tree:
 * to the same place in another item, or back to the place in a head where the list begins.
 *
 *      old item   | ... | place | ... |          place: a struct of pointers (list.h), or one
 *                 |<--->|                        pointer (queue.h, pprev); in a head, the like
 *                 old_offset
 */
enum kitsune_link_flags {
    /* The pointer is in a head: it leads to an item, or to its own head and nowhere else. */
    KITSUNE_LINK_OF_HEAD = 1u << 0,
    /* What items lead back to is `old_lead` bytes before this pointer (`new_lead` in the new
     * version), so an object that holds it holds a head: told to the engine before the items are
     * reached. */
    KITSUNE_LINK_ANNOUNCES = 1u << 1,
    /* There are heads in heap objects: what this leads to is looked at twice. */
    KITSUNE_LINK_HEADS_ON_HEAP = 1u << 2,
};

struct kitsune_link {
    const struct kitsune_type_pair *item;  /* what holds the place */
    const struct kitsune_type_pair *place; /* what the pointer's type says that it leads to */
    uint32_t old_offset, new_offset;       /* of the place in an item */
    uint32_t old_lead, new_lead;
    uint32_t back_offset; /* ANNOUNCES: where in an old item the places are that lead back */
    uint32_t flags;
};

struct kitsune_transformer {
    uint32_t abi; /* KITSUNE_TRANSFORMER_ABI */
    const char *old_build_id; /* lower-case hex, as in the note */
    const char *new_build_id;
    const char *old_path; /* what xfgen was given; for messages only */
    const char *new_path;
    const struct kitsune_variable *variables; /* sorted by old_offset, those without old last */
    size_t variable_count;
    const struct kitsune_local_pair *locals;
    size_t local_count;
    const struct kitsune_function *functions; /* sorted by old_offset */
    size_t function_count;
    const struct kitsune_check *checks;
    size_t check_count;
    void (*begin)(const struct kitsune_pair_context *context);
    void (*main_update)(void); /* _kitsune_mainupdate_xform, or NULL */
    uint32_t flags;            /* enum kitsune_transformer_flags */
    const struct kitsune_thread_start *starts;
    size_t start_count;
};

/* ---- What generated code calls -------------------------------------------------------------- */

#pragma GCC visibility push(default)

/* The new address of the `count` consecutive objects that `old` points to the first of.  NULL
 * gives NULL.  Addresses in the old version's image map to the namesake variable; addresses of
 * noted locals are patched when their function migrates them; objects that do not move come
 * back unchanged (and are visited once).  The object may be completed later. */
void *kitsune_xf_pointer(const struct kitsune_type_pair *pair, void *old, size_t count);
/* The same for a pointer that is known to lead to an array (E_PTRARRAY), be it of one element,
 * or of none: then what a pointer to one finds there is where the array begins, not an object. */
void *kitsune_xf_elements(const struct kitsune_type_pair *pair, void *old, size_t count);

/* For an array of `count` pointers, each of which leads to `length` objects of `pair`, where only
 * the struct that leads to the array knows the length: called before the array itself (of
 * `pointer`) is followed. */
void kitsune_xf_rows(const struct kitsune_type_pair *pointer, const struct kitsune_type_pair *pair,
                     void *old, size_t count, size_t length);

/* Converts the pointer at `in`, of the old object, into the one at `out`: equal to `in`, or a place
 * in memory that the running conversion makes.  It is written at once, or when enough is known. */
void kitsune_xf_link(const struct kitsune_link *link, const void *in, void *out);

/* As in kitsune.h, for rules: memory from malloc that goes again when the update is given up. */
void kitsune_provisional(void *memory);

/* A pointer that is not followed but may lead into the old version's image (types of libraries,
 * types in which nothing changed): such an address is mapped, any other returned as it is. */
void *kitsune_xf_keep(void *old);

/* A thread's argument of which no type is known: an address in the image is mapped, an object that
 * was reached by other ways has its new address, anything else stays as it is. */
void *kitsune_xf_argument(void *old);

/* A pointer to characters: a literal of the old version becomes one that outlives it, an address
 * in a variable is mapped, heap memory is returned as it is. */
char *kitsune_xf_string(char *old);

/* The same for so many bytes, whatever they are. */
char *kitsune_xf_bytes(char *old, size_t length);

/* The same for a string of wide characters; `pair` is that of one of them. */
void *kitsune_xf_wide_string(const struct kitsune_type_pair *pair, void *old);

/* A pointer to code: a function of the old version becomes its namesake. */
void *kitsune_xf_function(void *old);

/* Stores a pointer in memory that both versions share, remembering the old value so that an
 * abort can put it back. */
void kitsune_xf_store(void *slot, void *value);

/* In an object that stays where it is: writes the slot only when the pointer leads elsewhere now,
 * so that an unchanged heap stays clean and the undo log short. */
#define KITSUNE_XF_UPDATE(slot, value)                                                            \
    do {                                                                                          \
        void *kitsune_updated_ = (void *)(value);                                                 \
        if (kitsune_updated_ != (void *)(slot))                                                   \
            kitsune_xf_store((void *)&(slot), kitsune_updated_);                                  \
    } while (0)

/* The elements of an array member that are in use, as E_ARRAY says, and no more than there are. */
static inline size_t kitsune_xf_in_use(size_t said, size_t declared)
{
    return said < declared ? said : declared;
}

/* Elements in the flexible array member of the heap object `in`, from the size of its
 * allocation: (usable size - tail_offset) / element. */
size_t kitsune_xf_tail_count(const void *in, size_t tail_offset, size_t element);

/* Remembers `size` bytes at `address` so that an abort can put them back, before code that is
 * about to write to memory the old version also sees. */
void kitsune_xf_remember(void *address, size_t size);

/* ---- Addresses that were not known when the transformer was generated ------------------------ */

/* A transformer that is linked into the new version cannot know that version's addresses; and one
 * that was generated from object files, not the old version's either.  They are looked up by key,
 * in the symbol tables alone. */

/* An address of one version; NULL when there is none. */
void *kitsune_xf_old_symbol(const char *key);
void *kitsune_xf_new_symbol(const char *key);

/* What to look up for one variable: of a member that became a variable, or the other way round, the
 * whole.  NULL where there is nothing to look up. */
struct kitsune_search {
    const char *old_key;
    const char *new_key;
};

enum kitsune_search_flags { KITSUNE_SEARCH_OLD = 1, KITSUNE_SEARCH_NEW = 2 };

/* Adds the addresses found to the offsets, which hold the distance from the start of what is looked
 * up; then sorts as the runtime expects it.  Ends the update when something that has to be migrated
 * is not there, or not of the size that was expected. */
void kitsune_xf_find_addresses(struct kitsune_variable *variables,
                               const struct kitsune_search *searches, size_t variable_count,
                               struct kitsune_function *functions, size_t function_count,
                               int which);

/* For rules that build something new out of old objects: `old` (from malloc) is not needed any more
 * once the update is committed, and is freed then.  An abort leaves it alone.  Give each object
 * once. */
void kitsune_xf_discard(void *old);

/* Ends the update; the old version goes on.  `file` and `line` are the rule's. */
void kitsune_xf_fail(const char *file, int line, const char *format, ...)
    __attribute__((noreturn, format(printf, 3, 4)));

/* ---- Closures: the XF_ macros of hand-written rule code -------------------------------------- */

/* A conversion as a value.  Built by the XF_ macros as compound literals, or generated as a
 * constant for $xform(old, new). */
struct kitsune_xform {
    enum kitsune_xform_kind {
        KITSUNE_XFORM_PAIR,     /* a generated type pair; in and out are objects of it.  When it does
                                   not move and in != out: copy, then transform(out, out) */
        KITSUNE_XFORM_POINTER,  /* in and out are pointers; the pointee by `element` */
        KITSUNE_XFORM_ARRAY,    /* in and out are arrays of `count` */
        KITSUNE_XFORM_POINTER_ARRAY,
        KITSUNE_XFORM_NULL_TERMINATED_ARRAY, /* in and out are pointers to arrays ending in zeros */
        KITSUNE_XFORM_STRING,   /* in and out are char * */
        KITSUNE_XFORM_FUNCTION, /* in and out are function pointers */
        KITSUNE_XFORM_RAW,      /* copy bytes */
        KITSUNE_XFORM_CALL,     /* a user's function (XF_LIFT) */
    } kind;
    const struct kitsune_type_pair *pair;
    const struct kitsune_xform *element;
    size_t count, old_size, new_size;
    void (*call)(void *in, void *out);
};

/* Converts *in to *out, complete when it returns (objects already being converted further out
 * excepted, as cycles demand). */
void kitsune_xf_invoke(const struct kitsune_xform *xform, void *in, void *out);

#pragma GCC visibility pop

#define KITSUNE_XFORM_(...) (&(const struct kitsune_xform){__VA_ARGS__})
#define XF_INVOKE(c, in, out) kitsune_xf_invoke((c), (void *)(in), (void *)(out))
#define XF_PTR(x) KITSUNE_XFORM_(.kind = KITSUNE_XFORM_POINTER, .element = (x))
#define XF_ARRAY(n, old_sz, new_sz, x)                                                            \
    KITSUNE_XFORM_(.kind = KITSUNE_XFORM_ARRAY, .count = (n), .old_size = (old_sz),               \
                   .new_size = (new_sz), .element = (x))
#define XF_PTRARRAY(n, old_sz, new_sz, x)                                                         \
    KITSUNE_XFORM_(.kind = KITSUNE_XFORM_POINTER_ARRAY, .count = (n), .old_size = (old_sz),       \
                   .new_size = (new_sz), .element = (x))
#define XF_NTARRAY(old_sz, new_sz, x)                                                             \
    KITSUNE_XFORM_(.kind = KITSUNE_XFORM_NULL_TERMINATED_ARRAY, .old_size = (old_sz),             \
                   .new_size = (new_sz), .element = (x))
#define XF_NTSTR() KITSUNE_XFORM_(.kind = KITSUNE_XFORM_STRING)
#define XF_FPTR() KITSUNE_XFORM_(.kind = KITSUNE_XFORM_FUNCTION)
#define XF_RAW(sz)                                                                                \
    KITSUNE_XFORM_(.kind = KITSUNE_XFORM_RAW, .old_size = (sz), .new_size = (sz))
#define XF_LIFT(f, ...)                                                                           \
    KITSUNE_XFORM_(.kind = KITSUNE_XFORM_CALL, .call = (void (*)(void *, void *))(f))
#define XF_ASSIGN(out, in) ((out) = (in))
#define XF_ASSERT_NULL(out, in)                                                                   \
    ((in) ? kitsune_xf_fail(__FILE__, __LINE__, "%s is not NULL", #in) : (void)((out) = 0))

#ifdef __cplusplus
}
#endif
#endif
