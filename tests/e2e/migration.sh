#!/bin/bash
# The migration section of the API: automigration and its exceptions, variable by variable,
# locals, lookup by key and address, hand-written transformers.
. "$(dirname "$0")/../lib/harness.sh"

scene "automigration" <<'END'
@common
int global = 1;
static int file_static = 2;
int global_array[4] = {1, 2, 3, 4};
static const char *const constant = "constant";
int excluded E_MANUAL_MIGRATE = 3;
static int excluded_static E_MANUAL_MIGRATE = 4;
static int *counter(void)
{
    static int function_static = 5;
    return &function_static;
}
@v1
int only_old = 77;
static void begin(void)
{
    global = 101;
    file_static = 102;
    global_array[2] = 103;
    excluded = 104;
    excluded_static = 105;
    *counter() = 106;
    EXPECT(only_old == 77);
    EXPECT(excluded_static == 105 && file_static == 102 && strlen(constant) == 8);
}
@v2
int only_new = 88;
int zeroed;
static void verify(void)
{
    EXPECT(global == 101);
    EXPECT(file_static == 102);
    EXPECT(global_array[0] == 1 && global_array[2] == 103 && global_array[3] == 4);
    EXPECT(excluded == 3);
    EXPECT(excluded_static == 4);
    EXPECT(*counter() == 106);
    EXPECT(strcmp(constant, "constant") == 0);
    EXPECT(only_new == 88);
    EXPECT(zeroed == 0);
}
END

scene "a changed initial value does not undo the state" <<'END'
@v1
int level = 1;
const int limit = 10;
static void begin(void) { level = 5; }
@v2
int level = 2;
const int limit = 20;
static void verify(void)
{
    EXPECT(level == 5);
    EXPECT(*(volatile const int *)&limit == 20); /* constants are the new version's */
}
END

scene "variable by variable" <<'END'
@common
#define OWN_MAIN
int global = 1;
static int file_static = 1;
int left_alone = 1;
static int *counter(void)
{
    static int inner = 1;
    if (kitsune_is_updating())
        EXPECT(MIGRATE_LOCAL_STATIC(counter, inner));
    return &inner;
}
@v1
int main(void)
{
    EXPECT(!MIGRATE_GLOBAL(global));
    EXPECT(!MIGRATE_STATIC(file_static));
    global = 11;
    file_static = 12;
    left_alone = 13;
    *counter() = 14;
    EXPECT(global + file_static + left_alone == 36);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int brand_new = 9;
int main(void)
{
    EXPECT(global == 1);
    EXPECT(MIGRATE_GLOBAL(global));
    EXPECT(global == 11); /* at once, not at the update point */
    EXPECT(MIGRATE_STATIC(file_static));
    EXPECT(file_static == 12);
    EXPECT(!MIGRATE_GLOBAL(brand_new));
    EXPECT(brand_new == 9);
    EXPECT(*counter() == 14);
    kitsune_update("here");
    EXPECT(left_alone == 1);
    EXPECT(global == 11 && file_static == 12 && *counter() == 14);
    EXPECT(!MIGRATE_GLOBAL(left_alone));
    EXPECT(left_alone == 1);
    printf("scene ends\n");
    return 0;
}
END

scene "locals of a noting function" <<'END'
@common
#define OWN_MAIN
@v1
static void serve(int first, const char *second) E_NOTELOCALS;
static void serve(int first, const char *second)
{
    int rounds = 7;
    double ratio = 0.5;
    int grid[2][2] = {{1, 2}, {3, 4}};
    first++;
    for (int inner = 3; inner < 4; inner++)
        kitsune_update("serve");
    EXPECT(rounds == 7 && ratio == 0.5 && grid[1][1] == 4 && second);
}
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    serve(40, "a literal");
    return 1;
}
@v2
static void serve(int first, const char *second) E_NOTELOCALS;
static void serve(int first, const char *second)
{
    int rounds = 0;
    double ratio = 0;
    int grid[2][2] = {{0}};
    int added = 55;
    MIGRATE_LOCAL(first);
    MIGRATE_LOCAL(second);
    EXPECT(MIGRATE_LOCAL(rounds));
    EXPECT(MIGRATE_LOCAL(ratio));
    EXPECT(MIGRATE_LOCAL(grid));
    EXPECT(!MIGRATE_LOCAL(added));
    for (int inner = 0; inner < 1; inner++) {
        EXPECT(MIGRATE_LOCAL(inner));
        EXPECT(inner == 3);
        kitsune_update("serve");
    }
    EXPECT(first == 41);
    EXPECT(strcmp(second, "a literal") == 0);
    EXPECT(rounds == 7);
    EXPECT(ratio == 0.5);
    EXPECT(grid[0][0] == 1 && grid[1][0] == 3 && grid[1][1] == 4);
    EXPECT(added == 55);
    EXPECT(!MIGRATE_LOCAL(rounds));
    printf("scene ends\n");
    exit(0);
}
int main(void)
{
    serve(0, NULL);
    return 1;
}
END

