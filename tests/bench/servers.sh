# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2046,SC2048,SC2013 # sourced: its words are the caller's, lists are split on purpose
# Starting, proving and ending the servers of the benchmark. Sourced by run.sh.

declare -A PID PORT
declare -A KIND # of a proxy: nginx, nginx-auth, haproxy or latchd; there may be several of a kind
declare -A OWN  # where its own requests are: a latchd knows only the people who logged in through it
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

# config NAME FILE [EDIT]: the file with its places filled in, under $R/NAME/; EDIT is for sed.
config() {
	local user=

	mkdir -p "$R/$1"
	[ "$(id -u)" != 0 ] || user='user root;'
	sed -e "s|@PORT@|${PORT[$1]}|; s|@TLS@|${PORT[$1-tls]}|; s|@ORIGIN@|${PORT[origin]}|" \
	    -e "s|@ADMIN@|${PORT[$1-admin]}|; s|@CERTIFICATE@|$R/certificate.pem|g" \
	    -e "s|@DIR@|$R/$1|; s|@USER@|$user|" -e "${3:-}" "$HERE/conf/$2" > "$R/$1/$2"
}

# One for all of them: the key is P-256, as most have it today.
certificate_make() {
	touch "$R/certificate.pem"
	chmod 600 "$R/certificate.pem"
	openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:P-256 -nodes -days 2 -subj /CN=shop.example.com \
		-addext subjectAltName=DNS:shop.example.com,DNS:www.shop.example.com \
		-keyout "$R/key.pem" -out "$R/certificate.pem" 2> "$R/openssl.log" || die "openssl makes no certificate"
	cat "$R/key.pem" >> "$R/certificate.pem"
}

start_origin() {
	port_take origin
	start origin "$LOAD_CPU" "$T/origin" "${PORT[origin]}"
	await origin
}

# proxy_prepare NAME [KIND] [EDIT]: ports and configuration.
proxy_prepare() {
	local name=$1 kind=${2:-$1} port

	KIND[$name]=$kind
	for port in "$name" "$name-tls" "$name-admin"; do
		port_take "$port"
	done
	case $kind in
	haproxy) config "$name" haproxy.cfg "${3:-}" ;;
	latchd)
		config "$name" latchd.yaml "${3:-}"
		mkdir -p "$R/$name/state"
		(umask 077 && random_hex > "$R/$name/admin.token")
		;;
	*) config "$name" "$kind.conf" "${3:-}" ;;
	esac
}

random_hex() {
	od -An -N16 -tx1 /dev/urandom | tr -d ' \n'
}

# proxy_launch NAME [CPUS]: after proxy_prepare; perhaps not for the first time.
proxy_launch() {
	local name=$1 cpus=${2:-$PROXY_CPU} dir=$R/$1

	case ${KIND[$name]} in
	haproxy) start "$name" "$cpus" haproxy -db -f "$dir/haproxy.cfg" ;;
	latchd) start "$name" "$cpus" "$LATCHD" -c "$dir/latchd.yaml" ;;
	*) start "$name" "$cpus" nginx -p "$dir" -c "$dir/${KIND[$name]}.conf" -e "$dir/error.log" -g 'daemon off;' ;;
	esac
}

start_proxy() {
	proxy_prepare "$@"
	proxy_launch "$1"
	await "$1"
}

