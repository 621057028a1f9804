#!/bin/sh
# A foreign header is included only by the rooms that the second table of lib/README.md names.
set -eu
cd "$1"

wrong=$(
	{
		# | `yaml.h` | config | …
		sed -n 's/^| `\([^`]*\)` | \([a-z, ]*\) |.*/\1 \2/p' lib/README.md | tr -d ',' | sed 's/^/owner /'
		find lib cmd -name '*.[ch]' -exec grep -HnE '^[[:space:]]*#[[:space:]]*include[[:space:]]*<' {} + 2>/dev/null |
			sed 's/:[^:<]*<\([^>]*\)>.*/ \1/; s/^/include /'
	} | awk '
	$1 == "owner" { owners[$2] = " "; for (i = 3; i <= NF; i++) owners[$2] = owners[$2] $i " " }
	$1 == "include" {
		split($2, place, "/")
		room = place[1] == "cmd" ? "cmd" : place[2]
		for (header in owners)
			if (index($3, header) == 1 && !index(owners[header], " " room " "))
				printf "%s: <%s> belongs to%s\n", $2, $3, owners[header]
	}'
)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
