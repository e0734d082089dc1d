# clang-format 14 leaves every C and C++ file as it is.
command -v clang-format >/dev/null || exit 77
clang-format --version | grep -q 'version 14\.' || exit 77
git ls-files '*.c' '*.h' '*.cc' '*.inc' >/dev/null 2>&1 || exit 77
git ls-files '*.c' '*.h' '*.cc' | xargs clang-format --dry-run -Werror || {
    echo "mend with: git ls-files '*.c' '*.h' '*.cc' | xargs clang-format -i"
    exit 1
}
