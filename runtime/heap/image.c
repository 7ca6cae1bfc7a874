/* image.c -- addresses in the old version's image.
 *
 * What a pointer into the image can lead to: a variable (its namesake, or the same place in it), a
 * function, or something without a name: a string literal, a constant, a compound literal.  What
 * has no name is copied, because the image is unloaded at commit: constants that hold no pointers
 * to memory that is interned by content, anything else to the heap like an object that moves.
 */
#include "engine.h"

#include <elf.h>
#include <link.h>
#include <string.h>

/* The old variables that have an address, by address. */
struct image_range {
    uintptr_t start;
    uintptr_t end;
    const struct kitsune_variable *variable;
};

static struct {
    struct image_range *ranges;
    size_t count;
    bool indexed;
} image;

void image_begin(void)
{
    memset(&image, 0, sizeof image);
}

/* The transformer's table is sorted by offset, but also holds thread-locals, whose offsets are
 * of another kind, and the new version's own variables. */
static void index_variables(void)
{
    const struct kitsune_transformer *transformer = heap.setup.transformer;
    size_t i;

    image.indexed = true;
    if (!transformer || !transformer->variable_count)
        return;
    image.ranges = bookkeeping_allocate(transformer->variable_count * sizeof *image.ranges);
    for (i = 0; i < transformer->variable_count; i++) {
        const struct kitsune_variable *variable = &transformer->variables[i];
        uintptr_t start = heap.setup.old_base + variable->old_offset;

        if (!variable->old_key || variable->flags & KITSUNE_VARIABLE_OLD_THREAD_LOCAL)
            continue;
        image.ranges[image.count++] = (struct image_range){
            start, start + (variable->old_size ? variable->old_size : 1), variable};
    }
}

/* Ranges that start at or below the address: their number. */
static size_t count_up_to(uintptr_t address)
{
    size_t low = 0, high = image.count;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (image.ranges[middle].start <= address)
            low = middle + 1;
        else
            high = middle;
    }
    return low;
}

static bool is_better(const struct image_range *range, const struct image_range *than,
                      uintptr_t address, const struct pair_state *wanted)
{
    bool typed = wanted && range->variable->type == wanted->pair;
    bool than_typed = than && wanted && than->variable->type == wanted->pair;

    if (!than)
        return true;
    if (typed != than_typed)
        return typed;
    /* An address that is one variable's end and another's start is the other's. */
    if ((address == range->end) != (address == than->end))
        return address != range->end;
    return !than->variable->new_key && range->variable->new_key;
}

static const struct image_range *find_range(uintptr_t address, const struct pair_state *wanted)
{
    const struct image_range *best = NULL;
    uintptr_t first_start = 0;
    size_t i;

    if (!image.indexed)
        index_variables();
    /* Those that start nearest below, and those before them that end exactly here. */
    for (i = count_up_to(address); i-- > 0;) {
        const struct image_range *range = &image.ranges[i];

        if (range->variable->flags & KITSUNE_VARIABLE_MEMBER && address >= range->end)
            continue; /* in what it was a part of */
        if (!first_start)
            first_start = range->start;
        if (range->start != first_start && (first_start != address || range->end < address))
            break;
        if (address <= range->end && is_better(range, best, address, wanted))
            best = range;
    }
    return best;
}

static void __attribute__((noreturn, cold)) refuse_place(const struct kitsune_variable *variable,
                                                         size_t offset)
{
    update_fail("a pointer leads to byte %zu of the old variable %s (of %zu), and it is not known "
                "what became of that place in %s; give the variable or the pointer a rule",
                offset, variable->old_key, (size_t)variable->old_size, variable->new_key);
}

/* Is an address just behind a variable, where no other one starts, meant as its end?  Elements of
 * its type: yes.  Characters and unknown things: in writable memory, where all has a name; in
 * read-only memory it is more likely to be a literal that happens to follow. */
static bool is_end_of(const struct image_range *range, const struct pair_state *wanted)
{
    if (wanted && range->variable->type == wanted->pair)
        return true;
    return (!wanted || wanted->old_size == 1) && image_is_writable(range->end - 1);
}

uintptr_t image_variable(uintptr_t address, const struct pair_state *wanted)
{
    const struct image_range *range = find_range(address, wanted);
    const struct kitsune_variable *variable;
    size_t offset, new_offset;

    if (!range)
        return 0;
    variable = range->variable;
    offset = address - range->start;
    if (address == range->end && !is_end_of(range, wanted))
        return 0;
    if (variable->flags & KITSUNE_VARIABLE_NEW_THREAD_LOCAL)
        update_fail("a pointer leads to the old variable %s, which is thread-local in the new "
                    "version; give the pointer a rule", variable->old_key);
    if (!variable->new_key)
        update_fail("a pointer leads to the old variable %s, which the new version does not "
                    "have; if it was renamed, add the rule: %s -> NEWNAME",
                    variable->old_key, variable->old_key);
    if (variable->type) {
        const struct pair_state *state = pair_state_of(variable->type);

        if (!map_offset(state, (struct object_extent){variable->count, 0}, offset, wanted,
                        &new_offset))
            refuse_place(variable, offset);
    } else {
        if (offset && variable->old_size != variable->new_size)
            refuse_place(variable, offset);
        new_offset = offset;
    }
    if (new_offset > variable->new_size)
        refuse_place(variable, offset);
    return heap.setup.new_base + variable->new_offset + new_offset;
}

size_t image_variable_rest(uintptr_t address)
{
    const struct image_range *range = find_range(address, NULL);

    return range ? range->end - address : 0;
}

