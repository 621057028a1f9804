#include "config/endpoint.h"

#include "base/mem.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "config/settings.h"

#include <arpa/inet.h>
#include <sys/un.h>

static bool all_of(struct view v, const char *allowed)
{
	for (size_t i = 0; i < v.len; i++)
		if (!v.at[i] || !strchr(allowed, v.at[i]))
			return false;
	return v.len > 0;
}

/* Fit to stand in a header line: what is not visible ASCII has to be percent-encoded. */
static bool is_visible(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.at[i] <= 0x20 || v.at[i] >= 0x7f || v.at[i] == '\\' || v.at[i] == '"')
			return false;
	return v.len > 0;
}

static bool is_host(struct view host)
{
	return host.len <= 253 &&
	       all_of(host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
}

static bool is_ipv6(struct view host)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr ignored;

	if (host.len == 0 || host.len >= sizeof(text))
		return false;
	memcpy(text, host.at, host.len);
	text[host.len] = '\0';
	return inet_pton(AF_INET6, text, &ignored) == 1;
}

/* host, host:port, [v6] or [v6]:port; the host without brackets. `port` becomes 0 when there is none. */
static bool split_authority(struct view v, struct view *ret_host, uint64_t *ret_port,
			    bool *ret_has_port)
{
	bool is_bracketed = v.len && v.at[0] == '[';
	size_t end = is_bracketed ? view_find(v, ']') : view_find(v, ':');
	struct view host = is_bracketed ? view_head(view_from(v, 1), end - 1) : view_head(v, end);
	struct view rest = view_from(v, end + is_bracketed);

	if (is_bracketed ? end == v.len || !is_ipv6(host) : !is_host(host))
		return false;
	*ret_has_port = rest.len > 0;
	*ret_port = 0;
	if (rest.len && (rest.at[0] != ':' || !view_number(view_from(rest, 1), 65535, ret_port)))
		return false;
	*ret_host = host;
	return true;
}

enum { UNIX_PATH_BYTES = sizeof(((struct sockaddr_un *)NULL)->sun_path) - 1 };

static bool is_unix(struct view v)
{
	return view_starts(v, VIEW("unix:/")) && !view_ends(v, VIEW("/")) &&
	       v.len - 5 <= UNIX_PATH_BYTES && !memchr(v.at, '\0', v.len);
}

/* Says so when that is what is wrong. */
static bool is_too_long(struct reader *r, const struct document_node *n)
{
	if (!view_starts(n->text, VIEW("unix:/")) || n->text.len - 5 <= UNIX_PATH_BYTES)
		return false;
	reader_complain(r, n, "the path of a socket has at most %d bytes, this one has %zu",
			UNIX_PATH_BYTES, n->text.len - 5);
	return true;
}

static void keep_unix(struct settings_address *a, struct view v)
{
	a->text = mem_copy(v.at, v.len);
	a->unix_path = mem_copy(v.at + 5, v.len - 5);
}

static void keep_tcp(struct settings_address *a, struct view text, struct view host, uint64_t port)
{
	a->text = mem_copy(text.at, text.len);
	a->host = mem_copy(host.at, host.len);
	a->port = (uint16_t)port;
}

static void address_fini(struct settings_address *a)
{
	MEM_FREE(a->text);
	MEM_FREE(a->host);
	MEM_FREE(a->unix_path);
}

static void address_drop(const struct option *o, void *base)
{
	address_fini(option_at(o, base));
}

static bool address_parse(struct reader *r, const struct option *o, struct document_node *n,
			  void *base)
{
	struct view host;
	uint64_t port;
	bool has_port;

	address_drop(o, base);
	if (is_unix(n->text)) {
		keep_unix(option_at(o, base), n->text);
		return true;
	}
	if (is_too_long(r, n))
		return false;
	if (!split_authority(n->text, &host, &port, &has_port) || !has_port)
		return reader_reject(r, o, n);
	keep_tcp(option_at(o, base), n->text, host, port);
	return true;
}

static bool address_is_set(const struct option *o, const void *base)
{
	const struct settings_address *a = option_at_const(o, base);

	return a->text != NULL;
}

static void address_print(const struct option *o, const void *base, struct text *t)
{
	const struct settings_address *a = option_at_const(o, base);

	scalar_put(t, view_of(a->text));
}

const struct option_type endpoint_address = {
	.name = "address",
	.expected = "an address such as 127.0.0.1:8080, \"[::1]:8080\" or unix:/run/latchd.sock",
	.parse = address_parse,
	.is_set = address_is_set,
	.print = address_print,
	.drop = address_drop,
};

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

const struct option_type endpoint_cidr = {
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

const struct option_type endpoint_proxy = {
	.name = "network or unix",
	.expected =
		"a network such as 10.0.0.0/8, 192.0.2.7 or \"2001:db8::/32\", or the word unix",
	.parse = proxy_parse,
	.print = proxy_print,
};

static bool mode_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	unsigned mode = 0;

	for (size_t i = 0; i < n->text.len; i++) {
		if (n->text.at[i] < '0' || n->text.at[i] > '7' || i == 4)
			return reader_reject(r, o, n);
		mode = mode * 8 + (unsigned)(n->text.at[i] - '0');
	}
	if (n->text.len < 3 || mode == 0 || mode > 0777)
		return reader_reject(r, o, n);
	option_store(o, base, mode);
	return true;
}

