#!/bin/bash
# What xfgen says about E_CONTAINER where it does not fit, and when it is missing; updates that are
# refused because a list is not what it seems.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

# both NAME PATTERN... < C of both versions, in which NUMBER is int and long; ITEM is the usual item.
both() {
    local name=$1 text
    shift
    text=$(cat)
    pair "$name" <<END
@common
struct list_head { struct list_head *next, *prev; };
#define ITEM struct item { NUMBER value; struct list_head link; }; struct item *any;
@v1
#define NUMBER int
$text
@v2
#define NUMBER long
$text
END
    xfgen_says "$name" "$@" </dev/null
}

both "a type that does not exist" \
    "error: E_CONTAINER\(struct itme, link\): .*has no type" "did you mean 'struct item'" <<'END'
ITEM
struct list_head items E_CONTAINER(struct itme, link);
END
both "a member that does not exist" \
    "error: .*struct item has no member 'lnik'; did you mean 'link'" <<'END'
ITEM
struct list_head items E_CONTAINER(struct item, lnik);
END
both "a path that breaks off" "error: .*struct item has no member 'io'" <<'END'
ITEM
struct list_head items E_CONTAINER(struct item, io.link);
END
both "no member at all" "error: .*a type and its member are needed" <<'END'
ITEM
struct list_head items E_CONTAINER(struct item);
END
both "a type that has no members" "error: .*'int' is not a struct with members" <<'END'
ITEM
struct list_head items E_CONTAINER(int, link);
END
both "a member of another type than the pointer's" \
    "error: 'cursor' is E_CONTAINER\(struct item, value\), whose member is '.*', but leads to 'struct list_head'" <<'END'
ITEM
struct list_head *cursor E_CONTAINER(struct item, value);
END
both "a pointer to the item itself" "error: 'first' is E_CONTAINER" "leave the annotation out" <<'END'
ITEM
struct item *first E_CONTAINER(struct item, link);
END
both "a head whose pointers do not lead there" \
    "error: E_CONTAINER\(struct item, value\) on 'items'.*no pointer in it leads to struct item\.value" <<'END'
ITEM
struct list_head items E_CONTAINER(struct item, value);
END
both "a number" "error: E_CONTAINER.* on 'count'.*no pointer in it" 'it belongs on a link' <<'END'
ITEM
NUMBER count E_CONTAINER(struct item, link);
END
both "links that are elements of an array" "error: .*the member is an array" <<'END'
struct item { NUMBER value; struct list_head levels[4]; };
struct item *any;
struct list_head items E_CONTAINER(struct item, levels);
END
both "a parameter without a value" "error: E_CONTAINER\(@t, link\): type parameter @t has no value" <<'END'
ITEM
struct queue { struct list_head items E_CONTAINER(@t, link); } E_GENERIC(@t);
struct queue queue;
END
both "a list that is not annotated at all" \
    "app\.c:[0-9]+:[0-9]+: error: 'items' is a 'struct list_head': what the pointers in it lead to is not known" \
    "annotate it .*E_CONTAINER\(struct item, link\)" <<'END'
ITEM
struct list_head items;
END
both "a head that is not annotated, other than the link" "error: 'items' is a 'struct list_head'" <<'END'
struct item { NUMBER value; struct list_head link E_CONTAINER(struct item, link); };
struct item *any;
struct list_head items;
END

pair "an annotation of the new version, in which the link has another name" <<'END'
@common
struct list_head { struct list_head *next, *prev; };
@v1
struct item { int value; struct list_head link; };
struct list_head items;
struct item *any;
@v2
struct item { long value; struct list_head lru; };
struct list_head items E_CONTAINER(struct item, lru);
struct item *any;
END
xfgen_says "an annotation of the new version, in which the link has another name" \
    "error: 'items.next' is E_CONTAINER\(struct item, lru\) in the new version only; in the old one: struct item has no member 'lru'" \
    "annotate it in the old version too" </dev/null

pair "a rule that converts a link by itself" <<'END'
@common
struct list_head { struct list_head *next, *prev; };
@v1
struct item { int value; struct list_head link; };
struct list_head items E_CONTAINER(struct item, link);
struct item *any;
@v2
struct item { long value; struct list_head link; };
struct list_head items E_CONTAINER(struct item, link);
struct item *any;
END
xfgen_says "a rule that converts a link by itself" \
    "a rule converts a 'struct list_head' by .xform: what the pointers in it lead to is not known" \
    "write rules for the other members instead" <<'END'
struct item -> struct item: {
    $out.value = $in.value;
    XF_INVOKE($xform(struct list_head, struct list_head), &$in.link, &$out.link);
}
END

# ---- When the update comes to it -----------------------------------------------------------------

refused_scene "items that are no allocations, and nobody says of what they are part" \
    'struct item.*(is not the start of an allocation|neither such an item nor the head)' <<'END'
@common
struct list_head { struct list_head *next, *prev; };
@v1
struct item { int value; struct list_head link; };
struct list_head items E_CONTAINER(struct item, link) = {&items, &items};
static void begin(void)
{
    char *block = calloc(10, sizeof(struct item) + 8);
    for (int i = 0; i < 10; i++) {
        struct item *item = (struct item *)(block + i * (sizeof *item + 8) + 8);
        item->link.next = &items;
        item->link.prev = items.prev;
        items.prev->next = &item->link;
        items.prev = &item->link;
        item->value = i;
    }
}
static void unharmed(void)
{
    int count = 0;
    for (struct list_head *p = items.next; p != &items && p->next->prev == p; p = p->next)
        count++;
    EXPECT(count == 10);
}
@v2
struct item { struct list_head link; char more[100]; long value; };
struct list_head items E_CONTAINER(struct item, link);
struct item *unused;
static void verify(void) { }
END

refused_scene "a link that leads into something else" \
    'a link in a list of struct item .*neither such an item nor the head' <<'END'
@common
struct list_head { struct list_head *next, *prev; };
struct holder { struct list_head items E_CONTAINER(struct item, link); } *holder;
char *unrelated E_OPAQUE;
@v1
struct item { int value; struct list_head link; };
static void begin(void)
{
    struct item *item = calloc(1, sizeof *item);
    holder = malloc(sizeof *holder);
    unrelated = calloc(1, 400);
    holder->items = (struct list_head){&item->link, &item->link};
    item->link = (struct list_head){&holder->items, (struct list_head *)(unrelated + 200)};
}
static void unharmed(void)
{
    EXPECT(holder->items.next == holder->items.prev);
    EXPECT(holder->items.next->next == &holder->items);
    EXPECT(holder->items.next->prev == (struct list_head *)(unrelated + 200));
}
@v2
struct item { struct list_head link; char more[100]; long value; };
struct item *unused;
static void verify(void) { }
END

end_of_test
