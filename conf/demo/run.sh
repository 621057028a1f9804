#!/bin/sh
# `make run`: the gateway in front of an application, to be tried by hand.
#
#   make run                                  DokuWiki behind http://127.0.0.1:8080/
#   make run ORIGIN=http://host:port          another application, configured by conf/demo/origin.yaml
#   make run ORIGIN=... CONFIG=file           the same, configured by FILE
#
# A configuration is told through ${LISTEN}, ${ORIGIN}, ${EVENTS_URL}, ${EVENTS_SECRET_FILE}, ${STATE},
# ${ADMIN} and ${ADMIN_TOKEN_FILE} where everything is; it may name its own places instead. Other ports
# than 8080 and 9901: LISTEN_PORT and ADMIN_PORT in the environment.
#
# The browser tests start this same script, with DEMO_DIR, LATCHD and LISTEN_PORT=0; they read the
# addresses from DEMO_DIR/addresses.json, which is there once everything answers.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
root=$(cd "$here/../.." && pwd)
dir=${DEMO_DIR:-$root/build/demo}
latchd=${LATCHD:-$root/build/latchd}
wanted_origin=${ORIGIN:-}
config=${CONFIG:-}

fail() {
	echo "make run: $*" >&2
	exit 1
}

# Children get a process group each: the terminal's Ctrl-C reaches this script alone, and PHP's
# workers, which outlive their parent, can be ended with it. The lock is this script's alone.
start() { # LOG COMMAND...
	log=$1
	shift
	setsid "$@" 2>"$log" 9>&- &
	started=$!
	children="$started $children"
}

tear_down() {
	trap '' HUP INT TERM
	rm -f "$dir/addresses.json"
	for child in $children; do
		kill -s TERM -- "-$child" 2>/dev/null || true
	done
	for child in $children; do
		end_group "$child"
	done
}

end_group() { # GROUP
	for _ in $(seq 50); do
		kill -s 0 -- "-$1" 2>/dev/null || return 0
		sleep 0.1
	done
	echo "make run: killed what would not end: $(tr '\0' ' ' 2>/dev/null <"/proc/$1/cmdline")" >&2
	kill -s KILL -- "-$1" 2>/dev/null || true
}

answers() { # URL
	php -r 'exit(@file_get_contents($argv[1], false,
		stream_context_create(["http" => ["ignore_errors" => true, "timeout" => 5]])) === false ? 1 : 0);' "$1"
}

wait_for() { # URL PID LOG
	for _ in $(seq 100); do
		kill -0 "$2" 2>/dev/null || { cat "$3" >&2; fail "it ended before it answered on $1"; }
		answers "$1" && return 0
		sleep 0.1
	done
	cat "$3" >&2
	fail "nothing answers on $1"
}

# Two at a time would pull each other's state away.
lock() {
	mkdir -p "$dir"
	exec 9>"$dir/lock"
	flock -n 9 || fail "it runs already, in $dir (DEMO_DIR=other/place is for another one)"
}

start_anew() {
	rm -rf "$dir/state" "$dir/events.jsonl" "$dir/veto" "$dir/addresses.json"
	mkdir -p "$dir/state"
	umask_was=$(umask)
	umask 077
	php -r 'echo "whsec_", base64_encode(random_bytes(32)), "\n";' >"$dir/webhook.secret"
	php -r 'echo bin2hex(random_bytes(16)), "\n";' >"$dir/admin.token"
	umask "$umask_was"
}

choose_ports() {
	# shellcheck disable=SC2046 # four words are wanted
	set -- $(php "$here/ports.php" "${LISTEN_PORT:-8080}" "${ADMIN_PORT:-9901}" 0 0)
	listen_port=$1 admin_port=$2 wiki_port=$3 sink_port=$4
}

# An application that is not there yet is no mistake: the gateway says 502 until it is.
look_for_origin() {
	answers "$ORIGIN" || echo "make run: nothing answers on $ORIGIN yet" >&2
}

start_sink() {
	SINK_DIR=$dir SINK_SECRET_FILE=$dir/webhook.secret
	export SINK_DIR SINK_SECRET_FILE
	start "$dir/sink.log" php -S "127.0.0.1:$sink_port" "$here/sink.php"
	wait_for "http://127.0.0.1:$sink_port/" "$started" "$dir/sink.log"
}

