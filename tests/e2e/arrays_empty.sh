#!/bin/bash
# Arrays without elements: where they begin there may be nothing but what freed memory left, the
# first element of another array, or one object.
. "$(dirname "$0")/../lib/harness.sh"

# Types by which a pointer may lead into something (embedded) go another way through the heap engine.
for kind in "of their own" "embedded"; do
    embedded=
    [ "$kind" = embedded ] && embedded="struct host { long id; struct item inner; } *host;"

    scene "a pointer to where an array without elements begins ($kind)" <<END
@v1
struct item { struct item *next; long v; };
struct stack { struct item *top; int count; struct item *items E_PTRARRAY(self.count); };
struct queue { int count; struct item *items E_PTRARRAY(self.count); struct item *last; };
struct stack *stacks[3];
struct queue *queues[3];
$embedded
/* Memory that somebody else had before. */
static struct item *items(int count)
{
    struct item *left = malloc(sizeof *left);
    left->next = (void *)0x123456789abc;
    left->v = 77;
    free(left);
    return malloc(count * sizeof(struct item));
}
static void begin(void)
{
    for (int i = 0; i < 3; i++) {
        stacks[i] = malloc(sizeof *stacks[i]);
        stacks[i]->count = i;
        stacks[i]->top = stacks[i]->items = items(i);
        queues[i] = malloc(sizeof *queues[i]);
        queues[i]->count = i;
        queues[i]->last = queues[i]->items = items(i);
        for (int k = 0; k < i; k++)
            stacks[i]->items[k] = queues[i]->items[k] = (struct item){stacks[i]->items, i};
    }
}
@v2
struct item { int more; struct item *next; long v; };
struct stack { struct item *top; int count; struct item *items E_PTRARRAY(self.count); };
struct queue { int count; struct item *items E_PTRARRAY(self.count); struct item *last; };
struct stack *stacks[3];
struct queue *queues[3];
$embedded
static void verify(void)
{
    for (int i = 0; i < 3; i++) {
        EXPECT(stacks[i]->count == i && stacks[i]->top == stacks[i]->items);
        EXPECT(queues[i]->count == i && queues[i]->last == queues[i]->items);
        EXPECT(stacks[i]->items && queues[i]->items);
        if (i)
            EXPECT(stacks[i]->items[i - 1].v == i && queues[i]->items[i - 1].v == i &&
                   queues[i]->items[0].next == stacks[i]->items);
    }
}
END

    scene "no elements of an array that has some ($kind)" <<END
@common
struct span { int count; struct item *start E_PTRARRAY(self.count); };
@v1
struct item { int v; };
struct span none_first[4], some[4], none_last[4];
$embedded
static void begin(void)
{
    for (int i = 1; i < 4; i++) {
        some[i].count = i;
        some[i].start = malloc(i * sizeof(struct item));
        for (int k = 0; k < i; k++)
            some[i].start[k].v = 10 * i + k;
        none_first[i].start = none_last[i].start = some[i].start;
    }
}
@v2
struct item { long v; };
struct span none_first[4], some[4], none_last[4];
$embedded
static void verify(void)
{
    for (int i = 1; i < 4; i++) {
        EXPECT(some[i].count == i && !none_first[i].count && !none_last[i].count);
        EXPECT(some[i].start[0].v == 10 * i && some[i].start[i - 1].v == 10 * i + i - 1);
        EXPECT(none_first[i].start == some[i].start && none_last[i].start == some[i].start);
    }
}
END

    scene "no elements at one object ($kind)" <<END
@common
struct span { int count; struct item *start E_PTRARRAY(self.count); };
@v1
struct item { long v[6]; };
struct span none_first;
struct item *one;
struct span none_last;
$embedded
static void begin(void)
{
    one = malloc(sizeof *one);
    for (int i = 0; i < 6; i++)
        one->v[i] = 100 + i;
    none_first.start = none_last.start = one;
}
@v2
struct item { long more, v[6]; };
struct span none_first;
struct item *one;
struct span none_last;
$embedded
static void verify(void)
{
    EXPECT(one->v[0] == 100 && one->v[5] == 105);
    EXPECT(none_first.start == one && none_last.start == one);
}
END
done
