# shellcheck shell=bash disable=SC2154,SC2034,SC2086 # sourced: its words are the caller's, lists are split on purpose
# Rows that compare a proxy with itself under other settings; each variant is a server of its own. Sourced by run.sh.

# cpu_of VARIANT: CPU time per request, in us.
cpu_of() {
	local name=$1 cpu_us

	wrk_cpu
	echo "$cpu_us"
}

# One worker, then two, which may run on both cores, as the load does.
load_workers() {
	local one two

	variant "$name-one" "$name" '' "$PROXY_CPU,$LOAD_CPU"
	variant "$name-two" "$name" 's/^\(workers:\|worker_processes\) 1/\1 2/' "$PROXY_CPU,$LOAD_CPU"
	one=$(cpu_of "$name-one") && two=$(cpu_of "$name-two") || exit 1
	record cpu_us "$two"
	record two_to_one "$(ratio "$two" "$one" 1)"
}

load_logged() {
	local without with edit

	edit="s|access: false|access: true, file: $R/$name-log/access.log|; s|access_log off|access_log $R/$name-log/access.log|"
	variant "$name-log" "$name" "$edit"
	without=$(cpu_of "$name") && with=$(cpu_of "$name-log") || exit 1
	record cpu_us "$with"
	record log_us "$(awk -v a="$with" -v b="$without" 'BEGIN { printf "%.3f\n", a - b }')"
	[ "$(wc -l < "$R/$name-log/access.log")" -gt 1000 ] || die "$row: $name has written no log"
}

# How often the workers ask the heap for anything: of two runs the longer one does so for its additional requests.
load_heap() {
	local count=$R/heap-count short long

	if [ -z "${PID[latchd-heap]:-}" ]; then
		head -c 8 /dev/zero > "$count"
		LD_PRELOAD=$T/../support/preload/heap.so LATCHD_HEAP_COUNT=$count variant latchd-heap latchd ''
		heap_of 1 > /dev/null # what is taken once, it has now
	fi
	short=$(heap_of 1) && long=$(heap_of 3) || exit 1
	[ "${long#* }" -gt "${short#* }" ] || { loud "$row: the longer run has fewer requests: there is no figure of this round"; return 0; }
	record heap_calls "$(awk -v a="$short" -v b="$long" '
		BEGIN { split(a, x); split(b, y); printf "%.4f\n", (y[1] - x[1]) / (y[2] - x[2]) }')"
}

# heap_of SECONDS: calls and requests.
heap_of() {
	local name=latchd-heap before after

	before=$(od -An -tu8 "$count")
	wrk_run "$1"
	after=$(od -An -tu8 "$count")
	[ "$after" -gt 0 ] || die "$row: nothing is counted"
	echo $((after - before)) "$requests"
}