/* ---- Functions ------------------------------------------------------------------------------- */

const struct kitsune_function *image_function(uintptr_t address)
{
    const struct kitsune_transformer *transformer = heap.setup.transformer;
    uint64_t offset = address - heap.setup.old_base;
    const struct kitsune_function *found = NULL;
    size_t low = 0, high = transformer ? transformer->function_count : 0;

    while (low < high) {
        size_t middle = (low + high) / 2;

        if (transformer->functions[middle].old_offset < offset)
            low = middle + 1;
        else
            high = middle;
    }
    /* Of several names for one function, one that the new version has. */
    for (; transformer && low < transformer->function_count &&
           transformer->functions[low].old_offset == offset;
         low++)
        if (!found || !found->new_key)
            found = &transformer->functions[low];
    return found;
}

uintptr_t image_function_address(const struct kitsune_function *function, uintptr_t old)
{
    if (!function)
        update_fail("a function pointer leads to %p (offset 0x%llx of the old version), where no "
                    "function starts", (void *)old,
                    (unsigned long long)(old - heap.setup.old_base));
    if (!function->new_key)
        update_fail("a function pointer leads to the old function %s, which the new version does "
                    "not have; name the function that takes its place: %s -> NEWNAME",
                    function->old_key, function->old_key);
    return heap.setup.new_base + function->new_offset;
}

/* ---- What has no name ------------------------------------------------------------------------ */

bool image_is_writable(uintptr_t address)
{
    return address >= heap.setup.old_writable_start && address < heap.setup.old_writable_end;
}

/* The end of the segment that holds the address, from the image's own program headers. */
static uintptr_t segment_end(uintptr_t address)
{
    bool in_version = !in_old_transformer(address);
    uintptr_t image_start = in_version ? heap.setup.old_start : heap.setup.old_transformer_start;
    uintptr_t image_end = in_version ? heap.setup.old_end : heap.setup.old_transformer_end;
    uintptr_t base = in_version ? heap.setup.old_base : image_start;
    const ElfW(Ehdr) *header = (const ElfW(Ehdr) *)image_start;
    const ElfW(Phdr) *segment;
    size_t i;

    if (image_end - image_start < sizeof *header ||
        memcmp(header->e_ident, ELFMAG, SELFMAG) != 0 ||
        header->e_phentsize != sizeof *segment ||
        header->e_phoff + header->e_phnum * sizeof *segment > 4096)
        return image_end;
    segment = (const ElfW(Phdr) *)(image_start + header->e_phoff);
    for (i = 0; i < header->e_phnum; i++) {
        uintptr_t start = base + segment[i].p_vaddr;

        if (segment[i].p_type == PT_LOAD && address - start < segment[i].p_memsz)
            return start + segment[i].p_memsz;
    }
    return address; /* in a gap between segments: nothing to read */
}

size_t image_unnamed_size(uintptr_t address)
{
    uintptr_t end = segment_end(address);
    size_t next;

    if (!image.indexed)
        index_variables();
    next = count_up_to(address);
    if (next < image.count && image.ranges[next].start < end)
        end = image.ranges[next].start;
    return end - address;
}

/* A variable of characters (or longs) that is used as a buffer is copied as what it is declared to
 * be: what lies in it has not been converted. */
static void refuse_buffer(const struct pair_state *wanted, uintptr_t address)
{
    const struct image_range *range = find_range(address, wanted);
    const struct kitsune_type_pair *type = range ? range->variable->type : NULL;

    if (!type || address == range->end || type == wanted->pair || !range->variable->new_key ||
        type->old_size >= wanted->old_size || !(type->flags & KITSUNE_PAIR_LEAF) ||
        type->flags & KITSUNE_PAIR_MOVES ||
        (wanted->placement == PLACE_STAYS && !wanted->transform))
        return;
    update_fail("a pointer to %s leads into the variable %s, an array of %s: what lies in such a "
                "buffer cannot be converted; declare the variable as what it holds, or give it and "
                "the pointer rules",
                wanted->pair->name, range->variable->old_key, type->name);
}

/* Anything in the image, by a pointer that is followed. */
uintptr_t image_pointer(const struct pair_state *state, uintptr_t address, size_t count)
{
    uintptr_t new = image_variable(address, state);
    const struct kitsune_function *function;
    struct object_extent extent;
    uint32_t known;

    if (new) {
        refuse_buffer(state, address);
        return new;
    }
    function = image_is_writable(address) ? NULL : image_function(address);
    if (function)
        return image_function_address(function, address);
    known = map_find(&heap.map, record_key(address, state->number));
    if (known != MAP_NOTHING && log_extent(&heap.log, known).count >= count)
        return record_new(log_at(&heap.log, known));
    extent = measure_extent(state, address, count);
    if (old_extent_size(state, extent) > image_unnamed_size(address))
        update_fail("a pointer to %s leads to offset 0x%llx of the old version, where there is no "
                    "such thing: no variable has that address",
                    state->pair->name, (unsigned long long)(address - heap.setup.old_base));
    if (!image_is_writable(address) && state->placement == PLACE_STAYS && !state->closure &&
        state->pair->flags & KITSUNE_PAIR_LEAF)
        return (uintptr_t)literal_copy((void *)address, old_extent_size(state, extent));
    known = (uint32_t)log_count(&heap.log);
    reach_new_object(state, address, count, RECORD_IMAGE);
    if (state->pair->flags & KITSUNE_PAIR_LEAF)
        convert_record(known); /* leads nowhere: whoever asks may look at it at once */
    return record_new(log_at(&heap.log, known));
}
