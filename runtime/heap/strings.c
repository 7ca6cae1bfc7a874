/* strings.c -- pointers to characters that may be a string of their own or a part of something.
 *
 * Most strings are allocations of their own and stay where they are.  Whether one is shows in
 * malloc's header before it; but what stands before an array of characters in an object may look
 * like one.  So where objects with characters in them move, every pointer that was believed is
 * looked at again when all objects are known, and set right when it leads into one of them.
 */
#include "engine.h"

#include <string.h>

/* A pointer that was kept, somewhere in what was being written at the time. */
struct believed_string {
    uintptr_t address;
    char *out;
    size_t out_size;
};

void strings_note(uintptr_t address)
{
    struct believed_string *string = block_vector_append(&heap.strings, sizeof *string);
    uintptr_t old_start, old_end;

    string->address = address;
    current_object(&old_start, &old_end, &string->out, &string->out_size);
}

/* Wherever the pointer stands: packed structs have them anywhere. */
static void redirect(const struct believed_string *string, uintptr_t new)
{
    size_t offset;

    for (offset = 0; offset + sizeof(uintptr_t) <= string->out_size; offset++) {
        uintptr_t value;

        memcpy(&value, string->out + offset, sizeof value);
        if (value == string->address)
            kitsune_xf_store(string->out + offset, (void *)new);
    }
}

void strings_settle(void)
{
    const struct pair_state *characters = pair_state_of(&character_pair);
    size_t i;

    for (i = 0; i < heap.strings.count; i++) {
        const struct believed_string *string =
            block_vector_at(&heap.strings, i, sizeof *string);
        uintptr_t new = find_inside(characters, string->address, false);

        if (new && new != string->address)
            redirect(string, new);
    }
}
