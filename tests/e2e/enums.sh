#!/bin/bash
# Enums: by the names of their values, and what cannot be known about them.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

scene "names stay, values move; names are added" <<'END'
@v1
enum state { IDLE, BUSY, DONE };
typedef enum { RED, GREEN } colour;
enum wide { SMALL = 1, LARGE = 0x7fffffff };
enum __attribute__((packed)) tiny { ONE, TWO };
struct job {
    enum state state;
    colour colour;
    enum state history[3];
    enum state short_one : 2;
    struct job *next;
};
struct job *jobs;
enum state direct;
enum state *pointed = &direct;
enum wide wide;
enum tiny tiny;
static void begin(void)
{
    jobs = calloc(1, sizeof *jobs);
    jobs->state = DONE;
    jobs->colour = GREEN;
    jobs->history[1] = BUSY;
    jobs->history[2] = DONE;
    jobs->short_one = BUSY;
    jobs->next = malloc(sizeof *jobs);
    *jobs->next = *jobs;
    jobs->next->next = NULL;
    direct = BUSY;
    wide = LARGE;
    tiny = TWO;
}
@v2
enum state { IDLE, WAITING, BUSY, DONE };
typedef enum { BLUE, GREEN, RED } colour;
enum wide { LARGE = -5, SMALL = 3 };
enum __attribute__((packed)) tiny { ZERO, ONE, TWO };
struct job {
    enum state state;
    colour colour;
    enum state history[3];
    enum state short_one : 3;
    struct job *next;
};
struct job *jobs;
enum state direct;
enum state *pointed = &direct;
enum wide wide;
enum tiny tiny;
static void verify(void)
{
    EXPECT(jobs->state == DONE && jobs->colour == GREEN && jobs->short_one == BUSY);
    EXPECT(jobs->history[0] == IDLE && jobs->history[1] == BUSY && jobs->history[2] == DONE);
    EXPECT(jobs->next->state == DONE && jobs->next->next == NULL);
    EXPECT(direct == BUSY && pointed == &direct && wide == LARGE && tiny == TWO);
}
END

scene "enums and integers" <<'END'
@v1
enum level { LOW = -1, HIGH = 7 };
struct set { enum level to_int; int to_enum; enum level to_long; enum level stays; } *set;
static void begin(void)
{
    set = malloc(sizeof *set);
    *set = (struct set){LOW, 7, HIGH, LOW};
}
@v2
enum level { LOW = -1, HIGH = 7 };
struct set { long more; int to_int; enum level to_enum; long to_long; enum level stays; } *set;
static void verify(void)
{
    EXPECT(set->to_int == -1 && set->to_enum == HIGH && set->to_long == 7 && set->stays == LOW);
}
END

pair "a name whose value another name has now" <<'END'
@v1
enum state { IDLE, RUNNING, DONE };
struct job { enum state state; } *jobs;
@v2
enum state { IDLE, BUSY, DONE };
struct job { enum state state; } *jobs;
END
xfgen_says "a value that means something else now" \
    "error: enum state: 'RUNNING' is gone, and its value 1 is 'BUSY' now" \
    'when it is the same under a new name, write: enum state -> enum state: \{ \$out = \$in; \}' \
    </dev/null
cat >rules.xf <<'END'
enum state -> enum state: { $out = $in; }
END
check "a rule for the enum decides" build_transformer v1 v2 rules.xf
cat >rules.xf <<'END'
struct job.state -> struct job.state: { $out = $in; }
END
check "or one for the member" build_transformer v1 v2 rules.xf

pair "a name whose value another name has now, among others that moved" <<'END'
@v1
enum state { IDLE, RUNNING, DONE };
enum state state;
@v2
enum state { DONE, BUSY, IDLE };
enum state state;
END
xfgen_says "the rule to write maps them all" \
    'case \$oldsym\(RUNNING\): \$out = \$newsym\(BUSY\); break;' </dev/null
sed -n 's/.*write: \(enum state -> .*\)/\1/p' <<<"$xfgen_output" >rules.xf
check "and can be pasted" build_transformer v1 v2 rules.xf

scene "enumerators of both versions in rules" <<'END'
@v1
enum state { IDLE, RUNNING, DONE };
typedef enum { OFF, ON } power;
struct job { enum state state; power power; } job, *heap;
static void begin(void)
{
    job = (struct job){RUNNING, ON};
    heap = malloc(sizeof *heap);
    *heap = (struct job){DONE, OFF};
}
@v2
enum state { DONE = 4, BUSY, IDLE };
typedef enum { STANDBY = 7, OFF = 8, FULL = 9 } power;
struct job { enum state state; power power; } job, *heap;
static void verify(void)
{
    EXPECT(job.state == BUSY && job.power == FULL);
    EXPECT(heap->state == DONE && heap->power == OFF);
}
@xf
enum state -> enum state: {
    switch ($in) {
    case $oldsym(RUNNING): $out = $newsym(BUSY); break;
    case $oldsym(DONE): $out = $newsym(DONE); break;
    default: $out = $newsym(IDLE); break;
    }
}
typedef power -> typedef power: { $out = $in == $oldsym(ON) ? $newsym(FULL) : $newsym(OFF); }
END

