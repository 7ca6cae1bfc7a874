/* engine.h -- the heap engine's inner workings, shared by its files.
 *
 *      pointers.c    what a pointer leads to: the entry point of generated code
 *      objects.c     making objects of their own, and meeting them again
 *      kept.c        pointers that make no objects: strings, functions, what is not followed
 *      convert.c     converting one object of the queue; draining the queue
 *      engine.c      begin, finish, commit, abort
 *      pairs.c       what is known about each type pair
 *      members.c     from a place inside an old object to the same place of the new one
 *      allocation.c  what malloc knows about an address
 *      image.c       addresses in the old version's image: variables, functions, constants
 *      literals.c    constants that outlive the version they came from
 *      links.c       intrusive lists and trees: pointers to the middle of an item, or to a head
 *      list_heads.c  where heads of such lists went
 *      deferred.c    pointers whose target is not known yet
 *      placeholders.c  what such pointers hold until it is, and where that was stored
 *      inside.c      what contains an address
 *      locals.c      pointers to locals of the old version
 *      closures.c    the XF_ macros of hand-written rules
 *      discarded.c   old objects that rules have no more use for
 *      provisional.c new memory that an abort has to free
 *      whereabouts.c what is being converted, in words
 *      address_map.c, object_log.c, undo_log.c, bookkeeping.c   the data structures
 *
 * An old object is in one of these states, seen from its record in the log:
 *
 *      (unknown) --> queued --> done                  an object of its own
 *      (unknown) --> deferred --> inside              part of something that was found later
 *                            \--> guessed, done       nothing that was found holds it
 *
 * Everything here runs on the one thread that performs the update; any call may end in
 * update_fail, which does not return, so the state is consistent before each such call.
 */
#ifndef KITSUNE_HEAP_ENGINE_H
#define KITSUNE_HEAP_ENGINE_H

#include "heap/heap.h"
#include "address_map.h"
#include "bookkeeping.h"
#include "object_log.h"
#include "undo_log.h"

/* ---- Type pairs ------------------------------------------------------------------------------ */

enum placement {
    PLACE_STAYS,  /* converted in place, pointers in it are remembered one by one */
    PLACE_MOVES,  /* converted into new memory */
    PLACE_REUSES, /* converted in its own memory from a copy of its old bytes */
};

struct pair_state {
    const struct kitsune_type_pair *pair;
    const struct kitsune_xform *closure; /* converts an element instead of pair->transform */
    void (*transform)(void *in, void *out);
    uint32_t old_size;
    uint32_t new_size;
    uint16_t number;
    uint16_t flags_in_place; /* of a simple record that does not move */
    uint8_t placement;   /* of a single object */
    bool is_simple;      /* single objects need nothing but placement and transform */
    bool is_ignored;     /* neither moves nor leads anywhere: not logged */
    bool has_tail;
    bool is_allocated;   /* made by malloc: the allocation is checked and freed */
    uint64_t key_bits;   /* number, where record_key has it */
    size_t least_chunk;  /* glibc's chunk of one object has at least this size; 0: not checked */
    size_t chunk_span;   /* sizes from there on that are no surprise */
    uint64_t converted;  /* objects converted the simple way */
} __attribute__((aligned(64)));

/* The state of a pair, made at its first use. */
const struct pair_state *pair_state_make(const struct kitsune_type_pair *pair);
/* The same for what a closure converts (pointees of XF_PTR(closure) and the like). */
const struct pair_state *pair_state_of_closure(const struct kitsune_xform *closure,
                                               size_t old_size, size_t new_size);
/* Where an array of this many goes; PLACE_REUSES only if all of them fit. */
enum placement placement_of(const struct pair_state *state, size_t count);
/* Bytes of `count` elements and a tail.  Fails the update when the result is not a size. */
size_t old_extent_size(const struct pair_state *state, struct object_extent extent);
size_t new_extent_size(const struct pair_state *state, struct object_extent extent);

/* Pairs of the engine's own: characters, and memory of unknown type. */
extern const struct kitsune_type_pair character_pair;
extern const struct kitsune_type_pair opaque_pair;

enum { PAIR_CACHE = 64 }; /* 32 - 26 bits of the hash below */

struct pair_cache_slot {
    const struct kitsune_type_pair *pair;
    const struct pair_state *state;
};

