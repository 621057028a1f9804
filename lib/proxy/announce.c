#include "proxy/announce.h"

#include "http/proxy_protocol.h"

#include <netinet/in.h>
#include <string.h>

static bool is_internet(const struct sockaddr_storage *a)
{
	return a->ss_family == AF_INET || a->ss_family == AF_INET6;
}

/* Whoever is no trusted proxy is the client itself, with its port; of others only the address is known. */
static struct sockaddr_storage source_of(const struct stream *s, const struct peer *peer)
{
	static const uint8_t nobody[16];
	struct sockaddr_storage source = { .ss_family = AF_UNSPEC };
	struct sockaddr_in6 *v6 = (struct sockaddr_in6 *)(void *)&source;

	if (!peer->trusted && is_internet(s->remote))
		return *s->remote;
	if (memcmp(peer->address, nobody, sizeof(nobody)) != 0) {
		v6->sin6_family = AF_INET6;
		memcpy(&v6->sin6_addr, peer->address, sizeof(peer->address));
	}
	return source;
}

/* Where there is none, nowhere in the same family, or the source would not be said. */
static struct sockaddr_storage destination_for(const struct stream *s,
					       const struct sockaddr_storage *source)
{
	struct sockaddr_storage local;
	const struct sockaddr_in6 *v6 = (const struct sockaddr_in6 *)(const void *)source;
	bool is_mapped = source->ss_family == AF_INET6 && IN6_IS_ADDR_V4MAPPED(&v6->sin6_addr);

	stream_local(s, &local);
	if (is_internet(&local) && is_internet(source))
		return local;
	return (struct sockaddr_storage){ .ss_family = is_mapped ? AF_INET : source->ss_family };
}

bool announce_client(struct stream *s, const struct peer *peer, struct view *ret_preface)
{
	enum settings_announce announce = s->settings->origin.announce;
	struct sockaddr_storage source, destination;
	struct text t;
	char *room;

	*ret_preface = VIEW_NONE;
	if (announce == ANNOUNCE_NOTHING)
		return true;
	room = arena_alloc(&s->arena, PROXY_PROTOCOL_WRITE_BYTES);
	if (!room)
		return false;
	source = source_of(s, peer);
	destination = destination_for(s, &source);
	text_init(&t, room, PROXY_PROTOCOL_WRITE_BYTES);
	proxy_protocol_write(announce == ANNOUNCE_V1 ? 1 : 2, &source, &destination, &t);
	*ret_preface = text_view(&t);
	return true;
}
