#include "config/endpoint.h"

#include "base/mem.h"
#include "config/authority.h"
#include "config/reader.h"
#include "config/scalar.h"
#include "config/settings.h"

#include <sys/un.h>

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
	if (!authority_split(n->text, &host, &port, &has_port) || !has_port)
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

static void server_fini(struct settings_server *server)
{
	MEM_FREE(server->url);
	MEM_FREE(server->authority);
	address_fini(&server->address);
}

static bool read_server(struct view url, struct settings_server *ret_server)
{
	struct settings_server server = { 0 };
	struct authority_url p;

	if (is_unix(url)) {
		keep_unix(&server.address, url);
		server.authority = mem_text("localhost");
	} else if (authority_split_site(url, &p)) {
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