/* ---- The state of an update ------------------------------------------------------------------ */

/* What is being converted right now. */
struct conversion {
    size_t record; /* index in the log; NO_RECORD: a variable, or nothing */
    char *out;     /* a variable's memory */
    size_t out_size;
    size_t drawn; /* placeholders handed out during it, and the range they lie in */
    uintptr_t drawn_from, drawn_to;
};

#define NO_RECORD SIZE_MAX

struct heap {
    bool active;
    struct heap_setup setup;
    struct heap_stack *stacks;            /* setup.stacks, our own copy */
    uintptr_t stacks_start, stacks_end;   /* from the first to the last of them */
    struct address_map map;
    struct object_log log;
    struct undo_log undo;
    struct conversion current;
    struct pair_cache_slot pair_cache[PAIR_CACHE];
    struct block_vector pair_states;
    struct heap_statistics statistics; /* of what was not converted the simple way */
    bool has_moved; /* a record has RECORD_MOVED */
    bool reuses;          /* KITSUNE_TRANSFORMER_SELF_CONTAINED, and malloc is one we know */
    bool may_peek;        /* no tool watches what is read */
    bool is_unusual;      /* no pointer may take the short way: starts are tracked, or revisits */
    unsigned revisiting;  /* converting memory that may hold new addresses already */
    struct address_map *new_map; /* where new objects are; only when there are revisits */
    size_t new_map_scan;  /* records of the log entered in it */
    struct block_vector strings; /* pointers taken for strings of their own; see strings.c */
    struct block_vector discarded; /* old objects that rules made superfluous: void * */
    struct block_vector provisional; /* memory to be freed when the update is given up: void * */
};

extern struct heap heap;

static inline struct pair_cache_slot *pair_cache_slot(const struct kitsune_type_pair *pair)
{
    return &heap.pair_cache[(uint32_t)((uintptr_t)pair >> 3) * 0x9E3779B1u >> 26];
}

void pair_cache_fill(struct pair_cache_slot *slot, const struct kitsune_type_pair *pair);

static inline const struct pair_state *pair_state_of(const struct kitsune_type_pair *pair)
{
    struct pair_cache_slot *slot = pair_cache_slot(pair);

    if (__builtin_expect(slot->pair != pair, 0))
        pair_cache_fill(slot, pair);
    return slot->state;
}

static inline struct pair_state *pair_state_at(unsigned number)
{
    return block_vector_at(&heap.pair_states, number, sizeof(struct pair_state));
}

/* The transformer that led to the old version: constants of its rules may be in the state. */
static inline bool in_old_transformer(uintptr_t address)
{
    return address - heap.setup.old_transformer_start <
           heap.setup.old_transformer_end - heap.setup.old_transformer_start;
}

/* In what is unloaded when the old version is. */
static inline bool in_old_image(uintptr_t address)
{
    return address - heap.setup.old_start < heap.setup.old_end - heap.setup.old_start ||
           in_old_transformer(address);
}

static inline bool in_new_image(uintptr_t address)
{
    return address - heap.setup.new_start < heap.setup.new_end - heap.setup.new_start;
}

bool in_some_stack(uintptr_t address); /* engine.c */

static inline bool in_old_stack(uintptr_t address)
{
    return address - heap.stacks_start < heap.stacks_end - heap.stacks_start &&
           in_some_stack(address);
}

/* ---- discarded.c ----------------------------------------------------------------------------- */

void discarded_free(void);

/* ---- provisional.c --------------------------------------------------------------------------- */

void provisional_free(void);

/* ---- pointers.c ------------------------------------------------------------------------------ */

/* The new address of an object, or a placeholder.  A pointer to one object, or to many, or (with a
 * length that is known to be one, or none) to the first element of an array. */
uintptr_t reach(const struct pair_state *state, uintptr_t address, size_t count);
uintptr_t reach_elements(const struct pair_state *state, uintptr_t address, size_t count);
/* Makes an old address an object of its own: memory, record, map.  With RECORD_IMAGE in `flags`
 * it is copied out of the old image whatever its type. */
struct object_record *reach_new_object(const struct pair_state *state, uintptr_t address,
                                       size_t count, unsigned flags);
/* Gives the record its new address; marks where it starts. */
void place_record(size_t index, const struct pair_state *state, struct object_extent extent);
struct object_extent measure_extent(const struct pair_state *state, uintptr_t address,
                                    size_t count);

