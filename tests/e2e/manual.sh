#!/bin/bash
# The manual: every function, macro and command has a page, and every page is sound.
. "$(dirname "$0")/../lib/harness.sh"

export MANPATH=$build/share/man MANWIDTH=100 MANROFFOPT= MAN_KEEP_FORMATTING=

for page in "$root"/man/*.[1-8]; do
    check_equal "$(basename "$page") is without warnings" "" \
        "$(man --warnings=all -E UTF-8 -l "$page" 2>&1 >/dev/null)"
    grep -q '^\.so ' "$page" && continue
    check_match "$(basename "$page") has a name and a purpose" ': "[^ ]+.* - .+"' \
        "$(lexgrog "$page" 2>&1 || echo none)"
done

# What a header offers: functions and macros that are not marked as internal.
offered() {
    python3 - "$1" <<'END'
import re, sys
text = open(sys.argv[1]).read()
# Up to the definitions that make everything nothing.
text = re.sub(r"#else /\* KITSUNE_OFF \*/.*?#endif /\* KITSUNE_OFF \*/", "", text, flags=re.S)
internal = set()
for comment, rest in re.findall(r"/\*\s*Internal:(.*?)\*/\n((?:[^\n]+\n)+)", text, flags=re.S):
    internal |= set(re.findall(r"\b(kitsune_\w+)\(", rest)) | set(re.findall(r"\b(kitsune_pending)\b", rest))
# What kitcc and the macros use.
internal |= {"kitsune_enter_function", "kitsune_leave_function", "kitsune_link_local",
             "kitsune_forget_local", "kitsune_find_local"}
names = set(re.findall(r"\b((?:kitsune|ktthreads)_\w+)\(", text))
names |= set(re.findall(r"^#define (\w+)", text, flags=re.M))
for name in sorted(names - internal):
    if not name.endswith("_") and not re.match(r"KITSUNE_", name):
        print(name)
END
}
offered "$build/include/kitsune.h" >names
check "the header offers what it is known for" grep -qx kitsune_update names
check "and more than fifty names" [ "$(wc -l <names)" -gt 50 ]
while read -r name; do
    check "there is a page about $name" eval \
        "man '$name' 2>/dev/null | col -b | grep -q '\\b$name\\b'"
done <names
for name in $(sed -n 's/^#define \(XF_[A-Z_]*\).*/\1/p' "$build/include/kitsune/transform.h"); do
    check "there is a page about $name" eval \
        "man '$name' 2>/dev/null | col -b | grep -q '\\b$name\\b'"
done

# Nothing in a page is about what is not there any more.
for name in $(sed -n '/^\.SH NAME/,/^\.SH SYNOPSIS/p' "$root"/man/kitsune_*.[37] | grep -oE '\b[A-Z][A-Z_]+[A-Z]\b|\b(kitsune|ktthreads)_[a-z_]+' |
    sort -u); do
    case $name in
        NAME | SH | SYNOPSIS | kitsune_migrate | kitsune_notelocals | kitsune_threads | kitsune_transform | \
            kitsune_lookup | kitsune_heap | kitsune_annotations) continue ;;
    esac
    check "$name is in a header" grep -qrw "$name" "$build/include"
done

for command in $(kitsune help | sed -n 's/^  \([a-z]*\)  .*/\1/p'); do
    check "kitsune $command is in the manual" grep -Eq "^\.(SS|SH|B) \"?kitsune\\\\?[ -]$command\b" \
        "$root"/man/kitsune*.1
done

# Each page about functions shows how they are used.
for page in "$root"/man/kitsune_*.[37]; do
    check_match "$(basename "$page") has an example" . "$(sed -n '/^\.SH EXAMPLE/,/^\.fi/p' "$page")"
done

end_of_test
