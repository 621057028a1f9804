# shellcheck shell=bash disable=SC2154,SC2034,SC2086,SC2046,SC2048,SC2013 # sourced: its words are the caller's, lists are split on purpose
# The requests of the benchmark, one file each, sent byte for byte by every load: what a
# browser sends, 12 header lines, 3 cookies, a head of 900 bytes (the upload: two more lines). Sourced by run.sh.

HEAD_BYTES=900
AGENT='Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/126.0.0.0 Safari/537.36'

# The header lines but for Connection and Cookie, one per line.
browser_fields() {
	cat <<-END
	Host: shop.example.com
	sec-ch-ua: "Not/A)Brand";v="8", "Chromium";v="126", "Google Chrome";v="126"
	sec-ch-ua-mobile: ?0
	sec-ch-ua-platform: "Linux"
	User-Agent: $AGENT
	Accept: text/html,application/xhtml+xml,application/xml;q=0.9,image/webp,*/*;q=0.8
	Sec-Fetch-Mode: navigate
	Referer: http://shop.example.com/catalogue/index.php?page=3
	Accept-Encoding: gzip, deflate, br
	Accept-Language: en-GB,en;q=0.9
	END
}

# request_head METHOD PATH CONNECTION COOKIES [FIELD…]: with CRLF.
request_head() {
	local method=$1 path=$2 connection=$3 cookies=$4

	shift 4
	{
		echo "$method $path HTTP/1.1"
		browser_fields
		echo "Connection: $connection"
		echo "Cookie: $cookies"
		[ $# = 0 ] || printf '%s\n' "$@"
		echo
	} | sed 's/$/\r/'
}

# get_write FILE PATH CONNECTION COOKIES: the last cookie fills the head up to its size.
get_write() {
	local bare fill

	bare=$(request_head GET "$2" "$3" "$4" | wc -c)
	[ "$bare" -lt $HEAD_BYTES ] || die "the head of $2 has $bare bytes before it is filled up to $HEAD_BYTES"
	fill=$(filler b $((HEAD_BYTES - bare)))
	request_head GET "$2" "$3" "$4$fill" > "$1"
}

# requests_write DIR SESSION DEVICE
requests_write() {
	local dir=$1 cookies="PHPSESSID=$2; latch=$3; basket="

	get_write "$dir/request-small" /small keep-alive "$cookies"
	get_write "$dir/request-16k" /16k keep-alive "$cookies"
	get_write "$dir/request-1m" /1m keep-alive "$cookies"
	get_write "$dir/request-connect" /small close "$cookies"
	cookies=$cookies$(filler b 200)
	echo "$cookies" > "$dir/cookies"
	{
		request_head POST /upload keep-alive "$cookies" 'Content-Type: application/octet-stream' 'Content-Length: 1048576'
		filler u 1048576
	} > "$dir/request-upload"
}

# filler BYTE COUNT
filler() {
	dd if=/dev/zero bs="$2" count=1 status=none | tr '\0' "$1"
}
