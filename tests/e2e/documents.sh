#!/bin/bash
# Every listing of every document is taken by a test: run, compiled, or compared with what comes.
. "$(dirname "$0")/../lib/harness.sh"
. "$root/tests/lib/documents.sh"

# ---- What tells what is to be done with a listing ------------------------------------------------

mkdir listings
cat >page.md <<'DOCUMENT'
# A page
```sh
run
```
Text.
```text
said
```

<!-- elsewhere -->
```console
$ session
```
<!-- file etc/page.conf -->
```ini
a = b
```
```c main.c
file
```
```c
compile
```
```make
language
```
<!-- not run: it would take a year -->
```sh
reason
```
<!-- perhaps -->
```sh
what
```
```
no language
```

    indented

- an item

    of text
DOCUMENT
check_equal "listings are told by their languages and comments" "1 2 run
2 6 said
3 11 elsewhere
4 15 file etc/page.conf
5 18 file main.c
6 21 compile
7 24 make
8 28 not run: it would take a year
9 32 unknown perhaps
10 35 unknown a block without a language
11 39 unknown an indented block" "$(perl "$root/tests/lib/listings.pl" page.md listings)"
check_equal "and taken out" '$ session' "$(cat listings/3)"
cat >page.3 <<'DOCUMENT'
.SH SYNOPSIS
.nf
int synopsis(void);
.fi
.SH EXAMPLE
.nf
char zero = '\e0' \- 1;
.fi
.\" not run: another example
.nf
two
.fi
DOCUMENT
check_equal "so are those of manual pages" "1 6 compile
2 10 not run: another example" "$(perl "$root/tests/lib/listings.pl" page.3 listings)"
check_equal "without roff's marks" "char zero = '\\0' - 1;" "$(cat listings/1)"

# ---- That what is wrong is noticed ---------------------------------------------------------------

# noticed WHAT PATTERN < PAGE
noticed() {
    cat >wrong.md
    check_match "$1" "^FAIL: wrong.md.*$2" "$( (page wrong.md) 2>&1)"
    rm -r .pages
}
noticed "a command that fails" 'every command succeeds' <<'DOCUMENT'
```sh
true
false
```
DOCUMENT
noticed "other output" ':4: is what comes' <<'DOCUMENT'
```sh
echo something
```
```text
something else
```
DOCUMENT
noticed "other output of a session" ':1: is what comes' <<'DOCUMENT'
```console
$ echo one
two
```
DOCUMENT
noticed "C that does not compile" ':1: compiles' <<'DOCUMENT'
```c
undeclared++;
```
DOCUMENT
noticed "a language that the page's test does not know" ':1: no test takes this listing' <<'DOCUMENT'
```make
all:
```
DOCUMENT
cat >right.md <<'DOCUMENT'
<!-- file folder/of/some.text -->
```make
one
two
```
```console
$ cat folder/of/\
some.text
one
...
$ exit_status() { return 3; }; exit_status
```
```c
int x = 1;
...
x++;
```
DOCUMENT
check_equal "what is right passes" "pass: right.md:13: compiles
pass: right.md: every command succeeds
pass: right.md:6: is what comes" "$( (page right.md) 2>&1)"

# ---- All documents -------------------------------------------------------------------------------

cd "$root" || exit 1
# What other tests compare with the sources: the messages of xfgen, one by one.
known='^docs/messages\.md .* unknown an indented block$'
mapfile -t documents < <(find . \( -name '*.md' -o -path './man/*.[1-8]' \) \
    -not -path './build/*' -not -path './.git/*' | sed 's|^\./||' | sort)
check "there are documents" test "${#documents[@]}" -gt 40
for document in "${documents[@]}"; do
    perl tests/lib/listings.pl "$document" | sed "s|^|$document |" >"$work/list"
    check_equal "$document: it is said of each listing what it is" "" \
        "$(grep ' unknown ' "$work/list" | grep -v "$known")"
    grep -v "$known" "$work/list" | grep -vq ' not run: ' || continue
    case $document in
        # These say so in a loop.
        apps/*) pattern="^for app in .*\b$(basename "$(dirname "$document")")\b" ;;
        man/kitsune_*) pattern="^for manual in .*\b$(basename "${document#man/kitsune_}")\b" ;;
        *) pattern="^ *page \"?(\\\$root/)?$document" ;;
    esac
    check "$document: a test takes its listings" grep -Eqr "$pattern" tests/e2e
done

# ---- In the running text -------------------------------------------------------------------------

perl tests/lib/spans.pl $(printf '%s\n' "${documents[@]}" | grep '\.md$') | sort -u >"$work/spans"
check "there is code in the text" test "$(wc -l <"$work/spans")" -gt 500

# Options: of the commands that have them.
while IFS=$'\t' read -r tool option; do
    check "$tool has $option" grep -q -e "$option\b" <($tool --help)
done < <(perl -ne 'next unless /^(kitsune [a-z]+|xfgen|doupd) /;
    my $tool = $1; print "$tool\t$_\n" for / (--[a-z][a-z-]+)/g' "$work/spans" | sort -u)

# What make makes.
for target in $(sed -n 's/^make \([a-z][a-z-]*\).*/\1/p' "$work/spans" | sort -u); do
    check "make makes $target" grep -Eqs "^$target:|^\.PHONY:.*\b$target\b" Makefile ./*/part.mk \
        ./*/*/part.mk
done

# Settings: somebody asks for them, by this name or by that of the key in a file.
for variable in $(grep -oE '\bKITSUNE_[A-Z_]+\b' "$work/spans" | sort -u); do
    key=$(tr A-Z_ a-z- <<<"${variable#KITSUNE_}")
    check "$variable is asked for" grep -Erq "\b$variable\b|\"$key\"" include runtime driver tool \
        inspect rewriter share xfgen
done

# Files of the sources.
for file in $(grep -oE '^(tests|runtime|xfgen|rewriter|inspect|share|include|bench|scripts|apps|examples|docs)/[a-z0-9_/.-]+' \
    "$work/spans" | sort -u); do
    check "$file is there" test -e "$file"
done

end_of_test
