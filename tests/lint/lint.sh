#!/bin/bash
# `make lint`: each rule over the whole project. A rule is a script in rules/ that is given the
# root of a tree and the folder of its objects; it writes what is wrong, a line each, and fails.
set -u

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
cd "$root" || exit 1

status=0
for rule in "$here"/rules/*.sh; do
	name=$(basename "$rule" .sh)
	if output=$("$rule" "$root" "$root/build/plain" 2>&1); then
		echo "ok - $name"
		[ -z "$output" ] || echo "    $output"
	else
		status=1
		echo "not ok - $name: $(sed -n '2s/^# //p' "$rule")"
		printf '%s\n' "$output"
	fi
done
exit $status
