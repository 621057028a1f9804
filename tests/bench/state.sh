# shellcheck shell=bash disable=SC2154,SC2034,SC2086 # sourced: its words are the caller's, lists are split on purpose
# Rows about what latchd remembers and how it judges: people.c fills a state from inside, judge.c asks for verdicts.
# Sourced by run.sh.

MILLION=${MILLION:-1000000}
ATTACHMENTS=200000
EVENTS=20000

# people_fill NAME COUNT ACTIVE: a state, and a request of each of those who are active.
people_fill() {
	local dir=$R/$1 form=$R/$1/form session device blank

	"$T/people" "$dir/latchd.yaml" "$2" "$3" > "$dir/people" || die "$row: the state of $1 cannot be filled"
	[ "$3" -gt 0 ] || return 0
	read -r _ session device < <(grep '^person' "$dir/people")
	get_write "$form" /small keep-alive "PHPSESSID=$session; latch=$device; basket="
	while read -r _ session device; do
		sed "s/^Cookie: PHPSESSID=[^;]*; latch=[^;]*;/Cookie: PHPSESSID=$session; latch=$device;/" "$form"
	done < <(grep '^person' "$dir/people") > "$dir/request-people"
	OWN[$1]=$dir
}

# Until it answers, in seconds since it was started: sets start_s, and start_cpu_s, which other people's compilers leave alone.
start_timed() {
	local began

	began=$(date +%s.%N)
	proxy_launch "$1"
	until (: < "/dev/tcp/127.0.0.1/${PORT[$1]}") 2> /dev/null; do
		kill -0 "${PID[$1]}" 2> /dev/null || die "$row: $1 did not start: $(tail -n 3 "$R/$1.log")"
		sleep 0.005
	done
	[ "$(get "$1" /small)" = 200 ] || die "$row: $1 does not serve"
	start_s=$(awk -v a="$began" -v b="$(date +%s.%N)" 'BEGIN { printf "%.3f\n", b - a }')
	start_cpu_s=$(ratio "$(cpu_ns "${PID[$1]}")" 1 1000000000)
}

million_prepare() {
	[ -z "${KIND[latchd-million]:-}" ] || return 0
	proxy_prepare latchd-million latchd
	proxy_prepare latchd-few latchd
	people_fill latchd-million "$MILLION" "$conns"
	people_fill latchd-few "$conns" "$conns"
	proxy_launch latchd-few
	await latchd-few
}

# paced_by NAME: latencies of people who are known, at the rate of the latency row; sets hit_share.
paced_by() {
	local name=$1 before

	before=$(hits_of)
	pace_run "$R/$name/request-people" || return 1
	hit_share=$(ratio $(($(hits_of) - before)) "$(latency requests)" 0.01)
}

# In bytes, all of it.
resident() {
	awk '$1 == "VmRSS:" { print $2 * 1024 }' "/proc/${PID[$1]}/status"
}

# A million people in the state, of whom some are there; beside a state with those alone. The first questions are misses.
load_million() {
	local start_s start_cpu_s hit_share few50 few99

	million_prepare
	start_timed latchd-million
	record start_s "$start_s"
	record start_cpu_s "$start_cpu_s"
	if paced_by latchd-few && few50=$(latency p50) few99=$(latency p99) &&
		paced_by latchd-million && paced_by latchd-million; then
		record hits "$hit_share"
		record p50_us "$(latency p50)"
		record p99_us "$(latency p99)"
		record p50_few "$(ratio "$(latency p50)" "$few50" 1)"
		record p99_few "$(ratio "$(latency p99)" "$few99" 1)"
	fi
	record rss_mb "$(ratio "$(resident latchd-million)" 1 1000000)"
	record people_mb "$(ratio $(($(resident latchd-million) - $(resident latchd-few))) 1 1000000)"
	proxy_stop latchd-million
}

# state_empty NAME [EDIT]: a latchd that is configured, with nothing to remember.
state_empty() {
	[ -n "${KIND[$1]:-}" ] || proxy_prepare "$1" latchd "${2:-}"
	rm -rf "$R/$1/state"
	mkdir -p "$R/$1/state"
}

load_attach() {
	state_empty latchd-attach
	people_fill latchd-attach $ATTACHMENTS 0
	record attachments_s "$(awk '$1 == "attachments_s" { print $2 }' "$R/latchd-attach/people")"
}

# How many of those that wait are delivered in a second, from the first that arrives to the last, or for two seconds.
load_webhooks() {
	local first last began now tries=0

	(umask 077 && echo whsec_MDEyMzQ1Njc4OTAxMjM0NTY3ODkwMTIz > "$R/webhook.key")
	state_empty latchd-hooks "\$a events: { url: \"http://127.0.0.1:${PORT[origin]}/hooks\", secret_file: $R/webhook.key }"
	people_fill latchd-hooks $EVENTS 0
	first=$(origin_count hooks)
	proxy_launch latchd-hooks
	until [ "$(origin_count hooks)" -gt "$first" ]; do
		[ $((tries += 1)) -lt 500 ] || die "$row: no event arrives: $(tail -n 1 "$R/latchd-hooks.log")"
		sleep 0.01
	done
	first=$(origin_count hooks)
	began=$(date +%s%N)
	while :; do
		sleep 0.2
		now=$(date +%s%N)
		last=$(origin_count hooks)
		[ $((now - began)) -lt 2000000000 ] && [ $((last - first)) -lt $((EVENTS * 8 / 10)) ] || break
	done
	proxy_stop latchd-hooks
	record webhooks_s "$(ratio $((last - first)) $((now - began)) 0.000000001)"
}

load_judge() {
	local count=3000000

	[ "$request" = hit ] || count=200000
	state_empty latchd-judge
	record ns "$(pinned "$PROXY_CPU" "$T/judge" "$R/latchd-judge/latchd.yaml" "$request" $count | awk '$1 == "ns" { print $2 }')"
	[ "$round" = 1 ] && command -v valgrind > /dev/null || return 0
	record instructions $((($(instructions_of 11000) - $(instructions_of 1000)) / 10000))
}

# Of so many, and of what comes before.
instructions_of() {
	local function=decide_request

	[ "$request" != cookie ] || function=device_cookie_verify
	state_empty latchd-judge
	valgrind --quiet --tool=callgrind --callgrind-out-file="$R/judge.$request" --toggle-collect=$function \
		"$T/judge" "$R/latchd-judge/latchd.yaml" "$request" "$1" > /dev/null || die "$row: valgrind failed"
	awk '$1 == "summary:" { print $2 }' "$R/judge.$request"
}
