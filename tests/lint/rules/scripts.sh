#!/bin/sh
# The shell scripts pass shellcheck.
set -eu
cd "$1"

# SC2016: awk and sed programs stand in single quotes.
find . \( -name .git -o -name build -o -name node_modules \) -prune -o \
	-type f \( -name '*.sh' -o -path './.ci/run' \) -exec shellcheck -x -e SC2016 {} +
