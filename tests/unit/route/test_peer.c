#include "route/peer.h"
#include "suite.h"

#include <arpa/inet.h>
#include <string.h>

static char memory[8192];
static struct arena arena;
static struct settings settings;
static struct settings_cidr trusted[2];

static void set_up(void)
{
	arena_init(&arena, memory, sizeof(memory), 0);
	settings = (struct settings){ 0 };
	/* 10.0.0.0/8 and 2001:db8:9::/48 */
	trusted[0] = (struct settings_cidr){ .address = { [10] = 0xff, [11] = 0xff, [12] = 10 },
					     .bits = 104 };
	trusted[1] =
		(struct settings_cidr){ .address = { 0x20, 0x01, 0x0d, 0xb8, 0, 9 }, .bits = 48 };
	settings.trusted_proxies = (struct settings_cidrs){ .at = trusted, .n = 2 };
}

static struct sockaddr_storage socket_of(const char *address)
{
	struct sockaddr_storage at = { 0 };
	struct sockaddr_in *v4 = (struct sockaddr_in *)&at;
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)&at;

	if (inet_pton(AF_INET, address, &v4->sin_addr) == 1)
		at.ss_family = AF_INET;
	else if (inet_pton(AF_INET6, address, &v6->sin6_addr) == 1)
		at.ss_family = AF_INET6;
	return at;
}

static struct peer find(const char *socket_address, const char *fields)
{
	static const struct http_limits limits = { 8192, 1024, 100 };
	struct view text = arena_format(&arena, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields);
	struct sockaddr_storage at = socket_of(socket_address);
	struct http_head head;
	struct peer peer;

	ck_assert_int_eq(head_parse_request(text, &limits, &arena, &head), 0);
	peer_find(&head, &at, false, &settings, &peer);
	return peer;
}

static void without_a_header_it_is_the_socket(void)
{
	struct peer peer = find("192.0.2.1", "");

	ck_assert_str_eq(peer.text, "192.0.2.1");
	ck_assert(!peer.trusted && !peer.ignored_header && !peer.https);
	ck_assert_str_eq(find("2001:db8::1", "").text, "2001:db8::1");
	ck_assert_str_eq(find("::ffff:192.0.2.7", "").text, "192.0.2.7");
}

static struct peer find_by_family(sa_family_t family, const char *fields)
{
	struct sockaddr_storage at = { .ss_family = family };
	struct http_limits limits = { 8192, 1024, 100 };
	struct http_head head;
	struct peer peer;

	ck_assert_int_eq(
		head_parse_request(
			arena_format(&arena, "GET / HTTP/1.1\r\nHost: a\r\n%s\r\n", fields),
			&limits, &arena, &head),
		0);
	peer_find(&head, &at, false, &settings, &peer);
	return peer;
}

static const char forwarded[] = "X-Forwarded-For: 198.51.100.1\r\n";

static void who_comes_through_a_unix_socket_has_no_address(void)
{
	static const uint8_t none[16];
	struct peer peer = find_by_family(AF_UNIX, forwarded);

	ck_assert_str_eq(peer.text, "unix:");
	ck_assert_mem_eq(peer.address, none, 16);
	ck_assert(!peer.trusted && peer.ignored_header);
}

static void who_comes_through_a_unix_socket_can_be_trusted(void)
{
	trusted[1] = (struct settings_cidr){ .bits = 128 };
	ck_assert_str_eq(find_by_family(AF_UNIX, forwarded).text, "198.51.100.1");
	ck_assert(find_by_family(AF_UNIX, forwarded).trusted);
	ck_assert_str_eq(find_by_family(AF_UNIX, "").text, "unix:");
	ck_assert_str_eq(find_by_family(AF_UNIX, "X-Forwarded-For: unix:\r\n").text, "unix:");
	ck_assert_str_eq(find_by_family(AF_UNIX, "X-Forwarded-For: 1.1.1.1, ::\r\n").text, "unix:");
	ck_assert_str_eq(find("192.0.2.1", forwarded).text, "192.0.2.1");
}

static void somebody_of_whom_nothing_is_known_is_never_trusted(void)
{
	struct peer peer;

	trusted[0] = (struct settings_cidr){ .bits = 0 };
	trusted[1] = (struct settings_cidr){ .bits = 128 };
	peer = find_by_family(AF_UNSPEC, forwarded);
	ck_assert_str_eq(peer.text, "unknown");
	ck_assert(!peer.trusted && peer.ignored_header);
}

