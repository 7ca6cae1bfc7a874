#!/bin/bash
# Build rules as programs have them that were written for the published Kitsune: types files made with
# the objects, joined, given to xfgen together with those kept from the old version, and the
# transformer linked into the new one.
. "$(dirname "$0")/../lib/harness.sh"

# The rules; a version says what it adds (OLD: where the version before was built).
cat >rules.mk <<'END'
KITSUNE_BIN = $(KITSUNE_PATH)/bin
KTCC = $(KITSUNE_BIN)/ktcc
KTTJOIN = $(KITSUNE_BIN)/kttjoin
XFGEN = $(KITSUNE_BIN)/xfgen
CFLAGS = -O2 -Wall -I$(KITSUNE_PATH)/include $(EXTRA)
OBJS = main.o net.o store.o
KTTS = $(OBJS:.o=.ktt)

all: prog.so prog.ktt

%.o %.ktt: %.c
	$(KTCC) $(CFLAGS) --doglobalreg --doktsavetypes --typesfile-out=$*.ktt -c $< -o $*.o

prog.ktt: $(KTTS)
	$(KTTJOIN) $@ $^

ifdef OLD
dsu.c: $(OLD)/prog.ktt prog.ktt prog.xf
	$(XFGEN) dsu.c $(OLD)/prog.ktt prog.ktt prog.xf
dsu.o: dsu.c
	$(KTCC) $(CFLAGS) -c dsu.c -o dsu.o
DSU = dsu.o
endif

prog.so: $(OBJS) $(DSU)
	$(KTCC) -shared -o $@ $^ -L$(KITSUNE_PATH)/lib -lkitsune
END

mkdir v1 v2
cat >v1/store.h <<'END'
struct item { int key; struct item *next; };
struct store { struct item *first; int count; };
extern struct store store;
void store_add(int key);
long store_sum(void);
int net_requests(void);
int net_tick(void);
END
cat >v1/store.c <<'END'
#include "store.h"
#include <stdlib.h>
struct store store;
static __thread int touched = 40;
static int odd, even;
void store_add(int key)
{
    struct item *item = calloc(1, sizeof *item);
    item->key = key;
    item->next = store.first;
    store.first = item;
    store.count++;
    touched++;
    *(key % 2 ? &odd : &even) += 1;
}
long store_sum(void)
{
    long sum = 0;
    for (struct item *item = store.first; item; item = item->next)
        sum += item->key;
    return 1000000 * touched + 10000 * odd + 1000 * even + sum;
}
END
cat >v1/net.c <<'END'
#include "store.h"
static int requests = 5;
static int tick_one(void) { static int ticks; return ++ticks; }
int (*ticker)(void) = tick_one;
int net_requests(void) { return ++requests; }
int net_tick(void) { return ticker(); }
END
cat >v1/main.c <<'END'
#include <kitsune.h>
#include <stdio.h>
#include <unistd.h>
#include "store.h"
#define VERSION "v1"
int E_NOTELOCALS main(int argc, char **argv)
{
    int rounds = 0;
    (void)argc, (void)argv;
    kitsune_do_automigrate();
    MIGRATE_LOCAL(rounds);
    if (!kitsune_is_updating())
        for (int i = 1; i <= 5; i++)
            store_add(i);
    for (;;) {
        kitsune_update("loop");
        rounds++;
        if (rounds == 1 || VERSION[1] != '1')
            printf("%s sum %ld count %d requests %d ticks %d %s\n", VERSION, store_sum(),
                   store.count, net_requests(), net_tick(), rounds > 1 ? "later" : "first");
        fflush(stdout);
        usleep(20000);
    }
}
END
cp v1/*.c v1/*.h v2/
sed -i -e 's/int key; struct/long key; const char *label; struct/' v2/store.h
sed -i -e 's/odd/odd_ones/g' -e 's/item->key = key;/&\n    item->label = "added";/' \
    -e 's/static __thread/static int before; static __thread/' v2/store.c
sed -i -e 's/"v1"/"v2"/' v2/main.c
cat >v2/prog.xf <<'END'
store.c/odd -> store.c/odd_ones
INIT struct item.label: { $out = $oldsym(store).count == 5 ? "old" : "wrong"; }
INIT store.c/before: { $out = $oldsym(net.c/requests); }
END
for version in v1 v2; do cp rules.mk $version/Makefile; done

published() {
    local folder=$1
    shift
    make -C "$folder" KITSUNE_PATH="$build" "$@"
}

check "the old version builds" published v1
check "its types file is there" test -s v1/prog.ktt
mkdir kept
cp v1/prog.ktt kept/
cp v1/prog.so old.so
rm v1/*.o v1/*.ktt v1/prog.so
check "the new version builds, with what was kept of the old one" published v2 OLD=../kept
start log kitsune run ./old.so
check "the old version runs" wait_line 10 log '^v1 sum 45032015 count 5 requests 6 ticks 1 first$'
check "the update" kitsune update "$started" v2/prog.so
check "everything was taken over" \
    wait_line 10 log '^v2 sum 45032015 count 5 requests 7 ticks 2 later$'
stop "$started"
expect_output "the model of joined objects" 'struct item .*size 24' kitsune types v2/prog.ktt
expect_output "and of one object" 'store.c/touched' kitsune types v2/store.ktt
check "joined files can be joined" kttjoin again.ktt v2/main.ktt v2/net.ktt v2/main.ktt v2/store.ktt
check "again" kttjoin twice.ktt again.ktt
check_equal "and say the same" "$(kitsune types v2/prog.ktt | sed '1d; s/0x[0-9a-f]*//' | sort)" \
    "$(kitsune types twice.ktt | sed '1d; s/0x[0-9a-f]*//' | sort)"

