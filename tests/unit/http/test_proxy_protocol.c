#include "wire.h"

#include "base/err.h"
#include "http/proxy_protocol.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <stdio.h>
#include <sys/un.h>

#define SIGNATURE "\r\n\r\n\0\r\nQUIT\n"
#define INET SIGNATURE "\x21\x11\0\x0c\x01\x02\x03\x04\x05\x06\x07\x08\x04\xd2\x01\xbb"

static struct proxy_protocol header;

/* Reads a copy of just this size, so that a step beyond it is noticed. */
static int parse(struct view bytes)
{
	struct view exact = wire_exact(bytes);
	int rc;

	memset(&header, 0xa5, sizeof(header));
	rc = proxy_protocol_parse(exact, &header);
	wire_free(exact);
	return rc;
}

static const char *host_of(const struct sockaddr_storage *address)
{
	static char text[64];
	const struct sockaddr_in *in = (const struct sockaddr_in *)address;
	const struct sockaddr_in6 *in6 = (const struct sockaddr_in6 *)address;
	char host[INET6_ADDRSTRLEN];

	if (address->ss_family == AF_INET)
		snprintf(text, sizeof(text), "%s %d",
			 inet_ntop(AF_INET, &in->sin_addr, host, sizeof(host)),
			 ntohs(in->sin_port));
	else if (address->ss_family == AF_INET6)
		snprintf(text, sizeof(text), "%s %d",
			 inet_ntop(AF_INET6, &in6->sin6_addr, host, sizeof(host)),
			 ntohs(in6->sin6_port));
	else
		snprintf(text, sizeof(text), "family %d", address->ss_family);
	return text;
}

static void assert_says(struct view bytes, const char *source, const char *destination)
{
	ck_assert_int_eq(parse(bytes), (int)bytes.len);
	ck_assert(!header.is_local);
	ck_assert_str_eq(host_of(&header.source), source);
	ck_assert_str_eq(host_of(&header.destination), destination);
}

/* Every beginning of it needs more; with something behind it, just the header is taken. */
static void assert_splits(struct view bytes)
{
	struct view longer = VIEW("GET / HTTP/1.1\r\n");
	char *joined = arena_alloc(&wire_arena, bytes.len + longer.len);

	for (size_t len = 0; len < bytes.len; len++)
		ck_assert_msg(parse(view_head(bytes, len)) == 0, "whole after %zu of %zu bytes",
			      len, bytes.len);
	memcpy(joined, bytes.at, bytes.len);
	memcpy(joined + bytes.len, longer.at, longer.len);
	ck_assert_int_eq(parse(view_make(joined, bytes.len + longer.len)), (int)bytes.len);
}

static void assert_malformed(struct view bytes)
{
	ck_assert_msg(parse(bytes) == ERR_SYNTAX, "taken: %.*s", VIEW_ARG(bytes));
	ck_assert_uint_eq(header.version, 0xa5a5a5a5);
}

/* --- version 1 --- */

