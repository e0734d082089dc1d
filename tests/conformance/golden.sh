# Says whether the folder of goldens has FILE, so that CTest lists what it lacks: golden.sh FILE
set -eu
folder=${HPBENCH_GOLDENS:-$SOURCE/tests/goldens}
if [ -s "$folder/$1" ]; then
    exit 0
fi
for golden in "$folder"/*.json; do
    [ -s "$golden" ] || {
        echo "HPBENCH_GOLDENS: $folder: no goldens there; expected files named as those of tests/goldens"
        exit 1
    }
    break
done
echo "$folder has no $1: what it would check is skipped"
exit 77