scene "locals of main and of what it called" <<'END'
@common
#define OWN_MAIN
struct config { int port; char name[8]; };
@v1
static void inner(struct config *config) E_NOTELOCALS;
static void inner(struct config *config)
{
    int depth = 2;
    kitsune_update("inner");
    EXPECT(depth == 2 && config);
}
int main(int argc, char **argv) E_NOTELOCALS;
int main(int argc, char **argv)
{
    struct config config = {80, "web"};
    int depth = 1;
    (void)argv;
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    inner(&config);
    return depth + argc;
}
@v2
static struct config *seen;
static void inner(struct config *config) E_NOTELOCALS;
static void inner(struct config *config)
{
    int depth = 0;
    MIGRATE_LOCAL(config); /* points to main's local: the new main's */
    EXPECT(MIGRATE_LOCAL(depth));
    EXPECT(depth == 2);
    kitsune_update("inner");
    seen = config;
}
int main(int argc, char **argv) E_NOTELOCALS;
int main(int argc, char **argv)
{
    struct config config = {0, ""};
    int depth = 0;
    (void)argc;
    (void)argv;
    EXPECT(MIGRATE_LOCAL(depth));
    EXPECT(depth == 1);
    EXPECT(MIGRATE_LOCAL(config));
    EXPECT(config.port == 80 && strcmp(config.name, "web") == 0);
    inner(NULL);
    EXPECT(seen == &config);
    printf("scene ends\n");
    return 0;
}
END

scene "a struct local whose type changes" <<'END'
@common
#define OWN_MAIN
@v1
struct session { int id; };
static void serve(void) E_NOTELOCALS;
static void serve(void)
{
    struct session session = {31};
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("serve");
    EXPECT(session.id == 0);
}
@v2
struct session { long serial; long id; };
static void serve(void) E_NOTELOCALS;
static void serve(void)
{
    struct session session = {-1, -1};
    EXPECT(MIGRATE_LOCAL(session));
    kitsune_update("serve");
    EXPECT(session.id == 31);
    EXPECT(session.serial == 9);
}
@common
static void serve(void);
int main(void)
{
    serve();
    printf("scene ends\n");
    return VERSION == 1;
}
@xf
INIT struct session.serial: { $out = 9; }
END

