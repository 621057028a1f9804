#include "http/target.h"

#include <arpa/inet.h>
#include <netinet/in.h>

static const bool HOST_BYTE[256] = {
	['0' ... '9'] = true, ['A' ... 'Z'] = true, ['a' ... 'z'] = true, ['-'] = true,
	['.'] = true,         ['_'] = true,         ['~'] = true,
};

static bool is_port(struct view v)
{
	uint64_t port;

	return v.len == 0 || (v.len <= 5 && view_number(v, 65535, &port));
}

static bool is_ipv6(struct view v)
{
	char text[INET6_ADDRSTRLEN];
	struct in6_addr address;

	if (v.len >= sizeof(text) || view_find(v, '\0') < v.len)
		return false;
	memcpy(text, v.at, v.len);
	text[v.len] = '\0';
	return inet_pton(AF_INET6, text, &address) == 1;
}

bool target_is_host(struct view v)
{
	size_t end = 0;

	if (v.len && v.at[0] == '[') {
		end = view_find(v, ']');
		if (end == v.len || !is_ipv6(view_make(v.at + 1, end - 1)))
			return false;
		end++;
	} else {
		while (end < v.len && HOST_BYTE[(uint8_t)v.at[end]])
			end++;
	}
	return end > 0 && (end == v.len || (v.at[end] == ':' && is_port(view_from(v, end + 1))));
}

static void split_target(struct http_head *h)
{
	size_t mark = view_find(h->target, '?');

	h->path = view_head(h->target, mark);
	h->query = mark < h->target.len ? view_from(h->target, mark + 1) : VIEW_NONE;
}

/* RFC 9112 §3.2.2: the authority becomes the Host, the rest the target, in origin-form. */
static int read_absolute_form(struct http_head *h, struct arena *arena)
{
	size_t scheme = view_starts_nocase(h->target, VIEW("http://"))    ? 7
			: view_starts_nocase(h->target, VIEW("https://")) ? 8
									  : 0;
	struct view rest = view_from(h->target, scheme);
	size_t end = 0;
	struct http_field *host = head_find(h, HTTP_HOST, NULL);

	while (end < rest.len && rest.at[end] != '/' && rest.at[end] != '?')
		end++;
	h->host = view_head(rest, end);
	if (!scheme || !target_is_host(h->host) || (host && !view_is_nocase(host->value, h->host)))
		return 400;
	h->target = view_from(rest, end);
	if (h->target.len == 0)
		h->target = h->method_id == HTTP_OPTIONS ? VIEW("*") : VIEW("/");
	else if (h->target.at[0] == '?')
		h->target = arena_format(arena, "/%.*s", VIEW_ARG(h->target));
	if (!h->target.at)
		return 503;
	if (host)
		host->value = h->host;
	else if (!head_add(h, arena, name_spelling(HTTP_HOST), h->host))
		return 503;
	return 0;
}

static int read_host(struct http_head *h)
{
	size_t from = 0;
	struct http_field *host = head_find(h, HTTP_HOST, &from);

	if (!host)
		return h->minor == 0 ? 0 : 400;
	if (!target_is_host(host->value) || head_find(h, HTTP_HOST, &from))
		return 400;
	h->host = host->value;
	return 0;
}

int target_read(struct http_head *h, struct arena *arena)
{
	int status = read_host(h);

	if (status == 0 && h->target.at[0] != '/') {
		if (!view_is(h->target, VIEW("*")))
			status = read_absolute_form(h, arena);
		else if (h->method_id != HTTP_OPTIONS)
			status = 400;
	}
	if (status == 0)
		split_target(h);
	return status;
}