/* A pointer into the very object that is being converted. */
bool leads_to_itself(const struct pair_state *state, uintptr_t address, uintptr_t *new);
/* While visiting in place what may have been visited as part of something else: does this address
 * lead to an object of the new version already? */
bool is_new_object(uintptr_t address);

/* Addresses that programs use as marks: small numbers below the lowest mappable address, and
 * small negative ones. */
static inline bool is_mark(uintptr_t address)
{
    return address < 65536 || address > (uintptr_t)-4096;
}

/* ---- convert.c ------------------------------------------------------------------------------- */

/* Converts the record at `index` unless it is done. */
void convert_record(size_t index);
/* Converts all that is queued from the index on. */
void convert_from(size_t index);
void convert_element(const struct pair_state *state, void *in, void *out);
/* The old and new bytes of the object being converted; empty for variables. */
void current_object(uintptr_t *old_start, uintptr_t *old_end, char **out, size_t *out_size);

/* ---- members.c ------------------------------------------------------------------------------- */

/* The new offset of what is at `offset` in an old array of `extent`; `wanted` tells what the
 * pointer leads to (NULL: not known).  Up to and including the end.  False: the new layout has no
 * such place. */
bool map_offset(const struct pair_state *state, struct object_extent extent, size_t offset,
                const struct pair_state *wanted, size_t *new_offset);

/* ---- allocation.c ---------------------------------------------------------------------------- */

enum allocator {
    ALLOCATOR_UNKNOWN, /* nothing can be asked about an address */
    ALLOCATOR_GLIBC,   /* chunk headers can be read */
    ALLOCATOR_ASAN,    /* __sanitizer_get_ownership and friends */
};

extern enum allocator allocator;
void allocation_detect(void);

enum start_evidence {
    START_UNLIKELY, /* not the start of an allocation */
    START_POSSIBLE, /* could be one, of a size other than needed; or the allocator cannot tell */
    START_CERTAIN,  /* one of the needed size */
};

enum start_evidence allocation_judge(uintptr_t address, size_t needed);
/* Is the address in the middle of a block?  Certainly when this is true, by the blocks from
 * `start`, a known one a little below, up to it. */
bool allocation_covers(uintptr_t start, uintptr_t address);
/* Fails the update unless `address` is the start of an allocation of at least `needed` bytes. */
void allocation_check(const struct pair_state *state, uintptr_t address, size_t needed);
/* Whether this much more than one object needs makes it look like several. */
enum { ALLOCATION_SLACK = 32 };
/* Bytes usable from `address`, the start of an allocation; 0 when it is none. */
size_t allocation_usable(uintptr_t address);
/* Is there memory at all? */
bool allocation_is_memory(uintptr_t address);
/* What any malloc(size) of glibc has room for. */
size_t allocation_capacity(size_t size);

/* glibc's header is the word before the object: the size of the chunk, a multiple of 16 with three
 * flags in its low bits.  The chunk begins 16 bytes before the object and reaches 8 bytes into the
 * next one's header, unless it is mapped on its own. */
enum {
    CHUNK_PREVIOUS_IN_USE = 1,
    CHUNK_MAPPED = 2,
    CHUNK_FLAGS = 7,
    CHUNK_HEADER = 16,
    CHUNK_SMALLEST = 32,
};

#define LARGEST_CHUNK (UINT64_C(1) << 46)

static inline uint64_t chunk_word(uintptr_t address)
{
    uint64_t word;

    memcpy(&word, (void *)(address - sizeof word), sizeof word);
    return word;
}

/* Is this the header of an ordinary chunk of a size between least and least + span?  Mapped chunks
 * (bit 1) and what cannot be a size (bit 3, or more than memory) are left to the slow way. */
static inline bool chunk_is_ordinary(uint64_t word, size_t least, size_t span)
{
    uint64_t size = word & ~(uint64_t)(CHUNK_FLAGS & ~CHUNK_MAPPED);

    return size % 16 == 0 && size - least < span;
}

/* ---- image.c --------------------------------------------------------------------------------- */

/* The new address of a place in an old variable, 0 when there is no variable there.  Fails the
 * update when the variable, or the place in it, has no counterpart. */
