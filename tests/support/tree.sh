# Follows a Dockerfile without Docker: each stage is a Debian tree, each RUN a chroot. Sourced by
# tests/packaging, from the project's root:
#
#	build_image docker/Dockerfile
#	in_tree "$user" "${entrypoint[@]}"
#
# Afterwards $tree is the last stage, with $user, $directory, $entrypoint, $command and $healthcheck
# as the image has them. Layers are kept under build/docker/<Dockerfile's name>/, and one whose
# instructions and files have not changed is taken from there. Needs root.
# shellcheck shell=bash disable=SC2034 # what the caller looks at

children=()
layers_used=()
declare -A stage_layer

ok() { echo "ok - $*"; }
fail() {
	echo "not ok - $*"
	exit 1
}

# Starts the calling script again, as root.
as_root() {
	if [ "$(id -u)" != 0 ]; then
		exec sudo -n "$0" "$@" || fail "a Debian tree needs root"
	fi
}

# Below those that the kernel gives away by itself, so that it stays free until somebody listens there.
free_port() {
	perl -MIO::Socket::INET -e 'for (;;) {
		my $port = 20000 + int rand 12000;
		print $port and last if IO::Socket::INET->new(Listen => 1, LocalAddr => "127.0.0.1:$port");
	}'
}

tear_down() {
	for child in "${children[@]}"; do
		kill "$child" 2>/dev/null
		wait "$child" 2>/dev/null
	done
	umount "$work"/tree-*/proc 2>/dev/null
	rm -rf --one-file-system "$work"/tree-* "$work/run"
}
# The machine's own Debian sources say where packages come from.
base_image() {
	local sources=()
	for file in /etc/apt/sources.list.d/debian.sources /etc/apt/sources.list; do
		[ -s "$file" ] && sources=("$file") && break
	done
	[ ! -s "$base" ] || return 0
	mmdebstrap --mode=root --variant=minbase --quiet bookworm "$base.new.tar" "${sources[@]}" &&
		mv "$base.new.tar" "$base"
}

# One instruction a line, without comments.
instructions() {
	sed -e '/^#/d' -e '/^[[:space:]]*$/d' "$dockerfile" | sed -e ':a' -e '/\\$/N; s/\\\n[[:space:]]*/ /; ta'
}

exec_in_tree() { # USER COMMAND...
	local user=$1
	shift
	exec chroot --userspec="$user" "$tree" /usr/bin/env -i HOME=/ \
		PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin "$@"
}

in_tree() { # USER COMMAND...
	(exec_in_tree "$@")
}

# Makes the tree from the newest layer and what was copied since, when something is to run in it.
materialise() {
	[ ! -d "$tree" ] || return 0
	mkdir -p "$tree"
	tar -C "$tree" -xpf "$layer" --numeric-owner
	cp -L /etc/resolv.conf "$tree/etc/resolv.conf"
	for copy in "${pending[@]}"; do
		eval "$copy"
	done
	pending=()
}

next_key() { # TEXT...
	key=$(printf '%s\n' "$key" "$@" | sha256sum | cut -c1-32)
}

# What Docker would send, going by Dockerfile.dockerignore; for a folder, from there.
context_files() { # PATH
	if [ -d "$1" ]; then
		(cd "$1" && find . \( -name .git -o -path ./build -o -name node_modules \) -prune -o -type f -print | sort)
	else
		echo "$1"
	fi
}

context_digest() { # PATH
	context_files "$1" | (if [ -d "$1" ]; then cd "$1" || exit; fi && xargs -r -d '\n' sha256sum)
}

copy_from_context() { # TARGET SOURCE
	mkdir -p "$tree$1"
	if [ -d "$2" ]; then
		context_files "$2" | tar -C "$2" -cf - -T - | tar -C "$tree$1" -xf - --no-same-owner
	else
		cp "$2" "$tree$1"
	fi
}

copy_from_layer() { # TARGET SOURCE LAYER: the contents of a folder
	local depth
	depth=$(tr -cd / <<<"$2" | wc -c)
	mkdir -p "$tree$1"
	tar -C "$tree$1" -xpf "$3" --numeric-owner --strip-components="$depth" ".${2%/}"
}

do_from() { # IMAGE [AS NAME]
	[[ $1 == debian:bookworm* ]] || fail "no tree for $1"
	stage=${3:-final}
	tree=$work/tree-$stage
	user=root
	directory=/
	entrypoint=()
	command=()
	layer=$base
	pending=()
	key=$1
}

do_run() { # COMMAND
	local kept
	next_key "run $*"
	kept=$work/layers/$key.tar
	layers_used+=("$kept")
	if [ ! -s "$kept" ]; then
		materialise
		mkdir -p "$tree$directory"
		mount -t proc proc "$tree/proc"
		in_tree root sh -c "cd '$directory' && $*" >"$work/log" 2>&1 || {
			cat "$work/log"
			fail "RUN $*"
		}
		umount "$tree/proc"
		tar -C "$tree" -cpf "$kept.new" --numeric-owner . && mv "$kept.new" "$kept"
	elif [ -d "$tree" ]; then
		rm -rf --one-file-system "$tree"
	fi
	layer=$kept
	pending=()
}

do_copy() { # [--from=STAGE] SOURCE TARGET
	local from=""
	if [[ $1 == --from=* ]]; then
		from=${1#--from=}
		shift
	fi
	local source=$1 target=$2
	[[ $target == /* ]] || target=$directory/$target
	if [ -n "$from" ]; then
		next_key "copy ${stage_layer[$from]} $source $target"
		pending+=("copy_from_layer '$target' '$source' '${stage_layer[$from]}'")
	else
		next_key "copy $target" "$(context_digest "$source")"
		pending+=("copy_from_context '$target' '$source'")
	fi
	[ ! -d "$tree" ] || rm -rf --one-file-system "$tree"
}

json_words() { # ["a", "b"]
	perl -e '$_ = shift; print "$1\n" while /"((?:[^"\\]|\\.)*)"/g' "$1"
}

follow() {
	while read -r instruction rest; do
		case $instruction in
		FROM) read -ra words <<<"$rest" && do_from "${words[@]}" ;;
		RUN) do_run "$rest" ;;
		COPY) read -ra words <<<"$rest" && do_copy "${words[@]}" ;;
		WORKDIR) directory=$rest ;;
		USER) user=$rest ;;
		ENTRYPOINT) mapfile -t entrypoint < <(json_words "$rest") ;;
		CMD) mapfile -t command < <(json_words "$rest") ;;
		HEALTHCHECK) mapfile -t healthcheck < <(json_words "${rest#*CMD}") ;;
		VOLUME | EXPOSE) ;;
		*) fail "the test does not know $instruction" ;;
		esac
		stage_layer[$stage]=$layer
	done < <(instructions)
	for kept in "$work"/layers/*.tar; do
		[[ " ${layers_used[*]} " == *" $kept "* ]] || rm -f "$kept"
	done
}

build_image() { # DOCKERFILE
	dockerfile=$1
	base=$PWD/build/docker/base.tar
	work=$PWD/build/docker/$(basename "$dockerfile")
	mkdir -p "$work/layers"
	trap tear_down EXIT
	tear_down
	exec 9>"$base.lock"
	flock 9
	base_image || fail "no base tree"
	exec 9>&-
	follow
	materialise
	mkdir -p "$work/run"
}
