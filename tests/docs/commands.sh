# Every command of a page of the guide runs, in order, as a reader would type it: commands.sh PAGE
set -eu
page=$1
work=$(mktemp -d "${TMPDIR:-/tmp}/hpbench-docs-XXXXXX")
place=$page
finish() {
    status=$?
    [ "$status" -eq 0 ] || echo "$place: does not run"
    rm -rf "$work"
    exit "$status"
}
trap finish EXIT
commands=$work/commands
awk -f "$SOURCE/tests/docs/commands.awk" "$SOURCE/$page" >"$commands"
[ -s "$commands" ] || {
    echo "$page: no command found in it"
    exit 1
}
mkdir -p "$work/here/core" "$work/home" "$work/here/docs" "$work/here/build"
ln -s "$BUILD" "$work/here/build/release"
cd "$work/here"
# what a clone has, and a reader's own data
cp -r "$SOURCE/suites" .
cp -r "$SOURCE/core/include" core/
cp -r "$SOURCE/docs/examples" docs/
sed '1s/progression/price/' suites/data/diabetes.csv >houses.csv
PATH=$BUILD:$PATH HOME=$work/home
export PATH HOME
tab=$(printf '\t')
# These two make claims: every line that they show under a command is one that the command prints.
check_output() {
    awk -v from="${place##*:}" 'NR == from && !/^    [$] / { exit } NR <= from || /^$/ { next }
        !/^    / || /^    [$] / { exit } { print substr($0, 5) }' "$SOURCE/$page" >"$work/shown"
    grep -vFx -f "$work/out" "$work/shown" || return 0
    echo "$place: $command: does not print this, but"
    cat "$work/out"
    exit 1
}
while IFS=$tab read -r expected place command; do
    case $command in
    python*) # what it runs needs Keras; that it says what it should is tests/conformance' to find
        continue
        ;;
    esac
    status=0
    eval "$command" >"$work/out" 2>&1 </dev/null || status=$?
    [ "$status" -eq "$expected" ] || {
        echo "$place: $command"
        cat "$work/out"
        echo "$place: exit $status; expected $expected"
        exit 1
    }
    case $page in docs/article.md | README.md) check_output ;; esac
done <"$commands"
echo "$page: $(wc -l <"$commands") commands ran"
