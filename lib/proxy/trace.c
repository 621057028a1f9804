#include "proxy/trace.h"

#include "http/hop.h"

#include <arpa/inet.h>
#include <assert.h>
#include <string.h>

/* The other end of the socket, as text; an empty view for a unix socket. */
static struct view socket_text(const struct sockaddr_storage *remote, char room[INET6_ADDRSTRLEN])
{
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)remote;
	const struct sockaddr_in *v4 = (const struct sockaddr_in *)(const void *)remote;

	room[0] = '\0';
	if (remote->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr))
		inet_ntop(AF_INET, &v6->sin6_addr.s6_addr[12], room, INET6_ADDRSTRLEN);
	else if (remote->ss_family == AF_INET6)
		inet_ntop(AF_INET6, &v6->sin6_addr, room, INET6_ADDRSTRLEN);
	else if (remote->ss_family == AF_INET)
		inet_ntop(AF_INET, &v4->sin_addr, room, INET6_ADDRSTRLEN);
	return view_of(room);
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
		list = list.at ? arena_format(&s->arena, "%.*s, %.*s", VIEW_ARG(list), VIEW_ARG(field->value))
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
static bool set_forwarded(struct stream *s, const struct peer *peer, struct view address)
{
	bool v6 = view_find(address, ':') < address.len;
	struct view host = s->request.host;
	struct view element;

	if (!address.len)
		address = VIEW("unknown");
	element = arena_format(&s->arena, "for=%s%.*s%s;proto=%s;host=\"%.*s\"", v6 ? "\"[" : "", VIEW_ARG(address),
			       v6 ? "]\"" : "", peer->https ? "https" : "http", VIEW_ARG(host));
	return element.at && set_joined(s, HTTP_FORWARDED, peer->trusted, element);
}

static bool set_traces(struct stream *s, const struct peer *peer, const char *request_id)
{
	char *room = arena_alloc(&s->arena, INET6_ADDRSTRLEN);
	struct view address = room ? socket_text(s->remote, room) : VIEW_NONE;
	struct view proto = peer->https ? VIEW("https") : VIEW("http");
	bool trusted = peer->trusted;

	return address.at &&
	       (!address.len || set_joined(s, HTTP_X_FORWARDED_FOR, trusted, address)) &&
	       set_unless_trusted(s, HTTP_X_FORWARDED_PROTO, trusted, proto) &&
	       set_unless_trusted(s, HTTP_X_FORWARDED_HOST, trusted, s->request.host) &&
	       head_set(&s->request, &s->arena, HTTP_X_REAL_IP, view_of(peer->text)) &&
	       set_forwarded(s, peer, address) &&
	       head_set(&s->request, &s->arena, HTTP_X_REQUEST_ID, view_of(request_id));
}

static bool set_connection(struct stream *s)
{
	struct http_head *h = &s->request;
	const struct settings_origin *origin = &s->settings->origin;

	if (!hop_drop(h, &s->arena, false))
		return false;
	if (!stream_expects_continue(s))
		head_drop(h, HTTP_EXPECT);
	if (!head_find(h, HTTP_HOST, NULL) &&
	    !head_set(h, &s->arena, HTTP_HOST, view_of(origin->authority ? origin->authority : "")))
		return false;
	if (s->body.framing == BODY_CHUNKED &&
	    !head_set(h, &s->arena, HTTP_TRANSFER_ENCODING, VIEW("chunked")))
		return false;
	return origin->keepalive || head_set(h, &s->arena, HTTP_CONNECTION, VIEW("close"));
}

static size_t head_room(const struct http_head *h)
{
	size_t room = h->method.len + h->target.len + 32;

	for (size_t i = 0; i < h->n_fields; i++)
		room += h->fields[i].name.len + h->fields[i].value.len + 4;
	return room;
}

struct view trace_request(struct stream *s, const struct peer *peer, const char *request_id)
{
	struct text t;
	size_t room;
	char *at;

	if (!set_connection(s) || !set_traces(s, peer, request_id))
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
