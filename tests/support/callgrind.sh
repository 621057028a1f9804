#!/bin/sh
# Stands in for latchd in a test that counts instructions: runs LATCHD_COUNTED under callgrind. Every question for /healthz
# ends a chapter: what was counted since the last one is written to LATCHD_CALLGRIND_OUT.<chapter>, from 1.
exec valgrind --quiet --tool=callgrind --compress-strings=no --compress-pos=no \
	--dump-before=health_answer --callgrind-out-file="$LATCHD_CALLGRIND_OUT" "$LATCHD_COUNTED" "$@"
