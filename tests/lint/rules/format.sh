#!/bin/sh
# The layout is clang-format's (`make format` sets it right).
set -eu
cd "$1"

wrong=$(find . \( -name .git -o -name build -o -name node_modules \) -prune -o \
	-name '*.[ch]' ! -name '*_table.h' -exec clang-format --dry-run {} + 2>&1 |
	sed -n 's/^\([^ :]*\):[0-9]*:[0-9]*: warning:.*/\1/p' | sort | uniq -c)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
