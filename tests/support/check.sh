#!/bin/bash
# `make check`: all that is known about what works, on a machine that may have nothing yet.
# The last line is the sum of all test programs.
set -u

cd "$(dirname "$0")/../.." || exit 1
jobs=${JOBS:-$(nproc)}
export LATCHD_RESULTS=$PWD/build/results
log=$PWD/build/check.log
mkdir -p build
: >"$LATCHD_RESULTS"

sum() {
	awk '{ passed += $1; failed += $2 } END { printf "%d passed, %d failed\n", passed, failed }' \
		"$LATCHD_RESULTS"
}

# A step that fails before any of its tests could run counts as one that failed.
step() { # NAME COMMAND...
	local name=$1 before after
	shift
	before=$(wc -l <"$LATCHD_RESULTS")
	if ! "$@"; then
		after=$(wc -l <"$LATCHD_RESULTS")
		[ "$after" -gt "$before" ] || echo "0 1 $name" >>"$LATCHD_RESULTS"
	fi
}

# Silent, unless it fails.
quietly() {
	"$@" >"$log" 2>&1 || {
		grep -vE '^ +(CC|AR|LD) ' "$log"
		return 1
	}
}

target() { # VARIANT TARGET...
	local variant=$1
	shift
	make --no-print-directory -k VARIANT="$variant" "$@"
}

# Builds first, as one, so that the tests have the machine to themselves.
build() { # VARIANT
	step "build $1" quietly target "$1" -j"$jobs" tests
}

run_tests() { # VARIANT TARGET...
	local variant=$1 name
	shift
	for name in "$@"; do
		step "$name $variant" target "$variant" "$name"
	done
}

step packages tests/support/packages.sh build check
build plain
step "syntax (clang)" quietly target plain syntax CC=clang
step "syntax (gcc)" quietly target plain syntax CC=gcc
step lint target plain lint
run_tests plain unit flow integration
build asan
run_tests asan unit flow integration replay
build tsan
run_tests tsan unit flow integration
[ ! -x tests/browser/run.sh ] || step browser target plain browser
step packaging target plain packaging

echo
sum
! grep -qv '^[0-9]* 0 ' "$LATCHD_RESULTS"
