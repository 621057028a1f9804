# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2046,SC2048,SC2013 # sourced: its words are the caller's, lists are split on purpose
# Starting, proving and ending the servers of the benchmark. Sourced by run.sh.

declare -A PID PORT
NEXT_PORT=$((20000 + RANDOM % 8000))

# Takes a port that nobody listens on, below those that the kernel gives to outgoing connections.
port_take() {
	while (: < "/dev/tcp/127.0.0.1/$NEXT_PORT") 2> /dev/null; do
		NEXT_PORT=$((NEXT_PORT + 1))
	done
	PORT[$1]=$NEXT_PORT
	NEXT_PORT=$((NEXT_PORT + 1))
}

# start NAME CPU COMMAND…: in the background, pinned, its output in a log.
start() {
	local name=$1 cpu=$2

	shift 2
	pinned "$cpu" "$@" > "$R/$name.log" 2>&1 < /dev/null &
	PID[$name]=$!
}

# get NAME PATH [CURL ARGUMENT…]: body into $R/body, head into $R/head; prints the status.
get() {
	local name=$1 path=$2

	shift 2
	curl -s -o "$R/body" -D "$R/head" -w '%{http_code}' --max-time 10 -H "@$R/fields" "$@" \
		"http://127.0.0.1:${PORT[$name]}$path"
}

await() {
	local name=$1 tries=0

	until [ "$(get "$name" /stats)" != 000 ]; do
		tries=$((tries + 1))
		if [ $tries -gt 100 ] || ! kill -0 "${PID[$name]}" 2> /dev/null; then
			tail -n 20 "$R/$name.log" "$R/$name/error.log" >&2 2> /dev/null
			die "$name did not start"
		fi
		sleep 0.1
	done
}

# config NAME FILE: the file with its places filled in, under $R/NAME/.
config() {
	local user=

	mkdir -p "$R/$1"
	[ "$(id -u)" != 0 ] || user='user root;'
	sed -e "s|@PORT@|${PORT[$1]}|; s|@ORIGIN@|${PORT[origin]}|; s|@ADMIN@|${PORT[admin]:-}|" \
	    -e "s|@DIR@|$R/$1|; s|@USER@|$user|" "$HERE/conf/$2" > "$R/$1/$2"
}

start_origin() {
	port_take origin
	start origin "$LOAD_CPU" "$B/origin" "${PORT[origin]}"
	await origin
}

start_proxy() {
	local name=$1

	port_take "$name"
	case $name in
	nginx | nginx-auth)
		config "$name" "$name.conf"
		start "$name" "$PROXY_CPU" nginx -p "$R/$name" -c "$R/$name/$name.conf" -e "$R/$name/error.log" -g 'daemon off;'
		;;
	haproxy)
		config haproxy haproxy.cfg
		start haproxy "$PROXY_CPU" haproxy -db -f "$R/haproxy/haproxy.cfg"
		;;
	latchd)
		port_take admin
		config latchd latchd.yaml
		(umask 077 && od -An -N16 -tx1 /dev/urandom | tr -d ' \n' > "$R/latchd/admin.token")
		mkdir -p "$R/latchd/state"
		start latchd "$PROXY_CPU" "$LATCHD" -c "$R/latchd/latchd.yaml"
		;;
	esac
	await "$name"
}

# A process and all that it started.
tree() {
	local child

	echo "$1"
	for child in $(cat /proc/"$1"/task/*/children 2> /dev/null); do
		tree "$child"
	done
}

stop() {
	local tries=0

	kill "$1" 2> /dev/null || return 0
	while kill -0 "$1" 2> /dev/null; do
		[ $((tries += 1)) -le 50 ] || { kill -9 $(tree "$1"); return; }
		sleep 0.1
	done
}

stop_all() {
	local name

	for name in "${!PID[@]}"; do
		stop "${PID[$name]}"
	done
	wait 2> /dev/null
}

origin_count() {
	curl -s --max-time 10 "http://127.0.0.1:${PORT[origin]}/stats" | awk -v what="$1" '$1 == what { print $2 }'
}

# latchd_metric NAME: the sum of its series, or nothing when there is no such metric.
latchd_metric() {
	curl -s --max-time 10 -H "Authorization: Bearer $(cat "$R/latchd/admin.token")" \
		"http://127.0.0.1:${PORT[admin]}/metrics" |
		awk -v name="$1" '{ n = $1; sub(/[{].*/, "", n) } n == name { sum += $NF; seen = 1 } END { if (seen) printf "%.0f\n", sum }'
}

