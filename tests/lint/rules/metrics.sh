#!/bin/sh
# Every row of metric_table.h is counted somewhere.
set -eu
cd "$1"

used=$(mktemp)
trap 'rm -f "$used"' EXIT
find lib cmd -name '*.[ch]' ! -name 'metric_table.h' -exec grep -ohE '\bMETRIC_[A-Z0-9_]+' {} + 2>/dev/null |
	sort -u >"$used"
wrong=$(sed -n 's/^METRIC(\([A-Z0-9_]*\),.*/\1/p' lib/base/metric_table.h | while read -r id; do
	grep -qx "METRIC_$id" "$used" || echo "lib/base/metric_table.h: nothing counts $id"
done)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
