#include "route/peer.h"

#include <arpa/inet.h>
#include <string.h>

static const uint8_t mapped_prefix[12] = { [10] = 0xff, [11] = 0xff };

static bool is_mapped(const uint8_t address[16])
{
	return memcmp(address, mapped_prefix, sizeof(mapped_prefix)) == 0;
}

static void map_v4(const void *v4, uint8_t ret_address[16])
{
	memcpy(ret_address, mapped_prefix, sizeof(mapped_prefix));
	memcpy(ret_address + 12, v4, 4);
}

/* "192.0.2.1", "192.0.2.1:80", "2001:db8::1", "[2001:db8::1]", "[2001:db8::1]:80" */
static bool parse_address(struct view text, uint8_t ret_address[16])
{
	char literal[INET6_ADDRSTRLEN];
	struct in_addr v4;

	if (text.len && text.at[0] == '[') {
		text = view_from(text, 1);
		text = view_head(text, view_find(text, ']'));
	} else if (view_find(text, '.') < view_find(text, ':')) {
		text = view_head(text, view_find(text, ':'));
	}
	if (!text.len || text.len >= sizeof(literal))
		return false;
	memcpy(literal, text.at, text.len);
	literal[text.len] = '\0';
	if (inet_pton(AF_INET, literal, &v4) == 1)
		map_v4(&v4, ret_address);
	else
		return inet_pton(AF_INET6, literal, ret_address) == 1;
	return true;
}

/* Takes the last element off the end of *list. */
static struct view take_last(struct view *list)
{
	size_t start = list->len;

	while (start && list->at[start - 1] != ',')
		start--;
	struct view element = view_from(*list, start);

	*list = start ? view_head(*list, start - 1) : VIEW_NONE;
	return view_trim(element);
}

static struct http_field *last_before(const struct http_head *h, size_t end, size_t *ret_index)
{
	while (end--)
		if (h->fields[end].known == HTTP_X_FORWARDED_FOR && !h->fields[end].dropped &&
		    !h->fields[end].alike) {
			*ret_index = end;
			return &h->fields[end];
		}
	return NULL;
}

/* Nobody connects from ::, so that it says that there is no address. */
static bool is_none(const uint8_t address[16])
{
	static const uint8_t none[16];

	return memcmp(address, none, sizeof(none)) == 0;
}

/* From the right, the first address that is no trusted proxy; the leftmost when all are. What cannot be read ends the
 * search: whoever is left of it could have written it. */
static void walk_back(const struct http_head *h, const struct settings_cidrs *trusted,
		      uint8_t address[16])
{
	size_t end = h->n_fields;
	struct http_field *field;

	while ((field = last_before(h, end, &end))) {
		struct view list = field->value;

		while (list.at) {
			uint8_t found[16];

			if (!parse_address(take_last(&list), found) || is_none(found))
				return;
			memcpy(address, found, sizeof(found));
			if (!settings_cidr_contains(trusted, address))
				return;
		}
	}
}

/* inet_ntop goes through printf, which is felt at this place. */
static void print_v4(const uint8_t v4[4], char *at)
{
	for (unsigned i = 0; i < 4; i++) {
		if (v4[i] >= 100)
			*at++ = (char)('0' + v4[i] / 100);
		if (v4[i] >= 10)
			*at++ = (char)('0' + v4[i] / 10 % 10);
		*at++ = (char)('0' + v4[i] % 10);
		*at++ = i < 3 ? '.' : '\0';
	}
}

static void print(const uint8_t address[16], char ret_text[PEER_TEXT_BYTES])
{
	if (is_mapped(address))
		print_v4(address + 12, ret_text);
	else
		inet_ntop(AF_INET6, address, ret_text, PEER_TEXT_BYTES);
}

static bool browser_used_https(const struct http_head *request, bool trusted, bool listener_https,
			       const struct settings *settings)
{
	struct view proto = trusted ? head_value(request, HTTP_X_FORWARDED_PROTO) : VIEW_NONE;

	if (settings->public_url)
		return settings->public_https;
	if (!proto.at)
		return listener_https;
	return view_is_nocase(view_trim(view_head(proto, view_find(proto, ','))), VIEW("https"));
}

void peer_find(const struct http_head *request, const struct sockaddr_storage *socket_address,
	       bool listener_https, const struct settings *settings, struct peer *ret_peer)
{
	bool forwarded = head_find(request, HTTP_X_FORWARDED_FOR, NULL);

	memset(ret_peer, 0, sizeof(*ret_peer));
	if (settings_address_of(socket_address, ret_peer->address))
		ret_peer->trusted =
			settings_cidr_contains(&settings->trusted_proxies, ret_peer->address);
	ret_peer->ignored_header = forwarded && !ret_peer->trusted;
	if (forwarded && ret_peer->trusted)
		walk_back(request, &settings->trusted_proxies, ret_peer->address);
	if (is_none(ret_peer->address))
		strcpy(ret_peer->text, socket_address->ss_family == AF_UNIX ? "unix:" : "unknown");
	else
		print(ret_peer->address, ret_peer->text);
	ret_peer->https = browser_used_https(request, ret_peer->trusted, listener_https, settings);
}

void peer_network(const uint8_t address[16], uint8_t ret_network[16])
{
	size_t kept = is_mapped(address) ? 15 : 6;

	memcpy(ret_network, address, kept);
	memset(ret_network + kept, 0, 16 - kept);
}

void peer_network_text(const uint8_t network[16], char ret_text[PEER_NETWORK_TEXT_BYTES])
{
	char text[PEER_TEXT_BYTES];

	print(network, text);
	strcpy(ret_text, text);
	strcat(ret_text, is_mapped(network) ? "/24" : "/48");
}
