#!/bin/sh
# A module has a name of its own, that no library owns and that says something.
set -eu
cd "$1"

wrong=$(
	find lib -name '*.[ch]' | awk -F/ '
	{
		module = $NF
		sub(/\.[ch]$/, "", module)
		if (module in room && room[module] != $2)
			printf "%s: %s has a module of this name too\n", $0, room[module]
		room[module] = $2
		if (module ~ /^(event|evhtp|check|suite)$/)
			printf "%s: the name belongs to a library\n", $0
	}'
	find lib cmd tests conf docker systemd -name node_modules -prune -o -type f -print 2>/dev/null |
		grep -iE '/[^/]*(util|manager|handle|helper|misc|common)[^/]*$' |
		sed 's/$/: the name says nothing/'
)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
