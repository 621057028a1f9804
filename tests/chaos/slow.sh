#!/bin/bash
# Slow attacks, and what somebody else notices of them: slowhttptest holds 1,000 connections in each of its ways while
# another client's latency is measured. With default settings. SECONDS_EACH (30) bounds each.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
cd "$root"
seconds=${SECONDS_EACH:-30}
connections=${CONNECTIONS:-1000}
rate=${RATE:-500}
dir=$(mktemp -d)
started=
end() {
	# shellcheck disable=SC2086 # a list of words
	[ -z "$started" ] || kill $started 2>/dev/null || true
	rm -rf "$dir"
}
trap end EXIT

port() { # a free one
	perl -MIO::Socket::INET -e 'print IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1")->sockport'
}

wait_for() { # PORT
	for _ in $(seq 100); do
		! (exec 3<>"/dev/tcp/127.0.0.1/$1") 2>/dev/null || return 0
		sleep 0.1
	done
	return 1
}

# What the other client notices in so many seconds: median, 99 % and the longest wait, in microseconds.
look() { # WORDS SECONDS
	"$dir/pace" "$gateway" "$rate" "$2" 16 "$dir/request" >"$dir/pace.out" || true
	awk -v words="$1" -v rss="$(awk '/VmRSS/ { print $2 }' "/proc/$daemon/status")" \
		'{ v[$1] = $2 } END { printf "%-34s p50 %6d us  p99 %6d us  longest %7d us  failed %d of %d  resident %d KiB\n",
			words, v["p50"], v["all_p99"], v["max"], v["failed"], v["requests"], rss }' "$dir/pace.out"
}

attack() { # WORDS OPTIONS...
	local words=$1 attacker
	shift
	slowhttptest -u "http://127.0.0.1:$gateway/1m" -c "$connections" -r 200 -l "$seconds" "$@" \
		>"$dir/attack.out" 2>&1 &
	attacker=$!
	started="$started $attacker"
	sleep 6
	look "$words" $((seconds - 10))
	wait "$attacker" || true
	sed 's/\x1b\[[0-9;]*m//g' "$dir/attack.out" | grep -E '^(initializing|pending|connected|error|closed|service available):' |
		tail -6 | tr -s ' \t\n' ' ' | sed 's/^/    /'
	echo
}

cc -O2 -D_GNU_SOURCE -o "$dir/pace" tests/bench/pace.c
cc -O2 -D_GNU_SOURCE -o "$dir/origin" tests/bench/origin.c
gateway=$(port) origin=$(port)
cat >"$dir/latchd.yaml" <<YAML
listen: ["127.0.0.1:$gateway"]
origin: { url: "http://127.0.0.1:$origin" }
identity: { session_cookies: [PHPSESSID], account: [{ response_header: Latch-Account }] }
redirect_urls: { new_account_url: /signup, logout_url: /login }
state: { path: "$dir/state" }
log: { file: "$dir/access.log" }
YAML
printf 'GET /small HTTP/1.1\r\nHost: localhost\r\n\r\n' >"$dir/request"
"$dir/origin" "$origin" &
started="$started $!"
"${LATCHD:-build/plain/latchd}" -c "$dir/latchd.yaml" &
daemon=$!
started="$started $daemon"
wait_for "$gateway"

look "nobody attacks" 10
attack "slow heads (-H)" -H -i 5 -x 24
attack "slow bodies (-B)" -B -i 5 -s 8192 -x 10
attack "slow reading (-X)" -X -w 512 -y 1024 -n 5 -z 32 -k 3
attack "ranges (-R)" -R -a 10 -b 3000
look "nobody attacks any more" 10
