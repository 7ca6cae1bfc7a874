/* test_heap_map.c -- the heap engine's data structures: address map, object log, undo log. */
#include "test_heap_support.h"

#include "../../runtime/heap/address_map.h"
#include "../../runtime/heap/undo_log.h"

static struct address_map map;
static struct object_log object_log;

static bool everything_is_plain(uintptr_t start, uintptr_t end)
{
    (void)start;
    (void)end;
    return true;
}

static void begin(void)
{
    memset(&object_log, 0, sizeof object_log);
    map_begin(&map, &object_log, everything_is_plain);
}

static uint32_t enter(uintptr_t address, unsigned pair)
{
    uint32_t index = (uint32_t)log_count(&object_log);

    log_append(&object_log, record_key(address, pair), address, 0);
    map_insert(&map, index);
    if (map.tracks_starts)
        map_mark_start(&map, address);
    return index;
}

/* ---- The map --------------------------------------------------------------------------------- */

START_TEST(an_empty_map_finds_nothing)
{
    begin();
    ck_assert_uint_eq(map_find(&map, record_key(0x5555000, 0)), MAP_NOTHING);
    ck_assert_uint_eq(map_find_real(&map, 0x5555000), MAP_NOTHING);
    ck_assert_uint_eq(map_find_at_or_below(&map, 0x5555000), MAP_NOTHING);
    ck_assert_ptr_null(map_hinted_entry(&map, 0x5555000));
    bookkeeping_release_all();
}
END_TEST

START_TEST(the_map_tells_addresses_and_pairs_apart)
{
    uint32_t first, second, third;

    begin();
    first = enter(0x7f0000100000, 1);
    second = enter(0x7f0000100008, 1);
    third = enter(0x7f0000100000, 2);
    ck_assert_uint_eq(map_find(&map, record_key(0x7f0000100000, 1)), first);
    ck_assert_uint_eq(map_find(&map, record_key(0x7f0000100008, 1)), second);
    ck_assert_uint_eq(map_find(&map, record_key(0x7f0000100000, 2)), third);
    ck_assert_uint_eq(map_find(&map, record_key(0x7f0000100008, 2)), MAP_NOTHING);
    ck_assert_uint_eq(map_find(&map, record_key(0x7f0000100010, 1)), MAP_NOTHING);
    bookkeeping_release_all();
}
END_TEST

START_TEST(a_region_gets_its_hint_back)
{
    uintptr_t one = 0x7f0000100000, same_hint = one + ((uintptr_t)MAP_HINTS << REGION_SHIFT);

    begin();
    enter(one, 0);
    ck_assert_ptr_nonnull(map_hinted_entry(&map, one));
    enter(same_hint, 0);
    ck_assert_ptr_null(map_hinted_entry(&map, one));
    ck_assert_uint_eq(map_find(&map, record_key(one, 0)), 0);
    map_region_of(&map, one);
    ck_assert_uint_eq(*map_hinted_entry(&map, one), 1);
    bookkeeping_release_all();
}
END_TEST

START_TEST(the_nearest_start_below_is_found_across_regions)
{
    uintptr_t base = 0x7f0000000000;

    begin();
    map_track_starts(&map);
    enter(base + 0x10, 0);
    enter(base + 0x5000000, 0);
    enter(base + 0x5000018, 0);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0xf), MAP_NOTHING);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0x10), 0);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0x4ffffff), 0);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0x5000000), 1);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0x5000017), 1);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0x5000018), 2);
    ck_assert_uint_eq(map_find_at_or_below(&map, base + 0x900000000), 2);
    bookkeeping_release_all();
}
END_TEST

/* ---- Against an oracle ----------------------------------------------------------------------- */

enum { ORACLE_SIZE = 20000 };

static uint64_t random_state = 88172645463325252u;

static uint64_t random_number(void)
{
    random_state ^= random_state << 13;
    random_state ^= random_state >> 7;
    random_state ^= random_state << 17;
    return random_state;
}

