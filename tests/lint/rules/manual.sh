#!/bin/sh
# What the admin listener answers is in the manual: each method and path of the table in desk.c.
set -eu
cd "$1"

# `:` stands for an id; the manual's is in another font.
wrong=$(sed -n 's/^\t{ "\([A-Z]*\)", "\([^"]*\)", [a-z_]*, [a-z]* },$/\1 \2/p' lib/admin/desk.c |
	while read -r method path; do
		sed 's/^\.B[I]* //; s/"//g; s/ \(id\|device\)\($\| \)/:/g; s/ //2g' conf/man/latchd.8 |
			grep -qxF "$method $path" || echo "conf/man/latchd.8: nothing is said of $method $path"
	done)
[ -z "$wrong" ] || { echo "$wrong" && exit 1; }
