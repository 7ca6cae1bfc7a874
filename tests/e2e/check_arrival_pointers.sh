#!/bin/bash
# kitsune check: what the new version sends on its way to its update point by calls through pointers.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/found.sh"

# pointer_program DECLARATION STATEMENT
pointer_program() {
    cat <<END
#include <kitsune.h>
#include <stdlib.h>
#include <sys/socket.h>
int client = -1, rounds, numbers[8];
static __attribute__((noinline)) int greet(const void *left, const void *right)
{
    rounds += left == right;
#ifndef MENDED
    rounds += (int)send(client, "hello", 5, 0); // HERE
#endif
    return rounds;
}
static __attribute__((noinline)) int count(const void *left, const void *right)
{
    return rounds += left != right;
}
$1
int main(void)
{
    kitsune_do_automigrate();
    $2
    kitsune_update("loop");
    return count(0, greet) + greet(0, count) + client + numbers[3];
}
// ALONE
END
}
certain="'greet' calls send here, on the way to the update point"
perhaps="'greet' calls send here, perhaps on the way to the update point, where a function out of '"
found "given to qsort" warning "$certain" \
    < <(pointer_program '' 'qsort(numbers, 8, sizeof *numbers, greet);')
found "given to a function of the program" warning "$certain" < <(pointer_program '
static __attribute__((noinline)) void each(int (*what)(const void *, const void *))
{
    for (int i = 0; i < rounds; i++)
        what(&i, numbers);
}' 'each(greet);')
found "a constant" warning "$certain" < <(pointer_program '
static const struct { const char *name; int (*what)(const void *, const void *); } one = {"x", greet};
' 'one.what(0, 0);')
table='struct { const char *name; int (*what)(const void *, const void *); } table[] =
    {{"a", count}, {"b", greet}, {"c", count}, {"d", count}, {"e", count}, {"f", count},
     {"g", count}, {"h", count}, {"i", count}, {"j", count}};'
found "in a constant table, one after the other" note "${perhaps}table'" \
    < <(pointer_program "static const $table" '
    for (size_t i = 0; i < (size_t)rounds; i++)
        table[i].what(0, table[i].name);')
found "in a constant table, one of them" note "${perhaps}table'" \
    < <(pointer_program "static const $table" 'table[rounds & 1].what(0, 0);')
found "in a table of its own, one of them" note "${perhaps}table'" \
    < <(pointer_program "static $table" '
    if (rounds == 7)
        table[5].what = greet;
    table[rounds & 1].what(0, 0);')
found "in a variable" note "${perhaps}variable'" \
    < <(pointer_program 'int (*variable)(const void *, const void *) = greet;' 'variable(0, 0);')

# ---- No update point -----------------------------------------------------------------------------

cat >app.c <<'C'
#include <kitsune.h>
#include <unistd.h>
int client = -1;
int main(void)
{
    kitsune_do_automigrate();
    return write(client, "x", 1) != 1;
}
C
mended="" optimisation=-O2
check "a program without an update point builds" compile v1
expect_error "it is told that it has none" 1 'error: no update point' kitsune check v1.so
check_fails "and not what it does on the way there" eval 'kitsune check v1.so | grep "on the way"'

end_of_test
