# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2046 # sourced: its words are the caller's, lists are split on purpose
# What a connection costs that has been served once and stays: memory of the processes, without the kernel's. Sourced by run.sh.

# Memory of a process tree that is no file's, in KiB.
memory_kib() {
	local pid files=()

	for pid in "$@"; do
		files+=(/proc/"$pid"/status)
	done
	awk '$1 == "RssAnon:" { sum += $2 } END { print sum }' "${files[@]}"
}

# A server of its own each time: one that has had its crowds already has the room.
load_idle() {
	local before after proxy=$name port

	name=$name-idle
	variant "$name" "$proxy" ''
	port=${PORT[$name]}
	[ "$request" = crowd ] || port=${PORT[$name-tls]}
	before=$(memory_kib $(tree "${PID[$name]}"))
	after=$(crowd_stands)
	proxy_stop "$name"
	rm -rf "${R:?}/$name"
	name=$proxy
	record idle_kib "$(awk -v a="$after" -v b="$before" -v n="$conns" 'BEGIN { printf "%.3f\n", (a - b) / n }')"
}

# The memory while it stands.
crowd_stands() {
	local said

	coproc CROWD { pinned "$LOAD_CPU" "$T/visit" "$request" "$port" "$conns" "$(dir_of "$name")/request-small" 2>&1; }
	read -r said <&"${CROWD[0]}"
	[[ $said == standing* ]] || die "$row: $name: $said"
	memory_kib $(tree "${PID[$name]}")
	eval "exec ${CROWD[1]}>&-"
	wait "$CROWD_PID" 2> /dev/null
}
