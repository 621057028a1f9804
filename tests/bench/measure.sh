# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2046,SC2048,SC2013 # sourced: its words are the caller's, lists are split on purpose
# One measurement: a load against one proxy, and what it cost. Sourced by run.sh.
# Every result is a line `row round.pass proxy metric value` in $RESULTS.

record() {
	printf '%s\t%s.%s\t%s\t%s\t%s\n' "$row" "$round" "$pass" "$name" "$1" "$2" >> "$RESULTS"
}

# CPU time that a process tree has used, in ns: of every thread, as the scheduler counted it.
cpu_ns() {
	local pid files=()

	for pid in "$@"; do
		files+=(/proc/"$pid"/task/*/schedstat)
	done
	cat "${files[@]}" 2> /dev/null | awk '{ sum += $1 } END { printf "%.0f\n", sum }'
}

# Time that the proxies' core was not idle, in ns.
core_busy_ns() {
	awk -v cpu="cpu${PROXY_CPU%%[,-]*}" -v hz="$(getconf CLK_TCK)" '
		$1 == cpu { printf "%.0f\n", ($2 + $3 + $4 + $7 + $8 + $9) * 1e9 / hz }' /proc/stat
}

# Where the requests for a proxy are: those that a latchd knows, or anybody's.
dir_of() {
	echo "${OWN[$1]:-${OWN[latchd]:-${OWN[origin]:-}}}"
}

# wrk_run SECONDS [PREFIX…]: sets requests, errors, elapsed_us. A prefix is a command that runs wrk. Over TLS when $tls is set.
wrk_run() {
	local seconds=$1 result url="http://127.0.0.1:${PORT[$name]}/"

	shift
	[ -z "${tls:-}" ] || url="https://127.0.0.1:${PORT[$name-tls]}/"
	result=$(pinned "$LOAD_CPU" "$@" wrk -t 1 -c "$conns" -d "$seconds" --timeout 10s -s "$HERE/wrk.lua" \
		"$url" -- "$(dir_of "$name")/request-$request" 2>&1 | awk '$1 == "result"')
	read -r _ requests errors elapsed_us _ <<< "$result" || true
	[ "${requests:-0}" -gt 0 ] || die "$row: wrk got no answer from $name"
	[ "$errors" = 0 ] || die "$row: $errors of $requests requests to $name failed"
}

# What stands before and after a load: CPU of the proxy, of its core, cache hits.
counters_open() {
	pids=$(tree "${PID[$name]}")
	hits=$(hits_of)
	busy=$(core_busy_ns)
	cpu=$(cpu_ns $pids)
}

counters_close() {
	local after

	cpu=$(($(cpu_ns $pids) - cpu))
	busy=$(($(core_busy_ns) - busy))
	after=$(hits_of)
	record core "$(ratio "$cpu" "$elapsed_us" 10)"
	record core_others "$(ratio $((busy > cpu ? busy - cpu : 0)) "$elapsed_us" 10)"
	[ -n "$after" ] && [ -n "$hits" ] || return 0
	record hits "$(ratio $((after - hits)) "$requests" 0.01)"
	[ $((after - hits)) -ge $((requests * 99 / 100)) ] ||
		loud "$row: only $((after - hits)) of latchd's $requests verdicts came from the cache"
}

load_wrk() {
	local pids cpu busy hits

	counters_open
	wrk_run "$SECONDS_EACH"
	counters_close
	record cpu_us "$(ratio "$cpu" "$requests" 1000)"
	record rps "$(ratio "$requests" "$elapsed_us" 0.000001)"
	# Asked anew: nginx's cache loader leaves a minute after the start.
	[ "$pass" != 1 ] || syscalls_count $(tree "${PID[$name]}")
}

# wrk_cpu: CPU time per request under wrk, in us, and nothing else; sets cpu_us.
wrk_cpu() {
	local pids cpu busy hits

	counters_open
	wrk_run "$SECONDS_EACH"
	counters_close
	cpu_us=$(ratio "$cpu" "$requests" 1000)
}

hits_of() {
	[ "${KIND[$name]}" != latchd ] || latchd_metric "$name" "$HITS"
}

# ratio A B SCALE: A / B / SCALE
ratio() {
	awk -v a="$1" -v b="$2" -v s="$3" 'BEGIN { printf "%.3f\n", a / b / s }'
}

# In a run of its own, because counting slows the counted down; perf's tracepoint does so least.
syscalls_count() {
	local count

	case $COUNTER in
	perf)
		wrk_run "$SECONDS_COUNT" perf stat -x, -e raw_syscalls:sys_enter -o "$R/syscalls-$row-$name" -p "$(IFS=$'\n'; set -- $*; IFS=,; echo "$*")"
		count=$(awk -F, '/sys_enter/ { print $1 }' "$R/syscalls-$row-$name")
		;;
	strace)
		strace_run "$@"
		count=$(awk '$NF == "total" { print $4 }' "$R/syscalls-$row-$name")
		;;
	*) return 0 ;;
	esac
	record syscalls "$(ratio "${count:-0}" "$requests" 1)"
}

strace_run() {
	local pid arguments=() tracer tries=0

	for pid in "$@"; do
		arguments+=(-p "$pid")
	done
	pinned "$LOAD_CPU" strace -c -f -o "$R/syscalls-$row-$name" "${arguments[@]}" 2> "$R/strace.log" &
	tracer=$!
	until [ "$(grep -c attached "$R/strace.log")" -ge $# ] || [ $((tries += 1)) -gt 100 ]; do
		sleep 0.05
	done
	wrk_run "$SECONDS_COUNT"
	kill -INT "$tracer"
	wait "$tracer" || true
}

# Says which of the counters works here.
counter_choose() {
	COUNTER=${COUNTER:-}
	[ -z "$COUNTER" ] || return 0
	COUNTER=none
	if perf stat -x, -e raw_syscalls:sys_enter true > /dev/null 2>&1; then
		COUNTER=perf
	elif strace -c -o /dev/null true 2> /dev/null && strace_may_attach; then
		COUNTER=strace
	else
		loud "system calls are not counted: neither perf nor strace may look at other processes here"
	fi
}

strace_may_attach() {
	[ "$(id -u)" = 0 ] || [ "$(cat /proc/sys/kernel/yama/ptrace_scope 2> /dev/null || echo 0)" = 0 ]
}

# The rate is found once, and is the same for every proxy and round.
rate_find() {
	local name=nginx request=small

	wrk_run 2
	RATE=$((requests * 500000 / elapsed_us))
}

# pace_run FILE: latencies of the proxy $name at the rate, as lines `metric value`. Fails, loudly, when not every request was answered.
pace_run() {
	local out

	[ -n "$RATE" ] || rate_find
	if ! out=$(curl -s --fail-with-body --max-time $((SECONDS_EACH + 10)) \
		"http://127.0.0.1:${PORT[origin]}/pace?${PORT[$name]},$RATE,$SECONDS_EACH,$conns,$1"); then
		loud "$row: $name at $RATE requests a second: ${out//$'\n'/, }; there is no figure of this round"
		return 1
	fi
	LATENCIES=$out
}

latency() {
	awk -v name="$1" '$1 == name { print $2 }' <<< "$LATENCIES"
}

load_paced() {
	local pids cpu busy hits metric

	[ -n "$RATE" ] || rate_find
	counters_open
	pace_run "$(dir_of "$name")/request-$request" || return 0
	requests=$(latency requests)
	elapsed_us=$((SECONDS_EACH * 1000000))
	counters_close
	for metric in p50 p99 all_p99 all_p999; do
		record "${metric}_us" "$(latency $metric)"
	done
	record cpu_us "$(ratio "$cpu" "$requests" 1000)"
}