# ---- Another old version ------------------------------------------------------------------------

# There is no build ID to tell it by, but what is found has to fit.
mkdir other
cp -r v1/*.[ch] v1/Makefile other/
sed -i 's/int count; };/int count; long more; };/' other/store.h
check "another old version builds" published other
start log kitsune run ./other/prog.so
check "and runs" wait_line 10 log '^v1 sum'
expect_error "it is not taken for the one that was meant" 1 \
    "the variable 'store' of .*other/prog.so has 24 bytes, not 16" \
    kitsune update "$started" v2/prog.so
stop "$started"

# ---- With debug information of other kinds ------------------------------------------------------

for extra in "-flto" "-gdwarf-4 -gz=zlib" "-g -fdebug-types-section"; do
    rm -rf w1 w2
    cp -r v1 w1
    cp -r v2 w2
    rm -f w2/*.o w2/*.ktt w2/*.so w2/dsu.c
    check "$extra: the old version" published w1 EXTRA="$extra"
    check "$extra: the new one" published w2 OLD=../w1 EXTRA="$extra"
    check "$extra: the types of both" sh -c "kitsune types w1/prog.ktt && kitsune types w2/prog.ktt"
done

# ---- What can be wrong --------------------------------------------------------------------------

echo text >text.ktt
expect_error "kttjoin of something else" 1 'text.ktt: not the types file of an object' \
    kttjoin out.ktt text.ktt
expect_error "kttjoin of nothing" 1 'missing.ktt: No such file' kttjoin out.ktt missing.ktt
expect_error "kttjoin without input" 2 'OUT.ktt IN.ktt' kttjoin out.ktt
expect_error "objects without --link-in" 1 'made of object files, which have no build ID' \
    xfgen v2/prog.ktt v2/prog.ktt -o x.c
expect_error "OUT.c twice" 2 'OUT.c is named twice' xfgen a.c kept/prog.ktt v2/prog.ktt -o b.c
check "without a spec" xfgen same.c kept/prog.ktt kept/prog.ktt
head -c 3000 kept/prog.ktt >cut.ktt
expect_error "a truncated types file" 1 'cut.ktt: error: the objects in it cannot be linked' \
    xfgen x.c cut.ktt v2/prog.ktt

end_of_test
