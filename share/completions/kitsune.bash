# Completion of kitsune and doupd in bash: commands, options, running programs, files of the right
# kind.  Commands and options are taken from `kitsune help`, so they are those of the kitsune there is.

_kitsune_commands() {
    command kitsune help 2>/dev/null | sed -n '3,/^$/s/^  \([a-z]*\) .*/\1/p'
}

_kitsune_options() {
    command kitsune help "$1" 2>/dev/null | grep -oE '^ +(-.,)? *--[a-z-]+|^ +-., --[a-z-]+' |
        grep -oE -- '--[a-z-]+'
}

_kitsune_programs() {
    command kitsune status 2>/dev/null | sed -n 's/^\([0-9][0-9]*\) .*/\1/p'
}

# Files with one of these suffixes, and directories on the way to them.
_kitsune_files() {
    local word=$1 file suffix
    shift
    compopt -o filenames 2>/dev/null
    while IFS= read -r file; do
        for suffix; do
            if [[ -d $file || $file == *"$suffix" ]]; then
                COMPREPLY+=("$file")
                break
            fi
        done
    done < <(compgen -f -- "$word")
}

_kitsune_words() {
    local word=$1
    shift
    # shellcheck disable=SC2207  # the words have no spaces
    COMPREPLY=($(compgen -W "$*" -- "$word"))
}

# The value of an option; fails when it takes none.
_kitsune_value() {
    local command=$1 option=$2 word=$3
    case $command:$option in
    update:--xf | update:--reverse | rollback:--xf) _kitsune_files "$word" .so ;;
    check:--xf | check:-x | diff:--xf | types:--xf | diff:--skeleton | diff:--output | diff:-o)
        _kitsune_files "$word" .xf ;;
    types:--output | types:-o) _kitsune_files "$word" .ktt ;;
    sign:--key | sign:-k) _kitsune_files "$word" .key ;;
    verify:--key | verify:-k) _kitsune_files "$word" .pub ;;
    log:--trace | diff:--html | types:--dot) _kitsune_files "$word" '' ;;
    *:--keep-previous) _kitsune_words "$word" yes no ;;
    *:--timeout | *:--quiesce-timeout | *:--probation | *:--health | *:--health-interval | *:--health-timeout) ;;
    *:--lines | *:-n | *:--harmless) ;;
    *) return 1 ;;
    esac
}

# Does this option come with a value in the next word?
_kitsune_wants_value() {
    case $2 in
    --skeleton | --html | --dot) return 1 ;; # only with "="
    --*=*) return 1 ;;
    esac
    _kitsune_value "$1" "$2" '' >/dev/null 2>&1
    local wants=$?
    COMPREPLY=()
    return $wants
}

_kitsune_arguments() {
    local command=$1 number=$2 word=$3
    case $command:$number in
    update:0 | rollback:0 | status:0 | log:0 | symbols:0) _kitsune_words "$word" "$(_kitsune_programs)" ;;
    update:1 | run:0 | sign:* | verify:*) _kitsune_files "$word" .so ;;
    run:* | symbols:1) _kitsune_files "$word" '' ;;
    check:[01] | diff:[01] | types:[01]) _kitsune_files "$word" .so .ktt ;;
    help:0) _kitsune_words "$word" "$(_kitsune_commands)" config ;;
    esac
}

_kitsune() {
    local word=${COMP_WORDS[COMP_CWORD]} command=${COMP_WORDS[1]} i number=0 previous
    COMPREPLY=()
    if [[ ${COMP_WORDS[0]##*/} == doupd ]]; then
        case $COMP_CWORD in
        1) _kitsune_words "$word" "$(_kitsune_programs)" ;;
        2) _kitsune_files "$word" .so ;;
        esac
        return
    fi
    if [[ $COMP_CWORD -eq 1 ]]; then
        _kitsune_words "$word" "$(_kitsune_commands)"
        return
    fi
    previous=${COMP_WORDS[COMP_CWORD - 1]}
    # "--xf=FILE" is three words to bash.
    if [[ $word == = ]]; then
        _kitsune_value "$command" "$previous" ''
        return
    fi
    if [[ $previous == = ]]; then
        _kitsune_value "$command" "${COMP_WORDS[COMP_CWORD - 2]}" "$word"
        return
    fi
    if [[ $previous == -* ]] && _kitsune_wants_value "$command" "$previous"; then
        _kitsune_value "$command" "$previous" "$word"
        return
    fi
    # After its program, all arguments of `run` are the program's.
    for ((i = 2; i < COMP_CWORD; i++)); do
        case ${COMP_WORDS[i]} in
        =) ((i++)) ;;
        -*)
            if [[ ${COMP_WORDS[i + 1]} != = ]] &&
                _kitsune_wants_value "$command" "${COMP_WORDS[i]}"; then
                ((i++))
            fi
            ;;
        *) ((number++)) ;;
        esac
    done
    if [[ $word == -* && ! ($command == run && $number -gt 0) ]]; then
        _kitsune_words "$word" "$(_kitsune_options "$command")"
        return
    fi
    _kitsune_arguments "$command" "$number" "$word"
}

complete -F _kitsune kitsune doupd
