#!/bin/sh
# Nothing is left for later in a comment: what is not done is not there, or is an issue.
set -eu
cd "$1"

wrong=$(find . \( -name .git -o -name build -o -name node_modules \) -prune -o -type f \
	! -path './tests/lint/*' ! -path './tests/fuzz/corpus/*' -exec grep -InwE 'TODO|FIXME|XXX|HACK' {} + || true)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
