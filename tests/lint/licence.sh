# Every source names its licence in the first line, so that a file that travels alone still does.
git rev-parse --git-dir >/dev/null 2>&1 || exit 77
status=0
for file in $(git ls-files '*.c' '*.h' '*.cc'); do
    head -n 1 "$file" | grep -q 'SPDX-License-Identifier: Apache-2.0' || {
        echo "$file:1: no SPDX-License-Identifier: Apache-2.0"
        status=1
    }
done
exit $status
