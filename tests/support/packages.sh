#!/bin/sh
# Installs the Debian packages of the named lists that are missing, and says which and why.
#
#   tests/support/packages.sh build check
#
# An entry `package:command` is there when the command is, whoever installed it.
set -eu

root=$(cd "$(dirname "$0")/../.." && pwd)
log=$root/build/packages.log

list() {
	case $1 in
	build) echo "gcc:cc make:make libc6-dev pkg-config:pkg-config libevent-dev libevhtp-dev libyaml-dev
		libssl-dev libsqlite3-dev libcurl4-openssl-dev libjansson-dev libunistring-dev libsystemd-dev" ;;
	check) echo "check clang:clang llvm:llvm-symbolizer clang-format:clang-format shellcheck:shellcheck
		perl:perl binutils:nm git:git node-llhttp valgrind:valgrind" ;;
	# With a CGI there already, dokuwiki does not ask for a web server.
	php) echo "php-cgi:php-cgi php-cli:php php-xml php-mbstring" ;;
	run) echo "dokuwiki curl:curl" ;;
	browser) echo "chromium:chromium nodejs:node npm:npm fonts-dejavu-core" ;;
	packaging) echo "systemd:systemd-analyze mmdebstrap:mmdebstrap curl:curl" ;;
	bench) echo "nginx-light:nginx haproxy:haproxy wrk:wrk strace:strace curl:curl" ;;
	cover) echo "gcovr:gcovr" ;;
	valgrind) echo "valgrind:valgrind" ;;
	slow) echo "slowhttptest:slowhttptest perl:perl" ;;
	*) echo "packages.sh: no list $1" >&2 && exit 2 ;;
	esac
}

purpose() {
	case $1 in
	build) echo "to build latchd" ;;
	check) echo "to build and run its tests" ;;
	php | run) echo "to have an application to protect" ;;
	browser) echo "to test with a real browser" ;;
	packaging) echo "to test the systemd unit and the Dockerfile" ;;
	bench) echo "to measure latchd beside others" ;;
	valgrind) echo "to watch its memory" ;;
	slow) echo "to attack it slowly" ;;
	cover) echo "to see which lines the tests reach" ;;
	esac
}

is_there() { # ENTRY
	case $1 in
	*:*) command -v "${1#*:}" >/dev/null 2>&1 || command -v "/usr/sbin/${1#*:}" >/dev/null 2>&1 ;;
	*) [ "$(dpkg-query -W -f '${db:Status-Status}' "$1" 2>/dev/null)" = installed ] ;;
	esac
}

as_root() {
	if [ "$(id -u)" = 0 ]; then
		"$@"
	elif command -v sudo >/dev/null 2>&1; then
		sudo "$@"
	else
		echo "packages.sh: not root and no sudo; install these first: $missing" >&2
		exit 1
	fi
}

apt_install() {
	as_root env DEBIAN_FRONTEND=noninteractive apt-get -y -q --no-install-recommends \
		-o Dpkg::Use-Pty=0 -o Acquire::Retries=3 install "$@"
}

mkdir -p "$root/build"
for name in "$@"; do
	missing=
	for entry in $(list "$name"); do
		is_there "$entry" || missing="$missing ${entry%%:*}"
	done
	[ -n "$missing" ] || continue
	echo "Installing$missing ($(purpose "$name"))"
	# shellcheck disable=SC2086 # a list of words
	if ! apt_install $missing >"$log" 2>&1; then
		{ as_root apt-get -q update && apt_install $missing; } >>"$log" 2>&1 || {
			cat "$log" >&2
			exit 1
		}
	fi
done
