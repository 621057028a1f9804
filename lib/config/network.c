#include "config/network.h"

#include "config/reader.h"
#include "config/settings.h"

#include <arpa/inet.h>

/* False when it is no literal address. */
static bool parse_ip(struct view v, uint8_t ret_address[16], bool *ret_is_v4)
{
	char text[INET6_ADDRSTRLEN];

	if (v.len == 0 || v.len >= sizeof(text))
		return false;
	memcpy(text, v.at, v.len);
	text[v.len] = '\0';
	memset(ret_address, 0, 10);
	memset(ret_address + 10, 0xff, 2);
	*ret_is_v4 = inet_pton(AF_INET, text, ret_address + 12) == 1;
	return *ret_is_v4 || inet_pton(AF_INET6, text, ret_address) == 1;
}

static bool has_bits_beyond(const struct settings_cidr *c)
{
	for (unsigned bit = c->bits; bit < 128; bit++)
		if (c->address[bit / 8] & (0x80 >> bit % 8))
			return true;
	return false;
}

static bool cidr_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	size_t slash = view_find(n->text, '/');
	struct settings_cidr c;
	uint64_t bits;
	bool is_v4;

	if (!parse_ip(view_head(n->text, slash), c.address, &is_v4))
		return reader_reject(r, o, n);
	bits = is_v4 ? 32 : 128;
	if (slash < n->text.len && !view_number(view_from(n->text, slash + 1), bits, &bits))
		return reader_reject(r, o, n);
	c.bits = (unsigned)bits + (is_v4 ? 96 : 0);
	if (has_bits_beyond(&c)) {
		reader_complain(r, n, "the address has bits beyond its prefix");
		return false;
	}
	memcpy(option_at(o, base), &c, sizeof(c));
	return true;
}

static void cidr_print(const struct option *o, const void *base, struct text *t)
{
	static const uint8_t v4[12] = { [10] = 0xff, [11] = 0xff };
	const struct settings_cidr *c = option_at_const(o, base);
	bool is_v4 = c->bits >= 96 && memcmp(c->address, v4, sizeof(v4)) == 0;
	char shown[INET6_ADDRSTRLEN];

	inet_ntop(is_v4 ? AF_INET : AF_INET6, c->address + (is_v4 ? 12 : 0), shown, sizeof(shown));
	text_printf(t, "\"%s/%u\"", shown, c->bits - (is_v4 ? 96 : 0));
}

const struct option_type network_cidr = {
	.name = "network",
	.expected = "a network such as 10.0.0.0/8, 192.0.2.7 or \"2001:db8::/32\"",
	.parse = cidr_parse,
	.print = cidr_print,
};

static const struct settings_cidr unix_sockets = { .bits = 128 };

static bool proxy_parse(struct reader *r, const struct option *o, struct document_node *n,
			void *base)
{
	struct settings_cidr *at = option_at(o, base);

	if (view_is(n->text, VIEW("unix"))) {
		*at = unix_sockets;
		return true;
	}
	if (!cidr_parse(r, o, n, base))
		return false;
	return memcmp(at, &unix_sockets, sizeof(*at)) != 0 || reader_reject(r, o, n);
}

static void proxy_print(const struct option *o, const void *base, struct text *t)
{
	if (memcmp(option_at_const(o, base), &unix_sockets, sizeof(unix_sockets)) == 0)
		text_puts(t, "unix");
	else
		cidr_print(o, base, t);
}

const struct option_type network_proxy = {
	.name = "network or unix",
	.expected =
		"a network such as 10.0.0.0/8, 192.0.2.7 or \"2001:db8::/32\", or the word unix",
	.parse = proxy_parse,
	.print = proxy_print,
};
