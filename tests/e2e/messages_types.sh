#!/bin/bash
# What xfgen says about the program's declarations: their own place, the line, the caret, the cure.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/messages.sh"

# said_at NAME TEXT COLUMN PATTERN: a message with the pattern is about the line of v2/app.c (or, when
# PATTERN begins with v1, of v1/app.c) that TEXT begins, with the line and a caret below it.
said_at() {
    local name=$1 text=$2 column=$3 pattern=$4 file=v2/app.c line below
    if [[ $pattern == v1:* ]]; then
        file=v1/app.c
        pattern=${pattern#v1:}
    fi
    line=$(grep -n -m1 -F "$text" $file | cut -d: -f1)
    check_match "$name: the place" "^$file:$line:$column: (error|warning): .*$pattern" "$xfgen_output"
    below=$(grep -A2 "^$file:$line:$column: .*$pattern" <<<"$xfgen_output")
    check_equal "$name: the line" "$(sed -n "${line}p" $file)" "$(sed -n 2p <<<"$below")"
    check_match "$name: the caret" "^ {$((column - 1))}\^" "$(sed -n 3p <<<"$below")"
}

pair "declarations that need a decision" <<'END'
@v1
struct item { int id; struct item *next; };
struct item *items;
struct record { long size; void *data; struct record *next; };
struct record *records;
int table[4];
union cell { char *text; long number; } cell;
struct old_entry { int key; };
struct holder { struct old_entry *entries[4]; } holder;
struct item **many;
struct tail { int used; struct item *items[]; } *tail;
int former_name = 1;
int (*handler)(int);
@v2
struct item { long id; struct item *next; };
struct item *items;
struct record { short size; void *data; struct record *next; };
struct record *records;
int table[2];
union cell { long number; char *text; int added; } cell;
struct new_entry { long key; };
struct holder { struct new_entry *entries[4]; } holder;
struct item **many;
struct tail { int used; struct item *items[]; } *tail;
int former_names = 1;
int *handler;
END
xfgen_says "undecided" '^xfgen: [0-9]+ errors; no transformer written' </dev/null
said_at "a number that may not fit" 'struct record {' 23 "'records->size' changes from 'long' to 'short'"
said_at "a void *" 'struct record {' 35 "'records->data' is a void \*"
said_at "an array" 'int table' 5 "'table' shrinks from 4 to 2"
said_at "a union" 'union cell' 7 "'cell' is a union"
said_at "another struct" 'struct new_entry' 8 "changes from 'struct old_entry' to 'struct new_entry'"
said_at "a pointer to pointers" 'struct item **many' 15 "'many' leads to one pointer or to many"
said_at "a tail" 'struct tail' 38 "'tail->items' holds pointers"
said_at "what is gone" 'int former_name' 5 "v1:'former_name' is gone"
said_at "code and data" 'int *handler' 6 "'handler' changes between"

pair "annotations that are wrong" <<'END'
@common
struct gen { void E_T(@t) *value; struct gen E_G(@t) *next; } E_GENERIC(@t);
struct array { int used; struct item **E_PTRARRAY(self.usd) slots; };
struct global { struct item **E_PTRARRAY(table_sise) slots; };
int table_size = 1;
@v1
struct item { int id; struct item *next; };
struct gen E_G(struct item, int) *list;
struct array array;
struct global global;
void E_T(struct itm) *typed;
@v2
struct item { long id; struct item *next; };
struct gen E_G(struct item, int) *list;
struct array array;
struct global global;
void E_T(struct itm) *typed;
END
xfgen_says "annotations" 'E_G\(struct item, int\) gives 2 types, but E_GENERIC\(@t\) at .*:[0-9]+ has 1$' \
    "did you mean 'struct item'" </dev/null
said_at "E_G" 'struct gen E_G(struct item, int)' 12 "v1:gives 2 types"
said_at "E_T" 'void E_T(struct itm)' 6 "v1:has no type 'itm'"
sed -i 's/struct item, int/struct item/; s/struct itm/struct item/' v1/app.c v2/app.c
check "some are right now" eval 'build_version v1 -I. && build_version v2 -I.'
xfgen_says "a member in a length" "has no member 'usd'" "did you mean 'used'" </dev/null
said_at "a member in a length" 'struct array {' 40 "v1:has no member 'usd'"
sed -i 's/self\.usd/self.used/' v1/app.c v2/app.c
check "one is left" eval 'build_version v1 -I. && build_version v2 -I.'
xfgen_says "a variable in a length" "nothing is known by the name 'table_sise'" \
    "did you mean 'table_size'" </dev/null
said_at "a variable in a length" 'struct global {' 31 "v1:the name 'table_sise'"
sed -i 's/table_sise/table_size/' v1/app.c v2/app.c
check "none is left" eval 'build_version v1 -I. && build_version v2 -I.'
xfgen_is_silent "all are right" </dev/null

# Lengths that are no expressions are told of where they stand, not in generated code.
length_is() {
    sed -i "s/^struct array {.*/struct array { int used; struct item **E_PTRARRAY($1) slots; };/" \
        v1/app.c v2/app.c
    check "the length is $1" eval 'build_version v1 -I. && build_version v2 -I.'
}
for length in '' 'self.used +' '3, 4' 'self.used self.used' 'self.used[' '!' 'self.used = '; do
    length_is "$length"
    xfgen_says "'$length' as a length" 'E_PTRARRAY\(.*\): not an expression of C' </dev/null
done
for length in 'self.used' 'self.used + 1' '(self.used * 2) - 1' '(size_t)self.used' \
    'self.used > 4 ? 4 : self.used' 'sizeof(int) * 2' '~0 \& 3' '-(-3)' '0x10u << 1' \
    '(unsigned long)table_size' 'self.used \&\& table_size || 1' '!self.used'; do
    length_is "$length"
    xfgen_is_silent "'$length' as a length" </dev/null
    check "'$length' as a length: compiles" kitcc -fsyntax-only out.c
done

end_of_test
