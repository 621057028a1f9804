#!/bin/sh
# The sink of compose.yaml: makes the secrets that it shares with the gateway, once, and listens.
set -eu

secret() { # FILE PHP
	[ -s "/demo/secrets/$1" ] || (umask 077 && php -r "$2" >"/demo/secrets/$1")
}

secret webhook 'echo "whsec_", base64_encode(random_bytes(32)), "\n";'
secret admin 'echo bin2hex(random_bytes(16)), "\n";'
export SINK_DIR=/demo/sink SINK_SECRET_FILE=/demo/secrets/webhook
exec php -S "$1" conf/demo/sink.php