static void mode_print(const struct option *o, const void *base, struct text *t)
{
	text_printf(t, "\"%04o\"", (unsigned)option_load(o, base));
}

const struct option_type endpoint_mode = {
	.name = "mode",
	.expected = "a mode such as \"0660\"",
	.parse = mode_parse,
	.print = mode_print,
};

struct url_parts {
	bool https;
	struct view authority, host;
	uint64_t port; /* the scheme's where none is written */
	bool has_default_port;
	struct view rest; /* path, query, fragment */
};

/* http://host[:port]… or https://; no user and password. */
static bool split_url(struct view v, struct url_parts *ret_parts)
{
	struct url_parts p = { .https = view_starts_nocase(v, VIEW("https://")) };
	bool has_port;

	if (!is_visible(v) || !(p.https || view_starts_nocase(v, VIEW("http://"))))
		return false;
	v = view_from(v, p.https ? 8 : 7);
	for (p.authority = v, p.authority.len = 0; p.authority.len < v.len; p.authority.len++)
		if (strchr("/?#", v.at[p.authority.len]))
			break;
	p.rest = view_from(v, p.authority.len);
	if (!split_authority(p.authority, &p.host, &p.port, &has_port) || (has_port && p.port == 0))
		return false;
	if (!has_port)
		p.port = p.https ? 443 : 80;
	p.has_default_port = p.port == (p.https ? 443 : 80);
	*ret_parts = p;
	return true;
}

/* Only a host: what latchd takes from the URL leaves no place for a path. */
static bool split_base_url(struct view v, struct url_parts *ret_parts)
{
	return split_url(v, ret_parts) &&
	       (ret_parts->rest.len == 0 || view_is(ret_parts->rest, VIEW("/")));
}

static void server_fini(struct settings_server *server)
{
	MEM_FREE(server->url);
	MEM_FREE(server->authority);
	address_fini(&server->address);
}

static bool read_server(struct view url, struct settings_server *ret_server)
{
	struct settings_server server = { 0 };
	struct url_parts p;

	if (is_unix(url)) {
		keep_unix(&server.address, url);
		server.authority = mem_text("localhost");
	} else if (split_base_url(url, &p)) {
		server.https = p.https;
		keep_tcp(&server.address, p.authority, p.host, p.port);
		server.authority = mem_copy(p.authority.at, p.authority.len);
	} else {
		return false;
	}
	server.url = mem_copy(url.at, url.len);
	*ret_server = server;
	return true;
}

static void server_drop(const struct option *o, void *base)
{
	server_fini(option_at(o, base));
}

static bool server_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	server_drop(o, base);
	return read_server(n->text, option_at(o, base)) ||
	       (!is_too_long(r, n) && reader_reject(r, o, n));
}

static bool server_is_set(const struct option *o, const void *base)
{
	const struct settings_server *server = option_at_const(o, base);

	return server->url != NULL;
}

static void server_print(const struct option *o, const void *base, struct text *t)
{
	const struct settings_server *server = option_at_const(o, base);

	scalar_put(t, view_of(server->url));
}

const struct option_type endpoint_server = {
	.name = "URL",
	.expected = "http://host:port, https://host:port or unix:/path",
	.parse = server_parse,
	.is_set = server_is_set,
	.print = server_print,
	.drop = server_drop,
};

static void origin_drop(const struct option *o, void *base)
{
	struct settings_origin *origin = option_at(o, base);

	MEM_FREE(origin->url);
	MEM_FREE(origin->authority);
	address_fini(&origin->address);
}

static bool origin_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	struct settings_origin *origin = option_at(o, base);
	struct settings_server server;

	origin_drop(o, base);
	if (!read_server(n->text, &server))
		return !is_too_long(r, n) && reader_reject(r, o, n);
	origin->url = server.url;
	origin->address = server.address;
	origin->https = server.https;
	origin->authority = server.authority;
	return true;
}

static bool origin_is_set(const struct option *o, const void *base)
{
	const struct settings_origin *origin = option_at_const(o, base);

	return origin->url != NULL;
}

static void origin_print(const struct option *o, const void *base, struct text *t)
{
	const struct settings_origin *origin = option_at_const(o, base);

	scalar_put(t, view_of(origin->url));
}

const struct option_type endpoint_origin = {
	.name = "URL",
	.expected = "http://host:port, https://host:port or unix:/path",
	.parse = origin_parse,
	.is_set = origin_is_set,
	.print = origin_print,
	.drop = origin_drop,
};

static void public_drop(const struct option *o, void *base)
{
	struct settings *s = base;

	(void)o;
	MEM_FREE(s->public_url);
	MEM_FREE(s->public_authority);
}

