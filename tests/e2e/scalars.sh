#!/bin/bash
# Numbers of every kind: unusual ones, ones that become others, and bit-fields.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

scene "numbers that widen, wherever they are" <<'END'
@v1
#include <wchar.h>
#include <uchar.h>
struct values {
    char first;
    _Bool flag;
    signed char small;
    unsigned short medium;
    int number;
    unsigned positive;
    float real;
    double precise;
    _Complex float point;
    char16_t half;
} values, *heap;
_Bool truth = 0;
__int128 huge = 1;
static void begin(void)
{
    truth = 1;
    huge = -((__int128)5 << 90);
    values = (struct values){'x', 1, -7, 65535, -100000, 4000000000u, 1.5f, 1e-300, 1, 0xd83d};
    __imag__ values.point = -2;
    heap = malloc(sizeof *heap);
    *heap = values;
}
@v2
#include <wchar.h>
#include <uchar.h>
struct values {
    char first;
    int flag;
    long small;
    int medium;
    double number;
    long positive;
    double real;
    long double precise;
    _Complex double point;
    char32_t half;
} values, *heap;
int truth = 0;
__int128 huge = 1;
static void verify(void)
{
    EXPECT(truth == 1 && huge == -((__int128)5 << 90));
    EXPECT(heap->first == 'x' && heap->flag == 1 && heap->small == -7 && heap->medium == 65535);
    EXPECT(heap->number == -100000.0 && heap->positive == 4000000000l);
    EXPECT(heap->real == 1.5 && heap->precise == (long double)1e-300);
    EXPECT(__real__ heap->point == 1 && __imag__ heap->point == -2 && heap->half == 0xd83d);
    EXPECT(values.small == -7 && values.precise == (long double)1e-300);
}
END

scene "_Atomic, volatile, const and restrict come and go" <<'END'
@v1
#include <stdatomic.h>
struct pair { int a, b; };
struct node { int value; struct node *next; };
struct counters {
    atomic_int plain;
    _Atomic struct pair pair;
    struct node *_Atomic head;
    const int fixed;
    volatile long watched;
    char *restrict text;
};
struct counters *counters;
_Atomic long total = 1;
atomic_bool ready = 0;
int becomes_atomic = 1;
static void begin(void)
{
    struct pair pair = {3, 4};

    counters = calloc(1, sizeof *counters);
    atomic_store(&counters->plain, 5);
    atomic_store(&counters->pair, pair);
    struct node *node = malloc(sizeof *node);
    *node = (struct node){6, NULL};
    atomic_store(&counters->head, node);
    *(int *)&counters->fixed = 7;
    counters->watched = 8;
    counters->text = strdup("nine");
    atomic_store(&total, 10);
    ready = 1;
    becomes_atomic = 11;
}
@v2
#include <stdatomic.h>
struct pair { int a, b; };
struct node { long value; struct node *next; };
struct counters {
    char *restrict text;
    volatile long watched;
    const long fixed;
    struct node *_Atomic head;
    _Atomic struct pair pair;
    atomic_long plain;
};
struct counters *counters;
_Atomic long total = 1;
atomic_bool ready = 0;
_Atomic long becomes_atomic = 1;
static void verify(void)
{
    struct pair pair = atomic_load(&counters->pair);

    EXPECT(counters->plain == 5 && pair.a == 3 && pair.b == 4);
    EXPECT(atomic_load(&counters->head)->value == 6);
    EXPECT(counters->fixed == 7 && counters->watched == 8 && strcmp(counters->text, "nine") == 0);
    EXPECT(total == 10 && ready == 1 && becomes_atomic == 11);
}
END