pair "values that are gone" <<'END'
@v1
enum state { IDLE, RUNNING, DONE };
struct job { enum state state; } *jobs;
@v2
enum state { IDLE, RUNNING };
struct job { enum state state; } *jobs;
END
xfgen_warns "a name that is gone is told" "enum state: 'DONE' is gone: the update is refused when something" \
    'to map it to another, write: enum state -> enum state: \{' </dev/null

refused_scene "an old value without a namesake" \
    "jobs->history\[\] is DONE \(2\) of enum state, which has no namesake in the new version; write a rule" <<'END'
@v1
enum state { IDLE, RUNNING, DONE };
struct job { enum state history[2]; } *jobs;
static void begin(void)
{
    jobs = calloc(1, sizeof *jobs);
    jobs->history[1] = DONE;
}
static void unharmed(void) { EXPECT(jobs->history[1] == DONE); }
@v2
enum state { IDLE, RUNNING };
struct job { enum state history[2]; } *jobs;
static void verify(void) { }
END

scene "flags stay as they are while their values do" <<'END'
@v1
enum flags { READ = 1, WRITE = 2, EXECUTE = 4 };
struct file { enum flags flags; struct file *next; } *file;
static void begin(void)
{
    file = calloc(1, sizeof *file);
    file->flags = READ | EXECUTE;
}
@v2
enum flags { READ = 1, WRITE = 2, EXECUTE = 4, APPEND = 8 };
struct file { enum flags flags; struct file *next; } *file;
static void verify(void) { EXPECT(file->flags == (READ | EXECUTE)); }
END

scene "flags whose values move, and flags bit by bit" <<'END'
@v1
enum flags { NONE, READ = 1, WRITE = 2, EXECUTE = 4 };
struct file { enum flags flags; struct file *next; } *file;
static void begin(void)
{
    file = calloc(1, sizeof *file);
    file->flags = READ | EXECUTE;
}
@v2
enum flags { NONE, EXECUTE = 1, READ = 2, WRITE = 8 };
struct file { enum flags flags; struct file *next; } *file;
static void verify(void) { EXPECT(file->flags == (READ | EXECUTE)); }
END

refused_scene "a value that is no combination of flags" \
    "file->flags is a value \(9\) of enum flags, which has no namesake in the new version; write a rule" <<'END'
@v1
enum flags { READ = 1, WRITE = 2, EXECUTE = 4 };
struct file { enum flags flags; } *file;
static void begin(void)
{
    file = calloc(1, sizeof *file);
    file->flags = (enum flags)9;
}
static void unharmed(void) { EXPECT(file->flags == 9); }
@v2
enum flags { READ = 1, WRITE = 4, EXECUTE = 2 };
struct file { enum flags flags; } *file;
static void verify(void) { }
END

scene "INIT of enums and other types, typedef members, locals' members" <<'END'
@common
#define OWN_MAIN
@v1
typedef struct { int old_member, kept; } settings;
struct old { int a; } old;
settings global;
int main(void) E_NOTELOCALS
{
    settings local = {5, 6};
    global.old_member = 7;
    old.a = 8;
    kitsune_set_next_version("./v2.so");
    kitsune_signal_update();
    kitsune_update("here");
    return local.kept;
}
@v2
enum state { OFF, ON = 3 };
union value { int i; float f; };
typedef int counter;
struct fresh { int n; };
typedef struct { int new_member, kept; enum state state; union value value; counter counter; struct fresh fresh; } settings;
struct old { int a; enum state state; counter more[2]; } old;
settings global;
enum state standalone;
counter alone;
union value single;
int main(void) E_NOTELOCALS
{
    settings local = {0};
    kitsune_do_automigrate();
    EXPECT(MIGRATE_LOCAL(local));
    EXPECT(local.new_member == 50 && local.kept == 6 && local.state == ON && local.value.i == 4);
    EXPECT(global.new_member == 70 && global.counter == 9 && global.fresh.n == 11);
    EXPECT(old.a == 8 && old.state == ON && standalone == ON && alone == 9 && single.i == 4);
    EXPECT(old.more[1] == 0);
    kitsune_update("here");
    puts("scene ends");
    return 0;
}
@xf
typedef settings.old_member -> typedef settings.new_member: { $out = 10 * $in; }
INIT enum state: { $out = $newsym(ON); }
INIT union value: { $out.i = 4; }
INIT typedef counter: { $out = 9; }
INIT struct fresh: { $out.n = 11; }
END

end_of_test
