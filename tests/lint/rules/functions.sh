#!/bin/sh
# A function is at most 100 lines long, unless a comment above it begins with "long:" and says why.
set -eu
cd "$1"

find . \( -name .git -o -name build -o -name node_modules \) -prune -o -name '*.c' -exec awk '
FNR == 1 { excused = 0 }
/^\/\* long: ./ { excused = 1 }
/^{/ { start = FNR; name = before }
/^}/ && start {
	lines = FNR - start + 1
	if (FILENAME ~ /^\.\/(lib|cmd)\//) {
		functions++
		short += lines <= 25
		fair += lines <= 60
		long += lines > 100
	}
	if (lines > 100 && !excused) {
		printf "%s:%d: %d lines: %s\n", FILENAME, start, lines, name
		wrong = 1
	}
	start = excused = 0
}
{ before = $0 }
END {
	if (functions)
		printf "%d functions: %d %% up to 25 lines, %d %% up to 60, %d beyond 100\n", functions,
			100 * short / functions, 100 * fair / functions, long
	exit wrong
}' {} +
