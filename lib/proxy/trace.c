#include "proxy/trace.h"

#include "http/hop.h"
#include "http/websocket.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

/* The other end of the socket: whoever is no trusted proxy is the client itself. at == NULL when the arena is full. */
static struct view socket_text(struct stream *s, const struct peer *peer)
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)s->remote;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)s->remote;
	char room[INET6_ADDRSTRLEN] = "";

	if (!peer->trusted)
		return view_of(peer->text);
	if (s->remote->ss_family == AF_UNIX)
		return VIEW("unix:");
	if (s->remote->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], room, sizeof(room));
	else if (s->remote->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, room, sizeof(room));
	else if (s->remote->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, room, sizeof(room));
	return arena_copy(&s->arena, view_of(room));
}

/* The lines of one field as one list, with `own` at its end. */
static struct view joined(struct stream *s, enum http_name name, bool trusted, struct view own)
{
	struct view list = own;
	size_t from = 0;
	struct http_field *field;

	if (!trusted)
		return own;
	list = VIEW_NONE;
	while ((field = head_find(&s->request, name, &from))) {
		list = list.at ? arena_format(&s->arena, "%.*s, %.*s", VIEW_ARG(list),
					      VIEW_ARG(field->value))
			       : field->value;
		if (!list.at)
			return VIEW_NONE;
	}
	return list.at ? arena_format(&s->arena, "%.*s, %.*s", VIEW_ARG(list), VIEW_ARG(own)) : own;
}

static bool set_joined(struct stream *s, enum http_name name, bool trusted, struct view own)
{
	struct view value = joined(s, name, trusted, own);

	return value.at && head_set(&s->request, &s->arena, name, value);
}

/* Kept from a trusted proxy that set it, ours otherwise. */
static bool set_unless_trusted(struct stream *s, enum http_name name, bool trusted, struct view own)
{
	if (trusted && head_find(&s->request, name, NULL))
		return true;
	return head_set(&s->request, &s->arena, name, own);
}

/* RFC 7239 §4: for="[2001:db8::1]";proto=https;host="example.com:8080" */
static struct view forwarded_element(struct stream *s, const struct peer *peer, struct view address)
{
	bool is_none = view_is(address, VIEW("unix:"));
	bool v6 = !is_none && view_find(address, ':') < address.len;
	size_t room = address.len + s->request.host.len + 64;
	char *at = arena_alloc(&s->arena, room);
	struct text t;

	if (!at)
		return VIEW_NONE;
	text_init(&t, at, room);
	text_puts(&t, v6 ? "for=\"[" : "for=");
	text_put(&t, is_none ? VIEW("unknown") : address);
	text_puts(&t, v6 ? "]\";proto=" : ";proto=");
	text_puts(&t, peer->https ? "https;host=\"" : "http;host=\"");
	text_put(&t, s->request.host);
	text_putc(&t, '"');
	assert(!t.overflow);
	return text_view(&t);
}

static bool set_forwarded(struct stream *s, const struct peer *peer, struct view address)
{
	struct view element = forwarded_element(s, peer, address);

	return element.at && set_joined(s, HTTP_FORWARDED, peer->trusted, element);
}

/* Set by us or by nobody, not by a trusted proxy either: what it says of a client is another matter. After hop_drop, or the
 * client could have it dropped. */
static bool set_subject(struct stream *s)
{
	struct view name = view_of(s->settings->http.client_subject);

	if (!name.len)
		return true;
	head_drop_alike(&s->request, name);
	return !s->client_subject.len || head_add(&s->request, &s->arena, name, s->client_subject);
}

/* By these an origin goes instead of the address in the request line (IIS, Zend, Symfony, gunicorn), by which alone we judge. */
static void drop_other_addresses(struct http_head *h)
{
	const uint64_t any = UINT64_C(1) << HTTP_PATH_INFO | UINT64_C(1) << HTTP_SCRIPT_NAME |
			     UINT64_C(1) << HTTP_X_ORIGINAL_URL | UINT64_C(1) << HTTP_X_REWRITE_URL;

	if (!(h->present & any))
		return;
	for (size_t i = 0; i < h->n_fields; i++)
		h->fields[i].dropped |= any >> h->fields[i].known & 1;
}

static bool set_traces(struct stream *s, const struct peer *peer, const char *request_id)
{
	struct view address = socket_text(s, peer);
	struct view proto = peer->https ? VIEW("https") : VIEW("http");
	bool trusted = peer->trusted;

	head_drop_look_alikes(&s->request); /* of a client behind the proxy, too */
	if (!trusted)
		drop_other_addresses(&s->request);
	return address.at && set_joined(s, HTTP_X_FORWARDED_FOR, trusted, address) &&
	       set_unless_trusted(s, HTTP_X_FORWARDED_PROTO, trusted, proto) &&
	       set_unless_trusted(s, HTTP_X_FORWARDED_HOST, trusted, s->request.host) &&
	       head_set(&s->request, &s->arena, HTTP_X_REAL_IP, view_of(peer->text)) &&
	       set_forwarded(s, peer, address) &&
	       head_set(&s->request, &s->arena, HTTP_X_REQUEST_ID, view_of(request_id));
}

/* A body where not everybody expects one (RFC 9110 §9.3.1): an origin that leaves it unread would take it for the next request, with
 * cookies that nobody has judged. One that closes does not. */
static bool has_unexpected_body(const struct stream *s)
{
	enum http_method method = s->request.method_id;

	return s->body.framing != BODY_NONE && method != HTTP_POST && method != HTTP_PUT &&
	       method != HTTP_PATCH;
}

bool trace_goes_on(const struct stream *s)
{
	return s->upgrades || (s->settings->origin.keepalive && !has_unexpected_body(s));
}

static bool set_connection(struct stream *s)
{
	struct http_head *h = &s->request;
	struct settings_server first = settings_server(s->settings, 0);

	if ((s->upgrades && !websocket_narrow(h, &s->arena)) ||
	    !hop_drop(h, &s->arena, s->upgrades))
		return false;
	if (!stream_expects_continue(s))
		head_drop(h, HTTP_EXPECT);
	if (!head_find(h, HTTP_HOST, NULL) &&
	    !head_set(h, &s->arena, HTTP_HOST, view_of(first.authority ? first.authority : "")))
		return false;
	if (s->body.framing == BODY_CHUNKED &&
	    !head_set(h, &s->arena, HTTP_TRANSFER_ENCODING, VIEW("chunked")))
		return false;
	return trace_goes_on(s) ||
	       head_set(h, &s->arena, HTTP_CONNECTION,
			hop_takes_trailers(h) ? VIEW("TE, close") : VIEW("close"));
}

struct view trace_request(struct stream *s, const struct peer *peer, const char *request_id)
{
	struct text t;
	size_t room;
	char *at;

	if (!set_connection(s) || !set_traces(s, peer, request_id) || !set_subject(s))
		return VIEW_NONE;
	room = head_room(&s->request);
	at = arena_alloc(&s->arena, room);
	if (!at)
		return VIEW_NONE;
	text_init(&t, at, room);
	head_write_request(&s->request, &t);
	assert(!t.overflow);
	return text_view(&t);
}
