#!/bin/bash
# Objects in pages of a program's own allocator: they are rebuilt in new pages, the old ones go as a
# whole, and an update that is given up leaves nothing behind.
. "$(dirname "$0")/../lib/harness.sh"

# Both versions: items lie in pages of 4096 bytes, one behind the other.
cat >pool.h <<'END'
struct page { struct page *next; size_t used; char bytes[4096]; };
static struct page *pages;
static int page_count;
__attribute__((used)) static void *pool_take(size_t size)
{
    size = (size + 7) / 8 * 8;
    if (!pages || pages->used + size > sizeof pages->bytes) {
        struct page *page = malloc(sizeof *page);
        kitsune_provisional(page);
        *page = (struct page){.next = pages};
        pages = page;
        page_count++;
    }
    pages->used += size;
    return pages->bytes + pages->used - size;
}
__attribute__((used)) static void pool_keep(void *item) { (void)item; }
END

cat >v1.part <<'END'
@common
#include <malloc.h>
struct item;
static struct item *first;
@v1
#include "../pool.h"
struct item {
    struct item *next;
    int length;
    char text[] E_ARRAY(self.length);
} E_CUSTOM(pool_take, pool_keep);
static size_t bytes_before;
static void begin(void)
{
    for (int i = 0; i < 1000; i++) {
        struct item *item = pool_take(sizeof *item + (size_t)i % 50);
        item->next = first;
        item->length = i % 50;
        memset(item->text, i % 100, (size_t)i % 50);
        first = item;
    }
    bytes_before = mallinfo2().uordblks;
}
static int count(void)
{
    int count = 0;
    for (struct item *item = first; item; item = item->next, count++)
        for (int i = 0; i < item->length; i++)
            if (item->length != (999 - count) % 50 || item->text[i] != (999 - count) % 100)
                return -1;
    return count;
}
__attribute__((unused)) static void unharmed(void)
{
    EXPECT(count() == 1000);
    EXPECT(mallinfo2().uordblks < bytes_before + 20000); /* a version's own, not its pages */
}
@v2
#include "../pool.h"
struct item {
    struct item *next;
    long number;
    int length;
    char text[] E_ARRAY(self.length);
} E_CUSTOM(pool_take, pool_keep);
static size_t bytes_before;
static void verify(void)
{
    int count = 0, wrong = 0;
    for (struct item *item = first; item; item = item->next, count++) {
        wrong += item->length != (999 - count) % 50 || item->number != 7;
        for (int i = 0; i < item->length; i++)
            wrong += item->text[i] != (999 - count) % 100;
    }
    EXPECT(count == 1000 && wrong == 0 && page_count > 10);
    EXPECT(mallinfo2().uordblks < bytes_before + 48000); /* the items are larger by 8 bytes */
}
@xf
/* The items were put into pages of the new version's. */
app.c/pages -> app.c/pages: {
    for ($oldtype(struct page) *page = $in; page; page = page->next)
        kitsune_xf_discard(page);
}
app.c/page_count -> app.c/page_count: {}
INIT struct item.number: { $out = 7; }
END

scene "items in pages" <v1.part

{ cat v1.part; echo 'CHECK { $newsym(app.c/page_count) == 0 }'; } >v2.part
refused_scene "a check fails when all pages are made" "does not pass the check" <v2.part

{ cat v1.part
  echo 'struct item.length -> struct item.length: { if ($in == 49) FAIL "forty-nine"; $out = $in; }'
} >v3.part
refused_scene "a rule fails when some pages are made" "forty-nine" <v3.part

mkdir -p o1 o2
sed -n '/^@v1/,/^@v2/p' v1.part | sed '/^@/d; s/ E_ARRAY([^)]*)//; s,\.\./,,' >unmarked.c
{ printf '#include <kitsune.h>\n#include <malloc.h>\n#include <stdlib.h>\n#include <string.h>\n'
  printf 'struct item;\nstatic struct item *first;\n#define EXPECT(...) (void)(__VA_ARGS__)\n'
  cat unmarked.c; echo 'int main(void) { begin(); unharmed(); }'; } >o1/app.c
sed 's/int length;/int length; long more;/' o1/app.c >o2/app.c
check "without E_ARRAY it builds" sh -c "for v in o1 o2; do
    kitcc -I. -O1 -c \$v/app.c -o \$v/app.o && kitcc -shared \$v/app.o -o \$v.so || exit 1; done"
expect_error "but the array's length is not known" 1 "how long the array is, is not known" \
    xfgen o1.so o2.so -o o.c

end_of_test