/* Dense in places, so that granules are shared; spread over regions far apart. */
static uintptr_t random_address(void)
{
    uintptr_t area = (random_number() % 5) * 0x123456789000 % 0x7fffffffffff + 0x10000000;

    return area + random_number() % 3 * 0x100000 + random_number() % 4096 * 4;
}

static int compare_keys(const void *left, const void *right)
{
    uint64_t a = *(const uint64_t *)left & ADDRESS_MASK;
    uint64_t b = *(const uint64_t *)right & ADDRESS_MASK;

    return a < b ? -1 : a > b;
}

static uint64_t entered[ORACLE_SIZE];

static bool was_entered(size_t count, uint64_t key)
{
    size_t i;

    for (i = 0; i < count; i++)
        if (entered[i] == key)
            return true;
    return false;
}

START_TEST(random_addresses_agree_with_an_oracle)
{
    size_t count = 0, i, tries;
    uint64_t key;

    begin();
    map_track_starts(&map);
    while (count < ORACLE_SIZE / 10) {
        key = record_key(random_address(), (unsigned)(random_number() % 3));
        if (was_entered(count, key)) {
            ck_assert_uint_ne(map_find(&map, key), MAP_NOTHING);
            continue;
        }
        ck_assert_uint_eq(map_find(&map, key), MAP_NOTHING);
        ck_assert_uint_eq(enter((uintptr_t)(key & ADDRESS_MASK), (unsigned)(key >> ADDRESS_BITS)),
                          count);
        entered[count++] = key;
    }
    for (i = 0; i < count; i++)
        ck_assert_uint_eq(map_find(&map, entered[i]), i);
    qsort(entered, count, sizeof entered[0], compare_keys);
    for (tries = 0; tries < ORACLE_SIZE; tries++) {
        uintptr_t address = random_address(), expected = 0;
        uint32_t found = map_find_at_or_below(&map, address);

        for (i = 0; i < count && (entered[i] & ADDRESS_MASK) <= address; i++)
            expected = (uintptr_t)(entered[i] & ADDRESS_MASK);
        if (!expected)
            ck_assert_uint_eq(found, MAP_NOTHING);
        else
            ck_assert_uint_eq(record_old(log_at(&object_log, found)), expected);
    }
    bookkeeping_release_all();
}
END_TEST

START_TEST(many_regions_and_many_in_one_granule)
{
    uintptr_t i;

    begin();
    for (i = 0; i < 3000; i++)
        enter(0x7000000000 + (i << REGION_SHIFT), 0);
    for (i = 0; i < 3000; i++)
        enter(0x6000000000, (unsigned)i);
    for (i = 0; i < 3000; i++) {
        ck_assert_uint_eq(map_find(&map, record_key(0x7000000000 + (i << REGION_SHIFT), 0)), i);
        ck_assert_uint_eq(map_find(&map, record_key(0x6000000000, (unsigned)i)), 3000 + i);
    }
    bookkeeping_release_all();
}
END_TEST

/* ---- The log --------------------------------------------------------------------------------- */

START_TEST(the_log_keeps_records_and_extents_apart)
{
    size_t i, index = 0, seen = 0;

    begin();
    for (i = 0; i < 10000; i++) {
        if (i % 3 == 0)
            log_append_extent(&object_log, record_key(0x1000 + i, 7), 0x7fffffffffff - i,
                              RECORD_MOVED, (struct object_extent){i, 2 * i});
        else
            log_append(&object_log, record_key(0x1000 + i, 65535), i, RECORD_GUESSED);
    }
    while (index < log_count(&object_log)) {
        const struct object_record *record = log_at(&object_log, index);

        ck_assert_uint_eq(record_old(record), 0x1000 + seen);
        if (seen % 3 == 0) {
            ck_assert_uint_eq(record_pair(record), 7);
            ck_assert_uint_eq(record_new(record), 0x7fffffffffff - seen);
            ck_assert_uint_eq(record_flags(record), RECORD_MOVED | RECORD_EXTENT);
            ck_assert_uint_eq(log_extent(&object_log, index).count, seen);
            ck_assert_uint_eq(log_extent(&object_log, index).tail, 2 * seen);
        } else {
            ck_assert_uint_eq(record_pair(record), 65535);
            ck_assert_uint_eq(log_extent(&object_log, index).count, 1);
        }
        seen++;
        index = log_next(record, index);
    }
    ck_assert_uint_eq(seen, 10000);
    bookkeeping_release_all();
}
END_TEST