scene "noting by hand" <<'END'
@common
#define OWN_MAIN
static int file_static = 1;
@v1
static void serve(void)
{
    ENTER_FUNC();
    int rounds = 21;
    long total = 22;
    int silent = 23;
    NOTE_LOCAL(rounds);
    NOTE_LOCAL(total);
    NOTE_LOCAL(total); /* twice does no harm */
    NOTE_STATIC(file_static);
    file_static = 24;
    kitsune_update("serve");
    EXPECT(rounds + total + silent == 0);
    EXIT_FUNC();
}
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    serve();
    return 1;
}
@v2
static void serve(void)
{
    ENTER_FUNC();
    int rounds = 0;
    long total = 0;
    int silent = 0;
    NOTE_AND_MIGRATE_LOCAL(rounds);
    EXPECT(rounds == 21);
    EXPECT(NOTE_AND_MIGRATE_LOCAL(total));
    EXPECT(!MIGRATE_LOCAL(silent)); /* never noted */
    EXPECT(NOTE_AND_MIGRATE_STATIC(file_static));
    kitsune_update("serve");
    EXPECT(rounds == 21 && total == 22 && silent == 0 && file_static == 24);
    EXIT_FUNC();
}
int main(void)
{
    serve();
    printf("scene ends\n");
    return 0;
}
END

scene "addresses and keys" <<'END'
@common
#define OWN_MAIN
@v1
int visible = 41;
static int hidden = 42;
__attribute__((noinline)) int work(int n) { static int calls = 43; calls += n; return calls; }
static void serve(void) E_NOTELOCALS;
static void serve(void)
{
    int local = 44;
    kitsune_update("here");
    EXPECT(local == 0);
}
int main(void)
{
    EXPECT(kitsune_lookup_key_new("visible") == &visible);
    EXPECT(kitsune_lookup_key_new("nothing") == NULL);
    EXPECT(strcmp(kitsune_lookup_addr_new(&visible), "visible") == 0);
    hidden += work(0) - 43;
    EXPECT(hidden == 42);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    serve();
    return 1;
}
@v2
int visible = 1;
static int hidden = 2;
__attribute__((noinline)) int work(int n) { static int calls = 3; calls += n; return calls; }
static int *old(void *address)
{
    static int nothing = -1;
    return address ? address : &nothing;
}
static const char *text(const char *key) { return key ? key : "none"; }
int main(void)
{
    /* Nothing is migrated: the old values are read where they are. */
    EXPECT(*old(GET_OLD_GLOBAL(visible)) == 41);
    EXPECT(*old(GET_OLD_STATIC(app.c, hidden)) == 42);
    EXPECT(*old(GET_OLD_LOCAL_STATIC(app.c, work, calls)) == 43);
    EXPECT(*old(GET_OLD_LOCAL(serve, local)) == 44);
    EXPECT(GET_OLD_GLOBAL(nothing) == NULL);
    EXPECT(GET_OLD_LOCAL(serve, nothing) == NULL);
    EXPECT(GET_NEW_GLOBAL(visible) == &visible);
    EXPECT(GET_NEW_STATIC(app.c, hidden) == &hidden);
    EXPECT(*old(GET_NEW_LOCAL_STATIC(app.c, work, calls)) == 3);
    EXPECT(GET_NEW_GLOBAL(nothing) == NULL);

    EXPECT(kitsune_lookup_key_old("visible") != &visible);
    EXPECT(kitsune_lookup_key_new("work") == (void *)work);
    EXPECT(kitsune_lookup_key_old("work") != NULL && kitsune_lookup_key_old("work") != (void *)work);
    EXPECT(strcmp(text(kitsune_lookup_addr_old(GET_OLD_GLOBAL(visible))), "visible") == 0);
    EXPECT(strcmp(text(kitsune_lookup_addr_old(GET_OLD_STATIC(app.c, hidden))), "app.c/hidden") == 0);
    EXPECT(strcmp(text(kitsune_lookup_addr_new(&hidden)), "app.c/hidden") == 0);
    EXPECT(strcmp(text(kitsune_lookup_addr_new((void *)work)), "work") == 0);
    EXPECT(strcmp(text(kitsune_lookup_addr_old(kitsune_lookup_key_old("work"))), "work") == 0);
    EXPECT(kitsune_lookup_addr_new(malloc(8)) == NULL);
    kitsune_update("here");
    EXPECT(visible == 1 && hidden == 2 && work(0) == 3);
    printf("scene ends\n");
    return 0;
}
END