static void a_line_says_both_ends(void)
{
	assert_says(VIEW("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"), "192.0.2.1 56324",
		    "198.51.100.7 443");
	ck_assert_uint_eq(header.version, 1);
	assert_says(VIEW("PROXY TCP4 0.0.0.0 255.255.255.255 0 65535\r\n"), "0.0.0.0 0",
		    "255.255.255.255 65535");
	assert_says(VIEW("PROXY TCP6 2001:db8::1 2001:DB8:0:0:0:0:0:2 1 2\r\n"), "2001:db8::1 1",
		    "2001:db8::2 2");
	assert_says(VIEW("PROXY TCP6 ::ffff:192.0.2.1 ::1 1 2\r\n"), "::ffff:192.0.2.1 1", "::1 2");
	assert_says(VIEW("PROXY TCP6 ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
			 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535",
		    "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535");
}

static void a_line_may_say_that_nothing_is_known(void)
{
	assert_says(VIEW("PROXY UNKNOWN\r\n"), "family 0", "family 0");
	assert_says(VIEW("PROXY UNKNOWN ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff "
			 "ffff:ffff:ffff:ffff:ffff:ffff:ffff:ffff 65535 65535\r\n"),
		    "family 0", "family 0");
	assert_says(VIEW("PROXY UNKNOWN \r what \0 ever\r\n"), "family 0", "family 0");
}

static void a_line_is_taken_in_any_split(void)
{
	assert_splits(VIEW("PROXY TCP4 192.0.2.1 198.51.100.7 56324 443\r\n"));
	assert_splits(VIEW("PROXY TCP6 2001:db8::1 2001:db8::2 56324 443\r\n"));
	assert_splits(VIEW("PROXY UNKNOWN\r\n"));
}

static void a_line_is_107_bytes_at_most(void)
{
	char line[120];

	memset(line, 'x', sizeof(line));
	memcpy(line, "PROXY UNKNOWN ", 14);
	memcpy(line + 105, "\r\n", 2);
	ck_assert_int_eq(parse(view_make(line, 107)), 107);
	ck_assert_int_eq(parse(view_make(line, 106)), 0);
	memcpy(line + 105, "x\r\n", 3);
	assert_malformed(view_make(line, 108));
	assert_malformed(view_make(line, 107)); /* no room is left for its end */
}

static void what_does_not_begin_as_a_header_is_known_at_once(void)
{
	assert_malformed(VIEW("G"));
	assert_malformed(VIEW("PROXY_"));
	assert_malformed(VIEW("proxy TCP4"));
	assert_malformed(VIEW("\n"));
	assert_malformed(VIEW("\r\n\r\n\0\r\nQUIT\r"));
	assert_malformed(VIEW("\x16\x03\x01"));
	ck_assert_int_eq(parse(VIEW("")), 0);
}

static void a_line_is_read_strictly(void)
{
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\n"));
	assert_malformed(VIEW("PROXY \r\n"));
	assert_malformed(VIEW("PROXY \n"));
	assert_malformed(VIEW("PROXY UNKNOWNX\r\n"));
	assert_malformed(VIEW("PROXY unknown\r\n"));
	assert_malformed(VIEW("PROXY TCP 192.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP5 192.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY tcp4 192.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 3\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2 \r\n"));
	assert_malformed(VIEW("PROXY TCP4  192.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY  TCP4 192.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4\t192.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1 2\r\r\n"));
}

static void an_address_in_a_line_has_one_spelling(void)
{
	assert_malformed(VIEW("PROXY TCP4 192.0.2 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.01 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.256 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 0xc0.0.2.1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1\0 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 ::1 192.0.2.2 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 ::1 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP6 192.0.2.1 ::1 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP6 ::1%lo ::1 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP6 [::1] ::1 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP6 ::1::2 ::1 1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP6 00001::2 ::1 1 2\r\n"));
}

static void a_port_in_a_line_has_one_spelling(void)
{
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 01 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 00 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1 65536\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 -1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 +1 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1x 2\r\n"));
	assert_malformed(VIEW("PROXY TCP4 192.0.2.1 192.0.2.2 1 18446744073709551617\r\n"));
}

/* --- version 2 --- */

#define INET6                                                                                    \
	SIGNATURE "\x21\x21\0\x24"                                                               \
		  "\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\1\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0" \
		  "\0\2\x04\xd2\x01\xbb"

static void a_block_says_both_ends(void)
{
	assert_says(VIEW(INET), "1.2.3.4 1234", "5.6.7.8 443");
	ck_assert_uint_eq(header.version, 2);
	assert_says(VIEW(INET6), "2001:db8::1 1234", "2001:db8::2 443");
}

static struct view unix_block(void)
{
	char *at = arena_alloc(&wire_arena, 16 + 216);

	memset(at, 'x', 16 + 216);
	memcpy(at, SIGNATURE "\x21\x31\0\xd8", 16);
	memcpy(at + 16, "/run/one", 9);
	return view_make(at, 16 + 216);
}

static void a_block_may_name_unix_sockets(void)
{
	const struct sockaddr_un *source = (const struct sockaddr_un *)&header.source;
	const struct sockaddr_un *destination = (const struct sockaddr_un *)&header.destination;

	ck_assert_int_eq(parse(unix_block()), 232);
	ck_assert_int_eq(source->sun_family, AF_UNIX);
	ck_assert_str_eq(source->sun_path, "/run/one");
	ck_assert_int_eq(destination->sun_family, AF_UNIX);
	ck_assert_int_eq(destination->sun_path[0], 'x');
	ck_assert_int_eq(destination->sun_path[107], 'x');
}

static void a_block_may_say_that_nothing_is_known(void)
{
	assert_says(VIEW(SIGNATURE "\x21\0\0\0"), "family 0", "family 0");
	assert_says(VIEW(SIGNATURE "\x21\0\0\x03\x04\0\0"), "family 0", "family 0");
}

static void a_sender_that_speaks_for_itself_is_local(void)
{
	ck_assert_int_eq(parse(VIEW(SIGNATURE "\x20\0\0\0")), 16);
	ck_assert(header.is_local && header.source.ss_family == AF_UNSPEC);
	ck_assert_int_eq(parse(VIEW(SIGNATURE "\x20\x11\0\x0c"
					      "abcdefghijkl")),
			 28);
	ck_assert(header.is_local && header.source.ss_family == AF_UNSPEC);
	ck_assert_int_eq(parse(VIEW(SIGNATURE "\x20\xff\0\x02"
					      "zz")),
			 18);
	ck_assert(header.is_local);
}

static void a_block_is_taken_in_any_split(void)
{
	assert_splits(VIEW(INET));
	assert_splits(VIEW(INET6));
	assert_splits(unix_block());
	assert_splits(VIEW(SIGNATURE "\x20\0\0\0"));
	assert_splits(VIEW(SIGNATURE "\x21\x11\0\x13\x01\x02\x03\x04\x05\x06\x07\x08\x04\xd2\x01"
				     "\xbb\x04\0\x04null"));
}

static void other_versions_commands_and_families_are_refused(void)
{
	char block[28];

	for (int command = 0; command < 256; command++) {
		memcpy(block, INET, 28);
		block[12] = (char)command;
		ck_assert_int_eq(parse(view_make(block, 28)),
				 command == 0x20 || command == 0x21 ? 28 : ERR_SYNTAX);
	}
	for (int family = 0; family < 256; family++) {
		memcpy(block, INET, 28);
		block[13] = (char)family;
		if (family != 0x00 && family != 0x11)
			assert_malformed(view_make(block, 28));
	}
}

static void addresses_must_fit_the_stated_length(void)
{
	assert_malformed(VIEW(SIGNATURE "\x21\x11\0\0"));
	assert_malformed(VIEW(SIGNATURE "\x21\x11\0\x0b"
					"abcdefghijk"));
	assert_malformed(VIEW(SIGNATURE "\x21\x21\0\x0c"
					"abcdefghijkl"));
	assert_malformed(VIEW(SIGNATURE "\x21\x31\0\x0c"
					"abcdefghijkl"));
}

/* INET with `tlvs` behind the addresses. */
static struct view with_tlvs(struct view tlvs)
{
	char *at = arena_alloc(&wire_arena, 28 + tlvs.len);
	size_t len = 12 + tlvs.len;

	memcpy(at, INET, 28);
	memcpy(at + 28, tlvs.at, tlvs.len);
	at[14] = (char)(len >> 8);
	at[15] = (char)(len & 0xff);
	return view_make(at, 28 + tlvs.len);
}

static void tlvs_are_stepped_over(void)
{
	struct view bytes = with_tlvs(VIEW("\x04\0\0\x01\0\x08http/1.1\xff\0\x01x"));

	assert_says(bytes, "1.2.3.4 1234", "5.6.7.8 443");
	assert_splits(bytes);
}

static void a_tlv_beyond_the_header_is_refused(void)
{
	assert_malformed(with_tlvs(VIEW("\x04")));
	assert_malformed(with_tlvs(VIEW("\x04\0")));
	assert_malformed(with_tlvs(VIEW("\x04\0\x01")));
	assert_malformed(with_tlvs(VIEW("\x04\xff\xffxyz")));
	assert_malformed(with_tlvs(VIEW("\x04\0\x01x\x04\0\x03xy")));
	assert_malformed(VIEW(SIGNATURE "\x21\0\0\x03\x04\0\x01"));
}

/* One bit at a time, and so unlike the table that it is compared with. */
static uint32_t slow_crc32c(struct view v)
{
	uint32_t crc = UINT32_MAX;

	for (size_t i = 0; i < v.len; i++) {
		crc ^= (uint8_t)v.at[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (crc & 1 ? 0x82f63b78 : 0);
	}
	return ~crc;
}

static void put_crc(struct view bytes, size_t at)
{
	char *b = (char *)(uintptr_t)bytes.at;
	uint32_t crc = htonl(slow_crc32c(bytes));

	memcpy(b + at, &crc, 4);
}

static void a_checksum_is_verified(void)
{
	struct view bytes = with_tlvs(VIEW("\x04\0\x01n\x03\0\x04\0\0\0\0\x04\0\x02xy"));
	char *at = (char *)(uintptr_t)bytes.at;

	ck_assert_uint_eq(slow_crc32c(VIEW("123456789")), 0xe3069283);
	ck_assert_int_eq(parse(bytes), ERR_FORGED);
	put_crc(bytes, 35);
	assert_says(bytes, "1.2.3.4 1234", "5.6.7.8 443");
	assert_splits(bytes);
	for (size_t i = 0; i < bytes.len; i++) {
		if (i == 32 || i == 15) /* no sum any more; longer than what is there */
			continue;
		at[i] ^= 0x40;
		ck_assert_int_lt(parse(bytes), 0);
		at[i] ^= 0x40;
	}
}

static void a_checksum_of_another_length_or_a_second_one_is_refused(void)
{
	assert_malformed(with_tlvs(VIEW("\x03\0\x03"
					"abc")));
	assert_malformed(with_tlvs(VIEW("\x03\0\x05"
					"abcde")));
	assert_malformed(with_tlvs(VIEW("\x03\0\0")));
	assert_malformed(with_tlvs(VIEW("\x03\0\x04"
					"abcd\x03\0\x04"
					"abcd")));
}

static void a_block_is_bounded(void)
{
	char *at = arena_alloc(&wire_arena, PROXY_PROTOCOL_MAX_BYTES + 1);
	struct view bytes = view_make(at, PROXY_PROTOCOL_MAX_BYTES);
	size_t padding = PROXY_PROTOCOL_MAX_BYTES - 28 - 3;

	memset(at, 0, PROXY_PROTOCOL_MAX_BYTES + 1);
	memcpy(at, SIGNATURE "\x21\x11\x0f\xf0", 16);
	at[28] = 0x04;
	at[29] = (char)(padding >> 8);
	at[30] = (char)(padding & 0xff);
	ck_assert_int_eq(parse(bytes), PROXY_PROTOCOL_MAX_BYTES);
	at[15]++;
	ck_assert_int_eq(parse(view_make(at, 16)), ERR_TOO_LARGE);
	memcpy(at + 12, "\x20\0\xff\xff", 4);
	ck_assert_int_eq(parse(view_make(at, 16)), ERR_TOO_LARGE);
}

/* --- writing --- */

static struct sockaddr_storage address_of(int family, const char *host, uint16_t port)
{
	struct sockaddr_storage s = { .ss_family = (sa_family_t)family };
	struct sockaddr_in *in = (struct sockaddr_in *)&s;
	struct sockaddr_in6 *in6 = (struct sockaddr_in6 *)&s;
	struct sockaddr_un *un = (struct sockaddr_un *)&s;

	if (family == AF_INET) {
		ck_assert_int_eq(inet_pton(family, host, &in->sin_addr), 1);
		in->sin_port = htons(port);
	} else if (family == AF_INET6) {
		ck_assert_int_eq(inet_pton(family, host, &in6->sin6_addr), 1);
		in6->sin6_port = htons(port);
	} else if (family == AF_UNIX) {
		strcpy(un->sun_path, host);
	}
	return s;
}

static struct view written(unsigned version, struct sockaddr_storage from,
			   struct sockaddr_storage to)
{
	static char room[PROXY_PROTOCOL_WRITE_BYTES];
	struct text t;

	text_init(&t, room, sizeof(room));
	proxy_protocol_write(version, &from, &to, &t);
	ck_assert(!t.overflow);
	return text_view(&t);
}

static void a_line_is_written(void)
{
	struct sockaddr_storage v4 = address_of(AF_INET, "192.0.2.1", 56324);
	struct sockaddr_storage v6 = address_of(AF_INET6, "2001:db8::1", 443);
	struct sockaddr_storage mapped = address_of(AF_INET6, "::ffff:192.0.2.9", 65535);
	struct sockaddr_storage path = address_of(AF_UNIX, "/run/one", 0);
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };

	wire_assert(written(1, v4, v4), "PROXY TCP4 192.0.2.1 192.0.2.1 56324 56324\r\n");
	wire_assert(written(1, v6, v6), "PROXY TCP6 2001:db8::1 2001:db8::1 443 443\r\n");
	wire_assert(written(1, mapped, v4), "PROXY TCP4 192.0.2.9 192.0.2.1 65535 56324\r\n");
	wire_assert(written(1, v4, v6), "PROXY TCP6 ::ffff:192.0.2.1 2001:db8::1 56324 443\r\n");
	wire_assert(written(1, path, path), "PROXY UNKNOWN\r\n");
	wire_assert(written(1, v4, path), "PROXY UNKNOWN\r\n");
	wire_assert(written(1, none, none), "PROXY UNKNOWN\r\n");
}

static void a_block_is_written(void)
{
	struct sockaddr_storage none = { .ss_family = AF_UNSPEC };
	struct sockaddr_storage from = address_of(AF_INET, "1.2.3.4", 1234);
	struct sockaddr_storage to = address_of(AF_INET, "5.6.7.8", 443);
	struct sockaddr_storage from6 = address_of(AF_INET6, "2001:db8::1", 1234);
	struct sockaddr_storage to6 = address_of(AF_INET6, "2001:db8::2", 443);

	wire_assert(written(2, from, to), INET);
	wire_assert(written(2, from6, to6), INET6);
	wire_assert(written(2, none, none), SIGNATURE "\x21\0\0\0");
	wire_assert(written(2, from, none), SIGNATURE "\x21\0\0\0");
}

static void what_is_nobodys_connection_is_local(void)
{
	struct sockaddr_storage from = address_of(AF_INET, "1.2.3.4", 1234);
	char room[PROXY_PROTOCOL_WRITE_BYTES];
	struct text t;

	text_init(&t, room, sizeof(room));
	proxy_protocol_write(2, NULL, &from, &t);
	wire_assert(text_view(&t), SIGNATURE "\x20\0\0\0");
	text_clear(&t);
	proxy_protocol_write(1, &from, NULL, &t);
	wire_assert(text_view(&t), "PROXY UNKNOWN\r\n");
}

static void what_is_written_reads_back(void)
{
	struct sockaddr_storage v4 = address_of(AF_INET, "192.0.2.1", 56324);
	struct sockaddr_storage v6 = address_of(AF_INET6, "2001:db8::1", 443);
	struct sockaddr_storage path = address_of(AF_UNIX, "/run/one", 0);

	assert_says(written(1, v4, v4), "192.0.2.1 56324", "192.0.2.1 56324");
	assert_says(written(2, v6, v6), "2001:db8::1 443", "2001:db8::1 443");
	assert_says(written(2, v4, v6), "::ffff:192.0.2.1 56324", "2001:db8::1 443");
	ck_assert_int_eq(parse(written(2, path, path)), PROXY_PROTOCOL_WRITE_BYTES);
	ck_assert_mem_eq(&header.source, &path, sizeof(path));
	ck_assert_mem_eq(&header.destination, &path, sizeof(path));
}

SUITE_MAIN_WITH("PROXY protocol", wire_setup, wire_teardown, a_line_says_both_ends,
		a_line_may_say_that_nothing_is_known, a_line_is_taken_in_any_split,
		a_line_is_107_bytes_at_most, what_does_not_begin_as_a_header_is_known_at_once,
		a_line_is_read_strictly, an_address_in_a_line_has_one_spelling,
		a_port_in_a_line_has_one_spelling, a_block_says_both_ends,
		a_block_may_name_unix_sockets, a_block_may_say_that_nothing_is_known,
		a_sender_that_speaks_for_itself_is_local, a_block_is_taken_in_any_split,
		other_versions_commands_and_families_are_refused,
		addresses_must_fit_the_stated_length, tlvs_are_stepped_over,
		a_tlv_beyond_the_header_is_refused, a_checksum_is_verified,
		a_checksum_of_another_length_or_a_second_one_is_refused, a_block_is_bounded,
		a_line_is_written, a_block_is_written, what_is_nobodys_connection_is_local,
		what_is_written_reads_back)