uintptr_t image_variable(uintptr_t address, const struct pair_state *wanted);
/* The function that starts there, or NULL. */
const struct kitsune_function *image_function(uintptr_t address);
uintptr_t image_function_address(const struct kitsune_function *function, uintptr_t old);
bool image_is_writable(uintptr_t address);
/* Bytes from the address to the end of what is known to be readable and without a name. */
size_t image_unnamed_size(uintptr_t address);
/* Bytes from the address to the end of its variable; 0: no variable. */
size_t image_variable_rest(uintptr_t address);
void image_begin(void);
uintptr_t image_pointer(const struct pair_state *state, uintptr_t address, size_t count);

/* ---- literals.c ------------------------------------------------------------------------------ */

/* The one copy of these bytes, of process lifetime. */
void *literal_copy(const void *bytes, size_t size);
bool literal_owns(uintptr_t start, uintptr_t end);

/* ---- deferred.c ------------------------------------------------------------------------------ */

enum deferred_kind {
    DEFERRED_INSIDE,     /* may be part of an object not found yet */
    DEFERRED_LOCAL,      /* a noted local of the old version */
    DEFERRED_KEPT_LOCAL, /* the same from a pointer that is not followed: may stay as it is */
};

void deferred_begin(void);
/* A placeholder for this address; appends its record. */
uintptr_t defer(const struct pair_state *state, uintptr_t address, size_t count,
                enum deferred_kind kind);
/* A placeholder for a deferred record that is asked for again. */
uintptr_t defer_again(const struct pair_state *state, size_t index, size_t count);
/* The pointer asked for just now leads to an array of so many elements. */
void deferred_is_array(size_t index, size_t count);
/* Resolves one deferred record at once, from what is known now. */
void deferred_resolve_now(size_t index);
/* One round of resolving.  True: there is more to convert, or to resolve. */
bool deferred_resolve(bool final);
/* The same without what is no more than a guess. */
bool deferred_resolve_likely(void);
void deferred_release(void);

/* ---- inside.c -------------------------------------------------------------------------------- */

/* The new address of a place in an object that is known, 0 when it is in none.  The very end of a
 * single object is a place in it only `at_last`. */
uintptr_t find_inside(const struct pair_state *wanted, uintptr_t address, bool at_last);
/* Starts keeping start bits, for the first question about what contains an address. */
void track_starts(void);

/* ---- locals.c -------------------------------------------------------------------------------- */

void locals_begin(void);
uintptr_t local_pointer(const struct pair_state *state, uintptr_t address, size_t count,
                        enum deferred_kind kind);
/* Fails the update when a pointer to a local has no target. */
void locals_check_all(void);

/* ---- placeholders.c -------------------------------------------------------------------------- */

bool is_placeholder(uintptr_t value);
/* The conversion going on is given the placeholder of a deferred record. */
uintptr_t draw(size_t index);
/* Remembers the slots among these bytes that hold placeholders drawn by this conversion. */
void note_slots(char *out, size_t size);
void note_slot(void *slot);
/* Writes what is resolved into the slots. */
void patch_slots(void);

/* ---- strings.c ------------------------------------------------------------------------------- */

/* The string that is being stored in the current object is believed to be an allocation. */
void strings_note(uintptr_t address);
/* Everything is known: those that are parts of objects follow these. */
void strings_settle(void);

/* ---- list_heads.c ---------------------------------------------------------------------------- */

void list_heads_begin(void);
/* The new place of a head, 0 when none is known there. */
uintptr_t list_heads_find(uintptr_t old);
/* False when it was known. */
bool list_heads_enter(uintptr_t old, uintptr_t new);
size_t list_heads_count(void);

/* ---- links.c --------------------------------------------------------------------------------- */

void links_begin(void);
/* Settles links until one leads to an object that is to be converted: true. */
bool links_settle(void);
/* Are there links whose target is not known from what was found so far? */
bool links_are_waiting(void);
/* Settles one that may lead to an item, when nothing better is left to do: true.  When there is
 * none, settles those that lead into objects that were found. */
bool links_settle_possible(void);
/* The rest, at the very end.  True: one was taken for an item, which is to be converted. */
bool links_settle_rest(void);

/* ---- closures.c ------------------------------------------------------------------------------ */

void closure_apply(const struct kitsune_xform *xform, void *in, void *out);

#endif
