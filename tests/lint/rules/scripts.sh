#!/bin/sh
# The shell scripts pass shellcheck.
set -eu
cd "$1"

# SC2317 takes functions that a trap calls for dead.
find . \( -name .git -o -name build -o -name node_modules \) -prune -o \
	-type f \( -name '*.sh' -o -path './.ci/run' \) -exec shellcheck -x -P SCRIPTDIR -S warning -e SC2317 {} +