/* ---- The undo log ---------------------------------------------------------------------------- */

START_TEST(the_undo_log_restores_every_byte)
{
    enum { SIZE = 200000 };
    static unsigned char memory[SIZE], before[SIZE];
    struct undo_log undo = {0};
    size_t i, j;

    for (i = 0; i < SIZE; i++)
        memory[i] = before[i] = (unsigned char)random_number();
    for (i = 0; i < 5000; i++) {
        size_t size = i % 100 == 0 ? random_number() % 150000 : random_number() % 40;
        size_t start = random_number() % (SIZE - size);

        undo_remember(&undo, memory + start, size);
        for (j = 0; j < size; j++)
            memory[start + j] = (unsigned char)random_number();
        if (i % 2) {
            start = random_number() % (SIZE - sizeof(void *)) & ~(size_t)7;
            undo_store(&undo, memory + start);
            memset(memory + start, (int)i, sizeof(void *));
        }
    }
    ck_assert_int_ne(memcmp(memory, before, SIZE), 0);
    undo_replay(&undo);
    ck_assert_int_eq(memcmp(memory, before, SIZE), 0);
    bookkeeping_release_all();
}
END_TEST

START_TEST(snapshots_stay_where_they_are)
{
    struct undo_log undo = {0};
    uint64_t words[40], *first, *kept;
    size_t i, round;

    for (i = 0; i < 40; i++)
        words[i] = i;
    first = undo_snapshot(&undo, words, sizeof words);
    for (round = 0; round < 2000; round++) {
        size_t count = 1 + round % 40;

        kept = undo_snapshot(&undo, words, count * 8);
        ck_assert_int_eq(memcmp(kept, words, count * 8), 0);
    }
    ck_assert_int_eq(memcmp(first, words, sizeof words), 0);
    bookkeeping_release_all();
}
END_TEST

/* ---- Bookkeeping memory ---------------------------------------------------------------------- */

START_TEST(bookkeeping_memory_is_zeroed_aligned_and_counted)
{
    static const size_t sizes[] = {1, 64, 100, 65536, 1000000, 5000000, 30};
    size_t i, j, total = 0;

    for (i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        unsigned char *memory = bookkeeping_allocate(sizes[i]);

        ck_assert_uint_eq((uintptr_t)memory % 64, 0);
        for (j = 0; j < sizes[i]; j++)
            ck_assert_int_eq(memory[j], 0);
        memset(memory, 0xff, sizes[i]);
        total += (sizes[i] + 63) / 64 * 64;
        ck_assert_uint_eq(bookkeeping_bytes(), total);
    }
    bookkeeping_release_all();
    ck_assert_uint_eq(bookkeeping_bytes(), 0);
}
END_TEST

int main(void)
{
    const TTest *tests[] = {
        an_empty_map_finds_nothing,
        the_map_tells_addresses_and_pairs_apart,
        a_region_gets_its_hint_back,
        the_nearest_start_below_is_found_across_regions,
        random_addresses_agree_with_an_oracle,
        many_regions_and_many_in_one_granule,
        the_log_keeps_records_and_extents_apart,
        the_undo_log_restores_every_byte,
        snapshots_stay_where_they_are,
        bookkeeping_memory_is_zeroed_aligned_and_counted,
    };

    return RUN_TESTS("heap map", tests);
}
