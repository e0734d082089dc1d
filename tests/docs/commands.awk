# Prints the commands of a Markdown page, in order: of each indented block, the lines behind "$ ", or all of them where the
# block begins with a command. Comments, output and suites are no commands. "# exit N" at the end: what it is to exit with.
function flush_command() {
    if (command == "")
        return
    expected = 0
    if (match(command, /# exit [0-9]+/))
        expected = substr(command, RSTART + 7, RLENGTH - 7)
    printf "%d\t%s\t%s\n", expected, FILENAME ":" line, command
    command = ""
}
/^    / {
    text = substr($0, 5)
    if (!is_block) {
        is_block = 1
        prompts = text ~ /^\$ /
        commands = text ~ /^(hpbench |export |mkdir |PATH=)/
    }
    if (continues) {
        sub(/\\$/, "", command)
        sub(/^> /, "", text)
        command = command text
    } else if (prompts && text ~ /^\$ /) {
        flush_command()
        line = FNR
        command = substr(text, 3)
    } else if (commands) {
        flush_command()
        line = FNR
        command = text
    } else {
        flush_command()
        next
    }
    continues = text ~ /\\$/
    next
}
{
    flush_command()
    is_block = continues = 0
}
END { flush_command() }