static void the_header_of_a_stranger_is_ignored_and_noted(void)
{
	struct peer peer =
		find("192.0.2.1", "X-Forwarded-For: 198.51.100.1\r\nX-Forwarded-Proto: https\r\n");

	ck_assert_str_eq(peer.text, "192.0.2.1");
	ck_assert(peer.ignored_header && !peer.https);
}

static void behind_proxies_it_is_the_first_stranger_from_the_right(void)
{
	struct peer peer = find(
		"10.0.0.1",
		"X-Forwarded-For: 1.1.1.1, 198.51.100.1\r\nX-Forwarded-For: 10.2.3.4 , 10.9.9.9\r\n");

	ck_assert_str_eq(peer.text, "198.51.100.1");
	ck_assert(peer.trusted && !peer.ignored_header);
	ck_assert_str_eq(find("2001:db8:9::1", "X-Forwarded-For: 2001:db8:1::5\r\n").text,
			 "2001:db8:1::5");
}

static void when_all_are_proxies_it_is_the_leftmost(void)
{
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: 10.0.0.3, 10.0.0.2\r\n").text,
			 "10.0.0.3");
}

static void ports_and_brackets_are_no_part_of_an_address(void)
{
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: 198.51.100.1:4711\r\n").text,
			 "198.51.100.1");
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: [2001:db8::2]:4711\r\n").text,
			 "2001:db8::2");
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: [2001:db8::2]\r\n").text,
			 "2001:db8::2");
}

static void what_cannot_be_read_ends_the_search(void)
{
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: 1.1.1.1, unknown, 10.0.0.2\r\n").text,
			 "10.0.0.2");
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: 1.1.1.1,\r\n").text, "10.0.0.1");
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For:\r\n").text, "10.0.0.1");
	ck_assert_str_eq(find("10.0.0.1", "X-Forwarded-For: 1.1.1.1x\r\n").text, "10.0.0.1");
}

static void a_look_alike_is_not_the_header(void)
{
	ck_assert_str_eq(find("10.0.0.1", "X_Forwarded_For: 198.51.100.1\r\n").text, "10.0.0.1");
}

static void a_trusted_proxy_tells_the_scheme(void)
{
	ck_assert(find("10.0.0.1", "X-Forwarded-Proto: https\r\n").https);
	ck_assert(find("10.0.0.1", "X-Forwarded-Proto: HTTPS, http\r\n").https);
	ck_assert(!find("10.0.0.1", "X-Forwarded-Proto: http\r\n").https);
	ck_assert(!find("10.0.0.1", "").https);
}

static void the_public_url_has_the_last_word_on_the_scheme(void)
{
	settings.public_url = memory; /* anything */
	settings.public_https = true;
	ck_assert(find("192.0.2.1", "").https);
	settings.public_https = false;
	ck_assert(!find("10.0.0.1", "X-Forwarded-Proto: https\r\n").https);
}

static void networks_are_24_and_48(void)
{
	uint8_t network[16];
	char text[PEER_NETWORK_TEXT_BYTES];

	peer_network(find("192.0.2.77", "").address, network);
	peer_network_text(network, text);
	ck_assert_str_eq(text, "192.0.2.0/24");
	peer_network(find("2001:db8:1:2:3::4", "").address, network);
	peer_network_text(network, text);
	ck_assert_str_eq(text, "2001:db8:1::/48");
}

SUITE_MAIN_WITH("peer", set_up, NULL, without_a_header_it_is_the_socket,
		who_comes_through_a_unix_socket_has_no_address,
		who_comes_through_a_unix_socket_can_be_trusted,
		somebody_of_whom_nothing_is_known_is_never_trusted,
		the_header_of_a_stranger_is_ignored_and_noted,
		behind_proxies_it_is_the_first_stranger_from_the_right,
		when_all_are_proxies_it_is_the_leftmost,
		ports_and_brackets_are_no_part_of_an_address, what_cannot_be_read_ends_the_search,
		a_look_alike_is_not_the_header, a_trusted_proxy_tells_the_scheme,
		the_public_url_has_the_last_word_on_the_scheme, networks_are_24_and_48)