static bool public_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	struct settings *s = base;
	struct url_parts p;
	struct view authority;

	public_drop(o, base);
	if (!split_base_url(n->text, &p))
		return reader_reject(r, o, n);
	authority = p.authority;
	if (p.has_default_port)
		authority = view_head(authority, (size_t)(p.host.at + p.host.len - authority.at) +
							 (authority.at[0] == '['));
	s->public_url = mem_copy(n->text.at, n->text.len);
	s->public_https = p.https;
	s->public_authority = mem_copy(authority.at, authority.len);
	for (char *c = s->public_authority; *c; c++)
		*c = view_lower(*c);
	return true;
}

const struct option_type endpoint_public = {
	.name = "URL",
	.expected = "a URL without a path, such as https://www.example.com",
	.parse = public_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = public_drop,
};

static bool is_url(struct view v)
{
	struct url_parts p;

	return split_url(v, &p);
}

/* Of this site. Two slashes, or a slash and a backslash, would lead to another. */
static bool is_path(struct view v)
{
	return is_visible(v) && v.at[0] == '/' && !view_starts(v, VIEW("//"));
}

static void redirect_drop(const struct option *o, void *base)
{
	scalar_text_drop(o, base);
	url_address_fini(option_second(o, base));
	memset(option_second(o, base), 0, sizeof(struct url_address));
}

static bool redirect_parse(struct reader *r, const struct option *o, struct document_node *n,
			   void *base)
{
	struct url_address *address = option_second(o, base);
	char *text;
	int err;

	redirect_drop(o, base);
	if (!is_url(n->text) && !is_path(n->text))
		return reader_reject(r, o, n);
	if (view_ends(n->text, VIEW("*"))) {
		reader_complain(r, n, "a redirect leads to one address: it cannot end in *");
		return false;
	}
	text = mem_copy(n->text.at, n->text.len);
	err = url_address_parse(text, address);
	mem_free(text);
	if (err)
		return reader_reject(r, o, n);
	address->prefix = false; /* https://host/ is one page, not the whole site */
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type endpoint_redirect = {
	.name = "URL",
	.expected = "a URL such as https://www.example.com/signup, or a path such as /signup",
	.parse = redirect_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = redirect_drop,
};

static bool url_parse(struct reader *r, const struct option *o, struct document_node *n, void *base)
{
	if (!is_url(n->text) || view_find(n->text, '#') < n->text.len)
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type endpoint_url = {
	.name = "URL",
	.expected =
		"a URL such as https://backend.example.com/hooks, without user, password or fragment",
	.parse = url_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool link_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	if (!is_url(n->text) && !is_path(n->text))
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type endpoint_link = {
	.name = "URL",
	.expected = "a URL such as https://www.example.com/logo.svg, or a path such as /logo.svg",
	.parse = link_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static bool target_parse(struct reader *r, const struct option *o, struct document_node *n,
			 void *base)
{
	if (!is_path(n->text) || view_find(n->text, '#') < n->text.len)
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type endpoint_target = {
	.name = "path",
	.expected = "a path such as /health",
	.parse = target_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

/* Not so much an address that takes mail as nothing that could be a link of another scheme. */
static bool is_mail_address(struct view v)
{
	size_t at_sign = view_find(v, '@');

	return is_visible(v) && v.len <= 254 && at_sign > 0 && is_host(view_from(v, at_sign + 1)) &&
	       all_of(view_head(v, at_sign),
		      "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_+");
}

static bool contact_parse(struct reader *r, const struct option *o, struct document_node *n,
			  void *base)
{
	if (!is_url(n->text) && !is_mail_address(n->text))
		return reader_reject(r, o, n);
	scalar_text_keep(o, base, n->text);
	return true;
}

const struct option_type endpoint_contact = {
	.name = "URL or e-mail",
	.expected = "an e-mail address or a URL such as https://www.example.com/help",
	.parse = contact_parse,
	.is_set = scalar_text_is_set,
	.print = scalar_text_print,
	.drop = scalar_text_drop,
};

static void path_drop(const struct option *o, void *base)
{
	struct url_address *address = option_at(o, base);

	url_address_fini(address);
	memset(address, 0, sizeof(*address));
}

static bool path_parse(struct reader *r, const struct option *o, struct document_node *n,
		       void *base)
{
	char *text;
	int err;

	path_drop(o, base);
	if (!is_path(n->text))
		return reader_reject(r, o, n);
	text = mem_copy(n->text.at, n->text.len);
	err = url_address_parse(text, option_at(o, base));
	mem_free(text);
	return err ? reader_reject(r, o, n) : true;
}

static bool path_is_set(const struct option *o, const void *base)
{
	const struct url_address *address = option_at_const(o, base);

	return address->text != NULL;
}

static void path_print(const struct option *o, const void *base, struct text *t)
{
	const struct url_address *address = option_at_const(o, base);

	scalar_put(t, view_of(address->text));
}

const struct option_type endpoint_path = {
	.name = "path",
	.expected = "a path of this site such as /login.php or /index.php?do=login",
	.parse = path_parse,
	.is_set = path_is_set,
	.print = path_print,
	.drop = path_drop,
};