start_wiki() {
	"$here/dokuwiki.sh" "$dir"
	PHP_CLI_SERVER_WORKERS=4 start "$dir/wiki.log" php -d "session.save_path=$dir/sessions" \
		-d sendmail_path=/bin/true -S "127.0.0.1:$wiki_port" -t "$dir/wiki" "$dir/wiki/index.php"
	wait_for "http://127.0.0.1:$wiki_port/" "$started" "$dir/wiki.log"
}

mentions() { # NAME
	grep -qF "\${$1}" "$config"
}

start_latchd() {
	LISTEN=127.0.0.1:$listen_port
	ADMIN=127.0.0.1:$admin_port
	EVENTS_URL=http://127.0.0.1:$sink_port/
	EVENTS_SECRET_FILE=$dir/webhook.secret
	STATE=$dir/state
	ADMIN_TOKEN_FILE=$dir/admin.token
	export LISTEN ORIGIN ADMIN EVENTS_URL EVENTS_SECRET_FILE STATE ADMIN_TOKEN_FILE
	"$latchd" -t -c "$config" >"$dir/check.log" 2>&1 || {
		cat "$dir/check.log" >&2
		fail "latchd does not take $config"
	}
	grep ': warning: ' "$dir/check.log" >&2 || true
	start "$dir/latchd.log" "$latchd" -c "$config"
	gateway=$started
	if mentions ADMIN; then
		wait_for "http://127.0.0.1:$admin_port/readyz" "$gateway" "$dir/latchd.log"
	fi
}

tell_addresses() {
	php -r '$names = ["gateway", "origin", "admin", "sink", "config"];
		echo json_encode(array_combine($names, array_slice($argv, 1)), JSON_UNESCAPED_SLASHES), "\n";' \
		"http://127.0.0.1:$listen_port" "$ORIGIN" "http://127.0.0.1:$admin_port" \
		"http://127.0.0.1:$sink_port" "$config" >"$dir/addresses.new"
	mv "$dir/addresses.new" "$dir/addresses.json"
}

greet() {
	place="http://127.0.0.1:$listen_port/   (its origin: $ORIGIN)"
	mentions LISTEN || place="the address that its configuration names"
	cat <<TEXT

  The gateway is at  $place
  Configuration      $config
  Its log            $dir/latchd.log
TEXT
}

greet_wiki() {
	cat <<TEXT

  An account may have two devices here. To see what that means:

   1. Open the address above in three browsers that share nothing: your usual one, another one
      (or another profile), and a private window. Log in to each as
          alice   in-wonderland            (there is also:  bob   the-builder)
      and open "members:tea party".
   2. The third one is shown a challenge. Choose "This is my account", tick one of the other two,
      and it lands on the page that it wanted.
   3. Click anything in the browser that was removed: it is logged out, with the challenge's id in
      the address. Whoever logs in there again is the newest device, and is challenged.
   4. Or choose "Create my own account" there, and register.
   5. Before a challenge or a logout the application is asked, once. To veto all that it is asked
      from now on, until the file is gone again:
          touch $dir/veto
TEXT
}

greet_admin() {
	cat <<TEXT

  The operator's side:
      T="Authorization: Bearer \$(cat $dir/admin.token)"
      curl -sw '\n' -H "\$T" http://127.0.0.1:$admin_port/v1/accounts/alice/devices
      curl -sw '\n' -H "\$T" -X POST http://127.0.0.1:$admin_port/v1/accounts/alice/suspend
      curl -sw '\n' -H "\$T" -X POST http://127.0.0.1:$admin_port/v1/accounts/alice/restore
      curl -s -H "\$T" http://127.0.0.1:$admin_port/metrics
TEXT
}

greet_events() {
	cat <<TEXT

  Ctrl-C ends everything. The application's backend hears these events:

TEXT
}

command -v php >/dev/null || fail "php is missing (Debian package php-cli)"
[ -x "$latchd" ] || fail "$latchd is not built"
[ -z "$config" ] || [ -r "$config" ] || fail "cannot read $config"

children=
trap tear_down EXIT
trap 'exit 129' HUP
trap 'exit 130' INT
trap 'exit 143' TERM
lock
start_anew
choose_ports
start_sink
if [ -n "$wanted_origin" ]; then
	ORIGIN=$wanted_origin
	look_for_origin
	: "${config:=$here/origin.yaml}"
else
	start_wiki
	ORIGIN=http://127.0.0.1:$wiki_port
	: "${config:=$here/latchd.yaml}"
fi
start_latchd
tell_addresses
greet
[ -n "$wanted_origin" ] || greet_wiki
! mentions ADMIN || greet_admin
greet_events
wait "$gateway" || true
tail -n 20 "$dir/latchd.log" >&2
fail "the gateway ended"
