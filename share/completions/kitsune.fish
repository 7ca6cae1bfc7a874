# Completion of kitsune and doupd in fish: commands, options, running programs, files of the right
# kind.  Commands and options are taken from `kitsune help`, so they are those of the kitsune there is.

function __kitsune_commands
    command kitsune help 2>/dev/null | sed -n '3,/^$/s/^  \([a-z]*\)  *\(.*\)/\1\t\2/p'
end

function __kitsune_options
    set -l words (commandline -opc)
    command kitsune help $words[2] 2>/dev/null |
        sed -nE 's/^ +(-., )?(--[a-z-]+)([=[][^ ]*)? +([^ ].*)/\2\t\4/p'
end

function __kitsune_programs
    command kitsune status 2>/dev/null | sed -n 's/^\([0-9][0-9]*\)  *\([^ ]*\) .*/\1\t\2/p'
end

# Which argument of the command is being typed (0: the first), options and their values apart.
function __kitsune_number
    set -l words (commandline -opc)
    set -l number 0
    set -l is_value 0
    for word in $words[3..-1]
        if test $is_value = 1
            set is_value 0
        else if __kitsune_takes_value $words[2] $word
            set is_value 1
        else if not string match -q -- '-*' $word
            set number (math $number + 1)
        end
    end
    echo $number
end

function __kitsune_takes_value
    switch $argv[1]:$argv[2]
        case '*:--*=*'
            return 1
        case 'update:--xf' 'update:--reverse' 'rollback:--xf' 'check:--xf' 'check:-x' 'diff:--xf' 'types:--xf' \
            'diff:--output' 'diff:-o' 'types:--output' 'types:-o' 'sign:--key' 'sign:-k' 'verify:--key' \
            'verify:-k' 'log:--trace' '*:--keep-previous' '*:--timeout' '*:--quiesce-timeout' \
            '*:--probation' '*:--health' '*:--health-interval' '*:--health-timeout' '*:--lines' 'log:-n' '*:--harmless'
            return 0
    end
    return 1
end

# __kitsune_at COMMANDS NUMBERS: an argument of one of these commands is being typed, of one of these
# numbers ("any": of any).
function __kitsune_at
    set -l words (commandline -opc)
    test (count $words) -ge 2; or return 1
    contains -- $words[2] (string split ' ' -- $argv[1]); or return 1
    __kitsune_takes_value $words[2] $words[-1]; and return 1
    test "$argv[2]" = any; and return 0
    contains -- (__kitsune_number) (string split ' ' -- $argv[2])
end

# The value of an option is being typed: __kitsune_after COMMANDS OPTIONS.
function __kitsune_after
    set -l words (commandline -opc)
    test (count $words) -ge 3; or return 1
    contains -- $words[2] (string split ' ' -- $argv[1]); or return 1
    contains -- $words[-1] (string split ' ' -- $argv[2])
end

function __kitsune_files
    for suffix in $argv
        __fish_complete_suffix $suffix | string match -r -- '.*(?:/|\\'$suffix')(?:\t.*)?$'
    end
end

function __kitsune_typing_option
    set -l words (commandline -opc)
    test (count $words) -ge 2; and string match -q -- '-*' (commandline -ct)
    and not begin
        test $words[2] = run; and test (__kitsune_number) -gt 0
    end
end

complete -c kitsune -f
complete -c kitsune -n 'test (count (commandline -opc)) = 1' -a '(__kitsune_commands)'
complete -c kitsune -n '__kitsune_typing_option' -a '(__kitsune_options)'
complete -c kitsune -n '__kitsune_at "update rollback status log symbols" 0' -a '(__kitsune_programs)'
complete -c kitsune -n '__kitsune_at update 1' -a '(__kitsune_files .so)'
complete -c kitsune -n '__kitsune_at run 0' -a '(__kitsune_files .so)'
complete -c kitsune -n '__kitsune_at symbols 1' -a '(__fish_complete_directories)'
complete -c kitsune -n '__kitsune_at run any; and test (__kitsune_number) -gt 0' -F
complete -c kitsune -n '__kitsune_at "sign verify" any' -a '(__kitsune_files .so)'
complete -c kitsune -n '__kitsune_at "check diff" "0 1"' -a '(__kitsune_files .so .ktt)'
complete -c kitsune -n '__kitsune_at types "0 1"' -a '(__kitsune_files .so .ktt)'
complete -c kitsune -n '__kitsune_at help 0' -a '(__kitsune_commands) config'
complete -c kitsune -n '__kitsune_after "update rollback" "--xf --reverse"' -a '(__kitsune_files .so)'
complete -c kitsune -n '__kitsune_after "check diff" "--xf -x --output -o"' -a '(__kitsune_files .xf)'
complete -c kitsune -n '__kitsune_after types --xf' -a '(__kitsune_files .xf)'
complete -c kitsune -n '__kitsune_after types "--output -o"' -a '(__kitsune_files .ktt)'
complete -c kitsune -n '__kitsune_after sign "--key -k"' -a '(__kitsune_files .key)'
complete -c kitsune -n '__kitsune_after verify "--key -k"' -a '(__kitsune_files .pub)'
complete -c kitsune -n '__kitsune_after log --trace' -F
complete -c kitsune -n '__kitsune_after update --keep-previous' -a 'yes no'
complete -c doupd -f
complete -c doupd -n 'test (count (commandline -opc)) = 1' -a '(__kitsune_programs)'
complete -c doupd -n 'test (count (commandline -opc)) = 2' -a '(__kitsune_files .so)'