# One more of a kind, for a row of its own: variant NAME KIND EDIT [CPUS]. Proved, and a latchd logged in to.
variant() {
	[ -z "${PID[$1]:-}" ] || return 0
	proxy_prepare "$1" "$2" "$3"
	proxy_launch "$1" "${4:-$PROXY_CPU}"
	await "$1"
	[ "$2" != latchd ] || session_open "$1" "$R/$1"
	prove "$1"
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

# Until it has ended.
proxy_stop() {
	stop "${PID[$1]}"
	wait "${PID[$1]}" 2> /dev/null
	unset "PID[$1]"
}

origin_count() {
	curl -s --max-time 10 "http://127.0.0.1:${PORT[origin]}/stats" | awk -v what="$1" '$1 == what { print $2 }'
}

# latchd_metric PROXY NAME: the sum of its series, or nothing when there is no such metric.
latchd_metric() {
	curl -s --max-time 10 -H "Authorization: Bearer $(cat "$R/$1/admin.token")" \
		"http://127.0.0.1:${PORT[$1-admin]}/metrics" |
		awk -v name="$2" '{ n = $1; sub(/[{].*/, "", n) } n == name { sum += $NF; seen = 1 } END { if (seen) printf "%.0f\n", sum }'
}

cookie_of() {
	sed -n "s/^[Ss]et-[Cc]ookie: $1=\([^;]*\).*/\1/p" "$R/head" | tr -d '\r' | tail -n 1
}

# session_open THROUGH DIR: logs in, so that through a latchd the session is bound and the device has a cookie and counts, and
# writes the requests. Through the origin itself the cookies are of the same length and mean nothing.
session_open() {
	local through=$1 session device n

	[ "$(get "$through" /login)" = 200 ] || die "the login through $through was not answered with 200"
	session=$(cookie_of PHPSESSID)
	[ ${#session} -ge 16 ] || die "the login through $through set no session cookie"
	device='v1.AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAA.AAAAAAAA.AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'
	if [ "$through" != origin ]; then
		! grep -qi '^latch-account:' "$R/head" || die "$through let the origin's Latch-Account through to the client"
		device=$(cookie_of latch)
		for n in 1 2; do
			[ "$(get "$through" /small -H "Cookie: PHPSESSID=$session${device:+; latch=$device}")" = 200 ] ||
				die "visit $n after the login through $through was not answered with 200"
			[ -n "$(cookie_of latch)" ] && device=$(cookie_of latch)
		done
		[ -n "$device" ] || die "$through gave the logged-in browser no device cookie"
	fi
	OWN[$through]=$2
	requests_write "$2" "$session" "$device"
}

# A proxy is measured only after it has shown that it does its work.
prove() {
	local name=$1 path before cookies

	cookies=$(cat "$(dir_of "$name")/cookies")
	for path in /small /16k /1m; do
		[ "$(get origin $path -H "Cookie: $cookies")" = 200 ] && mv "$R/body" "$R/wanted"
		[ "$(get "$name" $path -H "Cookie: $cookies")" = 200 ] || die "$name: GET $path was not answered with 200"
		cmp -s "$R/body" "$R/wanted" || die "$name: GET $path was answered with another body than the origin's"
	done
	filler u 1048576 > "$R/wanted"
	[ "$(get "$name" /upload -H "Cookie: $cookies" -H 'Expect:' --data-binary "@$R/wanted")" = 200 ] ||
		die "$name: the upload was not answered with 200"
	before=$(origin_count requests)
	get "$name" /small -H "Cookie: $cookies" > /dev/null
	[ "$(origin_count requests)" -eq $((before + 2)) ] || die "$name: one request did not reach the origin as one"
	case ${KIND[$name]} in
	nginx-auth) prove_auth ;;
	latchd) prove_latchd "$name" ;;
	esac
}

prove_auth() {
	local before n

	[ "$(get nginx-auth /small)" = 401 ] || die "nginx-auth: a request without a session was not refused"
	get nginx-auth /small -H "Cookie: $cookies" > /dev/null
	before=$(origin_count auth)
	for n in 1 2 3 4 5; do
		get nginx-auth /small -H "Cookie: $cookies" > /dev/null
	done
	[ "$(origin_count auth)" = "$before" ] || die "nginx-auth: the answers of the auth backend are not kept"
}

prove_latchd() {
	local before after

	before=$(latchd_metric "$1" $HITS)
	[ "$(get "$1" /small -H "Cookie: $cookies")" = 200 ] || die "$1: GET /small was not answered with 200"
	[ -z "$(cookie_of latch)" ] || die "$1: a device cookie was issued to a device that had sent its own"
	after=$(latchd_metric "$1" $HITS)
	if [ -z "$after" ]; then
		loud "$1 shows no $HITS: whether verdicts come from the cache is not known"
	elif [ "$after" -le "${before:-0}" ]; then
		die "$1: a request of a bound session was no verdict cache hit ($HITS stayed at $after)"
	fi
}
