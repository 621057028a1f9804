#!/bin/bash
# A rule that cannot fail proves nothing: each is given a small tree that keeps it, and then
# the same tree with one thing wrong.
set -u

rules=$(cd "$(dirname "$0")/rules" && pwd)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
tree=$work/tree
status=0

clean_tree() {
	rm -rf "$tree"
	mkdir -p "$tree"/{lib/{base,http,admin},cmd/latchd,objects}
	cat >"$tree/lib/README.md" <<-'END'
		| room | what it is about |
		|---|---|
		| base | words |
		| http | protocol |
		| admin | operator |

		| header | rooms | library |
		|---|---|---|
		| `evhtp` | admin | libevhtp |
		| `event2/` | admin, cmd | libevent |
	END
	printf '#pragma once\nint text_len(const char *s);\n' >"$tree/lib/base/text.h"
	printf '#include "base/text.h"\n\nint text_len(const char *s)\n{\n\treturn s[0];\n}\n' >"$tree/lib/base/text.c"
	printf '#pragma once\n#include "base/text.h"\n' >"$tree/lib/http/head.h"
	printf '#include "http/head.h"\n' >"$tree/lib/http/head.c"
	printf '#pragma once\n#include <event2/event.h>\n#include <evhtp/evhtp.h>\n' >"$tree/lib/admin/api.h"
	printf '#include "admin/api.h"\n' >"$tree/lib/admin/api.c"
	printf '#include "admin/api.h"\n#include <event2/event.h>\n' >"$tree/cmd/latchd/main.c"
	printf 'METRIC(SEEN, "latchd_seen_total", "", METRIC_COUNTER, "Seen.")\n' >"$tree/lib/base/metric_table.h"
	printf 'int count(void);\nint seen = METRIC_SEEN;\n' >"$tree/cmd/latchd/count.c"
	printf '#!/bin/sh\necho "$1"\n' >"$tree/cmd/run.sh"
	mkdir -p "$tree/conf/man"
	printf 'static const struct row rows[] = {\n\t{ "GET", "/v1/things/:/parts", things_parts, false },\n};\n' >"$tree/lib/admin/desk.c"
	printf '.TP\n.BI "GET /v1/things/" id /parts\nIts parts.\n' >"$tree/conf/man/latchd.8"
}

compile() { # PATH SOURCE: an object as the build would make it
	mkdir -p "$(dirname "$tree/objects/$1")"
	printf '%s\n' "$2" | cc -fPIE -O2 -x c -c -o "$tree/objects/$1" -
}

check() { # RULE EXPECTED WORD SENTENCE: the rule passes, or fails and says WORD
	local rule=$1 expected=$2 word=$3 sentence=$4 output outcome=passes

	output=$("$rules/$rule.sh" "$tree" "$tree/objects" 2>&1) || outcome=fails
	if [ "$outcome" = "$expected" ] && [[ $output == *"$word"* ]]; then
		echo "ok - $rule: $sentence"
	else
		status=1
		printf 'not ok - %s: %s\nit %s and says: %s\n' "$rule" "$sentence" "$outcome" "$output"
	fi
}

keeps() { # RULE SENTENCE
	check "$1" passes "" "$2"
}

breaks() { # RULE WORD SENTENCE
	check "$1" fails "$2" "$3"
	clean_tree
}

clean_tree
for rule in rooms foreign names functions words metrics scripts manual; do
	keeps "$rule" "a clean tree passes"
done

echo '#include "http/head.h"' >>"$tree/lib/base/text.c"
breaks rooms 'base may not include "http/head.h"' "a lower room may not include a higher one"
echo '#  include "text.h"' >>"$tree/lib/base/text.c"
breaks rooms "does not begin with a room" "an include names its room"
mkdir "$tree/lib/attic"
breaks rooms "lib/attic" "a room stands on the map"

