#!/bin/bash
# docker/demo.Dockerfile, followed in a Debian tree: the application and the sink that compose.yaml
# puts around the gateway come up.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/tree.sh
as_root "$@"

answers() { # URL: whatever it answers
	for _ in $(seq 600); do
		! curl -s --max-time 5 -o "$work/run/answer" "$1" || return 0
		sleep 0.1
	done
	cat "$work/run/log"
	return 1
}

build_image docker/demo.Dockerfile
ok "the Dockerfile builds"

# The ports of compose.yaml are the containers' own; here they would be the machine's.
port=$(free_port)
(exec_in_tree "$user" env -C "$directory" "${entrypoint[@]}" "${command[@]/0.0.0.0:8080/127.0.0.1:$port}") \
	>"$work/run/log" 2>&1 &
children+=($!)
answers "http://127.0.0.1:$port/doku.php?do=login" || fail "the application does not answer"
grep -q 'name="p"' "$work/run/answer" || fail "there is no login form: $(head -c 2000 "$work/run/answer")"
ok "the application shows its login form"

port=$(free_port)
(exec_in_tree "$user" env -C "$directory" docker/sink.sh "127.0.0.1:$port") >"$work/run/log" 2>&1 &
children+=($!)
answers "http://127.0.0.1:$port/" || fail "the sink does not answer"
ok "the sink answers"

for name in webhook admin; do
	[ "$(stat -c %a "$tree$directory/secrets/$name")" = 600 ] || fail "secrets/$name is not private"
done
ok "the secrets that it made are private"
