#!/bin/sh
# Chromium against DokuWiki behind build/latchd. Everything that is made lies in build/browser and
# build/screenshots; the last line says how many passed and failed.
#
# Needs the Debian packages chromium, nodejs and npm (18 or newer) besides those of `make run`.
set -eu

here=$(cd "$(dirname "$0")" && pwd)
work=$(cd "$here/../.." && pwd)/build/browser

for tool in node npm "${CHROMIUM:-chromium}" php; do
	command -v "$tool" >/dev/null || { echo "browser: $tool is missing" >&2; exit 1; }
done

mkdir -p "$work"
if ! cmp -s "$here/package-lock.json" "$work/installed-lock.json"; then
	cp "$here/package.json" "$here/package-lock.json" "$work/"
	(cd "$work" && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error)
	cp "$here/package-lock.json" "$work/installed-lock.json"
fi

status=0
NODE_PATH=$work/node_modules node --test \
	--test-reporter=spec --test-reporter-destination=stdout \
	--test-reporter=tap --test-reporter-destination="$work/result.tap" \
	"$here"/*.test.js || status=$?

awk '/^# pass /{passed = $3} /^# fail /{failed = $3} /^# cancelled /{failed += $3}
	END {printf "browser: %d passed, %d failed\n", passed, failed; exit !(passed > 0 && failed == 0)}' \
	"$work/result.tap" || status=1
exit "$status"
