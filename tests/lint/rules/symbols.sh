#!/bin/sh
# External symbols begin with their module's name; no room but base/log keeps mutable static state.
# A module of several files (flow.c, flow_ask.c) has one name for them all: its header's.
set -eu
root=$1
objects=$2

wrong=$(find "$objects/lib" -name '*.o' | while read -r object; do
	module=$(basename "$object" .o)
	place=$root/lib/$(basename "$(dirname "$object")")
	while [ ! -e "$place/$module.h" ] && [ "$module" != "${module%_*}" ]; do
		module=${module%_*}
	done
	nm -f sysv "$object" | awk -F'|' -v object="${object#"$objects"/}" -v module="$module" '
	NF == 7 {
		for (i = 1; i <= 7; i++)
			gsub(/^ +| +$/, "", $i)
		if ($3 ~ /^[TDBRCVWGS]$/ && index($1, module "_") != 1)
			printf "%s: %s does not begin with %s_\n", object, $1, module
		if ($7 ~ /^\.(data|bss|tdata|tbss)/ && $7 !~ /^\.data\.rel\.ro/ && object != "lib/base/log.o")
			printf "%s: %s is mutable and static\n", object, $1
	}'
done)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