cookie_of() {
	sed -n "s/^[Ss]et-[Cc]ookie: $1=\([^;]*\).*/\1/p" "$R/head" | tr -d '\r' | tail -n 1
}

# Logs in, through latchd where it runs, so that the session is bound and the device has a cookie and counts.
# Without it the cookies are of the same length and mean nothing.
session_open() {
	local through=origin session device n

	[ -z "${PID[latchd]:-}" ] || through=latchd
	[ "$(get $through /login)" = 200 ] || die "the login through $through was not answered with 200"
	session=$(cookie_of PHPSESSID)
	[ ${#session} -ge 16 ] || die "the login through $through set no session cookie"
	device='v1.1.AAAAAAAAAAAAAAAAAAAAAA.1700000000.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
	if [ $through = latchd ]; then
		! grep -qi '^latch-account:' "$R/head" || die "latchd let the origin's Latch-Account through to the client"
		device=$(cookie_of latch)
		for n in 1 2; do
			[ "$(get latchd /small -H "Cookie: PHPSESSID=$session${device:+; latch=$device}")" = 200 ] ||
				die "visit $n after the login through latchd was not answered with 200"
			[ -n "$(cookie_of latch)" ] && device=$(cookie_of latch)
		done
		[ -n "$device" ] || die "latchd gave the logged-in browser no device cookie"
	fi
	requests_write "$session" "$device"
}

# A proxy is measured only after it has shown that it does its work.
prove() {
	local name=$1 path before

	for path in /small /16k /1m; do
		[ "$(get origin $path -H "Cookie: $COOKIES")" = 200 ] && mv "$R/body" "$R/wanted"
		[ "$(get "$name" $path -H "Cookie: $COOKIES")" = 200 ] || die "$name: GET $path was not answered with 200"
		cmp -s "$R/body" "$R/wanted" || die "$name: GET $path was answered with another body than the origin's"
	done
	filler u 1048576 > "$R/wanted"
	[ "$(get "$name" /upload -H "Cookie: $COOKIES" -H 'Expect:' --data-binary "@$R/wanted")" = 200 ] ||
		die "$name: the upload was not answered with 200"
	before=$(origin_count requests)
	get "$name" /small -H "Cookie: $COOKIES" > /dev/null
	[ "$(origin_count requests)" -eq $((before + 2)) ] || die "$name: one request did not reach the origin as one"
	case $name in
	nginx-auth) prove_auth ;;
	latchd) prove_latchd ;;
	esac
}

prove_auth() {
	local before n

	[ "$(get nginx-auth /small)" = 401 ] || die "nginx-auth: a request without a session was not refused"
	get nginx-auth /small -H "Cookie: $COOKIES" > /dev/null
	before=$(origin_count auth)
	for n in 1 2 3 4 5; do
		get nginx-auth /small -H "Cookie: $COOKIES" > /dev/null
	done
	[ "$(origin_count auth)" = "$before" ] || die "nginx-auth: the answers of the auth backend are not kept"
}

prove_latchd() {
	local before after

	before=$(latchd_metric $HITS)
	[ "$(get latchd /small -H "Cookie: $COOKIES")" = 200 ] || die "latchd: GET /small was not answered with 200"
	[ -z "$(cookie_of latch)" ] || die "latchd: a device cookie was issued to a device that had sent its own"
	after=$(latchd_metric $HITS)
	if [ -z "$after" ]; then
		loud "latchd shows no $HITS: whether verdicts come from the cache is not known"
	elif [ "$after" -le "${before:-0}" ]; then
		die "latchd: a request of a bound session was no verdict cache hit ($HITS stayed at $after)"
	fi
}
