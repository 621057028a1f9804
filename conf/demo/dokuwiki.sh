#!/bin/sh
# Makes a private copy of Debian's DokuWiki below DIR: dokuwiki.sh DIR
#
#   DIR/wiki      the program, byte for byte as the package ships it, with a conf of its own
#   DIR/data      its pages, and DIR/sessions its PHP sessions
#
# The package's inc/preload.php, which points every copy at /etc/dokuwiki and /var/lib/dokuwiki,
# is left out: without it DokuWiki finds its configuration in its own tree. Nothing is served from
# here and nothing outside DIR is written.
set -eu

dir=$1
here=$(cd "$(dirname "$0")" && pwd)
package=/usr/share/dokuwiki

if [ ! -f "$package/doku.php" ] || ! command -v php >/dev/null; then
	echo "dokuwiki.sh: the Debian packages dokuwiki and php-cli are missing" >&2
	exit 1
fi

copy_program() {
	rm -rf "$dir/wiki"
	cp -rL "$package" "$dir/wiki"
	rm -f "$dir/wiki/inc/preload.php" "$dir/wiki/install.php"
	mkdir "$dir/wiki/conf"
	# The package's own settings, but neither its passwords nor what its installer chose.
	find /etc/dokuwiki -maxdepth 1 -type f ! -name 'local*.php' ! -name '.*' \
		-exec cp -t "$dir/wiki/conf" {} +
	cp "$here"/wiki/*.php "$dir/wiki/conf/"
}

make_data() {
	rm -rf "$dir/data" "$dir/sessions"
	mkdir -p "$dir/sessions"
	for part in attic cache index locks log media media_attic media_meta meta pages tmp; do
		mkdir -p "$dir/data/$part"
	done
	cp -r "$here"/wiki/pages/. "$dir/data/pages/"
}

# Login, password, full name: made here, because DokuWiki keeps hashes and the demo shows the words.
make_accounts() {
	for account in 'alice:in-wonderland:Alice Liddell' 'bob:the-builder:Bob Builder'; do
		php -r '[$login, $password, $name] = explode(":", $argv[1]);
			$hash = password_hash($password, PASSWORD_BCRYPT);
			echo "$login:$hash:$name:$login@example.com:user\n";' "$account"
	done >"$dir/wiki/conf/users.auth.php"
}

mkdir -p "$dir"
copy_program
make_data
make_accounts
