#!/bin/sh
# Every row of metric_table.h is counted somewhere: by its enumerator, or from an earlier row of
# the same name on (METRIC_RESPONSES_1XX + n).
set -eu
cd "$1"

wrong=$(
	{
		find lib cmd -name '*.[ch]' ! -name 'metric_table.h' \
			-exec grep -ohE 'METRIC_[A-Z0-9_]+( \+)?' {} + 2>/dev/null | sort -u
		sed -n 's/^METRIC(\([A-Z0-9_]*\), "\([a-z_]*\)".*/row METRIC_\1 \2/p' lib/base/metric_table.h
	} | awk '
	$1 != "row" { used[$1] = 1; if ($2 == "+") first[$1] = 1; next }
	$2 in first { counted_from = $3 }
	!($2 in used) && $3 != counted_from { print "lib/base/metric_table.h: nothing counts " $2 }'
)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
