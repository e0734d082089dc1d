#!/bin/sh
# man.sh HPBENCH VERSION < hpbench.1.in > hpbench.1
# The manual page: @COMMANDS@ becomes every command with its options, as HPBENCH --help and HPBENCH COMMAND --help say
# them, so that they are written down once, in the code.
set -eu
hpbench=$1
version=$2
export LC_ALL=C ARGP_HELP_FMT=rmargin=1000

commands() {
    "$hpbench" --help | sed -n '/^Commands:$/,/^$/s/^  \([a-z][a-z-]*\) .*/\1/p'
}

# One command's help as a subsection. No backslash, dot or quote of it is a request of roff; `words` are bold.
subsection() {
    awk '
    function text(s,   begin) {
        gsub(/\\/, "\\e", s)
        gsub(/-/, "\\-", s)
        gsub(/\047/, "\\(aq", s)
        gsub(/~/, "\\(ti", s)
        while (begin = match(s, /`[^`]*`/))
            s = substr(s, 1, begin - 1) "\\fB" substr(s, begin + 1, RLENGTH - 2) "\\fR" substr(s, begin + RLENGTH)
        gsub(/\. /, ".\n", s) # a sentence a line
        sub(/^\./, "\\\\\\&.", s)
        gsub(/\n\./, "\n\\\\\\&.", s)
        return s
    }
    # "-j, --jobs=N": names bold, the value in italics
    function option(s,   n, names, i, value, out) {
        n = split(s, names, ", ")
        for (i = 1; i <= n; i++) {
            value = index(names[i], "=")
            out = out (i > 1 ? ", " : "") "\\fB" text(value ? substr(names[i], 1, value - 1) : names[i]) "\\fR"
            if (value)
                out = out "=\\fI" text(substr(names[i], value + 1)) "\\fR"
        }
        return out
    }
    /^Usage: |^  or:  / {
        sub(/^(Usage: |  or:  )[a-z-]+ [a-z-]+ (\[OPTION\.\.\.\] )?/, "")
        usage = usage (usage ? " | " : "") $0
        next
    }
    usage {
        print ".SS hpbench " name " [OPTION...] " text(usage) "\n" text($0)
        usage = ""
        next
    }
    /^ *-/ {
        sub(/^ +/, "")
        gap = match($0, /  +/)
        doc = text(substr($0, gap + RLENGTH))
        names = substr($0, 1, gap - 1)
        if (names !~ /--(help|usage|version)$/) # of all commands, said once
            print ".TP\n" option(names) "\n" doc
        next
    }
    /^Mandatory or optional arguments/ || /^$/ { next }
    { print ".PP\n" text($0) }
    ' name="$1"
}

sed "s/@VERSION@/$version/" | while IFS= read -r line; do
    if [ "$line" != @COMMANDS@ ]; then
        printf '%s\n' "$line"
        continue
    fi
    for command in $(commands); do
        "$hpbench" "$command" --help | subsection "$command"
    done
done
