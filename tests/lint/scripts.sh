# The shell scripts parse.
status=0
for script in hpb .ci/run docs/man.sh tests/lint/*.sh; do
    sh -n "$script" || { echo "$script does not parse"; status=1; }
done
exit $status
