#include "words.h"

#include <arpa/inet.h>

static void unix_sockets_are_trusted_by_a_word(void)
{
	struct settings *s = accepted(MINIMAL "trusted_proxies: [10.0.0.0/8, unix]\n");
	struct sockaddr_storage socket = { .ss_family = AF_UNIX }, nobody = { 0 };
	uint8_t address[16] = { 1 };

	ck_assert(settings_address_of(&socket, address));
	ck_assert(settings_cidr_contains(&s->trusted_proxies, address));
	ck_assert(!settings_address_of(&nobody, address));
	ck_assert_has(printed(s), "trusted_proxies: [\"10.0.0.0/8\", unix]\n");
	settings_unref(&s);
	ck_assert_has(complaint(MINIMAL "trusted_proxies: [\"::\"]\n"), "or the word unix");
	ck_assert_has(complaint(MINIMAL "trusted_proxies: [Unix]\n"), "or the word unix");
	ck_assert_has(complaint(MINIMAL "exempt: { cidrs: [unix] }\n"), "is not a network");
}

static void networks_are_kept_as_ipv6(void)
{
	struct settings *s = accepted(
		MINIMAL
		"trusted_proxies: [10.0.0.0/8, 192.0.2.7, \"2001:db8::/32\", \"::/0\", 0.0.0.0/0]\n");
	const struct settings_cidr *at = s->trusted_proxies.at;

	ck_assert_uint_eq(s->trusted_proxies.n, 5);
	ck_assert_uint_eq(at[0].bits, 104);
	ck_assert_uint_eq(at[0].address[10], 0xff);
	ck_assert_uint_eq(at[0].address[12], 10);
	ck_assert_uint_eq(at[1].bits, 128);
	ck_assert_uint_eq(at[2].bits, 32);
	ck_assert_uint_eq(at[2].address[0], 0x20);
	ck_assert_uint_eq(at[3].bits, 0);
	ck_assert_uint_eq(at[4].bits, 96);
	settings_unref(&s);
}

static void a_network_that_is_none_is_refused(void)
{
	static const char *const bad[] = { "10.0.0.0/33", "10.0.0/8", "::/129", "10.0.0.0/",
					   "10.0.0.0/-1", "host",     "/8",     "",
					   "10.0.0.0/8/8" };

	for (size_t i = 0; i < sizeof(bad) / sizeof(*bad); i++) {
		char yaml[1024];

		snprintf(yaml, sizeof(yaml), "%sexempt: { cidrs: [\"%s\"] }\n", MINIMAL, bad[i]);
		ck_assert_has(complaint(yaml), "is not a network such as");
	}
	ck_assert_said(complaint(MINIMAL "exempt: { cidrs: [10.0.0.1/8] }\n"),
		       "f:6:19: exempt.cidrs[0]: the address has bits beyond its prefix\n");
}

static void networks_contain_addresses(void)
{
	struct settings *s =
		accepted(MINIMAL "trusted_proxies: [10.1.0.0/20, \"2001:db8::/33\", 192.0.2.7]\n");
	static const struct {
		const char *address;
		bool is_in;
	} cases[] = {
		{ "::ffff:10.1.0.0", true },
		{ "::ffff:10.1.15.255", true },
		{ "::ffff:10.1.16.0", false },
		{ "::ffff:192.0.2.7", true },
		{ "::ffff:192.0.2.6", false },
		{ "2001:db8:7fff::1", true },
		{ "2001:db8:8000::1", false },
		{ "::10.1.0.0", false },
		{ "::", false },
	};

	for (size_t i = 0; i < sizeof(cases) / sizeof(*cases); i++) {
		uint8_t address[16];

		ck_assert_int_eq(inet_pton(AF_INET6, cases[i].address, address), 1);
		ck_assert_msg(settings_cidr_contains(&s->trusted_proxies, address) ==
				      cases[i].is_in,
			      "%s", cases[i].address);
	}
	settings_unref(&s);
}

static void the_empty_network_contains_everybody_and_no_network_nobody(void)
{
	struct settings *s = accepted(MINIMAL "trusted_proxies: [\"::/0\"]\n");
	uint8_t address[16] = { 0xfe, 0x80 };

	ck_assert(settings_cidr_contains(&s->trusted_proxies, address));
	ck_assert(!settings_cidr_contains(&s->exempt.cidrs, address));
	settings_unref(&s);
}

SUITE_MAIN("network", unix_sockets_are_trusted_by_a_word, networks_are_kept_as_ipv6,
	   a_network_that_is_none_is_refused, networks_contain_addresses,
	   the_empty_network_contains_everybody_and_no_network_nobody)
