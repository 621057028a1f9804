#!/bin/bash
# `make fuzz`: every target for FUZZ_SECONDS (30), as many at a time as there are cores. What is
# found goes to build/fuzz/found/; inputs that reach new code to build/fuzz/corpus/<target>/, and
# are worth a look now and then: `tests/fuzz/run.sh keep` merges them into tests/fuzz/corpus/.
set -u

cd "$(dirname "$0")/../.." || exit 1
seconds=${FUZZ_SECONDS:-30}
mkdir -p build/fuzz/found build/fuzz/log
export ASAN_OPTIONS=quarantine_size_mb=16

run_target() { # PROGRAM
	local target=${1##*/fuzz_} status=0
	mkdir -p "build/fuzz/corpus/$target" "tests/fuzz/corpus/$target"
	"$1" -max_total_time="$seconds" -timeout=5 -rss_limit_mb=1024 -print_final_stats=1 \
		-artifact_prefix="build/fuzz/found/$target-" \
		"build/fuzz/corpus/$target" "tests/fuzz/corpus/$target" \
		>"build/fuzz/log/$target.log" 2>&1 || status=$?
	echo $status >"build/fuzz/log/$target.status"
}

keep() { # PROGRAM
	local target=${1##*/fuzz_}
	"$1" -merge=1 "tests/fuzz/corpus/$target" "build/fuzz/corpus/$target" 2>/dev/null
}

report() { # PROGRAM
	local target=${1##*/fuzz_}
	local log=build/fuzz/log/$target.log
	if [ "$(cat "build/fuzz/log/$target.status")" = 0 ]; then
		echo "ok - $target: $(sed -n 's/^stat::number_of_executed_units: *//p' "$log") runs"
	else
		echo "not ok - $target"
		tail -n 40 "$log"
		return 1
	fi
}

targets=()
for source in tests/fuzz/fuzz_*.c; do
	targets+=("build/fuzz/${source%.c}")
done
if [ "${1:-}" = keep ]; then
	for program in "${targets[@]}"; do keep "$program"; done
	exit
fi

for program in "${targets[@]}"; do
	while [ "$(jobs -pr | wc -l)" -ge "$(nproc)" ]; do wait -n; done
	run_target "$program" &
done
wait
failed=0
for program in "${targets[@]}"; do
	report "$program" || failed=1
done
exit $failed