scene "memory that only a library knows" <<'END'
@v1
struct cookie { int number; };
struct hook { struct cookie *cookie; };
static kitsune_heaplist *kept;
static struct hook *hook;
static struct cookie *removed;
static void begin(void)
{
    kept = kitsune_heaplist_new();
    hook = malloc(sizeof *hook);
    hook->cookie = malloc(sizeof *hook->cookie);
    hook->cookie->number = 5;
    removed = malloc(sizeof *removed);
    removed->number = 6;
    NOTE_HEAP(kept, hook->cookie);
    NOTE_HEAP(kept, removed);
    EXPECT(UNNOTE_HEAP(kept, removed));
    EXPECT(!UNNOTE_HEAP(kept, removed));
}
@v2
struct cookie { int number; };
struct hook { struct cookie *cookie; };
static kitsune_heaplist *kept;
static struct hook *hook;
static struct cookie *removed;
static void verify(void)
{
    EXPECT(hook->cookie->number == 5 && removed->number == 6);
    EXPECT(UNNOTE_HEAP(kept, hook->cookie));
    EXPECT(!UNNOTE_HEAP(kept, removed));
    kitsune_heaplist_free(kept);
}
END

# ---- Hand-written transformers, without xfgen ----------------------------------------------------

cat >hand.txt <<'END'
@v1
int plain = 1;
int doubled = 2;
static int shifted = 3;
int resized = 4;
static void begin(void)
{
    plain = 11;
    doubled = 12;
    shifted = 13;
    resized = 14;
    EXPECT(plain + doubled + shifted + resized == 50);
}
@v2
int plain = 1;
int doubled = 2;
static int shifted = 3;
long resized = 4;
int GLOBAL_XFORM(doubled)(void *new_variable)
{
    *(int *)new_variable = 2 * *(int *)GET_OLD_GLOBAL(doubled);
    return 1;
}
int STATIC_XFORM(app_c, shifted)(void *new_variable)
{
    *(int *)new_variable = 1 + *(int *)GET_OLD_STATIC(app.c, shifted);
    return 1;
}
void GLOBAL_XFORM(resized)(void *new_variable) /* published programs define them as void too */
{
    *(long *)new_variable = -*(int *)GET_OLD_GLOBAL(resized);
}
static void verify(void)
{
    EXPECT(plain == 11); /* sizes agree: copied bit for bit */
    EXPECT(doubled == 24);
    EXPECT(shifted == 14);
    EXPECT(resized == -14);
}
END
hand_written_scene() {
    scene_split <hand.txt
    check "hand-written transformers: both versions build" \
        eval 'build_version v1 && build_version v2 -Wno-missing-prototypes'
    local output
    output=$(timeout 60 kitsune run ./v1.so 2>&1)
    count_expectations "hand-written transformers" "$output"
    check_match "hand-written transformers: arrives in the new version" '^scene ends$' "$output"
}
hand_written_scene

cat >hand.txt <<'END'
@common
#define OWN_MAIN
@v1
static int *counter(void) { static int calls = 5; return &calls; }
int main(void)
{
    *counter() = 15;
    EXPECT(*counter() == 15);
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return 1;
}
@v2
int LOCAL_STATIC_XFORM(app_c, counter, calls)(void *new_variable)
{
    *(long *)new_variable = 100 + *(int *)GET_OLD_LOCAL_STATIC(app.c, counter, calls);
    return 1;
}
static long *counter(void)
{
    static long calls = 5;
    if (kitsune_is_updating())
        EXPECT(MIGRATE_LOCAL_STATIC(counter, calls));
    return &calls;
}
int main(void)
{
    EXPECT(*counter() == 115);
    kitsune_update("here");
    EXPECT(*counter() == 115);
    printf("scene ends\n");
    return 0;
}
END
hand_written_scene

