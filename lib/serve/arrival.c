#include "serve/arrival.h"

#include "base/err.h"
#include "base/mem.h"
#include "base/text.h"

#include <assert.h>
#include <string.h>

/* Crowds */

/* Clients that may have as many as they like: our own proxies, and those of which nothing is known. */
static bool is_counted(const struct serve *s, const struct sockaddr_storage *remote,
		       uint8_t ret_address[16])
{
	const struct settings *settings = s->era->settings;

	return s->crowd && settings->http.max_connections_per_address &&
	       remote->ss_family != AF_UNIX && settings_address_of(remote, ret_address) &&
	       !settings_cidr_contains(&settings->trusted_proxies, ret_address);
}

bool arrival_enter_crowd(struct serve *s, const struct sockaddr_storage *remote,
			 bool *ret_is_crowded)
{
	uint8_t address[16];

	*ret_is_crowded = false;
	if (!is_counted(s, remote, address))
		return false;
	*ret_is_crowded =
		!crowd_enter(s->crowd, address, s->era->settings->http.max_connections_per_address);
	return !*ret_is_crowded;
}

void arrival_leave_crowd(struct serve *s, const struct sockaddr_storage *remote)
{
	uint8_t address[16];

	settings_address_of(remote, address);
	crowd_leave(s->crowd, address);
}

static void write_refusal(struct serve *s, const char *reason, struct text *t)
{
	text_printf(t,
		    "HTTP/1.1 503 Service Unavailable\r\n"
		    "Date: %s\r\n"
		    "Content-Type: text/plain\r\n"
		    "Cache-Control: no-store\r\n"
		    "Content-Length: %zu\r\n"
		    "Retry-After: 10\r\n"
		    "Connection: close\r\n\r\n%s",
		    loop_http_date(s->loop), strlen(reason), reason);
	assert(!t->overflow);
}

/* Neither a request nor a handshake is worth our time. What has come already is taken, so that the end is no reset. */
void arrival_turn_away(struct serve *s, enum metric why, int fd, bool in_plain)
{
	char taken[4096], answer[512];
	struct text t;

	serve_count(s, why, 1);
	if (!in_plain || recv(fd, taken, sizeof(taken), MSG_DONTWAIT) == 0)
		return;
	text_init(&t, answer, sizeof(answer));
	write_refusal(s,
		      why == METRIC_CONNECTIONS_CROWDED
			      ? "There are too many connections from you now.\n"
			      : "There are too many connections now.\n",
		      &t);
	(void)!send(fd, t.at, t.len, MSG_NOSIGNAL | MSG_DONTWAIT);
}

/* The header of a proxy */

/* From now on the connection is that of whom the header names. What is neither IPv4 nor IPv6 is somebody of whom we know
 * nothing, and not one who came through a socket of ours. */
static void believe(struct serve_connection *c, const struct proxy_protocol *header)
{
	if (header->is_local)
		return;
	c->remote = header->source;
	if (c->remote.ss_family != AF_INET && c->remote.ss_family != AF_INET6)
		memset(&c->remote, 0, sizeof(c->remote));
	c->stated = MEM_NEW(struct sockaddr_storage);
	*c->stated = header->destination;
}

bool arrival_take_preface(struct serve_connection *c)
{
	struct proxy_protocol header;
	int err = preface_read(c->preface, c->wire.fd, &header);
	bool is_crowded;

	if (err == ERR_BUSY)
		return false;
	if (err) {
		if (err != ERR_CLOSED)
			serve_count(c->serve, METRIC_PREFACES_MALFORMED, 1);
		connection_abort(c);
		return false;
	}
	believe(c, &header);
	c->in_crowd = arrival_enter_crowd(c->serve, &c->remote, &is_crowded);
	if (is_crowded) {
		arrival_turn_away(c->serve, METRIC_CONNECTIONS_CROWDED, c->wire.fd,
				  !preface_tls(c->preface));
		connection_abort(c);
		return false;
	}
	c->broken = preface_tls(c->preface) && !wire_secure(&c->wire, preface_tls(c->preface));
	preface_destroy(&c->preface);
	return true;
}
