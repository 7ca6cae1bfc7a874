#!/bin/bash
# Completion in the shells themselves: a terminal, an interactive shell, and the Tab key.
. "$(dirname "$0")/../lib/harness.sh"

mkdir v1
cat >v1/app.c <<'END'
#include <kitsune.h>
#include <unistd.h>
int main(void)
{
    for (;;) {
        kitsune_update("loop");
        usleep(20000);
    }
}
END
check "a program builds" build_version v1
start log kitsune run ./v1.so
program=$started
wait_for 5 kitsune status "$program" >/dev/null 2>&1
touch v2.so v2.sob v2.c release.key release.key.so release.pub rules.xf rules.so other.ktt

# What Tab makes of a line, in a shell on a terminal: the words of it, as the command gets them.
cat >complete.py <<'END'
# complete.py SHELL PROGRAM: types each line of standard input, with a Tab at its end, and prints the
# words that came of it.  In the shell, kitsune and doupd are functions that print their arguments.
import os, pty, re, select, sys, time

shell, shares = sys.argv[1], sys.argv[2]
setup = {
    "bash": f"""PS1=; set +o history; bind 'set enable-bracketed-paste off'
bind 'set bell-style none'
. {shares}/bash-completion/completions/kitsune
kitsune() {{ printf '<%s>' "${{FUNCNAME[0]}}" "$@"; echo; }}
doupd() {{ printf '<%s>' "${{FUNCNAME[0]}}" "$@"; echo; }}""",
    "zsh": f"""PS1=; PROMPT=; unsetopt prompt_cr prompt_sp zle_bracketed_paste; unset zle_bracketed_paste
fpath=({shares}/zsh/site-functions $fpath); autoload -U compinit; compinit -D -u
zstyle ':completion:*' list-prompt ''; LISTMAX=1000
kitsune() {{ printf '<%s>' kitsune "$@"; echo; }}
doupd() {{ printf '<%s>' doupd "$@"; echo; }}""",
}[shell]
command = {"bash": ["bash", "--norc", "--noprofile", "-i"], "zsh": ["zsh", "-f", "-i"]}[shell]
pid, terminal = pty.fork()
if pid == 0:
    os.environ["TERM"] = "dumb" if shell == "bash" else "vt100"
    os.execvp(command[0], command)

seen = ""
def wait_for(pattern, seconds=20):
    global seen
    end = time.monotonic() + seconds
    while not (match := re.search(pattern, seen)):
        if time.monotonic() > end:
            sys.exit(f"{shell} does not say {pattern!r} but {seen!r}")
        if select.select([terminal], [], [], 0.1)[0]:
            seen += os.read(terminal, 65536).decode(errors="replace")
    seen = seen[match.end():]
    return match

for line in setup.split("\n"):
    os.write(terminal, (line + "\n").encode())
os.write(terminal, b"echo re''ady\n")
wait_for(r"ready\r?\n")
for number, line in enumerate(sys.stdin):
    # The number at the end tells when the completion is done: the shell echoes in order.
    os.write(terminal, line.rstrip("\n").encode() + b"\t")
    os.write(terminal, b"\n" + f"echo en''d{number}\n".encode())
    found = wait_for(rf"(?s)^(.*?)\bend{number}\r?\n").group(1)
    words = re.findall(r"(?:<[^<>\r\n]*>)+(?=\r?\n)", found)
    print(words[-1] if words else f"nothing: {found!r}")
os.write(terminal, b"exit\n")
os.close(terminal)
END

