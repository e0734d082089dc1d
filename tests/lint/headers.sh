# Every header compiles alone, the public one as C11 and C++17 as well under the strictest flags.
status=0
for header in $(ls core/*/*.h reports/*.h | grep -v "\.inc\.h$"); do # .inc.h: a part of several files
    echo "#include \"${header#core/}\"" |
        ${CC:-cc} -std=c11 -D_GNU_SOURCE -Wall -Wextra -Wpedantic -Werror -Icore -Icore/include -I. \
            -fsyntax-only -x c - || { echo "$header does not compile alone"; status=1; }
done
for header in core/include/hpbench/*.h; do
    for language in 'c -std=c11' 'c -std=c17' 'c++ -std=c++17' 'c++ -std=c++20'; do
        echo "#include <${header#core/include/}>" |
            ${CC:-cc} -Wall -Wextra -Wpedantic -Wconversion -Wshadow -Werror -Icore/include \
                -fsyntax-only -x $language - || { echo "$header fails as $language"; status=1; }
    done
done
exit $status