scene "vectors, and numbers of unusual widths" <<'END'
@v1
typedef float four_floats __attribute__((vector_size(16)));
typedef int eight_ints __attribute__((vector_size(32)));
struct lane { char tag; four_floats v; };
struct lane *lane;
four_floats direct;
eight_ints wide;
__float128 quad = 1;
long double extended = 1;
_Complex long double spin = 1;
unsigned __int128 mask = 1;
static void begin(void)
{
    lane = malloc(sizeof *lane);
    lane->tag = 't';
    lane->v = (four_floats){1, 2, 3, 4};
    direct = lane->v + lane->v;
    wide = (eight_ints){1, 2, 3, 4, 5, 6, 7, 8};
    quad = 2.5;
    extended = 1.25L;
    __imag__ spin = -1;
    mask = (unsigned __int128)1 << 127;
}
@v2
typedef float four_floats __attribute__((vector_size(16)));
typedef int eight_ints __attribute__((vector_size(32)));
struct lane { int tag; char more; four_floats v; };
struct lane *lane;
four_floats direct;
eight_ints wide;
__float128 quad = 1;
long double extended = 1;
_Complex long double spin = 1;
unsigned __int128 mask = 1;
static void verify(void)
{
    EXPECT(lane->tag == 't' && lane->v[0] == 1 && lane->v[3] == 4);
    EXPECT((uintptr_t)lane % 16 == 0);
    EXPECT(direct[1] == 4 && wide[7] == 8);
    EXPECT(quad == 2.5 && extended == 1.25L && __imag__ spin == -1);
    EXPECT(mask >> 127 == 1);
}
END

scene "wide strings" <<'END'
@v1
#include <wchar.h>
#include <uchar.h>
struct name { wchar_t *text; char16_t *short_text; wchar_t inside[6]; };
struct name *name;
const wchar_t *literal = L"first";
static void begin(void)
{
    name = calloc(1, sizeof *name);
    name->text = wcsdup(L"wide");
    name->short_text = calloc(4, sizeof(char16_t));
    memcpy(name->short_text, u"abc", 8);
    wcscpy(name->inside, L"inner");
    literal = L"a literal of the old version";
}
@v2
#include <wchar.h>
#include <uchar.h>
struct name { long more; wchar_t inside[8]; char16_t *short_text; wchar_t *text; };
struct name *name;
const wchar_t *literal = L"first";
static void verify(void)
{
    EXPECT(wcscmp(name->text, L"wide") == 0 && memcmp(name->short_text, u"abc", 8) == 0);
    EXPECT(wcscmp(name->inside, L"inner") == 0 && name->inside[7] == 0);
    EXPECT(wcscmp(literal, L"a literal of the old version") == 0);
}
END

scene "bit-fields: widened, moved, signed, straddling, unnamed" <<'END'
@v1
enum level { LOW, MIDDLE, HIGH };
struct flags {
    unsigned a : 3;
    signed b : 4;
    unsigned : 0;
    _Bool c : 1;
    enum level level : 2;
    unsigned : 5;
    unsigned long far : 40;
    int plain;
    unsigned char tail : 7;
};
struct packed { unsigned a : 5, b : 13, c : 29; } __attribute__((packed));
struct flags flags, *heap;
struct packed packed[2];
static void begin(void)
{
    flags = (struct flags){5, -8, 1, HIGH, 0xabcdef0123, -9, 100};
    heap = malloc(sizeof *heap);
    *heap = flags;
    heap->b = 7;
    packed[1] = (struct packed){31, 8191, 0x1fffffff};
}
@v2
enum level { LOW, MIDDLE, HIGH };
struct flags {
    unsigned char tail : 7;
    int plain : 30;
    _Bool c : 1;
    int : 0;
    signed b : 9;
    enum level level : 4;
    unsigned a : 4;
    unsigned long far : 44;
};
struct packed { unsigned c : 30, b : 14, a : 6; } __attribute__((packed));
struct flags flags, *heap;
struct packed packed[2];
static void verify(void)
{
    EXPECT(flags.a == 5 && flags.b == -8 && flags.c == 1 && flags.level == HIGH);
    EXPECT(flags.far == 0xabcdef0123 && flags.plain == -9 && flags.tail == 100);
    EXPECT(heap->a == 5 && heap->b == 7 && heap->far == 0xabcdef0123 && heap->tail == 100);
    EXPECT(packed[1].a == 31 && packed[1].b == 8191 && packed[1].c == 0x1fffffff);
}
@xf
struct flags.plain -> struct flags.plain: { $out = $in; }
END

