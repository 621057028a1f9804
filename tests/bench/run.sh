#!/bin/bash
# What a request costs through latchd and through what people have instead: nginx, nginx with a cached
# auth_request, HAProxy; one origin, one load, one table. README.md beside this file says how and why.
#
#   ROW=small,16k     these rows of the file `rows` alone          (default: all)
#   ROUNDS=5          rounds; the figures are medians of them
#   PROXIES='nginx …' these alone                                  (default: all four)
#   LATCHD=path       the binary                                   (default: build/latchd)
#   PROXY_CPU=0 LOAD_CPU=1   where the proxies run, and where everything else
#   NICE=-15          the priority of servers and loads, for a machine that others use too (default: 0)
#   COUNTER=perf|strace|none how system calls are counted          (default: the first that works)
# shellcheck disable=SC2034 # read by what is sourced
set -u
HERE=$(cd "$(dirname "$0")" && pwd)
ROOT=$(cd "$HERE/../.." && pwd)
B=$ROOT/build/bench
T=$ROOT/build/plain/tests/bench
R=$B/run
RESULTS=$B/results.tsv
ROW=${ROW:-}
ROUNDS=${ROUNDS:-5}
PROXIES=${PROXIES:-nginx nginx-auth haproxy latchd}
LATCHD=${LATCHD:-$ROOT/build/latchd}
PROXY_CPU=${PROXY_CPU:-0}
LOAD_CPU=${LOAD_CPU:-1}
NICE=${NICE:-0}
SECONDS_EACH=${SECONDS_EACH:-1}
SECONDS_COUNT=1
HITS=latchd_verdict_cache_hits_total
RATE=

die() {
	echo "bench: $*" >&2
	exit 1
}

loud() {
	printf '\n!!!! %s\n\n' "$*" >&2
}

# pinned CPU COMMAND…: in place of this shell, so that its process id is the command's.
pinned() {
	local cpu=$1

	shift
	exec nice -n "$NICE" taskset -c "$cpu" "$@"
}

. "$HERE/requests.sh"
. "$HERE/servers.sh"
. "$HERE/measure.sh"
. "$HERE/tls.sh"
. "$HERE/variants.sh"
. "$HERE/idle.sh"
. "$HERE/state.sh"

tools_need() {
	local tool missing=

	[ ! -x "$ROOT/tests/support/packages.sh" ] || "$ROOT/tests/support/packages.sh" bench || exit 1
	PATH=$PATH:/usr/sbin
	for tool in nginx haproxy wrk curl openssl taskset awk; do
		command -v "$tool" > /dev/null || missing="$missing $tool"
	done
	[ -z "$missing" ] || die "not installed:$missing"
	[ "$(getconf _NPROCESSORS_ONLN)" -ge 2 ] || die "two cores are needed: one for the proxy, one for load and origin"
	nice -n "$NICE" true 2> /dev/null || die "NICE=$NICE needs root"
	[ -r /proc/self/schedstat ] || die "this kernel has no /proc/PID/schedstat, from which CPU time is read"
}

# The programs of this folder are built by `make bench-programs`.
place_prepare() {
	local tool

	mkdir -p "$B"
	exec 9> "$B/lock"
	flock -n 9 || die "another run is under way in $B"
	rm -rf "$R"
	mkdir -p "$R"
	: > "$RESULTS"
	for tool in origin visit people judge; do
		[ -x "$T/$tool" ] || die "$T/$tool is missing: run make bench-programs"
	done
}

proxies_choose() {
	[[ " $PROXIES " != *' latchd '* ]] || [ -x "$LATCHD" ] && return
	loud "latchd not built ($LATCHD is missing): the others are measured without it"
	PROXIES=${PROXIES/latchd/}
}

rows_choose() {
	local known chosen

	known=$(awk -F'|' '!/^#/ && NF { gsub(/ /, "", $1); print $1 }' "$HERE/rows")
	ROWS=${ROW//,/ }
	ROWS=${ROWS:-${known//$'\n'/ }}
	for chosen in $ROWS; do
		grep -qx -- "$chosen" <<< "$known" || die "no row $chosen; there are: ${known//$'\n'/ }"
	done
}

# turn NUMBER: the proxies in turn, each time beginning with another one.
turn() {
	local order by

	read -ra order <<< "$PROXIES"
	by=$(($1 % ${#order[@]}))
	echo "${order[@]:by}" "${order[@]:0:by}"
}

row_measure() {
	local row=$1 load request conns passes proxies name pass

	IFS='|' read -r _ load request conns passes proxies _ < <(grep "^$row *|" "$HERE/rows" | sed 's/ *| */|/g')
	for ((pass = 1; pass <= passes; pass++)); do
		for name in $(turn $((round + pass))); do
			[[ " $proxies " != *" $name "* ]] || "load_$load"
		done
	done
}

versions() {
	printf '\nLinux %s, %s\n' "$(uname -r)" "$(sed -n 's/^model name.*: //p' /proc/cpuinfo | uniq)"
	nginx -v 2>&1
	haproxy -v | sed 1q
	[[ " $PROXIES " != *' latchd '* ]] || "$LATCHD" -V
}

trap stop_all EXIT
trap 'exit 130' INT
trap 'exit 143' TERM
tools_need
rows_choose
place_prepare
proxies_choose
counter_choose
browser_fields > "$R/fields"
certificate_make
start_origin
for name in $PROXIES; do
	start_proxy "$name"
done
session_open "$([ -n "${PID[latchd]:-}" ] && echo latchd || echo origin)" "$R"
for name in $PROXIES; do
	prove "$name"
done
for ((round = 1; round <= ROUNDS; round++)); do
	echo "round $round of $ROUNDS: $ROWS" >&2
	for row in $ROWS; do
		row_measure "$row"
	done
done
versions
awk -v counter="$COUNTER" -v rate="$RATE" -v tls="${TLS_AGREED:-}" -v rounds="$ROUNDS" -f "$HERE/report.awk" "$HERE/rows" "$RESULTS"
