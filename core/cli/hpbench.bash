# Bash completion for hpbench. What commands, options and arguments there are is asked of hpbench itself, by --help.

_hpbench_commands() {
    "$hpbench" --help | sed -n '/^Commands:$/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# COMMAND: an option a line, with the name of its value if it takes one: "--output DIR".
_hpbench_options() {
    ARGP_HELP_FMT=rmargin=1000 "$hpbench" "$1" --help | awk '
        /^ *-/ {
            sub(/^ */, ""); sub(/   *.*/, "")
            n = split($0, names, ", ")
            value = index(names[n], "=") ? substr(names[n], index(names[n], "=") + 1) : ""
            sub(/=.*/, "", names[n])
            for (i = 1; i <= n; i++) print names[i], value
        }'
}

# COMMAND: its arguments, a usage a line: "SUITE", "BASE RUN", "list", "show ID".
_hpbench_usages() {
    "$hpbench" "$1" --help | sed -n 's/^\(Usage\|  or\): *hpbench [a-z-]* \(\[OPTION\.\.\.\] \)\{0,1\}//p'
}

# KIND: what the help calls by that name; words in lower case stand for themselves.
_hpbench_words() {
    case $1 in
    SUITE*) compgen -f -X '!*.ini' -- "$cur"; compgen -d -- "$cur" ;;
    RUN* | BASE*)
        (cd hpbench-results && for store in */run.sqlite; do [[ -e $store ]] && echo "${store%/*}"; done)
        compgen -d -- "$cur"
        ;;
    DIR) compgen -d -- "$cur" ;;
    FILE) compgen -f -- "$cur" ;;
    ID) "$hpbench" plugins list | awk 'NR > 1 { print $2 }' ;;
    [a-z]*) echo "$1" ;;
    esac
}

# COMMAND WORD...: what can follow the WORDs.
_hpbench_arguments() {
    local command=$1 i kinds
    shift
    while read -ra kinds; do
        for ((i = 1; i <= $#; i++)); do
            [[ ${kinds[i - 1]} == [a-z]* && ${kinds[i - 1]} != "${!i}" ]] && continue 2
        done
        i=${kinds[$#]:-}
        [[ ${kinds[${#kinds[@]} - 1]} == *... ]] && i=${i:-${kinds[${#kinds[@]} - 1]}}
        _hpbench_words "$i"
    done < <(_hpbench_usages "$command")
}

_hpbench_all() {
    local command='' i=1 known given=() previous=${COMP_WORDS[COMP_CWORD - 1]}
    while ((i < COMP_CWORD)) && [[ -z $command ]]; do
        [[ ${COMP_WORDS[i]} == -* ]] || command=${COMP_WORDS[i]}
        ((i++))
    done
    [[ -z $command ]] && { _hpbench_commands; printf '%s\n' --help --version; return; }
    known=$(_hpbench_options "$command")
    value_of() { awk -v name="$1" '$1 == name { print $2 }' <<<"$known"; }
    [[ $previous == = ]] && previous=${COMP_WORDS[COMP_CWORD - 2]} # bash cuts "--output=DIR" into three
    if [[ -n $(value_of "$previous") ]]; then
        _hpbench_words "$(value_of "$previous")"
    elif [[ $cur == -* ]]; then
        cut -d ' ' -f 1 <<<"$known"
    else
        for (( ; i < COMP_CWORD; i++)); do
            if [[ ${COMP_WORDS[i]} != -* ]]; then
                given+=("${COMP_WORDS[i]}")
            elif [[ -n $(value_of "${COMP_WORDS[i]}") ]]; then
                [[ ${COMP_WORDS[i + 1]} == = ]] && ((i++))
                ((i++))
            fi
        done
        _hpbench_arguments "$command" "${given[@]}"
    fi
}

_hpbench() {
    local hpbench=$1 cur=$2 word
    [[ $cur == = ]] && cur=''
    COMPREPLY=()
    while IFS= read -r word; do
        [[ $word == "$cur"* ]] && COMPREPLY+=("$word")
    done < <(_hpbench_all 2>/dev/null | sort -u)
}

complete -o filenames -F _hpbench hpbench