scene "bit-fields become members, members become bit-fields" <<'END'
@v1
struct mix { unsigned narrow : 6; signed below : 5; int wide; char letter; _Bool yes; unsigned rest : 20; };
struct mix mix, *heap;
static void begin(void)
{
    mix = (struct mix){50, -16, 1, 'q', 1, 1000000};
    heap = malloc(sizeof *heap);
    *heap = mix;
}
@v2
struct mix { unsigned rest : 21; int letter : 9; unsigned yes : 1; int narrow, below; int wide; };
struct mix mix, *heap;
static void verify(void)
{
    EXPECT(mix.narrow == 50 && mix.below == -16 && mix.wide == 1 && mix.letter == 'q');
    EXPECT(mix.yes == 1 && mix.rest == 1000000);
    EXPECT(heap->narrow == 50 && heap->below == -16 && heap->letter == 'q' && heap->rest == 1000000);
}
END

scene "volatile structs, const members by rule, atomic flags and pointers" <<'END'
@v1
#include <stdatomic.h>
#include <signal.h>
struct status { volatile sig_atomic_t stop; const char *const name; atomic_flag flag; _Atomic(int *) place; };
struct status status = {.name = "one"};
volatile struct { int a; char *volatile text; } shared;
int target = 5;
static void begin(void)
{
    status.stop = 1;
    atomic_flag_test_and_set(&status.flag);
    atomic_store(&status.place, &target);
    shared.a = 3;
    shared.text = strdup("text");
}
@v2
#include <stdatomic.h>
#include <signal.h>
struct status { atomic_flag flag; volatile sig_atomic_t stop; const char *const name; _Atomic(int *) place; const int fixed; };
struct status status = {.name = "two", .fixed = 1};
volatile struct { char *volatile text; long a; } shared;
int target = 5;
static void verify(void)
{
    EXPECT(status.stop == 1 && atomic_flag_test_and_set(&status.flag) && atomic_load(&status.place) == &target);
    EXPECT(shared.a == 3 && strcmp(shared.text, "text") == 0 && strcmp(status.name, "one") == 0);
    EXPECT(status.fixed == 7);
}
@xf
INIT struct status.fixed: { $out = 7; }
END

# ---- What may not fit ----------------------------------------------------------------------------

pair "values that may not fit" <<'END'
@v1
int to_unsigned;
unsigned to_signed;
long to_float;
double to_int;
long double to_double;
__int128 to_long;
int to_bool;
int to_char;
_Complex double to_real;
struct bits { int whole; unsigned wide : 9; unsigned sign : 8; int positive : 8; } bits;
@v2
unsigned to_unsigned;
int to_signed;
float to_float;
int to_int;
double to_double;
long to_long;
_Bool to_bool;
char to_char;
double to_real;
struct bits { int whole : 31; unsigned wide : 8; int sign : 8; unsigned positive : 9; } bits;
END
xfgen_says "numbers that may not fit" \
    "'to_unsigned' changes from 'int' to 'unsigned int', which does not hold every value" \
    "'to_signed' changes from 'unsigned int' to 'int'" \
    "'to_float' changes from 'long' to 'float'" \
    "'to_int' changes from 'double' to 'int'" \
    "'to_double' changes from 'long double' to 'double'" \
    "'to_long' changes from '__int128' to 'long'" \
    "'to_bool' changes from 'int' to '_Bool'" \
    "'to_char' changes from 'int' to 'char'" \
    "'to_real' changes from '_Complex double' to 'double'" \
    "'bits\.whole' .* to 'int : 31'" "'bits\.wide' .* to 'unsigned int : 8'" \
    "'bits\.sign' changes" "'bits\.positive' changes" \
    </dev/null
cat >rules.xf <<'END'
to_unsigned -> to_unsigned, to_signed -> to_signed, to_float -> to_float, to_int -> to_int,
to_double -> to_double, to_long -> to_long, to_bool -> to_bool, to_char -> to_char,
to_real -> to_real, bits.whole -> bits.whole, bits.wide -> bits.wide, bits.sign -> bits.sign,
bits.positive -> bits.positive: { $out = $in; }
END
check "one rule for all of them decides" build_transformer v1 v2 rules.xf

end_of_test