echo '#include <evhtp/evhtp.h>' >>"$tree/lib/http/head.c"
breaks foreign "<evhtp/evhtp.h> belongs to admin" "a library stays with its owner"
echo '#include <evhtp.h>' >>"$tree/cmd/latchd/main.c"
breaks foreign "cmd/latchd/main.c" "cmd is no exception"

touch "$tree/lib/http/text.h"
breaks names "has a module of this name too" "two modules cannot share a name"
touch "$tree/lib/http/event.h"
breaks names "belongs to a library" "a library's prefix is taken"
touch "$tree/lib/http/head_utils.h"
breaks names "says nothing" "a file's name says something"

{ printf 'int long_one(void)\n{\n' && yes '	;' | head -n 99 && printf '}\n'; } >>"$tree/lib/base/text.c"
breaks functions "101 lines: int long_one(void)" "a function of 101 lines is too long"
{ printf 'int long_one(void)\n{\n' && yes '	;' | head -n 98 && printf '}\n'; } >>"$tree/lib/base/text.c"
keeps functions "a function of 100 lines passes"
clean_tree
{ printf '/* long: a table */\nint long_one(void)\n{\n' && yes '	;' | head -n 99 && printf '}\n'; } >>"$tree/lib/base/text.c"
keeps functions "a reason excuses a long function"
{ printf 'int long_two(void)\n{\n' && yes '	;' | head -n 99 && printf '}\n'; } >>"$tree/lib/base/text.c"
breaks functions "long_two" "and excuses only that one"

printf '/* TO%s: later */\n' DO >>"$tree/lib/base/text.c"
breaks words "lib/base/text.c" "nothing is left for later"

printf 'METRIC(LOST, "latchd_lost_total", "", METRIC_COUNTER, "Lost.")\n' >>"$tree/lib/base/metric_table.h"
breaks metrics "nothing counts METRIC_LOST" "a row that nothing counts is noticed"

printf 'METRIC(CLASS_A, "latchd_class_total", "a=\\"1\\"", METRIC_COUNTER, "C.")\nMETRIC(CLASS_B, "latchd_class_total", "a=\\"2\\"", METRIC_COUNTER, "C.")\n' >>"$tree/lib/base/metric_table.h"
printf 'int n = METRIC_CLASS_A + 1;\n' >>"$tree/cmd/latchd/count.c"
keeps metrics "rows that are counted from the first of their name on pass"
clean_tree

printf '\t{ "POST", "/v1/things", things_make, false },\n' >>"$tree/lib/admin/desk.c"
breaks manual "nothing is said of POST /v1/things" "an address that the manual lacks is noticed"

printf '#!/bin/sh\nrm -rf $1/*\n' >"$tree/cmd/run.sh"
breaks scripts "SC2115" "shellcheck reads the scripts"

compile lib/base/text.o 'static const char *const words[] = {"a", "b"};
	static int helper(int i) { return words[i][0]; }
	int text_len(int i) { return helper(i); }'
keeps symbols "a module's own prefix passes, and so do its static functions and constants"
compile lib/base/text.o 'int len(int i) { return i; }'
breaks symbols "len does not begin with text_" "a foreign prefix is noticed"
compile lib/base/text.o 'int text_count(void) { static int calls; return ++calls; }'
breaks symbols "calls" "mutable static state is noticed"
touch "$tree/lib/base/text.h"
compile lib/base/text_html.o 'int text_html(int i) { return i; }'
keeps symbols "a second file of a module shares its name"
clean_tree
compile lib/base/text.o 'static int limit = 3; int text_limit(int n) { return limit += n; }'
breaks symbols "limit is mutable" "even with a first value"
compile lib/base/log.o 'int log_count(void) { static int calls; return ++calls; }'
keeps symbols "the log may have it"
clean_tree

if command -v clang-format >/dev/null; then
	cp "$(dirname "$rules")/../../.clang-format" "$tree/"
	keeps format "the layout of a clean tree passes"
	printf 'int  main( void ){return 0;}\n' >"$tree/lib/base/text.c"
	breaks format "lib/base/text.c" "another layout is noticed"
fi
exit $status
