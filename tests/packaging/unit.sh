#!/bin/bash
# The systemd unit, looked at by systemd itself in a tree where `make install` has put it.
set -u

cd "$(dirname "$0")/../.." || exit 1
root=$(mktemp -d)
trap 'rm -rf "$root"' EXIT
status=0

report() { # STATUS SENTENCE OUTPUT
	if [ "$1" -eq 0 ]; then
		echo "ok - $2"
	else
		status=1
		printf 'not ok - %s\n%s\n' "$2" "$3"
	fi
}

make --no-print-directory -s install DESTDIR="$root" >/dev/null || exit 1
# The targets that the unit refers to, and the one command besides latchd.
mkdir -p "$root/usr/lib/systemd"
cp -a /usr/lib/systemd/system "$root/usr/lib/systemd/host"
cp -an "$root"/usr/lib/systemd/host/* "$root/usr/lib/systemd/system/"
install -m 755 /dev/null "$root/usr/bin/kill"

output=$(systemd-analyze verify --root="$root" --man=no latchd.service 2>&1)
report $? "the unit passes systemd-analyze verify" "$output"

output=$(systemd-analyze verify --root="$root" --man=no latchd.socket 2>&1)
report $? "the socket unit passes systemd-analyze verify" "$output"

# In tenths; what it may do and others may not is listed by `systemd-analyze security`.
output=$(systemd-analyze security --offline=yes --root="$root" --no-pager --threshold=20 latchd.service 2>&1)
report $? "the unit exposes no more than 2.0" "$output"

sed -i '/^ProtectSystem=/d; /^SystemCallFilter=/d; /^NoNewPrivileges=/d' "$root/usr/lib/systemd/system/latchd.service"
output=$(systemd-analyze security --offline=yes --root="$root" --no-pager --threshold=20 latchd.service 2>&1)
report $((!$?)) "a unit that is less hardened would be noticed" "$output"

rm "$root/usr/bin/latchd"
output=$(systemd-analyze verify --root="$root" --man=no latchd.service 2>&1)
report $((!$?)) "a unit without its program would be noticed" "$output"
exit $status
