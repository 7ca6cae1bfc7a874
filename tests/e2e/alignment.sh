#!/bin/bash
# Packed and aligned types, memory that has to be aligned, and allocators of the program's own.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

scene "packed and aligned structs" <<'END'
@v1
struct packed { char tag; int number; char *text; short tail; } __attribute__((packed));
struct half { char tag; int number __attribute__((packed)); long plain; };
struct over { int number; struct over *next; } __attribute__((aligned(64)));
struct inside { char tag; int wide __attribute__((aligned(16))); char end; };
#pragma pack(push, 2)
struct two { char tag; long number; char end; };
#pragma pack(pop)
struct nest { char first; struct packed packed; struct over over; struct two two; } nest, *heap;
struct packed table[3], *into;
struct half half;
struct inside inside;
int over_count __attribute__((aligned(128))) = 1;
static void begin(void)
{
    nest.first = 'f';
    nest.packed = (struct packed){'p', -5, "packed", 9};
    nest.over.number = 6;
    nest.over.next = &nest.over;
    nest.two = (struct two){'t', 1l << 40, 'e'};
    heap = aligned_alloc(64, sizeof *heap);
    *heap = nest;
    heap->over.next = &nest.over;
    for (int i = 0; i < 3; i++)
        table[i] = (struct packed){'a' + i, i, NULL, 10 * i};
    into = &table[2];
    half = (struct half){'h', 7, 8};
    inside = (struct inside){'i', 11, 'n'};
    over_count = 12;
}
@v2
struct packed { char *text; char tag; long number; short tail; } __attribute__((packed));
struct half { char tag; long number __attribute__((packed)); long plain; };
struct over { struct over *next; long number; } __attribute__((aligned(64)));
struct inside { char tag, end; int wide __attribute__((aligned(32))); };
#pragma pack(push, 2)
struct two { char tag, end; long number; };
#pragma pack(pop)
struct nest { struct two two; char first; struct packed packed; struct over over; } nest, *heap;
struct packed table[3], *into;
struct half half;
struct inside inside;
long over_count __attribute__((aligned(128))) = 1;
static void verify(void)
{
    EXPECT(nest.first == 'f' && nest.packed.number == -5 && nest.packed.tail == 9);
    EXPECT(strcmp(nest.packed.text, "packed") == 0);
    EXPECT(nest.over.number == 6 && nest.over.next == &nest.over);
    EXPECT(nest.two.tag == 't' && nest.two.number == 1l << 40 && nest.two.end == 'e');
    EXPECT(heap->packed.tag == 'p' && heap->over.next == &nest.over && heap->two.end == 'e');
    EXPECT((uintptr_t)heap % 64 == 0);
    EXPECT(table[1].number == 1 && table[2].tail == 20 && into == &table[2]);
    EXPECT(half.number == 7 && half.plain == 8 && inside.wide == 11 && inside.end == 'n');
    EXPECT(over_count == 12);
    free(heap);
}
END

scene "over-aligned objects on the heap stay aligned" <<'END'
@v1
typedef float lanes __attribute__((vector_size(32)));
struct line { _Alignas(64) int number; struct line *next; } *lines;
struct vector { lanes v; int n; } *vectors E_PTRARRAY(5);
struct line *page_aligned;
struct line *array E_PTRARRAY(4);
static void begin(void)
{
    for (int i = 0; i < 50; i++) {
        struct line *line = aligned_alloc(64, sizeof *line);
        *line = (struct line){.number = i, .next = lines};
        lines = line;
    }
    vectors = aligned_alloc(32, 5 * sizeof *vectors);
    for (int i = 0; i < 5; i++)
        vectors[i] = (struct vector){{i, i}, i};
    if (posix_memalign((void **)&page_aligned, 4096, 4096))
        abort();
    *page_aligned = (struct line){.number = 77};
    array = aligned_alloc(64, 4 * sizeof *array);
    for (int i = 0; i < 4; i++)
        array[i] = (struct line){.number = i};
}
@v2
typedef float lanes __attribute__((vector_size(32)));
struct line { _Alignas(64) struct line *next; long number; char more[64]; } *lines;
struct vector { int n; lanes v; long more; } *vectors E_PTRARRAY(5);
struct line *page_aligned;
struct line *array E_PTRARRAY(4);
static void verify(void)
{
    int right = 0;
    while (lines) {
        struct line *line = lines;
        right += (uintptr_t)line % 64 == 0 && line->number == 49 - right;
        lines = line->next;
        free(line);
    }
    EXPECT(right == 50);
    EXPECT((uintptr_t)vectors % 32 == 0 && vectors[4].v[1] == 4 && vectors[4].n == 4);
    EXPECT((uintptr_t)page_aligned % 64 == 0 && page_aligned->number == 77);
    EXPECT((uintptr_t)array % 64 == 0 && array[3].number == 3);
    free(vectors);
    free(page_aligned);
    free(array);
}
END

