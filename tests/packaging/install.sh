#!/bin/bash
# `make install` puts everything in its place, and `make uninstall` takes all but the
# configuration away.
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

is_there() { # PATH...
	for path in "$@"; do
		[ -e "$root$path" ] || { report 1 "make install brings $path" && return; }
	done
	report 0 "make install brings $*"
}

output=$(make --no-print-directory install DESTDIR="$root" PREFIX=/opt/latchd 2>&1)
report $? "make install works with a prefix of its own" "$output"
is_there /opt/latchd/bin/latchd /etc/latchd/latchd.yaml /opt/latchd/lib/systemd/system/latchd.service \
	/opt/latchd/lib/systemd/system/latchd.socket

output=$("$root/opt/latchd/bin/latchd" -V 2>&1)
report $? "what was installed runs" "$output"
grep -q '^ExecStart=/opt/latchd/bin/latchd ' "$root/opt/latchd/lib/systemd/system/latchd.service"
report $? "the unit starts the program from the prefix"

echo "# mine" >>"$root/etc/latchd/latchd.yaml"
make --no-print-directory -s install DESTDIR="$root" PREFIX=/opt/latchd >/dev/null 2>&1
grep -q '^# mine$' "$root/etc/latchd/latchd.yaml"
report $? "installing again keeps the operator's configuration"

make --no-print-directory -s uninstall DESTDIR="$root" PREFIX=/opt/latchd >/dev/null 2>&1
left=$(find "$root" -type f ! -path "$root/etc/latchd/*")
[ -z "$left" ]
report $? "make uninstall leaves nothing behind" "$left"
[ -e "$root/etc/latchd/latchd.yaml" ]
report $? "make uninstall leaves the configuration"
exit $status
