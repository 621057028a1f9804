#include "config/authority.h"

#include <arpa/inet.h>

bool authority_all_of(struct view v, const char *allowed)
{
	for (size_t i = 0; i < v.len; i++)
		if (!v.at[i] || !strchr(allowed, v.at[i]))
			return false;
	return v.len > 0;
}

bool authority_is_visible(struct view v)
{
	for (size_t i = 0; i < v.len; i++)
		if (v.at[i] <= 0x20 || v.at[i] >= 0x7f || v.at[i] == '\\' || v.at[i] == '"')
			return false;
	return v.len > 0;
}

bool authority_is_host(struct view host)
{
	return host.len <= 253 &&
	       authority_all_of(
		       host, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_");
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

bool authority_split(struct view v, struct view *ret_host, uint64_t *ret_port, bool *ret_has_port)
{
	bool is_bracketed = v.len && v.at[0] == '[';
	size_t end = is_bracketed ? view_find(v, ']') : view_find(v, ':');
	struct view host = is_bracketed ? view_head(view_from(v, 1), end - 1) : view_head(v, end);
	struct view rest = view_from(v, end + is_bracketed);

	if (is_bracketed ? end == v.len || !is_ipv6(host) : !authority_is_host(host))
		return false;
	*ret_has_port = rest.len > 0;
	*ret_port = 0;
	if (rest.len && (rest.at[0] != ':' || !view_number(view_from(rest, 1), 65535, ret_port)))
		return false;
	*ret_host = host;
	return true;
}

bool authority_split_url(struct view v, struct authority_url *ret_parts)
{
	struct authority_url p = { .https = view_starts_nocase(v, VIEW("https://")) };
	bool has_port;

	if (!authority_is_visible(v) || !(p.https || view_starts_nocase(v, VIEW("http://"))))
		return false;
	v = view_from(v, p.https ? 8 : 7);
	for (p.authority = v, p.authority.len = 0; p.authority.len < v.len; p.authority.len++)
		if (strchr("/?#", v.at[p.authority.len]))
			break;
	p.rest = view_from(v, p.authority.len);
	if (!authority_split(p.authority, &p.host, &p.port, &has_port) || (has_port && p.port == 0))
		return false;
	if (!has_port)
		p.port = p.https ? 443 : 80;
	p.has_default_port = p.port == (p.https ? 443 : 80);
	*ret_parts = p;
	return true;
}

bool authority_split_site(struct view v, struct authority_url *ret_parts)
{
	return authority_split_url(v, ret_parts) &&
	       (ret_parts->rest.len == 0 || view_is(ret_parts->rest, VIEW("/")));
}
