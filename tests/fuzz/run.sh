#!/bin/bash
# `make fuzz`: every target for FUZZ_SECONDS (30), as many at a time as there are cores. What is
# found goes to build/fuzz/found/; inputs that reach new code to build/fuzz/corpus/<target>/, and
# are worth a look now and then: `tests/fuzz/run.sh keep` merges them into tests/fuzz/corpus/.
set -u

cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-30}
mkdir -p build/fuzz/found build/fuzz/log

run_target() { # PROGRAM
	local target=${1##*/fuzz_}
	mkdir -p "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
	"$1" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/found/$target-" \
		"build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" \
		>"build/fuzz/log/$target.log" 2>&1
	echo $? >"build/fuzz/log/$target.status"
}

keep() { # PROGRAM
	local target=${1##*/fuzz_}
	"$1" -merge=1 "tests/fuzz/corpus/$target" "build/fuzz/corpus/$target" 2>/dev/null
}

targets=()
for program in build/fuzz/tests/fuzz/fuzz_*; do # not the .o and .d beside them
	case ${program##*/} in *.*) ;; *) targets+=("$program") ;; esac
done
[ -x "${targets[0]}" ] || { echo "no fuzz target is built" >&2; exit 1; }
if [ "${1:-}" = keep ]; then
	for program in "${targets[@]}"; do keep "$program"; done
	exit
fi

failed=0
started=0
for program in "${targets[@]}"; do
	run_target "$program" &
	started=$((started + 1))
	[ $((started % $(nproc))) -ne 0 ] || wait
done
wait
for program in "${targets[@]}"; do
	target=${program##*/fuzz_}
	log=build/fuzz/log/$target.log
	if [ "$(cat "build/fuzz/log/$target.status")" = 0 ]; then
		runs=$(sed -n 's/^stat::number_of_executed_units: *//p' "$log")
		echo "ok - $target: $runs runs"
	else
		failed=1
		echo "not ok - $target"
		tail -n 40 "$log"
	fi
done
exit $failed
