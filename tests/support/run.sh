#!/bin/bash
# Runs test programs, JOBS at a time; quiet about those that pass.
#
#   tests/support/run.sh "unit asan" 2 build/asan/tests/unit/base/test_map …
#
# A program says what it found in Check's words ("100%: Checks: 10, Failures: 0, Errors: 0"), in
# lines that begin with "ok" and "not ok", or in a sum of its own ("browser: 7 passed, 0 failed"); one
# that says nothing of that counts as one test. What a program
# that failed has said is shown. LATCHD_RESULTS names a file that is given one line a program:
# passed, failed, name. TEST_TIMEOUT_S (600) ends a program that hangs.
set -u

label=$1
jobs=$2
shift 2
[ $# -gt 0 ] || exit 0
logs=$(mktemp -d)
trap 'rm -rf "$logs"' EXIT

# Sets passed and failed from what a program wrote and its exit status.
read_counts() { # LOG STATUS
	read -r passed failed < <(awk '
		/^[0-9]+%: Checks: / {
			gsub(",", "")
			bad = $5 + $7; failed += bad; passed += $3 - bad
		}
		/: [0-9]+ passed, [0-9]+ failed$/ { passed += $(NF - 3); failed += $(NF - 1) }
		/^ok( |$)/ { passed++ }
		/^not ok( |$)/ { failed++ }
		END { print passed + 0, failed + 0 }' "$1")
	if [ "$2" -ne 0 ] && [ "$failed" -eq 0 ]; then
		failed=1
	elif [ $((passed + failed)) -eq 0 ]; then
		passed=1
	fi
}

# ThreadSanitizer wants to know where everything is: some kernels scatter it too widely.
launcher=()
if [ "${LATCHD_VARIANT:-}" = tsan ] && setarch -R true 2>/dev/null; then
	launcher=(setarch -R)
fi
here=$(dirname "$0")
export ASAN_OPTIONS=${ASAN_OPTIONS:-detect_stack_use_after_return=1:strict_string_checks=1}
export UBSAN_OPTIONS=${UBSAN_OPTIONS:-print_stacktrace=1}
export TSAN_OPTIONS=${TSAN_OPTIONS:-suppressions=$here/tsan.supp:second_deadlock_stack=1}

run_one() { # NUMBER PROGRAM
	timeout -k 10 "${TEST_TIMEOUT_S:-600}" "${launcher[@]}" "$2" >"$logs/$1.log" 2>&1 </dev/null
	echo $? >"$logs/$1.status"
}

number=0
for program in "$@"; do
	number=$((number + 1))
	run_one "$number" "$program" &
	while [ "$(jobs -pr | wc -l)" -ge "$jobs" ]; do
		wait -n
	done
done
wait

total_passed=0
total_failed=0
number=0
for program in "$@"; do
	number=$((number + 1))
	status=$(cat "$logs/$number.status")
	read_counts "$logs/$number.log" "$status"
	total_passed=$((total_passed + passed))
	total_failed=$((total_failed + failed))
	if [ "$status" -ne 0 ] || [ "$failed" -ne 0 ]; then
		echo "FAILED $program (status $status)"
		sed 's/^/    /' "$logs/$number.log"
	fi
	[ -z "${LATCHD_RESULTS:-}" ] || echo "$passed $failed $label $program" >>"$LATCHD_RESULTS"
done
printf '%-20s %s passed, %s failed\n' "$label:" "$total_passed" "$total_failed"
[ "$total_failed" -eq 0 ]