scene "an allocator for some, arrays of them, and one that another file keeps static" <<'END'
@common
static char *arena;
static size_t used = 0;
static int live = 0;
__attribute__((used)) static void *arena_take(size_t size)
{
    void *memory;
    if (!arena)
        arena = calloc(1, 65536);
    memory = arena + used;
    used += (size + 15) / 16 * 16;
    live++;
    return memory;
}
__attribute__((used)) static void arena_give(void *memory) { (void)memory; live--; }
@v1
struct item { int v; struct item *next; } E_CUSTOM(arena_take, arena_give);
struct plain { int v; struct item *item; } *plain;
struct item *items, *array E_PTRARRAY(3);
static void begin(void)
{
    for (int i = 0; i < 4; i++) {
        struct item *item = arena_take(sizeof *item);
        *item = (struct item){i, items};
        items = item;
    }
    array = arena_take(3 * sizeof *array);
    for (int i = 0; i < 3; i++)
        array[i] = (struct item){10 + i, &array[0]};
    plain = malloc(sizeof *plain);
    *plain = (struct plain){5, items};
    EXPECT(live == 5);
    arena_give(arena_take(1));
}
@v2
struct item { long v; struct item *next; int more; } E_CUSTOM(arena_take, arena_give);
struct plain { long v; long w; struct item *item; } *plain;
struct item *items, *array E_PTRARRAY(3);
static void verify(void)
{
    int n = 0;
    for (struct item *item = items; item; item = item->next)
        n += item->v == 3 - n && (char *)item >= arena && (char *)item < arena + used;
    EXPECT(n == 4 && live == 5);
    EXPECT(array[2].v == 12 && array[2].next == array && (char *)array >= arena);
    EXPECT(plain->item == items && plain->v == 5);
    free(plain);
    arena_give(arena_take(16));
}
END

scene "a rule for a type that has its own allocator" <<'END'
@common
static int taken = 0, given = 0;
void *take(size_t size) { taken++; return calloc(1, size); }
void give(void *memory) { given++; free(memory); }
@v1
struct item { int v; } E_CUSTOM(take, give);
struct item *one;
static void begin(void)
{
    one = take(sizeof *one);
    one->v = 4;
    give(take(8));
}
@v2
struct item { long doubled; } E_CUSTOM(take, give);
struct item *one;
static void verify(void) { EXPECT(one->doubled == 8 && taken == 3 && given == 2); }
@xf
struct item -> struct item: { $out.doubled = 2 * $in.v; }
END

refused_scene "objects in a buffer of characters" \
    'a pointer to struct item leads into the variable buffer, an array of char: what lies in' <<'END'
@v1
struct item { int v; struct item *next; } *item;
char buffer[256] __attribute__((aligned(16)));
static void begin(void)
{
    item = (struct item *)(buffer + 32);
    item->v = 3;
}
static void unharmed(void) { EXPECT(item->v == 3); }
@v2
struct item { long v; struct item *next; } *item;
char buffer[256] __attribute__((aligned(16)));
static void verify(void) { }
END

refused_scene "objects in the middle of a block" \
    'struct item at .* (begin|start|inside|middle|no block)' <<'END'
@v1
struct item { int v; struct item *next; } *item;
char *block;
static void begin(void)
{
    block = calloc(1, 256);
    item = (struct item *)(block + 32);
    item->v = 3;
}
static void unharmed(void) { EXPECT(item->v == 3); }
@v2
struct item { long v; struct item *next; } *item;
char *block;
static void verify(void) { }
END

pair "allocators that are not there" <<'END'
@v1
struct item { int v; } E_CUSTOM(take, give);
struct item *one;
@v2
struct item { long v; } E_CUSTOM(take, give);
struct item *one;
END
xfgen_says "an allocator that is not there" "E_CUSTOM\(take, ?give\): v2\.so has no function 'take'" \
    'mark it __attribute__\(\(used\)\)' </dev/null

end_of_test