# Half a line, and what it becomes.
cat >wanted <<END
kitsune upd|<kitsune><update>
kitsune ver i|<kitsune><ver><i>
kitsune rollb|<kitsune><rollback>
kitsune update ${program:0:-1}|<kitsune><update><$program>
kitsune update $program v2.s|<kitsune><update><$program><v2.so>
kitsune update $program ./v2.s|<kitsune><update><$program><./v2.so>
kitsune update --quies|<kitsune><update><--quiesce-timeout>
kitsune update --xf rul|<kitsune><update><--xf><rules.so>
kitsune update --xf=rul|<kitsune><update><--xf=rules.so>
kitsune update --xf rules.so ${program:0:-1}|<kitsune><update><--xf><rules.so><$program>
kitsune rollback ${program:0:-1}|<kitsune><rollback><$program>
kitsune log --fol|<kitsune><log><--follow>
kitsune log -n 3 ${program:0:-1}|<kitsune><log><-n><3><$program>
kitsune status --js|<kitsune><status><--json>
kitsune check --xf rul|<kitsune><check><--xf><rules.xf>
kitsune check v1.so v2.s|<kitsune><check><v1.so><v2.so>
kitsune diff oth|<kitsune><diff><other.ktt>
kitsune sign --key rel|<kitsune><sign><--key><release.key>
kitsune verify --key rel|<kitsune><verify><--key><release.pub>
kitsune sign --key release.key v2.s|<kitsune><sign><--key><release.key><v2.so>
kitsune help conf|<kitsune><help><config>
kitsune run v2.s|<kitsune><run><v2.so>
kitsune symbols ${program:0:-1}|<kitsune><symbols><$program>
doupd ${program:0:-1}|<doupd><$program>
doupd $program v2.s|<doupd><$program><v2.so>
END
cut -d'|' -f1 wanted >lines

for shell in bash zsh; do
    check "$shell takes part" eval "python3 complete.py $shell $build/share <lines >got.$shell 2>err.$shell || { cat err.$shell; false; }"
    while IFS='|' read -r line result <&3 && read -r got <&4; do
        check_equal "$shell: $line" "$result" "$got"
    done 3<wanted 4<got.$shell
    check_equal "$shell: all of them" "$(wc -l <wanted)" "$(wc -l <got.$shell)"
done

# fish says itself what it would complete.
export XDG_DATA_HOME=$work/fish XDG_CONFIG_HOME=$work/fish
in_fish() {
    fish --no-config -c "source $build/share/fish/vendor_completions.d/kitsune.fish; complete -C '$1'" |
        cut -f1 | xargs
}
while IFS='|' read -r line result; do
    last=${result##*<}
    last=${last%>}
    case $line in
    *--xf=*) continue ;;
    "kitsune ver i") last= ;;
    esac
    check_equal "fish: $line" "$last" "$(in_fish "$line")"
done <wanted
check_match "fish explains" 'update.becomes its next version|update.update a running program' \
    "$(fish --no-config -c "source $build/share/fish/vendor_completions.d/kitsune.fish; complete -C 'kitsune upd'")"

# Every option that help knows is offered.
for command in update status log check diff types; do
    for shell in bash; do
        offered=$(bash --norc -c ". $build/share/bash-completion/completions/kitsune; _kitsune_options $command" | sort | xargs)
        known=$(kitsune help "$command" | grep -oE '^ +(-., )?--[a-z-]+' | grep -oE -- '--[a-z-]+' | sort | xargs)
        check_equal "$shell: all options of $command" "$known" "$offered"
    done
done

# And every option that wants a value is known to want one.
for command in update rollback status log check diff types sign verify; do
    for option in $(kitsune help "$command" | grep -oE '^ +(-., )?--[a-z-]+=' | grep -oE -- '--[a-z-]+'); do
        check "bash: $command $option wants a value" bash --norc -c \
            ". $build/share/bash-completion/completions/kitsune; _kitsune_wants_value $command $option"
        check "zsh: $command $option wants a value" zsh -f -c \
            "eval \"\$(sed '\$d' $build/share/zsh/site-functions/_kitsune)\"; _kitsune_wants_value $command $option"
        check "fish: $command $option wants a value" fish --no-config -c \
            "source $build/share/fish/vendor_completions.d/kitsune.fish; __kitsune_takes_value $command $option"
    done
done

# Where shells look for them after make install.
for file in bash-completion/completions/kitsune bash-completion/completions/doupd \
    zsh/site-functions/_kitsune fish/vendor_completions.d/kitsune.fish; do
    check "$file is where it belongs" test -s "$build/share/$file"
done

end_of_test