cat >hand.txt <<'END'
@common
#define OWN_MAIN
@v1
static void serve(void) E_NOTELOCALS;
static void serve(void)
{
    int copied = 6;
    int turned = 7;
    kitsune_update("serve");
    EXPECT(copied + turned == 0);
}
int main(void)
{
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    serve();
    return 1;
}
@v2
int LOCAL_XFORM(serve, turned)(void *new_variable)
{
    *(char **)new_variable = *(int *)GET_OLD_LOCAL(serve, turned) == 7 ? "seven" : "other";
    return 1;
}
static void serve(void) E_NOTELOCALS;
static void serve(void)
{
    int copied = 0;
    char *turned = NULL;
    EXPECT(MIGRATE_LOCAL(copied));
    EXPECT(MIGRATE_LOCAL(turned));
    kitsune_update("serve");
    EXPECT(copied == 6);
    EXPECT(strcmp(turned, "seven") == 0);
    printf("scene ends\n");
    exit(0);
}
int main(void)
{
    serve();
    return 1;
}
END
hand_written_scene

# kitsune update: by hand only when the version says so, or the person does.
mkdir -p waiting none hand
cat >waiting/app.c <<'END'
#include "scene.h"
#include <unistd.h>
int number = 1;
#ifdef BY_HAND
int GLOBAL_XFORM(number)(void *variable)
{
    *(int *)variable = 1000 + *(int *)GET_OLD_GLOBAL(number);
    return 1;
}
#endif
int main(void)
{
    kitsune_do_automigrate();
    if (!kitsune_is_updating())
        number = 2;
    for (int i = 0; i < 60000; i++) {
        kitsune_update("loop");
        if (i == 0) {
            printf("v%d has %d\n", VERSION, number);
            fflush(stdout);
        }
        usleep(1000);
    }
    return 0;
}
END
cp waiting/app.c none/
cp waiting/app.c hand/
check "builds" eval 'build_version waiting -DVERSION=1 && build_version none -DVERSION=2 &&
                     build_version hand -DVERSION=3 -DBY_HAND -Wno-missing-prototypes'
start log kitsune run ./waiting.so
check "starts" wait_line 10 log '^v1 has 2$'
expect_error "no transformer at all: refused, xfgen is named" 1 'xfgen' \
    kitsune update $started ./none.so
check "--manual copies bit for bit" kitsune update --manual $started ./none.so
check "it does" wait_line 10 log '^v2 has 2$'
check "a version with hand-written transformers needs no option" kitsune update $started ./hand.so
check "they are used" wait_line 10 log '^v3 has 1002$'
stop $started

# A transformer generated for one build, linked into another, is not taken for that build's.
rm -rf v1 v2 v1.so v2.so v2.so.d linked.so
mkdir v1 v2
cp waiting/app.c v1/app.c
sed 's/int number = 1;/long number = 1;/; s/%d has %d/%d has %ld/' waiting/app.c >v2/app.c
check "versions with a changed type build" \
    eval 'build_version v1 -DVERSION=1 && build_version v2 -DVERSION=2'
check "the transformer is generated" xfgen v1.so v2.so -o v1-v2.c
check "and linked into another build" kitcc -shared v2/app.o v1-v2.c -o linked.so
start log kitsune run ./v1.so
check "the old one starts" wait_line 10 log '^v1 has 2$'
expect_error "the build is told from the one it was made for" 1 'linked\.so is for another pair' \
    kitsune update $started ./linked.so
check "the one it was made for is reached" kitsune update $started ./v2.so --xf ./linked.so
check "with its state" wait_line 10 log '^v2 has 2$'
stop $started

# Generated to be linked in: the version carries it, as published build rules do.
check "a transformer to be linked in is generated" xfgen v1.so v2.so --link-in -o v1-v2.c
check "and linked into the new version" kitcc -shared v2/app.o v1-v2.c -o linked.so
start log kitsune run ./v1.so
check "the old one starts again" wait_line 10 log '^v1 has 2$'
check "it updates without another file" kitsune update $started ./linked.so
check "by the transformer it carries" wait_line 10 log '^v2 has 2$'
stop $started

end_of_test
