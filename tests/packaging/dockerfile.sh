#!/bin/bash
# docker/Dockerfile, followed in Debian trees; what comes out is started as the image would be.
set -u

cd "$(dirname "$0")/../.." || exit 1
. tests/support/tree.sh
as_root "$@"

build_image docker/Dockerfile
ok "the Dockerfile builds"

[ "$(in_tree "$user" id -u)" != 0 ] || fail "the image runs as root"
ok "the image does not run as root"

version=$(in_tree "$user" "${entrypoint[0]}" -V)
[[ $version == latchd* ]] || fail "latchd -V: $version"
ok "latchd -V answers: $version"

missing=$(in_tree root sh -c 'ldd /usr/bin/latchd | grep "not found"')
[ -z "$missing" ] || fail "libraries are missing: $missing"
ok "every library is there"

# The image's own command, with a configuration mounted, in front of an origin outside.
origin_port=$(free_port)
port=$(free_port)
admin_port=$(free_port)
sed -e "s/ORIGIN_PORT/$origin_port/; s/ADMIN_PORT/$admin_port/; s/PORT/$port/" tests/packaging/latchd.yaml \
	>"$tree/etc/latchd/latchd.yaml"
chmod 644 "$tree/etc/latchd/latchd.yaml"
perl tests/packaging/origin.pl "$origin_port" &
children+=($!)
exec_in_tree "$user" "${entrypoint[@]}" "${command[@]}" >"$work/run/log" 2>&1 &
children+=($!)

for _ in $(seq 600); do
	in_tree "$user" "${healthcheck[@]}" >"$work/run/health" 2>&1 && break
	sleep 0.1
done
in_tree "$user" "${healthcheck[@]}" || fail "the health check fails: $(cat "$work/run/health" "$work/run/log")"
ok "the health check finds it healthy"

answer=$(curl -sS --max-time 30 "http://127.0.0.1:$port/hello?a=b")
[ "$answer" = "GET /hello?a=b" ] || fail "no answer from the origin: $answer $(cat "$work/run/log")"
ok "the origin answers through it"

kill -TERM "${children[1]}"
wait "${children[1]}" || fail "it ends badly: $(cat "$work/run/log")"
ok "it ends when it is told to"
