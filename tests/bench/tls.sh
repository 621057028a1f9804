# shellcheck shell=bash disable=SC2154,SC2034,SC2086 # sourced: its words are the caller's, lists are split on purpose
# The rows over TLS 1.3: wrk on connections that stay, and visit.c, since wrk resumes nothing. Sourced by run.sh.

# The same version, cipher, group and key for everybody, and each of them resumes: or the rows compare nothing.
tls_prove() {
	local said wanted='' name

	for name in $PROXIES; do
		[ "${KIND[$name]}" != nginx-auth ] || continue
		said=$("$T/visit" probe "${PORT[$name-tls]}" "$(dir_of "$name")/request-connect") ||
			die "$name: a visit over TLS was not answered with 200"
		[[ $said == *' resumed' ]] || die "$name resumes no session: $said"
		wanted=${wanted:-$said}
		[ "$said" = "$wanted" ] || die "$name agrees upon $said, another one upon $wanted"
	done
	TLS_AGREED=$wanted
}

load_wrk_tls() {
	local tls=yes

	[ -n "${TLS_AGREED:-}" ] || tls_prove
	load_wrk
}

load_shake() {
	local pids cpu busy hits out resumed

	[ -n "${TLS_AGREED:-}" ] || tls_prove
	counters_open
	out=$(pinned "$LOAD_CPU" "$T/visit" "$request" "${PORT[$name-tls]}" "$SECONDS_EACH" "$conns" "$(dir_of "$name")/request-connect") ||
		die "$row: visits to $name failed: $out"
	read -r _ requests _ elapsed_us resumed <<< "$out"
	counters_close
	[ "$request" = full ] || [ "$resumed" -ge $((requests * 99 / 100 - conns)) ] || # the first of each visitor is none
		die "$row: only $resumed of $requests handshakes with $name were resumed"
	[ "$request" = resumed ] || [ "$resumed" = 0 ] || die "$row: $resumed handshakes with $name were resumed"
	record cpu_us "$(ratio "$cpu" "$requests" 1000)"
	record rps "$(ratio "$requests" "$elapsed_us" 0.000001)"
}
