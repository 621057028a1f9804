#!/bin/sh
# A file includes its own room and those above it in the table of lib/README.md.
set -eu
cd "$1"

wrong=$(
	{
		sed -n 's/^| \([a-z]*\) | .*/room \1/p' lib/README.md
		find lib -mindepth 1 -maxdepth 1 -type d | sed 's,^lib/,folder ,'
		find lib -name '*.[ch]' -exec grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*"' {} + |
			sed 's/:[^:"]*"\([^"]*\)".*/ \1/; s/^/include /'
	} | awk '
	$1 == "room" { order[$2] = ++rooms }
	$1 == "folder" && !($2 in order) { print "lib/" $2 ": not in the table of lib/README.md" }
	$1 == "include" {
		split($2, place, "/")
		other = substr($3, 1, index($3, "/") - 1)
		if (!(other in order))
			printf "%s: \"%s\" does not begin with a room\n", $2, $3
		else if (order[other] > order[place[2]])
			printf "%s: %s may not include \"%s\"\n", $2, place[2], $3
	}'
)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
